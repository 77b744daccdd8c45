package forum_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

func kind(t *testing.T, what string, err error, want forum.Kind, key string) {
	t.Helper()
	var e *forum.Error
	if !errors.As(err, &e) || e.Kind != want {
		t.Errorf("%s: got %v, want %v", what, err, want)
		return
	}
	if all := e.Error(); !strings.Contains(all, key) {
		t.Errorf("%s: %q does not say %s", what, all, key)
	}
}

// TestNobodySpeaksUntold: without the acknowledgement of today's audience every door holds
// what is said, and nothing is written (P19).
func TestNobodySpeaksUntold(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("private", forum.MembersOnly)
		m := w.Member("newcomer")
		if err := w.Invite(t.Context(), w.Admin, g.ID, m.Member); err != nil {
			t.Fatal(err)
		}
		if err := w.Join(t.Context(), m, g.ID); err != nil {
			t.Fatal(err)
		}
		_, err := w.StartTopic(t.Context(), m, b.ID, draft(w, "untold"))
		kind(t, "topic", err, forum.Held, "error.acknowledge-first")
		_, err = w.Say(t.Context(), m, r.ID, "untold", w.Key())
		kind(t, "chat", err, forum.Held, "error.acknowledge-first")
		d, err := w.Disclose(t.Context(), m, g.ID, forum.OnBoard)
		if err != nil || d.Readers != 2 {
			t.Fatalf("disclosure: %+v, %v", d, err)
		}
		kind(t, "another wording", w.Acknowledge(t.Context(), m, g.ID, forum.OnBoard, "1/public/false"), forum.Held, "error.audience-changed")
		if err := w.Acknowledge(t.Context(), m, g.ID, forum.OnBoard, d.Wording); err != nil {
			t.Fatal(err)
		}
		topic, err := w.StartTopic(t.Context(), m, b.ID, draft(w, "told"))
		if err != nil {
			t.Fatal(err)
		}
		byMail := draft(w, "by mail")
		byMail.Door = forum.ByMail
		_, err = w.Reply(t.Context(), m, topic.ID, byMail)
		kind(t, "the other door", err, forum.Held, "error.acknowledge-first")
	})
}

// TestDoubleClick: the same key, even at the same time, is one post and one message.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("open", forum.PublicToRead)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "once"))
		if err != nil {
			t.Fatal(err)
		}
		d, nonce := draft(w, "again"), w.Key()
		ids, seqs := make([]forum.PostID, 8), make([]int64, 8)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				if p, err := w.Reply(t.Context(), w.Admin, topic.ID, d); err != nil {
					t.Error(err)
				} else {
					ids[i] = p.ID
				}
				if m, err := w.Say(t.Context(), w.Admin, r.ID, "again", nonce); err != nil {
					t.Error(err)
				} else {
					seqs[i] = m.Seq
				}
			})
		}
		wg.Wait()
		for i := range ids {
			if ids[i] != ids[0] || seqs[i] != 1 {
				t.Fatalf("posts %v, messages %v", ids, seqs)
			}
		}
		page, err := w.ReadTopic(t.Context(), w.Admin, topic.ID, 0)
		if err != nil || len(page.Posts) != 2 || page.Topic.Posts != 2 {
			t.Fatalf("%d posts, counted %d: %v", len(page.Posts), page.Topic.Posts, err)
		}
		opening := draft(w, "twice")
		one, err1 := w.StartTopic(t.Context(), w.Admin, b.ID, opening)
		two, err2 := w.StartTopic(t.Context(), w.Admin, b.ID, opening)
		if err1 != nil || err2 != nil || one.ID != two.ID {
			t.Fatalf("opened twice: %+v, %+v, %v, %v", one, two, err1, err2)
		}
	})
}

// TestSequence: many voices at once get strictly increasing numbers without a gap.
func TestSequence(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, r := w.Group("loud", forum.PublicToRead)
		w.Ready(g, w.Admin)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					if _, err := w.Say(t.Context(), w.Admin, r.ID, "hello", w.Key()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		said, err := w.ReadMessages(t.Context(), w.Admin, r.ID, 0, 100)
		if err != nil || len(said) != 40 {
			t.Fatalf("%d messages: %v", len(said), err)
		}
		for i, m := range said {
			if m.Seq != int64(i+1) {
				t.Fatalf("message %d has number %d", i, m.Seq)
			}
		}
	})
}

