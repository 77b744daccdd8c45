package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// looker asks pages and sends forms in somebody's name, and says what is wrong with the answer.
type looker struct {
	w      *world
	cookie string
}

func (l looker) sees(where string, has []string, hasNot ...string) string {
	l.w.t.Helper()
	status, body := l.w.ask(http.MethodGet, where, l.cookie)
	if status != http.StatusOK {
		l.w.t.Errorf("%s: %d", where, status)
	}
	for _, want := range has {
		if !strings.Contains(body, want) {
			l.w.t.Errorf("%s lacks %q", where, want)
		}
	}
	for _, never := range hasNot {
		if strings.Contains(body, never) {
			l.w.t.Errorf("%s shows %q", where, never)
		}
	}
	return body
}

func (l looker) does(where string, form url.Values, want int, has ...string) {
	l.w.t.Helper()
	status, body := l.w.post(l.cookie, where, form)
	if status != want {
		l.w.t.Errorf("%s: %d, want %d: %s", where, status, want, body)
	}
	for _, words := range has {
		if !strings.Contains(body, words) {
			l.w.t.Errorf("%s lacks %q", where, words)
		}
	}
}

func TestBoardPages(t *testing.T) { onBoth(t, boardPages) }

// boardPages: a moderator makes a board one for questions, with a text to begin with; who asks marks the answer, and takes
// it back, by buttons.
func boardPages(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, _, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann, bob, admin := looker{w, w.session("ann")}, looker{w, w.session("bob")}, looker{w, w.session("admin")}
	const board = "/g/inner/b/talk"
	admin.sees(board, []string{board + "/settings"})
	ann.sees(board, nil, board+"/settings")
	admin.does(board+"/settings", url.Values{"name": {""}, "kind": {"1"}, "posting": {"0"}, "template": {"Templatecanary"}}, http.StatusUnprocessableEntity, "Templatecanary", `<option value="1" selected>`)
	admin.does(board+"/settings", url.Values{"name": {"Questions"}, "kind": {"1"}, "posting": {"0"}, "template": {"What happened?\n\nTemplatecanary"}}, http.StatusSeeOther)
	admin.sees(board+"/settings", []string{"Templatecanary", `<option value="1" selected>`})
	ann.sees(board+"/new", []string{"Templatecanary"})
	ann.does(board+"/new", url.Values{"title": {""}, "source": {"typed"}}, http.StatusUnprocessableEntity, "typed</textarea>")

	b, err := w.forum.FindBoard(t.Context(), people["ann"], "inner", "talk")
	w.must(err)
	topic, err := w.forum.StartTopic(t.Context(), people["ann"], b.Board.ID, forum.Draft{Title: "Asked", Source: "How?", Key: w.key()})
	w.must(err)
	answer, err := w.forum.Reply(t.Context(), people["bob"], topic.ID, forum.Draft{Source: "Answercanary", Key: w.key()})
	w.must(err)
	path, post := fmt.Sprintf("/t/%d/topic", topic.ID), fmt.Sprintf("/p/%d", answer.ID)
	body := ann.sees(path, []string{post + "/accept", "Accept as answer"}, "Accepted answer")
	if n := strings.Count(body, "/accept"); n != 1 {
		t.Errorf("%d posts can be accepted", n)
	}
	bob.sees(path, nil, "/accept")
	ann.sees(board+"?show=unanswered", []string{"Asked"})
	ann.does(post+"/accept", nil, http.StatusSeeOther)
	ann.sees(path, []string{`<section class="panel answer">`, "Read the answer of Bob Test", "Not the answer", `<span class="badge good">Accepted answer</span>`})
	bob.sees(path, []string{`<section class="panel answer">`}, "/accept")
	bob.sees(board, []string{"answered"})
	ann.sees(board+"?show=unanswered", nil, "Asked")
	ann.does(post+"/accept", url.Values{"back": {"1"}}, http.StatusSeeOther)
	bob.sees(path, nil, "Accepted answer")
	admin.does(board+"/settings", url.Values{"name": {"Talk"}, "kind": {"0"}, "posting": {"0"}, "no_answers": {"1"}}, http.StatusSeeOther)
	ann.sees(path, []string{"On this board only moderators answer."}, "/accept", "<textarea")
	ann.sees(board+"/new", nil, "Templatecanary")
	second, err := w.forum.CreateBoard(t.Context(), w.admin, g.ID, forum.BoardDraft{Slug: "second", Name: "Second"})
	w.must(err)
	w.must(w.forum.MoveTopic(t.Context(), w.admin, topic.ID, second.ID, "there"))
	ann.sees(board, []string{"Moved from here:", `<a href="/t/`, "Asked"})
	ann.sees("/g/inner/b/second", nil, "Moved from here:")
}

