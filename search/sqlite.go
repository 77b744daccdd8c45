package search

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"strings"
	"unicode/utf8"
)

//go:embed schema/sqlite.sql
var sqliteSchema string

// sqlite finds with FTS5.
type sqlite struct{}

func (sqlite) name() string   { return "sqlite" }
func (sqlite) schema() string { return sqliteSchema }
func (sqlite) lock() string   { return "" } // there is one writer
func (sqlite) share() string  { return "" }

func (sqlite) crossed(error) bool { return false }

func (sqlite) legacy() string {
	return "DROP TABLE IF EXISTS search_fts; DROP TABLE IF EXISTS search_document"
}

// drop only renames: dropping a large table would keep the one writer for seconds.
func (sqlite) drop() string {
	return `DROP TRIGGER IF EXISTS search_insert_{}; DROP TRIGGER IF EXISTS search_update_{}; DROP INDEX IF EXISTS search_word_doc_{};
		ALTER TABLE search_document_{} RENAME TO search_old_document_{};
		ALTER TABLE search_fts_{} RENAME TO search_old_fts_{};
		ALTER TABLE search_word_{} RENAME TO search_old_word_{}`
}

const mergePages = 300 // of the index, at a time

// settle merges the index into one part, which makes searches about twice as fast, in steps
// that keep others waiting no longer than a write.
func (sqlite) settle(ctx context.Context, db *sql.DB, gen int64) error {
	for pages, more := -mergePages, true; more; pages = mergePages {
		var err error
		if more, err = mergeSome(ctx, db, gen, pages); err != nil {
			return err
		}
	}
	return nil
}

// mergeSome merges some pages, and answers whether there was something to merge. A negative
// number begins with all parts.
func mergeSome(ctx context.Context, db *sql.DB, gen int64, pages int) (more bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	var before, after int
	if err := tx.QueryRowContext(ctx, "SELECT total_changes()").Scan(&before); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, numbered("INSERT INTO search_fts_{} (search_fts_{}, rank) VALUES ('merge', ?)", gen), pages); err != nil {
		return false, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT total_changes()").Scan(&after); err != nil {
		return false, err
	}
	return after-before >= 2, tx.Commit()
}

const sweepRows = 500 // at a time

func (sqlite) sweep(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT substr(name, 21) FROM sqlite_master WHERE type = 'table' AND name GLOB 'search_old_document_*'")
	if err != nil {
		return err
	}
	old, err := texts(rows)
	if err != nil {
		return err
	}
	for _, gen := range old {
		at := strings.NewReplacer("{}", gen)
		for _, part := range []string{"search_old_fts_{}_data WHERE id IN (SELECT id FROM search_old_fts_{}_data LIMIT ?)",
			"search_old_word_{} WHERE word IN (SELECT word FROM search_old_word_{} LIMIT ?)",
			"search_old_document_{} WHERE id IN (SELECT id FROM search_old_document_{} LIMIT ?)"} {
			if err := sweepPart(ctx, db, at.Replace("DELETE FROM "+part)); err != nil {
				return err
			}
		}
		// The first table goes last: it says that there is something left to sweep.
		_, err := db.ExecContext(ctx, at.Replace("DROP TABLE IF EXISTS search_old_fts_{}; DROP TABLE IF EXISTS search_old_word_{}; DROP TABLE IF EXISTS search_old_document_{}"))
		if err != nil {
			return err
		}
	}
	return nil
}

