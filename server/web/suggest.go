package web

import (
	"cmp"
	"net/url"
	"strings"

	"peergroups/forum"
	"peergroups/search"
	"peergroups/server/view"
)

const (
	mostSuggested = 5 // of each kind
	suggestFrom   = 2 // letters
)

// recent are the searches that the reader made lately and that begin so.
func (r *request) recent(begins string) (out []view.Link, notes bool, err error) {
	all, notes, err := r.d.Forum.RecentSearches(r.ctx, r.actor)
	for _, s := range all {
		if strings.HasPrefix(strings.ToLower(s.Name), strings.ToLower(begins)) {
			l := view.Link{Text: s.Name, Href: "/search?" + s.Query}
			if v, err := url.ParseQuery(s.Query); err == nil && soughtIn(v).narrowed() {
				l.Text = r.words.T("search.recent-narrowed", "Words", s.Name)
			}
			out = append(out, l)
		}
	}
	return out, notes, err
}

// forgetSearches forgets what the reader looked for; off: and notes it no more.
func (d *Door) forgetSearches(r *request) error {
	if err := d.Forum.ForgetSearches(r.ctx, r.actor, r.typed("keep") != ""); err != nil {
		return err
	}
	done := "searches-forgotten"
	if r.typed("again") != "" {
		done = "searches-noted"
	}
	return r.done("/search", done)
}

// keepSearch keeps a search, or changes one that is kept.
func (d *Door) keepSearch(r *request) error {
	query, err := url.ParseQuery(r.typed("query"))
	if err != nil {
		query = url.Values{}
	}
	a := soughtIn(query)
	kept := a.values().Encode()
	f := r.form("query", "name")
	if err := d.Forum.KeepSearch(r.ctx, r.actor, kept, cmp.Or(r.typed("name"), a.typed, r.words.T("search.unnamed")), r.typed("tells") != ""); err != nil {
		s := r.shell(r.words.T("searches.title"))
		if err := r.refused(err, &f, &s); err != nil {
			return err
		}
		return r.searchesPage(s, f)
	}
	return r.done("/account/searches", "search-kept")
}

func (d *Door) dropSearch(r *request) error {
	if err := d.Forum.DropSearch(r.ctx, r.actor, forum.SearchID(r.id("id"))); err != nil {
		return err
	}
	return r.done("/account/searches", "search-dropped")
}

// searches lists what the reader keeps to look for again.
func (d *Door) searches(r *request) error {
	return r.searchesPage(r.shell(r.words.T("searches.title")), r.form())
}

