package web

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/text"
	"peergroups/server/view"
)

func (d *Door) topic(r *request) error {
	id := forum.TopicID(r.id("id"))
	after := forum.PostID(number(r.Query("after")))
	fragments := strings.Contains(r.Get(fiber.HeaderAccept), "fragment=posts")
	if r.actor.Member == 0 && !fragments && r.Query("done") == "" {
		if sent, err := d.cachedTopic(r, id, after); sent || err != nil {
			return err
		}
	}
	t, err := d.Forum.ReadTopic(r.ctx, r.actor, id, after)
	if err != nil {
		return err
	}
	if t.Topic.MergedInto != 0 { // led on, if they may know where to
		into, err := d.Forum.MayFollow(r.ctx, r.actor, t.Topic.MergedInto)
		if err != nil {
			return err
		}
		return r.to(topicPath(into.ID, into.Slug))
	}
	path := topicPath(t.Topic.ID, t.Topic.Slug)
	if !fragments && r.Params("slug") != t.Topic.Slug {
		return r.Redirect(path+tail(r), fiber.StatusMovedPermanently)
	}
	if n := len(t.Posts); n > 0 && r.actor.Member != 0 && (t.Told || t.Posts[n-1].N > t.Read) {
		d.read(mark{by: r.actor, topic: t.Topic.ID, n: t.Posts[n-1].N})
	}
	if fragments {
		return r.html(bytes.Join(d.renderPosts(r, &t), nil))
	}
	return d.topicPage(r, &t, view.Form{Values: map[string]string{}, Key: newKey()}, nil)
}

// topicPage shows a topic with its composer, which keeps what was typed.
func (d *Door) topicPage(r *request, t *forum.TopicPage, f view.Form, tips []view.Tip) error {
	path := topicPath(t.Topic.ID, t.Topic.Slug)
	p := view.Topic{ID: t.Topic.ID, Href: path, Title: t.Topic.Title, Group: view.Link{Href: groupPath(t.Group.Slug), Text: t.Group.Name},
		Board: view.Link{Href: boardPath(t.Group.Slug, t.Board.Slug), Text: t.Board.Name}, Rendered: d.renderPosts(r, t), Total: t.Topic.Posts, Withheld: t.Withheld, People: t.People,
		LastAt: t.Topic.LastPostAt, OpenedAt: t.Topic.PostedAt, Locked: t.Topic.LockedAt != 0, Pinned: t.Topic.Pinned, Titled: t.Topic.Titled, Special: t.Topic.Special, Slow: t.Topic.Slow, Head: t.Head,
		MayModerate: t.In && t.Role >= forum.Moderator, In: t.In}
	r.met(t, &p)
	if a := t.Answer; a != nil {
		p.Answer = &view.Answer{Href: postPath(a.ID), Who: voice(r.words, a.AuthorID, a.Author, a.Veiled), Excerpt: markup.Excerpt(a.Plain, 240)}
	}
	p.Stubs = stubRows(r.words, t.Stubs)
	p.Tags, p.MayTag = tagLinks(t.Group.Slug, t.Tags), forum.MayTag(r.actor, t) == nil
	p.Level = r.levels("/t/"+decimal(t.Topic.ID)+"/level", t.Chosen, &t.Board, true)
	if t.More {
		p.NewerHref = fmt.Sprintf("%s?after=%d", path, t.Posts[len(t.Posts)-1].ID)
	}
	s := r.shell(t.Topic.Title)
	s.Next = p.NewerHref
	r.previewed(&s, max(t.Topic.Class, t.Group.Class), path)
	if r.Query("after") != "" {
		s.Prev, p.EarliestRef = path, path
	}
	readers, err := d.Forum.CountReaders(r.ctx, &t.Group)
	if err != nil {
		return err
	}
	place := audience(&t.Group, readers)
	p.Audience = place
	if narrower(t.Topic.Audience, &t.Group) {
		if p.Audience, err = r.circle(t.Topic.Audience, &t.Group); err != nil {
			return err
		}
	}
	if err := d.composer(r, t, &p, f, tips); err != nil {
		return err
	}
	if p.Composer != nil {
		p.Composer.Audience = place
		if err := r.answers(t, p.Composer, p.Audience); err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&t.Group, t.In, t.Role, boardPath(t.Group.Slug, t.Board.Slug)); err != nil {
		return err
	}
	s.Rail.Within += "&topic=" + decimal(t.Topic.ID)
	r.again(&s, &f, tips)
	return r.render(view.TopicPage(s, p))
}

// answers tells on the composer whom an answer is for: those whom the place is for now, or of them those of the topic.
func (r *request) answers(t *forum.TopicPage, c *view.Composer, topic view.Audience) (err error) {
	a := forum.ReplyAudience(t.Topic.Audience, t.Group.Audience())
	if c.Told = t.Group.Told(a); a == t.Group.Audience() {
		return nil
	}
	c.Audience = topic
	c.Audience.Class = t.Group.Class
	c.Audience.Readers, err = r.d.Forum.CountCircle(r.ctx, r.actor, a)
	return err
}

