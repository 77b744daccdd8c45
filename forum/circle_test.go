package forum_test

import (
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// circled is a group of four with a room for a circle of two, in which ann has said something.
type circled struct {
	*talk
	eve, olga forum.Actor // eve moderates the group and is in no circle
	circle    *forum.Room
	said      *forum.ChatMessage
}

func newCircle(t *testing.T, w *forumtest.World, d forum.RoomDraft) *circled {
	t.Helper()
	c := &circled{talk: newTalk(t, w), eve: w.Member("eve"), olga: w.Member("olga")}
	w.Ready(c.group, c.eve, c.olga)
	for _, who := range []forum.Actor{c.ann, c.eve} {
		c.must(w.Appoint(t.Context(), w.Admin, c.group.ID, who.Member, forum.Moderator))
	}
	var err error
	d.Name, d.Circle = "Secret circle", true
	c.circle, err = w.OpenRoom(t.Context(), c.ann, c.group.ID, "secret", d)
	c.must(err)
	c.said, err = w.Say(t.Context(), c.ann, c.circle.ID, "canary of the circle", w.Key())
	c.must(err)
	w.Pass(time.Minute)
	c.must(w.TakeIntoCircle(t.Context(), c.ann, c.circle.ID, "bob"))
	return c
}

// reads are the ways to a circle, each with whether it gave something.
func (c *circled) reads(by forum.Actor) map[string]bool {
	ctx, gave := c.t.Context(), map[string]bool{}
	tell := func(what string, found bool, err error) {
		if err != nil && forum.KindOf(err) != forum.NotFound {
			c.t.Errorf("%s: %v", what, err)
		}
		gave[what] = err == nil && found
	}
	p, err := c.ReadRoom(ctx, by, "inner", c.circle.Slug, forum.SaidCursor{})
	tell("page", len(p.Messages) > 0, err)
	p, err = c.ReadRoom(ctx, by, "inner", c.circle.Slug, forum.SaidCursor{Word: "CANARY"})
	tell("search", len(p.Messages) > 0, err)
	said, err := c.ReadMessages(ctx, by, c.circle.ID, 0, 10)
	tell("catching up", len(said) > 0, err)
	m, err := c.FindSaid(ctx, by, c.said.ID)
	tell("address", m.ID != 0, err)
	tell("hearing", true, c.MayHear(ctx, by, c.circle.ID, c.said.Seq))
	if by.Member != c.ann.Member {
		_, err = c.Report(ctx, by, forum.Reported{Kind: forum.ReportedMessage, Ref: c.said.ID}, unkind)
		tell("report", true, err)
	}
	return gave
}

// knows are the ways to know that there is a circle.
func (c *circled) knows(by forum.Actor) map[string]bool {
	ctx, gave := c.t.Context(), map[string]bool{}
	has := func(rooms []forum.Room) bool {
		for _, r := range rooms {
			if r.ID == c.circle.ID {
				return true
			}
		}
		return false
	}
	n, err := c.ReadNeighbours(ctx, by, c.group.ID)
	if err != nil && forum.KindOf(err) != forum.NotFound {
		c.t.Error(err)
	}
	gave["beside"] = has(n.Rooms)
	d, err := c.ReadDesk(ctx, by)
	if err != nil && by.Member != 0 {
		c.t.Error(err)
	}
	for _, r := range d.Rooms {
		gave["desk"] = gave["desk"] || strings.Contains(r.Name, "Secret")
	}
	gave["channel"] = c.MayListen(ctx, by, c.circle.ID) == nil
	_, err = c.FindRoom(ctx, by, "inner", c.circle.Slug)
	gave["page"] = err == nil
	gave["class"] = func() bool { _, err := c.RoomClass(ctx, by, c.circle.ID); return err == nil }()
	gave["typing"] = func() bool { _, err := c.TellsTyping(ctx, by, c.circle.ID); return err == nil }()
	if _, log, err := c.ReadModeration(ctx, by); err == nil {
		for _, l := range log {
			gave["log"] = gave["log"] || strings.Contains(l.Object, "Secret") || strings.Contains(l.Object, "bob")
		}
	}
	return gave
}

func (c *circled) nothing(who string, gave map[string]bool) {
	c.t.Helper()
	for what, is := range gave {
		if is {
			c.t.Errorf("%s finds it by %s", who, what)
		}
	}
}

// TestCircle: what is said in a circle is for those who are in it, by whatever way; nobody else knows of it, moderators and staff on a visit
// included; who leaves the circle, or the group, is out at once, and whoever takes them into the group again does not take them into it.
func TestCircle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{})
		ctx := t.Context()
		all := func(who string, by forum.Actor) {
			t.Helper()
			for what, is := range c.reads(by) {
				if !is {
					t.Errorf("%s does not find it by %s", who, what)
				}
			}
		}
		all("ann", c.ann)
		all("bob", c.bob)
		for who, by := range map[string]forum.Actor{"a moderator": c.eve, "a member": c.olga, "the owner": w.Admin, "an outsider": w.Member("outside"), "a visitor": {}} {
			c.nothing(who, c.reads(by))
			c.nothing(who, c.knows(by))
			kind(t, who, c.Mark(by), forum.NotFound, "error.not-found")
			for what, err := range map[string]error{"says": errOf(w.Say(ctx, by, c.circle.ID, "x", w.Key())), "takes in": w.TakeIntoCircle(ctx, by, c.circle.ID, "olga"), "changes": w.ChangeRoom(ctx, by, c.circle.ID, forum.RoomDraft{Name: "x"}),
				"locks": w.LockRoom(ctx, by, c.circle.ID, true, ""), "mutes": w.MuteInRoom(ctx, by, c.circle.ID, c.bob.Member, advert), "removes": w.RemoveFromCircle(ctx, by, c.circle.ID, c.bob.Member, advert),
				"reacts": w.ReactToSaid(ctx, by, c.said.ID, forum.Thanks), "keeps a draft": errOf(w.KeepWriting(ctx, by, forum.WritingAt{Room: c.circle.ID}, forum.Writing{Source: "x"}, false))} {
				if k := forum.KindOf(err); k != forum.NotFound && (by.Member != 0 || k != forum.Forbidden) {
					t.Errorf("%s %s: %v", who, what, err)
				}
			}
		}
		if n, err := w.CountRoomReaders(ctx, c.circle, c.group); err != nil || n != 2 {
			t.Errorf("%d read it %v", n, err)
		}
		if said, err := w.SaidBetween(ctx, c.circle.ID, 0, 9, 9); err != nil || len(said) != 1 || !said[0].ForAll {
			t.Errorf("its channel carries %+v %v", said, err)
		}
		c.must(w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "olga"))
		all("olga", c.olga)
		c.must(w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "olga"))
		w.Effects.Take()
		for range 2 {
			c.must(w.LeaveCircle(ctx, c.olga, c.circle.ID))
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.CircleLeft{Room: c.circle.ID, Member: c.olga.Member}) {
			t.Errorf("leaving twice states %v", facts)
		}
		c.nothing("who left", c.reads(c.olga))
		kind(t, "nobody", w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "nobody"), forum.Invalid, "login: error.nobody-of-group")
		kind(t, "an outsider", w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "outside"), forum.Invalid, "login: error.nobody-of-group")

		c.must(w.Leave(ctx, c.bob, c.group.ID))
		c.nothing("who left the group", c.reads(c.bob))
		w.Pass(time.Minute)
		c.must(w.Invite(ctx, w.Admin, c.group.ID, c.bob.Member))
		c.must(w.Join(ctx, c.bob, c.group.ID))
		c.nothing("who is in the group again", c.reads(w.As(c.bob.Member)))
		c.nothing("who is in the group again", c.knows(w.As(c.bob.Member)))
	})
}

