package forum_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// replies posts an answer as somebody and has its notices made, as the job does after the commit.
func (s *talk) replies(by forum.Actor, to forum.PostID, source string) forum.PostID {
	s.t.Helper()
	p, err := s.Reply(s.t.Context(), by, s.topic.ID, forum.Draft{Source: source, Key: s.Key(), ReplyTo: to})
	s.must(err)
	s.must(s.QueuePost(s.t.Context(), p.ID))
	return p.ID
}

// notices gives what somebody is told, newest first: "answer 1*" is an unread one of the first post of the list.
func notices(t *testing.T, w *forumtest.World, who forum.Actor, posts ...forum.PostID) string {
	t.Helper()
	all, _, err := w.ReadNotices(t.Context(), who, forum.NoticeCursor{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	unread := 0
	for _, n := range all {
		line := fmt.Sprint(n.Why, " ", slices.Index(posts, n.ID)+1)
		if n.ReadAt == 0 {
			line += "*"
			unread++
		}
		out = append(out, line)
	}
	if n, err := w.CountNotices(t.Context(), who); err != nil || n != unread {
		t.Errorf("%d are counted and %d listed: %v", n, unread, err)
	}
	return strings.Join(out, ", ")
}

// TestNotices: who is told of what, for which reason; once for each post and person; and never of what they may not
// read when they look.
func TestNotices(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out, eve := w.Member("out"), w.Member("eve")
		w.Ready(s.group, eve)
		s.must(w.QueuePost(ctx, s.reply))
		posts := []forum.PostID{s.reply}
		expect := func(when string, want map[*forum.Actor]string) {
			t.Helper()
			for _, who := range []*forum.Actor{&s.ann, &s.bob, &w.Admin, &out, &eve} {
				if got := notices(t, w, *who, posts...); got != want[who] {
					t.Errorf("%s: %s is told %q, want %q", when, who.Name, got, want[who])
				}
			}
		}
		expect("an answer", map[*forum.Actor]string{&s.ann: "answer 1*"})
		s.must(w.SetBoardLevel(ctx, w.Admin, s.board.ID, forum.EveryPost))
		s.must(w.SetBoardLevel(ctx, eve, s.board.ID, forum.NewTopics))
		posts = append(posts, s.replies(s.ann, s.reply, "@ann @bob @out @eve @nobody"))
		s.must(w.QueuePost(ctx, posts[1]))
		expect("a mention", map[*forum.Actor]string{&s.ann: "answer 1*", &s.bob: "mention 2*", &w.Admin: "post 2*"})
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "Second", Source: "opened", Key: w.Key()})
		s.must(err)
		page, err := w.ReadTopic(ctx, s.ann, topic.ID, 0)
		s.must(err)
		posts = append(posts, page.Posts[0].ID)
		s.must(w.QueuePost(ctx, posts[2]))
		expect("a topic", map[*forum.Actor]string{&s.ann: "answer 1*", &s.bob: "mention 2*", &w.Admin: "topic 3*, post 2*", &eve: "topic 3*"})
		s.must(w.SetTopicLevel(ctx, w.Admin, s.topic.ID, forum.MutedLevel))
		s.must(w.SetTopicLevel(ctx, eve, s.topic.ID, forum.EveryPost))
		posts = append(posts, s.replies(s.bob, 0, "@admin"))
		expect("an answer to a topic", map[*forum.Actor]string{&s.ann: "answer 4*, answer 1*", &s.bob: "mention 2*", &w.Admin: "topic 3*, post 2*", &eve: "post 4*, topic 3*"})

		s.must(s.change(s.bob, posts[3], "@eve @ann @out"))
		s.must(w.Notify(ctx, posts[3], true))
		s.must(s.change(s.ann, posts[1], "nobody any more"))
		s.must(w.Remove(ctx, w.Admin, s.group.ID, eve.Member, "over"))
		expect("what is not for them", map[*forum.Actor]string{&s.ann: "answer 4*, answer 1*", &w.Admin: "topic 3*, post 2*"})
		w.Ready(s.group, eve, out)
		expect("what is for them again, and what never was", map[*forum.Actor]string{&s.ann: "answer 4*, answer 1*", &w.Admin: "topic 3*, post 2*", &eve: "post 4*, topic 3*"})

		at, err := w.MarkNotices(ctx, s.ann, posts[0])
		s.must(err)
		expect("one is read", map[*forum.Actor]string{&s.ann: "answer 4*, answer 1", &w.Admin: "topic 3*, post 2*", &eve: "post 4*, topic 3*"})
		s.must(w.UnmarkNotices(ctx, eve, at))
		all, err := w.MarkNotices(ctx, s.ann, 0)
		s.must(err)
		s.must(w.UnmarkNotices(ctx, s.ann, all))
		expect("all are read, and undone", map[*forum.Actor]string{&s.ann: "answer 4*, answer 1", &w.Admin: "topic 3*, post 2*", &eve: "post 4*, topic 3*"})
		s.must(w.MarkRead(ctx, eve, s.topic.ID, 4))
		s.must(w.TakeBack(ctx, s.ann, posts[2]))
		expect("read where it stands, and taken back", map[*forum.Actor]string{&s.ann: "answer 4*, answer 1", &w.Admin: "post 2*", &eve: "post 4"})
		_, far, _ := w.Group("far", forum.Hidden)
		s.must(w.MoveTopic(ctx, w.Admin, s.topic.ID, far.ID, "there"))
		expect("moved to where they may not go", map[*forum.Actor]string{&w.Admin: "post 2*"})
		w.Pass(91 * 24 * 3600e9)
		s.must(w.Forget(ctx))
		if n := count(t, w, "SELECT count(*) FROM notices"); n != 0 {
			t.Errorf("%d notices are kept", n)
		}
	})
}

