package forum_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestTitlesStayWithTheirAudience: a reply written for more people than its topic must not
// carry the topic's title to them: not to a mail, a digest, a search hit or a link.
func TestTitlesStayWithTheirAudience(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann, out := w.CertifiedMember("ann"), w.CertifiedMember("out")
		w.Ready(g, w.Admin, ann)
		topic, err := w.StartTopic(t.Context(), ann, b.ID, forum.Draft{Title: "Secret title", Source: "x", Key: w.Key()})
		if err != nil {
			t.Fatal(err)
		}
		widen(t, w, g, forum.PublicToRead)
		w.Ready(g, ann, out)
		for member, mode := range map[forum.MemberID]forum.Mode{ann.Member: forum.Each, out.Member: forum.Each} {
			if err := w.Subscribe(t.Context(), w.As(member), b.ID, mode); err != nil {
				t.Fatal(err)
			}
		}
		exec(t, w, "DELETE FROM memberships WHERE member_id = ?", out.Member) // reads as a certified member only
		reply, err := w.Reply(t.Context(), w.As(ann.Member), topic.ID, forum.Draft{Source: "for everyone", Key: w.Key()})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, w, "UPDATE posts SET reach = 0, reach_of = 0 WHERE id = ?", reply.ID) // as those who wrote before it followed its topic
		if reply.Reach != forum.Members {
			t.Fatalf("the reply is for %v", reply.Audience)
		}
		if got, err := w.Recipients(t.Context(), reply.ID, forum.Each, 0, 10); err != nil || len(got) != 1 || got[0].Member != ann.Member {
			t.Errorf("mailed to %v, %v", got, err)
		}
		for _, who := range []forum.Actor{{}, w.As(out.Member)} {
			if got, err := w.VisiblePosts(t.Context(), who, []forum.PostID{reply.ID}); err != nil || len(got) != 0 {
				t.Errorf("found by %q: %v %v", who.Name, got, err)
			}
			if _, _, err := w.FindPost(t.Context(), who, reply.ID); forum.KindOf(err) != forum.NotFound {
				t.Errorf("the link leads %q to %v", who.Name, err)
			}
			if rows, _, err := w.ReadFeed(t.Context(), who, forum.Latest, forum.TopicCursor{}); err != nil || len(rows) != 0 {
				t.Errorf("the first page shows %q %v %v", who.Name, rows, err)
			}
			if _, err := w.PublicTopic(t.Context(), topic.ID, 0); forum.KindOf(err) != forum.NotFound {
				t.Errorf("a visitor's copy may be looked at: %v", err)
			}
		}
	})
}

