package main

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

func TestNewsMail(t *testing.T) { onBoth(t, newsMail) }

// newsMail: who is mentioned gets one mail of the topic, with what is new there as it stands when the mail goes; it can be
// answered by mail, and stopped by one click; the page says what else they want.
func newsMail(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann := w.session("ann")
	topic, err := w.forum.StartTopic(t.Context(), people["ann"], board.ID, forum.Draft{Title: "Titlecanary", Source: "First.", Key: w.key()})
	w.must(err)
	one, err := w.forum.Reply(t.Context(), people["bob"], topic.ID, forum.Draft{Source: "Onecanary, @ann, was wrong; see https://elsewhere.example/x", Key: w.key()})
	w.must(err)
	_, err = w.forum.Reply(t.Context(), people["bob"], topic.ID, forum.Draft{Source: "Twocanary for you", Key: w.key()})
	w.must(err)
	w.must(w.forum.ChangePost(t.Context(), people["bob"], one.ID, forum.PostChange{Source: "Onecanary, @ann, is right; see https://elsewhere.example/x", Base: one.Version}))
	w.eventually("two notices", func() bool {
		n, err := w.forum.CountNotices(t.Context(), people["ann"])
		return err == nil && n == 2
	})
	w.offset.Add(int64(4 * time.Minute))
	mail := w.await("ann@members.example", "Re: [Group inner] Titlecanary")
	text := strings.Join(strings.Fields(mail.Text), " ")
	for _, part := range []string{text, html.UnescapeString(mail.HTML)} {
		for _, want := range []string{"Bob Test mentioned you", "Bob Test answered you", "Onecanary", "is right", "Twocanary", "Your reply", w.base.String() + "/p/", "/account/news/choices", "Stop these mails", w.base.String() + "/report/post/", "Report this post"} {
			if !strings.Contains(part, want) {
				t.Errorf("%q is missing in %s", want, part)
			}
		}
		if strings.Contains(part, "was wrong") {
			t.Error("it says what was changed meanwhile")
		}
	}
	if strings.Contains(mail.HTML, `href="https://elsewhere.example`) {
		t.Error("a link leads out without the notice page")
	}
	for name, want := range map[string]string{"Auto-Submitted": "auto-generated", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "In-Reply-To": "post.", "From": "no-reply@forum.example", "List-Id": ""} {
		if got := mail.GetHeader(name); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	reply := addressOf(t, mail.GetHeader("Reply-To"))
	w.must(w.send("ann@members.example", reply, "answer@ann.example", "Re: x", "Threecanary by mail."))
	w.eventually("the answer", func() bool {
		page, err := w.forum.ReadTopic(t.Context(), people["ann"], topic.ID, 0)
		return err == nil && len(page.Posts) == 4 && strings.Contains(page.Posts[3].HTML, "Threecanary")
	})
	stop := strings.TrimPrefix(strings.Trim(mail.GetHeader("List-Unsubscribe"), "<>"), w.base.String())
	w.choosesNews(t, ann)
	w.stopsNews(t, ann, stop)
}

// choosesNews: the page keeps what was chosen; a pause is shown, and ends by its button.
func (w *world) choosesNews(t *testing.T, ann string) {
	t.Helper()
	const page = "/account/news/choices"
	w.holds(ann, "/account/news", page)
	if body := w.holds(ann, page, "Somebody mentions you"); strings.Count(body, " checked") != 12 {
		t.Errorf("as it is, %d are ticked", strings.Count(body, " checked"))
	}
	w.saved(ann, page, url.Values{"in_app_mention": {"1"}, "by_mail_mention": {"1"}, "by_mail_topic": {"1"}, "delay": {"15"}, "quiet_from": {"22"}, "quiet_to": {"7"}, "bare": {"1"}, "pause": {"24"}})
	body := w.holds(ann, page, "paused until", `value="15" selected`, `value="22" selected`, "End the pause", `name="by_mail_topic" value="1" checked`)
	if strings.Count(body, " checked") != 4 {
		t.Errorf("%d are ticked", strings.Count(body, " checked"))
	}
	w.saved(ann, "/account/news/resume", nil)
	if body := w.holds(ann, page, `value="15" selected`, `name="pause"`); strings.Contains(body, "paused until") {
		t.Error("the pause goes on")
	}
	if status, _ := w.post(ann, page, url.Values{"delay": {"7"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("nonsense: %d", status)
	}
}

// stopsNews: looking does nothing, the mail program's one click does; who comes back is told that it is done.
func (w *world) stopsNews(t *testing.T, ann, stop string) {
	t.Helper()
	if !strings.HasPrefix(stop, "/unsubscribe/news/") {
		t.Fatalf("stopped at %q", stop)
	}
	w.holds("", stop, "Stop these mails")
	w.holds(ann, "/account/news/choices", `name="by_mail_mention" value="1" checked`)
	for range 2 {
		if status, body := w.post("", stop, url.Values{"List-Unsubscribe": {"One-Click"}}); status != http.StatusOK || !strings.Contains(body, "No mail about notices comes any more") {
			t.Errorf("one click: %d", status)
		}
	}
	w.holds("", stop, "No mail about notices comes any more")
	if body := w.holds(ann, "/account/news/choices", "Somebody mentions you"); strings.Contains(body, `name="by_mail_mention" value="1" checked`) {
		t.Error("it is not stopped")
	}
}

// TestNewsWithoutWords: who chose that mails of a board tell only that something new is there gets no words or title of it in mails
// of news either.
func TestNewsWithoutWords(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		people := w.members("ann", "bob")
		g, board, _ := w.group("inner", forum.Hidden)
		w.enter(g, w.admin, people["ann"], people["bob"])
		topic, err := w.forum.StartTopic(t.Context(), people["bob"], board.ID, forum.Draft{Title: "Titlecanary", Source: "First canary.", Key: w.key()})
		w.must(err)
		w.must(w.forum.ChooseMail(t.Context(), people["ann"], board.ID, forum.Subscription{Mode: forum.Daily, Notice: true}))
		_, err = w.forum.Reply(t.Context(), people["bob"], topic.ID, forum.Draft{Source: "Second canary, @ann", Key: w.key()})
		w.must(err)
		w.eventually("a notice", func() bool {
			n, err := w.forum.CountNotices(t.Context(), people["ann"])
			return err == nil && n == 1
		})
		w.offset.Add(int64(4 * time.Minute))
		mail := w.await("ann@members.example", "Something new was written")
		for _, told := range []string{mail.GetHeader("Subject"), mail.Text, mail.HTML} {
			for _, not := range []string{"canary", "Titlecanary", "Bob Test"} {
				if strings.Contains(told, not) {
					t.Errorf("%q is told in %s", not, told)
				}
			}
		}
		if !strings.Contains(mail.Text, "You chose that mails") {
			t.Error("it does not say why it says so little:", mail.Text)
		}
	})
}
