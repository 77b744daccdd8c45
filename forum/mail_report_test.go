package forum_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// mailTo is the newest mail of a kind to somebody.
func (s *desk) mailTo(kind string, to forum.Actor) forum.Mailing {
	s.t.Helper()
	m := forum.Mailing{Kind: kind}
	s.must(s.Store.Reader().NewRaw("SELECT max(ref) FROM deliveries WHERE kind = ? AND member_id = ?", kind, to.Member).Scan(s.t.Context(), &m.Ref))
	return m
}

// reportMail has whom a mail came to report it and gives its case.
func (s *desk) reportMail(what forum.Mailing, by forum.Actor) (id int64) {
	s.t.Helper()
	_, err := s.ReportMail(s.t.Context(), s.As(by.Member), what, by.Member, unkind)
	s.must(err)
	s.must(s.Store.Reader().NewRaw("SELECT c.id FROM cases c JOIN reported_mails rm ON rm.id = c.ref WHERE c.kind = 3 AND rm.kind = ? AND rm.ref = ? AND rm.member_id = ? AND c.closed_at = 0", what.Kind, what.Ref, by.Member).Scan(s.t.Context(), &id))
	return id
}

// administrator makes somebody one.
func (s *desk) administrator(m forum.Actor) forum.Actor {
	s.t.Helper()
	s.must(s.Grant(s.t.Context(), s.Admin, m.Member, forum.Administrator))
	return s.As(m.Member)
}

