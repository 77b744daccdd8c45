package search

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// standInQuery is one search request.
type standInQuery struct {
	IndexUID  string   `json:"indexUid"`
	Q         string   `json:"q"`
	Filter    string   `json:"filter"`
	Sort      []string `json:"sort"`
	Offset    int      `json:"offset"`
	Limit     *int     `json:"limit"`
	Strategy  string   `json:"matchingStrategy"`
	Retrieve  []string `json:"attributesToRetrieve"`
	On        []string `json:"attributesToSearchOn"`
	Facets    []string `json:"facets"`
	Hybrid    any      `json:"hybrid"`
	ShowScore bool     `json:"showRankingScore"`
	Options   *struct {
		Weight float64 `json:"weight"`
	} `json:"federationOptions"`
}

type standInHit struct {
	doc   map[string]any
	score float64
	query standInQuery
}

func (s *standIn) searchOne(w http.ResponseWriter, r *http.Request, x *standInIndex) {
	q, ok := body[standInQuery](w, r)
	if !ok {
		return
	}
	hits, code := x.find(q)
	if code != "" {
		refuse(w, 400, code)
		return
	}
	limit := 20
	if q.Limit != nil {
		limit = *q.Limit
	}
	out := x.answer(hits, q.Sort, q.Offset, limit)
	facets := map[string]map[string]int{}
	for _, f := range q.Facets {
		if !slices.Contains(x.names("filterableAttributes"), f) {
			refuse(w, 400, "invalid_search_facets")
			return
		}
		facets[f] = map[string]int{}
		for _, h := range hits {
			facets[f][text(h.doc, f)]++
		}
	}
	if q.Facets != nil {
		out["facetDistribution"] = facets
	}
	reply(w, 200, out)
}

func (s *standIn) searchMany(w http.ResponseWriter, r *http.Request) {
	all, ok := body[struct {
		Federation *struct {
			Offset int  `json:"offset"`
			Limit  *int `json:"limit"`
		} `json:"federation"`
		Queries []standInQuery `json:"queries"`
	}](w, r)
	if !ok || all.Federation == nil {
		refuse(w, 400, "invalid_multi_search_federation")
		return
	}
	merged := map[string]standInHit{}
	var order []string
	var x *standInIndex
	for i, q := range all.Queries {
		if x = s.indexes[q.IndexUID]; x == nil {
			refuse(w, 400, "index_not_found")
			return
		}
		hits, code := x.find(q)
		if q.Offset != 0 || q.Limit != nil || q.Facets != nil || i > 0 && !slices.Equal(order, q.Sort) {
			code = "invalid_multi_search_query"
		}
		if code != "" {
			refuse(w, 400, code)
			return
		}
		order = q.Sort
		for _, h := range hits {
			key := text(h.doc, "key")
			if old, ok := merged[key]; !ok || h.score > old.score {
				merged[key] = h
			}
		}
	}
	var hits []standInHit
	for _, h := range merged {
		hits = append(hits, h)
	}
	limit := 20
	if all.Federation.Limit != nil {
		limit = *all.Federation.Limit
	}
	reply(w, 200, x.answer(hits, order, all.Federation.Offset, limit))
}

