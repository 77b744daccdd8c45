package search

import (
	"context"
	"strconv"
	"strings"

	"github.com/meilisearch/meilisearch-go"
)

// Search implements [Engine].
func (m *Meili) Search(ctx context.Context, q Query) (r Result, err error) {
	defer meiliWrap(&err, "search")
	mark := q.mark("meili " + m.name)
	after, err := parseCursor(q.Cursor, mark)
	if err != nil {
		return Result{}, err
	}
	q, ok := q.normal()
	p := parse(q.Text)
	if !ok || len(p.want) == 0 {
		return Result{}, nil
	}
	if after == nil {
		after = &position{}
	}
	ctx, cancel := context.WithTimeout(ctx, meiliCall)
	defer cancel()
	hits, err := m.page(ctx, q, p, *after)
	if err != nil {
		return Result{}, err
	}
	for i := range hits {
		hits[i].Cursor = position{id: after.id + int64(i) + 1}.cursor(mark)
	}
	if r.Hits = hits; len(hits) > q.Limit {
		r.Hits = hits[:q.Limit]
		r.Cursor = r.Hits[q.Limit-1].Cursor
	}
	return r, nil
}

// page answers one hit more than the limit if there are more.
func (m *Meili) page(ctx context.Context, q Query, p parsed, at position) ([]Hit, error) {
	limit := int64(q.Limit) + 1
	one := func(want []clause) *meilisearch.SearchRequest {
		s := &meilisearch.SearchRequest{
			Query: meiliQuery(want, p.not), Filter: meiliFilter(q), ShowRankingScore: true,
			AttributesToRetrieve: []string{"key"}, MatchingStrategy: meilisearch.All,
		}
		if q.Sort == Newest {
			s.Sort = []string{"at:desc", "key:desc"}
		}
		return s
	}
	if q.Mode != Any {
		s := one(p.want)
		s.Offset, s.Limit = at.id, limit
		found, err := m.index.SearchWithContext(ctx, s.Query, s)
		if err != nil {
			return nil, err
		}
		return meiliHits(found.Hits)
	}
	all := &meilisearch.MultiSearchRequest{
		Federation: &meilisearch.MultiSearchFederation{Offset: at.id, Limit: limit},
	}
	for i := range p.want {
		s := one(p.want[i : i+1])
		s.IndexUID = m.name
		all.Queries = append(all.Queries, s)
	}
	found, err := m.server.MultiSearchWithContext(ctx, all)
	if err != nil {
		return nil, err
	}
	return meiliHits(found.Hits)
}

func meiliHits(found meilisearch.Hits) ([]Hit, error) {
	var docs []struct {
		Key   string  `json:"key"`
		Score float64 `json:"_rankingScore"`
	}
	if err := found.DecodeInto(&docs); err != nil {
		return nil, err
	}
	var hits []Hit
	for _, d := range docs {
		if ref, ok := keyRef(d.Key); ok {
			hits = append(hits, Hit{Ref: ref, Score: d.Score})
		}
	}
	return hits, nil
}

// meiliQuery writes words, "phrases" and -exclusions. The words hold letters,
// digits and marks only, so these signs can only be ours. The server takes the
// last plain word as a beginning, so the one that is comes last.
func meiliQuery(want, not []clause) string {
	var first, last []string
	for _, c := range want {
		switch {
		case c.prefix:
			last = append(last, strings.Join(c.words, " "))
		default:
			first = append(first, meiliClause(c))
		}
	}
	for _, c := range not {
		first = append(first, "-"+meiliClause(c))
	}
	return strings.Join(append(first, last...), " ")
}

func meiliClause(c clause) string {
	if len(c.words) == 1 {
		return c.words[0]
	}
	return `"` + strings.Join(c.words, " ") + `"`
}

// meiliFilter is built from numbers and from values whose form normal checked.
func meiliFilter(q Query) []any {
	equal := func(field string, n int64) string { return field + ` = "` + strconv.FormatInt(n, 10) + `"` }
	var readers, kinds []string
	for _, a := range terms(q) {
		readers = append(readers, `audience = "`+a+`"`)
	}
	if q.OwnAuthor > 0 {
		readers = append(readers, equal("author", q.OwnAuthor))
	}
	for _, k := range q.Kinds {
		kinds = append(kinds, `kind = "`+k+`"`)
	}
	// The outer list is AND, inner lists are OR.
	filter := []any{"deleted = false", readers}
	if len(kinds) > 0 {
		filter = append(filter, kinds)
	}
	for _, f := range []struct {
		field string
		value int64
	}{{"author", q.Voice}, {"grp", q.Group}, {"board", q.Board}, {"topic", q.Topic}} {
		if f.value != 0 {
			filter = append(filter, equal(f.field, f.value))
		}
	}
	return filter
}
