package forum_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// mentions has somebody write in the topic to another, as the jobs go on with it.
func (s *talk) mentions(by forum.Actor, topic forum.TopicID, whom string) *forum.Post {
	s.t.Helper()
	p, err := s.Reply(s.t.Context(), by, topic, forum.Draft{Source: "to @" + whom + " " + s.Key(), Key: s.Key()})
	s.must(err)
	s.must(s.QueuePost(s.t.Context(), p.ID))
	return p
}

// opened lists the mails of news that wait to be sent to somebody, oldest first.
func (s *talk) opened(m forum.Actor) (out []int64) {
	s.t.Helper()
	s.must(s.SendNews(s.t.Context()))
	s.must(s.Store.Reader().NewRaw("SELECT ref FROM deliveries WHERE kind = 'news' AND member_id = ? AND state = 0 ORDER BY ref", m.Member).Scan(s.t.Context(), &out))
	return out
}

// goes hands a mail of news over, and tells whether it went.
func (s *talk) goes(mail int64) bool {
	s.t.Helper()
	what := forum.Mailing{Kind: "news", Ref: mail}
	to, err := s.Claim(s.t.Context(), what, 10)
	s.must(err)
	for _, r := range to {
		s.must(s.Delivered(s.t.Context(), what, []forum.Outcome{{Member: r.Member, State: forum.Sent}}))
	}
	return len(to) == 1
}

// TestNews: what is new to a member in one topic comes in one mail, a while after it was written; what they have read does
// not come, nor what they may not read any more when it goes.
func TestNews(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		other, err := w.StartTopic(ctx, s.bob, s.board.ID, draft(w, "other"))
		s.must(err)
		s.mentions(s.bob, s.topic.ID, "ann")
		if got := s.opened(s.ann); len(got) != 0 {
			t.Fatal("it does not wait:", got)
		}
		w.Pass(2 * time.Minute)
		s.mentions(s.bob, s.topic.ID, "ann")
		s.mentions(s.bob, other.ID, "ann")
		w.Pass(time.Minute)
		got := s.opened(s.ann)
		if len(got) != 1 {
			t.Fatalf("%d mails", len(got))
		}
		news, err := w.ReadNews(ctx, s.ann.Member, got[0])
		if err != nil || len(news.Notices) != 2 || news.Notices[0].Why != forum.MentionsYou || news.Notices[0].N >= news.Notices[1].N || news.Bare {
			t.Errorf("its news: %+v %v", news, err)
		}
		if _, err := w.ReadNews(ctx, s.bob.Member, got[0]); forum.KindOf(err) != forum.NotFound {
			t.Errorf("another's mail: %v", err)
		}
		if !s.goes(got[0]) || s.goes(got[0]) {
			t.Error("it does not go once")
		}
		w.Pass(2 * time.Minute)
		if got = s.opened(s.ann); len(got) != 1 {
			t.Fatalf("the other topic: %d mails", len(got))
		}
		s.must(w.MarkRead(ctx, s.ann, other.ID, 9)) // it is on its way
		if s.goes(got[0]) {
			t.Error("what is read is mailed")
		}
		s.mentions(s.bob, s.topic.ID, "ann")
		s.must(w.MarkRead(ctx, s.ann, s.topic.ID, 9))
		w.Pass(time.Hour)
		if got = s.opened(s.ann); len(got) != 0 {
			t.Error("what was read meanwhile is mailed")
		}
		for what, leave := range map[string]func(p *forum.Post){
			"hidden":         func(p *forum.Post) { s.must(w.HidePost(ctx, w.Admin, p.ID, advert)) },
			"taken back":     func(p *forum.Post) { s.must(w.TakeBack(ctx, s.bob, p.ID)) },
			"ignored":        func(*forum.Post) { s.must(w.IgnoreMember(ctx, s.ann, s.bob.Member)) },
			"not for her":    func(p *forum.Post) { exec(t, w, "UPDATE posts SET reach = 2, reach_of = 0 WHERE id = ?", p.ID) },
			"out of the way": func(*forum.Post) { s.must(w.Remove(ctx, w.Admin, s.group.ID, s.ann.Member, "over")) },
		} {
			p := s.mentions(s.bob, s.topic.ID, "ann")
			w.Pass(time.Hour)
			if got = s.opened(s.ann); len(got) != 1 {
				t.Fatalf("%s: %d mails", what, len(got))
			}
			leave(p)
			if _, err := w.ReadNews(ctx, s.ann.Member, got[0]); forum.KindOf(err) != forum.NotFound {
				t.Errorf("%s: %v", what, err)
			}
			if s.goes(got[0]) {
				t.Errorf("%s: it goes", what)
			}
			s.must(w.HeedMember(ctx, s.ann, s.bob.Member))
			w.Ready(s.group, s.ann)
		}
	})
}

