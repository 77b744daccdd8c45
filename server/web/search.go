package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"peergroups/forum"
	"peergroups/search"
	"peergroups/server/view"
)

// The engine only proposes. What is shown, counted and suggested of it has gone through the forum's gate (Sift) in this very request: totals,
// facets, spelling and order are made of nothing else.

const (
	hitsPerPage = 20
	mostFound   = 1000 // that are counted; of more the newest
	mostLoose   = 100  // of them, when they have any of the words
	mostSeeks   = 5    // questions to the engine for one page
	knownBy     = 5    // proposals by which a word is known
	excerptLen  = 240  // bytes, about
	mostFacets  = 8    // values of one facet
)

// findings are what a search finds for somebody, in order.
type findings struct {
	all      []forum.Found
	mode     search.Mode
	more     bool // there is more than is counted
	degraded bool // the engine that forgives more is away
}

// seek asks the engine for what has all of the words, then for what has others spelled nearly so, then for what has any; as soon as the actor
// may read something of it, that is it.
func (d *Door) seek(ctx context.Context, by forum.Actor, a *sought) (findings, error) {
	f, err := d.worded(ctx, by, a)
	if err != nil || len(f.all) > 0 || a.words == "" || a.nothing != "" {
		return f, err
	}
	known, err := d.known(ctx, by, a)
	if err == nil && !known {
		f, err = d.propose(ctx, by, a, search.Near)
	}
	if err == nil && len(f.all) == 0 {
		f, err = d.propose(ctx, by, a, search.Any)
	}
	if len(f.all) == 0 {
		f = findings{degraded: f.degraded}
	}
	return f, err
}

// worded asks for what has all of the words, and where the actor may read less than a page of that, for what goes on from the last one, too.
func (d *Door) worded(ctx context.Context, by forum.Actor, a *sought) (findings, error) {
	f, err := d.propose(ctx, by, a, search.Whole)
	if err != nil || len(f.all) >= hitsPerPage || !search.GoesOn(a.words) {
		return f, err
	}
	return d.propose(ctx, by, a, search.All)
}

// known tells whether each of the words alone stands in something that the actor may read: then none of them is misspelled.
func (d *Door) known(ctx context.Context, by forum.Actor, a *sought) (bool, error) {
	for _, word := range search.Words(a.words) {
		q := a.query
		q.Text, q.Mode, q.Sort, q.Limit = word, search.Whole, search.Newest, knownBy
		if _, visible, err := d.sifted(ctx, by, q); err != nil || len(visible) == 0 {
			return false, err
		}
	}
	return true, nil
}

// propose asks the engine, until enough is found of what the actor may read.
func (d *Door) propose(ctx context.Context, by forum.Actor, a *sought, mode search.Mode) (findings, error) {
	f := findings{mode: mode}
	if a.nothing != "" {
		return f, nil
	}
	q, most := a.query, mostFound
	if q.Mode = mode; mode == search.Any {
		most = mostLoose
	}
	q.Limit = most
	for range mostSeeks {
		r, visible, err := d.sifted(ctx, by, q)
		if err != nil {
			return f, err
		}
		for i := range visible {
			if a.keeps(&visible[i]) {
				f.all = append(f.all, visible[i])
			}
		}
		f.degraded, f.more = f.degraded || r.Degraded, r.More || r.Cursor != ""
		if q.Cursor = r.Cursor; q.Cursor == "" || len(f.all) >= most {
			break
		}
	}
	f.all = f.all[:min(len(f.all), most)]
	return f, nil
}

// sifted asks the engine once, and keeps of what it proposes what the actor may read.
func (d *Door) sifted(ctx context.Context, by forum.Actor, q search.Query) (r search.Result, visible []forum.Found, err error) {
	if r, err = d.Search.Search(ctx, q); err != nil {
		return r, nil, err
	}
	refs := make([]forum.Searched, len(r.Hits))
	for i, h := range r.Hits {
		refs[i] = forum.Searched{Kind: h.Kind, ID: h.ID}
	}
	visible, err = d.Forum.Sift(ctx, by, refs)
	return r, visible, err
}

// FindNew gives what a search that somebody keeps has found since then, as far as they may read it.
func (d *Door) FindNew(ctx context.Context, by forum.Actor, query string, since time.Time) (out []forum.Searched, err error) {
	v, err := url.ParseQuery(query)
	a := soughtIn(v)
	if err != nil || a.kind == "person" { // nobody can keep such a one, or it finds no posts
		return nil, nil
	}
	if err := d.resolve(ctx, by, a, d.Words.For(by.Language, by.Zone).Location()); err != nil {
		return nil, err
	}
	recent := *a
	recent.between(since, time.Time{}, false)
	f, err := d.propose(ctx, by, &recent, search.All)
	if err == nil && len(f.all) > 0 && search.GoesOn(a.words) { // whether its last word goes on is as on the page
		var page findings
		if page, err = d.worded(ctx, by, a); err == nil && page.mode == search.Whole {
			f, err = d.propose(ctx, by, &recent, search.Whole)
		}
	}
	for i := range f.all {
		out = append(out, forum.Searched{Kind: f.all[i].Kind, ID: f.all[i].ID})
	}
	return out, err
}

