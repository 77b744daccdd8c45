package web

import (
	"context"
	"strconv"

	"peergroups/forum"
	"peergroups/server/view"
)

// tended reads a topic for one who moderates its group, for a form about it.
func (r *request) tended() (forum.TopicPage, error) {
	t, err := r.d.Forum.ReadTopic(r.ctx, r.actor, forum.TopicID(r.id("id")), 0)
	if err == nil && (!t.In || t.Role < forum.Moderator) {
		err = forum.Refuse(forum.Forbidden, "error.moderators-only")
	}
	return t, err
}

// tendForm asks a moderator for the reason of what they do about a topic; stem says what, once it is read.
func (d *Door) tendForm(r *request, stem func(*forum.Topic) string, cause error) error {
	t, err := r.tended()
	if err != nil {
		return err
	}
	is := stem(&t.Topic)
	p := view.Act{Form: r.form("reason"), Stem: is, Action: "/t/" + decimal(t.Topic.ID) + "/" + is, Back: topicPath(t.Topic.ID, t.Topic.Slug), Object: t.Topic.Title, Public: true}
	s := r.shell(r.words.T(is + ".title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ActPage(s, p))
}

// tend does it, or asks again.
func (d *Door) tend(r *request, stem func(*forum.Topic) string, verb func(context.Context, forum.Actor, forum.TopicID, string) error, word string) error {
	id := forum.TopicID(r.id("id"))
	err := verb(r.ctx, r.actor, id, r.typed("reason"))
	if forum.KindOf(err) == forum.Invalid {
		return d.tendForm(r, stem, err)
	}
	if err != nil {
		return err
	}
	return r.done("/t/"+decimal(id)+"/x", word)
}

func locking(t *forum.Topic) string {
	if t.LockedAt != 0 {
		return "unlock"
	}
	return "lock"
}

func pinning(t *forum.Topic) string {
	if t.Pinned {
		return "unpin"
	}
	return "pin"
}

func (d *Door) lockPage(r *request) error { return d.tendForm(r, locking, nil) }
func (d *Door) lock(r *request) error     { return d.tend(r, locking, d.Forum.Lock, "locked") }
func (d *Door) unlock(r *request) error   { return d.tend(r, locking, d.Forum.Unlock, "unlocked") }

func (d *Door) pinPage(r *request) error { return d.tendForm(r, pinning, nil) }
func (d *Door) pin(r *request) error     { return d.tend(r, pinning, d.Forum.Pin, "pinned") }
func (d *Door) unpin(r *request) error   { return d.tend(r, pinning, d.Forum.Unpin, "unpinned") }

func (d *Door) renamePage(r *request) error { return d.renameForm(r, nil) }

// renameForm asks for another title and the reason, of which its author is told.
func (d *Door) renameForm(r *request, cause error) error {
	t, err := r.tended()
	if err != nil {
		return err
	}
	p := view.Act{Stem: "rename", Action: "/t/" + decimal(t.Topic.ID) + "/rename", Back: topicPath(t.Topic.ID, t.Topic.Slug), Object: t.Topic.Title, Group: t.Group.ID, Reasons: true, Titled: true}
	return r.actForm(p, cause)
}

func (d *Door) rename(r *request) error {
	if r.using() {
		return d.renameForm(r, nil)
	}
	id := forum.TopicID(r.id("id"))
	err := d.Forum.Rename(r.ctx, r.actor, id, r.typed("title"), r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.renameForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done("/t/"+decimal(id)+"/x", "renamed")
}

func (d *Door) slowPage(r *request) error { return d.slowForm(r, nil) }

// slowForm asks how much time has to pass between two posts of one member.
func (d *Door) slowForm(r *request, cause error) error {
	t, err := r.tended()
	if err != nil {
		return err
	}
	p := view.Slow{Form: r.form("seconds", "reason"), Action: "/t/" + decimal(t.Topic.ID) + "/slow", Back: topicPath(t.Topic.ID, t.Topic.Slug), Object: t.Topic.Title}
	s := r.shell(r.words.T("slow.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else {
		p.Values["seconds"] = decimal(int64(t.Topic.Slow))
	}
	return r.render(view.SlowPage(s, p))
}

func (d *Door) slow(r *request) error {
	id := forum.TopicID(r.id("id"))
	seconds, err := strconv.Atoi(r.typed("seconds"))
	if err != nil {
		seconds = -1 // nothing was chosen
	}
	err = d.Forum.Slow(r.ctx, r.actor, id, seconds, r.typed("reason"))
	if forum.KindOf(err) == forum.Invalid {
		return d.slowForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done("/t/"+decimal(id)+"/x", "slowed")
}

func (d *Door) freezePage(r *request) error { return d.freezeForm(r, nil) }

// freezeForm asks for the reason before a group is frozen, or let speak again.
func (d *Door) freezeForm(r *request, cause error) error {
	m, err := d.Forum.ReadManage(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path, stem := groupPath(m.Group.Slug), "freeze"
	if m.Group.FrozenAt != 0 {
		stem = "unfreeze"
	}
	p := view.Act{Form: r.form("reason"), Stem: stem, Action: path + "/manage/" + stem, Back: path + "/manage", Object: m.Group.Name, Public: true, Danger: stem == "freeze"}
	s := r.shell(r.words.T(stem + ".title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.ActPage(s, p))
}

func (d *Door) freeze(r *request) error   { return d.setFrozen(r, d.Forum.Freeze, "frozen") }
func (d *Door) unfreeze(r *request) error { return d.setFrozen(r, d.Forum.Unfreeze, "unfrozen") }

func (d *Door) setFrozen(r *request, verb func(context.Context, forum.Actor, forum.GroupID, string) error, word string) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	err = verb(r.ctx, r.actor, g.Group.ID, r.typed("reason"))
	if forum.KindOf(err) == forum.Invalid {
		return d.freezeForm(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(groupPath(g.Group.Slug)+"/manage", word)
}