// exec writes past the verbs. Where it touches posts or audiences, it leaves topics what is true of any: that they may be mixed.
func exec(t *testing.T, w *forumtest.World, query string, args ...any) {
	t.Helper()
	if strings.HasPrefix(query, "UPDATE posts") || strings.HasPrefix(query, "UPDATE topics SET reach") {
		query = "UPDATE topics SET mixed = 1; " + query
	}
	if _, err := w.Store.Writer().NewRaw(query, args...).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestRoomsStayWithTheirAudience: what was said in a members' room is not read when the
// group turns public later, nor counted, nor caught up with.
func TestRoomsStayWithTheirAudience(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, _, r := w.Group("inner", forum.MembersOnly)
		w.Ready(g, w.Admin)
		if _, err := w.Say(t.Context(), w.Admin, r.ID, "secret", w.Key()); err != nil {
			t.Fatal(err)
		}
		_, err := w.ReadRoom(t.Context(), forum.Actor{}, "inner", "inner", forum.SaidCursor{})
		kind(t, "a visitor of a closed room", err, forum.NotFound, "error.not-found")
		kind(t, "a visitor on its channel", w.MayListen(t.Context(), forum.Actor{}, r.ID), forum.NotFound, "error.not-found")
		said, err := w.SaidBetween(t.Context(), r.ID, 0, 10, 10)
		if err != nil || len(said) != 1 || !said[0].ForAll || said[0].Plain != "secret" {
			t.Errorf("its channel carries %+v %v", said, err)
		}
		widen(t, w, g, forum.PublicToRead)
		if said, err = w.SaidBetween(t.Context(), r.ID, 0, 10, 10); err != nil || len(said) != 1 || !reflect.DeepEqual(said[0], forum.ChatMessage{RoomID: r.ID, Seq: 1, Told: 1}) {
			t.Errorf("turned public, its channel carries %+v %v", said, err)
		}
		p, err := w.ReadRoom(t.Context(), forum.Actor{}, "inner", "inner", forum.SaidCursor{})
		if err != nil || len(p.Messages) != 0 || p.Earlier {
			t.Errorf("turned public: %v %v", p.Messages, err)
		}
		if said, err := w.ReadMessages(t.Context(), forum.Actor{}, r.ID, 0, 10); err != nil || len(said) != 0 {
			t.Errorf("turned public: %v %v", said, err)
		}
		if p, err = w.ReadRoom(t.Context(), w.Admin, "inner", "inner", forum.SaidCursor{}); err != nil || len(p.Messages) != 1 {
			t.Errorf("its member reads %v %v", p.Messages, err)
		}
	})
}

// TestPagesOfManyPosts: cursors lead through all pages, and a link to a post to its own.
func TestPagesOfManyPosts(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("open", forum.PublicToRead)
		w.Ready(g, w.Admin)
		var topic *forum.Topic
		for range 65 {
			var err error
			if topic, err = w.StartTopic(t.Context(), w.Admin, b.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()}); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[forum.TopicID]bool{}
		for from, pages := (forum.TopicCursor{}), 1; ; pages++ {
			p, err := w.ReadBoard(t.Context(), forum.Actor{}, "open", "open", from)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range p.Topics {
				if seen[row.ID] {
					t.Errorf("a topic stands on two pages")
				}
				seen[row.ID] = true
				from = forum.TopicCursor{LastPostAt: row.LastPostAt, ID: row.ID}
			}
			if !p.More {
				if pages != 3 || len(seen) != 65 {
					t.Errorf("%d topics on %d pages", len(seen), pages)
				}
				break
			}
		}
		for range 44 {
			if _, err := w.Reply(t.Context(), w.Admin, topic.ID, forum.Draft{Source: "y", Key: w.Key()}); err != nil {
				t.Fatal(err)
			}
		}
		var after forum.PostID
		for n, pages := 0, 1; ; pages++ {
			p, err := w.ReadTopic(t.Context(), forum.Actor{}, topic.ID, after)
			if err != nil {
				t.Fatal(err)
			}
			for _, post := range p.Posts {
				if _, begin, err := w.FindPost(t.Context(), forum.Actor{}, post.ID); err != nil || begin != after {
					t.Errorf("post %d of page %d is said to stand after %d, %v", post.N, pages, begin, err)
				}
			}
			n += len(p.Posts)
			after = p.Posts[len(p.Posts)-1].ID
			if !p.More {
				if n != 45 || pages != 3 {
					t.Errorf("%d posts on %d pages", n, pages)
				}
				return
			}
		}
	})
}

