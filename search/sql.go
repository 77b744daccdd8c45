package search

import (
	"cmp"
	"context"
	_ "embed" // the schemas
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// putBatch is how many documents one write transaction takes: SQLite has one
// writer, for which others wait, a tenth of a second with edits.
const putBatch = 25

// SQL is the engine in the forum's own database.
type SQL struct {
	writer, reader *bun.DB
	flavour
}

// flavour is what differs between the databases.
type flavour struct {
	name   string
	schema string
	reset  string                             // statements that empty the tables
	lock   string                             // statement that lets one node migrate at a time
	text   []string                           // columns that hold the words
	values func(d Doc) []any                  // what goes into them
	match  func(p parsed, either bool) string // the engine's query, of safe words only
	from   string                             // tables; ? is the query
	where  string                             // the match; ? is the query, if used
	// score is higher for better. It is made of the row alone: a rank that counts over all
	// documents tells of those that the reader may not see.
	score func(p parsed) schema.QueryWithArgs
	args  func(match string) (from, where []any)
}

// NewSQL makes the engine on a database of bun's sqlitedialect or pgdialect.
// On SQLite the writer has one connection, and the driver must have FTS5; the
// reader may be the same. Call [SQL.Migrate] before use.
func NewSQL(writer, reader *bun.DB) *SQL {
	s := &SQL{writer: writer, reader: reader, flavour: sqlite()}
	if reader.Dialect().Name() == dialect.PG {
		s.flavour = postgres()
	}
	return s
}

// Migrate makes the engine's tables unless they are there.
func (s *SQL) Migrate(ctx context.Context) (err error) {
	defer wrap(&err, "migrate")
	return s.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if s.lock != "" {
			if _, err := tx.ExecContext(ctx, s.lock); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, s.schema)
		return err
	})
}