// TestRollbackLeavesNothing: when the jobs cannot be recorded, the rows are not there either.
func TestRollbackLeavesNothing(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("open", forum.PublicToRead)
		w.Ready(g, w.Admin)
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "first"))
		if err != nil {
			t.Fatal(err)
		}
		w.Effects.Take()
		w.Effects.Fail = errors.New("no queue")
		if _, err := w.Reply(t.Context(), w.Admin, topic.ID, draft(w, "lost")); forum.KindOf(err) != forum.Internal {
			t.Errorf("reply: %v", err)
		}
		if _, err := w.Say(t.Context(), w.Admin, r.ID, "lost", w.Key()); forum.KindOf(err) != forum.Internal {
			t.Errorf("say: %v", err)
		}
		w.Effects.Fail = nil
		page, err := w.ReadTopic(t.Context(), w.Admin, topic.ID, 0)
		if err != nil || len(page.Posts) != 1 {
			t.Errorf("%d posts after the rollback: %v", len(page.Posts), err)
		}
		if said, err := w.ReadMessages(t.Context(), w.Admin, r.ID, 0, 9); err != nil || len(said) != 0 {
			t.Errorf("messages after the rollback: %v, %v", said, err)
		}
		if facts := w.Effects.Take(); len(facts) != 0 {
			t.Errorf("announced in spite of the rollback: %v", facts)
		}
	})
}

func TestLockedTopic(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("open", forum.PublicToRead)
		m := w.Member("member")
		w.Ready(g, w.Admin, m)
		topic, err := w.StartTopic(t.Context(), m, b.ID, draft(w, "hot"))
		if err != nil {
			t.Fatal(err)
		}
		kind(t, "lock by a participant", w.Lock(t.Context(), m, topic.ID, ""), forum.Forbidden, "error.moderators-only")
		for range 2 { // the double click
			if err := w.Lock(t.Context(), w.Admin, topic.ID, "settled"); err != nil {
				t.Fatal(err)
			}
		}
		for _, door := range []forum.Door{forum.OnBoard, forum.ByMail} {
			d := draft(w, "late")
			d.Door = door
			_, err = w.Reply(t.Context(), m, topic.ID, d)
			kind(t, "reply", err, forum.Closed, "error.topic-locked")
		}
		if err := w.Unlock(t.Context(), w.Admin, topic.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Reply(t.Context(), m, topic.ID, draft(w, "again")); err != nil {
			t.Error(err)
		}
	})
}

