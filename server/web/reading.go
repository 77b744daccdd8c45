package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

const newsPath = "/account/news"

// count tells the header how many notices wait. Without it the page still says what it is for.
func (r *request) count() int {
	if r.actor.Member == 0 {
		return 0
	}
	n, err := r.d.Forum.CountNotices(r.ctx, r.actor)
	if err != nil {
		r.d.Log.Error("count notices", "err", err)
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
	at, id, _ := cut(r.Query("before"), '.')
	rows, more, err := d.Forum.ReadNotices(r.ctx, r.actor, forum.NoticeCursor{MadeAt: forum.Instant(at), Post: forum.PostID(id)})
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("news.title"))
	p := view.News{Unread: s.News, Undo: forum.Instant(number(r.Query("undo")))}
	for _, n := range rows {
		who := voice(r.words, n.AuthorID, n.Author, n.Veiled)
		p.Rows = append(p.Rows, view.NewsRow{Post: n.ID, Href: postPath(n.ID), Title: n.Title, Place: n.GroupName + " · " + n.BoardName, Who: who, Note: n.Note,
			Why: r.words.T("news.why-"+n.Why.String(), "Name", who.Name, "Board", n.BoardName), At: n.MadeAt, Unread: n.ReadAt == 0})
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