func TestTagPages(t *testing.T) { onBoth(t, tagPages) }

// tagPages: the list of tags is kept on its page; a topic gets tags as it is begun and later, is found by them, and who
// follows one is told.
func tagPages(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, _, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann, bob, admin := looker{w, w.session("ann")}, looker{w, w.session("bob")}, looker{w, w.session("admin")}
	const list, board = "/g/inner/tags", "/g/inner/b/talk"
	bob.sees(list, []string{"No tags"}, "New tag")
	bob.sees(board+"/new", nil, `name="tags"`)
	admin.does(list, url.Values{"name": {"Fees"}, "slug": {"Not an address"}}, http.StatusUnprocessableEntity, `value="Fees"`, "Not an address")
	for _, tag := range []string{"fees", "courts"} {
		admin.does(list, url.Values{"name": {"Tag " + tag}, "slug": {tag}}, http.StatusSeeOther)
	}
	tags, err := w.forum.ReadTags(t.Context(), w.admin, g.ID, false) // by name
	w.must(err)
	courts, fees := fmt.Sprint(int64(tags[0].ID)), fmt.Sprint(int64(tags[1].ID))
	bob.sees(board, []string{board + "?tag=fees"})
	bob.does(list+"/fees", url.Values{"do": {"follow"}}, http.StatusSeeOther)
	bob.sees(list, []string{"You follow it", "Tag courts"})
	bob.does(list+"/fees", url.Values{"do": {"drop"}}, http.StatusForbidden)
	form := url.Values{"title": {""}, "source": {"Who pays?"}, "tags": {fees, courts}}
	ann.does(board+"/new", form, http.StatusUnprocessableEntity, `value="`+fees+`" checked`, `value="`+courts+`" checked`)
	form.Set("title", "Taggedcanary")
	form.Set("key", w.key())
	ann.does(board+"/new", form, http.StatusSeeOther)
	bob.sees(board, []string{"Taggedcanary", `<a class="tag" href="/g/inner/tags/fees">Tag fees</a>`})
	bob.sees(board+"?tag=fees", []string{"Taggedcanary", `aria-current="true"`})
	bob.sees(list+"/courts", []string{"Taggedcanary"}, "New tag", "Drop the tag")
	w.eventually("a notice", func() bool {
		n, err := w.forum.CountNotices(t.Context(), people["bob"])
		return err == nil && n == 1
	})
	bob.sees("/account/news", []string{"Ann Test started a topic with a tag that you follow", "Taggedcanary"})
	rows, _, err := w.forum.ReadFeed(t.Context(), people["ann"], forum.Latest, forum.TopicCursor{})
	w.must(err)
	path := fmt.Sprintf("/t/%d", rows[0].ID)
	bob.sees(path+"/topic", []string{"Tag courts"}, path+"/tags")
	ann.sees(path+"/topic", []string{path + "/tags"})
	ann.sees(path+"/tags", []string{`value="` + fees + `" checked`})
	ann.does(path+"/tags", url.Values{"tags": {"1"}}, http.StatusUnprocessableEntity)
	ann.does(path+"/tags", url.Values{"tags": {courts}}, http.StatusSeeOther)
	bob.sees(board+"?tag=fees", nil, "Taggedcanary")
	admin.does(list+"/courts", url.Values{"name": {""}}, http.StatusUnprocessableEntity)
	admin.does(list+"/courts", url.Values{"name": {"Tag judges"}}, http.StatusSeeOther)
	bob.sees(path+"/topic", []string{"Tag judges"}, "Tag courts")
	admin.does(list+"/courts", url.Values{"do": {"drop"}}, http.StatusSeeOther)
	bob.sees(path+"/topic", nil, "Tag judges")
	bob.does(list+"/fees", url.Values{"do": {"unfollow"}}, http.StatusSeeOther)
	bob.sees(list, nil, "You follow it")
}

func TestListPages(t *testing.T) { onBoth(t, listPages) }

