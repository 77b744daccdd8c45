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
	meiliBatch = 500                   // documents per task
	meiliCall  = 2 * time.Second       // longest search or look
	meiliTask  = 30 * time.Second      // longest wait for a task
	meiliPoll  = 20 * time.Millisecond // how often a task is looked at
	meiliMost  = 10_000                // hits that the server goes through
)

// Meili is the engine on a Meilisearch server. The server proposes; what it proposes is
// weighed, and compared with what was asked for, as the SQL engines' candidates are. An index
// that is being built is one beside it, named with "-next".
type Meili struct {
	server meilisearch.ServiceManager
	name   string

	mu    sync.Mutex // one writer at a time: versions are read, then written
	ready bool       // the settings are known to be applied
}

// NewMeili makes the engine on one index of the server at url; the key never
// leaves the process. The index and its settings are made by [Meili.Migrate],
// or before the first write. Only one process should write at a time.
func NewMeili(url, key, index string) *Meili {
	return newMeili(url, key, index, nil)
}

// newMeili lets a test see what goes over the wire.
func newMeili(url, key, index string, wire http.RoundTripper) *Meili {
	client := &http.Client{Timeout: meiliTask, Transport: wire}
	return &Meili{server: meilisearch.New(url, meilisearch.WithAPIKey(key), meilisearch.DisableRetries(),
		meilisearch.WithCustomClient(client)), name: index}
}

// next is the name of the index that is being built.
func (m *Meili) next() string { return m.name + "-next" }

// meiliDoc is a document as it is stored. Numbers that are only compared for
// equality are text: JSON numbers are not exact beyond 2^53.
type meiliDoc struct {
	Key      string   `json:"key"`
	Version  string   `json:"version"`
	Sum      string   `json:"sum"`
	Deleted  bool     `json:"deleted"`
	Kind     string   `json:"kind"`
	Number   int64    `json:"number"` // near enough, to list in order
	Audience string   `json:"audience"`
	Group    string   `json:"grp"`
	Board    string   `json:"board"`
	Topic    string   `json:"topic"`
	Room     string   `json:"room"`
	Author   string   `json:"author"`
	Voice    string   `json:"voice"`
	Tags     []string `json:"tags"`
	HasFile  bool     `json:"hasfile"`
	At       int64    `json:"at"` // Unix microseconds
	Title    string   `json:"title"`
	Text     string   `json:"text"`
	Files    string   `json:"files"`
	Roots    string   `json:"roots"` // what forms of the words have in common
	Heads    string   `json:"heads"` // the same, of the title's
	Upto     string   `json:"upto"`  // of the document that notes how far an index is built
}

func (r Ref) key() string { return r.Kind + "-" + strconv.FormatInt(r.ID, 10) }

func keyRef(key string) (Ref, bool) {
	kind, number, _ := strings.Cut(key, "-")
	id, err := strconv.ParseInt(number, 10, 64)
	r := Ref{kind, id}
	return r, err == nil && r.check() == nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// rootSign stands before a root, so that it is no word.
const rootSign = "qz"

func toMeili(d Doc) meiliDoc {
	title := words(d.Title, maxHeadWords, true)
	files := words(d.Files, maxHeadWords, true)
	text := within(words(d.Text, maxDocWords, true), maxTextBytes)
	l := languageOf(d.Lang, append(text[:len(text):len(text)], title...))
	heads := meiliRoots(l, title)
	out := meiliDoc{
		Key: d.ref().key(), Version: decimal(d.Version), Sum: d.Sum(), Kind: d.Kind, Number: d.ID, Audience: d.Audience,
		Group: decimal(d.Group), Board: decimal(d.Board), Topic: decimal(d.Topic), Room: decimal(d.Room),
		Author: decimal(d.Author), Voice: decimal(d.Voice), Tags: []string{}, HasFile: d.Files != "", At: d.At.UnixMicro(),
		Title: strings.Join(title, " "), Text: strings.Join(text, " "), Files: strings.Join(files, " "),
		Heads: strings.Join(heads, " "), Roots: strings.Join(meiliRoots(l, slices.Concat(title, text, files)), " "),
	}
	for _, t := range d.Tags {
		out.Tags = append(out.Tags, decimal(t))
	}
	return out
}

func meiliRoots(l *language, words []string) (out []string) {
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w] {
			continue
		}
		seen[w] = true
		if r := l.root(w); r != "" && !seen[rootSign+r] {
			seen[rootSign+r] = true
			out = append(out, rootSign+r)
		}
	}
	return out
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