// TestHeldMail: a mail before the acknowledgement is kept, shown to its writer only, and
// posted once by their word.
func TestHeldMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann := w.CertifiedMember("ann")
		w.Ready(g, w.Admin)
		if err := w.Invite(t.Context(), w.Admin, g.ID, ann.Member); err != nil {
			t.Fatal(err)
		}
		if err := w.Join(t.Context(), ann, g.ID); err != nil {
			t.Fatal(err)
		}
		topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()})
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.ReadTopic(t.Context(), ann, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		in := forum.Incoming{MessageID: "a@b", Source: "by mail"}
		for range 2 { // the mail comes twice
			w.Effects.Take()
			_, err := w.ReplyByMail(t.Context(), ann, page.Posts[0].ID, in)
			kind(t, "before the acknowledgement", err, forum.Held, "error.acknowledge-first")
		}
		drafts, err := w.Drafts(t.Context(), ann)
		if err != nil || len(drafts) != 1 || drafts[0].Source != "by mail" {
			t.Fatalf("drafts %v %v", drafts, err)
		}
		_, err = w.ReadDraft(t.Context(), w.Admin, drafts[0].ID)
		kind(t, "somebody else's draft", err, forum.NotFound, "error.not-found")
		_, err = w.Release(t.Context(), ann, drafts[0].ID, "told something else")
		kind(t, "without the words of today", err, forum.Held, "error.audience-changed")
		d, err := w.Disclose(t.Context(), ann, g.ID, forum.ByMail)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Release(t.Context(), ann, drafts[0].ID, d.Wording); err != nil {
			t.Fatal(err)
		}
		_, err = w.Release(t.Context(), ann, drafts[0].ID, d.Wording)
		kind(t, "released twice", err, forum.NotFound, "error.not-found")
		if _, err := w.ReplyByMail(t.Context(), ann, page.Posts[0].ID, in); err != nil { // the mail once more
			t.Error(err)
		}
		if page, err = w.ReadTopic(t.Context(), ann, topic.ID, 0); err != nil || len(page.Posts) != 2 {
			t.Errorf("%d posts, %v", len(page.Posts), err)
		}
	})
}

// TestLedger: a mail is handed over once; who lost the right in between gets none; what was
// being handed over when a process died is sent again; what is unsure twice is shown so.
func TestLedger(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann, bob := w.CertifiedMember("ann"), w.CertifiedMember("bob")
		w.Ready(g, w.Admin, ann, bob)
		for _, m := range []forum.Actor{w.Admin, ann, bob} {
			if err := w.Subscribe(t.Context(), m, b.ID, forum.Each); err != nil {
				t.Fatal(err)
			}
		}
		post := func() forum.Mailing {
			topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()})
			if err != nil {
				t.Fatal(err)
			}
			p, err := w.ReadTopic(t.Context(), w.Admin, topic.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			what := forum.Mailing{Kind: "post", Ref: int64(p.Posts[0].ID)}
			for range 2 { // jobs run at least once
				if err := w.QueuePost(t.Context(), p.Posts[0].ID); err != nil {
					t.Fatal(err)
				}
			}
			return what
		}
		what := post()
		if err := w.Remove(t.Context(), w.Admin, g.ID, bob.Member, ""); err != nil {
			t.Fatal(err)
		}
		got, err := w.Claim(t.Context(), what, 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("claimed %v %v", got, err)
		}
		if again, err := w.Claim(t.Context(), what, 10); err != nil || len(again) != 0 {
			t.Errorf("claimed twice: %v %v", again, err)
		}
		if err := w.Delivered(t.Context(), what, []forum.Outcome{{Member: ann.Member, State: forum.Sent}, {Member: w.Admin.Member, State: forum.Waiting, Trouble: "away"}}); err != nil {
			t.Fatal(err)
		}
		if soon, err := w.Claim(t.Context(), what, 10); err != nil || len(soon) != 0 {
			t.Errorf("tried again at once: %v %v", soon, err)
		}
		w.Pass(5 * time.Minute)
		if later, err := w.Claim(t.Context(), what, 10); err != nil || len(later) != 1 || later[0].Member != w.Admin.Member {
			t.Errorf("tried again later: %v %v", later, err)
		}
		w.Pass(time.Hour) // the process died with it
		if err := w.Lapse(t.Context(), 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		if more, err := w.Claim(t.Context(), what, 10); err != nil || len(more) != 1 || more[0].Member != w.Admin.Member {
			t.Errorf("not sent once more: %v %v", more, err)
		}
		for i, want := range []forum.DeliveryState{forum.Waiting, forum.Unsure} { // its answer is not heard, twice
			if err := w.Delivered(t.Context(), what, []forum.Outcome{{Member: w.Admin.Member, State: forum.Unsure, Trouble: "gone"}}); err != nil {
				t.Fatal(err)
			}
			if states, err := w.CountListMail(t.Context(), w.Admin); err != nil || states[want] != 1 {
				t.Errorf("unsure %d times: %v %v", i+1, states, err)
			}
			w.Pass(time.Hour)
			if _, err := w.Claim(t.Context(), what, 10); err != nil {
				t.Fatal(err)
			}
		}
		states, err := w.CountListMail(t.Context(), w.Admin)
		if err != nil || len(states) != 3 || states[forum.Sent] != 1 || states[forum.Withheld] != 1 || states[forum.Unsure] != 1 {
			t.Errorf("the ledger says %v %v", states, err)
		}
		_, err = w.CountListMail(t.Context(), ann)
		kind(t, "a member counts it", err, forum.Forbidden, "error.administrators-only")
		_, err = w.ReadDelivery(t.Context(), w.Admin, what, ann.Member)
		kind(t, "an administrator opens list mail", err, forum.NotFound, "error.not-found")
		_, err = w.Deliveries(t.Context(), ann, true, 0, 10)
		kind(t, "a member opens the outbox", err, forum.Forbidden, "error.administrators-only")
	})
}

