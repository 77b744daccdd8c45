package forum

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// layout is what a store's tables are like: for archives of the whole portal (portal.go).
type layout struct {
	kinds  map[string]map[string]string // table, column: "integer", "text" or "bytes"
	keys   map[string][]string          // table: columns of its primary key, in order
	refers map[string][]string          // table: others that its rows name
}

// layout reads the catalogue of the database.
func (s *Store) layout(ctx context.Context, q bun.IDB) (l layout, err error) {
	columns := `SELECT m.name AS tab, c.name AS col, c.type AS kind, c.pk AS pk FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 4`
	refers := `SELECT DISTINCT m.name AS tab, f."table" AS ref FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2`
	if s.pool != nil {
		columns = `SELECT cl.relname AS tab, a.attname AS col, ty.typname AS kind, coalesce(array_position(co.conkey, a.attnum), 0) AS pk FROM pg_class cl
			JOIN pg_attribute a ON a.attrelid = cl.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type ty ON ty.oid = a.atttypid
			LEFT JOIN pg_constraint co ON co.conrelid = cl.oid AND co.contype = 'p' WHERE cl.relkind = 'r' AND cl.relnamespace = current_schema()::regnamespace ORDER BY 1, 4`
		refers = `SELECT DISTINCT a.relname AS tab, b.relname AS ref FROM pg_constraint co JOIN pg_class a ON a.oid = co.conrelid JOIN pg_class b ON b.oid = co.confrelid
			WHERE co.contype = 'f' AND a.relnamespace = current_schema()::regnamespace ORDER BY 1, 2`
	}
	var rows []struct {
		Tab, Col, Kind string
		Pk             int
	}
	var names []struct{ Tab, Ref string }
	if err = either(q.NewRaw(columns).Scan(ctx, &rows), q.NewRaw(refers).Scan(ctx, &names)); err != nil {
		return l, err
	}
	l = layout{map[string]map[string]string{}, map[string][]string{}, map[string][]string{}}
	for _, r := range rows {
		if l.kinds[r.Tab] == nil {
			l.kinds[r.Tab] = map[string]string{}
		}
		l.kinds[r.Tab][r.Col] = kindOf(r.Kind)
		if r.Pk > 0 {
			l.keys[r.Tab] = append(l.keys[r.Tab], r.Col)
		}
	}
	for _, r := range names {
		l.refers[r.Tab] = append(l.refers[r.Tab], r.Ref)
	}
	return l, nil
}

// kindOf names the kind of a column's type; of one that no archive carries it is the type itself.
func kindOf(typ string) string {
	switch strings.ToUpper(typ) {
	case "INTEGER", "BIGINT", "INT8", "INT4", "INT2":
		return "integer"
	case "TEXT":
		return "text"
	case "BLOB", "BYTEA":
		return "bytes"
	}
	return typ
}

// hasTable is the question whether there is a table: 1 or 0.
func (s *Store) hasTable(name string) string {
	if s.pool != nil {
		return "SELECT CASE WHEN to_regclass('" + name + "') IS NULL THEN 0 ELSE 1 END"
	}
	return "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '" + name + "'"
}

// refused tells of rows that do not fit the store, and not of a store that fails.
func refused(err error, table string) error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	if errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23")) ||
		errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_CONSTRAINT || lite.Code()&0xff == sqlite3.SQLITE_MISMATCH) {
		return brokenPortal("rows of %s are refused: %v", table, err)
	}
	return fmt.Errorf("rows of %s: %w", table, err)
}

// snapshot reads the store as it is at one moment, while others write.
func (s *Store) snapshot(ctx context.Context, read func(tx bun.Tx) error) error {
	c, err := s.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	var o *sql.TxOptions // SQLite: a transaction that reads holds what was there at its first question
	if s.pool != nil {
		o = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	} else { // all is read once: what is mapped of it would count as memory of the process
		if _, err := c.ExecContext(ctx, "PRAGMA mmap_size = 0"); err != nil {
			return err
		}
		defer func() { _, _ = c.ExecContext(context.WithoutCancel(ctx), "PRAGMA mmap_size = "+mapped) }()
	}
	tx, err := c.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var n int
	if err := tx.NewRaw("SELECT count(*) FROM schema_migrations").Scan(ctx, &n); err != nil {
		return err
	}
	return read(tx)
}

// inBytes orders texts by their bytes, as SQLite does.
func (s *Store) inBytes(column, kind string) string {
	if s.pool != nil && kind == "text" {
		return `"` + column + `" COLLATE "C"`
	}
	return `"` + column + `"`
}

// bring writes rows of an archive, and how far it is, in one commit. progress has one ?, the number of entries that are done.
func (s *Store) bring(ctx context.Context, entries []portalEntry, was, done int) error {
	const progress = "UPDATE portal_imports SET entries = %s WHERE entries = %s"
	if s.pool != nil {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			for _, e := range entries {
				if _, err := tx.CopyFrom(ctx, pgx.Identifier{e.Table.Name}, e.Table.Columns, pgx.CopyFromRows(cleaned(e.Rows))); err != nil {
					return refused(err, e.Table.Name)
				}
			}
			res, err := tx.Exec(ctx, fmt.Sprintf(progress, "$1", "$2"), done, was)
			return oneRow(res.RowsAffected(), err)
		})
	}
	return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for _, e := range entries {
			if err := insertRows(ctx, tx.Tx, &e); err != nil {
				return refused(err, e.Table.Name)
			}
		}
		res, err := tx.Tx.ExecContext(ctx, fmt.Sprintf(progress, "?", "?"), done, was)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		return oneRow(n, err)
	})
}

func oneRow(n int64, err error) error {
	if err == nil && n != 1 {
		err = ErrPortalOther
	}
	return err
}

// insertRows puts rows into a table, many with one statement.
func insertRows(ctx context.Context, tx *sql.Tx, e *portalEntry) error {
	const most = 400 // values of one statement
	many := max(1, most/len(e.Table.Columns))
	marks := "(?" + strings.Repeat(", ?", len(e.Table.Columns)-1) + ")"
	into := fmt.Sprintf(`INSERT INTO "%s" ("%s") VALUES `, e.Table.Name, strings.Join(e.Table.Columns, `", "`))
	var kept *sql.Stmt // for so many rows
	defer func() {
		if kept != nil {
			_ = kept.Close()
		}
	}()
	for rows := range slices.Chunk(e.Rows, many) {
		values := slices.Concat(rows...)
		if len(rows) < many {
			_, err := tx.ExecContext(ctx, into+marks+strings.Repeat(", "+marks, len(rows)-1), values...)
			return err
		}
		if kept == nil {
			var err error
			if kept, err = tx.PrepareContext(ctx, into+marks+strings.Repeat(", "+marks, many-1)); err != nil { //nolint:sqlclosecheck // it is, above
				return err
			}
		}
		if _, err := kept.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

// cleaned takes from texts what PostgreSQL has no place for: what is no text.
func cleaned(rows [][]any) [][]any {
	for _, row := range rows {
		for i, v := range row {
			if s, is := v.(string); is && isOdd(s) {
				row[i] = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
			}
		}
	}
	return rows
}