func (r *request) searchesPage(s view.Shell, f view.Form) error {
	kept, err := r.d.Forum.KeptSearches(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.Searches{Form: f}
	for _, k := range kept {
		p.Kept = append(p.Kept, view.KeptSearch{Drop: "/account/searches/" + decimal(k.ID) + "/drop", Link: view.Link{Text: k.Name, Href: "/search?" + k.Query}, Query: k.Query, Tells: k.Tells})
	}
	if p.Recent, p.NotesRecent, err = r.recent(""); err != nil {
		return err
	}
	return r.render(view.SearchesPage(s, p))
}

// suggest offers what may be meant by what is typed so far: where to look for it, what the reader looked for lately, topics, groups and people. It is asked by
// POST, since what is typed is to stand in no log.
func (d *Door) suggest(r *request) error {
	typed := strings.TrimSpace(r.typed("q"))
	words, _ := search.Parse(typed)
	var out []view.Suggestion
	recent, _, err := r.recent(typed)
	if err != nil {
		return err
	}
	if typed != "" {
		scopes, err := r.scopes(typed)
		if err != nil {
			return err
		}
		out = append(out, scopes...)
	}
	for _, l := range recent[:min(len(recent), mostSuggested)] {
		out = append(out, view.Suggestion{Link: l, Kind: "recent"})
	}
	if len([]rune(words)) >= suggestFrom {
		for _, more := range []func(string) ([]view.Suggestion, error){r.suggestGroups, r.suggestTopics, r.suggestPeople} {
			some, err := more(words)
			if err != nil {
				return err
			}
			out = append(out, some...)
		}
	}
	return r.render(view.SuggestionsFragment(r.words, out))
}

// scopes offer to look within the place that the page is of.
func (r *request) scopes(typed string) (out []view.Suggestion, err error) {
	for _, name := range []string{"topic", "room", "board", "group"} {
		id := number(r.typed(name))
		if id <= 0 {
			continue
		}
		label, err := r.d.Forum.SearchLabel(r.ctx, r.actor, name, id)
		if forum.KindOf(err) == forum.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		a := soughtIn(url.Values{"q": {typed}})
		out = append(out, view.Suggestion{Link: view.Link{Text: r.words.T("search.in-"+name, "Words", typed, "Name", label), Href: a.href(name, decimal(id))}, Kind: "in"})
	}
	return out, nil
}

func (r *request) suggestTopics(words string) ([]view.Suggestion, error) {
	found, err := r.titled(words, search.All, search.Relevance)
	var out []view.Suggestion
	for _, f := range found {
		out = append(out, view.Suggestion{Link: view.Link{Text: f.Title, Href: topicPath(f.TopicID, f.Slug)}, Kind: "topic", Note: f.Group})
	}
	return out, err
}

// titled finds topics by words of their titles, each once.
func (r *request) titled(words string, mode search.Mode, sort search.Sort) (out []forum.Found, err error) {
	a := soughtIn(url.Values{"q": {words}})
	a.ops, a.words = nil, words
	if err := r.d.resolve(r.ctx, r.actor, a, r.words.Location()); err != nil {
		return nil, err
	}
	q := a.query
	q.Titles, q.Mode, q.Sort, q.Kinds, q.Limit = true, mode, sort, []string{"post"}, 4*mostSuggested
	_, visible, err := r.d.sifted(r.ctx, r.actor, q)
	for _, f := range visible {
		if len(out) < mostSuggested && f.Opens {
			out = append(out, f)
		}
	}
	return out, err
}

func (r *request) suggestGroups(words string) (out []view.Suggestion, err error) {
	groups, err := r.d.Forum.SearchNamed(r.ctx, r.actor, "group", words)
	for _, g := range groups[:min(mostSuggested, len(groups))] {
		out = append(out, view.Suggestion{Link: view.Link{Text: g.Name, Href: groupPath(g.Slug)}, Kind: "group"})
	}
	return out, err
}

func (r *request) suggestPeople(words string) (out []view.Suggestion, err error) {
	found, err := r.d.Forum.Directory(r.ctx, r.actor, forum.DirectoryQuery{Words: words})
	for _, row := range found.Rows[:min(mostSuggested, len(found.Rows))] {
		out = append(out, view.Suggestion{Link: view.Link{Text: row.Name, Href: "/m/" + decimal(row.ID)}, Kind: "person", Note: row.Place})
	}
	return out, err
}

// similar shows topics like one whose title is being written.
func (d *Door) similar(r *request) error {
	like, err := r.alike(r.typed("title"))
	if err != nil {
		return err
	}
	return r.render(view.SimilarFragment(r.words, like))
}

// previewAlike shows topics like a new one with its preview; with scripts they are shown while its title is typed.
func (r *request) previewAlike(c *view.Composer) (err error) {
	if r.typed("preview") != "" {
		c.Similar, err = r.alike(r.typed("title"))
	}
	return err
}

// alike are topics whose titles share words with a title: at least two of them, and half as many as the one that shares most.
func (r *request) alike(title string) (out []view.Link, err error) {
	words, _ := search.Parse(title)
	if words == "" {
		return nil, nil
	}
	found, err := r.titled(words, search.Any, search.Relevance)
	most := 0
	for _, f := range found {
		most = max(most, len(search.Marks(words, f.Title)))
	}
	for _, f := range found {
		if n := len(search.Marks(words, f.Title)); n > 1 && 2*n >= most {
			out = append(out, view.Link{Text: f.Title, Href: topicPath(f.TopicID, f.Slug)})
		}
	}
	return out, err
}
