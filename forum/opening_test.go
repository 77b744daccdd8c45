package forum_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

const why = "a court asks for it"

// guests is a hidden group with a topic and something said, and two administrators outside it.
type guests struct {
	*talk
	room        *forum.Room
	said        int64
	eve, second forum.Actor
}

func newGuests(t *testing.T, w *forumtest.World) *guests {
	t.Helper()
	s := &guests{talk: newTalk(t, w)}
	set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility, d.FromJoin = forum.Hidden, true })
	w.Ready(s.group, w.Admin, s.ann)
	r, err := w.FindRoom(t.Context(), s.ann, "inner", "inner")
	s.must(err)
	s.room = &r.Room
	m, err := w.Say(t.Context(), s.ann, s.room.ID, "said canary", w.Key())
	s.must(err)
	s.said = m.Seq
	s.eve, s.second = s.administrator("eve"), s.administrator("second")
	w.Effects.Take()
	return s
}

// ripen makes administrators of those who were given the role just now: they have held it for more
// than a week.
func ripen(t *testing.T, w *forumtest.World) {
	t.Helper()
	exec(t, w, "UPDATE grants SET granted_at = granted_at - 700000000000")
}

func (s *guests) administrator(handle string) forum.Actor {
	m := s.Member(handle)
	s.must(s.Grant(s.t.Context(), s.Admin, m.Member, forum.Administrator))
	ripen(s.t, s.World)
	return s.As(m.Member)
}

// visit has eve ask for the group and gives the opening.
func (s *guests) ask(address string, hours int) int64 {
	s.t.Helper()
	s.must(s.AskVisit(s.t.Context(), s.eve, forum.VisitDraft{Address: address, Reason: why, Hours: hours}))
	p, err := s.ReadStaffOpenings(s.t.Context(), s.second)
	s.must(err)
	return p.Waiting[len(p.Waiting)-1].ID
}

func (s *guests) visit(hours int) int64 {
	s.t.Helper()
	id := s.ask("inner", hours)
	s.must(s.AnswerVisit(s.t.Context(), s.second, id, true))
	return id
}

// doors asks every door in somebody's name: what they read, and of what they are refused.
func (s *guests) doors(by forum.Actor) map[string]bool {
	s.t.Helper()
	ctx, out := s.t.Context(), map[string]bool{}
	topic, err := s.ReadTopic(ctx, by, s.topic.ID, 0)
	out["page"] = err == nil && len(topic.Posts) == 2
	_, err = s.ReadPost(ctx, by, s.first)
	out["id"] = err == nil
	_, _, err = s.FindPost(ctx, by, s.first)
	out["link"] = err == nil
	board, err := s.ReadBoard(ctx, by, "inner", "inner", forum.TopicCursor{})
	out["board"] = err == nil && len(board.Topics) == 1
	found, err := s.VisiblePosts(ctx, by, []forum.PostID{s.first})
	s.must(err)
	sifted, err := s.Sift(ctx, by, []forum.Searched{{Kind: "post", ID: int64(s.first)}})
	s.must(err)
	out["search"] = len(found) == 1 && len(sifted) == 1 && proposedTo(s.t, s.World, by)[forum.Searched{Kind: "post", ID: int64(s.first)}]
	said, err := s.ReadMessages(ctx, by, s.room.ID, 0, 10)
	out["room"] = err == nil && len(said) == 1
	out["channel of the room"] = s.MayListen(ctx, by, s.room.ID) == nil && s.MayHear(ctx, by, s.room.ID, s.said) == nil
	_, err = s.Follow(ctx, by, s.topic.ID)
	out["channel of the topic"] = err == nil
	_, err = s.FindGroup(ctx, by, "inner")
	out["group"] = err == nil
	_, err = s.ReadOpenings(ctx, by, "inner")
	out["openings"] = err == nil
	return out
}

func (s *guests) open(what string, by forum.Actor, want bool) {
	s.t.Helper()
	for door, is := range s.doors(by) {
		if is != want {
			s.t.Errorf("%s: %s is open: %t", what, door, is)
		}
	}
}

