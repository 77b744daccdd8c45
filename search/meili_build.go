package search

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/meilisearch/meilisearch-go"
)

// progressKey names the document that notes how far an index is built. It is marked as
// deleted, so that no search finds it, and gone before the index is searched.
const progressKey = "progress-0"

func progressDoc(upto string) meiliDoc {
	return meiliDoc{Key: progressKey, Version: "0", Deleted: true, Tags: []string{}, Upto: upto}
}

// progress tells how far an index is built, and whether one is.
func (m *Meili) progress(ctx context.Context) (upto string, ok bool, err error) {
	docs, err := m.fetch(ctx, m.next(), []string{progressKey})
	if status(err) == http.StatusNotFound {
		return "", false, nil
	}
	if err != nil || len(docs) == 0 {
		return "", false, err
	}
	return docs[0].Upto, true, nil
}

// Building implements [Keeper].
func (m *Meili) Building(ctx context.Context) (upto string, ok bool, err error) {
	defer meiliWrap(&err, "building")
	return m.progress(ctx)
}

// Begin implements [Keeper].
func (m *Meili) Begin(ctx context.Context) (err error) {
	defer meiliWrap(&err, "begin")
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	if err := m.dropNext(ctx); err != nil {
		return err
	}
	if err := m.create(ctx, m.next()); err != nil {
		return err
	}
	return m.write(ctx, m.next(), []meiliDoc{progressDoc("")})
}

// dropNext removes the index beside the one searched, if there is one.
func (m *Meili) dropNext(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	if _, err := m.server.Index(m.next()).FetchInfoWithContext(ctx); err != nil {
		if status(err) == http.StatusNotFound {
			return nil
		}
		return err
	}
	task, err := m.server.DeleteIndexWithContext(ctx, m.next())
	return m.wait(ctx, task, err)
}

// Build implements [Keeper].
func (m *Meili) Build(ctx context.Context, docs []Doc, upto string) (err error) {
	defer meiliWrap(&err, "build")
	docs, err = newest(docs)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok, err := m.progress(ctx); err != nil || !ok {
		if err == nil {
			err = ErrNotBuilding
		}
		return err
	}
	for len(docs) > meiliBatch {
		if err := m.put(ctx, m.next(), docs[:meiliBatch], true); err != nil {
			return err
		}
		docs = docs[meiliBatch:]
	}
	return m.put(ctx, m.next(), docs, true, progressDoc(upto))
}

// Swap implements [Keeper].
func (m *Meili) Swap(ctx context.Context) (err error) {
	defer meiliWrap(&err, "swap")
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok, err := m.progress(ctx); err != nil || !ok {
		if err == nil {
			err = ErrNotBuilding
		}
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	// Tasks are done one after the other.
	if _, err := m.server.Index(m.next()).DeleteDocumentWithContext(ctx, progressKey, nil); err != nil {
		return err
	}
	task, err := m.server.SwapIndexesWithContext(ctx, []*meilisearch.SwapIndexesParams{{Indexes: []string{m.name, m.next()}}})
	if err := m.wait(ctx, task, err); err != nil {
		return err
	}
	return m.dropNext(ctx)
}

// Reset implements [Engine].
func (m *Meili) Reset(ctx context.Context) (err error) {
	defer meiliWrap(&err, "reset")
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	if err := m.dropNext(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	task, err := m.server.Index(m.name).DeleteAllDocumentsWithContext(ctx, nil)
	return m.wait(ctx, task, err)
}

// Empty implements [Keeper].
func (m *Meili) Empty(ctx context.Context) (empty bool, err error) {
	defer meiliWrap(&err, "empty")
	ctx, cancel := context.WithTimeout(ctx, meiliCall)
	defer cancel()
	var found meilisearch.DocumentsResult
	err = m.server.Index(m.name).GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{Fields: []string{"key"}, Limit: 1}, &found)
	if status(err) == http.StatusNotFound {
		return true, nil
	}
	return found.Total == 0, err
}

// List implements [Keeper]. The server sorts numbers and not text, so it is asked kind by kind.
func (m *Meili) List(ctx context.Context, after Ref, limit int) (out []Stored, err error) {
	defer meiliWrap(&err, "list")
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	counts, err := m.server.Index(m.name).SearchWithContext(ctx, "", &meilisearch.SearchRequest{Filter: "deleted = false", Facets: []string{"kind"}, Limit: 1})
	if err != nil {
		return nil, err
	}
	kinds, err := facetValues(counts.FacetDistribution, "kind")
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		if kind < after.Kind || !kindForm.MatchString(kind) {
			continue
		}
		from := int64(0)
		if kind == after.Kind {
			from = after.ID
		}
		part, err := m.listKind(ctx, Ref{kind, from}, limit-len(out))
		if out = append(out, part...); err != nil || len(out) >= limit {
			return out, err
		}
	}
	return out, nil
}

const sameNumber = 64 // documents whose numbers JSON cannot tell apart

func (m *Meili) listKind(ctx context.Context, after Ref, limit int) (out []Stored, err error) {
	found, err := m.server.Index(m.name).SearchWithContext(ctx, "", &meilisearch.SearchRequest{
		Filter: `deleted = false AND kind = "` + after.Kind + `" AND number >= ` + decimal(after.ID), Sort: []string{"number:asc"},
		AttributesToRetrieve: []string{"key", "version", "sum"}, Limit: int64(limit) + sameNumber})
	if err != nil {
		return nil, err
	}
	var docs []meiliDoc
	if err := found.Hits.DecodeInto(&docs); err != nil {
		return nil, err
	}
	for _, d := range docs {
		ref, ok := keyRef(d.Key)
		version, err := strconv.ParseInt(d.Version, 10, 64)
		if ok && err == nil && after.before(ref) {
			out = append(out, Stored{Ref: ref, Version: version, Sum: d.Sum})
		}
	}
	slices.SortFunc(out, func(a, b Stored) int {
		if a.before(b.Ref) {
			return -1
		}
		return 1
	})
	return out[:min(len(out), limit)], nil
}

// facetValues are the values that a facet has, in order.
func facetValues(distribution json.RawMessage, facet string) ([]string, error) {
	var counts map[string]map[string]int64
	if err := json.Unmarshal(distribution, &counts); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(counts[facet])), nil
}
