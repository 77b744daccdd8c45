package web

import (
	"slices"
	"strconv"
	"strings"

	"peergroups/forum"
	"peergroups/server/view"
)

// groupLog is what a group's members read of what its moderators did.
func (d *Door) groupLog(r *request) error {
	l, err := d.Forum.ReadPublicLog(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path := groupPath(l.Group.Slug)
	p := view.GroupLog{Group: view.Link{Href: path, Text: l.Group.Name}}
	for _, e := range l.Rows {
		v := view.PublicEntry{Act: e.Act, Reason: e.Reason, At: e.At}
		if e.Why != "" {
			v.Reason = r.words.T("reason." + e.Why)
		}
		if e.TopicID != 0 {
			v.Topic = view.Link{Href: "/t/" + decimal(e.TopicID) + "/x", Text: e.Title}
		}
		p.Rows = append(p.Rows, v)
	}
	s := r.shell(r.words.T("group-log.title") + " · " + l.Group.Name)
	if s.Rail, err = r.rail(&l.Group, true, l.Role, path+"/log"); err != nil {
		return err
	}
	return r.render(view.GroupLogPage(s, p))
}

// transparency are the figures that are published.
func (d *Door) transparency(r *request) error { return d.figures(r, false) }

func (d *Door) staffTransparency(r *request) error { return d.figures(r, true) }

func (d *Door) figures(r *request, all bool) error {
	years, err := d.Forum.ReadFigures(r.ctx, r.actor, all)
	if err != nil {
		return err
	}
	p := view.Transparency{Staff: all}
	for i, y := range years {
		v := view.Year{Year: strconv.Itoa(y.Year), Published: y.PublishedAt, Runs: all && i == 0}
		for _, section := range []string{"reports", "cases", "acts", "reasons", "objections", "legal"} {
			if t := r.figuresOf(section, y.Numbers); len(t.Rows) > 0 {
				v.Tables = append(v.Tables, t)
			}
		}
		p.Years = append(p.Years, v)
	}
	if p.Head, err = d.Forum.PublicLogHead(r.ctx); err != nil {
		return err
	}
	if p.Usage, err = d.Forum.UsageIsPublic(r.ctx); err != nil {
		return err
	}
	p.Key = d.Forum.BundleKey()
	return r.render(view.TransparencyPage(r.shell(r.words.T("transparency.title")), p))
}

// figuresOf are the numbers of a section, each with its words.
func (r *request) figuresOf(section string, numbers map[string]int) (t view.Figures) {
	t.Title = r.words.T("transparency." + section)
	stem := map[string]string{"reports": "reason.", "cases": "case.outcome-", "acts": "record.act-", "reasons": "reason.", "objections": "transparency.objections-", "legal": "transparency.legal-"}[section]
	var names []string
	for name := range numbers {
		if kind, of, _ := strings.Cut(name, "."); kind == section {
			names = append(names, of)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		var is string
		switch n := numbers[section+"."+name]; n {
		case forum.FewerThan:
			is = r.words.T("transparency.few")
		case forum.Untold:
			is = r.words.T("transparency.untold")
		default:
			is = strconv.Itoa(n)
		}
		t.Rows = append(t.Rows, [2]string{r.words.T(stem + name), is})
	}
	return t
}

func (d *Door) publishFigures(r *request) error {
	if err := d.Forum.PublishFigures(r.ctx, r.actor, int(number(r.typed("year")))); err != nil {
		return err
	}
	return r.done("/staff/transparency", "figures-published")
}

// logProof reads the whole log, and tells whether it is whole (P28).
func (d *Door) logProof(r *request) error {
	if err := forum.MayPublishPolicy(r.actor); err != nil {
		return err
	}
	p := view.LogProof{Form: view.Form{Values: map[string]string{"head": r.Query("head")}}}
	var err error
	if p.LogProof, err = d.Forum.ProveLog(r.ctx, p.Values["head"]); err != nil {
		return err
	}
	return r.render(view.LogProofPage(r.shell(r.words.T("log-proof.title")), p))
}
