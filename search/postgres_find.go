package search

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A block is a stretch of time with about so many documents.
const (
	blockSize = 4096
	inRow     = 16 // blocks of a row, which are asked for as one
)

// block is one of them, as the table has it.
type block struct {
	low, number, documents int64
}

func blocks(ctx context.Context, db querier, gen int64) (out []block, err error) {
	rows, err := db.QueryContext(ctx, numbered("SELECT low, number, documents FROM search_block_{} ORDER BY low", gen))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b block
		if err := rows.Scan(&b.low, &b.number, &b.documents); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// ready notes for each row, whose ids ascend, in which block it is. Only the last one is
// closed when it is full; what comes late for an older one stays there. Who opens one is alone.
func (postgres) ready(ctx context.Context, w *writing, gen int64, rows []row, grow bool) error {
	all, err := blocks(ctx, w.tx, gen)
	if err != nil {
		return err
	}
	grown := map[int64]int64{}
	for i := range rows {
		r := &rows[i]
		at := sort.Search(len(all), func(k int) bool { return all[k].low > r.id }) - 1
		if len(all) == 0 || at == len(all)-1 && grow && all[at].documents >= blockSize {
			if !w.alone {
				return errAlone
			}
			next := block{low: r.id, number: int64(len(all) + 1)}
			if len(all) == 0 {
				next.low = math.MinInt64
			}
			all = append(all, next)
			at = len(all) - 1
		}
		all[at].documents++
		grown[all[at].low]++
		n := all[at].number
		r.terms = strings.TrimSpace(r.terms + " " + termBlock + decimal(n) + " " + termRow + decimal(n/inRow))
	}
	for _, b := range all {
		if grown[b.low] == 0 || !grow {
			continue
		}
		_, err := w.tx.ExecContext(ctx, numbered(`INSERT INTO search_block_{} AS b VALUES ($1, $2, $3)
			ON CONFLICT (low) DO UPDATE SET documents = b.documents + excluded.documents`, gen), b.low, b.number, grown[b.low])
		if err != nil {
			return err
		}
	}
	return nil
}

// How a question goes through the blocks: two at first, and then as many as it takes to find
// enough, but no more than these many matches at a time; all the rest when it has few.
const (
	firstBlocks = 2
	atOnce      = 12_000
	fewLeft     = 2_500
)

// propose asks the newest blocks first. When most of what is found is not for the reader, all
// of the gate is asked for in the index, too.
func (b postgres) propose(ctx context.Context, db *sql.DB, a ask) (got proposal, err error) {
	order, err := inReach(ctx, db, a)
	if err != nil {
		return got, err
	}
	gated := false
	for at, n := 0, firstBlocks; at < len(order) && len(got.found) <= a.limit; {
		part := order[at:order.rowEnd(at, n)]
		one := a
		one.limit = a.limit + 1 - len(got.found)
		if one.match = a.lightly(); gated {
			one.match = a.match.and(a.q.gate())
		}
		if n < len(order)-at || at == 0 && len(order) > firstBlocks {
			one.match = one.match.and(lexemesOf(part))
		}
		one.low, one.high = max(a.low, part.low()), min(a.high, part.high())
		found, raw, err := b.matches(ctx, db, one)
		if err != nil {
			return got, err
		}
		got.found = append(got.found, found...)
		for i := range found {
			a.bytes -= found[i].size()
		}
		if a.bytes < 0 {
			got.more = true
			return got, nil
		}
		at += len(part)
		gated = gated || raw > 3*len(found)+100
		n = blocksNext(len(part), len(found), raw, a.limit+1-len(got.found), len(order)-at)
	}
	if got.more = len(got.found) > a.limit; got.more {
		got.found = got.found[:a.limit]
	}
	return got, nil
}

// blocksNext is how many blocks to ask next, after so many held so much.
func blocksNext(asked, found, raw, wanted, left int) int {
	perBlock := float64(raw) / float64(asked)
	if perBlock*float64(left) <= fewLeft {
		return max(left, 1)
	}
	n := 1.3 * float64(wanted) * float64(asked) / max(float64(found), 0.5)
	return int(max(firstBlocks, min(n, atOnce/perBlock)))
}

// stretch is some blocks next to each other, and where the last of them ends.
type stretch []struct {
	block
	end int64
}

func (s stretch) low() int64  { return min(s[0].low, s[len(s)-1].low) }
func (s stretch) high() int64 { return max(s[0].end, s[len(s)-1].end) }

// rowEnd is where n blocks from one on end; where they are many, at the end of a row.
func (s stretch) rowEnd(at, n int) int {
	end := min(at+n, len(s))
	for n >= inRow/2 && end < len(s) && s[end].number/inRow == s[end-1].number/inRow {
		end++
	}
	return end
}

// lexemesOf asks for rows where all of one is in the stretch: the fewer lexemes, the better.
func lexemesOf(s stretch) node {
	rows := map[int64]int{}
	for _, b := range s {
		rows[b.number/inRow]++
	}
	var kids []node
	for _, b := range s {
		switch n := rows[b.number/inRow]; {
		case n == inRow:
			kids = append(kids, leaf(termRow+decimal(b.number/inRow)))
			rows[b.number/inRow] = -1
		case n > 0:
			kids = append(kids, leaf(termBlock+decimal(b.number)))
		}
	}
	return anyOf(kids)
}

// inReach are the blocks that a question is about, in the order in which it wants them.
func inReach(ctx context.Context, db *sql.DB, a ask) (stretch, error) {
	all, err := blocks(ctx, db, a.gen)
	if err != nil {
		return nil, err
	}
	out := make(stretch, 0, len(all))
	for i, b := range all {
		end := int64(math.MaxInt64)
		if i+1 < len(all) {
			end = all[i+1].low - 1
		}
		if b.low <= a.high && end >= a.low {
			out = append(out, struct {
				block
				end int64
			}{b, end})
		}
	}
	if !a.oldest {
		slices.Reverse(out)
	}
	return out, nil
}

// matches answers what matches and passes, in order, and how many matched.
func (postgres) matches(ctx context.Context, db *sql.DB, a ask) (found []candidate, raw int, err error) {
	c := &conditions{}
	match := "(id + 0 BETWEEN " + c.arg(a.low) + " AND " + c.arg(a.high)
	for _, key := range a.match.keys() {
		match += " AND " + lexemes + " @@ " + c.arg(key.tsquery()) + "::tsquery"
	}
	for _, p := range a.phrases {
		n := c.arg(p)
		match += " AND (strpos(' ' || body || ' ', " + n + ") > 0 OR strpos(' ' || title || ' ', " + n + ") > 0 OR strpos(' ' || files || ' ', " + n + ") > 0)"
	}
	order := "DESC"
	if a.oldest {
		order = "ASC"
	}
	query := numbered("WITH m AS MATERIALIZED (SELECT id, at, audience, grp, author FROM search_document_{} WHERE "+match+"))", a.gen) +
		", p AS MATERIALIZED (SELECT id FROM m WHERE " + c.gate(a.q) + " ORDER BY id " + order + " LIMIT " + c.arg(a.limit) + ")" +
		numbered(` SELECT n.c, d.id, d.kind, d.item, d.at, d.audience, d.author, d.grp, d.title, d.body, d.files
		FROM (SELECT count(*) AS c FROM m) AS n LEFT JOIN p ON true LEFT JOIN search_document_{} AS d ON d.id = p.id ORDER BY d.id `+order, a.gen)
	rows, err := db.QueryContext(ctx, query, c.args...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for size := 0; rows.Next() && size <= a.bytes; {
		var id, item, at, author, group sql.NullInt64
		var kind, audience, title, text, files sql.NullString
		if err := rows.Scan(&raw, &id, &kind, &item, &at, &audience, &author, &group, &title, &text, &files); err != nil {
			return nil, 0, err
		}
		one := candidate{Ref: Ref{kind.String, item.Int64}, id: id.Int64, at: at.Int64, audience: audience.String, author: author.Int64,
			group: group.Int64, title: title.String, text: text.String, files: files.String}
		if id.Valid && a.q.lets(&one) {
			found = append(found, one)
			size += one.size()
		}
	}
	return found, raw, rows.Err()
}

// conditions gathers arguments.
type conditions struct{ args []any }

func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// gate is [Query.lets] in SQL.
func (c *conditions) gate(q *Query) string {
	plain := []string{}
	who := "author = " + c.arg(own(q.OwnAuthor))
	for _, r := range q.Readers {
		if strings.HasPrefix(r.Term, "since:") {
			who += " OR audience = " + c.arg(r.Term) + " AND at >= " + c.arg(r.From.UnixMicro())
		} else {
			plain = append(plain, r.Term)
		}
	}
	out := "(" + who + " OR audience = ANY (" + c.arg(plain) + "))"
	if q.Places != nil {
		out += " AND grp = ANY (" + c.arg(q.Places) + ")"
	}
	if !q.After.IsZero() {
		out += " AND at >= " + c.arg(q.After.UnixMicro())
	}
	if !q.Before.IsZero() {
		out += " AND at < " + c.arg(q.Before.UnixMicro())
	}
	return out
}

// own is an author nobody is, for visitors.
func own(author int64) int64 {
	if author <= 0 {
		return math.MinInt64
	}
	return author
}
