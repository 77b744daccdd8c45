package web

import (
	"context"
	"fmt"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// changePage shows the author's composer of a post that is there.
func (d *Door) changePage(r *request) error { return d.changeForm(r, nil, nil, nil) }

// changeForm shows it with what was typed, if anything was.
func (d *Door) changeForm(r *request, typed *view.Form, cause error, tips []view.Tip) error {
	p, err := d.Forum.ReadOwnPost(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	f := view.Form{Values: map[string]string{"title": p.Title, "source": p.Source, "files": joined(idsOf(p.Files))}, Key: newKey()}
	s := r.shell(r.words.T("change.title"))
	if typed != nil {
		f = *typed
		r.again(&s, &f, tips)
	}
	if cause != nil {
		if err := r.refused(cause, &f, &s); err != nil {
			return err
		}
	}
	f.Values["base"] = decimal(p.Version) // of what was written meanwhile they have been told
	means, err := d.copies(r, &p, "copies.now-changed", "copies.waiting-changed")
	if err != nil {
		return err
	}
	a := view.AudienceIn(p.Audience, p.GroupID, p.GroupVis, p.GroupName) // whom it was written for, not who reads there today
	if a.Group == "" && a.Reach == forum.Members {
		if a.Group, err = d.Forum.GroupName(r.ctx, r.actor, a.Of); err != nil {
			return err
		}
	}
	if a.Readers, err = d.Forum.CountCircle(r.ctx, r.actor, p.Audience); err != nil {
		return err
	}
	page := view.ChangePost{Group: view.Link{Href: groupPath(p.GroupSlug), Text: p.GroupName}, Topic: view.Link{Href: postPath(p.ID), Text: p.Title},
		Composer: view.Composer{Form: f, Note: r.note(), HTML: r.looks(f.Values["source"]), Action: postPath(p.ID) + "/change", NewTopic: p.Entitled(), Audience: a, Tips: tips, Max: forum.MaxSource, Change: means}}
	if err := r.resume(&page.Composer, "post", int64(p.ID)); err != nil {
		return err
	}
	if page.Composer.Files, err = r.attached(&f, p.ID); err != nil {
		return err
	}
	return r.render(view.ChangePostPage(s, page))
}

// copies says in sentences where copies of a post are; here and waiting say what becomes of
// those that can still be reached.
func (d *Door) copies(r *request, p *forum.OwnPost, here, waiting string) ([]string, error) {
	c, err := d.Forum.CountCopies(r.ctx, p)
	if err != nil {
		return nil, err
	}
	out := []string{r.words.T(here)}
	for _, line := range []struct {
		n   int
		key string
	}{{c.Waiting, waiting}, {c.Mailed, "copies.mailed"}, {c.Digests, "copies.digests"}} {
		if line.n > 0 {
			out = append(out, r.words.T(line.key, "Count", line.n))
		}
	}
	if n := len(p.Files); n > 0 && waiting == "copies.waiting-gone" {
		out = append(out, r.words.T("copies.files", "Count", n))
	}
	if c.Public {
		out = append(out, r.words.T("copies.public"))
	}
	return out, nil
}

func (d *Door) change(r *request) error {
	id := forum.PostID(r.id("id"))
	f := r.form("title", "source")
	again, tips, err := r.looked(&f, "title", "source")
	if err != nil {
		return err
	}
	if again {
		return d.changeForm(r, &f, nil, tips)
	}
	c := forum.PostChange{Title: f.Values["title"], Source: f.Values["source"], Base: number(r.typed("base")), Files: listed[forum.FileID](f.Values["files"]), Kept: number(r.typed("kept"))}
	if err := d.Forum.ChangePost(r.ctx, r.actor, id, c); err != nil {
		return d.changeForm(r, &f, err, nil)
	}
	if _, _, err := d.Forum.FindPost(r.ctx, r.actor, id); err != nil { // of one who has left, and was asked
		return r.done("/", "changed")
	}
	return r.to(postPath(id))
}

func (d *Door) takeBackPage(r *request) error {
	p, err := d.Forum.ReadOwnPost(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	v := view.TakeBack{Action: postPath(p.ID) + "/take-back", Back: postPath(p.ID), Excerpt: markup.Excerpt(p.Plain, 300), Stem: "take-back.post"}
	switch {
	case p.Opening && p.Alone:
		v.Stem = "take-back.topic"
	case p.Opening:
		v.Stem = "take-back.opening"
	}
	if v.Means, err = d.copies(r, &p, "copies.now-gone", "copies.waiting-gone"); err != nil {
		return err
	}
	return r.render(view.TakeBackPage(r.shell(r.words.T("take-back.title")), v))
}

func (d *Door) takeBack(r *request) error {
	p, err := d.Forum.ReadOwnPost(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	if err := d.Forum.TakeBack(r.ctx, r.actor, p.ID); err != nil {
		return err
	}
	if _, err := d.Forum.MayFollow(r.ctx, r.actor, p.TopicID); err != nil || p.Opening && p.Alone {
		return r.done("/", "taken-back")
	}
	return r.done("/t/"+decimal(p.TopicID)+"/x", "taken-back")
}

// mostCompared is how many wordings of a post are compared on one page.
const mostCompared = 10

// history shows what a post said before, and what was changed.
func (d *Door) history(r *request) error {
	p, was, err := d.Forum.ReadHistory(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	v := view.History{Group: view.Link{Href: groupPath(p.GroupSlug), Text: p.GroupName}, Post: view.Link{Href: postPath(p.ID), Text: p.Title}}
	links := d.links(r.ctx)
	if v.MayRedact, err = d.Forum.MayRedact(r.ctx, r.actor, p.ID); err != nil {
		return err
	}
	v.Action = postPath(p.ID) + "/redact"
	next := p.Plain
	for i, w := range was {
		row := view.Revision{ID: w.ID, HTML: links.Through(w.HTML), At: w.WrittenAt, Why: w.Why, Redacted: w.Redacted}
		if i < mostCompared && !w.Redacted {
			row.Compared = markup.Compare(w.Plain, next)
		}
		next = w.Plain
		v.Was = append(v.Was, row)
	}
	s := r.shell(r.words.T("history.title"))
	s.NoIndex = true
	return r.render(view.HistoryPage(s, v))
}

// movePage shows a moderator the three ways to put a topic in order.
func (d *Door) movePage(r *request) error { return d.moveForm(r, "", nil) }

func (d *Door) moveForm(r *request, which string, cause error) error {
	id := forum.TopicID(r.id("id"))
	m, err := d.Forum.ReadMove(r.ctx, r.actor, id, forum.PostID(number(r.Query("after"))))
	if err != nil {
		return err
	}
	empty := view.Form{Values: map[string]string{}}
	p := view.Move{Group: view.Link{Href: groupPath(m.Group.Slug), Text: m.Group.Name}, Topic: view.Link{Href: topicPath(id, m.Topic.Slug), Text: m.Topic.Title},
		Action: "/t/" + decimal(id), Split: empty, Merge: empty, Reason: empty}
	s := r.shell(r.words.T("move.title"))
	picked := map[forum.PostID]bool{}
	if cause != nil {
		f := map[string]*view.Form{"split": &p.Split, "merge": &p.Merge, "move": &p.Reason}[which]
		*f = r.form("title", "into", "reason")
		if err := r.refused(cause, f, &s); err != nil {
			return err
		}
		for _, id := range r.picked() {
			picked[id] = true
		}
	}
	p.Boards = []view.Option{{Text: r.words.T("move.choose")}}
	for _, b := range m.Boards {
		if b.ID != m.Topic.BoardID {
			p.Boards = append(p.Boards, view.Option{Value: decimal(b.ID), Text: b.GroupName + " · " + b.Name, Here: r.typed("board") == decimal(b.ID)})
		}
	}
	for i, post := range m.Posts {
		if i > 0 || r.Query("after") != "" {
			p.Posts = append(p.Posts, view.MovePost{ID: post.ID, Author: voice(r.words, post.AuthorID, post.Author, post.Veiled), Excerpt: markup.Excerpt(post.Plain, 120), Picked: picked[post.ID]})
		}
	}
	if m.More {
		s.Next = fmt.Sprintf("%s/move?after=%d", p.Action, m.Posts[len(m.Posts)-1].ID)
	}
	return r.render(view.MovePage(s, p))
}

// picked are the posts that were ticked.
func (r *request) picked() (out []forum.PostID) {
	for _, v := range r.Request().PostArgs().PeekMulti("posts") {
		out = append(out, forum.PostID(number(string(v))))
	}
	return out
}

func (d *Door) move(r *request) error {
	return d.tidy(r, "move", func(ctx context.Context, t forum.TopicID) (forum.TopicID, error) {
		board := forum.BoardID(number(r.typed("board")))
		if board == 0 {
			return t, invalid("board", "error.choose-board")
		}
		return t, d.Forum.MoveTopic(ctx, r.actor, t, board, r.typed("reason"))
	})
}

func (d *Door) split(r *request) error {
	return d.tidy(r, "split", func(ctx context.Context, t forum.TopicID) (forum.TopicID, error) {
		return d.Forum.SplitTopic(ctx, r.actor, t, r.typed("title"), r.picked())
	})
}

func (d *Door) merge(r *request) error {
	return d.tidy(r, "merge", func(ctx context.Context, t forum.TopicID) (forum.TopicID, error) {
		into := forum.TopicOfLink(r.typed("into"))
		err := d.Forum.MergeTopics(ctx, r.actor, t, into, r.typed("reason"))
		if forum.KindOf(err) == forum.NotFound { // what they may not know of is no topic to them
			err = invalid("into", "error.choose-topic")
		}
		return into, err
	})
}

// invalid is what the forum says of a field that is wrong.
func invalid(field, key string) error {
	return &forum.Error{Kind: forum.Invalid, Message: forum.Message{Key: "error.invalid"}, Fields: []forum.FieldError{{Field: field, Message: forum.Message{Key: key}}}}
}

// tidy runs one of the three and leads to where the topic then is.
func (d *Door) tidy(r *request, which string, act func(context.Context, forum.TopicID) (forum.TopicID, error)) error {
	id, err := act(r.ctx, forum.TopicID(r.id("id")))
	if err != nil {
		return d.moveForm(r, which, err)
	}
	return r.done("/t/"+decimal(id)+"/x", which)
}
