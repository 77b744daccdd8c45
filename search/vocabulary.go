package search

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	mostKnown   = 200_000      // words that are remembered to be there, per generation
	longestKept = maxWordRunes // letters of a word in the vocabulary
)

// vocabularies remember words that a generation's table of words has, so that they are not
// written each time. What is remembered holds as long as no words were forgotten.
type vocabularies struct {
	mu        sync.Mutex
	forgotten int64
	words     map[int64]map[string]struct{}
}

// unknown drops words that are known to be there.
func (v *vocabularies) unknown(st state, gen int64, words map[string]int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.words == nil || v.forgotten != st.forgotten {
		v.words, v.forgotten = map[int64]map[string]struct{}{}, st.forgotten
	}
	known := v.words[gen]
	for w := range words {
		if _, ok := known[w]; ok {
			delete(words, w)
		}
	}
}

// add remembers words that were written when the state was this one.
func (v *vocabularies) add(st state, gen int64, words map[string]int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.words == nil || v.forgotten != st.forgotten {
		return
	}
	for g := range v.words {
		if g != st.current && g != st.building {
			delete(v.words, g)
		}
	}
	if v.words[gen] == nil {
		v.words[gen] = map[string]struct{}{}
	}
	for w := range words {
		if len(v.words[gen]) >= mostKnown {
			return
		}
		v.words[gen][w] = struct{}{}
	}
}

// distinct are the words of a document that stand in the vocabulary.
func (f fields) distinct() map[string]bool {
	out := map[string]bool{}
	for _, text := range []string{f.title, f.body, f.files} {
		for rest := text; rest != ""; {
			var w string
			w, rest, _ = strings.Cut(rest, " ")
			if n := utf8.RuneCountInString(w); n >= 2 && n <= longestKept {
				out[w] = true
			}
		}
	}
	return out
}

// forget takes words that a document no longer holds from the vocabulary, or finds another
// document that holds them. It answers whether any is gone.
func (s *SQL) forget(ctx context.Context, tx *sql.Tx, gen int64, doc int64, keeps map[string]bool) (gone bool, err error) {
	rows, err := tx.QueryContext(ctx, s.bound(numbered("SELECT word FROM search_word_{} WHERE doc = ?", gen)), doc)
	if err != nil {
		return false, err
	}
	held, err := texts(rows)
	if err != nil {
		return false, err
	}
	for _, w := range held {
		if keeps[w] {
			continue
		}
		other, err := s.holder(ctx, tx, gen, w)
		if err != nil {
			return gone, err
		}
		if other != 0 {
			err = s.exec(ctx, tx, numbered("UPDATE search_word_{} SET doc = ? WHERE word = ?", gen), other, w)
		} else {
			gone = true
			err = s.exec(ctx, tx, numbered("DELETE FROM search_word_{} WHERE word = ?", gen), w)
		}
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}

func texts(rows *sql.Rows) (out []string, err error) {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// expand looks up, where errors are forgiven, words spelled nearly as a plan's.
func (s *SQL) expand(ctx context.Context, gen int64, p *plan) (err error) {
	p.known = true
	p.each(func(t *term) {
		if err != nil || len(t.words) != 1 {
			return
		}
		if p.mode == Near && !t.optional {
			t.near, err = s.nearWords(ctx, gen, t.words[0])
		}
		if err == nil && t.prefix && !p.title && utf8.RuneCountInString(t.words[0]) >= leastBegun {
			t.goes, err = s.goingOn(ctx, gen, t.words[0])
		}
	})
	return err
}

const mostGoingOn = 256 // words that are asked for one by one

// goingOn are all words that go on from one, itself included, or nil where they are many. One by
// one they are walked through lazily, where what begins so is all gathered first. A list that was
// cut off would tell of words that the reader may not see.
func (s *SQL) goingOn(ctx context.Context, gen int64, word string) ([]string, error) {
	rows, err := s.reader.QueryContext(ctx, s.bound(numbered("SELECT word FROM search_word_{} WHERE word >= ? AND word < ? LIMIT ?", gen)), word, word+"\U0010ffff", mostGoingOn+1)
	if err != nil {
		return nil, err
	}
	found, err := texts(rows)
	if err != nil || len(found) > mostGoingOn {
		return nil, err
	}
	return append([]string{}, found...), nil
}

// isSign says whether the term is one ideograph, wherever it stands.
func (t *term) isSign() bool {
	return len(t.words) == 1 && isCJK(firstRune(t.words[0])) && utf8.RuneCountInString(t.words[0]) == 1
}

const mostNear = 1000 // words that are taken for one

// nearWords are those that errors may have made of a word, the nearest first, whoever may read
// where they stand: what is asked for is gated, and a list that was cut off where some of them
// are hidden would tell of those.
func (s *SQL) nearWords(ctx context.Context, gen int64, word string) (near []string, err error) {
	if forgiven(utf8.RuneCountInString(word)) == 0 || isCJK(firstRune(word)) {
		return nil, nil
	}
	found, err := s.spelled(ctx, s.reader, gen, word)
	if err != nil {
		return nil, err
	}
	var byErrors [3][]string
	for _, w := range found {
		if d, ok := nearness(word, w); ok && w != word && !contains(byErrors[d], w) {
			byErrors[d] = append(byErrors[d], w)
		}
	}
	near = slices.Concat(byErrors[1], byErrors[2])
	return near[:min(len(near), mostNear)], nil
}
