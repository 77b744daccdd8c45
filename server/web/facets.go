package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"peergroups/forum"
	"peergroups/server/view"
)

// chips are the filters that hold; each leads to the search without it.
func (r *request) chips(a *sought, found []forum.Found) (out []view.Link, err error) {
	chip := func(name, label string) {
		out = append(out, view.Link{Text: r.words.T("search.chip-"+name, "Name", label), Href: a.href(name, "")})
	}
	for _, name := range narrowings {
		id, ok := a.ids[name]
		if !ok {
			continue
		}
		label, err := r.d.Forum.SearchLabel(r.ctx, r.actor, name, id)
		if name == "author" && len(found) > 0 { // they wrote what is shown
			label, err = found[0].Author, nil
		}
		if forum.KindOf(err) == forum.NotFound {
			label, err = r.words.T("search.unknown"), nil
		}
		if err != nil {
			return nil, err
		}
		chip(name, label)
	}
	if a.kind != "" {
		chip("kind", r.words.T("search.kind-"+a.kind))
	}
	if a.year != 0 {
		chip("year", strconv.Itoa(a.year))
	}
	if a.files {
		chip("has", "")
	}
	return out, nil
}

// facet counts findings by one of their qualities.
type facet struct {
	name string
	of   func(f *forum.Found) (value, label string) // "": it has none
}

// facetsOn counts what was found, by what it can be narrowed to.
func (r *request) facetsOn(p *view.Search, a *sought, f findings) {
	at := r.words.Location()
	for _, of := range []facet{
		{"kind", func(f *forum.Found) (string, string) { k := kindOf(f); return k, r.words.T("search.kind-" + k) }},
		{"group", func(f *forum.Found) (string, string) { return decimal(f.GroupID), f.Group }},
		{"board", func(f *forum.Found) (string, string) { return someID(f.BoardID), f.Place }},
		{"room", func(f *forum.Found) (string, string) { return someID(f.RoomID), f.Place }},
		{"author", func(f *forum.Found) (string, string) { return someID(f.AuthorID), f.Author }},
		{"year", func(f *forum.Found) (string, string) { y := strconv.Itoa(f.PostedAt.Time().In(at).Year()); return y, y }},
	} {
		if a.values().Has(of.name) || (of.name == "board" || of.name == "room") && a.ids["group"] == 0 {
			continue
		}
		counts := map[string]*view.Link{}
		for i := range f.all {
			if value, label := of.of(&f.all[i]); value != "" {
				count(counts, a, of.name, value, label)
			}
		}
		r.facetOn(p, of.name, counts)
	}
	counts := map[string]*view.Link{}
	for i := range f.all {
		for _, t := range f.all[i].Tags {
			if a.ids["tag"] == 0 {
				count(counts, a, "tag", decimal(t.ID), t.Name)
			}
		}
	}
	r.facetOn(p, "tag", counts)
	if n := countFiles(f.all); n > 0 && !a.files && n < len(f.all) {
		p.Facets = append(p.Facets, view.Facet{Name: r.words.T("search.facet-has"), Values: []view.Link{{Text: r.words.T("search.chip-has"), Href: a.href("has", "file"), New: n}}})
	}
}

func countFiles(all []forum.Found) (n int) {
	for i := range all {
		if all[i].Files {
			n++
		}
	}
	return n
}

func kindOf(f *forum.Found) string {
	switch {
	case f.Kind == "message":
		return "message"
	case f.Opens:
		return "topic"
	}
	return "reply"
}

func someID[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return decimal(id)
}

func count(counts map[string]*view.Link, a *sought, name, value, label string) {
	if counts[value] == nil {
		counts[value] = &view.Link{Text: label, Href: a.href(name, value)}
	}
	counts[value].New++
}

// facetOn puts the values of a facet on the page, the most frequent first. One alone narrows nothing.
func (r *request) facetOn(p *view.Search, name string, counts map[string]*view.Link) {
	if len(counts) < 2 && name != "tag" || len(counts) == 0 {
		return
	}
	var values []view.Link
	for _, l := range counts {
		values = append(values, *l)
	}
	slices.SortFunc(values, func(a, b view.Link) int {
		return cmp.Or(b.New-a.New, strings.Compare(a.Text, b.Text), strings.Compare(a.Href, b.Href))
	})
	p.Facets = append(p.Facets, view.Facet{Name: r.words.T("search.facet-" + name), Values: values[:min(len(values), mostFacets)]})
}
