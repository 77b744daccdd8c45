package forum_test

import (
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestOfThoseWhoLostTheirRight: a member of a group for the certified, whose certificate is
// over, is still let into the place and belongs to none of its audiences any more: lists,
// counts, digests and drafts must notice, each by itself.
func TestOfThoseWhoLostTheirRight(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("guild", forum.CertifiedOnly)
		bob, ann := w.CertifiedMember("bob"), w.CertifiedMember("ann")
		w.Ready(g, bob)
		if err := w.Invite(t.Context(), w.Admin, g.ID, ann.Member); err != nil {
			t.Fatal(err)
		}
		if err := w.Join(t.Context(), ann, g.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Subscribe(t.Context(), ann, b.ID, forum.Daily); err != nil {
			t.Fatal(err)
		}
		topic, err := w.StartTopic(t.Context(), bob, b.ID, forum.Draft{Title: "Canary title", Source: "canary", Key: w.Key()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.ReadTopic(t.Context(), ann, topic.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.ReplyByMail(t.Context(), ann, p.Posts[0].ID, forum.Incoming{MessageID: "<1@x.example>", Title: "Own title", Source: "held"})
		kind(t, "untold by mail", err, forum.Held, "error.acknowledge-first")
		draft := func() forum.HeldDraft {
			all, err := w.Drafts(t.Context(), w.As(ann.Member))
			if err != nil || len(all) != 1 {
				t.Fatalf("%v %v", all, err)
			}
			one, err := w.ReadDraft(t.Context(), w.As(ann.Member), all[0].ID)
			if err != nil || one.Title != all[0].Title {
				t.Errorf("%+v %v", one, err)
			}
			return one
		}
		feed := func(which forum.Feed) []forum.TopicRow {
			rows, _, err := w.ReadFeed(t.Context(), w.As(ann.Member), which, forum.TopicCursor{})
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		if d := draft(); d.Title != "Canary title" {
			t.Errorf("while she may read it the draft names its topic %q", d.Title)
		}
		if rows := feed(forum.UnreadOnly); len(rows) != 1 || rows[0].Unread != 1 {
			t.Errorf("unread: %+v", rows)
		}
		var last forum.Issue
		known := new(forum.Known)
		issue := func() (posts []forum.DigestPost) {
			w.Pass(26 * time.Hour)
			w.Effects.Take()
			if _, err := w.ComposeDigests(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			for _, fact := range w.Effects.Take() {
				for _, last = range fact.(forum.DigestsComposed).Issues {
					if posts, err = w.ReadIssue(t.Context(), last, known); err != nil {
						t.Fatal(err)
					}
				}
			}
			return posts
		}
		if posts := issue(); len(posts) != 1 || posts[0].Total != 1 {
			t.Errorf("the digest holds %+v", posts)
		}
		old := last

		w.Pass(400 * 24 * time.Hour)
		bob = w.As(bob.Member)
		if _, err := w.Certify(t.Context(), w.Admin, bob.Member, forum.At(w.Now().AddDate(2, 0, 0))); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Reply(t.Context(), w.As(bob.Member), topic.ID, forum.Draft{Source: "canary two", Key: w.Key()}); err != nil {
			t.Fatal(err)
		}
		if d := draft(); d.Title == "Canary title" {
			t.Error("the draft still names a topic that she may not read")
		}
		for _, which := range []forum.Feed{forum.Latest, forum.UnreadOnly} {
			if rows := feed(which); len(rows) != 0 {
				t.Errorf("feed %d: %+v", which, rows)
			}
		}
		if posts := issue(); len(posts) != 0 {
			t.Errorf("a new digest holds %+v", posts)
		}
		if posts, err := w.ReadIssue(t.Context(), old, known); err != nil || len(posts) != 0 {
			t.Errorf("the old digest, made again, holds %+v %v", posts, err)
		}
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'digest'"); n != 1 {
			t.Errorf("%d digests were queued", n)
		}
		if err := w.Remove(t.Context(), w.Admin, g.ID, ann.Member, ""); err != nil {
			t.Fatal(err)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		if all, err := w.Drafts(t.Context(), w.As(ann.Member)); err != nil || len(all) != 0 {
			t.Errorf("put out, she still has %+v %v", all, err)
		}
	})
}

func count(t *testing.T, w *forumtest.World, query string, args ...any) (n int) {
	t.Helper()
	if err := w.Store.Reader().NewRaw(query, args...).Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestListsOfANarrowedPlace: what was written for everyone in a place that is for its
// members now is read by nobody else, in no list; and where a topic holds posts for fewer,
// others count and see the last of theirs.
func TestListsOfANarrowedPlace(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("open", forum.PublicToRead)
		bob, out := w.CertifiedMember("bob"), w.CertifiedMember("out")
		w.Ready(g, w.Admin, bob)
		topic, err := w.StartTopic(t.Context(), bob, b.ID, draft(w, "for everyone"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Disclose(t.Context(), out, g.ID, forum.OnBoard)
		kind(t, "the notice, to one who may not speak", err, forum.Forbidden, "error.join-first")
		_, err = w.StartTopic(t.Context(), out, b.ID, draft(w, "from outside"))
		kind(t, "a topic from outside", err, forum.Forbidden, "error.join-first")
		_, err = w.Reply(t.Context(), forum.Actor{}, topic.ID, draft(w, "from nobody"))
		kind(t, "a reply of a visitor", err, forum.Forbidden, "error.sign-in-first")
		lists := func(who forum.Actor) (rows []forum.TopicRow) {
			latest, _, err := w.ReadFeed(t.Context(), who, forum.Latest, forum.TopicCursor{})
			if err != nil {
				t.Fatal(err)
			}
			of, err := w.TopicsOf(t.Context(), who, bob.Member)
			if err != nil {
				t.Fatal(err)
			}
			return append(latest, of...)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.MembersOnly })
		for _, who := range []forum.Actor{{}, out} {
			if rows := lists(who); len(rows) != 0 {
				t.Errorf("%q still finds %+v", who.Name, rows)
			}
		}
		if n, err := w.ReadNeighbours(t.Context(), out, g.ID); err != nil || len(n.Boards)+len(n.Rooms) != 0 {
			t.Errorf("beside it an outsider sees %+v %v", n, err)
		}
		if n, err := w.ReadNeighbours(t.Context(), bob, g.ID); err != nil || len(n.Boards) != 1 || len(n.Rooms) != 1 {
			t.Errorf("beside it a member sees %+v %v", n, err)
		}
		w.Ready(g, w.Admin)
		if _, err := w.Reply(t.Context(), w.Admin, topic.ID, draft(w, "for members")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "of members")); err != nil {
			t.Fatal(err)
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		for _, who := range []forum.Actor{{}, out} {
			for _, row := range lists(who) {
				if row.Posts != 1 || row.Last != "Bob Test" || row.Unread > 1 {
					t.Errorf("%q is told of what is for members: %+v", who.Name, row)
				}
			}
		}
		if rows, _, err := w.ReadFeed(t.Context(), out, forum.Latest, forum.TopicCursor{}); err != nil || len(rows) != 1 || rows[0].Unread != 1 {
			t.Errorf("unread of an outsider: %+v %v", rows, err)
		}
		for who, want := range map[*forum.Actor]int{&out: 1, &bob: 2, {}: 1} {
			if p, err := w.ReadGroup(t.Context(), *who, "open"); err != nil || p.Boards[0].Topics != want {
				t.Errorf("%q counts %+v %v", who.Name, p.Boards, err)
			}
		}
		for _, row := range lists(bob) {
			if row.Title != "On for everyone" {
				continue
			}
			if row.Posts != 2 || row.Last != "Admin Test" {
				t.Errorf("its member is told %+v", row)
			}
		}
	})
}

// TestDigestsAskEachGate: the place, the topic and the post each keep a post out of a digest
// on their own; what holds nothing is not sent at all.
func TestDigestsAskEachGate(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		compose := func() (posts []forum.DigestPost) {
			w.Pass(26 * time.Hour)
			w.Effects.Take()
			if _, err := w.ComposeDigests(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			for _, fact := range w.Effects.Take() {
				for _, i := range fact.(forum.DigestsComposed).Issues {
					got, err := w.ReadIssue(t.Context(), i, new(forum.Known))
					if err != nil {
						t.Fatal(err)
					}
					if posts = append(posts, got...); len(got) == 0 {
						t.Error("an empty digest is sent")
					}
				}
			}
			return posts
		}
		lapse := func(a forum.Actor) {
			exec(t, w, "UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(w.Now()), a.Member)
			if err := w.EndLapsed(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		place := func(slug string, ann forum.Actor, old bool) (*forum.Group, *forum.Topic) {
			g, b, _ := w.Group(slug, forum.MembersOnly, func(d *forum.GroupDraft) { d.FromJoin = true })
			w.Ready(g, w.Admin)
			var topic *forum.Topic
			open := func() {
				var err error
				if topic, err = w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "of "+slug)); err != nil {
					t.Fatal(err)
				}
			}
			if old {
				open()
			}
			set(t, w, g, func(d *forum.GroupDraft) { d.Visibility, d.Joining = forum.PublicToRead, forum.ByCertificate })
			w.Ready(g, w.Admin, ann)
			if err := w.Subscribe(t.Context(), ann, b.ID, forum.Daily); err != nil {
				t.Fatal(err)
			}
			if !old {
				open()
			}
			return g, topic
		}
		reply := func(topic *forum.Topic) {
			if _, err := w.Reply(t.Context(), w.Admin, topic.ID, draft(w, "an answer")); err != nil {
				t.Fatal(err)
			}
		}
		// The topic is older than her joining and for members from then; the answer is for everyone.
		ann := w.CertifiedMember("ann")
		_, topic := place("topic", ann, true)
		reply(topic)
		if posts := compose(); len(posts) != 0 {
			t.Errorf("past the topic: %+v", posts)
		}
		// The post is for everyone; the place is for its members now, and she is not in any more.
		bob := w.CertifiedMember("bob")
		g, _ := place("place", bob, false)
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.MembersOnly })
		lapse(bob)
		if posts := compose(); len(posts) != 0 {
			t.Errorf("past the place: %+v", posts)
		}
		// The topic is for everyone and known; the answer is for the certified.
		eve := w.CertifiedMember("eve")
		g, topic = place("post", eve, false)
		if posts := compose(); len(posts) != 1 {
			t.Errorf("what she may read: %+v", posts)
		}
		if _, err := w.Certify(t.Context(), w.CertifiedMember("reviewer"), w.Admin.Member, 0); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("certified by nobody: %v", err)
		}
		exec(t, w, "INSERT INTO certificates (id, member_id, number, from_at, open_until_at, until_at, decided_by, decided_at) VALUES (7, ?, 'M-7', 1, ?, 0, 0, 1)", w.Admin.Member, forum.At(w.Now().AddDate(1, 0, 0)))
		w.Admin = w.As(w.Admin.Member)
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility, d.Joining = forum.CertifiedOnly, forum.ByInvitation })
		w.Ready(g, w.Admin)
		reply(topic)
		lapse(eve)
		if posts := compose(); len(posts) != 0 {
			t.Errorf("past the post: %+v", posts)
		}
	})
}

