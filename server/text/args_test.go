package text_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"peergroups/assets"
	"peergroups/server/text"
)

// argument is a name to fill in; an hour is written with two digits.
var argument = regexp.MustCompile(`\{\{(printf "%02d" )?\.([A-Za-z]+)\}\}`)

// sentences gives the words of each key, one for each number.
func sentences(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := fs.ReadFile(assets.Catalogue(), "en.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for key, entry := range all {
		switch v := entry.(type) {
		case string:
			out[key] = []string{v}
		case map[string]any:
			for _, number := range []string{"one", "other"} {
				s, ok := v[number].(string)
				if !ok {
					t.Errorf("%s has no words for %s", key, number)
				}
				out[key] = append(out[key], s)
			}
			if len(v) != 2 {
				t.Errorf("%s: %v", key, v)
			}
		default:
			t.Errorf("%s is %T", key, entry)
		}
	}
	return out
}

// TestSentencesAreWhole: with its arguments each sentence has no hole and no braces; braces in an argument, as somebody's
// name may have, are words and nothing to fill in.
func TestSentencesAreWhole(t *testing.T) {
	t.Parallel()
	w := load(t)
	for key, forms := range sentences(t) {
		for _, number := range []int{1, 2} {
			args := map[string]any{}
			for _, form := range forms {
				if rest := argument.ReplaceAllString(form, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") || strings.TrimSpace(form) != form {
					t.Errorf("%s: %q", key, form)
				}
				for _, m := range argument.FindAllStringSubmatch(form, -1) {
					if args[m[2]] = any("{{.Evil}}<b>"); m[1] != "" {
						args[m[2]] = 7
					}
				}
			}
			if len(forms) == 2 {
				args["Count"] = number
			}
			said := w.Say(key, args)
			if said == key || said == "" || strings.Contains(said, "<no value>") || strings.Contains(strings.ReplaceAll(said, "{{.Evil}}<b>", ""), "{{") {
				t.Errorf("%s with %d: %q", key, number, said)
			}
			for name := range args {
				if form := forms[min(number, len(forms))-1]; name != "Count" && strings.Contains(form, "{{."+name+"}}") && !strings.Contains(said, "{{.Evil}}<b>") {
					t.Errorf("%s: %s is not said in %q", key, name, said)
				}
			}
		}
	}
}

// TestNumbersChooseTheWords: in English only one is one.
func TestNumbersChooseTheWords(t *testing.T) {
	t.Parallel()
	c, err := text.Load(fstest.MapFS{"en.json": {Data: []byte(`{"n": {"one": "{{.Count}} post", "other": "{{.Count}} posts"}, "k": "plain {{.X}}"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	w := c.For("en", "UTC")
	for n, want := range map[int]string{0: "0 posts", 1: "1 post", 2: "2 posts", 11: "11 posts", 21: "21 posts", 101: "101 posts", -1: "-1 post"} {
		if got := w.T("n", "Count", n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := w.T("k", "X"); !strings.HasPrefix(got, "plain") { // an odd argument is left out, not a panic
		t.Errorf("%q", got)
	}
	for name, body := range map[string]string{"no words": `{"a": ""}`, "no other": `{"a": {"one": "x"}}`, "a number": `{"a": 7}`, "a list": `{"a": ["x"]}`, "a broken sentence": `[]`} {
		if _, err := text.Load(fstest.MapFS{"en.json": {Data: []byte(body)}}); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

// TestTimesInZones: a moment is told by the reader's clock, also where the clock is put forward or back, and by UTC
// where the zone is none.
func TestTimesInZones(t *testing.T) {
	t.Parallel()
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ zone, at, when, iso string }{
		{"Europe/Amsterdam", "2026-03-29T00:59:59Z", "29 March 2026, 01:59", "2026-03-29T01:59:59+01:00"}, {"Europe/Amsterdam", "2026-03-29T01:00:00Z", "29 March 2026, 03:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Amsterdam", "2026-10-25T00:30:00Z", "25 October 2026, 02:30", "2026-10-25T02:30:00+02:00"}, {"Europe/Amsterdam", "2026-10-25T01:30:00Z", "25 October 2026, 02:30", "2026-10-25T02:30:00+01:00"},
		{"Pacific/Kiritimati", "2026-12-31T11:00:00Z", "1 January 2027, 01:00", "2027-01-01T01:00:00+14:00"}, {"Asia/Kathmandu", "2026-01-01T00:00:00Z", "1 January 2026, 05:45", "2026-01-01T05:45:00+05:45"},
		{"", "2026-01-01T00:00:00Z", "1 January 2026, 00:00", "2026-01-01T00:00:00Z"}, {"../../etc/passwd", "2026-01-01T00:00:00Z", "1 January 2026, 00:00", "2026-01-01T00:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, x.at)
		if err != nil {
			t.Fatal(err)
		}
		w := c.For("en", x.zone)
		if got := w.When(at); got != x.when || w.ISO(at) != x.iso || !strings.HasPrefix(got, w.Day(at)+", ") || !strings.HasSuffix(got, ", "+w.Clock(at)) {
			t.Errorf("%s at %s: %q, %q, %q, %s", x.zone, x.at, got, w.Day(at), w.Clock(at), w.ISO(at))
		}
	}
}

// TestManyReadersAtOnce: words are shared by all requests; the race detector looks on.
func TestManyReadersAtOnce(t *testing.T) {
	t.Parallel()
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			w := c.For([]string{"en", "xx", ""}[i%3], []string{"UTC", "Europe/Amsterdam", "No/Where"}[i%3])
			if got, want := w.T("error.too-long", "Most", i), fmt.Sprintf("Enter at most %d characters", i); got != want {
				t.Errorf("%q", got)
			}
		})
	}
	wg.Wait()
}
