package forum_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestHowVisitsEnd: by the visitor, an owner, the loss of the role, and by coming in as
// everybody does; each time they stand again where they stood.
func TestHowVisitsEnd(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		ctx, id := t.Context(), s.group.ID
		s.must(w.Appoint(ctx, w.Admin, id, s.bob.Member, forum.Moderator))
		ends := func(what string, end func() error, want forum.MembershipStanding) {
			t.Helper()
			s.visit(24)
			s.open(what+", before", s.eve, true)
			w.Effects.Take()
			s.must(end())
			s.open(what, s.eve, false)
			if facts := w.Effects.Take(); !slices.Contains(facts, forum.Fact(forum.MemberLeft{Group: id, Member: s.eve.Member})) {
				t.Errorf("%s: open pages are told %v", what, facts)
			}
			if got := count(t, w, "SELECT standing FROM memberships WHERE role = 0 AND group_id = ? AND member_id = ?", id, s.eve.Member); got != int(want) {
				t.Errorf("%s: stands %d, want %d", what, got, want)
			}
			w.Pass(25 * time.Hour) // of tries
		}
		ends("leaving", func() error { return w.Leave(ctx, s.eve, id) }, forum.Outside)
		kind(t, "leaving twice", w.Leave(ctx, s.eve, id), forum.NotFound, "error.not-found")
		ends("removed", func() error {
			kind(t, "by a moderator", w.Remove(ctx, s.bob, id, s.eve.Member, ""), forum.Forbidden, "error.owners-only")
			return w.Remove(ctx, w.Admin, id, s.eve.Member, "enough")
		}, forum.Outside)
		ends("the role is lost", func() error {
			exec(t, w, "DELETE FROM grants WHERE member_id = ?", s.eve.Member)
			return w.EndLapsed(ctx)
		}, forum.Outside)
		s.must(w.Grant(ctx, w.Admin, s.eve.Member, forum.Administrator))
		ripen(t, w)
		ends("suspended", func() error {
			exec(t, w, "UPDATE members SET standing = ? WHERE id = ?", forum.Suspended, s.eve.Member)
			return w.EndLapsed(ctx)
		}, forum.Outside)
		exec(t, w, "UPDATE members SET standing = ? WHERE id = ?", forum.Active, s.eve.Member)
		ends("banned", func() error { return w.Ban(ctx, w.Admin, id, s.eve.Member, "enough") }, forum.Banned)
		ends("who was banned", func() error { return w.Leave(ctx, s.eve, id) }, forum.Banned)
		s.must(w.Unban(ctx, w.Admin, id, s.eve.Member))

		s.visit(24) // by the rules of everybody: a hidden group is not there, and the visit goes on
		kind(t, "joining a hidden group", w.Join(ctx, s.eve, id), forum.NotFound, "error.not-found")
		s.open("refused to join", s.eve, true)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility, d.Joining = forum.MembersOnly, forum.ByAsking })
		s.must(w.AskToJoin(ctx, s.eve, id, "please"))
		if n := count(t, w, "SELECT count(*) FROM openings WHERE agreed_at > 0 AND ended_at = 0"); n != 0 {
			t.Errorf("%d visits go on after asking to join", n)
		}
		s.visit(24)
		s.must(w.Leave(ctx, s.eve, id))
		if p, err := w.ReadManage(ctx, w.Admin, "inner"); err != nil || p.Members[0].Standing != forum.Asking || p.Members[0].Answer != "please" {
			t.Errorf("her request: %+v %v", p.Members, err)
		}
		s.visit(24)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Joining, d.FromJoin = forum.OpenToJoin, true })
		s.must(w.Join(ctx, s.eve, id))
		w.Pass(25 * time.Hour)
		s.must(w.EndLapsed(ctx)) // what is over is over: a member stays
		page, err := w.ReadGroup(ctx, w.As(s.eve.Member), "inner")
		if err != nil || !page.Group.In || page.Role != forum.Participant {
			t.Errorf("a member: %+v %v", page, err)
		}
		if n, err := w.ReadNeighbours(ctx, s.ann, id); err != nil || len(n.Visits) != 0 {
			t.Errorf("visits after the last: %+v %v", n.Visits, err)
		}
		if said, err := w.ReadMessages(ctx, s.eve, s.room.ID, 0, 10); err != nil || len(said) != 0 {
			t.Errorf("a member from today on reads %v %v", said, err)
		}
	})
}

