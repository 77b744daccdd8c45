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

// house is a hidden group under the Chatham House rule in which somebody wrote a post; the
// administrator owns it and the second person moderates it.
func house(t *testing.T, w *forumtest.World, author, second forum.Actor) (*forum.Group, forum.Spoken) {
	t.Helper()
	g, b, _ := w.Group("house", forum.Hidden, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass })
	w.Ready(g, w.Admin, author, second)
	if err := w.Appoint(t.Context(), w.Admin, g.ID, second.Member, forum.Moderator); err != nil {
		t.Fatal(err)
	}
	season(t, w)
	topic, err := w.StartTopic(t.Context(), author, b.ID, draft(w, "behind a mask"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.ReadTopic(t.Context(), author, topic.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	return g, forum.Spoken{RefKind: forum.SpokenPost, Ref: int64(p.Posts[0].ID)}
}

// season lets every moderator have been one for long.
func season(t *testing.T, w *forumtest.World) {
	t.Helper()
	exec(t, w, "UPDATE memberships SET role_at = 0")
}

type masks struct {
	*forumtest.World
	t                    *testing.T
	group                *forum.Group
	room                 *forum.Room
	post, said           forum.Spoken
	otto, eve, kim, dora forum.Actor // who wrote; moderators; a member
}

func newMasks(t *testing.T, w *forumtest.World) *masks {
	t.Helper()
	s := &masks{World: w, t: t, otto: w.Member("quicksilver"), eve: w.Member("eve"), kim: w.Member("kim"), dora: w.Member("dora")}
	s.group, s.post = house(t, w, s.otto, s.eve)
	w.Ready(s.group, s.kim, s.dora)
	s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, s.kim.Member, forum.Moderator))
	season(t, w)
	r, err := w.FindRoom(t.Context(), s.otto, "house", "house")
	s.must(err)
	s.room = &r.Room
	m, err := w.Say(t.Context(), s.otto, s.room.ID, "said behind a mask", w.Key())
	s.must(err)
	s.said = forum.Spoken{RefKind: forum.SpokenMessage, Ref: m.ID}
	w.Effects.Take()
	return s
}

func (s *masks) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *masks) ask(by forum.Actor, what forum.Spoken) int64 {
	s.t.Helper()
	id, err := s.AskIdentity(s.t.Context(), by, what, "it names a party")
	s.must(err)
	return id
}

// names tells whether the page of an opening tells somebody who wrote.
func (s *masks) names(by forum.Actor, id int64) bool {
	p, _ := s.ReadIdentity(s.t.Context(), by, id)
	named := p.Author == s.otto.Name && p.AuthorID == s.otto.Member
	if !named && strings.Contains(fmt.Sprint(p), s.otto.Name) {
		s.t.Errorf("the page names the author: %+v", p)
	}
	return named
}