// TestWhoOpensMail: staff see of others' mail only what is about the account alone, and
// one-time links only where nothing else carries them.
func TestWhoOpensMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, bob := w.Member("ann"), w.CertifiedMember("bob")
		for i, c := range []struct {
			kind  string
			state forum.DeliveryState
			staff bool
		}{
			{"note.already-registered", forum.Sent, true}, {"note.certified", forum.Sent, true},
			{"note.confirm-address", forum.Kept, true}, {"note.confirm-address", forum.Sent, false}, {"note.confirm-address", forum.Waiting, false},
			{"note.reset-password", forum.Kept, true}, {"note.reset-password", forum.Sent, false}, {"note.reset-password", forum.Failed, false},
			{"note.new-address", forum.Kept, true}, {"note.new-address", forum.Sent, false}, {"note.factor-added", forum.Kept, false},
			{"note.invited", forum.Kept, false}, {"note.held", forum.Kept, false}, {"post", forum.Kept, false}, {"digest", forum.Kept, false},
		} {
			what := forum.Mailing{Kind: c.kind, Ref: int64(1000 + i)}
			exec(t, w, "INSERT INTO deliveries (kind, ref, member_id, state, queued_at, due_at) VALUES (?, ?, ?, ?, ?, 0)", what.Kind, what.Ref, ann.Member, c.state, forum.At(w.Now()))
			oneTime := c.kind == "note.confirm-address" || c.kind == "note.reset-password" || c.kind == "note.new-address" // proves that one reads the letter box
			for who, may := range map[*forum.Actor]bool{&ann: !oneTime, &bob: false, &w.Admin: c.staff, {}: false} {
				_, err := w.ReadDelivery(t.Context(), *who, what, ann.Member)
				if may && err != nil || !may && forum.KindOf(err) != forum.NotFound {
					t.Errorf("%s %s by %q: %v", c.state, c.kind, who.Name, err)
				}
			}
			rows, err := w.Deliveries(t.Context(), w.Admin, true, 0, 1)
			if c.kind == "post" || c.kind == "digest" || c.kind == "note.invited" || c.kind == "note.held" { // who gets it is not theirs to know
				if err != nil || len(rows) != 1 || rows[0].Kind != "note.factor-added" {
					t.Errorf("%s is listed as %+v %v", c.kind, rows, err)
				}
			} else if err != nil || len(rows) != 1 || rows[0].Kind != c.kind || rows[0].MayOpen != c.staff {
				t.Errorf("%s %s is listed as %+v %v", c.state, c.kind, rows, err)
			}
		}
	})
}