// listPages: each list has its page, with numbers beside the tabs; short addresses lead to a member's own pages, and old ones on.
func listPages(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann, bob, visitor := looker{w, w.session("ann")}, looker{w, w.session("bob")}, looker{w, ""}
	for i := range 32 {
		_, err := w.forum.StartTopic(t.Context(), people["bob"], board.ID, forum.Draft{Title: fmt.Sprintf("Listcanary %02d", i), Source: "x", Key: w.key()})
		w.must(err)
	}
	for _, list := range []string{"/latest", "/new", "/unread", "/unanswered"} {
		body := ann.sees(list, []string{"Listcanary 31", `<a href="` + list + `" aria-current="page">`}, "Listcanary 01")
		_, next, found := strings.Cut(body, `<link rel="next" href="`)
		if !found {
			t.Errorf("%s has one page only", list)
			continue
		}
		next, _, _ = strings.Cut(next, `"`)
		ann.sees(next, []string{"Listcanary 01"}, "Listcanary 31")
	}
	ann.sees("/new", nil, `<span class="dot">3`) // they go on on another page
	latest, _, err := w.forum.ReadFeed(t.Context(), people["ann"], forum.Latest, forum.TopicCursor{})
	w.must(err)
	for _, read := range latest[:2] {
		w.must(w.forum.MarkRead(t.Context(), people["ann"], read.ID, 1))
	}
	ann.sees("/new", []string{`<span class="dot">30</span>`})
	ann.sees("/mine", []string{"Topics that you begin or answer will stand here."}, "Listcanary")
	bob.sees("/mine", []string{"Listcanary 31"})
	bob.sees("/new", []string{"You have opened every topic of your groups."}, "Listcanary")
	ann.sees("/", []string{"Listcanary 31", `<a href="/new">`, `href="/latest?before=`})
	visitor.sees("/latest", nil, "Listcanary", `href="/new"`)
	for from, to := range map[string]string{"/my/unread": "/unread", "/my/drafts": "/account/drafts", "/my/bookmarks": "/account/bookmarks", "/my/notifications": "/account/news", "/my/settings": "/account", "/my/data": "/account/data", "/?show=unread": "/unread"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base.String()+from, nil)
		w.must(err)
		r.Header.Set("Cookie", ann.cookie)
		res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		w.must(err)
		_ = res.Body.Close()
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasSuffix(got, to) {
			t.Errorf("%s: %d, to %q", from, res.StatusCode, got)
		}
	}
	if status, _ := w.ask(http.MethodGet, "/my/nothing", ann.cookie); status != http.StatusNotFound {
		t.Errorf("a page that is not there: %d", status)
	}
	ann.does("/account/read", nil, http.StatusSeeOther)
	ann.sees("/unread", []string{"You have read everything in your groups."}, "Listcanary", `class="dot">32`)
}

func TestPollPages(t *testing.T) { onBoth(t, pollPages) }

// pollPages: a topic is begun with a poll, whose form keeps what was typed; members vote and vote otherwise by a form, and
// find who did; a visitor sees numbers.
func pollPages(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, board, _ := w.group("inner", forum.PublicToRead)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann, bob, visitor := looker{w, w.session("ann")}, looker{w, w.session("bob")}, looker{w, ""}
	form := url.Values{"title": {"When do we meet"}, "source": {"Choose a day"}, "poll_options": {"Monday"}, "poll_secret": {"1"}, "poll_until": {"yesterday"}, "key": {w.key()}}
	ann.sees("/g/inner/b/talk/new", []string{"Add a poll", `type="datetime-local"`})
	ann.does("/g/inner/b/talk/new", form, http.StatusUnprocessableEntity, "Enter 2 to 10 options", "Monday</textarea>", `name="poll_secret" value="1" checked`, "Enter a day and time", `value="yesterday"`)
	form.Set("poll_options", "Monday\nFriday")
	form.Del("poll_until")
	form.Del("poll_secret")
	ann.does("/g/inner/b/talk/new", form, http.StatusSeeOther)
	rows, _, err := w.forum.ReadFeed(t.Context(), people["ann"], forum.Latest, forum.TopicCursor{})
	w.must(err)
	page, err := w.forum.ReadTopic(t.Context(), people["ann"], rows[0].ID, 0)
	w.must(err)
	path, post := fmt.Sprintf("/t/%d/when-do-we-meet", rows[0].ID), fmt.Sprintf("/p/%d", page.Posts[0].ID)
	friday := fmt.Sprint(page.Posts[0].Poll.Options[1].ID)
	bob.sees(path, []string{`type="radio"`, "Friday", "0 members voted", post + "/vote"}, "Close the poll", "Who voted")
	bob.does(post+"/vote", url.Values{"option": {friday}}, http.StatusSeeOther)
	bob.sees(path, []string{"Change my vote", `value="` + friday + `" checked`, "1 member voted"})
	ann.sees(path, []string{"1 member voted", "Who voted", "Close the poll"})
	ann.sees(post+"/votes", []string{"Bob Test", "Monday"})
	visitor.sees(path, []string{"1 member voted", "Friday"}, "/vote", "Bob Test")
	bob.does(post+"/vote", url.Values{"do": {"close"}}, http.StatusForbidden)
	ann.does(post+"/vote", url.Values{"do": {"close"}}, http.StatusSeeOther)
	visitor.sees(path, []string{"1 member voted", "Closed "})
	bob.sees(path, []string{"yours"}, `type="radio"`, "/vote\"")
	_, err = w.forum.StartTopic(t.Context(), people["ann"], board.ID, forum.Draft{Title: "Secret", Source: "x", Key: w.key(), Poll: forum.PollDraft{Options: "A\nB", Secret: true, Many: true}})
	w.must(err)
	rows, _, err = w.forum.ReadFeed(t.Context(), people["ann"], forum.Latest, forum.TopicCursor{})
	w.must(err)
	bob.sees(fmt.Sprintf("/t/%d/secret", rows[0].ID), []string{`type="checkbox" name="option"`, "Numbers are shown when it is closed", "Secret: nobody"}, "<meter", "Who voted")
}