// TestReportMail: whom a mail came to reports it, and nobody else; administrators look at it, but for whose words they
// are. Each is told which mail it was, and reads what it said only where they moderate. Who can't may close it, too.
func TestReportMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx, staff := t.Context(), s.administrator(s.stranger)
		s.must(w.Warn(ctx, s.eve, s.group.ID, s.dora.Member, forum.ActDraft{Reason: "unkind", Words: "canary words of eve"}))
		s.eve = s.administrator(s.eve)
		what := s.mailTo("note.act-warn", s.dora)
		for name, by := range map[string]forum.Actor{"a visitor": {}, "a moderator": s.kim, "an administrator": w.Admin, "who wrote it": s.eve} {
			_, err := w.ReportMail(ctx, by, what, s.dora.Member, unkind)
			kind(t, name, err, forum.NotFound, "error.not-found")
			_, err = w.ReportMail(ctx, by, what, by.Member, unkind)
			kind(t, name+" as theirs", err, forum.NotFound, "error.not-found")
			_, err = w.ReadReportedMail(ctx, by, what, s.dora.Member)
			kind(t, name+" with the form", err, forum.NotFound, "error.not-found")
		}
		if d, err := w.ReadReportedMail(ctx, s.dora, what, s.dora.Member); err != nil || !d.MayReport || d.QueuedAt == 0 {
			t.Errorf("the form: %+v %v", d, err)
		}
		_, err := w.ReportMail(ctx, s.dora, what, s.dora.Member, forum.ReportDraft{Reason: "other"})
		kind(t, "no words", err, forum.Invalid, "words: error.empty.words")
		w.Effects.Take()
		var wg sync.WaitGroup
		ids := make([]int64, 2)
		for i := range ids {
			wg.Go(func() {
				var err error
				if ids[i], err = w.ReportMail(ctx, s.dora, what, s.dora.Member, unkind); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		id := s.reportMail(what, s.dora)
		if facts := w.Effects.Take(); ids[0] != ids[1] || len(facts) != 1 || facts[0].(forum.ModerationNoted).Note != "note.report-of-mail" {
			t.Errorf("twice at once: %v %v", ids, facts)
		}
		if got := s.looking(id, w.Admin, s.otto, s.eve, s.kim, s.dora, staff); !slices.Equal(got, []string{"admin", "stranger"}) {
			t.Errorf("these look at it: %v", got)
		}
		if got := mailed(t, w, "note.report-of-mail"); len(got) != 2 || slices.Contains(got, s.eve.Member) {
			t.Errorf("mailed are %v", got)
		}
		for who, told := range map[*forum.Actor]bool{&staff: false, &w.Admin: true} {
			p, err := w.ReadCase(ctx, *who, id)
			if err != nil || !p.Seen || !p.MayHandle || p.What.Mail.Kind != "note.act-warn" || p.What.Mail.To != s.dora.Name || p.What.Mail.QueuedAt == 0 || len(p.Said) != 1 || p.Said[0].Words != "this hurts" {
				t.Errorf("%s reads %+v %v", who.Name, p, err)
			}
			if (p.What.Plain == "canary words of eve") != told || (p.What.Voice == s.eve.Name) != told || strings.Contains(fmt.Sprint(p), "canary") != told || strings.Contains(fmt.Sprint(p), "house") {
				t.Errorf("%s reads what it says: %+v", who.Name, p)
			}
		}
		s.must(w.CloseCase(ctx, staff, id, "talk", "we talked"))
		if got := mailed(t, w, "note.report-closed"); !slices.Equal(got, []forum.MemberID{s.dora.Member}) {
			t.Errorf("told are %v", got)
		}
		own, err := w.ReadOwnReports(ctx, s.dora)
		if err != nil || len(own) != 1 || own[0].Kind != forum.ReportedMail || own[0].Mail != what.Kind || own[0].MailRef != what.Ref || !own[0].Acted || own[0].Answer != "we talked" {
			t.Errorf("her reports: %+v %v", own, err)
		}
		if s.reportMail(what, s.dora) == id {
			t.Error("it cannot be reported anew")
		}
		s.keptMails(1)
		w.Pass(367 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		s.keptMails(1) // of the case that is open
		exec(t, w, "UPDATE cases SET closed_at = 1 WHERE closed_at = 0")
		w.Pass(24 * time.Hour) // it runs once a day
		s.must(w.Forget(ctx))
		s.keptMails(0)
	})
}

func (s *desk) keptMails(want int) {
	s.t.Helper()
	var n int
	s.must(s.Store.Reader().NewRaw("SELECT count(*) FROM reported_mails").Scan(s.t.Context(), &n))
	if n != want {
		s.t.Errorf("%d reported mails are kept, want %d", n, want)
	}
}

// TestReportMailBehindAMask: of a mail about what stands behind a mask nobody is told when it came, nor to whom.
func TestReportMailBehindAMask(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx := t.Context()
		s.must(w.HidePost(ctx, s.kim, forum.PostID(s.post.Ref), forum.ActDraft{Reason: "spam", Words: "canary words of kim"}))
		s.must(w.HideMessage(ctx, s.kim, s.said.Ref, forum.ActDraft{Reason: "spam", Words: "canary words of kim"}))
		s.must(w.Object(ctx, s.otto, s.mailTo("note.act-hide", s.otto).Ref, "it is no spam"))
		s.must(w.AnswerObjection(ctx, s.eve, s.mailTo("note.act-hide", s.otto).Ref, true, "canary words of eve"))
		s.must(w.AnswerIdentity(ctx, s.kim, s.ask(s.eve, s.post), true))
		for _, c := range []struct{ kind, words string }{{"note.act-hide", "canary words of kim"}, {"note.act-hide-message", "canary words of kim"}, {"note.objection-answered", "canary words of eve"}, {"note.identity", "it names a party"}} {
			id := s.reportMail(s.mailTo(c.kind, s.otto), s.otto)
			p, err := w.ReadCase(ctx, w.Admin, id)
			if err != nil || p.What.Mail != (forum.ReportedMailing{Mailing: forum.Mailing{Kind: c.kind}}) || p.What.Plain != c.words {
				t.Errorf("%s: %+v %v", c.kind, p, err)
			}
			if text := fmt.Sprint(p.CaseRow, p.What, p.Said); strings.Contains(text, s.otto.Name) || strings.Contains(text, s.otto.Handle) {
				t.Errorf("%s tells whose it is: %s", c.kind, text)
			}
		}
	})
}