// find is the page of a search.
func (d *Door) find(r *request) error {
	v, err := url.ParseQuery(string(r.Request().URI().QueryString()))
	if err != nil {
		v = url.Values{}
	}
	a := soughtIn(v)
	s := r.shell(r.words.T("search.title"))
	s.Query, s.NoIndex, s.Found = a.typed, true, true
	p := view.Search{Query: a.typed, Asked: a.is(), Kept: a.values().Encode()}
	if p.Recent, p.NotesRecent, err = r.recent(""); err != nil {
		return err
	}
	if !p.Asked {
		return r.render(view.SearchPage(s, p))
	}
	if err := d.Forum.CountSearch(r.ctx, r.actor, r.source()); forum.KindOf(err) == forum.TooMany {
		return err
	} else if err != nil { // what cannot be counted is found all the same
		d.Log.Warn("counting searches", "err", err)
	}
	if err := d.resolve(r.ctx, r.actor, a, r.words.Location()); err != nil {
		return err
	}
	var f findings
	if a.kind != "person" {
		if f, err = d.seek(r.ctx, r.actor, a); err != nil {
			return err
		}
	}
	if err := r.foundOn(&p, a, f, r.stand(&s, &p, a, f.all, v.Get("after"))); err != nil {
		return err
	}
	if a.words != "" && v.Get("after") == "" && r.Get("Sec-Fetch-Site") == "same-origin" { // a link elsewhere notes nothing
		if err := d.Forum.NoteSearch(r.ctx, r.actor, p.Kept, a.typed); err != nil {
			d.Log.Warn("noting a search", "err", err)
		}
	}
	return r.render(view.SearchPage(s, p))
}

// stand tells the page where it stands: the filters that hold, the place to which it is narrowed, and which part of what was found it shows, which it gives.
func (r *request) stand(s *view.Shell, p *view.Search, a *sought, all []forum.Found, after string) []forum.Found {
	within := url.Values{}
	for name, values := range a.values() {
		if name != "q" {
			p.Holds = append(p.Holds, view.Option{Text: name, Value: values[0]})
		}
		if slices.Contains([]string{"group", "board", "room", "topic"}, name) {
			within.Set(name, values[0])
		}
	}
	slices.SortFunc(p.Holds, func(a, b view.Option) int { return strings.Compare(a.Text, b.Text) })
	s.Within = within.Encode()
	from, to := pageOf(all, after)
	if from > 0 {
		s.Prev = a.href("after", "")
	}
	if to < len(all) {
		s.Next = a.href("after", nameOf(&all[to-1]))
	}
	if s.Prev+s.Next != "" {
		p.Part = r.words.T("search.part", "From", from+1, "To", to)
	}
	return all[from:to]
}

// pageOf is where the page begins that comes after what was shown last, and where it ends. Where that is gone it is the first.
func pageOf(all []forum.Found, after string) (from, to int) {
	if after != "" {
		from = slices.IndexFunc(all, func(f forum.Found) bool { return nameOf(&f) == after }) + 1
	}
	return from, min(from+hitsPerPage, len(all))
}

// nameOf names something that was found in an address.
func nameOf(f *forum.Found) string { return f.Kind + "-" + decimal(f.ID) }

// foundOn fills the page with what was found.
func (r *request) foundOn(p *view.Search, a *sought, f findings, page []forum.Found) (err error) {
	p.Degraded = f.degraded
	if loose := map[search.Mode]string{search.Near: "near", search.Any: "any"}[f.mode]; loose != "" {
		p.Loose = r.words.T("search.loose-" + loose)
	}
	if p.Total = r.words.T("search.total", "Count", len(f.all)); f.more {
		p.Total = r.words.T("search.total-more", "Count", len(f.all))
	}
	var texts []string
	if p.Hits, texts, err = r.hits(page, a.words); err != nil {
		return err
	}
	if better, ok := search.Nearly(a.words, texts); ok && f.mode == search.Near {
		p.Hint = &view.Link{Text: better, Href: a.href("q", strings.TrimSpace(better+" "+opsOf(a.ops)))}
	}
	p.Unknown = a.nothing
	for _, by := range []string{"relevance", "newest", "oldest"} {
		if by != "relevance" || a.words != "" {
			p.Sorts = append(p.Sorts, view.Link{Text: r.words.T("search.by-" + by), Href: a.href("sort", by), Here: by == a.sort || a.words == "" && by == "newest" && a.sort == "relevance"})
		}
	}
	r.facetsOn(p, a, f)
	p.Clear = "/search?" + url.Values{"q": {a.typed}}.Encode()
	if p.Chips, err = r.chips(a, f.all); err != nil {
		return err
	}
	if len(f.all) == 0 && a.words != "" && len(a.ops) == 0 {
		if p.Wrote, err = r.wrote(a); err != nil {
			return err
		}
	}
	if a.words != "" && (a.kind == "person" || !a.narrowed() && len(a.ops) == 0) {
		err = r.peopleOn(p, a)
	}
	return err
}