// TestVisit: for as long as two administrators said, one of them reads all that the members
// read, and does nothing but read; then every door is shut again, and open pages are told.
func TestVisit(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		s.open("before", s.eve, false)
		id := s.ask("/g/Inner", 24)
		s.open("asked for", s.eve, false)
		w.Effects.Take()
		s.must(w.AnswerVisit(t.Context(), s.second, id, true))
		if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.OpeningNoted{Opening: id, Note: "note.visit"}) {
			t.Errorf("agreeing states %v", facts)
		}
		s.open("agreed", s.eve, true)
		s.open("agreed, the other", s.second, false)
		if to, err := w.Claim(t.Context(), forum.Mailing{Kind: "note.visit", Ref: id}, 10); err != nil || len(to) != 1 || to[0].Member != w.Admin.Member {
			t.Errorf("told are %v %v", to, err)
		}
		for who, by := range map[string]forum.Actor{"a member": s.ann, "the visitor": s.eve} {
			p, err := w.ReadGroup(t.Context(), by, "inner")
			if err != nil || p.Readers != 3 {
				t.Errorf("%s reads with %d others: %v", who, p.Readers, err)
			}
			n, err := w.ReadNeighbours(t.Context(), by, s.group.ID)
			if err != nil || len(n.Visits) != 1 || n.Visits[0].Asker != s.eve.Name || n.Visits[0].Second != s.second.Name || n.Visits[0].Reason != why {
				t.Errorf("%s sees %+v %v", who, n.Visits, err)
			}
			if who == "a member" && (p.Group.Members != 3 || slices.ContainsFunc(p.Members, func(m forum.MemberRow) bool { return m.ID == s.eve.Member })) {
				t.Errorf("the roster has %d, %+v", p.Group.Members, p.Members)
			}
		}
		if d, err := w.Disclose(t.Context(), s.ann, s.group.ID, forum.OnBoard); err != nil || d.Readers != 3 {
			t.Errorf("before she speaks she is told of %d readers: %v", d.Readers, err)
		}
		w.Pass(25 * time.Hour)
		w.Effects.Take()
		s.must(w.EndLapsed(t.Context()))
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.MemberLeft{Group: s.group.ID, Member: s.eve.Member}) {
			t.Errorf("open pages are told %v", facts)
		}
		s.open("over", s.eve, false)
		s.must(w.EndLapsed(t.Context()))
		if facts := w.Effects.Take(); len(facts) != 0 {
			t.Errorf("told again: %v", facts)
		}
		p, err := w.ReadOpenings(t.Context(), s.ann, "inner")
		if err != nil || len(p.Visits) != 1 || p.Visits[0].EndedAt == 0 || p.Identity != nil {
			t.Errorf("afterwards a member sees %+v %v", p, err)
		}
		log, err := w.ReadManage(t.Context(), w.Admin, "inner")
		if err != nil || log.Log[0].Act != "visit-over" || log.Log[1].Act != "agree-visit" || log.Log[1].Object != s.eve.Name || log.Log[1].Reason != why || log.Log[1].Actor != s.second.Name {
			t.Errorf("the log says %+v %v", log.Log[:2], err)
		}
		w.Pass(366 * 24 * time.Hour)
		if p, err := w.ReadOpenings(t.Context(), s.ann, "inner"); err != nil || len(p.Visits) != 0 {
			t.Errorf("after a year %+v %v", p.Visits, err)
		}
	})
}