// TestReportableMails: each kind of mail with somebody's words is about whose they are, and shows them only to who may
// read them; none is reported that holds nobody's words, or posts, or was held back.
func TestReportableMails(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx, boss := t.Context(), s.administrator(w.Member("boss"))
		second := s.administrator(w.Member("second"))
		s.must(w.Remove(ctx, s.eve, s.group.ID, s.dora.Member, "reason of eve"))
		bob, cat := w.Member("bob"), w.Member("cat")
		w.Ready(s.group, bob)
		s.must(w.Ban(ctx, s.eve, s.group.ID, bob.Member, "reason of eve"))
		s.must(w.Invite(ctx, s.eve, s.group.ID, cat.Member))
		s.must(w.Grant(ctx, second, cat.Member, forum.Administrator))
		s.must(w.Relieve(ctx, second, cat.Member, forum.Administrator, "reason of second"))
		season(t, w)
		exec(t, w, "UPDATE grants SET granted_at = 0")
		s.must(w.AskErase(ctx, s.kim, forum.PostID(s.post.Ref), forum.ActDraft{Reason: "law", Words: "it must go"}))
		erasures, _, err := w.ReadErasures(ctx, second)
		s.must(err)
		s.must(w.DecideErasure(ctx, second, erasures[0].ID, false, "answer of second"))
		circular, err := w.WriteCircular(ctx, second, forum.CircularDraft{Kind: "features", Circle: forum.ToAll, Subject: "Subject", Source: "words of second", Key: w.Key()})
		s.must(err)
		s.must(w.SendCircular(ctx, boss, circular, 1))
		exec(t, w, "INSERT INTO openings (id, kind, group_id, asked_by, asked_at, hours, reason, agreed_by, agreed_at, until_at) VALUES (77, ?, ?, ?, 1, 1, 'reason of second', ?, 1, 2)", forum.OpensGroup, s.group.ID, second.Member, boss.Member)
		exec(t, w, "INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) VALUES ('note.visit', 77, ?, 1, 1)", s.kim.Member)
		for _, c := range []struct {
			kind      string
			to, about forum.Actor
			words     string
			read      string // by whom of these: the group's owner, who administers, and another administrator
		}{
			{"note.remove", s.dora, s.eve, "reason of eve", "owner"},
			{"note.ban", bob, s.eve, "reason of eve", "owner"},
			{"note.invited", cat, s.eve, s.group.Name, "owner"},
			{"note.role-taken", cat, second, "reason of second", "owner, boss"},
			{"note.erase-decided", s.kim, second, "answer of second", "owner, boss"},
			{"note.visit", s.kim, second, "reason of second", "owner"},
			{"circular", cat, second, "Subject: words of second", "owner, boss"},
		} {
			what := s.mailTo(c.kind, c.to)
			id := s.reportMail(what, c.to)
			var read []string
			for name, by := range map[string]forum.Actor{"owner": w.Admin, "boss": boss} {
				p, err := w.ReadCase(ctx, w.As(by.Member), id)
				if err != nil || p.About != c.about.Member || p.What.Mail.To != c.to.Name || p.What.Plain != "" && (p.What.Plain != c.words || p.What.Voice != c.about.Name) {
					t.Errorf("%s: %s reads %+v %v", c.kind, name, p, err)
				}
				if p.What.Plain != "" {
					read = append(read, name)
				}
			}
			slices.Sort(read)
			slices.Reverse(read)
			if got := strings.Join(read, ", "); got != c.read {
				t.Errorf("%s is read by %q, want %q", c.kind, got, c.read)
			}
			if got := s.looking(id, c.about); len(got) != 0 {
				t.Errorf("%s: whose words they are looks at it", c.kind)
			}
		}
		_, err = w.ReportMail(ctx, w.As(second.Member), forum.Mailing{Kind: "circular", Ref: circular}, second.Member, unkind)
		kind(t, "one's own", err, forum.Forbidden, "error.own-words")
		_, err = w.ReadReportedMail(ctx, w.As(second.Member), forum.Mailing{Kind: "circular", Ref: circular}, second.Member)
		kind(t, "the form of one's own", err, forum.Forbidden, "error.own-words")
		s.unreportable(circular, cat)
	})
}

// unreportable: mails that hold nobody's words, and that were held back, cannot be reported.
func (s *desk) unreportable(circular int64, cat forum.Actor) {
	t := s.t
	for _, what := range []string{"post", "digest", "news", "note.act-lifted", "note.queue", "note.report-closed", "note.confirm-address", "circular-try"} {
		exec(t, s.World, "INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) VALUES (?, 5, ?, 1, 1)", what, cat.Member)
		_, err := s.ReportMail(t.Context(), cat, forum.Mailing{Kind: what, Ref: 5}, cat.Member, unkind)
		kind(t, what, err, forum.NotFound, "error.not-found")
	}
	rows, err := s.Deliveries(t.Context(), cat, false, 0, 100)
	s.must(err)
	var may []string
	for _, r := range rows {
		if r.MayReport {
			may = append(may, r.Kind)
		}
	}
	if slices.Sort(may); !slices.Equal(may, []string{"circular", "note.invited", "note.role-taken"}) {
		t.Errorf("these may be reported: %v", may)
	}
	for _, state := range []forum.DeliveryState{forum.Withheld, forum.Declined} {
		exec(t, s.World, "UPDATE deliveries SET state = ? WHERE kind = 'circular' AND member_id = ?", state, s.otto.Member)
		_, err := s.ReportMail(t.Context(), s.otto, forum.Mailing{Kind: "circular", Ref: circular}, s.otto.Member, unkind)
		kind(t, state.String(), err, forum.NotFound, "error.not-found")
	}
	weak := s.As(s.Admin.Member)
	weak.Roles, weak.Dormant = nil, []forum.Role{forum.Administrator}
	_, err = s.ReportMail(t.Context(), weak, s.mailTo("note.role-taken-of", s.Admin), weak.Member, unkind)
	kind(t, "what is read by a role, without the second factor", err, forum.NotFound, "error.not-found")
}