// TestIdentity: two moderators who agree are told who wrote a post or said a message, on one
// page and for a week; nobody else is, and the author gets one mail.
func TestIdentity(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		for _, what := range []forum.Spoken{s.post, s.said} {
			id := s.ask(s.eve, what)
			for _, by := range []forum.Actor{s.eve, w.Admin, s.kim} {
				if s.names(by, id) {
					t.Errorf("%s is told before anybody agreed", by.Name)
				}
			}
			p, err := w.ReadIdentity(t.Context(), s.kim, id)
			if err != nil || !p.MayAnswer || p.Asker != s.eve.Name || p.Reason != "it names a party" || !strings.Contains(p.Plain, "behind a mask") || len(p.Mask) != 4 {
				t.Errorf("the other moderator sees %+v %v", p, err)
			}
			w.Effects.Take()
			s.must(w.AnswerIdentity(t.Context(), w.Admin, id, true))
			if facts := w.Effects.Take(); len(facts) != 2 || facts[1] != (forum.OpeningNoted{Opening: id, Note: "note.identity"}) {
				t.Errorf("agreeing states %v", facts)
			}
			for _, c := range []struct {
				by   forum.Actor
				told bool
			}{{s.eve, true}, {w.Admin, true}, {s.kim, false}, {s.dora, false}, {s.otto, false}, {forum.Actor{}, false}} {
				if got := s.names(c.by, id); got != c.told {
					t.Errorf("%q is told who wrote: %t", c.by.Name, got)
				}
			}
			for _, by := range []forum.Actor{s.dora, s.otto, {}} {
				_, err := w.ReadIdentity(t.Context(), by, id)
				kind(t, "the page for who does not moderate", err, forum.NotFound, "error.not-found")
			}
			for range 2 {
				if o, err := w.ReadIdentityNote(t.Context(), s.otto, id); err != nil || o.Asker != s.eve.Name || o.Second != w.Admin.Name || o.Reason != "it names a party" {
					t.Errorf("the author's mail: %+v %v", o, err)
				}
				to, err := w.Claim(t.Context(), forum.Mailing{Kind: "note.identity", Ref: id}, 10)
				if err != nil || len(to) > 1 || len(to) == 1 && to[0].Member != s.otto.Member {
					t.Errorf("mail to %v %v", to, err)
				}
			}
			for _, by := range []forum.Actor{s.eve, w.Admin, s.kim, s.dora} {
				_, err := w.ReadIdentityNote(t.Context(), by, id)
				kind(t, "the author's mail for others", err, forum.NotFound, "error.not-found")
			}
			exec(t, w, "UPDATE memberships SET role = 0 WHERE member_id = ?", s.eve.Member)
			if s.names(s.eve, id) {
				t.Error("who moderates no more is told")
			}
			exec(t, w, "UPDATE memberships SET role = 1 WHERE member_id = ?", s.eve.Member)
			if !s.names(s.eve, id) {
				t.Error("one of the two is not told")
			}
			w.Pass(7*24*time.Hour + time.Minute)
			for _, by := range []forum.Actor{s.eve, w.Admin} {
				if s.names(by, id) {
					t.Errorf("%s is told after the week", by.Name)
				}
			}
		}
	})
}

// TestNewModeratorIsNoSecond: an account that was made a moderator for it lifts no mask, whichever of
// the two it is, and being put up or down does not make it older.
func TestNewModeratorIsNoSecond(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		young := w.Member("young")
		w.Ready(s.group, young)
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, young.Member, forum.Moderator))
		refused := func(by forum.Actor, id int64) {
			t.Helper()
			if err := w.AnswerIdentity(t.Context(), by, id, true); forum.KindOf(err) != forum.Forbidden {
				t.Errorf("agreed: %v", err)
			}
			if s.names(s.eve, id) || s.names(young, id) {
				t.Error("and told")
			}
		}
		first := s.ask(s.eve, s.post)
		refused(young, first)
		_, err := w.AskIdentity(t.Context(), young, s.said, "it names a party")
		kind(t, "asks", err, forum.Forbidden, "error.moderator-too-new")
		w.Pass(6 * 24 * time.Hour)
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, young.Member, forum.Owner))
		refused(young, first)
		w.Pass(25 * time.Hour)
		third := s.ask(young, s.post)
		s.must(w.AnswerIdentity(t.Context(), s.kim, third, true))
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, young.Member, forum.Participant))
		s.must(w.Appoint(t.Context(), w.Admin, s.group.ID, young.Member, forum.Moderator))
		refused(young, s.ask(s.eve, s.said))
		if err := w.AnswerIdentity(t.Context(), young, s.ask(s.eve, s.post), false); err != nil {
			t.Errorf("a new moderator cannot refuse: %v", err)
		}
	})
}