// previewed says what others may show of the page: of what is confidential nothing.
func (r *request) previewed(s *view.Shell, class forum.Class, path string) {
	if class > forum.OpenClass {
		s.NoSnippet = true
	} else if r.actor.Member == 0 {
		s.Card = r.d.absolute(path)
	}
}

func newestPath(id forum.TopicID) string { return "/t/" + decimal(id) + "/unread?newest=1" }

// composer puts the reply form on the page, or the words why there is none.
func (d *Door) composer(r *request, t *forum.TopicPage, p *view.Topic, f view.Form, tips []view.Tip) error {
	if refusal := cmp.Or(forum.MayReply(r.actor, t.In, t.Role, &t.Group, &t.Topic), forum.MayBeHeard(r.actor, t.MutedUntil)); refusal != nil {
		p.WhyNot = r.say(refusal)
		switch {
		case r.actor.Member == 0:
			p.WhyHref, p.WhyAct = "/login?next="+queryEscape(p.Href), r.words.T("login.button")
		case !t.In:
			p.WhyHref, p.WhyAct = p.Group.Href, r.words.T("group.go")
		}
		return nil
	}
	if t.More && r.Method() == fiber.MethodGet && r.Query("reply")+r.Query("quote") == "" { // what is said further on is read before
		p.WhyNot, p.WhyHref, p.WhyAct = r.words.T("compose.further"), newestPath(t.Topic.ID), r.words.T("compose.at-end")
		return nil
	}
	told, err := d.Forum.Acknowledged(r.ctx, r.actor, &t.Group, forum.OnBoard)
	if err != nil {
		return err
	}
	if !told {
		p.WhyNot, p.WhyHref, p.WhyAct = r.words.T("error.acknowledge-first"), acknowledgePath(t.Group.Slug, forum.OnBoard, p.Href+"#composer"), r.words.T("acknowledge.go")
		return nil
	}
	once, later, err := d.Forum.CountByMail(r.ctx, &t.Group, forum.ReplyAudience(t.Topic.Audience, t.Group.Audience()))
	if err != nil {
		return err
	}
	if id := number(r.Query("quote")); id != 0 && f.Values["source"] == "" {
		f.Values["source"] = "[" + r.words.T("quote.link") + "](" + postPath(forum.PostID(id)) + ")\n\n"
	}
	c := &view.Composer{Form: f, Note: r.note(), HTML: r.looks(f.Values["source"]), Old: r.old(t), Action: p.Href, AtOnce: once, Later: later, Tips: tips, Max: forum.MaxSource}
	if err := cmp.Or(r.resume(c, "topic", int64(t.Topic.ID)), r.willWait(&t.Group, c)); err != nil {
		return err
	}
	if c.Files, err = r.attached(&f, 0); err != nil {
		return err
	}
	if to := forum.PostID(number(f.Values["reply_to"] + r.Query("reply"))); to != 0 {
		for _, post := range t.Posts {
			if post.ID == to {
				who := voice(r.words, post.AuthorID, post.Author, post.Veiled)
				c.ReplyTo, c.Values["reply_to"] = &who, decimal(to)
			}
		}
	}
	p.Composer = c
	return nil
}

// renderPosts gives each post as bytes that are the same for all who may read it: made once,
// kept under everything they depend on. Whom a post answers is part of that, since not all
// who may read an answer may read what it answers.
func (d *Door) renderPosts(r *request, t *forum.TopicPage) [][]byte {
	mayReply, moderates := cmp.Or(forum.MayReply(r.actor, t.In, t.Role, &t.Group, &t.Topic), forum.MayBeHeard(r.actor, t.MutedUntil)) == nil, t.In && t.Role >= forum.Moderator
	member := r.actor.Member != 0
	accepts, accepted, opening := r.answerable(t)
	links := d.links(r.ctx)
	out := make([][]byte, len(t.Posts))
	quoted := r.quoted(t)
	for i := range t.Posts {
		p := &t.Posts[i]
		asked := r.pollOf(t, p)
		key := fmt.Sprintf("%d.%s.%d.%d.%t.%t.%t.%t.%t.%t.%s.%t.%d.%q.%v.%v.%d.%q.%q.%s.%s.%v.%t.%v.%t.%t.%s", p.ID, quoted.key(p.HTML), p.Version, p.AuthorVersion, p.AuthorCertified, mayReply, moderates && p.Veiled, p.Mine, member, moderates, p.HiddenWhy, p.HiddenSeen,
			p.ReplyToAuthorID, p.ReplyToAuthor, p.Audience, t.Group.Audience(), t.Group.Visibility, t.Group.Name, links.Trusted, r.words.Language(), r.words.Zone(), p.Mentioned, p.Ignored, p.Reactions, accepts && p.ID != opening, p.ID == accepted, pollKey(asked))
		b, ok := d.posts.get(key)
		if !ok {
			var buf bytes.Buffer
			article := postOf(r.words, t, p, links, mayReply)
			article.MayUnmask = moderates && p.Veiled && !p.Mine
			article.MayReport, article.MayHide = member && !p.Mine, moderates && !p.Mine
			article.MayKeep, article.Folded = member, p.Ignored
			article.MayReact = member && p.ErasedAt == 0 && p.HiddenWhy == "" && forum.MayReact(r.actor, t, p) == nil
			article.Reactions = reactionsOf(r.words, p.Reactions)
			article.Accepted, article.MayAccept = t.Answer != nil && t.Answer.ID == p.ID, accepts && p.HiddenWhy == "" && p.ErasedAt == 0 && p.ID != opening
			article.Poll = asked
			article.HTML = r.quoting(article.HTML, quoted)
			if err := view.PostArticle(r.words, article).Render(r.ctx, &buf); err != nil {
				continue
			}
			b = buf.Bytes()
			d.posts.put(key, b)
		}
		out[i] = b
	}
	return out
}

