package forum

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/uptrace/bun"
)

//go:embed migrations
var migrations embed.FS

// ErrNewerSchema says that the database was written by a newer version of the program.
var ErrNewerSchema = errors.New("the database was made by a newer version of this program")

// Migrate brings the schema up to date: plain SQL, forward only, all in one transaction
// under a lock, so that two nodes may start at once and a killed start changes nothing.
func (s *Store) Migrate(ctx context.Context) (err error) {
	return s.migrateTo(ctx, "")
}

// migrateTo migrates up to a migration, and not further; "": to the last.
func (s *Store) migrateTo(ctx context.Context, last string) (err error) {
	defer during(&err, "migrate")
	names, err := fs.Glob(migrations, path.Join("migrations", s.kind, "*.sql"))
	if err != nil {
		return err
	}
	sort.Strings(names)
	return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := s.migrationLock(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)"); err != nil {
			return err
		}
		var done []string
		if err := tx.NewRaw("SELECT name FROM schema_migrations ORDER BY name").Scan(ctx, &done); err != nil {
			return err
		}
		if err := s.apply(ctx, tx, names, done, last); err != nil {
			return err
		}
		if last != "" && last < path.Base(names[len(names)-1]) {
			return nil
		}
		return fillNameKeys(ctx, tx)
	})
}

// fillNameKeys gives members their key whose name was written before there were keys (0080).
func fillNameKeys(ctx context.Context, tx bun.Tx) error {
	var all []struct {
		ID   MemberID `bun:"id"`
		Name string
	}
	if err := tx.NewRaw("SELECT id, name FROM members WHERE name_key = '' AND name <> ''").Scan(ctx, &all); err != nil {
		return err
	}
	for _, m := range all {
		if _, err := tx.NewRaw("UPDATE members SET name_key = ? WHERE id = ?", nameKey(m.Name), m.ID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) apply(ctx context.Context, tx bun.Tx, names, done []string, last string) error {
	if len(done) > len(names) || len(done) > 0 && done[len(done)-1] > path.Base(names[len(names)-1]) {
		return fmt.Errorf("%w (%s)", ErrNewerSchema, done[len(done)-1])
	}
	for _, name := range names[len(done):] {
		if last != "" && path.Base(name) > last {
			break
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		for _, statement := range strings.Split(string(text), ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.Tx.ExecContext(ctx, statement); err != nil { // the inner Tx: bun would look for its own marks
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if _, err := tx.NewRaw("INSERT INTO schema_migrations (name) VALUES (?)", path.Base(name)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
