package text_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"peergroups/forum"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"peergroups/assets"
	"peergroups/server/text"
)

func load(t *testing.T) text.Words {
	t.Helper()
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	return c.For("en", "Europe/Amsterdam")
}

var keyForm = regexp.MustCompile(`"([a-z][a-z_-]*(?:\.[a-z0-9_-]+)+)"`)

// composed are the stems to which the code adds an ending of its own; each of their keys
// counts as used.
var composed = []string{"search.op-", "search.chip-", "search.kind-", "search.is-", "consent.", "request.mail-", "processing.is-", "staff.part-", "staff.about-", "legal.part-", "legal.state-", "transparency.legal-", "incident.pick-", "retention.of-", "data.kind-", "period.", "erase-account.part-", "request.kind-", "request.state-", "own-privacy.answer-", "privacy.words", "terms.words", "search.facet-", "search.in-", "search.loose-", "search.suggest-", "search.by-", "addressed.", "choices.", "stop-news.", "circular.count-", "circular.state-", "discard-circular.", "notice.", "objection.outcome-", "level.", "topics.title-", "topics.intro-", "topics.none-", "react.", "board-kind.", "news.why-", "ignore.", "block.", "leave-talk.", "stop-notices.", "certificate.state-", "looks.look-", "writing.kind-", "check.", "listed.field-", "outcome.", "part.", "step.", "withdraw-application.", "write-feedback.", "application.state-", "application.next-", "acknowledge.before-", "act.", "audience.", "ban.", "check-mail.", "compose.mark-", "compose.post-to-", "confirm-address.", "class.", "replace.", "cookie.kind-", "data.", "done.", "drafts.why.",
	"error.empty.", "error.http-", "field.no_", "home.tab-", "hue.", "icon.", "leave.", "lock.", "mail.kind.", "mail.state.", "arrivals.fate-", "weekday.", "digests.form-", "mute-topic.", "dns.state-", "mail-command.", "mode.", "identity.", "note.", "opening.state-", "provider.", "reason.", "own-act.", "hide.", "show.", "warn.", "mute.", "suspend-member.", "lasting.", "report.of-", "report.who-", "report.kind-", "report.state-", "case.outcome-", "remove.", "reset.", "role.", "new-address.", "search.by-", "staff-role.", "sure.", "tip.", "trace.", "trouble.heading-", "unlock.", "lock-room.", "unlock-room.", "archive-room.", "unarchive-room.", "mute-in-room.", "remove-from-room.", "room.slow-", "room.pause-", "unsubscribe.", "unsubscribe-all.", "visibility.", "vet.", "hide-message.", "show-message.", "record.act-", "freeze.", "unfreeze.", "waiting.why-", "work.did-", "queue-mail.", "pin.", "unpin.", "rename.", "edit.", "erase.", "stub.", "later.why-", "transparency.", "mail-days.", "mail-pause.", "usage.count-", "usage.kind-", "usage.is-", "usage.time-", "designations.for-", "analytics.foot-", "analytics.refuse-"}

// TestEveryKey: a key that the code names has words, and words that no code names are gone.
// TestEveryKindOfDataHasWords: what is kept about people is named on the privacy page, and in their download.
func TestEveryKindOfDataHasWords(t *testing.T) {
	t.Parallel()
	w := load(t)
	for _, d := range forum.Data {
		if d.Kind == forum.NotPersonal && !d.Export {
			continue
		}
		for _, key := range []string{"data.what." + d.Table, d.Purpose, d.Retention, "data.erasure." + d.Erasure} {
			if !w.Has(key) {
				t.Errorf("%s has no words", key)
			}
		}
	}
}

func TestEveryKey(t *testing.T) {
	w := load(t)
	used := map[string]string{}
	for _, root := range []string{"../../forum", "../view", "../web", "../mail", "../job"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
				return err
			}
			if ext := filepath.Ext(path); ext != ".go" && ext != ".templ" {
				return nil
			}
			source, err := os.ReadFile(path)
			for _, m := range keyForm.FindAllStringSubmatch(string(source), -1) {
				used[m[1]] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stems := map[string]bool{}
	for _, key := range keys(t) {
		stem, _, _ := strings.Cut(key, ".")
		stems[stem] = true
		if used[key] == "" && !begins(key, composed) {
			t.Errorf("nothing uses %q", key)
		}
	}
	for key, path := range used {
		stem, _, _ := strings.Cut(key, ".")
		if stems[stem] && !strings.HasSuffix(key, "-") && !w.Has(key) && !begins(key, []string{"org.", "app."}) && !strings.Contains(key, ".example") && stem+"." != "note." {
			t.Errorf("%s: %q has no words", path, key)
		}
	}
}

func begins(key string, stems []string) bool {
	for _, s := range stems {
		if strings.HasPrefix(key, s) {
			return true
		}
	}
	return false
}

func keys(t *testing.T) (out []string) {
	t.Helper()
	raw, err := fs.ReadFile(assets.Catalogue(), "en.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for key := range all {
		out = append(out, key)
	}
	return out
}

var letters = regexp.MustCompile(`>[^<{}@]*\pL{3,}[^<{}@]*<`)

// TestNoWordsInPages: what people read stands in the catalogue and not in a template.
func TestNoWordsInPages(t *testing.T) {
	files, err := filepath.Glob("../view/*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range letters.FindAllString(string(source), -1) {
			if !strings.ContainsAny(found, "\n\"=") {
				t.Errorf("%s: %s", f, found)
			}
		}
	}
}

func TestWords(t *testing.T) {
	w := load(t)
	for got, want := range map[string]string{
		w.T("nav.home"):                                         "Home",
		w.T("topic.posts", "Count", 1):                          "1 post",
		w.T("ballot.title", "Group", "A", "Count", 2):           "May more people read what you wrote in A?",
		w.T("topic.posts", "Count", 7):                          "7 posts",
		w.T("error.too-long", "Most", 40):                       "Enter at most 40 characters",
		w.T("no.such-key"):                                      "no.such-key",
		w.When(time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)):   "2 July 2026, 00:30",
		w.Clock(time.Date(2026, 12, 1, 22, 30, 0, 0, time.UTC)): "23:30",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	if x := c.For("xx", "No/Where"); x.Language() != "en" || x.Zone() != "UTC" {
		t.Errorf("unknown language and zone: %s %s", x.Language(), x.Zone())
	}
	for name, body := range map[string]string{"en.json": `{"a":`, "de.json": `{"a":"b"}`} {
		if _, err := text.Load(fstest.MapFS{name: {Data: []byte(body)}}); err == nil {
			t.Errorf("%s was loaded", name)
		}
	}
}

func BenchmarkPlainWords(b *testing.B) {
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		b.Fatal(err)
	}
	w := c.For("en", "UTC")
	for b.Loop() {
		w.T("nav.home")
	}
}

var harsh = regexp.MustCompile(`(?i)\b(please|sorry|oops|invalid|valid|illegal|forbidden|e-mail object|thread|channel|flag)\b`)

// TestTone: plain and kind words, and one word per thing (DESIGN §11).
func TestTone(t *testing.T) {
	raw, err := fs.ReadFile(assets.Catalogue(), "en.json")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		_, said, _ := strings.Cut(line, `": `)
		if found := harsh.FindString(said); found != "" {
			t.Errorf("%q in %s", found, strings.TrimSpace(line))
		}
	}
}
