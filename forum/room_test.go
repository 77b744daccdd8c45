package forum_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// roomOf gives the talk's group another room.
func (s *talk) roomOf(slug string, d forum.RoomDraft) *forum.Room {
	s.t.Helper()
	d.Name = slug
	r, err := s.OpenRoom(s.t.Context(), s.Admin, s.group.ID, slug, d)
	s.must(err)
	return r
}

func (s *talk) say(by forum.Actor, r *forum.Room, words string) *forum.ChatMessage {
	s.t.Helper()
	m, err := s.Say(s.t.Context(), by, r.ID, words, s.Key())
	s.must(err)
	return m
}

// heard is what somebody reads in a room, on its page, by the socket and by the channel of all.
func (s *talk) heard(by forum.Actor, r *forum.Room) string {
	s.t.Helper()
	ctx := s.t.Context()
	by = s.As(by.Member)
	p, err := s.ReadRoom(ctx, by, "inner", r.Slug, forum.SaidCursor{})
	s.must(err)
	said, err := s.ReadMessages(ctx, by, r.ID, 0, 100)
	s.must(err)
	all, err := s.SaidBetween(ctx, r.ID, 0, 1000, 100)
	s.must(err)
	words := func(said []forum.ChatMessage) (out []string) {
		for _, m := range said {
			out = append(out, m.Plain)
		}
		return out
	}
	if !slices.Equal(words(p.Messages), words(said)) || len(said) != len(all) {
		s.t.Errorf("the page says %v, the socket %v, the channel %v", words(p.Messages), words(said), words(all))
	}
	return strings.Join(words(said), "|")
}

// TestKeep: what is said stays as long as the room said when it was said, or says since then, whatever is shorter; nobody reads it a moment
// longer, and then it is gone from the disk.
func TestKeep(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		week, always := s.roomOf("week", forum.RoomDraft{Keep: 7 * 24}), s.roomOf("always", forum.RoomDraft{})
		s.say(s.ann, week, "zebra-of-a-week")
		m := s.say(s.bob, week, "zebra-to-hide")
		s.must(w.HideMessage(ctx, w.Admin, m.ID, advert))
		s.say(s.ann, always, "it stays")
		w.Pass(6 * day)
		if got := s.heard(s.ann, week); got != "zebra-of-a-week|" {
			t.Errorf("within the week: %q", got)
		}
		// A longer time is not for what was said before; a shorter one is.
		s.must(w.ChangeRoom(ctx, w.Admin, week.ID, forum.RoomDraft{Name: "week", Keep: forum.KeepAlways}))
		s.say(s.ann, week, "for ever")
		s.must(w.ChangeRoom(ctx, w.Admin, always.ID, forum.RoomDraft{Name: "always", Keep: 90 * 24}))
		w.Pass(day + time.Second)
		if got := s.heard(s.ann, week); got != "for ever" {
			t.Errorf("after the week, before anything was erased: %q", got)
		}
		ann, bob, admin := w.As(s.ann.Member), w.As(s.bob.Member), w.As(w.Admin.Member)
		for what, err := range map[string]error{"its address": errOf(w.FindSaid(ctx, ann, m.ID)), "its form": errOf(w.ReadOwnMessage(ctx, bob, m.ID)), "changing": w.ChangeMessage(ctx, bob, m.ID, "x", 0), "reporting": errOf(w.Report(ctx, ann, forum.Reported{Kind: forum.ReportedMessage, Ref: m.ID}, unkind)),
			"hearing": w.MayHear(ctx, ann, week.ID, 1), "missing": w.MayMiss(ctx, ann, week.ID, 2), "moderating": errOf(w.ReadModeratedMessage(ctx, admin, m.ID)), "a sign": w.ReactToSaid(ctx, bob, 1, forum.Thanks)} {
			kind(t, what, err, forum.NotFound, "error.not-found")
		}
		s.must(w.ForgetSaid(ctx))
		var left int
		s.must(w.Store.Reader().NewRaw("SELECT (SELECT count(*) FROM messages WHERE room_id = ?) + (SELECT count(*) FROM hidden_messages)", week.ID).Scan(ctx, &left))
		if left != 1 {
			t.Errorf("%d rows are left", left)
		}
		onDisk(t, w, "zebra-of-a-week", false)
		onDisk(t, w, "it stays", true)
		w.Pass(84 * day)
		s.must(w.ForgetSaid(ctx))
		if got := s.heard(s.ann, always) + s.heard(s.ann, week); got != "for ever" {
			t.Errorf("after ninety days: %q", got)
		}
	})
}

