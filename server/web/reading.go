package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

const newsPath = "/account/news"

// count tells the header how many notices wait. Without it the page still says what it is for.
func (r *request) count() int {
	if !r.actor.Told {
		return 0
	}
	n, err := r.d.Forum.CountNotices(r.ctx, r.actor)
	if err != nil {
		r.d.Log.Error("count notices", "err", err)
	}
	return n
}

// talking tells the header in how many talks something waits.
func (r *request) talking() int {
	if !r.actor.Talks {
		return 0
	}
	n, err := r.d.Forum.CountTalks(r.ctx, r.actor)
	if err != nil {
		r.d.Log.Error("count talks", "err", err)
	}
	return n
}

// levels is the form that chooses how much the reader is told of a topic or, without one, of a board.
func (r *request) levels(action string, c forum.Chosen, board *forum.Board, topic bool) *view.LevelForm {
	if r.actor.Member == 0 {
		return nil
	}
	word := func(l forum.Level) string { return r.words.T("level." + l.String()) }
	f := &view.LevelForm{Action: action, Now: c.Board, Levels: []forum.Level{forum.EveryPost, forum.Answers, forum.NewTopics, forum.MutedLevel}, Inherit: r.words.T("level.default", "Level", word(forum.Answers))}
	switch {
	case topic && c.Topic != forum.Inherited:
		f.From = r.words.T("level.from-topic")
	case topic && c.Board != forum.Inherited:
		f.From = r.words.T("level.from-board", "Board", board.Name)
	case c.Board != forum.Inherited:
		f.From = r.words.T("level.from-here")
	default:
		f.From = r.words.T("level.from-default")
	}
	if topic {
		f.Now, f.Levels = c.Topic, []forum.Level{forum.EveryPost, forum.Answers, forum.MutedLevel}
		f.Inherit = r.words.T("level.as-board", "Level", word(forum.Chosen{Board: c.Board}.Effective()))
	}
	return f
}

// level reads the form.
func (r *request) level() forum.Level { return forum.Level(choice(r.typed("level"))) }

func (d *Door) topicLevel(r *request) error {
	id := forum.TopicID(r.id("id"))
	if err := d.Forum.SetTopicLevel(r.ctx, r.actor, id, r.level()); err != nil {
		return err
	}
	return r.done("/t/"+decimal(id)+"/x", "level")
}

func (d *Door) boardLevel(r *request) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	if err := d.Forum.SetBoardLevel(r.ctx, r.actor, b.Board.ID, r.level()); err != nil {
		return err
	}
	return r.done(boardPath(b.Group.Slug, b.Board.Slug), "level")
}

// news lists what the reader was told.
func (d *Door) news(r *request) error {
	if strings.Contains(r.Get(fiber.HeaderAccept), "fragment=bell") {
		return r.render(view.BellFragment(r.shell("")))
	}
	at, id, _ := cut(r.Query("before"), '.')
	rows, more, err := d.Forum.ReadNotices(r.ctx, r.actor, forum.NoticeCursor{MadeAt: forum.Instant(at), Post: forum.PostID(id)})
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("news.title"))
	p := view.News{Unread: s.News, Undo: r.undo()}
	for _, n := range rows {
		who := voice(r.words, n.AuthorID, n.Author, n.Veiled)
		p.Rows = append(p.Rows, view.NewsRow{Post: n.ID, Href: postPath(n.ID), Title: n.Title, Place: n.GroupName + " · " + n.BoardName, Who: who, Note: n.Note,
			Why: view.Told(r.words, n.Why, who.Name, n.BoardName, n.Search), At: n.MadeAt, Unread: n.ReadAt == 0})
	}
	if id == 0 {
		if err := r.roomNews(&p); err != nil {
			return err
		}
	}
	if more {
		last := rows[len(rows)-1]
		s.Next = newsPath + "?before=" + decimal(last.MadeAt) + "." + decimal(last.ID)
	}
	if id != 0 {
		s.Prev = newsPath
	}
	return r.render(view.NewsPage(s, p))
}

