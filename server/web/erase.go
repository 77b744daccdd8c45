package web

import (
	"strconv"

	"peergroups/forum"
	"peergroups/server/view"
)

const erasePath = "/account/erase"

// fates are what becomes of data, as the page shows them.
var fates = []string{"delete", "choose", "anonymise", "keep"}

// eraseAccountPage shows what goes with the account and what stays (P32).
func (d *Door) eraseAccountPage(r *request) error { return d.eraseAccountForm(r, nil) }

func (d *Door) eraseAccountForm(r *request, cause error) error {
	all, err := d.Forum.ReadAccountErasure(r.ctx, r.actor)
	if err != nil {
		return err
	}
	days, err := d.Forum.ReadPeriods(r.ctx)
	if err != nil {
		return err
	}
	p, s := view.Erase{Form: r.form("takes"), Last: all.Last}, r.shell(r.words.T("erase-account.title"))
	if all.Pending != nil {
		p.Due, p.Takes = all.Pending.DueAt, all.Pending.Takes
		if p.Values["takes"] == "" {
			p.Values["takes"] = map[bool]string{true: "yes", false: "no"}[p.Takes]
		}
	}
	for _, fate := range fates {
		part := view.ErasePart{Erasure: fate}
		for _, h := range all.Held {
			if h.Erasure == fate && h.Table != "members" { // of which the number alone stays
				part.Rows = append(part.Rows, view.EraseRow{What: r.words.T("data.what." + h.Table), Count: strconv.Itoa(h.Count), Retention: forum.RetentionWords(r.words.T, days, h.Retention)})
			}
		}
		if len(part.Rows) > 0 {
			p.Parts = append(p.Parts, part)
		}
	}
	for i := range all.Owns {
		p.Owns = append(p.Owns, view.Link{Href: groupPath(all.Owns[i].Slug) + "/manage", Text: all.Owns[i].Name})
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.EraseAccountPage(s, p))
}

func (d *Door) eraseAccount(r *request) error {
	takes := r.typed("takes")
	if takes != "yes" && takes != "no" {
		return d.eraseAccountForm(r, forum.Wrong("takes", "error.choose"))
	}
	if err := d.Forum.AskAccountErasure(r.ctx, r.actor, r.credentials(), takes == "yes"); err != nil {
		return d.eraseAccountForm(r, err)
	}
	return r.done(erasePath, "account-erasing")
}

func (d *Door) keepAccount(r *request) error {
	if err := d.Forum.KeepAccount(r.ctx, r.actor); err != nil {
		return err
	}
	return r.done(erasePath, "account-kept")
}
