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

// desk is a hidden group under the Chatham House rule with two moderators and the owner, in which otto, who is
// behind a mask, wrote and said something; dora is a member, and a stranger is none.
type desk struct {
	*masks
	stranger forum.Actor
}

func newDesk(t *testing.T, w *forumtest.World) *desk {
	s := &desk{newMasks(t, w), w.Member("stranger")}
	w.Effects.Take()
	return s
}

func (s *desk) what(sp forum.Spoken) forum.Reported {
	return forum.Reported{Kind: forum.ReportKind(sp.RefKind), Ref: sp.Ref}
}

// report has somebody report it and gives its case.
func (s *desk) report(by forum.Actor, what forum.Reported) int64 {
	s.t.Helper()
	_, err := s.Report(s.t.Context(), by, what, unkind)
	s.must(err)
	var id int64
	s.must(s.Store.Reader().NewRaw("SELECT id FROM cases WHERE kind = ? AND ref = ? AND closed_at = 0", what.Kind, what.Ref).Scan(s.t.Context(), &id))
	return id
}

var unkind = forum.ReportDraft{Reason: "unkind", Words: "this hurts"}

// mailed are the members to whom a mail of the kind goes.
func mailed(t *testing.T, w *forumtest.World, kind string) (out []forum.MemberID) {
	t.Helper()
	if err := w.Store.Reader().NewRaw("SELECT member_id FROM deliveries WHERE kind = ? ORDER BY member_id", kind).Scan(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// looking are those of some who find a case in their queue; each way to see it gives the same.
func (s *desk) looking(id int64, all ...forum.Actor) (out []string) {
	s.t.Helper()
	for _, by := range all {
		by = s.As(by.Member)
		n := 0
		queues, err := s.CountQueues(s.t.Context(), by, 0)
		s.must(err)
		for _, q := range queues {
			n += q.Cases
		}
		_, page := s.ReadCase(s.t.Context(), by, id)
		work, err := s.ReadWork(s.t.Context(), by, "")
		s.must(err)
		_, note := s.ReadCaseNote(s.t.Context(), by, id)
		sees := page == nil
		if (note == nil) != sees || sees != slices.ContainsFunc(work.Cases, func(c forum.CaseRow) bool { return c.ID == id }) || n != len(work.Cases) {
			s.t.Errorf("%s: page %v, note %v, %d counted, queue %+v", by.Name, page, note, n, work.Cases)
		}
		if sees {
			out = append(out, by.Handle)
		}
	}
	return out
}

// TestReports: members report what they read; its moderators look at it, but for its author, who hears nothing;
// nobody is told who reported it, and who wrote it behind a mask neither. Twice is once.
func TestReports(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, s.otto.Member, forum.Moderator))
		all := []forum.Actor{w.Admin, s.otto, s.eve, s.kim, s.dora, s.stranger}
		w.Effects.Take()
		for n, sp := range []forum.Spoken{s.post, s.said} {
			what := s.what(sp)
			for _, by := range []forum.Actor{s.stranger, {}} {
				_, err := w.Report(t.Context(), by, what, unkind)
				kind(t, "who does not read it", err, forum.NotFound, "error.not-found")
				_, err = w.ReadReported(t.Context(), by, what)
				kind(t, "its form", err, forum.NotFound, "error.not-found")
			}
			_, err := w.Report(t.Context(), w.As(s.otto.Member), what, unkind)
			kind(t, "one's own", err, forum.Forbidden, "error.own-words")
			form, err := w.ReadReported(t.Context(), s.dora, what)
			if err != nil || !strings.Contains(form.Plain, "behind a mask") || !form.Veiled || len(form.Voice) != 4 {
				t.Errorf("the form shows %+v %v", form, err)
			}
			id := s.report(s.dora, what)
			facts := w.Effects.Take()
			if told, is := facts[0].(forum.ModerationNoted); len(facts) != 1 || !is || told.Note != "note.queue" {
				t.Errorf("reporting states %v", facts)
			}
			w.Pass(16 * time.Minute)
			if again := s.report(s.dora, what); again != id || s.report(s.eve, what) != id {
				t.Error("another case")
			}
			if facts := w.Effects.Take(); len(facts) != 0 {
				t.Errorf("reporting it again states %v", facts)
			}
			if got := s.looking(id, all...); !slices.Equal(got, []string{"admin", "eve", "kim"}) {
				t.Errorf("these look at it: %v", got)
			}
			p, err := w.ReadCase(t.Context(), s.kim, id)
			if err != nil || !p.Seen || p.What.Voice != form.Voice || p.What.Plain != form.Plain || len(p.Said) != 2 || p.Said[0].Words != "this hurts" || p.Reports != 2 || !slices.Equal(p.Reasons, []string{"unkind"}) || !p.MayHandle {
				t.Errorf("the case %+v %v", p, err)
			}
			p.About = 0 // the forum's own
			if text := fmt.Sprint(p); strings.Contains(text, s.otto.Name) || strings.Contains(text, s.dora.Name) {
				t.Errorf("it names who wrote or reported it: %s", text)
			}
			if got := mailed(t, w, "note.queue"); len(got) != 3*(n+1) || slices.Contains(got, s.otto.Member) {
				t.Errorf("mailed are %v", got)
			}
		}
		own, err := w.ReadOwnReports(t.Context(), s.dora)
		if err != nil || len(own) != 2 || own[0].Kind != forum.ReportedMessage || own[1].Words != "this hurts" || own[0].ClosedAt != 0 {
			t.Errorf("one's own: %+v %v", own, err)
		}
		if own, err := w.ReadOwnReports(t.Context(), s.kim); err != nil || len(own) != 0 {
			t.Errorf("another's: %+v %v", own, err)
		}
		if _, err := w.ReadOwnReport(t.Context(), s.kim, own[0].ID); forum.KindOf(err) != forum.NotFound {
			t.Error("another's note", err)
		}
		if _, err := w.Report(t.Context(), s.dora, forum.Reported{Kind: 3, Ref: 1}, unkind); forum.KindOf(err) != forum.NotFound {
			t.Error("of no kind", err)
		}
	})
}