// roomNews puts what the reader was told of what was said in rooms among it.
func (r *request) roomNews(p *view.News) error {
	said, err := r.d.Forum.ReadRoomNotices(r.ctx, r.actor)
	for _, n := range said {
		who := voice(r.words, n.AuthorID, n.Author, n.Veiled)
		p.Rows = append(p.Rows, view.NewsRow{Href: saidPath(n.ID), Title: n.RoomName, Place: n.GroupName, Who: who, Why: view.Told(r.words, n.Why, who.Name, "", n.Search), At: n.MadeAt, Unread: n.ReadAt == 0})
	}
	if err != nil {
		return err
	}
	bells, err := r.d.Forum.ReadBells(r.ctx, r.actor)
	for _, b := range bells {
		p.Rows = append(p.Rows, r.bell(&b))
	}
	slices.SortStableFunc(p.Rows, func(a, b view.NewsRow) int { return cmp.Compare(b.At, a.At) })
	return err
}

// bell is what the reader is told by one, which leads to where they answer.
func (r *request) bell(b *forum.Bell) view.NewsRow {
	row := view.NewsRow{Href: roomPath(b.GroupSlug, b.RoomSlug), Title: b.RoomName, Place: b.GroupName, Who: face(b.WhoID, b.Who), At: b.MadeAt, Unread: b.ReadAt == 0}
	switch b.Why {
	case forum.InvitesToTalk:
		row.Href, row.Title = talksPath, cmp.Or(b.Name, r.words.T("talk.title"))
	case forum.AsksForMinutes:
		row.Href, row.Title, row.Place = minutesPath(b.Ref), b.Name, b.GroupName+" · "+b.RoomName
	}
	if b.Who == "" { // nobody is named: the place is
		row.Who = face(0, b.GroupName)
	}
	row.Why = r.words.T("news.why-"+b.Why.String(), "Name", cmp.Or(b.Who, r.words.T("minutes.somebody")))
	return row
}

func (d *Door) readNews(r *request) error {
	at, err := d.Forum.MarkNotices(r.ctx, r.actor, forum.PostID(number(r.typed("post"))))
	if err != nil {
		return err
	}
	return r.done(newsPath+"?undo="+decimal(at), "news-read")
}

func (d *Door) unreadNews(r *request) error {
	if err := d.Forum.UnmarkNotices(r.ctx, r.actor, forum.Instant(number(r.typed("undo")))); err != nil {
		return err
	}
	return r.done(newsPath, "undone")
}

// undo is the mark of what was just marked as read.
func (r *request) undo() forum.Instant { return forum.Instant(number(r.Query("undo"))) }

// allRead marks all in the reader's groups as read.
func (d *Door) allRead(r *request) error { return r.marked(0, "/unread?") }

func (d *Door) boardRead(r *request) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	return r.marked(b.Board.ID, boardPath(b.Group.Slug, b.Board.Slug)+"?show=latest")
}

func (r *request) marked(board forum.BoardID, path string) error {
	at, err := r.d.Forum.MarkAllRead(r.ctx, r.actor, board)
	if err != nil {
		return err
	}
	return r.done(path+"&undo="+decimal(at), "news-read")
}

func (d *Door) undoAllRead(r *request) error {
	if err := d.Forum.UnmarkAllRead(r.ctx, r.actor, forum.Instant(number(r.typed("undo")))); err != nil {
		return err
	}
	return r.done(inside(r.typed("back")), "undone")
}

// firstUnread leads to where what is new in a topic begins, or to its newest post.
func (d *Door) firstUnread(r *request) error {
	find := d.Forum.FirstUnread
	if r.Query("newest") != "" {
		find = d.Forum.NewestPost
	}
	id, err := find(r.ctx, r.actor, forum.TopicID(r.id("id")))
	if err != nil {
		return err
	}
	return r.to(postPath(id))
}

func (d *Door) keepPage(r *request) error { return d.keepForm(r, nil) }