// TestAuthorIsToldOnce: each opening is one mail, whoever claims and however often.
func TestAuthorIsToldOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		id := s.ask(s.eve, s.post)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				errs[i] = w.AnswerIdentity(t.Context(), []forum.Actor{s.kim, w.Admin}[i%2], id, true)
			})
		}
		wg.Wait()
		if n := slices.Index(errs, nil); n < 0 || slices.Contains(errs[n+1:], nil) {
			t.Errorf("agreed: %v", errs)
		}
		what := forum.Mailing{Kind: "note.identity", Ref: id}
		if to, err := w.Claim(t.Context(), what, 10); err != nil || len(to) != 1 || to[0].Member != s.otto.Member {
			t.Errorf("told are %v %v", to, err)
		}
		if to, err := w.Claim(t.Context(), what, 10); err != nil || len(to) != 0 {
			t.Errorf("told again: %v %v", to, err)
		}
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'note.identity'"); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// TestMaskStandsElsewhere: after the two were told, no other page, list, log or search tells
// anybody, also not them; and the outbox of administrators does not show whom the mail went to.
func TestMaskStandsElsewhere(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		id := s.ask(s.eve, s.post)
		s.must(w.AnswerIdentity(t.Context(), w.Admin, id, true))
		ctx, post := t.Context(), forum.PostID(s.post.Ref)
		for _, by := range []forum.Actor{s.eve, w.Admin, s.kim, s.dora} {
			found, err := w.VisiblePosts(ctx, by, []forum.PostID{post})
			s.must(err)
			topic, err := w.ReadTopic(ctx, by, found[0].TopicID, 0)
			s.must(err)
			one, err := w.ReadPost(ctx, by, post)
			s.must(err)
			said, err := w.ReadMessages(ctx, by, s.room.ID, 0, 10)
			s.must(err)
			board, err := w.ReadBoard(ctx, by, "house", "house", forum.TopicCursor{})
			s.must(err)
			openings, err := w.ReadOpenings(ctx, by, "house")
			s.must(err)
			manage, err := w.ReadManage(ctx, by, "house")
			if by.Member != s.dora.Member {
				s.must(err)
				manage.Log = manage.Log[:2] // before that it names whom it let in
			}
			mails, err := w.Deliveries(ctx, by, by.Has(forum.Administrator), 0, 100)
			s.must(err)
			mails = slices.DeleteFunc(mails, func(m forum.DeliveryRow) bool { return m.Kind != "note.identity" })
			all := fmt.Sprint(found, topic, one, said, board, openings, manage.Log, mails)
			if strings.Contains(all, s.otto.Name) || strings.Contains(all, fmt.Sprint(s.otto.Member)) || len(mails) != 0 {
				t.Errorf("%s is told: %s", by.Name, all)
			}
			_, err = w.ReadDelivery(ctx, by, forum.Mailing{Kind: "note.identity", Ref: id}, s.otto.Member)
			kind(t, "the author's mail", err, forum.NotFound, "error.not-found")
		}
		if mine, err := w.Deliveries(ctx, s.otto, false, 0, 100); err != nil || !slices.ContainsFunc(mine, func(m forum.DeliveryRow) bool { return m.Kind == "note.identity" && m.MayOpen }) {
			t.Errorf("the author's own list: %+v %v", mine, err)
		}
		log, err := w.ReadManage(ctx, s.kim, "house")
		s.must(err)
		if log.Log[0].Act != "agree-identity" || log.Log[1].Act != "ask-identity" || log.Log[0].Object+log.Log[1].Object != "" || log.Log[1].Reason != "it names a party" {
			t.Errorf("the log: %+v", log.Log[:2])
		}
		if n := count(t, w, "SELECT count(*) FROM log_entries WHERE act LIKE '%-identity' AND object_id = ?", s.post.Ref); n != 2 {
			t.Errorf("%d entries name the post", n)
		}
		if n := count(t, w, "SELECT count(*) FROM openings WHERE asked_by = ?0 OR agreed_by = ?0", s.otto.Member); n != 0 {
			t.Error("an opening holds who wrote")
		}
	})
}

