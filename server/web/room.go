package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

func (d *Door) room(r *request) error { return d.roomPage(r, nil, nil, nil) }

// roomPage shows a room; cause is why what was said was refused, tips what in it looks like a
// confidence.
func (d *Door) roomPage(r *request, typed *view.Form, cause error, tips []view.Tip) error {
	if strings.Contains(r.Get(fiber.HeaderAccept), "fragment=messages") {
		return d.messagesAfter(r)
	}
	t, err := d.Forum.ReadRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"), number(r.Query("before")))
	if err != nil {
		return err
	}
	path := roomPath(t.Group.Slug, t.Room.Slug)
	readers, err := d.Forum.CountReaders(r.ctx, &t.Group)
	if err != nil {
		return err
	}
	p := view.Room{ID: t.Room.ID, Name: t.Room.Name, Href: path, Group: view.Link{Href: groupPath(t.Group.Slug), Text: t.Group.Name},
		Me: r.me(&t.Group), Told: t.Group.Told(t.Group.Audience()), Audience: audience(&t.Group, readers), Messages: messages(r.words, d.links(r.ctx), t.Messages), Form: r.form("text"), MaxText: forum.MaxSaid, Tips: tips}
	for i := range t.Messages {
		p.Messages[i].MayHide = t.In && t.Role >= forum.Moderator && !t.Messages[i].Mine
	}
	if t.Earlier {
		p.Earlier = fmt.Sprintf("%s?before=%d", path, t.Messages[0].Seq)
	}
	s := r.shell(t.Room.Name + " · " + t.Group.Name)
	s.NoSnippet = t.Group.Class > forum.OpenClass
	if err := d.maySay(r, &t, &p); err != nil {
		return err
	}
	if typed != nil {
		p.Form = *typed
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if tips != nil {
		r.Status(fiber.StatusUnprocessableEntity)
		s.Problems = r.tipped(tips)
	}
	if p.Here, err = d.present(r, &t); err != nil {
		return err
	}
	if s.Rail, err = r.rail(&t.Group, t.In, t.Role, path); err != nil {
		return err
	}
	if err := d.ofTalk(r, &t.Group, &p, &s); err != nil {
		return err
	}
	return r.render(view.RoomPage(s, p))
}

// maySay puts the form on the page, or the words why there is none.
func (d *Door) maySay(r *request, t *forum.RoomPage, p *view.Room) error {
	if err := cmp.Or(forum.MaySay(r.actor, t.In, t.Role, &t.Group), forum.MayBeHeard(r.actor, t.MutedUntil)); err != nil {
		p.WhyNot = r.say(err)
		p.WhyHref, p.WhyAct = p.Group.Href, r.words.T("group.go")
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
	}
	return nil
}

// present names who is in the room now, to those who see the group's roster; to others, and
// where people speak behind masks, only themself.
func (d *Door) present(r *request, t *forum.RoomPage) (out []view.Face, err error) {
	if r.actor.Member == 0 {
		return nil, nil
	}
	owners, _ := d.Hub.Present(r.ctx, roomChannel(t.Room.ID)) // with the broker away: those of this node
	all := forum.MaySeeRoster(r.actor, t.In, t.Role, &t.Group) && t.Group.Class != forum.ChathamClass
	ids := make([]forum.MemberID, 0, len(owners))
	for _, o := range owners {
		if id := forum.MemberID(number(o)); all || id == r.actor.Member {
			ids = append(ids, id)
		}
	}
	people, err := d.Forum.Names(r.ctx, r.actor, ids)
	for _, p := range people {
		out = append(out, face(p.ID, p.Name))
	}
	return out, err
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
		} else if i > 0 && said[i-1].AuthorID == m.AuthorID && said[i-1].Author == m.Author && m.PostedAt.Time().Sub(said[i-1].PostedAt.Time()) < 5*time.Minute {
			out[i].More = true
		}
	}
	return out
}

func message(w text.Words, links view.Links, m forum.ChatMessage) view.Message {
	return view.Message{ID: m.ID, Seq: m.Seq, Author: voice(w, m.AuthorID, m.Author, m.Veiled), At: m.PostedAt, HTML: links.Through(m.HTML), Nonce: m.Nonce, HiddenWhy: m.HiddenWhy, Told: max(m.Seq, m.ChangedSeq), EditedAt: m.EditedAt, ErasedAt: m.ErasedAt, Mine: m.Mine}
}

// say is the room's form without scripts.
func (d *Door) say(r *request) error {
	t, err := d.Forum.FindRoom(r.ctx, r.actor, r.Params("group"), r.Params("room"))
	if err != nil {
		return err
	}
	f := r.form("text")
	tips, err := r.tips(&f, "text")
	if err != nil {
		return err
	}
	if tips != nil {
		return d.roomPage(r, &f, nil, tips)
	}
	if _, err := d.Forum.SayAsTold(r.ctx, r.actor, t.Room.ID, forum.Line{Source: f.Values["text"], Nonce: "web:" + f.Key, Told: r.typed("told")}); err != nil {
		if forum.KindOf(err) == forum.Held {
			return r.to(acknowledgePath(t.Group.Slug, forum.InRoom, roomPath(t.Group.Slug, t.Room.Slug)))
		}
		return d.roomPage(r, &f, err, nil)
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
	m, err := c.d.Forum.SayAsTold(ctx, actor, room, forum.Line{Source: o.Text, Nonce: o.Nonce, Told: o.Told})
	if err != nil {
		return err
	}
	c.live.Send(encode(map[string]any{"is": "ack", "on": o.On, "nonce": o.Nonce, "seq": m.Seq}))
	return nil
}