func postOf(w text.Words, t *forum.TopicPage, p *forum.Post, links view.Links, mayReply bool) view.Post {
	links.Known = p.Mentioned
	v := view.Post{ID: p.ID, Author: voice(w, p.AuthorID, p.Author, p.Veiled), Certified: p.AuthorCertified, At: p.PostedAt, ByMail: p.Via == forum.ByMail, FromArchive: p.Via == forum.FromArchive, HTML: links.Through(p.HTML),
		Files: filesOf(p.Files), MayReply: mayReply, Version: p.Version, EditedAt: p.EditedAt, Tended: p.Tended, Gone: p.ErasedAt != 0, Mine: p.Mine, HiddenWhy: p.HiddenWhy}
	if p.ReplyToAuthor != "" {
		who := voice(w, p.ReplyToAuthorID, p.ReplyToAuthor, p.ReplyToVeiled)
		v.ReplyTo, v.ReplyHref = &who, postPath(p.ReplyTo)
	}
	if p.HiddenWhy == "" && narrower(p.Audience, &t.Group) {
		a := view.AudienceIn(p.Audience, t.Group.ID, t.Group.Visibility, t.Group.Name)
		v.Narrower = &a
	}
	return v
}

// say puts a refusal into words.
func (r *request) say(err error) string {
	if e, ok := asError(err); ok {
		return r.words.Say(e.Message.Key, e.Message.Args)
	}
	return r.words.T("error.internal")
}

func (d *Door) reply(r *request) error {
	id := forum.TopicID(r.id("id"))
	f := r.form("source", "reply_to")
	draft := forum.Draft{Source: f.Values["source"], Key: "web:" + f.Key, ReplyTo: forum.PostID(number(f.Values["reply_to"])), Door: forum.OnBoard, Told: r.typed("told"), Kept: number(r.typed("kept"))}
	again, tips, err := r.looked(&f, "source")
	if err != nil {
		return err
	}
	if again {
		return d.replyAgain(r, id, nil, f, tips)
	}
	draft.Files = listed[forum.FileID](f.Values["files"])
	p, err := d.Forum.Reply(r.ctx, r.actor, id, draft)
	if err == nil {
		return r.to(postPath(p.ID))
	}
	if forum.Waits(err) {
		t, err := d.Forum.ReadTopic(r.ctx, r.actor, id, 0)
		if err != nil {
			return err
		}
		return r.heldPage(t.Group.Name)
	}
	return d.replyAgain(r, id, err, f, nil)
}

