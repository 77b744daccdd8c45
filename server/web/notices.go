package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

const noticesShown = 30

// notices is where a member says which service messages they want, and reads those that came.
func (d *Door) notices(r *request) error {
	said, err := d.Forum.ReadOptOuts(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Notices{Kinds: r.noticeKinds()}
	for i := range p.Kinds {
		for _, o := range said {
			if o.Kind == p.Kinds[i].Name && o.EndedAt == 0 {
				p.Kinds[i].Off, p.Kinds[i].Since = true, o.At
			}
		}
	}
	rows, err := d.Forum.ReadOwnCirculars(r.ctx, r.actor, forum.Instant(number(r.Query("before"))), noticesShown)
	if err != nil {
		return err
	}
	for _, c := range rows {
		p.Messages = append(p.Messages, view.CircularLine{Href: "/account/notices/" + decimal(c.ID), Subject: c.Subject, Kind: r.words.T("notice." + c.Kind), To: view.CircleWords(r.words, c.Circle, c.GroupName), At: c.SentAt})
	}
	s := r.shell(r.words.T("notices.title"))
	if len(rows) == noticesShown {
		s.Next = "/account/notices?before=" + decimal(rows[noticesShown-1].SentAt)
	}
	if r.Query("before") != "" {
		s.Prev = "/account/notices"
	}
	return r.render(view.NoticesPage(s, p))
}

func (d *Door) chooseNotices(r *request) error {
	var unwanted []string
	for _, k := range forum.NoticeKinds {
		if !k.Needful && !k.Asked && r.typed("get_"+k.Name) == "" {
			unwanted = append(unwanted, k.Name)
		}
	}
	if err := d.Forum.ChooseNotices(r.ctx, r.actor, unwanted); err != nil {
		return err
	}
	return r.done("/account/notices", "saved")
}

func (d *Door) notice(r *request) error {
	c, err := d.Forum.ReadOwnCircular(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.Notice{Subject: c.Subject, Kind: r.words.T("notice." + c.Kind), To: view.CircleWords(r.words, c.Circle, c.GroupName), Needful: c.Needful(), Asked: c.Asked(), HTML: d.links(r.ctx).Through(c.HTML), At: c.SentAt}
	return r.render(view.NoticePage(r.shell(c.Subject), p))
}

// stopNoticesPage asks whether a kind of service messages is to be stopped; only its button does it.
func (d *Door) stopNoticesPage(r *request) error {
	token := r.Params("token")
	k, err := d.Forum.ReadNoticeToken(r.ctx, token)
	if err != nil {
		return err
	}
	kind := r.words.T("notice." + k.Name)
	return r.render(view.ConfirmPage(r.shell(r.words.T("stop-notices.title", "Kind", kind)),
		view.Confirm{Stem: "stop-notices", Action: "/unsubscribe/notices/" + token, Token: token, Args: []any{"Kind", kind, "What", r.words.T("notice." + k.Name + "-what")}}))
}

func (d *Door) stopNotices(r *request) error {
	token := r.Params("token")
	k, err := d.Forum.ReadNoticeToken(r.ctx, token)
	if err == nil {
		err = d.Forum.StopNotices(r.ctx, token)
	}
	if err != nil {
		return err
	}
	kind := r.words.T("notice." + k.Name)
	return r.render(view.HeldPage(r.shell(r.words.T("stop-notices.title", "Kind", kind)), view.Held{Words: r.words.T("stop-notices.done", "Kind", kind), Href: "/account/notices", Act: r.words.T("notices.title")}))
}
