package search

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// standIn answers as a Meilisearch server does, as far as its documented API
// is used here: tasks that are done later, settings, documents, search with
// filters, federated search. It refuses what the documentation refuses.
type standIn struct {
	mux *http.ServeMux
	key string

	mu       sync.Mutex
	exists   bool
	settings map[string]json.RawMessage
	docs     map[string]map[string]any
	tasks    []*standInTask
	patches  int
	fail     bool // tasks fail
}

type standInTask struct {
	looks int
	do    func() // nil once done
	ok    bool
}

func newStandIn(key string) *standIn {
	s := &standIn{mux: http.NewServeMux(), key: key,
		settings: map[string]json.RawMessage{"rankingRules": json.RawMessage(`["words"]`)},
		docs:     map[string]map[string]any{}}
	s.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, map[string]any{"status": "available"})
	})
	s.mux.HandleFunc("GET /indexes/{uid}", s.index)
	s.mux.HandleFunc("POST /indexes", func(w http.ResponseWriter, _ *http.Request) {
		s.task(w, func() { s.exists = true })
	})
	s.mux.HandleFunc("GET /indexes/{uid}/settings", func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.settings) })
	s.mux.HandleFunc("PATCH /indexes/{uid}/settings", s.patchSettings)
	s.mux.HandleFunc("POST /indexes/{uid}/documents", s.addDocuments)
	s.mux.HandleFunc("POST /indexes/{uid}/documents/fetch", s.fetchDocuments)
	s.mux.HandleFunc("DELETE /indexes/{uid}/documents", func(w http.ResponseWriter, _ *http.Request) {
		s.task(w, func() { clear(s.docs) })
	})
	s.mux.HandleFunc("GET /tasks/{id}", s.lookTask)
	s.mux.HandleFunc("POST /indexes/{uid}/search", s.searchOne)
	s.mux.HandleFunc("POST /multi-search", s.searchMany)
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != "/health" && r.Header.Get("Authorization") != "Bearer "+s.key {
		refuse(w, 403, "invalid_api_key")
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *standIn) settingsWrites() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.patches
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]any{"message": "refused", "code": code, "type": "invalid_request", "link": ""})
}

func body[T any](w http.ResponseWriter, r *http.Request) (v T, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		refuse(w, 400, "malformed_payload")
		return v, false
	}
	return v, true
}

func (s *standIn) index(w http.ResponseWriter, r *http.Request) {
	if !s.exists {
		refuse(w, 404, "index_not_found")
		return
	}
	reply(w, 200, map[string]any{"uid": r.PathValue("uid"), "primaryKey": "key"})
}

// task notes what is done when the task has been looked at twice.
func (s *standIn) task(w http.ResponseWriter, do func()) {
	s.tasks = append(s.tasks, &standInTask{do: do, ok: !s.fail})
	reply(w, 202, map[string]any{"taskUid": len(s.tasks) - 1, "status": "enqueued"})
}

func (s *standIn) lookTask(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 0 || id >= len(s.tasks) {
		refuse(w, 404, "task_not_found")
		return
	}
	t := s.tasks[id]
	t.looks++
	switch {
	case t.looks == 1:
		reply(w, 200, map[string]any{"uid": id, "status": "enqueued"})
	case !t.ok:
		reply(w, 200, map[string]any{"uid": id, "status": "failed", "error": map[string]any{"code": "internal"}})
	default:
		if t.do != nil {
			t.do()
			t.do = nil
		}
		reply(w, 200, map[string]any{"uid": id, "status": "succeeded"})
	}
}

func (s *standIn) patchSettings(w http.ResponseWriter, r *http.Request) {
	patch, ok := body[map[string]json.RawMessage](w, r)
	if !ok {
		return
	}
	s.patches++
	s.task(w, func() {
		for k, v := range patch {
			s.settings[k] = v
		}
	})
}

func (s *standIn) addDocuments(w http.ResponseWriter, r *http.Request) {
	docs, ok := body[[]map[string]any](w, r)
	if !ok {
		return
	}
	s.task(w, func() {
		for _, d := range docs {
			s.docs[d["key"].(string)] = d
		}
	})
}

func (s *standIn) fetchDocuments(w http.ResponseWriter, r *http.Request) {
	q, ok := body[struct {
		Ids    []string `json:"ids"`
		Fields []string `json:"fields"`
		Limit  int      `json:"limit"`
	}](w, r)
	if !ok {
		return
	}
	results := []map[string]any{}
	for _, id := range q.Ids {
		if d, ok := s.docs[id]; ok && len(results) < q.Limit {
			shown := map[string]any{}
			for _, f := range q.Fields {
				shown[f] = d[f]
			}
			results = append(results, shown)
		}
	}
	reply(w, 200, map[string]any{"results": results, "total": len(results)})
}

// standInQuery is one search request.
type standInQuery struct {
	Q        string   `json:"q"`
	Filter   []any    `json:"filter"`
	Sort     []string `json:"sort"`
	Offset   int      `json:"offset"`
	Limit    int      `json:"limit"`
	Strategy string   `json:"matchingStrategy"`
}

