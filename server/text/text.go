// Package text turns a message key and arguments into words in the reader's language, for
// pages, mails and errors alike; dates and times too, in the reader's zone.
//
// The words stand in assets/text, one file per language: key → words, or {"one": …,
// "other": …} where a number ("Count") decides. An unknown key shows itself; the tests find
// every key that the code names and fails when its words are missing.
package text

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones, also where the machine has none

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Catalogue holds the words of every language.
type Catalogue struct {
	bundle *i18n.Bundle
	plain  map[string]map[string]string // language → key → words without arguments
	keys   map[string]map[string]bool
	known  sync.Map // [2]string{language, zone} → Words
}

const fallback = "en"

// Load reads every language file at the root of the file system.
func Load(files fs.FS) (*Catalogue, error) {
	c := &Catalogue{bundle: i18n.NewBundle(language.English), plain: map[string]map[string]string{}, keys: map[string]map[string]bool{}}
	c.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := c.read(files, name); err != nil {
			return nil, fmt.Errorf("words of %s: %w", name, err)
		}
	}
	if c.keys[fallback] == nil {
		return nil, fmt.Errorf("there are no words in %q", fallback)
	}
	return c, nil
}

func (c *Catalogue) read(files fs.FS, name string) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var entries map[string]any
	if err := json.Unmarshal(raw, &entries); err != nil {
		return err
	}
	tag, err := language.Parse(strings.TrimSuffix(name, ".json"))
	if err != nil {
		return err
	}
	lang := tag.String()
	c.plain[lang], c.keys[lang] = map[string]string{}, map[string]bool{}
	for key, entry := range entries {
		c.keys[lang][key] = true
		m := &i18n.Message{ID: key}
		switch v := entry.(type) {
		case string:
			m.Other = v
			if !strings.Contains(v, "{{") {
				c.plain[lang][key] = v
			}
		case map[string]any:
			m.One, _ = v["one"].(string)
			m.Other, _ = v["other"].(string)
		}
		if m.Other == "" {
			return fmt.Errorf("key %q has no words", key)
		}
		if err := c.bundle.AddMessages(tag, m); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	return nil
}

// Words speaks one language in one zone. It is small and safe for many goroutines.
type Words struct{ *words }

type words struct {
	lang, zone string
	at         *time.Location
	plain      map[string]string
	keys       map[string]bool
	localizer  *i18n.Localizer
}

// For gives the words for a language and zone; unknown ones are English and UTC.
func (c *Catalogue) For(lang, zone string) Words {
	if w, ok := c.known.Load([2]string{lang, zone}); ok {
		return w.(Words)
	}
	asked := [2]string{lang, zone}
	if c.keys[lang] == nil {
		lang = fallback
	}
	at, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		at, zone = time.UTC, "UTC"
	}
	w := Words{&words{lang: lang, zone: zone, at: at, plain: c.plain[lang], keys: c.keys[lang], localizer: i18n.NewLocalizer(c.bundle, lang)}}
	if asked[0] == lang && asked[1] == zone { // nonsense is not remembered
		c.known.Store(asked, w)
	}
	return w
}

// T gives the words for a key. args are names and values in turn; "Count" chooses between
// one and many.
func (w Words) T(key string, args ...any) string {
	if s, ok := w.plain[key]; ok {
		return s
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	return w.Say(key, values)
}

// Say is T with the arguments in a map.
func (w Words) Say(key string, args map[string]any) string {
	if s, ok := w.plain[key]; ok {
		return s
	}
	o := &i18n.LocalizeConfig{MessageID: key, TemplateData: args}
	if n, ok := args["Count"]; ok {
		o.PluralCount = n
	}
	s, err := w.localizer.Localize(o)
	if err != nil && o.PluralCount != nil { // a sentence that does not count
		o.PluralCount = nil
		s, err = w.localizer.Localize(o)
	}
	if err != nil {
		return key
	}
	return s
}

// Has tells whether there are words for a key.
func (w Words) Has(key string) bool { return w.keys[key] }

// Language is the language's tag, "en".
func (w Words) Language() string { return w.lang }

// Zone is the name of the zone, "Europe/Amsterdam".
func (w Words) Zone() string { return w.zone }

// When gives day and time, "23 November 2026, 09:12".
func (w Words) When(t time.Time) string { return t.In(w.at).Format("2 January 2006, 15:04") }

// Location is where the reader is, for their days.
func (w Words) Location() *time.Location { return w.at }

// Day gives the day, "23 November 2026".
func (w Words) Day(t time.Time) string { return t.In(w.at).Format("2 January 2006") }

// Midnight is when a day ("2026-11-29") begins for the reader.
func (w Words) Midnight(day string) (time.Time, error) {
	return time.ParseInLocation(time.DateOnly, day, w.at)
}

// Clock gives the time of day, "09:12".
func (w Words) Clock(t time.Time) string { return t.In(w.at).Format("15:04") }

// ISO gives the time for machines.
func (w Words) ISO(t time.Time) string { return t.In(w.at).Format(time.RFC3339) }
