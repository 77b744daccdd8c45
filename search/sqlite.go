package search

import (
	_ "embed"
	"strings"
)

//go:embed schema/sqlite.sql
var sqliteSchema string

// sqlite finds with FTS5 and ranks with bm25, a title's words fivefold.
func sqlite() flavour {
	return flavour{
		name:   "sqlite",
		schema: sqliteSchema,
		reset:  "DELETE FROM search_document; INSERT INTO search_fts (search_fts) VALUES ('delete-all')",
		text:   []string{"title", "body"},
		values: func(d Doc) []any {
			title := words(d.Title, maxDocWords, true)
			body := words(d.Text, maxDocWords-len(title), true)
			return []any{strings.Join(title, " "), strings.Join(body, " ")}
		},
		match: fts5,
		from:  "search_fts JOIN search_document AS d ON d.id = search_fts.rowid",
		score: "-bm25(search_fts, 5.0, 1.0)", // bm25 is lower for better
		where: "search_fts MATCH ?",
		args:  func(match string) (from, where []any) { return nil, []any{match} },
	}
}

// fts5 writes the query in FTS5's syntax. Every word is quoted; words hold
// letters, digits and marks only.
func fts5(p parsed, either bool) string {
	list := func(clauses []clause, operator string) string {
		out := make([]string, len(clauses))
		for i, c := range clauses {
			out[i] = `"` + strings.Join(c.words, " ") + `"`
			if c.prefix {
				out[i] += " *"
			}
		}
		return "(" + strings.Join(out, operator) + ")"
	}
	operator := " AND "
	if either {
		operator = " OR "
	}
	query := list(p.want, operator)
	if len(p.not) > 0 {
		query += " NOT " + list(p.not, " OR ")
	}
	return query
}