// TestNoticesKeepMasks: who answers behind a mask is not named to whom they answer.
func TestNoticesKeepMasks(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann, eve := w.Member("ann"), w.Member("eve")
		_, masked := house(t, w, ann, eve)
		p, err := w.ReadPost(t.Context(), ann, forum.PostID(masked.Ref))
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.Reply(t.Context(), eve, p.TopicID, forum.Draft{Source: "yes", Key: w.Key(), ReplyTo: p.ID})
		if err == nil {
			err = w.QueuePost(t.Context(), r.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		all, _, err := w.ReadNotices(t.Context(), ann, forum.NoticeCursor{})
		if err != nil || len(all) != 1 || all[0].Why != forum.AnswersYou || !all[0].Veiled || all[0].AuthorID != 0 || strings.Contains(all[0].Author, "Eve") {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// TestLevels: a topic's own level goes before its board's; what is muted is new to nobody who muted it; and a level that
// is none is refused.
func TestLevels(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		out := w.Member("out")
		sees := func(when string, want forum.Level, unread int) {
			t.Helper()
			b, err := w.ReadBoard(ctx, w.Admin, "inner", "inner", forum.TopicCursor{})
			s.must(err)
			rows, _, err := w.ReadFeed(ctx, w.Admin, forum.UnreadOnly, forum.TopicCursor{})
			s.must(err)
			if got := s.page(w.Admin).Chosen.Effective(); got != want || len(rows) != min(unread, 1) || b.Topics[0].Unread != unread {
				t.Errorf("%s: %v, %d topics and %d posts are new", when, got, len(rows), b.Topics[0].Unread)
			}
		}
		sees("nothing chosen", forum.Answers, 2)
		s.must(w.SetBoardLevel(ctx, w.Admin, s.board.ID, forum.MutedLevel))
		sees("a muted board", forum.MutedLevel, 0)
		s.must(w.SetTopicLevel(ctx, w.Admin, s.topic.ID, forum.EveryPost))
		sees("a topic on it", forum.EveryPost, 2)
		s.must(w.SetBoardLevel(ctx, w.Admin, s.board.ID, forum.Inherited))
		s.must(w.SetTopicLevel(ctx, w.Admin, s.topic.ID, forum.MutedLevel))
		sees("a muted topic", forum.MutedLevel, 0)
		s.must(w.SetTopicLevel(ctx, w.Admin, s.topic.ID, forum.Inherited))
		sees("nothing again", forum.Answers, 2)
		kind(t, "new topics of a topic", w.SetTopicLevel(ctx, s.ann, s.topic.ID, forum.NewTopics), forum.Invalid, "error.choose")
		kind(t, "no level", w.SetBoardLevel(ctx, s.ann, s.board.ID, forum.MutedLevel+1), forum.Invalid, "error.choose")
		kind(t, "foreign", w.SetTopicLevel(ctx, out, s.topic.ID, forum.MutedLevel), forum.NotFound, "error.not-found")
		kind(t, "foreign", w.SetBoardLevel(ctx, out, s.board.ID, forum.MutedLevel), forum.NotFound, "error.not-found")
	})
}

// reading is a random walk of some people in two groups, for what they are told and what is new to them.
type reading struct {
	*forumtest.World
	t      *testing.T
	r      *rand.Rand
	groups []*forum.Group
	boards []*forum.Board
	people []forum.MemberID
	topics []forum.TopicID
	posts  []forum.PostID
}

// TestCountsAreARecount: after random acts the unread counts and those of notices are what one counts by hand, and each
// notice is of a post that its member may read at that moment.
func TestCountsAreARecount(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		m := &reading{World: w, t: t, r: rand.New(rand.NewPCG(27, 1))}
		for i, v := range []forum.Visibility{forum.MembersOnly, forum.RegisteredOnly, forum.MembersOnly} {
			g, b, _ := w.Group([]string{"one", "two", "three"}[i], v, func(d *forum.GroupDraft) { d.FromJoin = i == 2 })
			m.groups, m.boards = append(m.groups, g), append(m.boards, b)
		}
		m.people = []forum.MemberID{w.Admin.Member}
		for _, name := range []string{"ann", "bob", "eve"} {
			m.people = append(m.people, w.Member(name).Member)
		}
		for _, g := range m.groups {
			for _, id := range m.people {
				w.Ready(g, w.As(id))
			}
		}
		var acts []string
		for i := range 400 {
			acts = append(acts, m.act())
			if i%4 > 0 {
				continue
			}
			if m.recount(); t.Failed() {
				t.Fatal(acts)
			}
		}
		for _, did := range []string{"splits", "merges", "hides", "shows", "moves", "takes back"} {
			if !slices.Contains(acts, did+" <nil>") {
				t.Errorf("nobody %s anything", did)
			}
		}
	})
}

