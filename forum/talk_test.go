package forum_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// parlour is a world in which ana, ben, chris and dora know one another from a group, and eve nobody.
type parlour struct {
	*forumtest.World
	t                          *testing.T
	ana, ben, chris, dora, eve forum.Actor
}

func newParlour(t *testing.T, w *forumtest.World) *parlour {
	t.Helper()
	p := &parlour{World: w, t: t}
	g, _, _ := w.Group("known", forum.MembersOnly)
	p.ana, p.ben, p.chris, p.dora, p.eve = w.Member("ana"), w.Member("ben"), w.Member("chris"), w.Member("dora"), w.Member("eve")
	w.Ready(g, p.ana, p.ben, p.chris, p.dora)
	w.Effects.Take()
	return p
}

func (p *parlour) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// start begins a talk of ana's with first words.
func (p *parlour) start(text string, who ...string) forum.GroupID {
	p.t.Helper()
	g, err := p.StartTalk(p.t.Context(), p.ana, forum.TalkDraft{Who: who, Subject: "canary-subject", Text: text, Key: p.Key()})
	p.must(err)
	return g.ID
}

func (p *parlour) accept(id forum.GroupID, all ...forum.Actor) {
	p.t.Helper()
	for _, by := range all {
		t, err := p.ReadTalk(p.t.Context(), by, id)
		p.must(err)
		p.must(p.AcceptTalk(p.t.Context(), by, id, t.Wording))
	}
}

func (p *parlour) room(by forum.Actor, id forum.GroupID) forum.RoomPage {
	p.t.Helper()
	t, err := p.ReadTalk(p.t.Context(), by, id)
	p.must(err)
	r, err := p.ReadRoom(p.t.Context(), by, t.Slug, forum.TalkRoom, forum.SaidCursor{})
	p.must(err)
	return r
}

func (p *parlour) say(by forum.Actor, id forum.GroupID, text string) (int64, error) {
	p.t.Helper()
	m, err := p.Say(p.t.Context(), by, p.room(by, id).Room.ID, text, p.Key())
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}

func wordsIn(r forum.RoomPage) (out []string) {
	for _, m := range r.Messages {
		out = append(out, m.Plain)
	}
	return out
}

func seats(t forum.Talk) (out []string) {
	for _, s := range t.People {
		name, _, _ := strings.Cut(s.Name, " ")
		if s.Invited {
			name += "?"
		}
		out = append(out, name)
	}
	return out
}