// onDisk looks for words in the files of SQLite; where PostgreSQL keeps deleted rows until its vacuum is its own.
func onDisk(t *testing.T, w *forumtest.World, words string, want bool) {
	t.Helper()
	var file string
	if err := w.Store.Reader().NewRaw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(t.Context(), &file); err != nil {
		return // PostgreSQL
	}
	files, err := filepath.Glob(file + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(b, []byte(words))
	}
	if found != want {
		t.Errorf("%q is on the disk: %t", words, found)
	}
}

// TestKeepWhilePeople: what is said stays while somebody was seen in the room a moment ago, and is erased then.
func TestKeepWhilePeople(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r, other := s.roomOf("while", forum.RoomDraft{Keep: forum.KeepWhilePeople, OffRecord: true}), s.roomOf("other", forum.RoomDraft{})
		s.say(s.ann, r, "zebra-for-now")
		s.say(s.ann, other, "else")
		w.Pass(4 * time.Minute)
		s.must(w.MarkRoomRead(ctx, s.bob, r.ID, 1))
		quiet := func() []forum.RoomID {
			rooms, err := w.QuietRooms(ctx)
			s.must(err)
			return rooms
		}
		w.Pass(4 * time.Minute)
		if got := quiet(); len(got) != 0 {
			t.Errorf("bob was there, and %v are quiet", got)
		}
		s.must(w.EmptyRoom(ctx, r.ID))
		if got := s.heard(s.bob, r); got != "zebra-for-now" {
			t.Errorf("bob was there, and reads %q", got)
		}
		w.Pass(2 * time.Minute)
		if got := quiet(); !slices.Equal(got, []forum.RoomID{r.ID}) {
			t.Errorf("quiet are %v", got)
		}
		s.must(w.EmptyRoom(ctx, r.ID))
		s.must(w.EmptyRoom(ctx, other.ID))
		if got := s.heard(s.bob, r) + s.heard(s.bob, other); got != "else" || len(quiet()) != 0 {
			t.Errorf("then there is %q", got)
		}
		onDisk(t, w, "zebra-for-now", false)

		// What was said so stays so, whatever the room says later.
		s.say(s.ann, r, "zebra-while")
		s.must(w.ChangeRoom(ctx, w.Admin, r.ID, forum.RoomDraft{Name: "while"}))
		s.say(s.ann, r, "for ever")
		w.Pass(time.Hour)
		if got := quiet(); !slices.Equal(got, []forum.RoomID{r.ID}) {
			t.Errorf("quiet are %v", got)
		}
		s.must(w.EmptyRoom(ctx, r.ID))
		if got := s.heard(s.bob, r); got != "for ever" {
			t.Errorf("then there is %q", got)
		}
	})
}

// TestErasedFromTheLogOfWrites: while somebody reads, the log of writes cannot be emptied: nobody who writes waits for that, and it is done later.
func TestErasedFromTheLogOfWrites(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		m := s.say(s.ann, r, "zebra-taken-back")
		tx, err := w.Store.Reader().BeginTx(ctx, nil)
		s.must(err)
		var n int
		s.must(tx.NewRaw("SELECT count(*) FROM messages").Scan(ctx, &n))
		s.must(w.TakeBackMessage(ctx, s.ann, m.ID))
		s.must(w.ForgetSaid(ctx))
		s.must(tx.Rollback())
		s.must(w.ForgetSaid(ctx))
		onDisk(t, w, "zebra-taken-back", false)
	})
}

