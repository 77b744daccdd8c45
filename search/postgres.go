package search

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

//go:embed schema/postgres.sql
var postgresSchema string

// postgres finds with tsvector and ranks with ts_rank_cd, a title's words
// tenfold (the server's defaults for weights A and D). That counts within the document alone,
// and nothing over all documents.
func postgres() flavour {
	return flavour{
		name:   "postgres",
		schema: postgresSchema,
		reset:  "TRUNCATE search_document",
		lock:   "SELECT pg_advisory_xact_lock(7264837465)", // any number of ours
		text:   []string{"words"},
		values: func(d Doc) []any { return []any{tsvector(d)} },
		match:  tsquery,
		from:   "search_document AS d, CAST(? AS tsquery) AS query",
		score: func(parsed) schema.QueryWithArgs {
			return bun.SafeQuery("CAST(ts_rank_cd(d.words, query) AS double precision)")
		},
		where: "d.words @@ query",
		args:  func(match string) (from, where []any) { return []any{match}, nil },
	}
}

// tsvector writes a document's words with their positions. Words hold
// letters, digits and marks only, so quoting is all they need.
func tsvector(d Doc) string {
	title := words(d.Title, maxDocWords, true)
	body := words(d.Text, maxDocWords-len(title), true)
	var b strings.Builder
	put := func(word string, at int, weight string) {
		b.WriteString("'" + word + "':" + strconv.Itoa(at) + weight + " ")
	}
	for i, w := range title {
		put(w, i+1, "A")
	}
	for i, w := range body {
		// One position stays free: no phrase spans title and text.
		put(w, len(title)+2+i, "")
	}
	return b.String()
}

// tsquery writes the query in PostgreSQL's syntax, see tsvector.
func tsquery(p parsed, either bool) string {
	list := func(clauses []clause, operator string) string {
		out := make([]string, len(clauses))
		for i, c := range clauses {
			out[i] = "('" + strings.Join(c.words, "' <-> '") + "'"
			if c.prefix {
				out[i] += ":*"
			}
			out[i] += ")"
		}
		return "(" + strings.Join(out, operator) + ")"
	}
	operator := " & "
	if either {
		operator = " | "
	}
	query := list(p.want, operator)
	if len(p.not) > 0 {
		query += " & !" + list(p.not, " | ")
	}
	return query
}