// TestReportOfMember: the body's administrators look at it, and not whom it is about, nor moderators.
func TestReportOfMember(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		s.must(w.Grant(t.Context(), w.Admin, s.kim.Member, forum.Administrator))
		w.Effects.Take()
		for _, c := range []struct {
			about forum.Actor
			want  []string
		}{{s.dora, []string{"admin", "kim"}}, {s.kim, []string{"admin"}}} {
			what := forum.Reported{Kind: forum.ReportedMember, Ref: int64(c.about.Member)}
			_, err := w.Report(t.Context(), forum.Actor{}, what, unkind)
			kind(t, "a visitor", err, forum.Forbidden, "error.sign-in-first")
			_, err = w.Report(t.Context(), w.As(c.about.Member), what, unkind)
			kind(t, "oneself", err, forum.Forbidden, "error.own-words")
			id := s.report(s.stranger, what)
			if got := s.looking(id, w.Admin, s.otto, s.eve, s.kim, s.dora, s.stranger); !slices.Equal(got, c.want) {
				t.Errorf("these look at it: %v", got)
			}
			weak := w.As(s.kim.Member)
			weak.Roles, weak.Dormant = nil, []forum.Role{forum.Administrator}
			if _, err := w.ReadCase(t.Context(), weak, id); forum.KindOf(err) != forum.NotFound {
				t.Error("without the second factor", err)
			}
		}
		if got := mailed(t, w, "note.report-of-member"); len(got) != 3 {
			t.Errorf("mailed are %v", got)
		}
		exec(t, w, "UPDATE members SET standing = ? WHERE id = ?", forum.Suspended, s.otto.Member)
		_, err := w.Report(t.Context(), s.dora, forum.Reported{Kind: forum.ReportedMember, Ref: int64(s.otto.Member)}, unkind)
		kind(t, "one who is gone", err, forum.NotFound, "error.not-found")
	})
}