func (d *Door) keepForm(r *request, cause error) error {
	b, err := d.Forum.ReadBookmark(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	p := view.Keep{Form: r.form("note", "on"), Href: postPath(b.ID), Topic: b.Title, Who: voice(r.words, b.AuthorID, b.Author, b.Veiled), Kept: b.KeptAt != 0}
	s := r.shell(r.words.T("keep.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else if p.Values["note"] = b.Note; b.RemindAt != 0 {
		p.Values["on"] = r.words.ISO(b.RemindAt.Time())[:10]
	}
	return r.render(view.KeepPage(s, p))
}

func (d *Door) keep(r *request) error {
	if err := d.Forum.KeepPost(r.ctx, r.actor, forum.PostID(r.id("id")), forum.BookmarkDraft{Note: r.typed("note"), On: r.typed("on")}); err != nil {
		return d.keepForm(r, err)
	}
	return r.done("/account/bookmarks", "kept")
}

func (d *Door) drop(r *request) error {
	if err := d.Forum.DropBookmark(r.ctx, r.actor, forum.PostID(r.id("id"))); err != nil {
		return err
	}
	return r.done("/account/bookmarks", "dropped")
}

func (d *Door) bookmarks(r *request) error {
	at, id, _ := cut(r.Query("before"), '.')
	rows, more, err := d.Forum.ReadBookmarks(r.ctx, r.actor, forum.BookmarkCursor{KeptAt: forum.Instant(at), Post: forum.PostID(id)})
	if err != nil {
		return err
	}
	var p view.Bookmarks
	for _, b := range rows {
		row := view.BookmarkRow{Href: postPath(b.ID), Title: b.Title, Place: b.GroupName + " · " + b.BoardName, Who: voice(r.words, b.AuthorID, b.Author, b.Veiled), Note: b.Note, Excerpt: markup.Excerpt(b.Plain, 160), At: b.KeptAt}
		switch {
		case b.RemindedAt != 0:
			row.On = r.words.T("bookmarks.reminded", "Day", r.words.Day(b.RemindedAt.Time()))
		case b.RemindAt != 0:
			row.On = r.words.T("bookmarks.remind", "Day", r.words.Day(b.RemindAt.Time()))
		}
		p.Rows = append(p.Rows, row)
	}
	s := r.shell(r.words.T("bookmarks.title"))
	if more {
		last := rows[len(rows)-1]
		s.Next = "/account/bookmarks?before=" + decimal(last.KeptAt) + "." + decimal(last.ID)
	}
	if id != 0 {
		s.Prev = "/account/bookmarks"
	}
	return r.render(view.BookmarksPage(s, p))
}

func (d *Door) ignoredList(r *request) error {
	all, err := d.Forum.ReadIgnored(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Ignored
	for _, m := range all {
		p.People = append(p.People, face(m.ID, m.Name))
	}
	return r.render(view.IgnoredPage(r.shell(r.words.T("ignored.title")), p))
}

// ignorePage says what ignoring somebody does, before one does.
func (d *Door) ignorePage(r *request) error {
	p, err := d.Forum.ReadPerson(r.ctx, r.actor, forum.MemberID(r.id("id")))
	if err != nil {
		return err
	}
	path := "/m/" + decimal(p.ID)
	return r.render(view.ActPage(r.shell(r.words.T("ignore.title")), view.Act{Form: r.form(), Stem: "ignore", Action: path + "/ignore", Back: path, Object: p.Name, Plain: true}))
}

func (d *Door) ignore(r *request) error {
	if err := d.Forum.IgnoreMember(r.ctx, r.actor, forum.MemberID(r.id("id"))); err != nil {
		return err
	}
	return r.done("/account/ignored", "ignored")
}

func (d *Door) heed(r *request) error {
	if err := d.Forum.HeedMember(r.ctx, r.actor, forum.MemberID(r.id("id"))); err != nil {
		return err
	}
	return r.done("/account/ignored", "heeded")
}
