package search

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"
)

const (
	meiliBatch   = 500                   // documents per task
	meiliCall    = 2 * time.Second       // longest search or look
	meiliTask    = 30 * time.Second      // longest wait for a task
	meiliPoll    = 20 * time.Millisecond // how often a task is looked at
	meiliMaxHits = 10_000                // a page beyond is the end
)

// Meili is the engine on a Meilisearch server. Its server finds words in spite
// of typing errors, and looks at a query's first ten words. Its ranking rules look at a
// document alone and at nothing counted over all; but which misspellings of a word it tries
// is taken from the words of the whole index, hidden documents' too.
type Meili struct {
	server meilisearch.ServiceManager
	index  meilisearch.IndexManager
	name   string

	mu    sync.Mutex // one writer at a time: versions are read, then written
	ready bool       // the settings are known to be applied
}

// NewMeili makes the engine on one index of the server at url; the key never
// leaves the process. The index and its settings are made by [Meili.Migrate],
// or before the first write. Only one process should write at a time.
func NewMeili(url, key, index string) *Meili {
	server := meilisearch.New(url, meilisearch.WithAPIKey(key), meilisearch.DisableRetries(),
		meilisearch.WithCustomClient(&http.Client{Timeout: meiliTask}))
	return &Meili{server: server, index: server.Index(index), name: index}
}

// meiliDoc is a document as it is stored. Numbers that are only compared for
// equality are text: JSON numbers are not exact beyond 2^53.
type meiliDoc struct {
	Key      string `json:"key"`
	Version  string `json:"version"`
	Deleted  bool   `json:"deleted"`
	Kind     string `json:"kind"`
	Audience string `json:"audience"`
	Group    string `json:"grp"`
	Board    string `json:"board"`
	Topic    string `json:"topic"`
	Author   string `json:"author"`
	At       int64  `json:"at"`
	Lang     string `json:"lang"`
	Title    string `json:"title"`
	Text     string `json:"text"`
}

func (r Ref) key() string { return r.Kind + "-" + strconv.FormatInt(r.ID, 10) }

func keyRef(key string) (Ref, bool) {
	kind, number, _ := strings.Cut(key, "-")
	id, err := strconv.ParseInt(number, 10, 64)
	r := Ref{kind, id}
	return r, err == nil && r.check() == nil
}

func toMeili(d Doc) meiliDoc {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	title := words(d.Title, maxDocWords, true)
	return meiliDoc{
		Key: d.ref().key(), Version: number(d.Version), Kind: d.Kind, Audience: d.Audience,
		Group: number(d.Group), Board: number(d.Board), Topic: number(d.Topic), Author: number(d.Author),
		At: d.At.UnixMilli(), Lang: d.Lang, Title: strings.Join(title, " "),
		Text: strings.Join(words(d.Text, maxDocWords-len(title), true), " "),
	}
}

// settings are what the index must have; others are left as they are.
func settings() *meilisearch.Settings {
	return &meilisearch.Settings{
		SearchableAttributes: []string{"title", "text"},
		FilterableAttributes: []string{"audience", "author", "board", "deleted", "grp", "kind", "topic"},
		SortableAttributes:   []string{"at", "key"},
		DisplayedAttributes:  []string{"deleted", "key", "version"},
		RankingRules:         []string{"sort", "words", "typo", "proximity", "attribute", "exactness", "at:desc"},
		Pagination:           &meilisearch.Pagination{MaxTotalHits: meiliMaxHits},
	}
}

// sameSettings compares what settings names; sets in any order.
func sameSettings(have, want *meilisearch.Settings) bool {
	set := func(a, b []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	}
	return slices.Equal(have.SearchableAttributes, want.SearchableAttributes) &&
		set(have.FilterableAttributes, want.FilterableAttributes) &&
		set(have.SortableAttributes, want.SortableAttributes) &&
		set(have.DisplayedAttributes, want.DisplayedAttributes) &&
		slices.Equal(have.RankingRules, want.RankingRules) &&
		have.Pagination != nil && *have.Pagination == *want.Pagination
}

// Migrate makes the index, and applies the settings when they differ.
func (m *Meili) Migrate(ctx context.Context) (err error) {
	defer meiliWrap(&err, "migrate")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ready = false
	return m.prepare(ctx)
}

// prepare is Migrate done once. Callers hold mu.
func (m *Meili) prepare(ctx context.Context) error {
	if m.ready {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	if _, err := m.index.FetchInfoWithContext(ctx); err != nil {
		if status(err) != http.StatusNotFound {
			return err
		}
		task, err := m.server.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: m.name, PrimaryKey: "key"})
		if err := m.wait(ctx, task, err); err != nil {
			return err
		}
	}
	have, err := m.index.GetSettingsWithContext(ctx)
	if err != nil {
		return err
	}
	if !sameSettings(have, settings()) {
		task, err := m.index.UpdateSettingsWithContext(ctx, settings())
		if err := m.wait(ctx, task, err); err != nil {
			return err
		}
	}
	m.ready = true
	return nil
}