// TestTalk: those who are invited know who invites, the subject and who is in it, and no word; once in, those of the beginning read
// all of it, and who joined later what was said since.
func TestTalk(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		id := p.start("first words", "Ben", "@chris")
		if got := mailed(t, w, "note.talk-invited"); len(got) != 2 || !slices.Contains(got, p.ben.Member) {
			t.Errorf("mailed are %v", got)
		}
		asked, err := w.ReadTalk(ctx, p.ben, id)
		if err != nil || asked.In || asked.Inviter != "Ana Test" || asked.InviterID != p.ana.Member || asked.Name != "canary-subject" || !slices.Equal(seats(asked), []string{"Ana"}) || asked.LastAt != 0 {
			t.Errorf("ben is told %+v %v", asked, err)
		}
		_, err = w.ReadRoom(ctx, p.ben, asked.Slug, forum.TalkRoom, forum.SaidCursor{})
		kind(t, "the room before", err, forum.NotFound, "error.not-found")
		kind(t, "joining as a group", w.Join(ctx, p.ben, id), forum.NotFound, "error.not-found")
		kind(t, "untold", w.AcceptTalk(ctx, p.ben, id, "other words"), forum.Held, "error.audience-changed")
		p.accept(id, p.ben, p.ben)
		if got := wordsIn(p.room(p.ben, id)); !slices.Equal(got, []string{"first words"}) {
			t.Errorf("ben reads %v", got)
		}
		told := p.room(p.ana, id)
		p.must(w.InviteToTalk(ctx, p.ben, id, []string{"dora"}))
		if got, _ := w.ReadTalk(ctx, p.ana, id); !slices.Equal(seats(got), []string{"Ben", "Chris?", "Dora?"}) {
			t.Errorf("ana sees %v", seats(got))
		}
		_, err = w.SayAsTold(ctx, p.ana, told.Room.ID, forum.Line{Source: "stale", Nonce: w.Key(), Told: told.Group.Told(told.Group.Audience())})
		kind(t, "under the words of before", err, forum.Invalid, "error.readers-changed")
		if _, err := p.say(p.ana, id, "second words"); err != nil {
			t.Fatal(err)
		}
		p.accept(id, p.dora, p.chris)
		if got := wordsIn(p.room(p.dora, id)); len(got) != 0 {
			t.Errorf("who joined later reads %v", got)
		}
		if got := wordsIn(p.room(p.chris, id)); len(got) != 2 {
			t.Errorf("who was of the beginning reads %v", got)
		}
		for who, by := range map[string]forum.Actor{"a stranger": p.eve, "an administrator": w.Admin, "a visitor": {}} {
			_, err := w.ReadTalk(ctx, by, id)
			kind(t, who, err, forum.NotFound, "error.not-found")
			_, err = w.FindTalk(ctx, by, asked.Slug)
			kind(t, who+" by its slug", err, forum.NotFound, "error.not-found")
			all, err := w.ReadTalks(ctx, by)
			if len(all.Talks)+len(all.Invitations) != 0 {
				t.Errorf("%s lists %+v %v", who, all, err)
			}
			for what, err := range map[string]error{"invites": w.InviteToTalk(ctx, by, id, []string{"ana"}), "accepts": w.AcceptTalk(ctx, by, id, asked.Wording), "declines": w.DeclineTalk(ctx, by, id), "leaves": w.LeaveTalk(ctx, by, id)} {
				if err == nil || by.Member != 0 && forum.KindOf(err) != forum.NotFound {
					t.Errorf("%s %s: %v", who, what, err)
				}
			}
		}
	})
}

// TestChangedForLaterJoiners: what was said before somebody joined does not reach their open page when its author changes it.
func TestChangedForLaterJoiners(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		id := p.start("canary-before", "ben")
		p.accept(id, p.ben)
		p.must(w.InviteToTalk(ctx, p.ana, id, []string{"dora"}))
		p.accept(id, p.dora)
		r := p.room(p.ana, id)
		p.must(w.ChangeMessage(ctx, p.ana, r.Messages[0].ID, "canary-mended", 0))
		said, err := w.SaidBetween(ctx, r.Room.ID, 1, 9, 10)
		if err != nil || len(said) != 1 || said[0].ForAll || said[0].HTML+said[0].Plain != "" {
			t.Errorf("the live channel gets %+v %v", said, err)
		}
		for by, want := range map[*forum.Actor]bool{&p.ben: true, &p.dora: false} {
			if err := w.MayHear(ctx, *by, r.Room.ID, 1); (err == nil) != want {
				t.Errorf("%s is told of it: %v", by.Name, err)
			}
		}
		_, err = p.say(p.ben, id, "new words")
		p.must(err)
		if said, err := w.SaidBetween(ctx, r.Room.ID, 2, 9, 10); err != nil || len(said) != 1 || !said[0].ForAll {
			t.Errorf("a new one: %+v %v", said, err)
		}
	})
}