func sweepPart(ctx context.Context, db *sql.DB, statement string) error {
	for {
		done, err := db.ExecContext(ctx, statement, sweepRows)
		if err != nil {
			if strings.Contains(err.Error(), "no such table") { // somebody else sweeps, too
				return nil
			}
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

func (sqlite) insert(ctx context.Context, tx *sql.Tx, gen int64, rows []row) error {
	add, err := tx.PrepareContext(ctx, numbered("INSERT INTO search_document_{} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", gen))
	if err != nil {
		return err
	}
	defer func() { _ = add.Close() }()
	for _, r := range rows {
		_, err := add.ExecContext(ctx, r.id, r.Kind, r.ID, r.Version, false, r.sum, r.Audience, r.Author, r.Group,
			r.At.UnixMicro(), r.title, r.body, r.files, r.terms)
		if err != nil {
			return err
		}
	}
	return nil
}

func (sqlite) addWords(ctx context.Context, tx *sql.Tx, gen int64, words map[string]int64) error {
	add, err := tx.PrepareContext(ctx, numbered("INSERT INTO search_word_{} VALUES (?, ?) ON CONFLICT DO NOTHING", gen))
	if err != nil {
		return err
	}
	defer func() { _ = add.Close() }()
	for word, doc := range words {
		if _, err := add.ExecContext(ctx, word, doc); err != nil {
			return err
		}
	}
	return nil
}

func (sqlite) holder(ctx context.Context, tx *sql.Tx, gen int64, word string) (id int64, err error) {
	err = tx.QueryRowContext(ctx, numbered("SELECT rowid FROM search_fts_{} WHERE search_fts_{} MATCH ? LIMIT 1", gen), quoted(word)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

func (sqlite) free(context.Context, *sql.Tx) error { return nil }

func (sqlite) ready(context.Context, *writing, int64, []row, bool) error { return nil }

// spelled looks at words with the same first letter, or with the first two swapped, and of
// about this length.
func (sqlite) spelled(ctx context.Context, db *sql.DB, gen int64, word string) ([]string, error) {
	return spelledByLetters(ctx, sqlite{}, db, gen, word)
}

func spelledByLetters(ctx context.Context, b base, db *sql.DB, gen int64, word string) (out []string, err error) {
	_, first := utf8.DecodeRuneInString(word)
	_, second := utf8.DecodeRuneInString(word[first:])
	same, swapped := word[:first], word[first:first+second]+word[:first]
	n := utf8.RuneCountInString(word)
	most := forgiven(n)
	for _, start := range []string{same, swapped} {
		rows, err := db.QueryContext(ctx, bind(b, numbered("SELECT word FROM search_word_{} WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?", gen)),
			start, start+"\U0010ffff", n-most, n+most)
		if err != nil {
			return nil, err
		}
		found, err := texts(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// propose reads matches in order of time until there are enough that pass. All of the gate is
// asked for in the index only when very many matches were passed over: that costs more where
// words are rare, and far less where the reader may see little of what is common.
func (b sqlite) propose(ctx context.Context, db *sql.DB, a ask) (proposal, error) {
	got, err := b.read(ctx, db, a, a.lightly(), mostPassed)
	if err != nil || !got.passed {
		return got, err
	}
	return b.read(ctx, db, a, a.match.and(a.q.gate()), mostRead)
}

// How many matches are looked at, without the readers' terms and with them.
const (
	mostPassed = 4000
	mostRead   = 50_000
)

func (sqlite) read(ctx context.Context, db *sql.DB, a ask, match node, most int) (got proposal, err error) {
	order := "DESC"
	if a.oldest {
		order = "ASC"
	}
	rows, err := db.QueryContext(ctx, numbered(`SELECT d.id, d.kind, d.item, d.at, d.audience, d.author, d.grp, d.title, d.body, d.files
		FROM search_fts_{} AS f CROSS JOIN search_document_{} AS d ON d.id = f.rowid
		WHERE search_fts_{} MATCH ? AND f.rowid >= ? AND f.rowid <= ? ORDER BY f.rowid `+order, a.gen), match.fts5(), a.low, a.high)
	if err != nil {
		return got, err
	}
	defer func() { _ = rows.Close() }()
	for n, size := 0, 0; rows.Next(); n++ {
		if n >= most {
			got.passed = true // whether there is more is not known, and not told
			return got, nil
		}
		var c candidate
		if err := rows.Scan(&c.id, &c.Kind, &c.ID, &c.at, &c.audience, &c.author, &c.group, &c.title, &c.text, &c.files); err != nil {
			return got, err
		}
		if a.q.lets(&c) {
			if len(got.found) >= a.limit || size > a.bytes {
				got.more = true
				return got, nil
			}
			got.found = append(got.found, c)
			size += c.size()
		}
	}
	return got, rows.Err()
}

// quoted is a word or phrase in FTS5's syntax: words hold letters, digits and marks only.
func quoted(words string) string { return `"` + words + `"` }
