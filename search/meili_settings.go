package search

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/meilisearch/meilisearch-go"
)

// settings are what the index must have; others are left as they are. Stop words are none of
// them: the server would leave them out of the index, and then a query of nothing else, or a
// phrase with one, finds nothing. They are made optional when a query is read.
func settings() *meilisearch.Settings {
	return &meilisearch.Settings{
		SearchableAttributes: []string{"title", "heads", "files", "text", "roots"},
		FilterableAttributes: []string{"at", "audience", "author", "board", "deleted", "grp", "hasfile", "kind", "number", "room", "tags", "topic", "voice"},
		SortableAttributes:   []string{"at", "key", "number"},
		DisplayedAttributes:  []string{"at", "audience", "author", "deleted", "files", "grp", "key", "sum", "text", "title", "upto", "version"},
		RankingRules:         []string{"sort", "words", "typo", "proximity", "attribute", "exactness", "at:desc"},
		Pagination:           &meilisearch.Pagination{MaxTotalHits: meiliMost},
		Synonyms:             maps.Clone(synonyms),
		TypoTolerance: &meilisearch.TypoTolerance{Enabled: true,
			MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: oneError, TwoTypos: twoErrors},
			DisableOnWords:      []string{}, DisableOnAttributes: []string{"heads", "roots"}},
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
		slices.Equal(have.RankingRules, want.RankingRules) && len(have.StopWords) == 0 &&
		have.Pagination != nil && *have.Pagination == *want.Pagination &&
		maps.EqualFunc(have.Synonyms, want.Synonyms, set) && sameTypos(have.TypoTolerance, want.TypoTolerance, set)
}

func sameTypos(have, want *meilisearch.TypoTolerance, set func(a, b []string) bool) bool {
	return have != nil && have.Enabled == want.Enabled && have.MinWordSizeForTypos == want.MinWordSizeForTypos &&
		set(have.DisableOnWords, want.DisableOnWords) && set(have.DisableOnAttributes, want.DisableOnAttributes) &&
		have.DisableOnNumbers == want.DisableOnNumbers
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
	if err := m.create(ctx, m.name); err != nil {
		return err
	}
	m.ready = true
	return nil
}

// create makes an index unless it is there, with the settings.
func (m *Meili) create(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, meiliTask)
	defer cancel()
	index := m.server.Index(name)
	if _, err := index.FetchInfoWithContext(ctx); err != nil {
		if status(err) != http.StatusNotFound {
			return err
		}
		task, err := m.server.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: name, PrimaryKey: "key"})
		if err := m.wait(ctx, task, err); err != nil {
			return err
		}
	}
	have, err := index.GetSettingsWithContext(ctx)
	if err != nil {
		return err
	}
	if sameSettings(have, settings()) {
		return nil
	}
	if len(have.StopWords) > 0 {
		task, err := index.ResetStopWordsWithContext(ctx)
		if err := m.wait(ctx, task, err); err != nil {
			return err
		}
	}
	task, err := index.UpdateSettingsWithContext(ctx, settings())
	return m.wait(ctx, task, err)
}