// TestTalkSeats: a talk has eight seats, those who are invited included; the same form twice is one talk.
func TestTalkSeats(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		known, _, _ := w.Group("more", forum.MembersOnly)
		handles := []string{"ben", "chris", "dora"}
		w.Ready(known, p.ana)
		for _, h := range []string{"fay", "gus", "hal", "ivy", "jan"} {
			w.Ready(known, w.Member(h))
			handles = append(handles, h)
		}
		_, err := w.StartTalk(ctx, p.ana, forum.TalkDraft{Who: handles, Key: w.Key()})
		kind(t, "nine", err, forum.Invalid, "who: error.talk-full")
		_, err = w.StartTalk(ctx, p.ana, forum.TalkDraft{Who: []string{"ana", " "}, Key: w.Key()})
		kind(t, "alone", err, forum.Invalid, "who: error.empty.who")
		d := forum.TalkDraft{Who: handles[:7], Text: "hello", Key: w.Key()}
		g, err := w.StartTalk(ctx, p.ana, d)
		p.must(err)
		if again, err := w.StartTalk(ctx, p.ana, d); err != nil || again.ID != g.ID || len(wordsIn(p.room(p.ana, g.ID))) != 1 {
			t.Errorf("again: %+v %v", again, err)
		}
		kind(t, "a ninth", w.InviteToTalk(ctx, p.ana, g.ID, []string{"jan"}), forum.Invalid, "who: error.talk-full")
		p.must(w.InviteToTalk(ctx, p.ana, g.ID, []string{"ben"})) // who is invited
		p.must(w.DeclineTalk(ctx, p.ben, g.ID))
		kind(t, "declined twice", w.DeclineTalk(ctx, p.ben, g.ID), forum.NotFound, "error.not-found")
		p.must(w.InviteToTalk(ctx, p.ana, g.ID, []string{"jan"}))
		for range 5 {
			_, err = w.StartTalk(ctx, p.ana, forum.TalkDraft{Who: handles[:7], Key: w.Key()})
		}
		kind(t, "more than thirty on a day", err, forum.TooMany, "error.too-many")
	})
}

// TestWhoIsInvited: whoever cannot be invited, for whatever reason, is refused in the same words.
func TestWhoIsInvited(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		p.must(w.ChooseTalks(ctx, p.chris, true))
		p.must(w.BlockMember(ctx, p.dora, p.ana.Member))
		id := p.start("", "ben")
		refused := func(who string) string {
			t.Helper()
			_, err := w.StartTalk(ctx, p.ana, forum.TalkDraft{Who: []string{who}, Key: w.Key()})
			kind(t, who, err, forum.Invalid, "who: error.not-invitable")
			if later := w.InviteToTalk(ctx, p.ana, id, []string{who}); later == nil || later.Error() != err.Error() {
				t.Errorf("%s: %v later, %v", who, later, err)
			}
			var e *forum.Error
			errors.As(err, &e)
			return strings.ReplaceAll(e.Error()+e.Fields[0].Message.Args["Who"].(string), who, "X")
		}
		want := refused("nobody")
		for _, who := range []string{"chris", "dora", "eve", "admin-not"} {
			if got := refused(who); got != want {
				t.Errorf("%s: %q, and of nobody %q", who, got, want)
			}
		}
		for begins, want := range map[string]int{"be": 1, "ch": 0, "do": 0, "ev": 0, "b": 0, "test": 2} { // ben, and the group's owner
			if got, err := w.OfferTalk(ctx, p.ana, begins); err != nil || len(got) != want {
				t.Errorf("%q offers %v %v", begins, got, err)
			}
		}
		p.must(w.UnblockMember(ctx, p.dora, p.ana.Member))
		p.must(w.ChooseTalks(ctx, p.chris, false))
		p.must(w.InviteToTalk(ctx, p.ana, id, []string{"dora", "chris"}))
		p.must(w.BlockMember(ctx, p.ana, p.chris.Member))
		_, err := w.StartTalk(ctx, p.ana, forum.TalkDraft{Who: []string{"chris"}, Key: w.Key()})
		kind(t, "whom one blocked", err, forum.Invalid, "who: error.you-blocked")
		if all, err := w.ReadTalks(ctx, p.ana); err != nil || len(all.Blocked) != 1 || all.Blocked[0].ID != p.chris.Member {
			t.Errorf("%+v %v", all.Blocked, err)
		}
		kind(t, "oneself", w.BlockMember(ctx, p.ana, p.ana.Member), forum.Forbidden, "error.not-yourself")
		had := len(mailed(t, w, "note.talk-invited"))
		p.must(w.ChooseNews(ctx, p.ben, forum.NewsChoice{Delay: 3}, -1))
		if p.start("", "ben"); len(mailed(t, w, "note.talk-invited")) != had {
			t.Error("who wants no news by mail is mailed")
		}
		if n, err := w.CountTalkInvitations(ctx, p.ben); err != nil || n != 2 {
			t.Errorf("ben is told of %d invitations: %v", n, err)
		}
	})
}