// Mark tries to note a room as read, and answers Absent where nothing was noted.
func (c *circled) Mark(by forum.Actor) error {
	if err := c.MarkRoomRead(c.t.Context(), by, c.circle.ID, 1); err != nil {
		return err
	}
	var n int
	if err := c.Store.Reader().NewRaw("SELECT count(*) FROM room_reads WHERE room_id = ? AND member_id = ?", c.circle.ID, by.Member).Scan(c.t.Context(), &n); err != nil {
		return err
	}
	if n == 0 {
		return forum.Absent()
	}
	return nil
}

func errOf[T any](_ T, err error) error { return err }

// TestCircleFromJoin: where the history begins with joining, who is taken in later reads nothing older; nothing older goes with an answer to it,
// on a page or on the channel, either.
func TestCircleFromJoin(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{FromJoin: true})
		ctx := t.Context()
		c.nothing("bob, who came later", c.reads(c.bob))
		_, err := w.SayAsTold(ctx, c.ann, c.circle.ID, forum.Line{Source: "an answer", Nonce: w.Key(), ReplyTo: c.said.ID})
		c.must(err)
		p, err := w.ReadRoom(ctx, c.bob, "inner", c.circle.Slug, forum.SaidCursor{})
		c.must(err)
		if len(p.Messages) != 1 || p.Messages[0].Answers != nil || p.Earlier {
			t.Errorf("bob reads %+v", p)
		}
		if p, err := w.ReadRoom(ctx, c.ann, "inner", c.circle.Slug, forum.SaidCursor{}); err != nil || len(p.Messages) != 2 || p.Messages[1].Answers == nil || p.Messages[1].Answers.Plain != "canary of the circle" {
			t.Errorf("ann reads %+v %v", p, err)
		}
		said, err := w.SaidBetween(ctx, c.circle.ID, 1, 9, 9)
		c.must(err)
		if len(said) != 1 || said[0].Answers != nil || !said[0].ForAll {
			t.Errorf("the channel carries %+v", said)
		}
		// An answer to what one may not read names nothing.
		m, err := w.SayAsTold(ctx, c.bob, c.circle.ID, forum.Line{Source: "to the unknown", Nonce: w.Key(), ReplyTo: c.said.ID})
		if err != nil || m.ReplyTo != 0 {
			t.Errorf("bob answers %+v %v", m, err)
		}
	})
}