// TestOffRecord: what is said off the record is found by no search, told by no notice or mail, and in nobody's download, also when the room is
// changed later.
func TestOffRecord(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		kind(t, "for a week", errOf(w.OpenRoom(ctx, w.Admin, s.group.ID, "long", forum.RoomDraft{Name: "x", OffRecord: true, Keep: 7 * 24})), forum.Invalid, "keep: error.off-record-keep")
		r := s.roomOf("off", forum.RoomDraft{OffRecord: true, Keep: 24})
		s.say(s.ann, r, "zebra, @bob")
		s.must(w.ChangeRoom(ctx, w.Admin, r.ID, forum.RoomDraft{Name: "off"}))
		s.say(s.ann, r, "on the record, @bob")
		if p, err := w.ReadRoom(ctx, s.ann, "inner", "off", forum.SaidCursor{Word: "zebra"}); err != nil || len(p.Messages) != 0 {
			t.Errorf("found %+v %v", p.Messages, err)
		}
		if p, err := w.ReadRoom(ctx, s.ann, "inner", "off", forum.SaidCursor{Word: "record"}); err != nil || len(p.Messages) != 1 {
			t.Errorf("found %+v %v", p.Messages, err)
		}
		if all, err := w.ReadRoomNotices(ctx, s.bob); err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Plain, "on the record") {
			t.Errorf("bob is told of %+v %v", all, err)
		}
		_, session := in(t, w, "ann")
		if got := take(t, w, session); !strings.Contains(got.all, "on the record") || strings.Contains(got.all, "zebra") {
			t.Error("the download has it, or nothing")
		}
	})
}

// TestShutRooms: in a locked room moderators alone speak, in an archived one nobody; who is muted in a room speaks elsewhere; where there is a
// pause, one waits. What was said is read on, and each comes to an end.
func TestShutRooms(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r, other := s.roomOf("shut", forum.RoomDraft{Slow: 30}), s.roomOf("other", forum.RoomDraft{})
		first := s.say(s.ann, r, "first")
		say := func(by forum.Actor, room *forum.Room) error {
			_, err := w.Say(ctx, w.As(by.Member), room.ID, "more", w.Key())
			return err
		}
		w.Pass(10 * time.Second)
		kind(t, "too soon", say(s.ann, r), forum.Closed, "error.slow-room")
		if again, err := w.Say(ctx, s.ann, r.ID, "first", first.Nonce); err != nil || again.ID != first.ID {
			t.Errorf("the double click of the first: %+v %v", again, err)
		}
		s.must(say(s.ann, other))
		s.must(say(s.bob, r))
		for range 2 {
			s.must(say(w.Admin, r))
		}
		w.Pass(21 * time.Second)
		s.must(say(s.ann, r))

		kind(t, "a member locks", w.LockRoom(ctx, s.ann, r.ID, true, "why"), forum.Forbidden, "error.moderators-only")
		kind(t, "a member archives", w.ArchiveRoom(ctx, s.ann, r.ID, true, "why"), forum.Forbidden, "error.moderators-only")
		w.Effects.Take()
		for range 2 {
			s.must(w.LockRoom(ctx, w.Admin, r.ID, true, "too loud"))
		}
		if facts := w.Effects.Take(); len(facts) != 2 || facts[0] != (forum.RoomChanged{Room: r.ID}) {
			t.Errorf("locking twice states %v", facts)
		}
		w.Pass(time.Minute)
		kind(t, "locked", say(s.ann, r), forum.Closed, "error.room-locked")
		kind(t, "locked, changing", w.ChangeMessage(ctx, s.ann, first.ID, "x", 0), forum.Closed, "error.room-locked")
		kind(t, "locked, a sign", w.ReactToSaid(ctx, s.bob, first.ID, forum.Thanks), forum.Closed, "error.room-locked")
		why := func(want string) {
			t.Helper()
			if p, err := w.FindRoom(ctx, s.bob, "inner", r.Slug); err != nil || p.Room.ShutWhy() != want {
				t.Errorf("why it is shut: %q %v, want %q", p.Room.ShutWhy(), err, want)
			}
		}
		why("too loud")
		s.must(say(w.Admin, r))
		s.must(w.TakeBackMessage(ctx, s.ann, first.ID)) // it is their word
		s.must(w.LockRoom(ctx, w.Admin, r.ID, false, "quieter"))
		why("")
		s.must(say(s.ann, r))
		s.must(w.ArchiveRoom(ctx, w.Admin, r.ID, true, "all is said"))
		why("all is said")
		kind(t, "archived", say(w.Admin, r), forum.Closed, "error.room-archived")
		if got := s.heard(s.bob, r); !strings.Contains(got, "more") {
			t.Errorf("archived, it says %q", got)
		}
		s.must(w.ArchiveRoom(ctx, w.Admin, r.ID, false, ""))
		why("")
		s.must(say(w.Admin, r))

		kind(t, "a member mutes", w.MuteInRoom(ctx, s.ann, r.ID, s.bob.Member, forum.ActDraft{Reason: "spam", Words: "this is enough for now", Days: 1}), forum.Forbidden, "error.moderators-only")
		mute := forum.ActDraft{Reason: "spam", Words: "this is enough for now", Days: 1}
		s.must(w.MuteInRoom(ctx, w.Admin, r.ID, s.bob.Member, mute))
		kind(t, "twice", w.MuteInRoom(ctx, w.Admin, r.ID, s.bob.Member, mute), forum.Conflict, "error.muted-already")
		kind(t, "muted", say(s.bob, r), forum.Forbidden, "error.muted")
		s.must(say(s.bob, other))
		if all, err := w.MutedInRoom(ctx, w.Admin, r.ID); err != nil || len(all) != 1 || all[0].ID != s.bob.Member {
			t.Errorf("muted are %v %v", all, err)
		}
		if all, err := w.MutedInRoom(ctx, s.ann, r.ID); err != nil || len(all) != 0 {
			t.Errorf("a member is told who is muted: %v %v", all, err)
		}
		s.must(w.UnmuteInRoom(ctx, w.Admin, r.ID, s.bob.Member))
		s.must(say(s.bob, r))
		s.must(w.MuteInRoom(ctx, w.Admin, r.ID, s.bob.Member, mute))
		w.Pass(day)
		s.must(say(s.bob, r))
		for _, wrong := range [][2]int{{0, 0}, {0, 24}, {0, -1}, {366, 0}} {
			mute.Days, mute.Hours = wrong[0], wrong[1]
			kind(t, "no such time", w.MuteInRoom(ctx, w.Admin, r.ID, s.bob.Member, mute), forum.Invalid, "days: error.choose")
		}
		mute.Days, mute.Hours = 0, 1
		kind(t, "in the whole group", w.Mute(ctx, w.Admin, s.group.ID, s.bob.Member, mute), forum.Invalid, "days: error.choose")
		s.must(w.MuteInRoom(ctx, w.Admin, r.ID, s.bob.Member, mute))
		w.Pass(59 * time.Minute)
		kind(t, "muted for an hour", say(s.bob, r), forum.Forbidden, "error.muted")
		w.Pass(2 * time.Minute)
		s.must(say(s.bob, r))
		mute.Words = ""
		kind(t, "without words", w.MuteInRoom(ctx, w.Admin, r.ID, s.bob.Member, mute), forum.Invalid, "words")
	})
}

