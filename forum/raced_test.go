package forum_test

import (
	"fmt"
	"sync"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestMovedWhileAnswered: a topic goes to and fro between two groups, is split and put together again, while two answer in
// it, each in a form that says of one group that it reads along. What is posted is there once and is for that group; what is
// not is refused with what changed, and its writer has it.
func TestMovedWhileAnswered(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		other, there, _ := w.Group("other", forum.MembersOnly)
		w.Ready(other, w.Admin, s.ann, s.bob)
		told := map[forum.GroupID]string{s.group.ID: s.group.Told(forum.Audience{Reach: forum.Members, Of: s.group.ID})}
		topic, err := w.StartTopic(ctx, s.ann, s.board.ID, forum.Draft{Title: "Moved about", Source: "x", Key: w.Key()})
		s.must(err)
		posted := map[string]bool{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for _, who := range []forum.Actor{s.ann, s.bob} {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					words := fmt.Sprintf("answer %d of %s", i, who.Handle)
					_, err := w.Reply(ctx, who, topic.ID, forum.Draft{Source: words, Key: words, Told: told[s.group.ID]})
					switch kind := forum.KindOf(err); {
					case err == nil:
						mu.Lock()
						posted[words] = true
						mu.Unlock()
					case kind == forum.Invalid || kind == forum.Closed || kind == forum.Held || kind == forum.TooMany:
					default:
						t.Errorf("%s: %v", words, err)
						return
					}
				}
			})
		}
		few := func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(posted) < 5
		}
		for i := 0; i < 12 || i < 500 && few(); i++ {
			s.must(w.MoveTopic(ctx, w.Admin, topic.ID, there.ID, ""))
			s.must(w.MoveTopic(ctx, w.Admin, topic.ID, s.board.ID, ""))
			page, err := w.ReadTopic(ctx, w.Admin, topic.ID, 0)
			s.must(err)
			if len(page.Posts) < 3 {
				continue
			}
			apart, err := w.SplitTopic(ctx, w.Admin, topic.ID, fmt.Sprint("Apart ", i), []forum.PostID{page.Posts[1].ID})
			s.must(err)
			s.must(w.MergeTopics(ctx, w.Admin, apart, topic.ID, ""))
		}
		close(stop)
		wg.Wait()
		if len(posted) < 5 {
			t.Fatalf("%d answers", len(posted))
		}
		for words := range posted {
			if n := count(t, w, "SELECT count(*) FROM posts WHERE plain = ?", words); n != 1 {
				t.Errorf("%q is there %d times", words, n)
			}
		}
		if n := count(t, w, "SELECT count(*) FROM posts WHERE plain LIKE 'answer %'") - len(posted); n != 0 {
			t.Errorf("%d more are there than were acknowledged", n)
		}
		if n := count(t, w, "SELECT count(*) FROM posts WHERE plain LIKE 'answer %' AND NOT (reach = 3 AND reach_of = ?)", s.group.ID); n != 0 {
			t.Errorf("%d answers are for others than was said", n)
		}
		if n := count(t, w, "SELECT count(*) FROM (SELECT 1 FROM posts GROUP BY topic_id, n HAVING count(*) > 1) x"); n != 0 {
			t.Errorf("%d places hold two posts", n)
		}
	})
}