// TestDigestHours: issues go by each member's own clock, across the change of the hour, and
// are composed once.
func TestDigestHours(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann := w.CertifiedMember("ann") // Europe/Amsterdam, 07:00
		w.Ready(g, w.Admin, ann)
		if err := w.Subscribe(t.Context(), ann, b.ID, forum.Daily); err != nil {
			t.Fatal(err)
		}
		at := func(utc string) {
			to, err := time.Parse(time.DateTime, utc)
			if err != nil {
				t.Fatal(err)
			}
			w.Pass(to.Sub(w.Now()))
		}
		compose := func() (n int) {
			w.Effects.Take()
			if _, err := w.ComposeDigests(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			for _, f := range w.Effects.Take() {
				if d, ok := f.(forum.DigestsComposed); ok {
					n += len(d.Issues)
				}
			}
			return n
		}
		say := func() {
			if _, err := w.StartTopic(t.Context(), w.Admin, b.ID, forum.Draft{Title: "T", Source: "x", Key: w.Key()}); err != nil {
				t.Fatal(err)
			}
		}
		say()
		if n := compose(); n != 0 {
			t.Errorf("%d issues of an hour before the subscription", n)
		}
		for _, step := range []struct {
			utc  string
			want int
			say  bool
		}{
			{"2026-11-24 05:59:00", 0, false}, {"2026-11-24 06:01:00", 1, false}, {"2026-11-24 09:00:00", 0, true}, // winter: 07:00 is 06:00 UTC
			{"2026-11-25 06:01:00", 1, false}, {"2026-11-26 06:01:00", 0, true}, // an empty day has no issue
			{"2027-03-27 06:01:00", 1, true}, {"2027-03-28 04:59:00", 0, false}, {"2027-03-28 05:01:00", 1, false}, // the clocks went on
		} {
			at(step.utc)
			if n := compose(); n != step.want {
				t.Errorf("%s: %d issues, want %d", step.utc, n, step.want)
			}
			if step.say {
				say()
			}
		}
	})
}

// TestLinksOfStaff: where mail stays here, administrators pass links on; never their own, nor those of one of the staff: who
// opened them could be two of those that have to be two. After a reset a role is as young as a new one.
func TestLinksOfStaff(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		bea, plain := w.Member("bea"), w.Member("plain")
		if err := w.Grant(t.Context(), w.Admin, bea.Member, forum.Reviewer); err != nil {
			t.Fatal(err)
		}
		for i, kind := range []string{"note.reset-password", "note.new-address", "note.confirm-address"} {
			for _, whose := range []forum.Actor{bea, plain, w.Admin} {
				what := forum.Mailing{Kind: kind, Ref: int64(2000 + i)}
				exec(t, w, "INSERT INTO deliveries (kind, ref, member_id, state, queued_at, due_at) VALUES (?, ?, ?, ?, 0, 0)", what.Kind, what.Ref, whose.Member, forum.Kept)
				if _, err := w.ReadDelivery(t.Context(), w.Admin, what, whose.Member); (err == nil) != (whose.Member == plain.Member) {
					t.Errorf("the administrator opens %s of %s: %v", kind, whose.Name, err)
				}
			}
		}
		ripen(t, w)
		if err := w.AskReset(t.Context(), "bea", "9.9.9.9"); err != nil {
			t.Fatal(err)
		}
		var token int64
		for _, f := range w.Effects.Take() {
			if asked, ok := f.(forum.ResetAsked); ok {
				token = asked.Token
			}
		}
		if err := w.ResetPassword(t.Context(), w.LinkToken("reset-password", token), "another long password"); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "SELECT count(*) FROM grants WHERE member_id = ? AND granted_at > ?", bea.Member, forum.At(w.Now().Add(-time.Hour))); n != 1 {
			t.Error("the role is as old as before")
		}
	})
}