// TestVisitorsOnlyRead: a visitor is refused whatever is more than reading.
func TestVisitorsOnlyRead(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		s.visit(24)
		w.Effects.Take()
		ctx, by, id := t.Context(), s.eve, s.group.ID
		before := (&stage{World: w}).tables(t)
		byMail := forum.Incoming{MessageID: "<v@eve.example>", Title: "By mail", Source: "text"}
		for what, act := range map[string]func() error{
			"start topic":    func() error { _, err := w.StartTopic(ctx, by, s.board.ID, draft(w, "no")); return err },
			"reply":          func() error { _, err := w.Reply(ctx, by, s.topic.ID, draft(w, "no")); return err },
			"reply by mail":  func() error { _, err := w.ReplyByMail(ctx, by, s.first, byMail); return err },
			"post by mail":   func() error { _, err := w.PostByMail(ctx, by, s.board.ID, byMail); return err },
			"say":            func() error { _, err := w.Say(ctx, by, s.room.ID, "no", w.Key()); return err },
			"disclose":       func() error { _, err := w.Disclose(ctx, by, id, forum.OnBoard); return err },
			"acknowledge":    func() error { return w.Acknowledge(ctx, by, id, forum.OnBoard, "x") },
			"subscribe":      func() error { return w.Subscribe(ctx, by, s.board.ID, forum.Each) },
			"command":        func() error { return w.Command(ctx, by, "inner", "each", forum.Incoming{MessageID: "<c@eve.example>"}) },
			"ballot":         func() error { _, err := w.OpenBallot(ctx, by, id, 0, 14); return err },
			"topic's ballot": func() error { _, err := w.OpenBallot(ctx, by, id, s.topic.ID, 14); return err },
			"lock":           func() error { return w.Lock(ctx, by, s.topic.ID, "") },
			"move":           func() error { return w.MoveTopic(ctx, by, s.topic.ID, s.board.ID, "") },
			"split":          func() error { _, err := w.SplitTopic(ctx, by, s.topic.ID, "T", []forum.PostID{s.reply}); return err },
			"invite":         func() error { return w.Invite(ctx, by, id, s.second.Member) },
			"invite address": func() error { return w.InviteByLogin(ctx, by, id, "x@y.example") },
			"appoint":        func() error { return w.Appoint(ctx, by, id, s.ann.Member, forum.Participant) },
			"remove":         func() error { return w.Remove(ctx, by, id, s.ann.Member, "") },
			"ban":            func() error { return w.Ban(ctx, by, id, s.ann.Member, "for a while") },
			"create board":   func() error { _, err := w.CreateBoard(ctx, by, id, forum.BoardDraft{Slug: "x", Name: "X"}); return err },
			"create room":    func() error { _, err := w.OpenRoom(ctx, by, id, "x", forum.RoomDraft{Name: "X"}); return err },
			"change group":   func() error { return w.ChangeGroup(ctx, by, id, forum.GroupDraft{Name: "X"}, 0) },
			"settings":       func() error { _, err := w.ReadSettings(ctx, by, "inner"); return err },
			"manage":         func() error { _, err := w.ReadManage(ctx, by, "inner"); return err },
			"the roster": func() error {
				if p, err := w.ReadGroup(ctx, by, "inner"); err != nil || p.Members != nil || p.Group.Members != 0 {
					t.Errorf("the roster: %+v %v", p.Members, err)
				}
				return forum.Refuse(forum.Forbidden, "none")
			},
		} {
			if err := act(); forum.KindOf(err) != forum.Forbidden {
				t.Errorf("%s by a visitor: %v", what, err)
			}
		}
		if facts := w.Effects.Take(); len(facts) != 0 || (&stage{World: w}).tables(t) != before {
			t.Errorf("a visitor left a trace: %v", facts)
		}
		kind(t, "a visitor is made a member", w.Appoint(ctx, w.Admin, id, by.Member, forum.Owner), forum.NotFound, "error.not-found")
		if w.As(by.Member).Moderates {
			t.Error("a visitor moderates")
		}
		kind(t, "the only owner", w.Leave(ctx, w.Admin, id), forum.Conflict, "error.last-owner")
		rows, err := w.ReadGroups(ctx, by)
		s.must(err)
		if i := slices.IndexFunc(rows, func(r forum.GroupRow) bool { return r.ID == id }); i < 0 || rows[i].In || rows[i].Members != 0 {
			t.Errorf("the list of groups: %+v", rows)
		}
		if p, err := w.ReadPerson(ctx, s.ann, by.Member); err != nil || len(p.Groups) != 0 {
			t.Errorf("groups in common: %+v %v", p.Groups, err)
		}
	})
}