func TestOldTopic(t *testing.T) { onBoth(t, oldTopic) }

// oldTopic: who answers in a topic whose last post they can see is three months old is told so; the address of a post is a link
// that a script can copy.
func oldTopic(t *testing.T, w *world) {
	people := w.members("ann")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"])
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "x", Key: w.key()})
	w.must(err)
	path, ann := fmt.Sprintf("/t/%d/topic", topic.ID), looker{w, w.session("ann")}
	ann.sees(path, []string{"data-copy href=\"/p/", `data-done="Copied"`}, "The last post here is of")
	age := func(days int64) {
		_, err := w.store.Writer().NewRaw("UPDATE posts SET posted_at = posted_at - ? WHERE topic_id = ?", days*24*3600*1_000_000, topic.ID).Exec(t.Context())
		w.must(err)
	}
	age(91)
	ann.sees(path, []string{"The last post here is of"})
	age(-2)
	ann.sees(path, nil, "The last post here is of")
}

func TestScheduledPages(t *testing.T) { onBoth(t, scheduledPages) }

// scheduledPages: a topic is scheduled in the form of a new one, stands among the drafts, is taken up again there and thrown
// away; what was not posted says why, and the mail about it too.
func scheduledPages(t *testing.T, w *world) {
	people := w.members("ann", "bob")
	g, _, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	ann, bob := looker{w, w.session("ann")}, looker{w, w.session("bob")}
	const form, drafts = "/g/inner/b/talk/new", "/account/drafts"
	at := time.Now().UTC().AddDate(0, 0, 3).Format("2006-01-02T15:04")
	values := url.Values{"title": {"Latercanary"}, "source": {"A text for then"}, "poll_options": {"A\nB"}, "post_at": {"soon"}, "key": {w.key()}}
	ann.does(form, values, http.StatusUnprocessableEntity, `value="soon"`, "A text for then", "Enter a day and time")
	values.Set("post_at", at)
	ann.does(form, values, http.StatusSeeOther)
	bob.sees("/g/inner/b/talk", nil, "Latercanary")
	bob.sees(drafts, nil, "Latercanary")
	ann.sees(drafts, []string{"Latercanary", "Posted later", form + "?later="})
	all, err := w.forum.ScheduledTopics(t.Context(), people["ann"])
	w.must(err)
	id := fmt.Sprint(all[0].ID)
	ann.sees(form+"?later="+id, []string{`value="Latercanary"`, "A text for then</textarea>", `name="later" value="` + id, `value="` + at, "A\nB</textarea>"})
	if status, body := w.ask(http.MethodGet, form+"?later="+id, bob.cookie); status != http.StatusNotFound || strings.Contains(body, "Latercanary") {
		t.Errorf("somebody else takes it up: %d", status)
	}
	bob.does("/account/scheduled/"+id+"/discard", nil, http.StatusSeeOther)
	_, err = w.store.Writer().NewRaw("UPDATE scheduled SET post_at = 5, told = 'others' WHERE id = ?", all[0].ID).Exec(t.Context())
	w.must(err)
	w.must(w.forum.PostScheduled(t.Context()))
	w.await("ann@members.example", "Your topic was not posted")
	ann.sees(drafts, []string{"Latercanary", "others would read it now than you were told"})
	values.Set("later", id)
	values.Del("post_at")
	values.Set("key", w.key())
	ann.does(form, values, http.StatusSeeOther)
	ann.sees(drafts, nil, "Latercanary")
	bob.sees("/g/inner/b/talk", []string{"Latercanary"})
	values.Set("post_at", at)
	values.Del("later")
	ann.does(form, values, http.StatusSeeOther)
	all, err = w.forum.ScheduledTopics(t.Context(), people["ann"])
	w.must(err)
	ann.does(fmt.Sprintf("/account/scheduled/%d/discard", all[0].ID), nil, http.StatusSeeOther)
	ann.sees(drafts, nil, "Posted later")
}
