package forum

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Store is the open database. On SQLite write is one connection and read a pool that
// cannot write; on PostgreSQL both are the same pool.
type Store struct {
	write *bun.DB
	read  *reader
	pool  *pgxpool.Pool // nil on SQLite
	kept  statements    // of the one connection that writes
	turns rounds        // at it
	kind  string        // folder of the dialect's migrations
	owed  atomic.Bool   // the log of writes may hold words that were erased
}

// Open opens "postgres://…" or "sqlite:PATH". It does not touch the schema.
func Open(ctx context.Context, dsn string) (_ *Store, err error) {
	defer during(&err, "open database")
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(ctx, dsn)
	}
	return nil, errors.New("DATABASE_URL must name postgres://… or sqlite:PATH")
}

// mapped is how much of the file a reader maps, in bytes.
const mapped = "1073741824"

func openSQLite(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// busy_timeout stands first: the pragmas after it may already have to wait.
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"}}
	open := func(extra url.Values) *sql.DB {
		q := url.Values{"_pragma": append(append([]string{}, pragmas["_pragma"]...), extra["_pragma"]...)}
		for k, v := range extra {
			if k != "_pragma" {
				q[k] = v
			}
		}
		db, _ := sql.Open("sqlite", "file:"+path+"?"+q.Encode()) // fails only for an unknown driver
		return db
	}
	w := open(url.Values{"_txlock": {"immediate"}})
	w.SetMaxOpenConns(1)
	if err := w.PingContext(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	r := open(url.Values{"_pragma": {"query_only(1)", "mmap_size(" + mapped + ")"}})
	r.SetMaxOpenConns(8)
	r.SetMaxIdleConns(8)
	s := &Store{write: bun.NewDB(w, sqlitedialect.New()), read: &reader{DB: bun.NewDB(r, sqlitedialect.New())}, kind: "sqlite"}
	s.owe() // of a process that ended before
	return s, nil
}

func openPostgres(ctx context.Context, dsn string) (*Store, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	c.ConnConfig.RuntimeParams["jit"] = "off" // to compile one of our questions takes longer than to answer it
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	db := bun.NewDB(stdlib.OpenDBFromPool(pool), pgdialect.New())
	return &Store{write: db, read: &reader{DB: db, numbered: true}, pool: pool, kind: "postgres"}, nil
}

// change runs what is in one commit or not at all: on PostgreSQL each in its own transaction, on SQLite what waits for the one
// connection in a common one. It may be run again, and is not broken off in the middle of a statement that others depend on.
func (s *Store) change(ctx context.Context, verb func(ctx context.Context, tx bun.Tx) error) error {
	if s.pool != nil {
		return s.write.RunInTx(ctx, nil, verb)
	}
	return s.turns.run(ctx, s.write, func(tx bun.Tx) error { return verb(context.WithoutCancel(ctx), tx) })
}

// owe notes that the log of writes holds words that were erased.
func (s *Store) owe() { s.owed.Store(true) }

// scrub empties the log of writes, if it is owed that. While somebody reads from it, it cannot be: it is tried again, and nobody who writes waits for it.
func (s *Store) scrub(ctx context.Context) error {
	if s.pool != nil || !s.owed.Load() {
		return nil
	}
	c, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	s.owed.Store(false) // what is erased meanwhile is owed anew
	var busy, pages, moved int
	if _, err = c.ExecContext(ctx, "PRAGMA busy_timeout = 20"); err == nil {
		err = c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	}
	if err != nil || busy != 0 {
		s.owe()
	}
	_, after := c.ExecContext(context.WithoutCancel(ctx), "PRAGMA busy_timeout = 5000")
	return either(err, after)
}

// Writer is the database handle that may write: for the job queue, which shares it.
func (s *Store) Writer() *bun.DB { return s.write }

// Reader is the pool that only reads.
func (s *Store) Reader() *bun.DB { return s.read.DB }

// Pool is PostgreSQL's own pool; nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Close ends all connections.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read.DB != s.write {
		err = errors.Join(err, s.read.Close())
	}
	if s.pool != nil {
		s.pool.Close()
	}
	return err
}