// TestWhoOpensMasks: one alone does not, nor who does not moderate, nor for what is gone,
// shows its author, or stands elsewhere by now.
func TestWhoOpensMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newMasks(t, w)
		ctx := t.Context()
		ask := func(by forum.Actor, what forum.Spoken, reason string) error {
			_, err := w.AskIdentity(ctx, by, what, reason)
			return err
		}
		outside := w.Member("outside")
		for _, what := range []forum.Spoken{s.post, s.said} {
			kind(t, "an outsider", ask(outside, what, why), forum.NotFound, "error.not-found")
			kind(t, "a member", ask(s.dora, what, why), forum.Forbidden, "error.moderators-only")
			kind(t, "a short reason", ask(s.eve, what, "why not"), forum.Invalid, "reason: error.reason-short")
			id := s.ask(s.eve, what)
			for _, by := range []forum.Actor{s.eve, s.kim} { // who may agree to the first is led there
				again, err := w.AskIdentity(ctx, by, what, why)
				kind(t, "asked again", err, forum.Conflict, "error.identity-asked")
				if again != id {
					t.Errorf("led to %d, not to %d", again, id)
				}
			}
			kind(t, "one's own", w.AnswerIdentity(ctx, s.eve, id, true), forum.Forbidden, "error.not-yourself")
			kind(t, "a member agrees", w.AnswerIdentity(ctx, s.dora, id, true), forum.NotFound, "error.not-found")
			exec(t, w, "UPDATE memberships SET role = 0 WHERE member_id = ?", s.kim.Member)
			kind(t, "one who moderated", w.AnswerIdentity(ctx, s.kim, id, true), forum.NotFound, "error.not-found")
			exec(t, w, "UPDATE memberships SET role = 1 WHERE member_id = ?", s.kim.Member)
			exec(t, w, "UPDATE memberships SET role = 0 WHERE member_id = ?", s.eve.Member)
			kind(t, "for one who moderated", w.AnswerIdentity(ctx, s.kim, id, true), forum.Closed, "error.opening-over")
			exec(t, w, "UPDATE memberships SET role = 1 WHERE member_id = ?", s.eve.Member)
			s.must(w.AnswerIdentity(ctx, s.kim, id, false))
			kind(t, "refused already", w.AnswerIdentity(ctx, w.Admin, id, true), forum.Conflict, "error.opening-answered")
			if s.names(s.eve, id) || s.names(s.kim, id) {
				t.Error("told although it was refused")
			}
			late := s.ask(s.eve, what)
			w.Pass(8 * 24 * time.Hour)
			kind(t, "asked long ago", w.AnswerIdentity(ctx, s.kim, late, true), forum.Closed, "error.opening-over")
		}
		s.theAuthorAgrees()
		id := s.ask(s.eve, s.post)
		exec(t, w, "UPDATE memberships SET role = 1 WHERE member_id = ?", s.otto.Member)
		s.must(w.TakeBack(ctx, s.otto, forum.PostID(s.post.Ref)))
		kind(t, "taken back since", w.AnswerIdentity(ctx, s.kim, id, true), forum.NotFound, "error.not-found") // the topic went whole
		g, b, _ := w.Group("open", forum.RegisteredOnly)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(ctx, w.Admin, b.ID, draft(w, "no mask"))
		s.must(err)
		p, err := w.ReadTopic(ctx, w.Admin, topic.ID, 0)
		s.must(err)
		kind(t, "no mask", ask(w.Admin, forum.Spoken{Ref: int64(p.Posts[0].ID)}, why), forum.Closed, "error.not-masked")
		_, err = w.Reply(ctx, w.Admin, topic.ID, draft(w, "stays"))
		s.must(err)
		exec(t, w, "UPDATE posts SET class = ?, erased_at = 1 WHERE id = ?", forum.ChathamClass, p.Posts[0].ID)
		kind(t, "taken back", ask(w.Admin, forum.Spoken{Ref: int64(p.Posts[0].ID)}, why), forum.Closed, "error.words-gone")
		kind(t, "none", ask(w.Admin, forum.Spoken{Ref: 7}, why), forum.NotFound, "error.not-found")
		kind(t, "answering none", w.AnswerIdentity(ctx, w.Admin, 7, true), forum.NotFound, "error.not-found")
	})
}

// theAuthorAgrees: when the second happens to be the author, every answer is that of others.
func (s *masks) theAuthorAgrees() {
	t, ctx := s.t, s.t.Context()
	exec(t, s.World, "UPDATE memberships SET role = 1 WHERE member_id = ?", s.otto.Member)
	for _, second := range []forum.Actor{s.kim, s.otto} {
		s.must(s.AnswerIdentity(ctx, second, s.ask(s.eve, s.said), false))
		id := s.ask(s.eve, s.said)
		page, err := s.ReadIdentity(ctx, second, id)
		if err != nil || !page.MayAnswer || page.Author != "" {
			t.Errorf("%s sees %+v %v", second.Name, page, err)
		}
		s.must(s.AnswerIdentity(ctx, second, id, true))
		if !s.names(s.eve, id) || !s.names(second, id) {
			t.Errorf("the two are not told when %s agrees", second.Name)
		}
		again, err := s.AskIdentity(ctx, s.eve, s.said, why)
		if kind(t, "open to her", err, forum.Conflict, "error.identity-asked"); again != id {
			t.Errorf("led to %d, not to %d", again, id)
		}
		s.Pass(8 * 24 * time.Hour)
	}
	exec(t, s.World, "UPDATE memberships SET role = 0 WHERE member_id = ?", s.otto.Member)
}