// TestCase: of two who claim a case one has it, for two hours; whoever closes it tells those who reported it.
func TestCase(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		ctx, id := t.Context(), s.report(s.dora, s.what(s.post))
		s.report(s.kim, s.what(s.post))
		for what, act := range map[string]func(by forum.Actor) error{
			"claim":   func(by forum.Actor) error { return w.ClaimCase(ctx, by, id) },
			"release": func(by forum.Actor) error { return w.ReleaseCase(ctx, by, id) },
			"note":    func(by forum.Actor) error { return w.NoteCase(ctx, by, id, "a note") },
			"close":   func(by forum.Actor) error { return w.CloseCase(ctx, by, id, "nothing", "") },
		} {
			for _, by := range []forum.Actor{s.dora, s.otto, s.stranger, {}} {
				kind(t, what+" by "+by.Name, act(by), forum.NotFound, "error.not-found")
			}
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, by := range []forum.Actor{s.eve, s.kim} {
			wg.Go(func() { errs[i] = w.ClaimCase(ctx, by, id) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("of two who claim it: %v", errs)
		}
		first, second := s.eve, s.kim
		if errs[0] != nil {
			first, second = second, first
		}
		s.must(w.ClaimCase(ctx, first, id))
		for what, err := range map[string]error{"claims": w.ClaimCase(ctx, second, id), "releases": w.ReleaseCase(ctx, second, id), "closes": w.CloseCase(ctx, second, id, "nothing", "")} {
			kind(t, what, err, forum.Conflict, "error.case-claimed")
		}
		if p, err := w.ReadCase(ctx, second, id); err != nil || p.Claimer != first.Name || p.MayHandle || p.Mine {
			t.Errorf("the second sees %+v %v", p, err)
		}
		if p, err := w.ReadCase(ctx, first, id); err != nil || !p.MayHandle || !p.Mine {
			t.Errorf("the first sees %+v %v", p, err)
		}
		s.must(w.ReleaseCase(ctx, first, id))
		s.must(w.ClaimCase(ctx, second, id))
		w.Pass(2*time.Hour + time.Minute)
		if p, err := w.ReadCase(ctx, first, id); err != nil || p.Claimer != "" || !p.MayHandle {
			t.Errorf("a stale claim: %+v %v", p, err)
		}
		s.must(w.NoteCase(ctx, second, id, " talked to them "))
		kind(t, "an empty note", w.NoteCase(ctx, second, id, " "), forum.Invalid, "note: error.empty.note")
		kind(t, "no outcome", w.CloseCase(ctx, first, id, "shouted", ""), forum.Invalid, "outcome: error.choose")
		w.Effects.Take()
		s.must(w.CloseCase(ctx, first, id, "talk", "thank you"))
		if facts := w.Effects.Take(); len(facts) != 2 {
			t.Errorf("closing states %v", facts)
		}
		want := []forum.MemberID{s.dora.Member, s.kim.Member}
		slices.Sort(want)
		if got := mailed(t, w, "note.report-closed"); !slices.Equal(got, want) {
			t.Errorf("told are %v", got)
		}
		own, err := w.ReadOwnReports(ctx, s.dora)
		if err != nil || len(own) != 1 || !own[0].Acted || own[0].Answer != "thank you" || own[0].ClosedAt == 0 {
			t.Errorf("who reported it reads %+v %v", own, err)
		}
		for what, err := range map[string]error{"claims": w.ClaimCase(ctx, second, id), "closes": w.CloseCase(ctx, first, id, "talk", "")} {
			kind(t, what+" what is closed", err, forum.Conflict, "error.case-closed")
		}
		p, err := w.ReadCase(ctx, second, id)
		if err != nil || p.Outcome != "talk" || p.Closer != first.Name || p.MayHandle || len(p.Notes) != 1 || p.Notes[0].Words != "talked to them" || p.Notes[0].Name != second.Name {
			t.Errorf("afterwards %+v %v", p, err)
		}
		work, err := w.ReadWork(ctx, second, "house")
		if err != nil || len(work.Cases) != 0 || len(work.Closed) != 1 {
			t.Errorf("the queue %+v %v", work, err)
		}
		if s.report(s.dora, s.what(s.post)) == id {
			t.Error("it cannot be reported anew")
		}
		w.Pass(367 * 24 * time.Hour)
		s.must(w.Forget(ctx))
		if own, err := w.ReadOwnReports(ctx, s.dora); err != nil || len(own) != 1 || own[0].ClosedAt != 0 {
			t.Errorf("after a year: %+v %v", own, err)
		}
	})
}

// TestCaseOfWhatIsClosed: a moderator who may not read what was reported is told that there is a report, and neither
// its words nor those of what it is about; it is left to those who may. What was moved goes to its new moderators.
func TestCaseOfWhatIsClosed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		id := s.report(s.dora, s.what(s.post))
		var topic forum.TopicID
		s.must(w.Store.Reader().NewRaw("SELECT topic_id FROM posts WHERE id = ?", s.post.Ref).Scan(t.Context(), &topic))
		exec(t, w, "UPDATE posts SET from_join = 1 WHERE id = ?", s.post.Ref)
		exec(t, w, "UPDATE memberships SET joined_at = joined_at + 86400000000 WHERE member_id = ?", s.kim.Member)
		p, err := w.ReadCase(t.Context(), s.kim, id)
		if err != nil || p.Seen || p.What != (forum.ReportPage{}) || len(p.Said) != 0 || p.Reports != 1 {
			t.Errorf("who may not read it sees %+v %v", p, err)
		}
		kind(t, "closes it", w.CloseCase(t.Context(), s.kim, id, "nothing", ""), forum.Forbidden, "error.not-yours-to-read")
		g, b, _ := w.Group("beyond", forum.Hidden)
		w.Ready(g, w.Admin, s.stranger, s.otto)
		s.must(w.Appoint(t.Context(), w.Admin, g.ID, s.stranger.Member, forum.Moderator))
		s.must(w.MoveTopic(t.Context(), w.Admin, topic, b.ID, "it belongs there"))
		if got := s.looking(id, w.Admin, s.eve, s.kim, s.stranger); !slices.Equal(got, []string{"admin", "stranger"}) {
			t.Errorf("after the move these look at it: %v", got)
		}
		if p, err := w.ReadCase(t.Context(), s.stranger, id); err != nil || p.Seen || p.What.Plain != "" || len(p.Said) != 0 {
			t.Errorf("who moderates the new place, and may not read it, sees %+v %v", p, err)
		}
		s.must(w.TakeBack(t.Context(), w.As(s.otto.Member), forum.PostID(s.post.Ref)))
		if p, err := w.ReadCase(t.Context(), w.Admin, id); err != nil || p.What.Plain != "" {
			t.Errorf("what was taken back: %+v %v", p, err)
		}
		_, err = w.Report(t.Context(), s.eve, s.what(s.post), unkind)
		if err == nil {
			t.Error("what was taken back is reported")
		}
	})
}

