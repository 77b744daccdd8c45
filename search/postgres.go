package search

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"sort"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed schema/postgres.sql
var postgresSchema string

// postgres finds with lexemes in a GIN index.
type postgres struct{}

func (postgres) name() string   { return "postgres" }
func (postgres) schema() string { return postgresSchema }
func (postgres) legacy() string { return "DROP TABLE IF EXISTS search_document" }

// Any number of ours. Several transactions put new documents beside each other; one that lets
// words go from the vocabulary, or changes generations, is alone.
func (postgres) lock() string  { return "SELECT pg_advisory_xact_lock(7264837466)" }
func (postgres) share() string { return "SELECT pg_advisory_xact_lock_shared(7264837466)" }

// crossed: two put the same document, or chose the same place, or waited for each other.
func (postgres) crossed(err error) bool {
	const uniqueViolation, deadlock = "23505", "40P01"
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == uniqueViolation || e.Code == deadlock)
}

func (postgres) drop() string {
	return "DROP TABLE IF EXISTS search_document_{}, search_word_{}, search_block_{}"
}

func (postgres) sweep(context.Context, *sql.DB) error { return nil }

// settle lets the server know what the tables hold, and writes what waits beside the index.
func (postgres) settle(ctx context.Context, db *sql.DB, gen int64) error {
	_, err := db.ExecContext(ctx, numbered("SELECT gin_clean_pending_list('search_lexeme_{}'); ANALYZE search_document_{}; ANALYZE search_word_{}", gen))
	return err
}

const lexemes = "(title || ' ' || body || ' ' || files || ' ' || terms)::tsvector"

// column is one value of each row.
func column[T any](rows []row, of func(row) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}

func (postgres) insert(ctx context.Context, tx *sql.Tx, gen int64, rows []row) error {
	_, err := tx.ExecContext(ctx, numbered(`INSERT INTO search_document_{}
		SELECT id, kind, item, version, false, sum, audience, author, grp, at, title, body, files, terms
		FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
			$10::text[], $11::text[], $12::text[], $13::text[])
		AS new (id, kind, item, version, sum, audience, author, grp, at, title, body, files, terms)`, gen),
		column(rows, func(r row) int64 { return r.id }), column(rows, func(r row) string { return r.Kind }),
		column(rows, func(r row) int64 { return r.ID }), column(rows, func(r row) int64 { return r.Version }),
		column(rows, func(r row) string { return r.sum }), column(rows, func(r row) string { return r.Audience }),
		column(rows, func(r row) int64 { return r.Author }), column(rows, func(r row) int64 { return r.Group }),
		column(rows, func(r row) int64 { return r.At.UnixMicro() }), column(rows, func(r row) string { return r.title }),
		column(rows, func(r row) string { return r.body }), column(rows, func(r row) string { return r.files }),
		column(rows, func(r row) string { return r.terms }))
	return err
}

func (postgres) addWords(ctx context.Context, tx *sql.Tx, gen int64, words map[string]int64) error {
	var list []string
	for w := range words {
		list = append(list, w)
	}
	sort.Strings(list) // one order for all, so that they cannot wait for each other
	docs := make([]int64, len(list))
	for i, w := range list {
		docs[i] = words[w]
	}
	_, err := tx.ExecContext(ctx, numbered("INSERT INTO search_word_{} SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING", gen), list, docs)
	return err
}

// free makes looking for one holder of a common word cheap: the index answers some, at random.
func (postgres) free(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "SET LOCAL gin_fuzzy_search_limit = 100; SET LOCAL enable_seqscan = off")
	return err
}

func (postgres) holder(ctx context.Context, tx *sql.Tx, gen int64, word string) (id int64, err error) {
	err = tx.QueryRowContext(ctx, numbered("SELECT id FROM search_document_{} WHERE "+lexemes+" @@ $1::tsquery LIMIT 1", gen), leaf(word).tsquery()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

// spelled asks trigrams where the extension is, and letters in any case.
func (b postgres) spelled(ctx context.Context, db *sql.DB, gen int64, word string) ([]string, error) {
	out, err := spelledByLetters(ctx, b, db, gen, word)
	if err != nil {
		return nil, err
	}
	var there sql.NullString
	err = db.QueryRowContext(ctx, "SELECT to_regclass($1)::text", numbered("search_spelling_{}", gen)).Scan(&there)
	if err != nil || !there.Valid {
		return out, err
	}
	rows, err := db.QueryContext(ctx, numbered("SELECT word FROM search_word_{} WHERE word % $1 ORDER BY word <-> $1, word LIMIT 1000", gen), word)
	if err != nil {
		return nil, err
	}
	more, err := texts(rows)
	return append(out, more...), err
}