// TestOutOfCircle: a moderator who is in the circle takes somebody of a lower role out of it for a reason they are told, at once.
func TestOutOfCircle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{})
		ctx := t.Context()
		kind(t, "by one who moderates nothing", w.RemoveFromCircle(ctx, c.bob, c.circle.ID, c.ann.Member, advert), forum.Forbidden, "error.")
		kind(t, "without a reason", w.RemoveFromCircle(ctx, c.ann, c.circle.ID, c.bob.Member, forum.ActDraft{}), forum.Invalid, "reason: error.choose")
		kind(t, "who is not in it", w.RemoveFromCircle(ctx, c.ann, c.circle.ID, c.olga.Member, advert), forum.NotFound, "error.not-found")
		c.must(w.RemoveFromCircle(ctx, c.ann, c.circle.ID, c.bob.Member, advert))
		c.nothing("bob", c.reads(c.bob))
		c.nothing("the moderator", c.knows(c.eve))
		if got := mailed(t, w, "note.act-remove-from-room"); len(got) != 1 || got[0] != c.bob.Member {
			t.Errorf("told are %v", got)
		}
	})
}

// TestVisitorsOfCircles: staff who read a group for a while read none of its circles.
func TestVisitorsOfCircles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{})
		exec(t, w, "UPDATE memberships SET role = ? WHERE group_id = ? AND member_id = ?", forum.Visitor, c.group.ID, c.bob.Member)
		c.nothing("a visitor of the group", c.reads(w.As(c.bob.Member)))
	})
}

// TestCircleOfTheCertified: in a group for the certified who has no certificate any more reads its circles as little as its rooms, and is told of nothing.
func TestCircleOfTheCertified(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{})
		ctx := t.Context()
		for _, who := range []forum.Actor{c.ann, c.bob} {
			_, err := w.Certify(ctx, w.Admin, who.Member, forum.At(w.Now().AddDate(1, 0, 0)))
			c.must(err)
		}
		set(t, w, c.group, func(d *forum.GroupDraft) { d.Visibility = forum.CertifiedOnly })
		c.ann = w.As(c.ann.Member)
		w.Ready(c.group, c.ann)
		_, err := w.Say(ctx, c.ann, c.circle.ID, "@bob, canary", w.Key())
		c.must(err)
		if all, err := w.ReadRoomNotices(ctx, w.As(c.bob.Member)); err != nil || len(all) != 1 {
			t.Errorf("bob is told of %v %v", all, err)
		}
		exec(t, w, "UPDATE certificates SET suspended_at = ? WHERE member_id = ?", forum.At(w.Now()), c.bob.Member)
		bob := w.As(c.bob.Member)
		c.nothing("who has no certificate", c.reads(bob))
		if all, err := w.ReadRoomNotices(ctx, bob); err != nil || len(all) != 0 {
			t.Errorf("without one he is told of %v %v", all, err)
		}
		if n, err := w.CountRoomReaders(ctx, c.circle, c.group); err != nil || n != 1 {
			t.Errorf("%d read it %v", n, err)
		}
		w.Pass(time.Hour)
		c.must(w.SendNews(ctx))
		for _, m := range mailed(t, w, "room-news") {
			kind(t, "mail", w.StillRecipient(ctx, forum.Mailing{Kind: "room-news", Ref: int64(m)}, m), forum.NotFound, "error.not-found")
		}
	})
}

