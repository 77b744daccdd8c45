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
// is used here: tasks that are done later and one after the other, settings, documents, search
// with filters, facets, typing errors and synonyms, federated search, swapping of indexes. It
// refuses what the documentation refuses.
type standIn struct {
	mux *http.ServeMux
	key string

	mu      sync.Mutex
	indexes map[string]*standInIndex
	tasks   []*standInTask
	patches int
	fail    bool // tasks fail
}

type standInIndex struct {
	settings map[string]json.RawMessage
	docs     map[string]map[string]any
}

type standInTask struct {
	looks int
	do    func() string // answers an error's code
	done  bool
	code  string
}

// What an index has before it is told otherwise.
const standInDefaults = `{"displayedAttributes": ["*"], "searchableAttributes": ["*"], "filterableAttributes": [], "sortableAttributes": [],
	"rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"], "stopWords": [], "synonyms": {}, "distinctAttribute": null,
	"typoTolerance": {"enabled": true, "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9}, "disableOnWords": [], "disableOnAttributes": [], "disableOnNumbers": false},
	"faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}}, "pagination": {"maxTotalHits": 1000}, "proximityPrecision": "byWord",
	"facetSearch": true, "prefixSearch": "indexingTime", "searchCutoffMs": null, "localizedAttributes": null, "dictionary": [], "separatorTokens": [], "nonSeparatorTokens": []}`

func newStandIn(key string) *standIn {
	s := &standIn{mux: http.NewServeMux(), key: key, indexes: map[string]*standInIndex{}}
	s.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, map[string]any{"status": "available"})
	})
	s.mux.HandleFunc("POST /indexes", s.createIndex)
	s.mux.HandleFunc("POST /swap-indexes", s.swapIndexes)
	s.mux.HandleFunc("GET /tasks/{id}", s.lookTask)
	s.mux.HandleFunc("POST /multi-search", s.searchMany)
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request, *standInIndex){
		"GET /indexes/{uid}": func(w http.ResponseWriter, r *http.Request, _ *standInIndex) {
			reply(w, 200, map[string]any{"uid": r.PathValue("uid"), "primaryKey": "key", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"})
		},
		"GET /indexes/{uid}/settings":   func(w http.ResponseWriter, _ *http.Request, x *standInIndex) { reply(w, 200, x.settings) },
		"PATCH /indexes/{uid}/settings": s.patchSettings,
		"DELETE /indexes/{uid}/settings/stop-words": func(w http.ResponseWriter, _ *http.Request, x *standInIndex) {
			s.task(w, func() string { x.settings["stopWords"] = json.RawMessage("[]"); return "" })
		},
		"POST /indexes/{uid}/documents/fetch": s.fetchDocuments,
		"DELETE /indexes/{uid}/documents": func(w http.ResponseWriter, r *http.Request, _ *standInIndex) {
			s.later(w, r.PathValue("uid"), func(x *standInIndex) string { clear(x.docs); return "" })
		},
		"DELETE /indexes/{uid}/documents/{id}": func(w http.ResponseWriter, r *http.Request, _ *standInIndex) {
			id := r.PathValue("id")
			s.later(w, r.PathValue("uid"), func(x *standInIndex) string { delete(x.docs, id); return "" })
		},
		"DELETE /indexes/{uid}": func(w http.ResponseWriter, r *http.Request, _ *standInIndex) {
			uid := r.PathValue("uid")
			s.later(w, uid, func(*standInIndex) string { delete(s.indexes, uid); return "" })
		},
		"POST /indexes/{uid}/search": s.searchOne,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			x, ok := s.indexes[r.PathValue("uid")]
			if !ok {
				refuse(w, 404, "index_not_found")
				return
			}
			handle(w, r, x)
		})
	}
	s.mux.HandleFunc("POST /indexes/{uid}/documents", s.addDocuments)
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

// body reads a request; what the server does not know it refuses.
func body[T any](w http.ResponseWriter, r *http.Request) (v T, ok bool) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		refuse(w, 400, "bad_request")
		return v, false
	}
	return v, true
}