// wait returns when a task was done; err is what asking for it said.
func (m *Meili) wait(ctx context.Context, task *meilisearch.TaskInfo, err error) error {
	if err != nil {
		return err
	}
	done, err := m.server.WaitForTaskWithContext(ctx, task.TaskUID, meiliPoll)
	if err != nil {
		return err
	}
	if done.Status != meilisearch.TaskStatusSucceeded {
		return fmt.Errorf("task %s: %s", done.Status, done.Error.Code)
	}
	return nil
}

// Put implements [Engine].
func (m *Meili) Put(ctx context.Context, docs []Doc) (err error) {
	defer meiliWrap(&err, "put")
	docs, err = newest(docs)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	for batch := range slices.Chunk(docs, meiliBatch) {
		refs := make([]Ref, len(batch))
		for i, d := range batch {
			refs[i] = d.ref()
		}
		have, err := m.versions(ctx, refs)
		if err != nil {
			return err
		}
		var write []meiliDoc
		for _, d := range batch {
			old, ok := have[d.ref()]
			if !ok || d.Version > old.version || (d.Version == old.version && !old.deleted) {
				write = append(write, toMeili(d))
			}
		}
		if err := m.write(ctx, write); err != nil {
			return err
		}
	}
	return nil
}

type meiliVersion struct {
	version int64
	deleted bool
}

// versions answers what is stored of the refs, at most meiliBatch.
func (m *Meili) versions(ctx context.Context, refs []Ref) (map[Ref]meiliVersion, error) {
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	keys := make([]string, len(refs))
	for i, r := range refs {
		keys[i] = r.key()
	}
	var found meilisearch.DocumentsResult
	err := m.index.GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{
		Ids: keys, Fields: []string{"key", "version", "deleted"}, Limit: int64(len(keys))}, &found)
	if err != nil {
		return nil, err
	}
	var docs []meiliDoc
	if err := found.Results.DecodeInto(&docs); err != nil {
		return nil, err
	}
	have := make(map[Ref]meiliVersion, len(docs))
	for _, d := range docs {
		version, err := strconv.ParseInt(d.Version, 10, 64)
		if r, ok := keyRef(d.Key); ok && err == nil {
			have[r] = meiliVersion{version, d.Deleted}
		}
	}
	return have, nil
}

func (m *Meili) write(ctx context.Context, docs []meiliDoc) error {
	if len(docs) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	key := "key"
	task, err := m.index.AddDocumentsWithContext(ctx, docs, &meilisearch.DocumentOptions{PrimaryKey: &key})
	return m.wait(ctx, task, err)
}

// Delete implements [Engine].
func (m *Meili) Delete(ctx context.Context, refs []Ref) (err error) {
	defer meiliWrap(&err, "delete")
	for _, r := range refs {
		if err := r.check(); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	for batch := range slices.Chunk(refs, meiliBatch) {
		have, err := m.versions(ctx, batch)
		if err != nil {
			return err
		}
		var write []meiliDoc
		for r, old := range have {
			write = append(write, meiliDoc{Key: r.key(), Version: strconv.FormatInt(old.version, 10), Deleted: true})
		}
		if err := m.write(ctx, write); err != nil {
			return err
		}
	}
	return nil
}

// Reset implements [Engine].
func (m *Meili) Reset(ctx context.Context) (err error) {
	defer meiliWrap(&err, "reset")
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	task, err := m.index.DeleteAllDocumentsWithContext(ctx, nil)
	return m.wait(ctx, task, err)
}

// Ready implements [Engine].
func (m *Meili) Ready(ctx context.Context) (err error) {
	defer meiliWrap(&err, "ready")
	ctx, cancel := context.WithTimeout(ctx, meiliCall)
	defer cancel()
	if _, err := m.server.HealthWithContext(ctx); err != nil {
		return err
	}
	_, err = m.index.FetchInfoWithContext(ctx)
	return err
}

// status is the HTTP status of a server's answer, or 0.
func status(err error) int {
	var e *meilisearch.Error
	if errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}

// meiliWrap names the operation and leaves out what the client's error would
// tell: it holds the request, which is people's text, and the answer.
func meiliWrap(err *error, verb string) {
	var e *meilisearch.Error
	if errors.As(*err, &e) {
		switch {
		case e.OriginError != nil:
			*err = fmt.Errorf("meilisearch: %w", e.OriginError)
		default:
			*err = fmt.Errorf("meilisearch: status %d, code %q", e.StatusCode, e.MeilisearchApiError.Code)
		}
	}
	wrap(err, verb)
}