// TestIssuesAreMadeAgain: a digest that waited for its relay, or is looked at later, holds
// what its member may read then: the post, its topic and the place are each asked again.
func TestIssuesAreMadeAgain(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		if _, err := w.Certify(t.Context(), w.CertifiedMember("other"), w.Admin.Member, 0); forum.KindOf(err) != forum.Forbidden {
			t.Fatal(err)
		}
		exec(t, w, "INSERT INTO certificates (id, member_id, number, from_at, open_until_at, until_at, decided_by, decided_at) VALUES (7, ?, 'M-7', 1, ?, 0, 0, 1)", w.Admin.Member, forum.At(w.Now().AddDate(1, 0, 0)))
		w.Admin = w.As(w.Admin.Member)
		// Each: the place when the topic is opened, when it is answered, and what is lost then.
		for name, c := range map[string]struct {
			topic, answer forum.Visibility
			lose          func(g *forum.Group)
			left, total   int
		}{
			"post": {forum.PublicToRead, forum.CertifiedOnly, func(g *forum.Group) {
				set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
			}, 1, 1},
			"topic": {forum.CertifiedOnly, forum.PublicToRead, func(*forum.Group) {}, 0, 0},
			"place": {forum.PublicToRead, forum.PublicToRead, func(g *forum.Group) {
				set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.MembersOnly })
			}, 0, 0},
		} {
			member := w.CertifiedMember("of-" + name)
			g, b, _ := w.Group(name, forum.PublicToRead)
			set(t, w, g, func(d *forum.GroupDraft) { d.Visibility, d.Joining = c.topic, forum.ByCertificate })
			w.Ready(g, w.Admin, member)
			if err := w.Subscribe(t.Context(), member, b.ID, forum.Daily); err != nil {
				t.Fatal(err)
			}
			topic, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, name))
			if err != nil {
				t.Fatal(err)
			}
			set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = c.answer })
			w.Ready(g, w.Admin)
			if _, err := w.Reply(t.Context(), w.Admin, topic.ID, draft(w, "answer")); err != nil {
				t.Fatal(err)
			}
			w.Pass(26 * time.Hour)
			w.Effects.Take()
			if _, err := w.ComposeDigests(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			made := w.Effects.Take()
			if len(made) != 1 || len(made[0].(forum.DigestsComposed).Issues) != 1 {
				t.Fatalf("%s: %v", name, made)
			}
			issue := made[0].(forum.DigestsComposed).Issues[0]
			known := new(forum.Known)
			if posts, err := w.ReadIssue(t.Context(), issue, known); err != nil || len(posts) != 2 || posts[0].Total != 2 {
				t.Errorf("%s: before: %+v %v", name, posts, err)
			}
			c.lose(g)
			exec(t, w, "UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(w.Now()), member.Member)
			if err := w.EndLapsed(t.Context()); err != nil {
				t.Fatal(err)
			}
			if posts, err := w.ReadIssue(t.Context(), issue, known); err != nil || len(posts) != c.left || c.left > 0 && posts[0].Total != c.total {
				t.Errorf("%s: after: %+v %v", name, posts, err)
			}
		}
	})
}
