package forum_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestSaidSigns: a sign is given once to what others said, by who may speak there, told to open pages, counted for those who may read it, and
// taken back; behind masks there are none.
func TestSaidSigns(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		m := s.say(s.ann, r, "well said")
		shown := func(by forum.Actor) string {
			t.Helper()
			p, err := w.ReadRoom(ctx, by, "inner", "hall", forum.SaidCursor{})
			s.must(err)
			return fmt.Sprint(p.Messages[0].Signs)
		}
		for who, by := range map[string]forum.Actor{"an outsider": w.Member("outside"), "a visitor": {}} {
			if err := w.ReactToSaid(ctx, by, m.ID, forum.Thanks); forum.KindOf(err) != forum.NotFound {
				t.Errorf("%s reacts: %v", who, err)
			}
			all, _ := w.ReadSigns(ctx, by, m.ID)
			if len(all) != 0 {
				t.Errorf("%s reads %v", who, all)
			}
		}
		kind(t, "one's own", w.ReactToSaid(ctx, s.ann, m.ID, forum.Thanks), forum.Forbidden, "error.own-reaction")
		kind(t, "no sign", w.ReactToSaid(ctx, s.bob, m.ID, 99), forum.Invalid, "sign: error.choose")
		w.Effects.Take()
		for range 2 {
			s.must(w.ReactToSaid(ctx, s.bob, m.ID, forum.Agrees))
		}
		if facts := w.Effects.Take(); len(facts) != 1 || facts[0] != (forum.Said{Room: r.ID, Seq: 2}) {
			t.Errorf("twice states %v", facts)
		}
		s.must(w.ReactToSaid(ctx, w.Admin, m.ID, forum.Agrees))
		if got := shown(s.bob) + shown(s.ann); got != "[{agree 2 true}][{agree 2 false}]" {
			t.Errorf("shown is %s", got)
		}
		said, err := w.SaidBetween(ctx, r.ID, 0, 9, 9)
		s.must(err)
		if got := fmt.Sprint(said[0].Signs); got != "[{agree 2 false}]" {
			t.Errorf("the channel shows %s", got)
		}
		if all, err := w.ReadSigns(ctx, s.ann, m.ID); err != nil || len(all) != 2 {
			t.Errorf("given by %v %v", all, err)
		}
		own, err := w.ReadOwnMessage(ctx, s.ann, m.ID)
		s.must(err)
		s.must(w.ChangeMessage(ctx, s.ann, m.ID, "better said", own.EditedAt)) // a sign is no change of words
		for range 2 {
			s.must(w.UnreactToSaid(ctx, s.bob, m.ID, forum.Agrees))
		}
		if got := shown(s.bob); got != "[{agree 1 false}]" {
			t.Errorf("taken back: %s", got)
		}
		s.must(w.ReactToSaid(ctx, s.bob, m.ID, forum.Thanks))
		s.must(w.Remove(ctx, w.Admin, s.group.ID, s.bob.Member, ""))
		w.Effects.Take()
		kind(t, "out of the group", w.UnreactToSaid(ctx, w.As(s.bob.Member), m.ID, forum.Thanks), forum.NotFound, "error.not-found")
		kind(t, "what is not there", w.UnreactToSaid(ctx, w.As(s.bob.Member), 99, forum.Thanks), forum.NotFound, "error.not-found")
		if facts := w.Effects.Take(); len(facts) != 0 {
			t.Errorf("open pages are told %v", facts)
		}
		w.Ready(s.group, s.bob)
		s.must(w.UnreactToSaid(ctx, s.bob, m.ID, forum.Thanks))
		s.must(w.IgnoreMember(ctx, s.bob, w.Admin.Member))
		if got := shown(s.bob); got != "[]" {
			t.Errorf("of one who is ignored: %s", got)
		}
		s.must(w.TakeBackMessage(ctx, s.ann, m.ID))
		if got := shown(s.ann); got != "[]" {
			t.Errorf("of what is gone: %s", got)
		}
		kind(t, "what is gone", w.ReactToSaid(ctx, s.bob, m.ID, forum.Thanks), forum.NotFound, "error.not-found")
		hidden := s.say(s.ann, r, "to hide")
		s.must(w.HideMessage(ctx, w.Admin, hidden.ID, advert))
		kind(t, "what is hidden", w.ReactToSaid(ctx, s.bob, hidden.ID, forum.Thanks), forum.NotFound, "error.not-found")
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
		w.Ready(s.group, s.ann, s.bob)
		masked := s.say(s.ann, r, "masked")
		kind(t, "behind masks", w.ReactToSaid(ctx, s.bob, masked.ID, forum.Thanks), forum.Closed, "error.no-reactions")
	})
}