func TestForms(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, r := w.Group("open", forum.PublicToRead)
		w.Ready(g, w.Admin)
		for what, d := range map[string]forum.Draft{
			"error.empty.title":  {Source: "x", Key: w.Key()},
			"error.empty.source": {Title: "x", Source: " \n", Key: w.Key()},
			"error.too-long":     {Title: strings.Repeat("x", 151), Source: "x", Key: w.Key()},
			"error.key":          {Title: "x", Source: "x"},
		} {
			_, err := w.StartTopic(t.Context(), w.Admin, b.ID, d)
			kind(t, what, err, forum.Invalid, what)
		}
		_, err := w.Say(t.Context(), w.Admin, r.ID, strings.Repeat("x", 4001), w.Key())
		kind(t, "long message", err, forum.Invalid, "error.too-long")
		_, err = w.CreateGroup(t.Context(), w.Admin, forum.GroupDraft{Slug: "Not A Slug", Visibility: 9})
		kind(t, "group", err, forum.Invalid, "slug: error.slug; name: error.empty.name; visibility: error.choose")
		_, err = w.CreateGroup(t.Context(), w.Admin, forum.GroupDraft{Slug: "open", Name: "Twin"})
		kind(t, "taken", err, forum.Invalid, "error.slug-taken")
		_, err = w.CreateGroup(t.Context(), w.Member("plain"), forum.GroupDraft{Slug: "mine", Name: "Mine"})
		kind(t, "by a member", err, forum.Forbidden, "error.administrators-only")
		kind(t, "last owner", w.Leave(t.Context(), w.Admin, g.ID), forum.Conflict, "error.last-owner")
	})
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.Member("ann")
		w.Pass(25 * time.Hour) // her own registration is one of the mails of a day
		w.Effects.Take()
		twin := forum.Registration{Handle: "ＡＮＮ", Password: forumtest.Password, Name: "Twin", Email: "twin@members.example", Agreed: true}
		kind(t, "a twin of a name", w.Register(t.Context(), twin, "1"), forum.Invalid, "handle: error.handle-taken")
		known := twin
		known.Handle, known.Email = "other", "ANN@members.example"
		for range 9 {
			if err := w.Register(t.Context(), known, "1"); err != nil {
				t.Errorf("a known address answers like a free one: %v", err)
			}
		}
		if facts := w.Effects.Take(); len(facts) != 3 || facts[0] != (forum.RegisteredAgain{Member: ann.Member, Token: facts[0].(forum.RegisteredAgain).Token}) {
			t.Errorf("the owner of the address is told, three times a day at most: %v", facts)
		}
		kind(t, "many from one source", w.Register(t.Context(), known, "1"), forum.TooMany, "error.too-many")
		_, err := w.SetUp(t.Context(), w.SetUpToken(), twin, forumtest.Organisation)
		kind(t, "second set-up", err, forum.Closed, "error.already-set-up")
		_, err = w.SetUp(t.Context(), "guessed", twin, forumtest.Organisation)
		kind(t, "set-up without the link", err, forum.Closed, "error.link-over")
		for what, r := range map[string]forum.Registration{
			"email: error.email":             {Handle: "bob", Name: "Bob", Password: forumtest.Password, Email: "bob@x.example, eve@x.example", Agreed: true},
			"password: error.password-short": {Handle: "bob", Name: "Bob", Password: "short", Email: "bob@x.example", Agreed: true},
			"password: error.too-long":       {Handle: "bob", Name: "Bob", Password: strings.Repeat("x", 1<<20), Email: "bob@x.example", Agreed: true},
			"terms: error.terms":             {Handle: "bob", Name: "Bob", Password: forumtest.Password, Email: "bob@x.example"},
			"handle: error.handle":           {Handle: "b\u202eob", Name: "Bob", Password: forumtest.Password, Email: "bob@x.example", Agreed: true},
		} {
			kind(t, what, w.Register(t.Context(), r, "2"), forum.Invalid, what)
		}
		_, err1 := w.LogIn(t.Context(), "ann", "wrong", "", "3")
		_, err2 := w.LogIn(t.Context(), "nobody-of-that-name", "wrong", "", "3")
		kind(t, "wrong password", err1, forum.Forbidden, "error.login")
		if err2 == nil || err1.Error() != err2.Error() {
			t.Errorf("the answer tells who has an account: %v, %v", err1, err2)
		}
		in, err := w.LogIn(t.Context(), "ANN@members.example", forumtest.Password, "Firefox", "3")
		token := in.Session
		if err != nil {
			t.Fatal(err)
		}
		if a, err := w.ActorOf(t.Context(), token); err != nil || a.Member != ann.Member {
			t.Errorf("session: %+v, %v", a, err)
		}
		for range 2 {
			if err := w.LogOut(t.Context(), token); err != nil {
				t.Error(err)
			}
		}
		if a, err := w.ActorOf(t.Context(), token); err != nil || a.Member != 0 {
			t.Errorf("after logging out: %+v, %v", a, err)
		}
	})
}

// TestConfirmationIsTakenOnce: of many who press the button at the same time one wins.
func TestConfirmationIsTakenOnce(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		w.Effects.Take()
		reg := forum.Registration{Handle: "zoe", Password: forumtest.Password, Name: "Zoë", Email: "zoe@members.example", Agreed: true}
		if err := w.Register(t.Context(), reg, "4"); err != nil {
			t.Fatal(err)
		}
		token := w.LinkToken("confirm-address", w.Effects.Take()[0].(forum.MemberRegistered).Token)
		if _, err := w.LogIn(t.Context(), "zoe", forumtest.Password, "", "3"); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("logged in before the address was confirmed: %v", err)
		}
		var won, over int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 10 { // as often as one may try
			wg.Go(func() {
				_, err := w.ConfirmAddress(t.Context(), token, forumtest.Password, "")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case forum.KindOf(err) == forum.Closed:
					over++
				}
			})
		}
		wg.Wait()
		if won != 1 || over != 9 {
			t.Errorf("%d won, %d were told that it is over", won, over)
		}
	})
}

func TestCertifying(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		m := w.Member("candidate")
		_, err := w.Certify(t.Context(), m, w.Admin.Member, forum.At(w.Now().Add(time.Hour)))
		kind(t, "by a member", err, forum.Forbidden, "error.reviewers-only")
		_, err = w.Certify(t.Context(), w.Admin, w.Admin.Member, forum.At(w.Now().Add(time.Hour)))
		kind(t, "oneself", err, forum.Forbidden, "error.not-yourself")
		if _, err := w.Certify(t.Context(), w.Admin, m.Member, forum.At(w.Now().Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		if !w.As(m.Member).Certified {
			t.Error("not certified after the decision")
		}
		w.Pass(2 * time.Hour)
		if w.As(m.Member).Certified {
			t.Error("still certified after the certificate's end")
		}
	})
}