// wrote leads to what those wrote whose name was typed, where the reader may read something of it.
func (r *request) wrote(a *sought) (*view.Link, error) {
	by := soughtIn(url.Values{"q": {`author:"` + a.words + `"`}})
	if err := r.d.resolve(r.ctx, r.actor, by, r.words.Location()); err != nil {
		return nil, err
	}
	found, err := r.d.propose(r.ctx, r.actor, by, search.Whole)
	if err != nil || len(found.all) == 0 {
		return nil, err
	}
	name := found.all[0].Author
	if slices.ContainsFunc(found.all, func(f forum.Found) bool { return f.Author != name }) {
		name = a.words
	}
	return &view.Link{Text: r.words.T("search.wrote", "Name", name), Href: by.href("", ""), New: len(found.all)}, nil
}

// opsOf writes operators as they are typed.
func opsOf(ops []search.Op) string {
	var out []string
	for _, op := range ops {
		value := op.Value
		if strings.ContainsAny(value, " \t") {
			value = `"` + value + `"`
		}
		not := ""
		if op.Not {
			not = "-"
		}
		out = append(out, not+op.Key+":"+value)
	}
	return strings.Join(out, " ")
}

// hits are the posts and messages of a page of findings, and what they say.
func (r *request) hits(page []forum.Found, words string) (out []view.Hit, texts []string, err error) {
	var posts []forum.PostID
	var said []int64
	for _, f := range page {
		if f.Kind == "post" {
			posts = append(posts, forum.PostID(f.ID))
		} else {
			said = append(said, f.ID)
		}
	}
	seen, err := r.d.Forum.VisiblePosts(r.ctx, r.actor, posts)
	if err != nil {
		return nil, nil, err
	}
	heard, err := r.d.Forum.VisibleSaid(r.ctx, r.actor, said)
	if err != nil {
		return nil, nil, err
	}
	hits := map[string]view.Hit{}
	for i := range seen {
		p := &seen[i]
		h := view.Hit{Href: postPath(p.ID), Title: p.Title, Place: p.GroupName + " · " + p.BoardName, Author: voice(r.words, p.AuthorID, p.Author, p.Veiled), At: p.PostedAt,
			Audience: view.AudienceIn(p.Audience, p.GroupID, p.GroupVis, p.GroupName), Files: named(p.Files)}
		if p.Class != forum.SealedClass {
			h.Excerpt, h.Marks = search.Excerpt(words, p.Plain, excerptLen)
			texts = append(texts, p.Plain)
		}
		h.TitleMarks = search.Marks(words, p.Title)
		texts = append(texts, p.Title)
		hits["post-"+decimal(p.ID)] = h
	}
	for i := range heard {
		m := &heard[i]
		h := view.Hit{Href: saidPath(m.ID), Title: r.words.T("search.said-in", "Name", m.RoomName), Room: true, Place: m.GroupName, Author: voice(r.words, m.AuthorID, m.Author, m.Veiled), At: m.PostedAt,
			Audience: view.AudienceIn(m.Audience, m.GroupID, forum.MembersOnly, m.GroupName), Files: named(m.Files)}
		h.Excerpt, h.Marks = search.Excerpt(words, m.Plain, excerptLen)
		texts = append(texts, m.Plain)
		hits["message-"+decimal(m.ID)] = h
	}
	for i := range page {
		if h, ok := hits[nameOf(&page[i])]; ok {
			if !h.Room {
				h.Kind = r.words.T("search.is-" + kindOf(&page[i]))
			}
			out = append(out, h)
		}
	}
	return out, texts, nil
}

func named(files []forum.File) (out []string) {
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

// peopleOn puts those of the directory whom the words find on the page.
func (r *request) peopleOn(p *view.Search, a *sought) error {
	found, err := r.d.Forum.Directory(r.ctx, r.actor, forum.DirectoryQuery{Words: a.words})
	if err != nil {
		return err
	}
	most := 3
	if a.kind == "person" {
		most = len(found.Rows)
		p.Total = ""
	}
	for _, row := range found.Rows[:min(most, len(found.Rows))] {
		p.People = append(p.People, view.DirectoryRow{Face: face(row.ID, row.Name), Title: row.Title, Place: row.Place, Areas: row.Areas, Languages: row.Languages})
	}
	if found.More || len(found.Rows) > most {
		p.MorePeople = "/directory?words=" + queryEscape(a.words)
	}
	return nil
}