// TestReportForm: what is asked, and how often.
func TestReportForm(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	s := newDesk(t, w)
	what := forum.Reported{Kind: forum.ReportedMember, Ref: int64(s.otto.Member)}
	for key, d := range map[string]forum.ReportDraft{"reason: error.choose": {Words: "x"}, "words: error.empty.words": {Reason: "other", Words: " "}, "words: error.too-long": {Reason: "spam", Words: strings.Repeat("x", 1001)}} {
		_, err := w.Report(t.Context(), s.dora, what, d)
		kind(t, key, err, forum.Invalid, key)
	}
	for i := range 21 {
		m := w.Member(fmt.Sprintf("spammer%d", i))
		_, err := w.Report(t.Context(), s.dora, forum.Reported{Kind: forum.ReportedMember, Ref: int64(m.Member)}, unkind)
		if (i < 20) != (err == nil) || i == 20 && forum.KindOf(err) != forum.TooMany {
			t.Fatalf("report %d: %v", i, err)
		}
	}
}

// TestWork: what waits is shown to who looks after it, group by group.
func TestWork(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newDesk(t, w)
		g, _, _ := w.Group("asking", forum.MembersOnly, func(d *forum.GroupDraft) { d.Joining = forum.ByAsking })
		s.must(w.AskToJoin(t.Context(), s.dora, g.ID, "because"))
		opening := s.ask(s.eve, s.post)
		for slug, want := range map[string][2]int{"": {1, 1}, "house": {0, 1}, "asking": {1, 0}} {
			p, err := w.ReadWork(t.Context(), w.Admin, slug)
			if err != nil || len(p.Asking) != want[0] || len(p.Openings) != want[1] || p.Waiting() != want[0]+want[1] {
				t.Errorf("%q: %+v %v", slug, p, err)
			}
			if len(p.Openings) > 0 && p.Openings[0].ID != opening || len(p.Asking) > 0 && (p.Asking[0].ID != s.dora.Member || p.Asking[0].Answer != "because") {
				t.Errorf("%q: %+v", slug, p)
			}
		}
		if p, err := w.ReadWork(t.Context(), s.eve, ""); err != nil || p.Waiting() != 0 {
			t.Errorf("who asked, and moderates one group only: %+v %v", p, err)
		}
		_, err := w.ReadWork(t.Context(), s.eve, "asking")
		kind(t, "another group", err, forum.Forbidden, "error.moderators-only")
		_, err = w.ReadWork(t.Context(), s.stranger, "house")
		kind(t, "a hidden group", err, forum.NotFound, "error.not-found")
		if p, err := w.ReadWork(t.Context(), forum.Actor{}, ""); err != nil || p.Waiting() != 0 {
			t.Errorf("a visitor: %+v %v", p, err)
		}
	})
}
