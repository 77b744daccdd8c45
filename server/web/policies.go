package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

// policies are the published texts that hold.
type policies struct{ moment[[]forum.PolicyText] }

func (p *policies) get(ctx context.Context, d *Door) []forum.PolicyText {
	return p.moment.get(d.Now(), func() ([]forum.PolicyText, error) { return d.Forum.ReadPolicies(ctx) })
}

// termsWords are the terms that hold today.
func (r *request) termsWords() string {
	for _, t := range r.d.policies.get(r.ctx, r.d) {
		if t.Name == "terms" {
			return t.Words
		}
	}
	return r.ownPolicy("terms")
}

// ownPolicy is the text that comes with the program.
func (r *request) ownPolicy(name string) string {
	return r.words.T(name+".words", "Org", r.d.org.get(r.ctx, r.d).Name)
}

// toldFor is how long visitors, of whom nobody knows what they have read, are told of an amended text.
const toldFor = 30 * 24 * time.Hour

// tells says whether the page is one that somebody looks at, and not a part that a script asks for, or a page that is loaded ahead.
func (r *request) tells() bool {
	dest := r.Get("Sec-Fetch-Dest")
	return (dest == "" || dest == "document") && r.Get("Sec-Purpose") == "" && r.Method() == fiber.MethodGet
}

// asideOfGoingOn are the pages on which somebody makes up their mind: to look at them is not to go on.
var asideOfGoingOn = []string{"/privacy", "/terms", "/contact", "/requests", "/account/requests", "/cookies", "/providers", "/account/privacy", "/account/data", "/account/erase", "/account/policies"}