// TestRoomReads: what is new in a room is counted for each from where they have read, none of it what they may not read or said themselves; reading
// never goes back, and counts to its end at most.
func TestRoomReads(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		unread := func(by forum.Actor) string {
			t.Helper()
			n, err := w.ReadNeighbours(ctx, by, s.group.ID)
			s.must(err)
			p, err := w.ReadRoom(ctx, by, "inner", "hall", forum.SaidCursor{})
			s.must(err)
			for _, room := range n.Rooms {
				if room.ID == r.ID {
					return fmt.Sprint(room.Unread, p.Unread, p.ReadSeq)
				}
			}
			return "no room"
		}
		for i := range 5 {
			s.say(s.ann, r, fmt.Sprint("number ", i+1))
		}
		if got := unread(s.bob); got != "0 0 0" {
			t.Errorf("who was never there: %s", got)
		}
		s.must(w.MarkRoomRead(ctx, s.bob, r.ID, 2))
		s.must(w.MarkRoomRead(ctx, s.bob, r.ID, 1))
		s.say(s.bob, r, "mine")
		if got := unread(s.bob); got != "3 3 2" {
			t.Errorf("after two: %s", got)
		}
		m, err := w.ReadMessages(ctx, s.ann, r.ID, 4, 1)
		s.must(err)
		s.must(w.HideMessage(ctx, w.Admin, m[0].ID, advert))
		exec(t, w, "UPDATE messages SET reach = 2, reach_of = 0 WHERE room_id = ? AND seq = 4", r.ID) // for the certified, of whom bob is none
		if got := unread(s.bob); got != "1 1 2" {
			t.Errorf("of what he may read: %s", got)
		}
		s.must(w.MarkRoomRead(ctx, s.bob, r.ID, 1<<40))
		s.say(s.ann, r, "after all")
		if got := unread(s.bob); !strings.HasPrefix(got, "1 1 ") {
			t.Errorf("a place that is not there yet: %s", got)
		}
		if err := w.MarkRoomRead(ctx, forum.Actor{}, r.ID, 1); err != nil {
			t.Error(err)
		}
	})
}