// replyAgain shows the topic's last page with the reply as it was typed.
func (d *Door) replyAgain(r *request, id forum.TopicID, cause error, f view.Form, tips []view.Tip) error {
	e, refused := asError(cause)
	if cause != nil && (!refused || e.Kind == forum.NotFound) {
		return cause
	}
	after, err := d.Forum.LastPage(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	t, err := d.Forum.ReadTopic(r.ctx, r.actor, id, after)
	if err != nil {
		return err
	}
	if refused {
		r.Status(statuses[e.Kind])
		f.Errors = map[string]string{"source": r.say(cause)}
		for _, field := range e.Fields {
			f.Errors[field.Field] = r.words.Say(field.Message.Key, field.Message.Args)
		}
	}
	return d.topicPage(r, &t, f, tips)
}

func (d *Door) newTopic(r *request) error {
	return d.newTopicPage(r, nil, view.Form{Values: map[string]string{}, Key: newKey()}, nil)
}

func (d *Door) newTopicPage(r *request, cause error, f view.Form, tips []view.Tip) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	if err := cmp.Or(forum.MayStartTopic(r.actor, b.In, b.Role, &b.Group, &b.Board), forum.MayBeHeard(r.actor, b.MutedUntil)); err != nil {
		if !b.In && cause == nil && r.Method() == fiber.MethodGet { // where one can join
			return r.to(groupPath(b.Group.Slug))
		}
		return err
	}
	path := boardPath(b.Group.Slug, b.Board.Slug)
	told, err := d.Forum.Acknowledged(r.ctx, r.actor, &b.Group, forum.OnBoard)
	if err != nil {
		return err
	}
	if !told && cause == nil {
		return r.to(acknowledgePath(b.Group.Slug, forum.OnBoard, path+"/new"))
	}
	n, err := d.Forum.Disclose(r.ctx, r.actor, b.Group.ID, forum.OnBoard)
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("compose.new-topic") + " · " + b.Board.Name)
	if cause != nil {
		if err := r.refused(cause, &f, &s); err != nil {
			return err
		}
		if forum.HasField(cause, "error.not-scheduled") {
			f.Values["later"] = "" // sent once more, it is a topic of its own
		}
	} else {
		r.again(&s, &f, tips)
	}
	if s.Rail, err = r.rail(&b.Group, b.In, b.Role, path); err != nil {
		return err
	}
	if err := r.begin(&b, &f); err != nil {
		return err
	}
	p := view.NewTopic{Group: view.Link{Href: groupPath(b.Group.Slug), Text: b.Group.Name}, Board: view.Link{Href: path, Text: b.Board.Name},
		Composer: view.Composer{Form: f, Note: r.note(), HTML: r.looks(f.Values["source"]), Action: path + "/new", NewTopic: true, Topic: true, Told: b.Group.Told(b.Group.Audience()), Audience: audience(&b.Group, n.Readers), AtOnce: n.AtOnce, Later: n.Later, Tips: tips, Max: forum.MaxSource}}
	if err := cmp.Or(r.prepare(&p.Composer, &f, &b), r.previewAlike(&p.Composer)); err != nil {
		return err
	}
	return r.render(view.NewTopicPage(s, p))
}

// prepare puts on the composer of a new topic what was begun there, whether it will wait, its files, its tags, and who gets special notices.
func (r *request) prepare(c *view.Composer, f *view.Form, b *forum.BoardPage) (err error) {
	if f.Values["later"] == "" {
		err = r.resume(c, "board", int64(b.Board.ID))
	} else {
		c.Kept.Kind = "board"
	}
	if err := cmp.Or(err, r.willWait(&b.Group, c)); err != nil {
		return err
	}
	c.Files, err = r.attached(f, 0)
	if c.Special = forum.MayNotify(b.In, b.Role, &b.Group); c.Special && err == nil {
		c.Noticed, err = r.d.Forum.CountNoticed(r.ctx, &b.Group, b.Board.ID)
	}
	if err == nil {
		c.Tags, err = r.tagChoices(b.Group.ID, listed[forum.TagID](f.Values["tags"]))
	}
	return err
}

func (d *Door) startTopic(r *request) error {
	f := r.form(append([]string{"title", "source", "post_at", "later", "special"}, pollFields...)...)
	again, tips, err := r.looked(&f, "title", "source", "poll_options")
	if err != nil {
		return err
	}
	if again {
		return d.newTopicPage(r, nil, f, tips)
	}
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	draft := forum.Draft{Title: f.Values["title"], Source: f.Values["source"], Key: "web:" + f.Key, Told: r.typed("told"), Door: forum.OnBoard, Files: listed[forum.FileID](f.Values["files"]), Kept: number(r.typed("kept")), Tags: r.tagIDs(), Poll: r.pollDraft(), Special: f.Values["special"] != "", Later: number(f.Values["later"])}
	if at := f.Values["post_at"]; at != "" {
		if _, err := d.Forum.ScheduleTopic(r.ctx, r.actor, b.Board.ID, draft, at); err != nil {
			return d.newTopicPage(r, err, f, nil)
		}
		return r.done("/account/drafts", "scheduled")
	}
	t, err := d.Forum.StartTopic(r.ctx, r.actor, b.Board.ID, draft)
	if forum.Waits(err) {
		return r.heldPage(b.Group.Name)
	}
	if err != nil {
		return d.newTopicPage(r, err, f, nil)
	}
	return r.to(topicPath(t.ID, t.Slug))
}

// permalink leads to a post where it stands, as the reader sees its topic.
func (d *Door) permalink(r *request) error {
	id := forum.PostID(r.id("id"))
	t, after, err := d.Forum.FindPost(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	path := topicPath(t.ID, t.Slug)
	if after != 0 {
		path += "?after=" + decimal(after)
	}
	return r.to(path + "#p" + decimal(id))
}