// TestAnswersInRooms: what a message answers is shown to whom may read it, as it is now, on the page and on the channel, and is nothing any more
// where it is hidden, taken back or has had its time.
func TestAnswersInRooms(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r, other := s.roomOf("hall", forum.RoomDraft{}), s.roomOf("other", forum.RoomDraft{})
		first := s.say(s.ann, r, "the first words")
		_, err := w.SayAsTold(ctx, s.bob, r.ID, forum.Line{Source: "an answer", Nonce: w.Key(), ReplyTo: first.ID})
		s.must(err)
		cited := func() string {
			t.Helper()
			p, err := w.ReadRoom(ctx, w.As(s.bob.Member), "inner", "hall", forum.SaidCursor{})
			s.must(err)
			said, err := w.SaidBetween(ctx, r.ID, 1, 99, 9)
			s.must(err)
			out := []string{}
			for _, m := range []forum.ChatMessage{p.Messages[len(p.Messages)-1], said[len(said)-1]} {
				if m.ReplyTo == first.ID && m.Answers == nil {
					out = append(out, "nothing")
				} else if m.Answers != nil {
					out = append(out, m.Answers.Author+": "+m.Answers.Plain)
				}
			}
			return strings.Join(out, "|")
		}
		own := s.ann.Name + ": the first words"
		if got := cited(); got != own+"|"+own {
			t.Errorf("it answers %q", got)
		}
		s.must(w.HideMessage(ctx, w.Admin, first.ID, advert))
		last := func() {
			t.Helper()
			_, err := w.SayAsTold(ctx, s.bob, r.ID, forum.Line{Source: "to what is gone", Nonce: w.Key(), ReplyTo: first.ID})
			s.must(err)
		}
		p, err := w.ReadRoom(ctx, s.bob, "inner", "hall", forum.SaidCursor{})
		s.must(err)
		if p.Messages[1].Answers != nil || p.Messages[1].ReplyTo != first.ID {
			t.Errorf("hidden, it is shown: %+v", p.Messages[1].Answers)
		}
		last()
		if p, err = w.ReadRoom(ctx, s.bob, "inner", "hall", forum.SaidCursor{}); err != nil || p.Messages[2].ReplyTo != 0 {
			t.Errorf("an answer to what is hidden: %+v %v", p.Messages[2], err)
		}
		s.must(w.ShowMessage(ctx, w.Admin, first.ID))
		s.must(w.TakeBackMessage(ctx, s.ann, first.ID))
		if p, err = w.ReadRoom(ctx, s.bob, "inner", "hall", forum.SaidCursor{}); err != nil || p.Messages[1].Answers != nil {
			t.Errorf("taken back, it is shown: %+v %v", p.Messages[1].Answers, err)
		}
		elsewhere := s.say(s.ann, other, "of another room")
		m, err := w.SayAsTold(ctx, s.bob, r.ID, forum.Line{Source: "x", Nonce: w.Key(), ReplyTo: elsewhere.ID})
		if err != nil || m.ReplyTo != 0 {
			t.Errorf("an answer to another room: %+v %v", m, err)
		}
	})
}