// TestBlockedTalk: to who is blocked it is in everything as if the other had left; who blocked reads what was said.
func TestBlockedTalk(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		seen := map[string]string{}
		for what, goes := range map[string]func(id forum.GroupID) error{
			"left": func(id forum.GroupID) error { return w.LeaveTalk(ctx, p.ben, id) }, "blocked": func(forum.GroupID) error { return w.BlockMember(ctx, p.ben, p.ana.Member) }} {
			p.must(w.UnblockMember(ctx, p.ben, p.ana.Member))
			id := p.start("hello", "ben")
			p.accept(id, p.ben)
			_, err := p.say(p.ben, id, "good day")
			p.must(err)
			p.must(goes(id))
			talk, err := w.ReadTalk(ctx, p.ana, id)
			p.must(err)
			room := p.room(p.ana, id)
			_, refused := p.say(p.ana, id, "are you there")
			kind(t, what, refused, forum.Closed, "error.talk-over")
			invites := w.InviteToTalk(ctx, p.ana, id, []string{"chris"})
			readers, err := w.CountReaders(ctx, &room.Group)
			p.must(err)
			_ = readers // the page names nobody and counts nobody
			seen[what] = strings.Join([]string{strings.Join(wordsIn(room), "|"), strings.Join(seats(talk), "|"), refused.Error(), invites.Error()}, "\n")
			if forum.MaySeeRoster(p.ana, true, forum.Participant, &room.Group) {
				t.Errorf("%s: who is in it is told", what)
			}
			kind(t, what+": listening", w.MayListen(ctx, p.ana, room.Room.ID), forum.NotFound, "error.not-found")
			if what == "blocked" {
				if got := wordsIn(p.room(p.ben, id)); len(got) != 2 {
					t.Errorf("who blocked reads %v", got)
				}
				_, err = p.say(p.ben, id, "no more")
				kind(t, "who blocked", err, forum.Closed, "error.talk-over")
				p.must(w.LeaveTalk(ctx, p.ben, id))
			}
			p.must(w.LeaveTalk(ctx, p.ana, id))
			for _, table := range []string{"groups WHERE talk > 0", "rooms WHERE slug = 'talk'", "messages", "acknowledgements WHERE group_id NOT IN (SELECT id FROM groups)", "memberships WHERE group_id NOT IN (SELECT id FROM groups)", "deliveries WHERE kind = 'note.talk-invited'"} {
				var n int
				p.must(w.Store.Reader().NewRaw("SELECT count(*) FROM "+table).Scan(ctx, &n))
				if n != 0 {
					t.Errorf("after the last has left there are %d of %s", n, table)
				}
			}
		}
		if seen["left"] != seen["blocked"] {
			t.Errorf("left:\n%s\nblocked:\n%s", seen["left"], seen["blocked"])
		}
	})
}

// TestBlockedAmongOthers: a talk of more goes on; invitations between the two are gone, and when they are alone it is over.
func TestBlockedAmongOthers(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		p := newParlour(t, w)
		ctx := t.Context()
		all, one := p.start("hello", "ben", "chris"), p.start("", "ben")
		p.accept(all, p.ben, p.chris)
		p.must(w.BlockMember(ctx, p.ben, p.ana.Member))
		if got, err := w.ReadTalks(ctx, p.ben); err != nil || len(got.Invitations) != 0 || len(got.Talks) != 1 {
			t.Errorf("ben has %+v %v", got, err)
		}
		kind(t, "what who was blocked invited to", w.AcceptTalk(ctx, p.ben, one, "x"), forum.NotFound, "error.not-found")
		if _, err := p.say(p.ana, one, "alone"); forum.KindOf(err) != forum.Closed {
			t.Errorf("alone: %v", err)
		}
		if _, err := p.say(p.ana, all, "to both"); err != nil || len(wordsIn(p.room(p.ben, all))) != 2 {
			t.Errorf("among others: %v", err)
		}
		w.Effects.Take()
		p.must(w.LeaveTalk(ctx, p.chris, all))
		if facts := w.Effects.Take(); !slices.Contains(facts, forum.Fact(forum.MemberLeft{Group: all, Member: p.chris.Member})) {
			t.Errorf("leaving states %v", facts)
		}
		_, err := p.say(p.ana, all, "to him alone")
		kind(t, "the two alone", err, forum.Closed, "error.talk-over")
	})
}