func (x *standInIndex) answer(hits []standInHit, order []string, offset, limit int) map[string]any {
	slices.SortFunc(hits, func(a, b standInHit) int {
		for _, o := range order {
			field, direction, _ := strings.Cut(o, ":")
			c := compareAny(a.doc[field], b.doc[field])
			if direction == "desc" {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		if a.score != b.score {
			return int(1e6*b.score - 1e6*a.score)
		}
		return -compareAny(a.doc["at"], b.doc["at"])
	})
	var page struct {
		Max int `json:"maxTotalHits"`
	}
	_ = json.Unmarshal(x.settings["pagination"], &page)
	hits = hits[:min(len(hits), page.Max)]
	shown := []map[string]any{}
	displayed := x.names("displayedAttributes")
	for i := offset; i < len(hits) && len(shown) < limit; i++ {
		d := only(hits[i].doc, hits[i].query.Retrieve)
		if !slices.Contains(displayed, "*") {
			d = only(d, displayed)
		}
		shown = append(shown, d)
	}
	return map[string]any{"hits": shown, "offset": offset, "limit": limit, "estimatedTotalHits": len(hits), "processingTimeMs": 0}
}

func compareAny(a, b any) int {
	x, isNumber := a.(float64)
	y, _ := b.(float64)
	switch {
	case !isNumber:
		s, _ := a.(string)
		t, _ := b.(string)
		return strings.Compare(s, t)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// find answers what matches, or the code with which the server refuses a request.
func (x *standInIndex) find(q standInQuery) (hits []standInHit, code string) {
	for _, o := range q.Sort {
		field, direction, _ := strings.Cut(o, ":")
		if !slices.Contains(x.names("sortableAttributes"), field) || direction != "asc" && direction != "desc" {
			return nil, "invalid_search_sort"
		}
	}
	if !slices.Contains([]string{"", "all", "last", "frequency"}, q.Strategy) {
		return nil, "invalid_search_matching_strategy"
	}
	for _, a := range q.On {
		if !slices.Contains(x.names("searchableAttributes"), a) {
			return nil, "invalid_search_attributes_to_search_on"
		}
	}
	f := &standInFilter{rest: q.Filter, allowed: x.names("filterableAttributes")}
	passes := func(map[string]any) bool { return true }
	if q.Filter != "" {
		if passes = f.any(); f.bad || strings.TrimSpace(f.rest) != "" {
			return nil, "invalid_search_filter"
		}
	}
	m := x.matcher(q)
	for _, d := range x.docs {
		if !passes(d) {
			continue
		}
		if score := m.rank(d); score > 0 {
			hits = append(hits, standInHit{d, score, q})
		}
	}
	return hits, ""
}

// standInFilter reads the filter language: AND, OR, brackets, =, >=, >, <=, <, IN.
type standInFilter struct {
	rest    string
	allowed []string
	bad     bool
}

type standInTest = func(map[string]any) bool

func (f *standInFilter) take(word string) bool {
	f.rest = strings.TrimLeft(f.rest, " ")
	rest, ok := strings.CutPrefix(f.rest, word)
	if ok {
		f.rest = rest
	}
	return ok
}

func (f *standInFilter) any() standInTest {
	tests := []standInTest{f.all()}
	for !f.bad && f.take("OR ") {
		tests = append(tests, f.all())
	}
	return func(d map[string]any) bool {
		return slices.ContainsFunc(tests, func(t standInTest) bool { return t(d) })
	}
}

func (f *standInFilter) all() standInTest {
	tests := []standInTest{f.one()}
	for !f.bad && f.take("AND ") {
		tests = append(tests, f.one())
	}
	return func(d map[string]any) bool {
		return !slices.ContainsFunc(tests, func(t standInTest) bool { return !t(d) })
	}
}

var (
	standInField = regexp.MustCompile(`^([a-z]+) (=|>=|<=|>|<|IN) ?`)
	standInValue = regexp.MustCompile(`^(?:"([^"\\]*)"|(-?[0-9]+|true|false))`)
)

func (f *standInFilter) one() standInTest {
	if f.take("(") {
		t := f.any()
		f.bad = f.bad || !f.take(")")
		return t
	}
	f.take("")
	m := standInField.FindStringSubmatch(f.rest)
	if m == nil || !slices.Contains(f.allowed, m[1]) {
		f.bad = true
		return nil
	}
	f.rest = f.rest[len(m[0]):]
	field, operator := m[1], m[2]
	var values []string
	list := operator == "IN" && f.take("[")
	for {
		f.take("")
		v := standInValue.FindStringSubmatch(f.rest)
		if v == nil {
			f.bad = true
			return nil
		}
		f.rest = f.rest[len(v[0]):]
		values = append(values, v[1]+v[2])
		if !list || f.take("]") {
			break
		}
		f.bad = f.bad || !f.take(",")
	}
	return func(d map[string]any) bool {
		return slices.ContainsFunc(values, func(v string) bool { return holds(d[field], operator, v) })
	}
}

func holds(have any, operator, want string) bool {
	switch v := have.(type) {
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return holds(e, operator, want) })
	case string:
		return (operator == "=" || operator == "IN") && strings.EqualFold(v, want)
	case bool:
		return strconv.FormatBool(v) == want
	case float64:
		n, err := strconv.ParseFloat(want, 64)
		if err != nil {
			return false
		}
		return operator == "=" && v == n || operator == ">=" && v >= n || operator == ">" && v > n || operator == "<=" && v <= n || operator == "<" && v < n
	}
	return false
}

var standInClause = regexp.MustCompile(`(-?)(?:"([^"]*)"|(\S+))`)

// standInMatcher is a query and what of the settings bears on it.
type standInMatcher struct {
	clauses [][]string
	on      []string
	names   map[string][]string
	sizes   struct{ OneTypo, TwoTypos int }
}

func (x *standInIndex) matcher(q standInQuery) *standInMatcher {
	m := &standInMatcher{clauses: standInClause.FindAllStringSubmatch(q.Q, -1), on: q.On}
	if len(m.on) == 0 {
		m.on = x.names("searchableAttributes")
	}
	_ = json.Unmarshal(x.settings["synonyms"], &m.names)
	var typos struct {
		Sizes *struct{ OneTypo, TwoTypos int } `json:"minWordSizeForTypos"`
	}
	typos.Sizes = &m.sizes
	_ = json.Unmarshal(x.settings["typoTolerance"], &typos)
	return m
}

// rank is 0 when a document does not match all clauses.
func (m *standInMatcher) rank(d map[string]any) float64 {
	if len(m.clauses) == 0 {
		return 1
	}
	score := 0.0
	for i, c := range m.clauses {
		best := 0.0
		for k, field := range m.on {
			if worth := m.inField(d[field], c, i == len(m.clauses)-1); worth > 0 {
				best = max(best, worth/float64(k+1))
			}
		}
		if (c[1] == "-") == (best > 0) {
			return 0
		}
		score += best
	}
	return (1 + score) / float64(len(m.clauses)+1)
}

// inField is what a clause is worth in a field: words as they are, the last one as a
// beginning, and where there are no quotes synonyms and typing errors.
func (m *standInMatcher) inField(value any, c []string, last bool) float64 {
	field, _ := value.(string)
	words := c[2] + c[3]
	if m.stands(field, words, false) {
		return 1
	}
	if c[3] == "" || c[1] == "-" {
		return 0
	}
	if last && m.stands(field, c[3], true) {
		return 0.9
	}
	for _, n := range m.names[c[3]] {
		if m.stands(field, n, false) {
			return 0.8
		}
	}
	most := 0
	switch n := len([]rune(c[3])); {
	case n >= m.sizes.TwoTypos:
		most = 2
	case n >= m.sizes.OneTypo:
		most = 1
	}
	if most == 0 {
		return 0
	}
	for w := range strings.FieldsSeq(field) {
		if len(w) <= maxWordRunes && bitsApart(c[3], w) <= 2*most && distance(c[3], w) <= most {
			return 0.5
		}
	}
	return 0
}

// stands says whether words stand in a text, between spaces, or at the beginning of a word.
func (m *standInMatcher) stands(text, words string, begin bool) bool {
	for rest := text; ; {
		i := strings.Index(rest, words)
		if i < 0 {
			return false
		}
		end := i + len(words)
		at := len(text) - len(rest) + i
		if (at == 0 || text[at-1] == ' ') && (begin || end == len(rest) || rest[end] == ' ') {
			return true
		}
		rest = rest[i+1:]
	}
}