// TestCalledInARoom: who is called in a room, or answered, has one notice, if they may read it and do not ignore who calls; reading the room reads
// it; else a mail comes after a while, one for each room, with what they may still read; not where nothing goes out by mail.
func TestCalledInARoom(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r, second := s.roomOf("hall", forum.RoomDraft{}), s.roomOf("second", forum.RoomDraft{})
		outside := w.Member("outside")
		told := func(by forum.Actor) (out []string) {
			t.Helper()
			all, err := w.ReadRoomNotices(ctx, w.As(by.Member))
			s.must(err)
			for _, n := range all {
				out = append(out, fmt.Sprint(n.Why, " ", n.Plain, " ", n.ReadAt != 0))
			}
			n, err := w.CountNotices(ctx, w.As(by.Member))
			s.must(err)
			return append(out, fmt.Sprint(n))
		}
		m := s.say(s.ann, r, "@bob and @outside and @ann, look at @nobody")
		_, err := w.SayAsTold(ctx, w.Admin, r.ID, forum.Line{Source: "an answer, @bob", Nonce: w.Key(), ReplyTo: m.ID})
		s.must(err)
		if got := told(s.bob); !slices.Equal(got, []string{"mention an answer, @bob false", "mention @bob and @outside and @ann, look at @nobody false", "3"}) && !slices.Equal(got, []string{"mention an answer, @bob false", "mention @bob and @outside and @ann, look at @nobody false", "2"}) {
			t.Errorf("bob is told %q", got)
		}
		if got := told(s.ann); got[0] != "answer an answer, @bob false" {
			t.Errorf("ann is told %q", got)
		}
		if got := told(outside); !slices.Equal(got, []string{"0"}) {
			t.Errorf("an outsider is told %q", got)
		}
		for who, by := range map[string]forum.Actor{"a member": s.bob, "in particular": s.ann} {
			p, err := w.ReadRoom(ctx, by, "inner", "hall", forum.SaidCursor{})
			s.must(err)
			if ids := p.Messages[0].Mentioned; slices.Contains(ids, outside.Member) || !slices.Contains(ids, s.bob.Member) {
				t.Errorf("%s sees mentioned %v", who, ids)
			}
		}
		s.say(s.ann, second, "elsewhere, @bob")
		mails := func() int { t.Helper(); return len(mailed(t, w, "room-news")) }
		s.must(w.SendNews(ctx))
		if mails() != 0 {
			t.Error("a mail goes at once")
		}
		s.must(w.MarkRoomRead(ctx, s.bob, second.ID, 9))
		w.Pass(4 * time.Minute)
		s.must(w.SendNews(ctx))
		s.must(w.SendNews(ctx))
		if got := mailed(t, w, "room-news"); len(got) != 2 { // bob of the hall, ann of the answer
			t.Errorf("mails go to %v", got)
		}
		var id int64
		s.must(w.Store.Reader().NewRaw("SELECT ref FROM deliveries WHERE kind = 'room-news' AND member_id = ?", s.bob.Member).Scan(ctx, &id))
		n, err := w.ReadRoomNews(ctx, s.bob.Member, id)
		if err != nil || len(n.Notices) != 2 || n.Notices[0].Seq != 1 || n.Notices[0].RoomName != "hall" {
			t.Errorf("the mail holds %+v %v", n, err)
		}
		_, err = w.ReadRoomNews(ctx, s.ann.Member, id)
		kind(t, "another's mail", err, forum.NotFound, "error.not-found")
		what := forum.Mailing{Kind: "room-news", Ref: id}
		s.must(w.StillRecipient(ctx, what, s.bob.Member))
		s.must(w.HideMessage(ctx, w.Admin, m.ID, advert))
		if n, err = w.ReadRoomNews(ctx, s.bob.Member, id); err != nil || len(n.Notices) != 1 {
			t.Errorf("after one is hidden the mail holds %+v %v", n, err)
		}
		if got := told(s.bob); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "look at") }) {
			t.Errorf("of what is hidden bob is told %q", got)
		}
		s.must(w.Leave(ctx, s.bob, s.group.ID))
		kind(t, "who has left", w.StillRecipient(ctx, what, s.bob.Member), forum.NotFound, "error.not-found")
		if got := told(s.bob); !slices.Equal(got[:len(got)-1], []string{}) {
			t.Errorf("who has left is told %q", got)
		}
	})
}