// TestVisitWhileDown: a visit whose time passes while the process is down ends at the first
// look at the clock after it; what stands in a group by certificate finds its way back.
func TestVisitWhileDown(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		ctx, id := t.Context(), s.group.ID
		certify := func(d time.Duration) {
			_, err := w.Certify(ctx, w.Admin, s.eve.Member, forum.At(w.Now().Add(d)))
			s.must(err)
		}
		certify(time.Hour)
		w.Ready(s.group, w.As(s.eve.Member))
		s.must(w.Subscribe(ctx, s.eve, s.board.ID, forum.Each))
		joined := count(t, w, "SELECT joined_at FROM memberships WHERE group_id = ? AND member_id = ?", id, s.eve.Member)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Joining = forum.ByCertificate })
		w.Pass(2 * time.Hour)
		s.must(w.EndLapsed(ctx))
		s.open("the certificate has ended", s.eve, false)
		s.visit(72)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Description = "ends who lapsed" })
		s.open("a visitor has no certificate to lose", s.eve, true)
		if once, _, err := w.CountByMail(ctx, s.group, s.group.Audience()); err != nil || once != 0 {
			t.Errorf("%d by mail: %v", once, err)
		}
		if to, err := w.Recipients(ctx, s.first, forum.Each, 0, 10); err != nil || len(to) != 0 {
			t.Errorf("mail to a visitor: %v %v", to, err)
		}
		stands := func(what string, want forum.MembershipStanding) {
			t.Helper()
			if n := count(t, w, "SELECT count(*) FROM memberships WHERE group_id = ? AND member_id = ? AND role = 0 AND joined_at = ? AND standing = ?", id, s.eve.Member, joined, want); n != 1 {
				t.Errorf("%s she does not stand where she stood", what)
			}
		}
		w.Pass(10 * 24 * time.Hour) // and nothing ran
		s.must(w.EndLapsed(ctx))
		s.open("over while nothing ran", s.eve, false)
		stands("afterwards", forum.Lapsed)
		s.visit(72)
		w.Pass(70 * time.Hour)
		certify(10 * time.Hour)
		w.Pass(3 * time.Hour)
		s.must(w.EndLapsed(ctx))
		stands("with a certificate that came during the visit", forum.In)
		w.Pass(10 * time.Hour)
		s.must(w.EndLapsed(ctx))
		s.visit(1)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Joining = forum.ByInvitation })
		s.must(w.Leave(ctx, s.eve, id))
		stands("in a group that asks for no certificate any more", forum.Outside)
	})
}

// TestNoMailToVisitors: a visitor gets no digest, also not of what stands on a board of
// another group that they subscribe to, and what waits for them is withheld.
func TestNoMailToVisitors(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		ctx := t.Context()
		g, b, _ := w.Group("outer", forum.PublicToRead)
		w.Ready(g, w.Admin, s.eve)
		s.must(w.Subscribe(ctx, s.eve, b.ID, forum.Daily))
		s.visit(72)
		w.Pass(time.Minute)
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, draft(w, "inner words"))
		s.must(err)
		s.must(w.MoveTopic(ctx, w.Admin, topic.ID, b.ID, ""))
		if p, err := w.ReadTopic(ctx, s.eve, topic.ID, 0); err != nil || len(p.Posts) != 1 {
			t.Errorf("on its page: %v", err)
		}
		w.Pass(26 * time.Hour)
		w.Effects.Take()
		_, err = w.ComposeDigests(ctx, 0)
		s.must(err)
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'digest' AND member_id = ?", s.eve.Member); n != 0 {
			t.Errorf("%d digests", n)
		}
		p, err := w.ReadTopic(ctx, s.eve, topic.ID, 0)
		s.must(err)
		exec(t, w, "UPDATE subscriptions SET mode = 1 WHERE member_id = ?", s.eve.Member)
		exec(t, w, "INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) VALUES ('post', ?, ?, 1, 1)", p.Posts[0].ID, s.eve.Member)
		if to, err := w.Claim(ctx, forum.Mailing{Kind: "post", Ref: int64(p.Posts[0].ID)}, 10); err != nil || len(to) != 0 {
			t.Errorf("what waits goes to %v %v", to, err)
		}
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'post' AND member_id = ? AND state = ?", s.eve.Member, forum.Withheld); n != 1 {
			t.Errorf("%d withheld", n)
		}
	})
}

