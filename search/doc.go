package search

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"
)

// Ref names a thing of the forum.
type Ref struct {
	Kind string // lower-case letters: "topic", "post", "message", "member"
	ID   int64  // positive
}

// Gone names a document that is to be forgotten, and the version of that: what is newer stays.
type Gone struct {
	Ref
	Version int64
}

// Doc is what is stored of one thing. Numbers are 0 when there is none.
type Doc struct {
	Kind    string
	ID      int64
	Version int64 // an older version never overwrites a newer one
	// Audience is the term of those it was written for: "public", "registered", "certified",
	// "group:12", "since:12" (members of group 12 who had joined by At), "circle:7".
	Audience string
	Group    int64
	Board    int64
	Topic    int64
	Room     int64
	Author   int64     // who wrote it: for own documents only, never a filter
	Voice    int64     // the author as its readers may know them: the filter; 0 when masked
	At       time.Time // kept to the microsecond
	Tags     []int64
	Lang     string // BCP 47; "" or malformed: guessed from the words
	Title    string // plain text; words here count more
	Text     string // plain text; what is beyond 16,000 words is not found
	Files    string // names of files that hang on it, searched like text; "": it has none
}

// Stored is what is known of a document without its text.
type Stored struct {
	Ref
	Version int64
	Sum     string // see [Doc.Sum]
}

// Sum is a short hash of all that is stored of the document but its version.
func (d Doc) Sum() string {
	h := sha256.New()
	// A hash writes to memory and does not fail.
	_, _ = fmt.Fprintf(h, "%q %d %q %d %d %d %d %d %d %d %d %q %q %q %q", d.Kind, d.ID, d.Audience, d.Group, d.Board,
		d.Topic, d.Room, d.Author, d.Voice, d.At.UnixMicro(), d.Tags, d.Lang, d.Title, d.Text, d.Files)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

var (
	kindForm     = regexp.MustCompile(`^[a-z]{1,20}$`)
	audienceForm = regexp.MustCompile(`^[a-z]{1,20}(:[0-9]{1,19})?$`)
	langForm     = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
)

func (r Ref) check() error {
	if !kindForm.MatchString(r.Kind) || r.ID <= 0 {
		return fmt.Errorf("%w: %q %d", ErrDoc, r.Kind, r.ID)
	}
	return nil
}

// before is the order of [Keeper.List].
func (r Ref) before(o Ref) bool { return r.Kind < o.Kind || r.Kind == o.Kind && r.ID < o.ID }

func (d Doc) ref() Ref { return Ref{d.Kind, d.ID} }

// newest checks documents and keeps the highest version of each.
func newest(docs []Doc) ([]Doc, error) {
	at := make(map[Ref]int, len(docs))
	kept := make([]Doc, 0, len(docs))
	for _, d := range docs {
		if err := d.ref().check(); err != nil {
			return nil, err
		}
		if !audienceForm.MatchString(d.Audience) {
			return nil, fmt.Errorf("%w: audience %q", ErrDoc, d.Audience)
		}
		if !langForm.MatchString(d.Lang) {
			d.Lang = ""
		}
		i, ok := at[d.ref()]
		switch {
		case !ok:
			at[d.ref()] = len(kept)
			kept = append(kept, d)
		case d.Version >= kept[i].Version:
			kept[i] = d
		}
	}
	return kept, nil
}