// TestCallsThatAreNotMailed: nothing goes by mail out of a group that sends none, nor to whom wants none; who ignores somebody is not called by them,
// and a change calls those whom it names anew.
func TestCallsThatAreNotMailed(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		s.must(w.IgnoreMember(ctx, s.bob, s.ann.Member))
		m := s.say(s.ann, r, "@bob")
		if all, err := w.ReadRoomNotices(ctx, s.bob); err != nil || len(all) != 0 {
			t.Errorf("who ignores is told %v %v", all, err)
		}
		s.must(w.HeedMember(ctx, s.bob, s.ann.Member))
		s.must(w.ChangeMessage(ctx, s.ann, m.ID, "@bob, now", 0))
		if all, err := w.ReadRoomNotices(ctx, s.bob); err != nil || len(all) != 1 {
			t.Errorf("called anew: %v %v", all, err)
		}
		own, err := w.ReadOwnMessage(ctx, s.ann, m.ID)
		s.must(err)
		s.must(w.ChangeMessage(ctx, s.ann, m.ID, "nobody", own.EditedAt))
		if all, err := w.ReadRoomNotices(ctx, s.bob); err != nil || len(all) != 0 {
			t.Errorf("called no more: %v %v", all, err)
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.NoList = true })
		w.Ready(s.group, s.ann, s.bob)
		s.say(s.ann, r, "@bob, in a group without mail")
		w.Pass(time.Hour)
		s.must(w.SendNews(ctx))
		if got := mailed(t, w, "room-news"); len(got) != 0 {
			t.Errorf("mails go to %v", got)
		}
	})
}

// TestChatChoice: who does not want to be seen, or seen writing, is not; nobody is told who writes where not all see who the members are.
func TestChatChoice(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		tells := func() bool {
			t.Helper()
			is, err := w.TellsTyping(ctx, s.ann, r.ID)
			s.must(err)
			return is
		}
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForMembers })
		if !tells() {
			t.Error("all see who is in the group, and nobody that she writes")
		}
		s.must(w.ChooseChat(ctx, s.ann, forum.ChatChoice{Untyped: true, Unseen: true, EnterBreaks: true}))
		c, err := w.ReadChatChoice(ctx, s.ann)
		if unseen, e := w.Unseen(ctx, s.ann.Member, s.bob.Member); err != nil || e != nil || tells() || !unseen[s.ann.Member] || unseen[s.bob.Member] || !c.EnterBreaks {
			t.Errorf("chosen is %+v, unseen %v, %v", c, unseen, err)
		}
		s.must(w.ChooseChat(ctx, s.ann, forum.ChatChoice{}))
		vera := w.Member("vera")
		w.Ready(s.group, vera)
		for who, want := range map[forum.GroupRole]bool{forum.Visitor: false, forum.Participant: true} {
			exec(t, w, "UPDATE memberships SET role = ? WHERE group_id = ? AND member_id = ?", who, s.group.ID, vera.Member)
			if tells() != want {
				t.Errorf("one of the group has the role %d, and who writes is told: %v", who, !want)
			}
		}
		s.must(w.LockRoom(ctx, w.Admin, r.ID, true, "for the night"))
		if tells() {
			t.Error("nobody speaks, and she is said to write")
		}
		s.must(w.LockRoom(ctx, w.Admin, r.ID, false, "for the day"))
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Roster = forum.ForModerators })
		if tells() {
			t.Error("not all see who is in the group, and she is named")
		}
		kind(t, "a visitor", w.ChooseChat(ctx, forum.Actor{}, forum.ChatChoice{}), forum.Forbidden, "error.sign-in-first")
	})
}
