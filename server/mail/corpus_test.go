package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/disclose"
	"peergroups/forum/markup"
)

// specimen is a line of testdata/corpus.json: a mail, and what is to come of it.
type specimen struct {
	File, Text, Title, Error, From string
	Files, Lists                   []string // files as "name: format", or "name: why not"
	Automatic                      bool
}

func specimens(t testing.TB) (all []specimen) {
	t.Helper()
	raw, err := os.ReadFile("testdata/corpus.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/corpus/*.eml")
	if err != nil || len(files) != len(all) || len(all) < 120 {
		t.Fatalf("%d mails, %d lines, %v", len(files), len(all), err)
	}
	return all
}

// refused names what the gate of files has against one.
var refused = map[error]string{disclose.ErrKind: "kind", disclose.ErrBroken: "broken", disclose.ErrBomb: "bomb", disclose.ErrMacros: "macros", disclose.ErrLocked: "locked", disclose.ErrUnclean: "unclean"}

func fate(f forum.IncomingFile) string {
	if f.Why != "" {
		return f.Name + ": " + f.Why
	}
	a, err := disclose.Inspect(f.Name, f.Bytes)
	if err == nil {
		return f.Name + ": " + string(a.Format)
	}
	for why, word := range refused {
		if errors.Is(err, why) {
			return f.Name + ": " + word
		}
	}
	return f.Name + ": " + err.Error()
}

// outcome is what a mail comes to, as a line of the table.
func outcome(name string, raw []byte) specimen {
	in, err := Parse(raw)
	got := specimen{File: name}
	for why, word := range map[error]string{ErrTooBig: "big", ErrUnreadable: "unreadable", ErrNoSender: "sender", ErrSealed: "sealed", ErrWinmail: "winmail"} {
		if errors.Is(err, why) {
			got.Error = word
		}
	}
	if got.Error == "" && err != nil {
		got.Error = "empty"
	}
	if in != nil {
		got.Text, got.Title, got.From, got.Lists, got.Automatic = in.Text, in.Title, in.From, in.ListIDs, in.Automatic
		for _, f := range in.Files {
			got.Files = append(got.Files, fate(f))
		}
	}
	return got
}

// TestCorpus: each mail of the corpus comes to what the table says, in any case without a script in what is shown of it.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, want := range specimens(t) {
		t.Run(want.File, func(t *testing.T) {
			t.Parallel()
			got := outcome(want.File, eml(t, "corpus/"+want.File))
			if want.From == "" {
				got.From = ""
			}
			if want.Error != "" {
				got.Title, got.Text = want.Title, want.Text
			}
			same := got.Text == want.Text && got.Title == want.Title && got.Error == want.Error && got.From == want.From && got.Automatic == want.Automatic
			if !same || !slices.Equal(got.Files, want.Files) || !slices.Equal(got.Lists, want.Lists) {
				g, _ := json.Marshal(got)
				w, _ := json.Marshal(want)
				t.Errorf("\n got %s\nwant %s", g, w)
			}
			if cooked := strings.ToLower(markup.Cook(got.Text, markup.Options{}).HTML); dangerous(cooked) {
				t.Errorf("shown as %s", cooked)
			}
		})
	}
}

// dangerous tells HTML in which something runs, or is fetched from elsewhere.
func dangerous(cooked string) bool {
	for _, bad := range []string{"<script", "<img", "<svg", "<iframe", "<object", "<form", "<style", "<base", "<meta", `href="javascript`, `href="data`} {
		if strings.Contains(cooked, bad) {
			return true
		}
	}
	for tag := range strings.SplitSeq(cooked, "<") { // handlers stand within tags only
		if head, _, _ := strings.Cut(tag, ">"); strings.Contains(head, " onerror=") || strings.Contains(head, " onload=") {
			return true
		}
	}
	return false
}

// TestCorpusPostsNothingUnproved: whoever a mail of the corpus says to be from, it writes nothing unless that is proved.
func TestCorpusPostsNothingUnproved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.verdict = Verdict{SPF: "fail", DMARC: "fail"}
	for _, one := range specimens(t) {
		err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: []string{"family@forum.example"}}, eml(t, "corpus/"+one.File))
		if got := code(t, err); got == "" && !one.Automatic && !strings.HasPrefix(one.File, "loop-") { // those are dropped
			t.Errorf("%s is taken", one.File)
		}
	}
	var n int
	if err := h.Store.Reader().NewRaw("SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM topics) + (SELECT count(*) FROM drafts) + (SELECT count(*) FROM received)").Scan(t.Context(), &n); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func BenchmarkCorpus(b *testing.B) {
	var all [][]byte
	for _, one := range specimens(b) {
		all = append(all, eml(b, "corpus/"+one.File))
	}
	b.SetBytes(int64(len(bytes.Join(all, nil))))
	for b.Loop() {
		for _, raw := range all {
			if _, err := Parse(raw); err != nil && len(raw) == 0 {
				b.Fatal(err)
			}
		}
	}
}