func (r *request) goesOn() bool {
	path := r.Path()
	return !slices.ContainsFunc(asideOfGoingOn, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// amended are the texts of whose amendment the reader is told on this page. Who goes on after that is noted.
func (r *request) amended() (out []view.Amended) {
	if !r.tells() {
		return nil
	}
	var newest forum.Instant
	for _, t := range r.d.policies.get(r.ctx, r.d) {
		newest = max(newest, t.PublishedAt)
		if r.actor.Member == 0 && r.d.Now().Sub(t.PublishedAt.Time()) < toldFor {
			out = append(out, r.amendedOf(&t))
		}
	}
	if r.actor.Member == 0 || newest <= r.actor.Policies {
		return out
	}
	all, err := r.d.Forum.TellPolicies(r.ctx, r.actor, r.goesOn())
	if err != nil { // they are told all the same
		r.d.Log.Warn("telling of policies", "err", err)
	}
	for i := range all {
		out = append(out, r.amendedOf(&all[i].PolicyText))
	}
	return out
}

// amendedKey is what a copy of a visitor's page depends on of that.
func (r *request) amendedKey() (key string) {
	if !r.tells() {
		return "\x00untold"
	}
	for _, a := range r.amended() {
		key += "\x00" + a.Name + decimal(a.Version)
	}
	return key
}

func (r *request) amendedOf(t *forum.PolicyText) view.Amended {
	first, _, _ := strings.Cut(t.Changes, "\n")
	return view.Amended{Name: t.Name, Title: r.words.T(t.Name + ".title"), Version: t.Version, At: t.PublishedAt, Changes: first, Asks: t.Asks}
}

func (d *Door) privacy(r *request) error { return d.policyPage(r, "privacy") }

func (d *Door) terms(r *request) error { return d.policyPage(r, "terms") }

// policyPage shows a text as it holds, or an earlier version of it.
func (d *Door) policyPage(r *request, name string) error {
	all, err := d.Forum.ReadPolicy(r.ctx, name)
	if err != nil {
		return err
	}
	all = append(all, forum.PolicyText{Name: name, Version: 1, Words: r.ownPolicy(name)})
	at := 0
	if asked := r.Params("version"); asked != "" {
		if at = slices.IndexFunc(all, func(t forum.PolicyText) bool { return decimal(t.Version) == asked }); at < 0 {
			return forum.Absent()
		}
	}
	t := all[at]
	p := view.Policy{Name: name, Title: r.words.T(name + ".title"), HTML: d.paged(r, t.Words), Version: t.Version, At: t.PublishedAt, Changes: t.Changes, Today: at == 0}
	href := func(i int) string {
		if i == 0 {
			return "/" + name
		}
		return "/" + name + "/" + decimal(all[i].Version)
	}
	if at+1 < len(all) {
		p.Before, p.Compare = all[at+1].Version, href(at)+"?compare=1"
		if r.Query("compare") != "" { // it costs more than all the rest of the page
			p.Compared = markup.Compare(all[at+1].Words, t.Words)
		}
	}
	for i, v := range all {
		p.Versions = append(p.Versions, view.PolicyVersion{Link: view.Link{Href: href(i), Text: r.words.T("policy.version", "Version", v.Version), Here: i == at}, At: v.PublishedAt})
	}
	if name == "privacy" && p.Today {
		if p.Data, err = r.dataRows(); err != nil {
			return err
		}
	}
	return r.render(view.PolicyPage(r.shell(p.Title), p))
}

// paged is a text of the body as a page of its own: below the page's title its highest headings are of the second level.
func (d *Door) paged(r *request, words string) string {
	html := d.links(r.ctx).Through(markup.Cook(words, markup.Options{}).HTML)
	for highest := 2; highest <= 6; highest++ {
		if !strings.Contains(html, "<h"+strconv.Itoa(highest)) {
			continue
		}
		var levels []string
		for level := highest; level <= 6; level++ {
			was, is := strconv.Itoa(level), strconv.Itoa(level-highest+2)
			levels = append(levels, "<h"+was, "<h"+is, "</h"+was, "</h"+is)
		}
		return strings.NewReplacer(levels...).Replace(html)
	}
	return html
}

// answerPolicy is the reader's word on an amended text.
func (d *Door) answerPolicy(r *request) error {
	name, yes := r.typed("name"), r.typed("answer") != "no"
	if err := d.Forum.AnswerPolicy(r.ctx, r.actor, name, number(r.typed("version")), yes); err != nil {
		return err
	}
	done := map[bool]string{true: "policy-given", false: "policy-refused"}[yes]
	if r.typed("answer") == "read" {
		done = "policy-read"
	}
	return r.done("/"+name, done)
}

// staffPolicies lists the texts that can be amended.
func (d *Door) staffPolicies(r *request) error {
	if err := forum.MayPublishPolicy(r.actor); err != nil {
		return err
	}
	var p view.StaffPolicies
	for _, name := range forum.Policies {
		row := view.Policy{Name: name, Title: r.words.T(name + ".title"), Version: 1}
		for _, t := range d.policies.get(r.ctx, d) {
			if t.Name == name {
				row.Version, row.At = t.Version, t.PublishedAt
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return r.render(view.StaffPoliciesPage(r.shell(r.words.T("policies.title")), p))
}

func (d *Door) policyForm(r *request) error { return d.policyFormPage(r, nil) }

func (d *Door) policyFormPage(r *request, cause error) error {
	if err := forum.MayPublishPolicy(r.actor); err != nil {
		return err
	}
	name := r.Params("name")
	all, err := d.Forum.ReadPolicy(r.ctx, name)
	if err != nil {
		return err
	}
	words, version := r.ownPolicy(name), int64(1)
	if len(all) > 0 {
		words, version = all[0].Words, all[0].Version
	}
	s := r.shell(r.words.T("policies.title"))
	p := view.PolicyForm{Form: r.form("text", "changes", "asks", "after"), Name: name, Title: r.words.T(name + ".title")}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if r.Method() == "GET" {
		p.Values["text"] = words
	}
	if p.Errors["text"] != "" || p.Values["after"] == "" { // who was overtaken amends what holds now, once they have seen it
		p.Values["after"] = decimal(version)
	}
	if typed := r.typed("text"); typed != "" {
		p.HTML, p.Compared = d.paged(r, typed), markup.Compare(words, typed)
	}
	return r.render(view.PolicyFormPage(s, p))
}

func (d *Door) publishPolicy(r *request) error {
	if r.typed("preview") != "" {
		return d.policyFormPage(r, nil)
	}
	name := r.Params("name")
	err := d.Forum.PublishPolicy(r.ctx, r.actor, forum.PolicyDraft{Name: name, Words: r.typed("text"), Changes: r.typed("changes"), Asks: r.typed("asks") != "", After: number(r.typed("after"))})
	d.policies.forget()
	if err != nil {
		return d.policyFormPage(r, err)
	}
	return r.done("/"+name, "policy-published")
}
