package web

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/text"
	"peergroups/server/view"
)

func (d *Door) room(r *request) error { return d.roomPage(r, roomForm{}) }

// roomForm is what was typed on the page of a room.
type roomForm struct {
	typed *view.Form
	cause error      // why it was refused
	tips  []view.Tip // what in it looks like a confidence
}

// roomCursor says which messages of a room the address asks for.
func (r *request) roomCursor() forum.SaidCursor {
	at := forum.SaidCursor{Before: number(r.Query("before")), From: number(r.Query("from")), Word: strings.TrimSpace(clean(r.Query("q")))}
	if day, err := r.words.Midnight(r.Query("since")); err == nil {
		at.Since = forum.At(day)
	}
	return at
}

// roomPage shows a room.
func (d *Door) roomPage(r *request, f roomForm) error {
	switch accept := r.Get(fiber.HeaderAccept); {
	case strings.Contains(accept, "fragment=messages"):
		return d.messagesAfter(r)
	case strings.Contains(accept, "fragment=here"):
		return d.hereNow(r)
	}
	at := r.roomCursor()
	t, err := d.Forum.ReadRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"), at)
	if err != nil {
		return err
	}
	p, err := d.roomView(r, &t, at)
	if err != nil {
		return err
	}
	s := r.shell(t.Room.Name + " · " + t.Group.Name)
	s.NoSnippet = t.Group.Class > forum.OpenClass
	if at != (forum.SaidCursor{}) {
		s.NoIndex = true
	}
	if err := d.maySay(r, &t, &p); err != nil {
		return err
	}
	if err := r.fillRoomForm(&t, &p, &s, f); err != nil {
		return err
	}
	if p.Here, err = d.present(r, &t); err != nil {
		return err
	}
	if s.Rail, err = r.rail(&t.Group, t.In, t.Role, p.Href); err != nil {
		return err
	}
	if err := d.ofTalk(r, &t.Group, &p, &s); err != nil {
		return err
	}
	if n := len(t.Messages); r.Method() == fiber.MethodGet && at.Word == "" && r.actor.Member != 0 {
		m := mark{by: r.actor, room: t.Room.ID}
		if n > 0 {
			m.n = t.Messages[n-1].Seq
		}
		d.read(m)
	}
	return r.render(view.RoomPage(s, p))
}

// roomView is the page of a room but for its form.
func (d *Door) roomView(r *request, t *forum.RoomPage, at forum.SaidCursor) (view.Room, error) {
	path := roomPath(t.Group.Slug, t.Room.Slug)
	readers, err := d.Forum.CountRoomReaders(r.ctx, &t.Room, &t.Group)
	if err != nil {
		return view.Room{}, err
	}
	p := view.Room{ID: t.Room.ID, Name: t.Room.Name, Topic: t.Room.Topic, Href: path, Group: view.Link{Href: groupPath(t.Group.Slug), Text: t.Group.Name}, Me: r.me(&t.Group), Told: t.Room.Told(&t.Group),
		Audience: roomAudience(&t.Room, &t.Group, readers), Rules: roomRules(r.words, &t.Room, &t.Group), Messages: messages(r.words, d.links(r.ctx), t.Messages), Form: r.form("text", "reply_to", "files"), MaxText: forum.MaxSaid,
		Word: at.Word, Date: r.Query("since"), Looks: at.Word != "" || at.Since > 0, Circle: t.Room.Circle, OffRecord: t.Room.OffRecord, In: t.In, Minutes: !t.Room.OffRecord && !t.Group.NoBoards}
	if at.Since == 0 {
		p.Date = ""
	}
	r.roomPager(t, at, &p)
	if t.In && t.Role >= forum.Moderator {
		p.Settings = path + "/settings"
	}
	for _, f := range t.Fellows {
		v := view.Fellow{Face: face(f.ID, f.Name)}
		if t.Role >= forum.Moderator && f.ID != r.actor.Member {
			v.Out = path + "/out?member=" + decimal(f.ID)
		}
		p.Fellows = append(p.Fellows, v)
	}
	return p, nil
}

// roomPager leads to what was said before and after, and to what the reader has not read.
func (r *request) roomPager(t *forum.RoomPage, at forum.SaidCursor, p *view.Room) {
	n := len(t.Messages)
	q := ""
	if at.Word != "" {
		q = "&q=" + url.QueryEscape(at.Word)
	}
	if n > 0 && t.Earlier {
		first := t.Messages[0].Seq
		if at.Word != "" {
			first = t.Messages[n-1].Seq // the newest stand first
		}
		p.Earlier = p.Href + "?before=" + decimal(first) + q
	}
	if n > 0 && t.Later {
		p.Later = p.Href + "?from=" + decimal(t.Messages[n-1].Seq+1)
	}
	if t.Later || p.Looks {
		p.Newest = p.Href
	}
	if t.ReadSeq == 0 || t.Unread == 0 || p.Looks {
		return
	}
	fresh := slices.IndexFunc(t.Messages, func(m forum.ChatMessage) bool { return m.Seq > t.ReadSeq && !m.Mine })
	p.Fresh = r.words.T("room.fresh", "Count", t.Unread)
	switch {
	case fresh == 0 && t.Earlier && at == forum.SaidCursor{}:
		p.FreshFrom = p.Href + "?from=" + decimal(t.ReadSeq+1)
	case fresh >= 0:
		p.FreshAt = t.Messages[fresh].Seq
	}
}

