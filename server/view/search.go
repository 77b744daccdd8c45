package view

import (
	"cmp"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
)

// Search is /search.
type Search struct {
	Query       string // as it was typed
	Asked       bool
	Total       string // how many were found, in words
	Part        string // which of them the page shows, in words; "": all
	Loose       string // that they have not all of the words, in words; ""
	Wrote       *Link  // to what somebody wrote who is called so
	Unknown     string // an operator that names nothing the reader may know of
	Degraded    bool   // the engine that forgives more is away
	Chips       []Link // filters that hold; each leads to the search without it
	Clear       string // the search without any
	Sorts       []Link
	Facets      []Facet
	People      []DirectoryRow
	MorePeople  string // address of more of them; ""
	Hits        []Hit
	Hint        *Link    // the same, spelled otherwise
	Holds       []Option // the filters that hold, which stay when other words are typed
	Kept        string   // the search as its address holds it, to be kept
	Recent      []Link
	NotesRecent bool // what the reader looks for is noted
}

// Facet is a quality by which findings are counted; New of a value is how many have it.
type Facet struct {
	Name   string
	Values []Link
}

// Hit is one post or message that was found.
type Hit struct {
	Href, Title, Place string
	Room               bool   // it was said in a room, whose name is Title
	Kind               string // what else it is, in words
	Author             Face
	At                 forum.Instant
	Excerpt            string   // plain
	Marks, TitleMarks  [][2]int // byte ranges of Excerpt and Title to mark
	Files              []string
	Audience           Audience
}

// Suggestion is one line of what may be meant by what is typed.
type Suggestion struct {
	Link
	Kind string // "in", "recent", "topic", "group" or "person"
	Note string
}

// Searches is /account/searches: what its member keeps to look for again. Fields: query, name, tells.
type Searches struct {
	Form
	Kept        []KeptSearch
	Recent      []Link
	NotesRecent bool
}

// KeptSearch is one of them.
type KeptSearch struct {
	Link
	Query string
	Drop  string // where its button goes
	Tells bool
}

// unknown is the key of what is said of an operator that names nothing, or no time.
func (p *Search) unknown() string {
	if strings.HasPrefix(p.Unknown, "before:") || strings.HasPrefix(p.Unknown, "after:") {
		return "search.none-date"
	}
	return "search.none-named"
}

// piece is a part of a text, marked or not.
type piece struct {
	text string
	mark bool
}

// highlit cuts a text where it is marked.
func highlit(text string, marks [][2]int) (out []piece) {
	at := 0
	for _, m := range marks {
		if m[0] < at || m[1] > len(text) || m[0] >= m[1] {
			continue
		}
		if m[0] > at {
			out = append(out, piece{text: text[at:m[0]]})
		}
		out = append(out, piece{text[m[0]:m[1]], true})
		at = m[1]
	}
	if at < len(text) {
		out = append(out, piece{text: text[at:]})
	}
	return out
}

// within are the ids of the places that a page is of.
func (s Shell) within() string {
	if s.Rail == nil {
		return s.Within
	}
	return s.Rail.Within
}

func (s Suggestion) icon() string {
	return map[string]string{"in": "search", "recent": "clock", "topic": "board", "group": "users", "person": "user"}[s.Kind]
}

func (s Suggestion) note(w text.Words) string { return cmp.Or(s.Note, w.T("search.suggest-"+s.Kind)) }