// Put implements [Engine].
func (s *SQL) Put(ctx context.Context, docs []Doc) (err error) {
	defer wrap(&err, "put")
	docs, err = newest(docs)
	if err != nil {
		return err
	}
	// One order for all writers, so that they cannot wait for each other.
	slices.SortFunc(docs, func(a, b Doc) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	for batch := range slices.Chunk(docs, putBatch) {
		statement, args := s.upsert(batch)
		if _, err := s.writer.NewRaw(statement, args...).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// upsert is one statement, and so one transaction, for a batch.
func (s *SQL) upsert(docs []Doc) (string, []any) {
	columns := append([]string{"kind", "item", "version", "deleted", "audience", "grp", "board",
		"topic", "author", "at", "lang"}, s.text...)
	row := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
	var args []any
	rows := make([]string, len(docs))
	for i, d := range docs {
		rows[i] = row
		args = append(args, d.Kind, d.ID, d.Version, false, d.Audience, d.Group, d.Board,
			d.Topic, d.Author, d.At.UnixMilli(), d.Lang)
		args = append(args, s.values(d)...)
	}
	set := make([]string, 0, len(columns))
	for _, c := range columns[2:] {
		set = append(set, c+" = excluded."+c)
	}
	return "INSERT INTO search_document (" + strings.Join(columns, ", ") + ") VALUES " +
		strings.Join(rows, ", ") + " ON CONFLICT (kind, item) DO UPDATE SET " + strings.Join(set, ", ") +
		" WHERE excluded.version > search_document.version" +
		" OR (excluded.version = search_document.version AND NOT search_document.deleted)", args
}

// Delete implements [Engine].
func (s *SQL) Delete(ctx context.Context, refs []Ref) (err error) {
	defer wrap(&err, "delete")
	byKind := map[string][]int64{}
	for _, r := range refs {
		if err := r.check(); err != nil {
			return err
		}
		byKind[r.Kind] = append(byKind[r.Kind], r.ID)
	}
	blank := make([]string, len(s.text))
	for i, c := range s.text {
		blank[i] = c + " = ''"
	}
	for kind, ids := range byKind {
		for batch := range slices.Chunk(ids, putBatch) {
			_, err := s.writer.NewRaw("UPDATE search_document SET deleted = ?, audience = '', grp = 0, board = 0,"+
				" topic = 0, author = 0, at = 0, lang = '', "+strings.Join(blank, ", ")+
				" WHERE kind = ? AND item IN (?)", true, kind, bun.List(batch)).Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Reset implements [Engine].
func (s *SQL) Reset(ctx context.Context) (err error) {
	defer wrap(&err, "reset")
	return s.writer.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, s.reset)
		return err
	})
}

// Ready implements [Engine].
func (s *SQL) Ready(ctx context.Context) (err error) {
	defer wrap(&err, "ready")
	var n int
	return s.reader.NewRaw("SELECT count(*) FROM search_document WHERE id = 0").Scan(ctx, &n)
}

// row is one hit with what a cursor needs of it.
type row struct {
	ID    int64
	Kind  string
	Item  int64
	At    int64
	Score float64
}

// Search implements [Engine].
func (s *SQL) Search(ctx context.Context, q Query) (r Result, err error) {
	defer wrap(&err, "search")
	mark := q.mark(s.name)
	after, err := parseCursor(q.Cursor, mark)
	if err != nil {
		return Result{}, err
	}
	q, ok := q.normal()
	p := parse(q.Text)
	if !ok || len(p.want) == 0 {
		return Result{}, nil
	}
	rows, err := s.page(ctx, q, p, q.Mode == Any, after)
	if err != nil {
		return Result{}, err
	}
	for _, row := range rows[:min(len(rows), q.Limit)] {
		at := position{score: row.At, id: row.ID, key: strconv.FormatFloat(row.Score, 'x', -1, 64)}
		r.Hits = append(r.Hits, Hit{Ref: Ref{row.Kind, row.Item}, Score: row.Score, Cursor: at.cursor(mark)})
	}
	if len(rows) > q.Limit {
		r.Cursor = r.Hits[q.Limit-1].Cursor
	}
	return r, nil
}

// page answers one row more than the limit if there are more.
func (s *SQL) page(ctx context.Context, q Query, p parsed, either bool, after *position) ([]row, error) {
	from, where := s.args(s.match(p, either))
	inner := s.reader.NewSelect().
		ColumnExpr("d.id, d.kind, d.item, d.at, ? AS score", s.score(p)).
		TableExpr(s.from, from...).
		Where(s.where, where...).
		Where("d.deleted = ?", false).
		Where("(d.audience IN (?) OR d.author = ?)", bun.List(append(terms(q), "")), own(q.OwnAuthor))
	inner = filters(inner, q)
	// A subquery, so that the cursor compares the very score that is shown. Its limit, which no
	// table reaches, keeps SQLite from working the score out anew wherever it is named.
	outer := s.reader.NewSelect().ColumnExpr("*").TableExpr("(? LIMIT 9223372036854775807) AS hits", inner).Limit(int64(q.Limit) + 1)
	switch q.Sort {
	case Newest:
		outer = outer.OrderExpr("at DESC, id DESC")
		if after != nil {
			outer = outer.Where("(at < ? OR (at = ? AND id < ?))", after.score, after.score, after.id)
		}
	default:
		outer = outer.OrderExpr("score DESC, id DESC")
		if after != nil {
			score, err := strconv.ParseFloat(after.key, 64)
			if err != nil {
				return nil, ErrCursor
			}
			outer = outer.Where("(score < ? OR (score = ? AND id < ?))", score, score, after.id)
		}
	}
	var rows []row
	err := outer.Scan(ctx, &rows)
	return rows, err
}

// own is an author nobody is, for visitors.
func own(author int64) int64 {
	if author <= 0 {
		return -1
	}
	return author
}

func terms(q Query) (out []string) {
	for _, r := range q.Readers {
		out = append(out, r.Term)
	}
	return out
}

func filters(sel *bun.SelectQuery, q Query) *bun.SelectQuery {
	for _, f := range []struct {
		column string
		value  int64
	}{{"author", q.Voice}, {"grp", q.Group}, {"board", q.Board}, {"topic", q.Topic}} {
		if f.value != 0 {
			sel = sel.Where("d.? = ?", bun.Ident(f.column), f.value)
		}
	}
	if len(q.Kinds) > 0 {
		sel = sel.Where("d.kind IN (?)", bun.List(q.Kinds))
	}
	return sel
}

func wrap(err *error, verb string) {
	if *err != nil {
		*err = fmt.Errorf("search: %s: %w", verb, *err)
	}
}