// TestNewsChoice: each reason comes on the ways that a member chose; not within their quiet hours, nor while they pause.
func TestNewsChoice(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s, ctx := newTalk(t, w), t.Context()
		choose := func(change func(c *forum.NewsChoice), pause time.Duration) error {
			c, err := w.ReadNewsChoice(ctx, s.ann)
			s.must(err)
			change(&c)
			return w.ChooseNews(ctx, s.ann, c, pause)
		}
		after := func(what string, d time.Duration, mails, shown int) {
			t.Helper()
			w.Pass(d)
			got := s.opened(s.ann)
			list, _, err := w.ReadNotices(ctx, s.ann, forum.NoticeCursor{})
			s.must(err)
			n, err := w.CountNotices(ctx, s.ann)
			s.must(err)
			if len(got) != mails || len(list) != shown || n != shown {
				t.Errorf("%s: %d mails, %d shown, %d counted; want %d, %d", what, len(got), len(list), n, mails, shown)
			}
		}
		begin := func() {
			exec(t, w, "DELETE FROM deliveries")
			exec(t, w, "DELETE FROM notices")
			s.mentions(s.bob, s.topic.ID, "ann")
		}
		begin()
		after("as it is", 4*time.Minute, 1, 1)

		s.must(choose(func(c *forum.NewsChoice) { c.Delay = 15 }, -1))
		begin()
		after("later", 14*time.Minute, 0, 1)
		after("later", time.Minute+time.Second, 1, 1)

		s.must(choose(func(c *forum.NewsChoice) { c.Delay, c.InApp = 3, forum.Whys(0).With(forum.AnswersYou) }, -1))
		begin()
		after("by mail only", 4*time.Minute, 1, 0)

		s.must(choose(func(c *forum.NewsChoice) {
			c.InApp, c.ByMail = c.InApp.With(forum.MentionsYou), forum.Whys(0).With(forum.AnswersYou)
		}, -1))
		begin()
		after("in the forum only", 4*time.Minute, 0, 1)

		s.must(choose(func(c *forum.NewsChoice) { c.ByMail = c.ByMail.With(forum.MentionsYou) }, -1))
		begin()
		s.must(choose(func(c *forum.NewsChoice) { c.ByMail = 0 }, -1))
		after("stopped while it waited", 4*time.Minute, 0, 1)

		s.must(choose(func(c *forum.NewsChoice) { c.ByMail = c.ByMail.With(forum.MentionsYou) }, 24*time.Hour))
		begin()
		after("paused", 23*time.Hour, 0, 1)
		after("over", time.Hour+time.Second, 1, 1)
		s.must(choose(func(*forum.NewsChoice) {}, 24*time.Hour))
		s.must(choose(func(*forum.NewsChoice) {}, 0))
		begin()
		after("not paused any more", 4*time.Minute, 1, 1)

		hour := w.Now().In(amsterdam(t)).Hour()
		s.must(choose(func(c *forum.NewsChoice) { c.QuietFrom, c.QuietTo = hour, (hour+2)%24 }, -1))
		begin()
		after("quiet", 4*time.Minute, 0, 1)
		after("loud", 2*time.Hour, 1, 1)

		for what, change := range map[string]func(c *forum.NewsChoice){"delay": func(c *forum.NewsChoice) { c.Delay = 7 }, "quiet_from": func(c *forum.NewsChoice) { c.QuietTo = 24 }} {
			if err := choose(change, -1); forum.KindOf(err) != forum.Invalid || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := choose(func(*forum.NewsChoice) {}, 32*24*time.Hour); forum.KindOf(err) != forum.Invalid {
			t.Errorf("a pause without end: %v", err)
		}
		s.must(choose(func(c *forum.NewsChoice) { c.QuietFrom, c.QuietTo, c.Bare = 0, 0, true }, 0))
		begin()
		w.Pass(time.Hour)
		got := s.opened(s.ann)
		if news, err := w.ReadNews(ctx, s.ann.Member, got[0]); err != nil || !news.Bare {
			t.Errorf("without text: %+v %v", news, err)
		}
		exec(t, w, "UPDATE groups SET no_list = 1 WHERE id = ?", s.group.ID)
		if _, err := w.ReadNews(ctx, s.ann.Member, got[0]); forum.KindOf(err) != forum.NotFound || s.goes(got[0]) {
			t.Errorf("a mail out of a group of which nothing goes out: %v", err)
		}
		begin()
		after("nothing goes out", time.Hour, 0, 1)
		exec(t, w, "UPDATE groups SET no_list = 0 WHERE id = ?", s.group.ID)
		s.must(w.Subscribe(ctx, s.ann, s.board.ID, forum.Each))
		begin()
		after("the post itself comes by mail", time.Hour, 0, 1)
		s.must(w.Subscribe(ctx, s.ann, s.board.ID, forum.NoMail))

		token := w.NewsToken(s.ann.Member)
		for range 2 {
			s.must(w.StopNews(ctx, token))
		}
		if stopped, err := w.ReadNewsToken(ctx, token); err != nil || !stopped {
			t.Error(stopped, err)
		}
		begin()
		after("stopped by the link", time.Hour, 0, 1)
		for what, token := range map[string]string{"of nobody": w.NewsToken(77), "nonsense": "x", "of a circular": w.NoticeToken(s.ann.Member, 0)} {
			if err := w.StopNews(ctx, token); err == nil {
				t.Error("a link", what)
			}
		}
		if err := w.ChooseNews(ctx, forum.Actor{}, forum.NewsChoice{}, 0); forum.KindOf(err) != forum.Forbidden {
			t.Errorf("nobody chooses: %v", err)
		}
	})
}

