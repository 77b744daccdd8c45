package web

import (
	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

func saidPath(id int64) string { return "/said/" + decimal(id) }

func (d *Door) hideSaidPage(r *request) error { return d.saidForm(r, "hide-message", nil) }

func (d *Door) showSaidPage(r *request) error { return d.saidForm(r, "show-message", nil) }

// saidForm asks a moderator before a message is hidden, or shown again.
func (d *Door) saidForm(r *request, stem string, cause error) error {
	id := r.id("id")
	m, err := d.Forum.ReadModeratedMessage(r.ctx, r.actor, id)
	if err != nil {
		return err
	}
	hides := stem == "hide-message"
	action := map[bool]string{true: "/hide", false: "/show"}[hides]
	return r.actForm(view.Act{Stem: stem, Action: saidPath(id) + action, Back: "/moderation", Object: voice(r.words, 0, m.Author, m.Veiled).Name + ": " + markup.Excerpt(m.Plain, 300),
		Group: m.GroupID, Reasons: hides, Plain: !hides, Danger: hides}, cause)
}

func (d *Door) hideSaid(r *request) error {
	if r.using() {
		return d.saidForm(r, "hide-message", nil)
	}
	err := d.Forum.HideMessage(r.ctx, r.actor, r.id("id"), r.actDraft())
	if forum.KindOf(err) == forum.Invalid {
		return d.saidForm(r, "hide-message", err)
	}
	if err != nil {
		return err
	}
	return r.acted("/moderation", "hide", "message-hidden")
}

func (d *Door) showSaid(r *request) error {
	if err := d.Forum.ShowMessage(r.ctx, r.actor, r.id("id")); err != nil {
		return err
	}
	return r.done("/moderation", "message-shown")
}