// TestFindInRoom: words are found in letters of either case, only in what one may read, newest first; a day leads to what was said from then on;
// what is after and before is told where there is some.
func TestFindInRoom(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r := s.roomOf("hall", forum.RoomDraft{})
		at := forum.At(w.Now().Add(12 * time.Hour))
		s.say(s.ann, r, "A Needle, 100% sharp_ened")
		w.Pass(day)
		s.say(s.bob, r, "no such thing")
		hidden := s.say(s.bob, r, "another needle")
		s.must(w.HideMessage(ctx, w.Admin, hidden.ID, advert))
		s.say(s.bob, r, "the third needle in hay")
		for words, want := range map[string]string{"NEEDLE": "[5 1]", "needle hay": "[5]", "100%": "[1]", "%": "[1]", "p_e": "[1]", "_": "[1]", `\`: "[]", "another": "[]", "haystack": "[]"} {
			p, err := w.ReadRoom(ctx, s.ann, "inner", "hall", forum.SaidCursor{Word: words})
			s.must(err)
			if got := fmt.Sprint(places(p)); got != want {
				t.Errorf("%q is found at %s, not %s", words, got, want)
			}
		}
		for want, c := range map[string]forum.SaidCursor{"[2 3 5] earlier": {Since: at}, "[3 5] earlier": {From: 3}, "[1 2] later": {Before: 3}, "[1 2 3 5]": {}, "[]": {Since: forum.At(w.Now().Add(day))}} {
			p, err := w.ReadRoom(ctx, s.ann, "inner", "hall", c)
			s.must(err)
			got := fmt.Sprint(places(p))
			if p.Earlier {
				got += " earlier"
			}
			if p.Later {
				got += " later"
			}
			if got != want {
				t.Errorf("%+v gives %s, not %s", c, got, want)
			}
		}
		if p, err := w.FindSaid(ctx, s.ann, hidden.ID); err != nil || p.Plain+p.HTML+p.Source != "" || p.Seq != 3 || p.RoomSlug != "hall" {
			t.Errorf("the address of what is hidden: %+v %v", p, err)
		}
	})
}

func places(p forum.RoomPage) (out []int64) {
	for _, m := range p.Messages {
		out = append(out, m.Seq)
	}
	return out
}

// TestSaidOnce: the same nonce again is the same message, in another room nothing, and what cannot be seen is no word.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		ctx := t.Context()
		r, other := s.roomOf("hall", forum.RoomDraft{}), s.roomOf("other", forum.RoomDraft{})
		first, err := w.Say(ctx, s.ann, r.ID, "once", "n-1")
		s.must(err)
		if again, err := w.Say(ctx, s.ann, r.ID, "else", "n-1"); err != nil || again.ID != first.ID || again.Plain != "once" {
			t.Errorf("again: %+v %v", again, err)
		}
		kind(t, "in another room", errOf(w.Say(ctx, s.ann, other.ID, "once", "n-1")), forum.Invalid, "nonce: error.key")
		if _, err := w.Say(ctx, s.bob, r.ID, "mine", "n-1"); err != nil {
			t.Errorf("another's: %v", err)
		}
		for _, words := range []string{"", " \n", "\u200b", "\u200d \u2060\ufeff"} {
			kind(t, fmt.Sprintf("%q", words), errOf(w.Say(ctx, s.ann, r.ID, words, w.Key())), forum.Invalid, "text: error.empty.text")
		}
		if got := s.heard(s.ann, r) + s.heard(s.ann, other); got != "once|mine" {
			t.Errorf("said is %q", got)
		}
	})
}