// TestNewsOfMany: more mails than one commit opens, each once; a reminder of what one kept comes by mail, too.
func TestNewsOfMany(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		p := s.mentions(s.bob, s.topic.ID, "ann")
		exec(t, w, "DELETE FROM notices")
		for i := range 230 {
			id := 7000 + i
			exec(t, w, `INSERT INTO members (id, handle, handle_key, name, email, email_key, password_hash, standing, created_at) VALUES (?0, ?1, ?1, ?1, ?1, ?1, '', 1, 1)`, id, fmt.Sprint("many", i))
			exec(t, w, "INSERT INTO notices (member_id, post_id, why, made_at, mail_due) VALUES (?, ?, 1, 1, 1)", id, p.ID)
		}
		s.must(w.SendNews(t.Context()))
		s.must(w.SendNews(t.Context()))
		if n := count(t, w, "SELECT count(*) FROM deliveries WHERE kind = 'news'"); n != 230 {
			t.Errorf("%d mails", n)
		}
		s.must(w.KeepPost(t.Context(), s.ann, p.ID, forum.BookmarkDraft{Note: "for Monday", On: w.Now().AddDate(0, 0, 1).Format("2006-01-02")}))
		w.Pass(24 * time.Hour)
		s.must(w.RemindKept(t.Context()))
		w.Pass(time.Hour)
		got := s.opened(s.ann)
		if len(got) != 1 {
			t.Fatalf("a reminder: %d mails", len(got))
		}
		if news, err := w.ReadNews(t.Context(), s.ann.Member, got[0]); err != nil || news.Notices[0].Why != forum.RemindsOfOwn || news.Notices[0].Note != "for Monday" {
			t.Errorf("a reminder: %+v %v", news, err)
		}
	})
}