// TestActsInCircles: what moderators do in a circle is told to those it hits, and to the moderators in it; in the log, the records and among the
// objections of the others there is nothing of it.
func TestActsInCircles(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{})
		ctx := t.Context()
		said, err := w.Say(ctx, c.bob, c.circle.ID, "canary of bob", w.Key())
		c.must(err)
		act := forum.ActDraft{Reason: "spam", Words: "canary of the reasons"}
		c.must(w.HideMessage(ctx, c.ann, said.ID, act))
		c.must(w.RemoveFromCircle(ctx, c.ann, c.circle.ID, c.bob.Member, act))
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "olga"))
		w.Pass(time.Minute)
		c.must(w.Leave(ctx, c.olga, c.group.ID)) // out of the circle with it, whoever takes her in again
		w.Ready(c.group, c.olga)
		c.must(w.Appoint(ctx, w.Admin, c.group.ID, c.olga.Member, forum.Moderator))
		own, err := w.ReadOwnActs(ctx, c.bob)
		c.must(err)
		if len(own) != 2 || own[1].Words != act.Words {
			t.Errorf("bob reads %+v", own)
		}
		for _, a := range own {
			c.must(w.Object(ctx, c.bob, a.ID, "this is not right at all"))
		}
		_, log, err := w.ReadModeration(ctx, c.eve)
		c.must(err)
		for _, l := range log {
			if strings.Contains(l.Reason+l.Object, "canary") || strings.Contains(l.Act, "room") && l.Object+l.Reason != "" && l.Act != "create-room" {
				t.Errorf("the log tells eve %+v", l)
			}
		}
		for who, want := range map[forum.MemberID]int{c.eve.Member: 0, c.ann.Member: 2} {
			r, err := w.ReadRecord(ctx, w.As(who), "inner", c.bob.Member)
			c.must(err)
			if len(r.Acts) != want {
				t.Errorf("the record shows %d acts, not %d", len(r.Acts), want)
			}
		}
		for _, a := range own {
			kind(t, "eve asks for the objection", errOf(w.ReadObjection(ctx, c.eve, a.ID)), forum.NotFound, "error.not-found")
		}
		if got := mailed(t, w, "note.objection-waits"); len(got) != 0 {
			t.Errorf("told of the objection are %v", got)
		}
		c.must(w.Appoint(ctx, w.Admin, c.group.ID, c.bob.Member, forum.Moderator))
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "eve"))
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "bob"))
		said, err = w.Say(ctx, w.As(c.bob.Member), c.circle.ID, "another", w.Key())
		c.must(err)
		c.must(w.HideMessage(ctx, c.ann, said.ID, act))
		own, err = w.ReadOwnActs(ctx, w.As(c.bob.Member))
		c.must(err)
		c.must(w.Object(ctx, w.As(c.bob.Member), own[0].ID, "this is not right at all"))
		if got := mailed(t, w, "note.objection-waits"); len(got) != 1 || got[0] != c.eve.Member {
			t.Errorf("told of the objection are %v, not the other moderator who is in the circle", got)
		}
	})
}

// TestMasksOutlastWhatIsSaid: what was hidden behind a mask, and what was reported of it, stands in nobody's record, when the message is erased either.
func TestMasksOutlastWhatIsSaid(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.ann, s.bob)
		r := s.roomOf("day", forum.RoomDraft{Keep: 24})
		m := s.say(s.bob, r, "behind a mask")
		id, err := w.Report(ctx, s.ann, forum.Reported{Kind: forum.ReportedMessage, Ref: m.ID}, unkind)
		s.must(err)
		_ = id
		s.must(w.HideMessage(ctx, w.Admin, m.ID, advert))
		exec(t, w, "UPDATE cases SET closed_at = opened_at, closed_by = ? WHERE kind = 1", w.Admin.Member)
		record := func() int {
			t.Helper()
			p, err := w.ReadRecord(ctx, w.As(w.Admin.Member), "inner", s.bob.Member)
			s.must(err)
			return len(p.Acts) + len(p.Cases)
		}
		if n := record(); n != 0 {
			t.Errorf("%d stand in the record", n)
		}
		w.Pass(2 * day)
		s.must(w.ForgetSaid(ctx))
		if n := record(); n != 0 {
			t.Errorf("erased, %d stand in the record", n)
		}
	})
}

// TestTakingInIsNoOracle: who may not see who is in the group learns it by no circle, and nobody tries without end.
func TestTakingInIsNoOracle(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		c := newCircle(t, w, forum.RoomDraft{})
		ctx := t.Context()
		set(t, w, c.group, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		kind(t, "a member whom bob does not see", w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "olga"), forum.Invalid, "login: error.nobody-of-group")
		c.must(w.TakeIntoCircle(ctx, c.ann, c.circle.ID, "olga"))
		for range 70 {
			if err := w.TakeIntoCircle(ctx, c.bob, c.circle.ID, "nobody"); forum.KindOf(err) == forum.TooMany {
				return
			}
		}
		t.Error("he tries without end")
	})
}