// TestVisitsNeedTwo: one administrator opens nothing, however they go about it, and what is
// no group, or needs no opening, has one answer.
func TestVisitsNeedTwo(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		ctx := t.Context()
		ask := func(by forum.Actor, address, reason string, hours int) error {
			return w.AskVisit(ctx, by, forum.VisitDraft{Address: address, Reason: reason, Hours: hours})
		}
		kind(t, "nonsense", ask(s.eve, "No such", "short", 2), forum.Invalid, "address: error.slug; reason: error.reason-short; hours: error.choose")
		kind(t, "a long reason", ask(s.eve, "inner", strings.Repeat("x", 1001), 1), forum.Invalid, "reason: error.too-long")
		kind(t, "a member", ask(s.ann, "inner", why, 1), forum.Forbidden, "error.administrators-only")
		id := s.ask("inner", 1)
		s.must(ask(s.eve, "inner", why, 1)) // the double click
		if n := count(t, w, "SELECT count(*) FROM openings"); n != 1 {
			t.Errorf("asked twice makes %d", n)
		}
		_, err := w.ReadStaffOpenings(ctx, s.ann)
		kind(t, "a member's look", err, forum.Forbidden, "error.administrators-only")
		kind(t, "one's own", w.AnswerVisit(ctx, s.eve, id, true), forum.Forbidden, "error.not-yourself")
		kind(t, "one's own, refused", w.AnswerVisit(ctx, s.eve, id, false), forum.Forbidden, "error.not-yourself")
		kind(t, "a member agrees", w.AnswerVisit(ctx, s.ann, id, true), forum.Forbidden, "error.administrators-only")
		kind(t, "none", w.AnswerVisit(ctx, s.second, 7, true), forum.NotFound, "error.not-found")
		exec(t, w, "DELETE FROM grants WHERE member_id = ?", s.second.Member)
		kind(t, "one who was an administrator", w.AnswerVisit(ctx, w.As(s.second.Member), id, true), forum.Forbidden, "error.administrators-only")
		s.must(w.Grant(ctx, w.Admin, s.second.Member, forum.Administrator))
		kind(t, "one who was raised for it", w.AnswerVisit(ctx, w.As(s.second.Member), id, true), forum.Forbidden, "error.role-too-new")
		ripen(t, w)
		exec(t, w, "DELETE FROM grants WHERE member_id = ?", s.eve.Member)
		kind(t, "for one who was", w.AnswerVisit(ctx, s.second, id, true), forum.Closed, "error.opening-over")
		s.must(w.Grant(ctx, w.Admin, s.eve.Member, forum.Administrator))
		kind(t, "for one who was raised for it", w.AnswerVisit(ctx, s.second, id, true), forum.Forbidden, "error.role-too-new")
		ripen(t, w)
		s.open("nobody agreed", s.eve, false)
		s.must(w.AnswerVisit(ctx, s.second, id, false))
		kind(t, "refused already", w.AnswerVisit(ctx, w.Admin, id, true), forum.Conflict, "error.opening-answered")
		late := s.ask("inner", 1)
		w.Pass(8 * 24 * time.Hour)
		kind(t, "asked long ago", w.AnswerVisit(ctx, s.second, late, true), forum.Closed, "error.opening-over")
		s.open("nobody agreed in time", s.eve, false)

		none := w.AnswerVisit(ctx, s.second, s.ask("no-such-group", 1), true)
		kind(t, "no such group", none, forum.NotFound, "error.nothing-to-open")
		s.must(w.Invite(ctx, w.Admin, s.group.ID, s.eve.Member))
		if err := w.AnswerVisit(ctx, s.second, s.ask("inner", 24), true); err == nil || err.Error() != none.Error() {
			t.Errorf("one who is invited: %v", err)
		}
		w.Ready(s.group, s.eve)
		if err := w.AnswerVisit(ctx, s.second, s.ask("inner", 72), true); err == nil || err.Error() != none.Error() {
			t.Errorf("one who is a member: %v", err)
		}
		for n := range 20 {
			if err = ask(s.eve, "inner", why+strings.Repeat("!", n+1), 1); err != nil {
				break
			}
		}
		kind(t, "asking without end", err, forum.TooMany, "error.too-many")
	})
}