// roomAudience is the audience line of a room today.
func roomAudience(room *forum.Room, g *forum.Group, readers int) view.Audience {
	a := view.AudienceIn(room.Audience(g), g.ID, g.Visibility, g.Name)
	a.Readers, a.Class, a.NoMail = readers, g.Class, g.NoList
	return a
}

// roomRules says for how long what is said in a room stays, who reads it later, and who speaks.
func roomRules(w text.Words, room *forum.Room, g *forum.Group) (out []string) {
	if room.OffRecord {
		out = append(out, w.T("room.off-record"))
	}
	if room.Keep != forum.KeepAlways {
		out = append(out, view.KeepWords(w, room.Keep))
	}
	if a := room.Audience(g); a.Reach >= forum.Members {
		out = append(out, w.T(map[bool]string{true: "room.later-from-join", false: "room.later-all"}[a.FromJoin]))
	}
	if room.Slow > 0 {
		out = append(out, view.PauseWords(w, "room.slow", room.Slow))
	}
	return out
}

// fillRoomForm puts what was typed, kept or refused into the form, and what it answers.
func (r *request) fillRoomForm(t *forum.RoomPage, p *view.Room, s *view.Shell, f roomForm) error {
	if f.typed != nil {
		p.Form = *f.typed
	} else if p.MaySpeak && r.Method() == fiber.MethodGet {
		p.Form.Values["reply_to"] = ""
		if id := number(r.Query("reply")); id != 0 {
			p.Form.Values["reply_to"] = decimal(id)
		}
		kept, err := r.d.Forum.ReadWriting(r.ctx, r.actor, forum.WritingAt{Room: t.Room.ID})
		if err != nil {
			return err
		}
		p.Form.Values["text"], p.Kept = kept.Source, kept.Version
	}
	if f.cause != nil {
		if err := r.refused(f.cause, &p.Form, s); err != nil {
			return err
		}
	}
	if f.tips != nil {
		p.Tips = f.tips
		r.again(s, &p.Form, f.tips)
	}
	if p.MaySpeak {
		var err error
		if p.Files, err = r.attached(&p.Form, -1); err != nil {
			return err
		}
	}
	if id := number(p.Form.Values["reply_to"]); id != 0 {
		m, err := r.d.Forum.FindSaid(r.ctx, r.actor, id)
		if err != nil && forum.KindOf(err) != forum.NotFound {
			return err
		}
		if err == nil && m.RoomID == t.Room.ID && m.Reach != forum.Nobody && m.ErasedAt == 0 {
			v := message(r.words, r.d.links(r.ctx), m.ChatMessage)
			p.Answers = &v
		} else {
			p.Form.Values["reply_to"] = ""
		}
	}
	return nil
}

// maySay puts the form on the page, or the words why there is none.
func (d *Door) maySay(r *request, t *forum.RoomPage, p *view.Room) error {
	if err := cmp.Or(forum.MaySay(r.actor, t.In, t.Role, &t.Group), forum.MayBeHeard(r.actor, t.MutedUntil), forum.MayTalkIn(t.Role, &t.Room)); err != nil {
		p.WhyNot = r.say(err)
		if forum.MayTalkIn(t.Role, &t.Room) != nil {
			p.ShutWhy = t.Room.ShutWhy()
		}
		p.WhyHref, p.WhyAct = p.Group.Href, r.words.T("group.go")
		if forum.MayBeHeard(r.actor, t.MutedUntil) != nil {
			p.WhyHref, p.WhyAct = "/account/acts", r.words.T("own-acts.title")
		}
		if r.actor.Member == 0 {
			p.WhyHref, p.WhyAct = "/login?next="+queryEscape(p.Href), r.words.T("login.button")
		}
		return nil
	}
	told, err := d.Forum.Acknowledged(r.ctx, r.actor, &t.Group, forum.InRoom)
	if err != nil {
		return err
	}
	if p.MaySpeak = told; !told {
		p.WhyNot, p.WhyHref, p.WhyAct = r.words.T("error.acknowledge-first"), acknowledgePath(t.Group.Slug, forum.InRoom, p.Href), r.words.T("acknowledge.go")
		return nil
	}
	c, err := d.Forum.ReadChatChoice(r.ctx, r.actor)
	p.EnterBreaks = c.EnterBreaks
	if t.Group.Class != forum.ChathamClass {
		p.Signs = reactionsOf(r.words, nil)
	}
	return err
}