func (s *standIn) createIndex(w http.ResponseWriter, r *http.Request) {
	q, ok := body[struct {
		UID        string `json:"uid"`
		PrimaryKey string `json:"primaryKey"`
	}](w, r)
	if !ok {
		return
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,400}$`).MatchString(q.UID) {
		refuse(w, 400, "invalid_index_uid")
		return
	}
	s.task(w, func() string {
		if s.indexes[q.UID] != nil {
			return "index_already_exists"
		}
		x := &standInIndex{docs: map[string]map[string]any{}}
		_ = json.Unmarshal([]byte(standInDefaults), &x.settings)
		s.indexes[q.UID] = x
		return ""
	})
}

func (s *standIn) swapIndexes(w http.ResponseWriter, r *http.Request) {
	q, ok := body[[]struct {
		Indexes []string `json:"indexes"`
		Rename  bool     `json:"rename"`
	}](w, r)
	if !ok {
		return
	}
	for _, swap := range q {
		if len(swap.Indexes) != 2 || swap.Indexes[0] == swap.Indexes[1] {
			refuse(w, 400, "invalid_swap_indexes")
			return
		}
	}
	s.task(w, func() string {
		for _, swap := range q {
			a, b := swap.Indexes[0], swap.Indexes[1]
			if s.indexes[a] == nil || s.indexes[b] == nil {
				return "index_not_found"
			}
			s.indexes[a], s.indexes[b] = s.indexes[b], s.indexes[a]
		}
		return ""
	})
}

// task notes what is done when it, or a later one, has been looked at twice.
func (s *standIn) task(w http.ResponseWriter, do func() string) {
	t := &standInTask{do: do}
	if s.fail {
		t.do = func() string { return "internal" }
	}
	s.tasks = append(s.tasks, t)
	reply(w, 202, map[string]any{"taskUid": len(s.tasks) - 1, "status": "enqueued", "type": "x", "enqueuedAt": "2026-01-01T00:00:00Z"})
}

// later is a task on an index as it is when its turn comes.
func (s *standIn) later(w http.ResponseWriter, uid string, do func(*standInIndex) string) {
	s.task(w, func() string {
		if x := s.indexes[uid]; x != nil {
			return do(x)
		}
		return "index_not_found"
	})
}

func (s *standIn) lookTask(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 0 || id >= len(s.tasks) {
		refuse(w, 404, "task_not_found")
		return
	}
	t := s.tasks[id]
	if t.looks++; t.looks == 1 {
		reply(w, 200, map[string]any{"uid": id, "status": "enqueued"})
		return
	}
	for _, earlier := range s.tasks[:id+1] {
		if !earlier.done {
			earlier.code, earlier.done = earlier.do(), true
		}
	}
	if t.code != "" {
		reply(w, 200, map[string]any{"uid": id, "status": "failed", "error": map[string]any{"code": t.code}})
		return
	}
	reply(w, 200, map[string]any{"uid": id, "status": "succeeded"})
}

func (s *standIn) patchSettings(w http.ResponseWriter, r *http.Request, x *standInIndex) {
	patch, ok := body[map[string]json.RawMessage](w, r)
	if !ok {
		return
	}
	for k := range patch {
		if _, known := x.settings[k]; !known {
			refuse(w, 400, "bad_request")
			return
		}
	}
	s.patches++
	s.later(w, r.PathValue("uid"), func(x *standInIndex) string {
		for k, v := range patch {
			x.settings[k] = v
		}
		return ""
	})
}

var standInKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,511}$`)

func (s *standIn) addDocuments(w http.ResponseWriter, r *http.Request) {
	docs, ok := body[[]map[string]any](w, r)
	if !ok {
		return
	}
	primary := r.URL.Query().Get("primaryKey")
	s.later(w, r.PathValue("uid"), func(x *standInIndex) string {
		for _, d := range docs {
			if key, ok := d[primary].(string); !ok || !standInKey.MatchString(key) {
				return "invalid_document_id"
			}
		}
		for _, d := range docs {
			x.docs[d[primary].(string)] = d
		}
		return ""
	})
}

func (s *standIn) fetchDocuments(w http.ResponseWriter, r *http.Request, x *standInIndex) {
	q, ok := body[struct {
		Ids    []string `json:"ids"`
		Fields []string `json:"fields"`
		Limit  int      `json:"limit"`
		Offset int      `json:"offset"`
	}](w, r)
	if !ok {
		return
	}
	found := []map[string]any{}
	total := 0
	for _, id := range slices.Sorted(mapKeys(x.docs)) {
		if len(q.Ids) > 0 && !slices.Contains(q.Ids, id) {
			continue
		}
		if total++; len(found) < q.Limit {
			found = append(found, only(x.docs[id], q.Fields))
		}
	}
	reply(w, 200, map[string]any{"results": found, "total": total, "offset": q.Offset, "limit": q.Limit})
}

func mapKeys(docs map[string]map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range docs {
			if !yield(k) {
				return
			}
		}
	}
}

// only keeps some fields of a document; all where none are named.
func only(d map[string]any, fields []string) map[string]any {
	out := map[string]any{}
	for k, v := range d {
		if len(fields) == 0 || slices.Contains(fields, k) {
			out[k] = v
		}
	}
	return out
}

func (x *standInIndex) names(setting string) (names []string) {
	_ = json.Unmarshal(x.settings[setting], &names)
	return names
}

func text(d map[string]any, field string) string {
	s, _ := d[field].(string)
	return strings.ToLower(s)
}