// writing runs a write alone, on a prepared index, to this index and to the one being built.
func (m *Meili) writing(ctx context.Context, write func(index string, building bool) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	if err := write(m.name, false); err != nil {
		return err
	}
	_, building, err := m.progress(ctx)
	if err != nil || !building {
		return err
	}
	return write(m.next(), true)
}

// Put implements [Engine].
func (m *Meili) Put(ctx context.Context, docs []Doc) (err error) {
	defer meiliWrap(&err, "put")
	docs, err = newest(docs)
	if err != nil {
		return err
	}
	return m.writing(ctx, func(index string, _ bool) error {
		for batch := range slices.Chunk(docs, meiliBatch) {
			if err := m.put(ctx, index, batch, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// put writes what replaces what is there, and others besides.
func (m *Meili) put(ctx context.Context, index string, docs []Doc, build bool, others ...meiliDoc) error {
	refs := make([]Ref, len(docs))
	for i, d := range docs {
		refs[i] = d.ref()
	}
	have, err := m.versions(ctx, index, refs)
	if err != nil {
		return err
	}
	write := others
	for _, d := range docs {
		old, ok := have[d.ref()]
		if !ok || old.passes(d.Version, d.Sum(), build) {
			write = append(write, toMeili(d))
		}
	}
	return m.write(ctx, index, write)
}

// versions answers what is stored of the refs.
func (m *Meili) versions(ctx context.Context, index string, refs []Ref) (map[Ref]held, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	keys := make([]string, len(refs))
	for i, r := range refs {
		keys[i] = r.key()
	}
	docs, err := m.fetch(ctx, index, keys)
	if err != nil {
		return nil, err
	}
	have := make(map[Ref]held, len(docs))
	for _, d := range docs {
		version, err := strconv.ParseInt(d.Version, 10, 64)
		if r, ok := keyRef(d.Key); ok && err == nil {
			have[r] = held{version: version, deleted: d.Deleted, sum: d.Sum}
		}
	}
	return have, nil
}

// fetch answers the stored documents of some keys, without their text.
func (m *Meili) fetch(ctx context.Context, index string, keys []string) (docs []meiliDoc, err error) {
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	var found meilisearch.DocumentsResult
	err = m.server.Index(index).GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{
		Ids: keys, Fields: []string{"key", "version", "deleted", "sum", "upto"}, Limit: int64(len(keys))}, &found)
	if err != nil {
		return nil, err
	}
	return docs, found.Results.DecodeInto(&docs)
}

func (m *Meili) write(ctx context.Context, index string, docs []meiliDoc) error {
	if len(docs) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	key := "key"
	task, err := m.server.Index(index).AddDocumentsWithContext(ctx, docs, &meilisearch.DocumentOptions{PrimaryKey: &key})
	return m.wait(ctx, task, err)
}

// Delete implements [Engine].
func (m *Meili) Delete(ctx context.Context, gone []Gone) (err error) {
	defer meiliWrap(&err, "delete")
	for _, g := range gone {
		if err := g.check(); err != nil {
			return err
		}
	}
	known := map[Ref]int64{} // versions in the index that is searched
	return m.writing(ctx, func(index string, building bool) error {
		for batch := range slices.Chunk(gone, meiliBatch) {
			refs := make([]Ref, len(batch))
			for i, g := range batch {
				refs[i] = g.Ref
			}
			have, err := m.versions(ctx, index, refs)
			if err != nil {
				return err
			}
			var write []meiliDoc
			for _, g := range batch {
				old, ok := have[g.Ref]
				if ok && old.version > g.Version {
					continue
				}
				if ok && !building {
					known[g.Ref] = old.version
				}
				// What is not in the one being built yet must not come there, see held.passes.
				if ok || building {
					write = append(write, meiliDoc{Key: g.key(), Version: decimal(max(g.Version, known[g.Ref])), Deleted: true, Tags: []string{}})
				}
			}
			if err := m.write(ctx, index, write); err != nil {
				return err
			}
		}
		return nil
	})
}

// Ready implements [Engine].
func (m *Meili) Ready(ctx context.Context) (err error) {
	defer meiliWrap(&err, "ready")
	ctx, cancel := context.WithTimeout(ctx, meiliCall)
	defer cancel()
	if _, err := m.server.HealthWithContext(ctx); err != nil {
		return err
	}
	_, err = m.server.Index(m.name).FetchInfoWithContext(ctx)
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
