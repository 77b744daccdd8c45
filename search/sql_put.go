package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// SQLite has one writer, for which all others wait: a transaction takes a tenth of a second
// at most. A new document costs one of these, a changed or deleted one several.
const (
	budget     = 400
	costOfEdit = 16
)

// row is a document as it is stored.
type row struct {
	Doc
	fields
	sum  string
	id   int64
	time time.Time // of its place
}

// rowsOf cuts the texts into words, on all processors.
func rowsOf(docs []Doc) []row {
	rows := make([]row, len(docs))
	var work sync.WaitGroup
	for part := range slices.Chunk(rows, max(1, (len(rows)+1)/runtime.GOMAXPROCS(0))) {
		from := docs[:len(part)]
		docs = docs[len(part):]
		work.Go(func() {
			for i, d := range from {
				part[i] = row{Doc: d, fields: d.fields(), sum: d.Sum(), time: d.At}
			}
		})
	}
	work.Wait()
	return rows
}

// held is what is stored of a document already.
type held struct {
	id      int64
	version int64
	deleted bool
	sum     string
	at      int64
}

// errAlone says that a transaction found something to change where it may only add.
var errAlone = errors.New("search: wants to write alone")

// Put implements [Engine].
func (s *SQL) Put(ctx context.Context, docs []Doc) (err error) {
	defer wrap(&err, "put")
	return s.putAll(ctx, docs, nil)
}

// putAll writes docs; with a mark, into the index that is being built only.
func (s *SQL) putAll(ctx context.Context, docs []Doc, upto *string) error {
	docs, err := newest(docs)
	if err != nil || len(docs) == 0 && upto == nil {
		return err
	}
	rows := rowsOf(docs)
	// In order of time, which costs the index least, and the same for all writers.
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	for alone := false; ; {
		n, err := s.putSome(ctx, rows, upto, alone)
		if errors.Is(err, errAlone) || !alone && s.crossed(err) {
			alone = true
			continue
		}
		if err != nil {
			return err
		}
		if rows = rows[n:]; len(rows) == 0 {
			return nil
		}
		alone = false
	}
}

// putSome writes the first rows, as many as fit into one short transaction, and says how many.
func (s *SQL) putSome(ctx context.Context, rows []row, upto *string, alone bool) (n int, err error) {
	var written []func()
	err = s.inTx(ctx, alone, func(tx *sql.Tx, st state) error {
		w := &writing{s: s, tx: tx, st: st, alone: alone || s.share() == ""}
		gens := []int64{st.current}
		if st.building != 0 {
			gens = append(gens, st.building)
		}
		if upto != nil {
			if gens = gens[1:]; len(gens) == 0 {
				return ErrNotBuilding
			}
		}
		batch := rows[:min(len(rows), budget)]
		for _, gen := range gens {
			if n, err = w.put(ctx, gen, batch, upto != nil); err != nil {
				return err
			}
			batch = batch[:n]
		}
		if upto != nil && n == len(rows) {
			w.st.upto = *upto
		}
		written = w.written
		if w.st == st {
			return nil
		}
		if !w.alone && w.st.upto == st.upto {
			return errAlone
		}
		return s.writeState(ctx, tx, w.st)
	})
	if err == nil {
		for _, do := range written {
			do()
		}
	}
	return n, err
}

// writing is one transaction.
type writing struct {
	s       *SQL
	tx      *sql.Tx
	st      state
	alone   bool
	written []func() // once it is committed
}