func (d *Door) messagesAfter(r *request) error {
	t, err := d.Forum.FindRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"))
	if err != nil {
		return err
	}
	found, err := d.Forum.ReadMessages(r.ctx, r.actor, t.Room.ID, number(r.Query("after")), 200)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, m := range messages(r.words, d.links(r.ctx), found) {
		if err := view.MessageLine(r.words, m).Render(r.ctx, &b); err != nil {
			return err
		}
	}
	return r.html(b.Bytes())
}

// messages turns what was said into lines: close ones of one person follow on without a
// face, and each day begins with its name.
func messages(w text.Words, links view.Links, said []forum.ChatMessage) []view.Message {
	out := make([]view.Message, len(said))
	day := ""
	for i, m := range said {
		out[i] = message(w, links, m)
		if today := w.Day(m.PostedAt.Time()); today != day {
			day, out[i].Day = today, today
		} else if i > 0 && m.Answers == nil && said[i-1].AuthorID == m.AuthorID && said[i-1].Author == m.Author && m.PostedAt.Time().Sub(said[i-1].PostedAt.Time()) < 5*time.Minute {
			out[i].More = true
		}
	}
	return out
}

func message(w text.Words, links view.Links, m forum.ChatMessage) view.Message {
	links.Known = m.Mentioned
	v := view.Message{ID: m.ID, Seq: m.Seq, Author: voice(w, m.AuthorID, m.Author, m.Veiled), At: m.PostedAt, HTML: links.Through(m.HTML), Nonce: m.Nonce, HiddenWhy: m.HiddenWhy, Told: max(m.Seq, m.ChangedSeq), EditedAt: m.EditedAt, ErasedAt: m.ErasedAt, Mine: m.Mine,
		Until: m.ExpiresAt, OffRecord: m.OffRecord, Files: filesOf(m.Files)}
	if len(m.Signs) > 0 {
		v.Signs = slices.DeleteFunc(reactionsOf(w, m.Signs), func(r view.Reaction) bool { return r.Count == 0 })
	}
	if a := m.Answers; a != nil {
		v.Answers = &view.Cited{ID: a.ID, Seq: a.Seq, Name: voice(w, a.AuthorID, a.Author, a.Veiled).Name, Words: markup.Excerpt(a.Plain, 120), Until: a.ExpiresAt}
	}
	return v
}

// say is the room's form without scripts.
func (d *Door) say(r *request) error {
	t, err := d.Forum.FindRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"))
	if err != nil {
		return err
	}
	f := r.form("text", "reply_to", "files")
	again, err := r.takeFiles(&f)
	if err != nil {
		return err
	}
	tips, err := r.tips(&f, "text")
	if err != nil {
		return err
	}
	if tips != nil || again {
		return d.roomPage(r, roomForm{typed: &f, tips: tips})
	}
	l := forum.Line{Source: f.Values["text"], Nonce: "web:" + f.Key, Told: r.typed("told"), ReplyTo: number(f.Values["reply_to"]), Files: listed[forum.FileID](f.Values["files"])}
	if _, err := d.Forum.SayAsTold(r.ctx, r.actor, t.Room.ID, l); err != nil {
		if forum.KindOf(err) == forum.Held {
			return r.to(acknowledgePath(t.Group.Slug, forum.InRoom, roomPath(t.Group.Slug, t.Room.Slug)))
		}
		return d.roomPage(r, roomForm{typed: &f, cause: err})
	}
	if err := d.Forum.DiscardWriting(r.ctx, r.actor, forum.WritingAt{Room: t.Room.ID}); err != nil {
		return err
	}
	return r.to(roomPath(t.Group.Slug, t.Room.Slug))
}

// me is how a message of the actor's is signed while it is on its way: not by name where nobody is.
func (r *request) me(g *forum.Group) string {
	if g.Class == forum.ChathamClass {
		return r.words.T("post.you")
	}
	return r.actor.Name
}

// say says something in a room that was sent over the socket, unless there is something in it to look at first.
func (c *conn) say(ctx context.Context, actor forum.Actor, room forum.RoomID, o order) error {
	if !o.Sure {
		class, err := c.d.Forum.RoomClass(ctx, actor, room)
		if err != nil {
			return err
		}
		found, err := c.d.confidences(ctx, actor, o.Text, class == forum.ChathamClass)
		if err != nil {
			return err
		}
		if found != nil {
			c.hint(o, found)
			return nil
		}
	}
	m, err := c.d.Forum.SayAsTold(ctx, actor, room, forum.Line{Source: o.Text, Nonce: o.Nonce, Told: o.Told, ReplyTo: o.To, Files: listed[forum.FileID](o.Files)})
	if err != nil {
		return err
	}
	c.live.Send(encode(map[string]any{"is": "ack", "on": o.On, "nonce": o.Nonce, "seq": m.Seq, "id": m.ID}))
	return nil
}