// act does one thing at random; what is refused is one, too.
func (m *reading) act() string {
	ctx, g := m.t.Context(), m.r.IntN(len(m.groups))
	who := m.As(m.people[m.r.IntN(len(m.people))])
	words := forum.Draft{Title: "T", Source: "@ann and @eve, @bob", Key: fmt.Sprint("key-", m.r.Uint64())}
	if len(m.topics) < 2 {
		return m.starts(ctx, who, g, words)
	}
	topic, post := m.topics[m.r.IntN(len(m.topics))], m.posts[m.r.IntN(len(m.posts))]
	level := forum.Level(m.r.IntN(5))
	switch m.r.IntN(20) {
	case 0, 14:
		return m.starts(ctx, who, g, words)
	case 1, 2, 3, 4:
		words.ReplyTo = post
		if p, err := m.Reply(ctx, who, topic, words); err == nil {
			m.posts = append(m.posts, p.ID)
			m.none(m.QueuePost(ctx, p.ID))
		}
		return "replies"
	case 5:
		return fmt.Sprint("topic level ", m.SetTopicLevel(ctx, who, topic, level))
	case 6:
		return fmt.Sprint("board level ", m.SetBoardLevel(ctx, who, m.boards[g].ID, level))
	case 7:
		return fmt.Sprint("reads ", m.MarkRead(ctx, who, topic, int64(m.r.IntN(6))))
	case 8:
		return fmt.Sprint("takes back ", m.TakeBack(ctx, who, post))
	case 9:
		_, err := m.MarkNotices(ctx, who, forum.PostID(m.r.IntN(2))*post)
		return fmt.Sprint("marks ", err)
	case 11:
		at, err := m.MarkAllRead(ctx, who, forum.BoardID(m.r.IntN(2))*m.boards[g].ID)
		if m.r.IntN(3) == 0 {
			err = m.UnmarkAllRead(ctx, who, at)
		}
		return fmt.Sprint("marks all ", err)
	case 12:
		return fmt.Sprint("ignores ", m.IgnoreMember(ctx, who, m.people[m.r.IntN(len(m.people))]))
	case 13:
		err := m.KeepPost(ctx, who, post, forum.BookmarkDraft{On: m.Now().AddDate(0, 0, 1).Format("2006-01-02")})
		m.Pass(24 * time.Hour)
		m.none(m.RemindKept(ctx))
		return fmt.Sprint("keeps ", err)
	case 15:
		fresh, err := m.SplitTopic(ctx, m.As(m.people[0]), forum.TopicID(count(m.t, m.World, "SELECT topic_id FROM posts WHERE id = ?", post)), "Split", []forum.PostID{post})
		if err == nil {
			m.topics = append(m.topics, fresh)
		}
		return fmt.Sprint("splits ", err)
	case 16:
		if m.r.IntN(3) > 0 {
			return "does nothing"
		}
		return fmt.Sprint("merges ", m.MergeTopics(ctx, m.As(m.people[0]), topic, m.topics[m.r.IntN(len(m.topics))], "same"))
	case 17:
		return fmt.Sprint("hides ", m.HidePost(ctx, m.As(m.people[0]), post, advert))
	case 18:
		return fmt.Sprint("shows ", m.ShowPost(ctx, m.As(m.people[0]), post, "again"))
	case 10:
		return fmt.Sprint("moves ", m.MoveTopic(ctx, m.As(m.people[0]), topic, m.boards[g].ID, "there"))
	}
	if err := m.Remove(ctx, m.As(m.people[0]), m.groups[g].ID, who.Member, "out"); err != nil && who.Member != m.people[0] {
		m.Ready(m.groups[g], who)
	}
	return "leaves, or comes back"
}