// put writes the first rows into a generation, and says how many the budget allowed.
func (w *writing) put(ctx context.Context, gen int64, rows []row, build bool) (int, error) {
	have, err := w.have(ctx, gen, rows)
	if err != nil {
		return 0, err
	}
	var fresh, old []row
	left, n := budget, 0
	for _, r := range rows {
		if left <= 0 {
			break
		}
		h, ok := have[r.ref()]
		switch {
		case !ok:
			fresh = append(fresh, r)
			left--
		case h.passes(r.Version, r.sum, build):
			old = append(old, r)
			left -= costOfEdit
		}
		n++
	}
	if len(old) > 0 && !w.alone {
		return 0, errAlone
	}
	if err := w.add(ctx, gen, fresh); err != nil {
		return 0, err
	}
	for _, r := range old {
		if err := w.change(ctx, gen, r, have[r.ref()]); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// passes says whether a document replaces what is there. What is built comes from a look at
// the forum a while ago: it does not bring back what was deleted since.
func (h held) passes(version int64, sum string, build bool) bool {
	if h.deleted {
		return version > h.version && (!build || h.version != 0)
	}
	return version > h.version || version == h.version && sum != h.sum
}

// have answers what is stored of the rows.
func (w *writing) have(ctx context.Context, gen int64, rows []row) (map[Ref]held, error) {
	refs := make([]Ref, len(rows))
	for i, r := range rows {
		refs[i] = r.ref()
	}
	return w.haveRefs(ctx, gen, refs)
}

func (w *writing) haveRefs(ctx context.Context, gen int64, refs []Ref) (map[Ref]held, error) {
	byKind := map[string][]string{}
	for _, r := range refs {
		byKind[r.Kind] = append(byKind[r.Kind], decimal(r.ID))
	}
	out := map[Ref]held{}
	for kind, ids := range byKind {
		if err := w.haveOf(ctx, gen, kind, ids, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// haveOf adds what is stored of some documents of a kind.
func (w *writing) haveOf(ctx context.Context, gen int64, kind string, ids []string, out map[Ref]held) error {
	// The numbers are ours: no text gets into the statement.
	found, err := w.tx.QueryContext(ctx, w.s.bound(numbered("SELECT item, id, version, deleted, sum, at FROM search_document_{} WHERE kind = ? AND item IN ("+
		strings.Join(ids, ", ")+")", gen)), kind)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var h held
		r := Ref{Kind: kind}
		if err := found.Scan(&r.ID, &h.id, &h.version, &h.deleted, &h.sum, &h.at); err != nil {
			return err
		}
		out[r] = h
	}
	return found.Err()
}

// add writes new documents and their words.
func (w *writing) add(ctx context.Context, gen int64, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	p := &placing{s: w.s, tx: w.tx, gen: gen, taken: map[int64]bool{}}
	to := make([]*row, len(rows))
	for i := range rows {
		to[i] = &rows[i]
	}
	if err := p.place(ctx, to); err != nil {
		return err
	}
	// The index wants them in this order.
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	if err := w.s.ready(ctx, w, gen, rows, true); err != nil {
		return err
	}
	if err := w.s.insert(ctx, w.tx, gen, rows); err != nil {
		return err
	}
	return w.learn(ctx, gen, rows)
}

// learn puts the rows' words into the vocabulary.
func (w *writing) learn(ctx context.Context, gen int64, rows []row) error {
	words := map[string]int64{}
	for _, r := range rows {
		for word := range r.distinct() {
			words[word] = r.id
		}
	}
	w.s.known.unknown(w.st, gen, words)
	if len(words) == 0 {
		return nil
	}
	st := w.st
	w.written = append(w.written, func() { w.s.known.add(st, gen, words) })
	return w.s.addWords(ctx, w.tx, gen, words)
}

const setRow = `UPDATE search_document_{} SET id = ?, version = ?, deleted = ?, sum = ?, audience = ?, author = ?, grp = ?, at = ?,
	title = ?, body = ?, files = ?, terms = ? WHERE id = ?`

// change writes over a document, and lets the words go that it no longer holds.
func (w *writing) change(ctx context.Context, gen int64, r row, was held) error {
	r.id = was.id
	if was.at != r.At.UnixMicro() {
		p := &placing{s: w.s, tx: w.tx, gen: gen, taken: map[int64]bool{}}
		if err := p.place(ctx, []*row{&r}); err != nil {
			return err
		}
	}
	one := []row{r}
	if err := w.s.ready(ctx, w, gen, one, false); err != nil {
		return err
	}
	r = one[0]
	err := w.s.exec(ctx, w.tx, numbered(setRow, gen), r.id, r.Version, false, r.sum, r.Audience, r.Author, r.Group,
		r.At.UnixMicro(), r.title, r.body, r.files, r.terms, was.id)
	if err != nil {
		return err
	}
	keeps := r.distinct()
	if r.id != was.id {
		keeps = nil
	}
	if err := w.forget(ctx, gen, was.id, keeps); err != nil {
		return err
	}
	return w.learn(ctx, gen, []row{r})
}

func (w *writing) forget(ctx context.Context, gen, id int64, keeps map[string]bool) error {
	if err := w.s.free(ctx, w.tx); err != nil {
		return err
	}
	gone, err := w.s.forget(ctx, w.tx, gen, id, keeps)
	if gone {
		w.st.forgotten++
	}
	return err
}

// Delete implements [Engine].
func (s *SQL) Delete(ctx context.Context, gone []Gone) (err error) {
	defer wrap(&err, "delete")
	for _, g := range gone {
		if err := g.check(); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(gone, budget/costOfEdit) {
		err := s.inTx(ctx, true, func(tx *sql.Tx, st state) error {
			w := &writing{s: s, tx: tx, st: st, alone: true}
			if err := w.delete(ctx, batch); err != nil || w.st == st {
				return err
			}
			return s.writeState(ctx, tx, w.st)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) delete(ctx context.Context, gone []Gone) error {
	refs := make([]Ref, len(gone))
	for i, g := range gone {
		refs[i] = g.Ref
	}
	have, err := w.haveRefs(ctx, w.st.current, refs)
	if err != nil {
		return err
	}
	for _, g := range gone {
		if h, ok := have[g.Ref]; ok {
			if err := w.blank(ctx, w.st.current, h, g.Version); err != nil {
				return err
			}
		}
	}
	if w.st.building == 0 {
		return nil
	}
	// What is not there yet must not come, since who builds has read it before.
	built, err := w.haveRefs(ctx, w.st.building, refs)
	if err != nil {
		return err
	}
	for _, g := range gone {
		h, ok := built[g.Ref]
		if !ok {
			none := row{Doc: Doc{Kind: g.Kind, ID: g.ID, Version: max(have[g.Ref].version, g.Version)}, time: time.Unix(0, 0)}
			if err := w.add(ctx, w.st.building, []row{none}); err != nil {
				return err
			}
			again, err := w.haveRefs(ctx, w.st.building, []Ref{g.Ref})
			if err != nil {
				return err
			}
			h = again[g.Ref]
		}
		if err := w.blank(ctx, w.st.building, h, g.Version); err != nil {
			return err
		}
	}
	return nil
}

// blank keeps a document's number and the higher version, and nothing else; what is newer stays.
func (w *writing) blank(ctx context.Context, gen int64, h held, version int64) error {
	if h.version > version || h.deleted && h.version == version {
		return nil
	}
	err := w.s.exec(ctx, w.tx, numbered(setRow, gen), h.id, version, true, "", "", 0, 0, 0, "", "", "", "", h.id)
	if err != nil || h.deleted {
		return err
	}
	return w.forget(ctx, gen, h.id, nil)
}
