package search

import (
	_ "embed"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

//go:embed schema/sqlite.sql
var sqliteSchema string

// sqlite finds with FTS5 and ranks by [bySaying].
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
		score: bySaying,
		where: "search_fts MATCH ?",
		args:  func(match string) (from, where []any) { return nil, []any{match} },
	}
}

// bySaying ranks by how often each of the words is said, a title's fivefold, less in a longer
// text. It is bm25 with a fixed average length and without rarity: those are counted over all
// documents, and so would tell what stands in the ones that the reader may not see. A word
// said several times running counts about half. Whole numbers, which a cursor names exactly.
func bySaying(p parsed) schema.QueryWithArgs {
	var sum []string
	var args []any
	for _, c := range p.want {
		pattern := " " + strings.Join(c.words, " ")
		if !c.prefix {
			pattern += " "
		}
		// Said n times: n / (n + 0.3 + 0.9 for each thousand bytes), as in bm25 with k1 = 1.2, b = 0.75.
		sum = append(sum, "1.0 / (1.0 + (0.3 + octet_length(d.body) * 0.0009) / max(0.01, "+said("d.title")+" * 5.0 + "+said("d.body")+"))")
		args = append(args, pattern, len(pattern), pattern, len(pattern))
	}
	return bun.SafeQuery("round(1000000 * ("+strings.Join(sum, " + ")+"))", args...)
}

// said counts a pattern, given with its length, in a column of words.
func said(column string) string {
	return "(octet_length(" + column + ") + 2 - octet_length(replace(' ' || " + column + " || ' ', ?, ''))) / ?"
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