func (m *reading) none(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *reading) starts(ctx context.Context, who forum.Actor, g int, words forum.Draft) string {
	topic, err := m.StartTopic(ctx, who, m.boards[g].ID, words)
	if err == nil {
		page, err := m.ReadTopic(ctx, who, topic.ID, 0)
		m.none(err)
		m.topics, m.posts = append(m.topics, topic.ID), append(m.posts, page.Posts[0].ID)
		m.none(m.QueuePost(ctx, page.Posts[0].ID))
	}
	return fmt.Sprint("starts ", err)
}

// recount compares what everybody is told with what one finds by hand.
func (m *reading) recount() {
	m.t.Helper()
	ctx := m.t.Context()
	if n := count(m.t, m.World, wrongCounts); n > 0 {
		m.t.Errorf("%d topics are taken for whole and are not, or are counted wrong", n)
	}
	for _, id := range m.people {
		who := m.As(id)
		told, _, err := m.ReadNotices(ctx, who, forum.NoticeCursor{})
		m.none(err)
		unread := 0
		for _, n := range told {
			if seen, err := m.VisiblePosts(ctx, who, []forum.PostID{n.ID}); err != nil || len(seen) != 1 || n.AuthorID == id && n.Why != forum.RemindsOfOwn {
				m.t.Errorf("%s is told of %d: %v", who.Name, n.ID, err)
			}
			if n.ReadAt == 0 {
				unread++
			}
		}
		if n, err := m.CountNotices(ctx, who); err != nil || len(told) < 30 && n != unread {
			m.t.Errorf("%s has %d notices and is told of %d: %v", who.Name, unread, n, err)
		}
		rows, _, err := m.ReadFeed(ctx, who, forum.Latest, forum.TopicCursor{})
		m.none(err)
		fresh, _, err := m.ReadFeed(ctx, who, forum.UnreadOnly, forum.TopicCursor{})
		m.none(err)
		for _, row := range rows {
			page, err := m.ReadTopic(ctx, who, row.ID, 0)
			m.none(err)
			want := 0
			for _, p := range page.Posts {
				if p.N > page.Read && p.AuthorID != id && p.Reach != forum.Nobody && page.Chosen.Effective() != forum.MutedLevel {
					want++
				}
			}
			listed := slices.ContainsFunc(fresh, func(t forum.TopicRow) bool { return t.ID == row.ID })
			if !page.More && row.Unread != want || listed && row.Unread == 0 {
				m.t.Errorf("%s: %d new in a topic, by hand %d, listed as new %t", who.Name, row.Unread, want, listed)
			}
			m.counted(who, row, &page)
		}
	}
}

// wrongCounts are topics whose stored counters would tell somebody what they may not know, or something wrong.
const wrongCounts = `SELECT count(*) FROM topics t WHERE t.merged_into = 0 AND (t.people <> (SELECT count(DISTINCT p.author_id) FROM posts p WHERE p.topic_id = t.id)
	OR t.said <> (SELECT count(*) FROM posts p WHERE p.topic_id = t.id AND p.erased_at = 0)
	OR t.mixed = 0 AND t.reach < 4 AND (t.last_n <> (SELECT count(*) FROM posts p WHERE p.topic_id = t.id)
		OR EXISTS (SELECT 1 FROM posts p WHERE p.topic_id = t.id AND (p.reach <> t.reach OR p.reach_of <> t.reach_of OR p.from_join <> t.from_join OR p.posted_at < t.posted_at))))`

// counted compares what a topic's page and its row in a list say of it with the posts on the page.
func (m *reading) counted(who forum.Actor, row forum.TopicRow, page *forum.TopicPage) {
	m.t.Helper()
	if page.More {
		return
	}
	people, n, last := map[forum.MemberID]bool{}, 0, forum.Instant(0)
	for _, p := range page.Posts {
		if p.Reach != forum.Nobody || p.AuthorID == who.Member {
			people[p.AuthorID], last = true, max(last, p.PostedAt)
			n++
		}
	}
	if n == 0 { // what was hidden is all of it: its opening's time stays
		last = row.PostedAt
	}
	if row.Posts != n || page.Topic.Posts != n || page.People != len(people) || row.LastPostAt != last {
		m.t.Errorf("%s reads %d posts of %d people, the last at %d; the list says %d, %d, the page %d, %d", who.Name, n, len(people), last, row.Posts, row.LastPostAt, page.Topic.Posts, page.People)
	}
	for _, p := range page.Posts {
		if _, after, err := m.FindPost(m.t.Context(), who, p.ID); err != nil || after != 0 {
			m.t.Errorf("%s does not find a post: %d, %v", who.Name, after, err)
		}
	}
}