type standInHit struct {
	doc   map[string]any
	score float64
}

func (s *standIn) searchOne(w http.ResponseWriter, r *http.Request) {
	q, ok := body[standInQuery](w, r)
	if !ok {
		return
	}
	if code := s.bad(q); code != "" {
		refuse(w, 400, code)
		return
	}
	s.hits(w, s.matching(q), q.Sort, q.Offset, q.Limit)
}

func (s *standIn) searchMany(w http.ResponseWriter, r *http.Request) {
	all, ok := body[struct {
		Federation struct{ Offset, Limit int } `json:"federation"`
		Queries    []standInQuery              `json:"queries"`
	}](w, r)
	if !ok {
		return
	}
	merged := map[string]standInHit{}
	var order []string
	for _, q := range all.Queries {
		if code := s.bad(q); code != "" || q.Offset != 0 || q.Limit != 0 {
			refuse(w, 400, "invalid_multi_search_query")
			return
		}
		order = q.Sort
		for _, h := range s.matching(q) {
			key := h.doc["key"].(string)
			if old, ok := merged[key]; !ok || h.score > old.score {
				merged[key] = h
			}
		}
	}
	var hits []standInHit
	for _, h := range merged {
		hits = append(hits, h)
	}
	s.hits(w, hits, order, all.Federation.Offset, all.Federation.Limit)
}

func (s *standIn) hits(w http.ResponseWriter, hits []standInHit, order []string, offset, limit int) {
	at := func(h standInHit) float64 { return h.doc["at"].(float64) }
	slices.SortFunc(hits, func(a, b standInHit) int {
		switch {
		case len(order) == 0 && a.score != b.score:
			return int(1e6*b.score - 1e6*a.score)
		case at(a) != at(b):
			return int(at(b) - at(a))
		}
		return strings.Compare(b.doc["key"].(string), a.doc["key"].(string))
	})
	shown := []map[string]any{}
	for i := offset; i < len(hits) && len(shown) < limit; i++ {
		shown = append(shown, map[string]any{"key": hits[i].doc["key"], "_rankingScore": hits[i].score})
	}
	reply(w, 200, map[string]any{"hits": shown, "offset": offset, "limit": limit, "estimatedTotalHits": len(hits)})
}

func (s *standIn) allowed(setting string) []string {
	var names []string
	_ = json.Unmarshal(s.settings[setting], &names)
	return names
}

var standInFilter = regexp.MustCompile(`^([a-z]+) = (?:"([^"\\]*)"|(true|false))$`)

// bad answers the code with which the server refuses a request.
func (s *standIn) bad(q standInQuery) string {
	for _, f := range q.Filter {
		for _, e := range alternatives(f) {
			m := standInFilter.FindStringSubmatch(e)
			if m == nil || !slices.Contains(s.allowed("filterableAttributes"), m[1]) {
				return "invalid_search_filter"
			}
		}
	}
	for _, o := range q.Sort {
		if field, _, _ := strings.Cut(o, ":"); !slices.Contains(s.allowed("sortableAttributes"), field) {
			return "invalid_search_sort"
		}
	}
	if q.Strategy != "all" {
		return "unexpected_strategy"
	}
	return ""
}

func alternatives(filter any) []string {
	if one, ok := filter.(string); ok {
		return []string{one}
	}
	var out []string
	for _, e := range filter.([]any) {
		out = append(out, e.(string))
	}
	return out
}

func (s *standIn) matching(q standInQuery) []standInHit {
	var hits []standInHit
	for _, d := range s.docs {
		if score := rank(d, q.Q); passes(d, q.Filter) && score > 0 {
			hits = append(hits, standInHit{d, score})
		}
	}
	return hits
}

func passes(d map[string]any, filter []any) bool {
	for _, f := range filter {
		if !slices.ContainsFunc(alternatives(f), func(e string) bool {
			m := standInFilter.FindStringSubmatch(e)
			if m[3] != "" {
				return d[m[1]] == (m[3] == "true")
			}
			return d[m[1]] == m[2]
		}) {
			return false
		}
	}
	return true
}

var standInClause = regexp.MustCompile(`(-?)(?:"([^"]*)"|(\S+))`)

// rank is 0 when a document does not match all clauses.
func rank(d map[string]any, q string) float64 {
	text := " " + d["title"].(string) + " \n " + d["text"].(string) + " "
	head := len(d["title"].(string)) + 2
	clauses := standInClause.FindAllStringSubmatch(q, -1)
	score := 0.0
	for i, c := range clauses {
		needle := " " + c[2] + " "
		if c[3] != "" {
			needle = " " + c[3]
			if i < len(clauses)-1 || c[1] == "-" {
				needle += " "
			}
		}
		at := strings.Index(text, needle)
		switch {
		case c[1] == "-" && at >= 0, c[1] == "" && at < 0:
			return 0
		case c[1] == "-":
		case at < head:
			score += 1
		default:
			score += 0.5
		}
	}
	return score / float64(len(clauses)+1)
}
