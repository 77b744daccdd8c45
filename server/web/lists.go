package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

var feeds = map[string]forum.Feed{"latest": forum.Latest, "new": forum.NeverOpened, "unread": forum.UnreadOnly, "unanswered": forum.Unanswered, "mine": forum.Mine}

// tab reads which list of topics of a place is asked for; a visitor sees the latest.
func (r *request) tab() string {
	tab := r.Query("show")
	if _, ok := feeds[tab]; !ok || r.actor.Member == 0 {
		tab = "latest"
	}
	return tab
}

// The lists of topics across groups, each with a page of its own.
func (d *Door) latest(r *request) error     { return d.topicList(r, "latest") }
func (d *Door) newTopics(r *request) error  { return d.topicList(r, "new") }
func (d *Door) unread(r *request) error     { return d.topicList(r, "unread") }
func (d *Door) unanswered(r *request) error { return d.topicList(r, "unanswered") }
func (d *Door) ownTopics(r *request) error  { return d.topicList(r, "mine") }

func (d *Door) topicList(r *request, tab string) error {
	rows, more, err := d.Forum.ReadFeed(r.ctx, r.actor, feeds[tab], r.topicCursor())
	if err != nil {
		return err
	}
	p := view.Topics{Tab: tab, Undo: r.undo(), Topics: topicRows(r.words, rows, true)}
	if (tab == "new" || tab == "unread") && !more && r.Query("before") == "" {
		p.Count = len(rows) // to count more would cost more than the list
	}
	s := r.shell(r.words.T("topics.title-" + tab))
	if more {
		s.Next = nextTopics("/"+tab+"?", rows)
	}
	if r.Query("before") != "" {
		s.Prev = "/" + tab
	}
	return r.render(view.TopicsPage(s, p))
}

// ownPages are the short addresses under which help texts find a member's own pages.
var ownPages = map[string]string{"unread": "/unread", "new": "/new", "topics": "/mine", "drafts": "/account/drafts", "bookmarks": "/account/bookmarks", "notifications": "/account/news", "notices": "/account/news",
	"settings": "/account", "data": "/account/data"}

// my leads to one of them.
func (d *Door) my(r *request) error {
	path := ownPages[r.Params("what")]
	if path == "" {
		return forum.Absent()
	}
	return r.to(path)
}

// keepKeys keeps single-key shortcuts on, or not, and leads back.
func (d *Door) keepKeys(r *request) error {
	if err := d.Forum.KeepKeys(r.ctx, r.actor, r.typed("on") != ""); err != nil {
		return err
	}
	return r.to(inside(r.typed("back")))
}