// mailed: nobody outside subscribes, and a visit is none of the reasons to get a mail.
func (m *model) mailed(i *modelItem, who int) bool {
	was := [2]*modelGroup{}
	for n, g := range m.groups {
		copied := *g
		was[n], copied.joined = g, maps.Clone(g.joined)
		maps.DeleteFunc(copied.joined, func(who int, _ time.Time) bool { return g.visits[who] })
		m.groups[n] = &copied
	}
	defer func() { copy(m.groups, was[:]) }()
	return !i.hidden && m.reads(i, who) && m.in(i.group, who)
}

// visit opens a group to somebody of the staff, who reads all of it as if from the beginning.
func (m *model) visit(g, who int) string {
	m.must(m.Grant(m.t.Context(), m.Admin, m.people[who], forum.Administrator))
	ripen(m.t, m.World)
	m.must(m.AskVisit(m.t.Context(), m.As(m.people[who]), forum.VisitDraft{Address: m.groups[g].Slug, Reason: why, Hours: 72}))
	p, err := m.ReadStaffOpenings(m.t.Context(), m.Admin)
	m.must(err)
	m.must(m.AnswerVisit(m.t.Context(), m.Admin, p.Waiting[0].ID, true))
	m.groups[g].joined[who], m.groups[g].visits[who] = time.Time{}, true
	return "visits"
}

// TestVisitsEndByTheGate: a visit is over with its time and with the role, also while nothing
// tidies up; and what was written before anybody knew of visits stays shut.
func TestVisitsEndByTheGate(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newGuests(t, w)
		reads := func() int {
			t.Helper()
			page, err := w.ReadTopic(t.Context(), w.As(s.eve.Member), s.topic.ID, 0)
			if err != nil && forum.KindOf(err) != forum.NotFound {
				t.Fatal(err)
			}
			return len(page.Posts)
		}
		s.must(w.AnswerVisit(t.Context(), s.second, s.ask("inner", 1), true))
		all := reads()
		if all == 0 {
			t.Fatal("the visitor reads nothing")
		}
		exec(t, w, "INSERT INTO settings (name, value) VALUES ('told-of-openings', ?)", fmt.Sprint(forum.At(w.Now())))
		if n := reads(); n != 0 {
			t.Errorf("%d posts are read whose authors were told otherwise", n)
		}
		exec(t, w, "DELETE FROM settings WHERE name = 'told-of-openings'")
		exec(t, w, "DELETE FROM grants WHERE member_id = ?", s.eve.Member)
		if n := reads(); n != 0 {
			t.Errorf("without the role %d posts are read", n)
		}
		s.must(w.Grant(t.Context(), w.Admin, s.eve.Member, forum.Administrator))
		if n := reads(); n != all {
			t.Errorf("with the role again %d posts are read", n)
		}
		w.Pass(2 * time.Hour)
		if n := reads(); n != 0 {
			t.Errorf("after its time %d posts are read", n)
		}
		_, err := w.FindGroup(t.Context(), w.As(s.eve.Member), "inner")
		kind(t, "the group after its time", err, forum.NotFound, "error.not-found")
	})
}

// hide has the owner of both groups hide a post that they read, or show it again.
func (m *model) hide() string {
	if len(m.items) == 0 {
		return "nothing"
	}
	one := m.items[m.r.IntN(len(m.items))]
	if one.post == 0 || one.gone || !m.ownerReads(one) || one.topic != nil && (one.topic.whole || !m.ownerReads(one.topic)) {
		return "nothing"
	}
	if one.hidden {
		m.must(m.ShowPost(m.t.Context(), m.Admin, one.post, ""))
		one.hidden = false
		return "is shown again"
	}
	m.must(m.HidePost(m.t.Context(), m.Admin, one.post, forum.ActDraft{Reason: "spam", Words: "an advertisement"}))
	one.hidden = true
	return "is hidden"
}