// TestAskingIsNoOracle: what asking leaves, and what administrators see of it, is the same for
// a hidden group and for none; what became of others' openings is not for them.
func TestAskingIsNoOracle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		third := s.administrator("third")
		seen := func(by forum.Actor) (out []string) {
			p, err := w.ReadStaffOpenings(t.Context(), by)
			s.must(err)
			for _, o := range append(p.Waiting, p.Own...) {
				out = append(out, strings.Join([]string{o.Address, o.Asker, o.Second, o.Reason}, "|"))
				if o.GroupID != 0 && o.AgreedAt == 0 {
					t.Errorf("looked up before it was agreed: %+v", o)
				}
			}
			return out
		}
		id := s.ask("inner", 1)
		s.ask("outer", 1)
		if got := seen(third); len(got) != 2 || strings.Replace(got[0], "inner", "outer", 1) != got[1] {
			t.Errorf("what waits: %v", got)
		}
		s.must(w.AnswerVisit(t.Context(), s.second, id, true))
		if got := seen(third); len(got) != 1 {
			t.Errorf("a third administrator sees %v", got)
		}
		if got := seen(s.second); len(got) != 2 {
			t.Errorf("the second sees %v", got)
		}
		for _, by := range []forum.Actor{third, s.second, {}} {
			if _, err := w.ReadOpenings(t.Context(), by, "inner"); forum.KindOf(err) != forum.NotFound {
				t.Errorf("openings of a hidden group: %v", err)
			}
			if _, _, err := w.ReadVisitNote(t.Context(), by, id); forum.KindOf(err) != forum.NotFound {
				t.Errorf("the owners' mail: %v", err)
			}
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		for _, by := range []forum.Actor{third, {}} { // the group is known; who visits it is its members'
			_, err := w.ReadOpenings(t.Context(), by, "inner")
			kind(t, "openings for outsiders", err, forum.Forbidden, "error.join-first")
			if n, err := w.ReadNeighbours(t.Context(), by, s.group.ID); err != nil || n.Visits != nil {
				t.Errorf("the group's page shows %+v %v", n.Visits, err)
			}
		}
	})
}

// TestAgreedOnceAtOnce: of two who agree at the same time one does, and one visit begins.
func TestAgreedOnceAtOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		other := s.ask("inner", 72)
		all := []int64{other, other, s.ask("inner", 24), other}
		agree := []forum.Actor{s.second, w.Admin, s.second, s.second}
		var wg sync.WaitGroup
		errs := make([]error, len(all))
		for i, id := range all {
			wg.Go(func() { errs[i] = w.AnswerVisit(t.Context(), agree[i], id, true) })
		}
		wg.Wait()
		if n := slices.Index(errs, nil); n < 0 || slices.Contains(errs[n+1:], nil) {
			t.Errorf("agreed: %v", errs)
		}
		if n := count(t, w, "SELECT count(*) FROM openings WHERE agreed_at > 0"); n != 1 {
			t.Errorf("%d visits", n)
		}
	})
}

// TestWaitingOpenings: what waits for a second person is on the first page of those who can answer it, of
// nobody else, and no longer than it waits.
func TestWaitingOpenings(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		boss := w.Member("boss")
		s.must(w.Grant(t.Context(), w.Admin, boss.Member, forum.Administrator))
		ripen(t, w)
		mask := s.ask(s.eve, s.post)
		s.must(w.AskVisit(t.Context(), w.Admin, forum.VisitDraft{Address: "elsewhere", Reason: why, Hours: 1}))
		see := func(when string, who map[string]int) {
			t.Helper()
			for name, by := range map[string]forum.Actor{"asker": s.eve, "moderator": s.kim, "member": s.dora, "author": s.otto, "owner": w.As(w.Admin.Member), "administrator": w.As(boss.Member), "visitor": {}} {
				if all, err := w.WaitingOpenings(t.Context(), by); err != nil || len(all) != who[name] {
					t.Errorf("%s, the %s: %d %v", when, name, len(all), err)
				}
			}
		}
		see("asked", map[string]int{"moderator": 1, "owner": 1, "administrator": 1})
		s.must(w.AnswerIdentity(t.Context(), s.kim, mask, true))
		see("one answered", map[string]int{"administrator": 1})
		s.must(w.Relieve(t.Context(), w.Admin, boss.Member, forum.Administrator, "moves to another town"))
		see("who was relieved", nil)
		s.ask(s.kim, s.said)
		see("asked again", map[string]int{"asker": 1, "owner": 1})
		w.Pass(8 * 24 * time.Hour)
		see("after a week", nil)
	})
}
