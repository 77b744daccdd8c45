package search

import (
	"context"
	"database/sql"
	_ "embed" // the schemas
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// SQL is the engine in the forum's own database. Its tables come in generations: one is
// searched, and one more is there while the index is being rebuilt.
type SQL struct {
	writer, reader *sql.DB
	base
	known vocabularies

	mu   sync.Mutex
	seen int64 // the generation searched last; 0: look
}

// base is what differs between the databases.
type base interface {
	name() string
	schema() string // of a generation; {} is its number
	legacy() string // statements that drop the tables of before
	drop() string   // statements that drop a generation; {} is its number
	lock() string   // statement by which a transaction writes alone; "": all do
	share() string  // statement by which several put what is new
	// crossed says that a write failed since another was in its way, and may be tried alone.
	crossed(err error) bool
	insert(ctx context.Context, tx *sql.Tx, gen int64, rows []row) error
	addWords(ctx context.Context, tx *sql.Tx, gen int64, words map[string]int64) error
	// holder answers a document that holds a word.
	holder(ctx context.Context, tx *sql.Tx, gen int64, word string) (int64, error)
	// free readies a transaction for many questions to holder.
	free(ctx context.Context, tx *sql.Tx) error
	// ready completes rows, whose ids ascend, before they are written; grow: they are new.
	ready(ctx context.Context, w *writing, gen int64, rows []row, grow bool) error
	// propose answers what matches, in order of time.
	propose(ctx context.Context, db *sql.DB, a ask) (proposal, error)
	// spelled answers words that may be spelled nearly as this one.
	spelled(ctx context.Context, db *sql.DB, gen int64, word string) ([]string, error)
	// settle readies a generation that was built for being searched.
	settle(ctx context.Context, db *sql.DB, gen int64) error
	// sweep empties the tables of generations that were dropped, a little at a time.
	sweep(ctx context.Context, db *sql.DB) error
}

const schemaVersion = 3 // of the tables; others are dropped, and the index is built anew

// NewSQL makes the engine on a database of bun's sqlitedialect or pgdialect.
// On SQLite the writer has one connection, and the driver must have FTS5; the
// reader may be the same. Call [SQL.Migrate] before use.
func NewSQL(writer, reader *bun.DB) *SQL {
	s := &SQL{writer: writer.DB, reader: reader.DB, base: sqlite{}}
	if reader.Dialect().Name() == dialect.PG {
		s.base = postgres{}
	}
	return s
}

// state is the one row that says which generations there are.
type state struct {
	current   int64
	building  int64  // 0: none
	upto      string // the caller's mark of progress
	forgotten int64  // counts whenever words left the vocabulary
}

const stateTable = `CREATE TABLE IF NOT EXISTS search_state (one integer PRIMARY KEY CHECK (one = 1), version integer NOT NULL,
	current bigint NOT NULL, building bigint NOT NULL, upto text NOT NULL, forgotten bigint NOT NULL)`

// querier is a database or transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readState(ctx context.Context, db querier) (st state, err error) {
	err = db.QueryRowContext(ctx, "SELECT current, building, upto, forgotten FROM search_state").
		Scan(&st.current, &st.building, &st.upto, &st.forgotten)
	return st, err
}

func (s *SQL) writeState(ctx context.Context, tx *sql.Tx, st state) error {
	return s.exec(ctx, tx, "UPDATE search_state SET current = ?, building = ?, upto = ?, forgotten = ?",
		st.current, st.building, st.upto, st.forgotten)
}

// numbered puts a generation's number into statements.
func numbered(statements string, gen int64) string {
	return strings.ReplaceAll(statements, "{}", strconv.FormatInt(gen, 10))
}

// bound writes places for arguments as the database wants them.
func (s *SQL) bound(query string) string { return bind(s.base, query) }

func bind(b base, query string) string {
	if _, ok := b.(postgres); !ok {
		return query
	}
	var out strings.Builder
	for n := 1; ; n++ {
		before, after, ok := strings.Cut(query, "?")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		out.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

func (s *SQL) exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, s.bound(query), args...)
	return err
}

// inTx runs a transaction that writes alone, or beside others that put what is new.
func (s *SQL) inTx(ctx context.Context, alone bool, do func(*sql.Tx, state) error) (err error) {
	return s.tx(ctx, alone, func(tx *sql.Tx) error {
		st, err := readState(ctx, tx)
		if err != nil {
			return err
		}
		return do(tx, st)
	})
}

func (s *SQL) tx(ctx context.Context, alone bool, do func(*sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	lock := s.share()
	if alone {
		lock = s.lock()
	}
	if lock != "" {
		if _, err := tx.ExecContext(ctx, lock); err != nil {
			return err
		}
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Migrate makes the engine's tables unless they are there. Tables of another version are
// dropped: the index is [SQL.Empty] then, and wants to be built.
func (s *SQL) Migrate(ctx context.Context) (err error) {
	defer wrap(&err, "migrate")
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.sweep(ctx, s.writer)
}

func (s *SQL) migrate(ctx context.Context) error {
	return s.tx(ctx, true, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, stateTable); err != nil {
			return err
		}
		var version int
		switch err := tx.QueryRowContext(ctx, "SELECT version FROM search_state").Scan(&version); {
		case err == nil && version == schemaVersion:
			return nil
		case err == nil:
			return s.migrateFrom(ctx, tx)
		case err != sql.ErrNoRows: //nolint:errorlint // Scan answers it as it is
			return err
		}
		if _, err := tx.ExecContext(ctx, s.legacy()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, numbered(s.schema(), 1)); err != nil {
			return err
		}
		return s.exec(ctx, tx, "INSERT INTO search_state VALUES (1, ?, 1, 0, '', 0)", schemaVersion)
	})
}

// migrateFrom drops the generations of another version.
func (s *SQL) migrateFrom(ctx context.Context, tx *sql.Tx) error {
	st, err := readState(ctx, tx)
	if err != nil {
		return err
	}
	for _, gen := range []int64{st.current, st.building} {
		if gen == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, numbered(s.drop(), gen)); err != nil {
			return err
		}
	}
	st = state{current: max(st.current, st.building) + 1, forgotten: st.forgotten + 1}
	if _, err := tx.ExecContext(ctx, numbered(s.schema(), st.current)); err != nil {
		return err
	}
	if err := s.exec(ctx, tx, "UPDATE search_state SET version = ?", schemaVersion); err != nil {
		return err
	}
	return s.writeState(ctx, tx, st)
}

// Ready implements [Engine].
func (s *SQL) Ready(ctx context.Context) (err error) {
	defer wrap(&err, "ready")
	_, err = s.Empty(ctx)
	return err
}

// generation is the one to search, looked up once, and again when that failed.
func (s *SQL) generation(ctx context.Context, anew bool) (int64, error) {
	s.mu.Lock()
	seen := s.seen
	s.mu.Unlock()
	if seen != 0 && !anew {
		return seen, nil
	}
	st, err := readState(ctx, s.reader)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = st.current
	return st.current, nil
}

// reading runs a question to the generation that is searched, and once more when the one
// that was seen last is gone.
func (s *SQL) reading(ctx context.Context, ask func(gen int64) error) error {
	gen, err := s.generation(ctx, false)
	if err != nil {
		return err
	}
	if err = ask(gen); err == nil || ctx.Err() != nil {
		return err
	}
	now, again := s.generation(ctx, true)
	if again != nil || now == gen {
		return err
	}
	return ask(now)
}

func wrap(err *error, verb string) {
	if *err != nil {
		*err = fmt.Errorf("search: %s: %w", verb, *err)
	}
}