// passing tells whether the same transaction may succeed when it is run again: a
// serialization failure, a deadlock, or a broken unique index. The last is either two
// nodes that made the same id, or the double click whose first half has just committed:
// run again, the verb finds it and answers with it.
func passing(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// migrationLock keeps two nodes from migrating at once; SQLite's immediate transaction does so by itself.
func (s *Store) migrationLock(ctx context.Context, tx bun.Tx) error {
	if s.pool == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(727001)")
	return err
}

// lockRow makes the others wait who want to change the same row; SQLite has one writer anyhow.
func (w *writer) lockRow(table string, id int64) error {
	if w.f.store.pool == nil {
		return nil
	}
	return w.exec("SELECT 1 FROM ? WHERE id = ? FOR UPDATE", bun.Ident(table), id)
}

// lockRoom makes what is said in a room, and changes of it and of its group, follow one another on PostgreSQL too: what is told of its readers holds
// when the message is there.
func (w *writer) lockRoom(id RoomID) error {
	if w.f.store.pool == nil {
		return nil
	}
	return w.exec("SELECT 1 FROM groups g JOIN rooms r ON r.group_id = g.id WHERE r.id = ? FOR SHARE OF g FOR UPDATE OF r", id)
}

// lockMembers locks the rows of members, in one order.
func (w *writer) lockMembers(ids ...MemberID) error {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := w.lockRow("members", int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// lockGrants makes changes of who holds a role follow one another on PostgreSQL too.
func (w *writer) lockGrants() error {
	if w.f.store.pool == nil {
		return nil
	}
	return w.exec("SELECT pg_advisory_xact_lock(727004)")
}

// lockLog makes entries of the log follow one another on PostgreSQL too.
func (w *writer) lockLog() error {
	if w.f.store.pool == nil {
		return nil
	}
	return w.exec("SELECT pg_advisory_xact_lock(727002)")
}

// Columns lists "table.column" of all our tables, sorted: for the tests that hold the two
// dialects against each other and every column against the register of personal data.
func (s *Store) Columns(ctx context.Context) (out []string, err error) {
	q := `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY 1`
	if s.pool != nil {
		q = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name COLLATE "C", column_name COLLATE "C"`
	}
	err = s.read.scan(ctx, &out, q)
	return out, err
}

// CheckClock refuses a machine whose clock stands before the first possible id: ids and
// the history rule both rest on the clock.
func CheckClock(now time.Time) error {
	if now.UnixMilli() < idEpoch {
		return fmt.Errorf("the clock says %s: set it before starting", now.UTC().Format(time.RFC3339))
	}
	return nil
}

// skipLocked lets two nodes claim different rows; SQLite has one writer anyhow.
func (w *writer) skipLocked() schema.QueryWithArgs {
	if w.f.store.pool == nil {
		return bun.SafeQuery("")
	}
	return bun.SafeQuery("FOR UPDATE SKIP LOCKED")
}

// eachTopic joins to every row before it some topics t that a condition with an ORDER BY and a LIMIT picks, which speaks of
// that row and of the topic as q. SQLite knows no LATERAL, and PostgreSQL would ask the IN of every topic.
func (s *Store) eachTopic(picked schema.QueryWithArgs) schema.QueryWithArgs {
	if s.pool == nil {
		return bun.SafeQuery("CROSS JOIN topics t ON t.id IN (SELECT q.id FROM topics q WHERE ?)", picked)
	}
	return bun.SafeQuery("CROSS JOIN LATERAL (SELECT q.* FROM topics q WHERE ?) t", picked)
}

// alone does what one node at a time is to do; where another is at it, nothing is done. On SQLite there is one node.
func (s *Store) alone(ctx context.Context, lock int64, do func(context.Context) error) error {
	if s.pool == nil {
		return do(ctx)
	}
	c, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	var got bool
	if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lock).Scan(&got); err != nil || !got {
		return err
	}
	defer func() { _, _ = c.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lock) }()
	return do(ctx)
}

// raiseMarks has the numbers of notes for the search engine go on above a number that it already knows: as after an old copy of the store was brought back.
func (w *writer) raiseMarks(above int64) error {
	if w.f.store.pool == nil {
		return either(w.exec("INSERT INTO sqlite_sequence (name, seq) SELECT 'search_marks', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'search_marks')"),
			w.exec("UPDATE sqlite_sequence SET seq = ?0 WHERE name = 'search_marks' AND seq < ?0", above))
	}
	return w.exec("SELECT setval('search_marks_stamp_seq', ?0) FROM search_marks_stamp_seq WHERE last_value < ?0", above)
}

// notesSearched notes rows of kind, thing and time for the search engine, each under a new number.
func (s *Store) notesSearched(rows schema.QueryWithArgs) schema.QueryWithArgs {
	if s.pool == nil {
		return bun.SafeQuery("INSERT OR REPLACE INTO search_marks (kind, item, at) ?", rows)
	}
	return bun.SafeQuery("INSERT INTO search_marks (kind, item, at) ? ON CONFLICT (kind, item) DO UPDATE SET stamp = excluded.stamp, at = excluded.at, owed = 0", rows)
}
