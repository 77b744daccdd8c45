package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestQuotations: a quotation is shown to each reader through the gate at the moment it is
// shown: not to those who may not read what it quotes, and to nobody once that is taken back;
// the composer refuses one that not all readers could read.
func TestQuotations(t *testing.T) { onBoth(t, quotationsOnPages) }

func quotationsOnPages(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	inner, closed, _ := w.group("inner", forum.MembersOnly)
	open, board, _ := w.group("open", forum.PublicToRead)
	w.enter(inner, w.admin, people["otto"])
	w.enter(open, w.admin, people["otto"], people["olga"])
	start := func(b *forum.Board, title, text string) (*forum.Topic, string) {
		topic, err := w.forum.StartTopic(t.Context(), people["otto"], b.ID, forum.Draft{Title: title, Source: text, Key: w.key()})
		w.must(err)
		p, err := w.forum.ReadTopic(t.Context(), people["otto"], topic.ID, 0)
		w.must(err)
		return topic, fmt.Sprintf("/p/%d", p.Posts[0].ID)
	}
	_, secret := start(closed, "Secret title", "inner-canary")
	source, public := start(board, "Public title", "open-canary")
	otto := w.session("otto")
	for _, quote := range []string{"[x](" + secret + ")", "https://forum.example" + secret} {
		status, page := w.post(otto, topicPathOf(source), url.Values{"source": {quote + "\n\nmy words"}, "key": {w.key()}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(page, "may read the post that you quote") || !strings.Contains(page, "my words") {
			t.Errorf("quoting %s, which is for fewer: %d", quote, status)
		}
	}
	quoting, _ := start(closed, "It quotes", "[Quoted post]("+public+")\n\nand\n\n[Quoted post]("+secret+")")
	if _, page := w.ask("GET", topicPathOf(quoting), otto); !strings.Contains(page, "open-canary") || !strings.Contains(page, "inner-canary") {
		t.Errorf("a member sees %s", content(page))
	}
	late, err := w.forum.Reply(t.Context(), people["olga"], source.ID, forum.Draft{Source: "[guess](" + secret + ")\n\n[a](" + public + ")", Key: w.key()}) // she does not know it
	w.must(err)
	visitor := func() string { body, _, _ := w.visit(topicPathOf(source)); return content(body) }
	for range 2 { // also from the copy
		if page := visitor(); strings.Contains(page, "inner-canary") || strings.Contains(page, "Secret title") || strings.Count(page, "open-canary") != 2 || !strings.Contains(page, "cannot be shown here") {
			t.Errorf("a visitor sees %s", page)
		}
	}
	if _, page := w.ask("GET", topicPathOf(source), otto); !strings.Contains(page, "inner-canary") { // he may read it anyway
		t.Errorf("who may read both sees %s", content(page))
	}
	if _, page := w.ask("GET", topicPathOf(source), w.session("olga")); strings.Contains(page, "inner-canary") {
		t.Errorf("from another reader's copy: %s", content(page))
	}
	w.must(w.forum.TakeBack(t.Context(), people["otto"], forum.PostID(number(public))))
	if page := visitor(); strings.Contains(page, "open-canary") {
		t.Errorf("taken back, and still quoted: %s", page)
	}
	if _, page := w.ask("GET", fmt.Sprintf("/p/%d/history", late.ID), ""); strings.Contains(page, "canary") {
		t.Error("its history shows what it quotes")
	}
	if status, page := w.post(w.session("olga"), "/preview", url.Values{"source": {"[x](" + secret + ")"}}); status != http.StatusOK || strings.Contains(page, "canary") {
		t.Errorf("the preview: %d %s", status, page)
	}
	if _, page := w.ask("GET", topicPathOf(quoting)+"?quote="+strings.TrimPrefix(secret, "/p/"), otto); !strings.Contains(page, "[Quoted post]("+secret+")") {
		t.Error("the composer does not begin with the quotation")
	}
}

func number(path string) (n int64) {
	_, _ = fmt.Sscanf(path, "/p/%d", &n)
	return n
}

// TestQuotationsInMail: list mail shows what a post quotes where everybody for whom the post is may read it, else only that
// something is quoted, since an answer to the mail would carry it on; a poll is told of.
func TestQuotationsInMail(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto", "olga", "rita")
	inner, closed, _ := w.group("inner", forum.MembersOnly)
	open, board, _ := w.group("open", forum.PublicToRead)
	w.enter(inner, w.admin, people["otto"], people["rita"])
	w.enter(open, w.admin, people["otto"], people["olga"], people["rita"])
	ctx := t.Context()
	start := func(b *forum.Board, title, words string) (forum.TopicID, forum.PostID) {
		topic, err := w.forum.StartTopic(ctx, people["otto"], b.ID, forum.Draft{Title: title, Source: words, Key: w.key()})
		w.must(err)
		page, err := w.forum.ReadTopic(ctx, people["otto"], topic.ID, 0)
		w.must(err)
		return topic.ID, page.Posts[0].ID
	}
	inside, secret := start(closed, "Secret title", "inner-canary <b>bold</b>\n\nand more")
	outside, public := start(board, "Votes", "open-canary")
	for _, name := range []string{"olga", "rita"} {
		w.must(w.forum.Subscribe(ctx, people[name], board.ID, forum.Each))
	}
	w.must(w.forum.Subscribe(ctx, people["rita"], closed.ID, forum.Each))
	_, err := w.forum.StartTopic(ctx, people["otto"], board.ID, forum.Draft{Title: "A vote", Source: "Which?", Poll: forum.PollDraft{Options: "one\ntwo"}, Key: w.key()})
	w.must(err)
	mail := w.await("olga@members.example", "A vote")
	for _, part := range []string{mail.Text, mail.HTML} {
		if !strings.Contains(part, "There is a poll with it") {
			t.Errorf("the poll: %s", part)
		}
	}
	answer := func(by forum.Actor, in forum.TopicID, words string) {
		_, err := w.forum.Reply(ctx, by, in, forum.Draft{Source: fmt.Sprintf("[x](/p/%d)\n\n[y](/p/%d)\n\n%s", secret, public, words), Key: w.key()})
		w.must(err)
	}
	answer(people["rita"], inside, "said inside")
	answer(people["olga"], outside, "said outside") // she does not know it
	mail = w.await("rita@members.example", "Re: [Group inner]")
	for _, part := range []string{mail.Text, mail.HTML} {
		if !strings.Contains(part, "inner-canary") || !strings.Contains(part, "open-canary") || !strings.Contains(part, "Otto Test wrote:") || strings.Contains(part, "<b>bold") && part == mail.HTML {
			t.Errorf("within the group: %s", part)
		}
	}
	for _, name := range []string{"olga", "rita"} {
		mail := w.await(name+"@members.example", "Re: [Group open]")
		for _, part := range []string{mail.Text, mail.HTML} {
			if strings.Contains(part, "inner-canary") || strings.Contains(part, "Secret title") || !strings.Contains(part, fmt.Sprintf("/p/%d", secret)) || !strings.Contains(part, "open-canary") || !strings.Contains(part, "said outside") {
				t.Errorf("outside, to %s: %s", name, part)
			}
		}
	}
}

// TestDigestComesBack: who answers an item of a digest with a mail that quotes all of it posts their own words only.
func TestDigestComesBack(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("rita")
	secret, closed, _ := w.group("secret", forum.Hidden)
	open, board, _ := w.group("open", forum.PublicToRead)
	w.enter(secret, w.admin, people["rita"])
	w.enter(open, w.admin, people["rita"])
	ctx := t.Context()
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	for _, b := range []*forum.Board{closed, board} {
		w.must(w.forum.Subscribe(ctx, people["rita"], b.ID, forum.Daily))
	}
	_, err := w.forum.StartTopic(ctx, w.admin, closed.ID, forum.Draft{Title: "Secret title", Source: "inner-canary of the panel", Key: w.key()})
	w.must(err)
	topic, err := w.forum.StartTopic(ctx, w.admin, board.ID, forum.Draft{Title: "Open title", Source: "open words", Key: w.key()})
	w.must(err)
	w.until(func(at time.Time) bool { return at.Hour() == 8 })
	mail := w.await("rita@members.example", "Digest")
	to := regexp.MustCompile(`reply\+[a-z0-9]+@[a-z.]+`).FindAllString(mail.Text, -1)
	if len(to) != 2 || !strings.Contains(mail.Text, "inner-canary") {
		t.Fatalf("%v in %s", to, mail.Text)
	}
	quoted := "> " + strings.ReplaceAll(strings.ReplaceAll(mail.Text, "\r\n", "\n"), "\n", "\n> ")
	for i, address := range to {
		w.must(w.send("rita@members.example", address, fmt.Sprintf("d%d@x.example", i), "Re: Digest", "I agree.\n\nOn Mon, Forum <"+address+"> wrote:\n"+quoted))
		w.must(w.send("rita@members.example", address, fmt.Sprintf("e%d@x.example", i), "Re: Digest", quoted+"\n\nI agree, too."))
	}
	page, _, _ := w.visit(topicPathOf(topic))
	if !strings.Contains(page, "I agree.") || strings.Contains(page, "inner-canary") || strings.Contains(page, "Secret title") {
		t.Errorf("a visitor reads %s", content(page))
	}
}
