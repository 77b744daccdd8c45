package disclose

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusNames are the parties that the corpus is read with, beside those of the other tests.
var corpusNames = append([]string{"García López", "Rossi"}, names...)

// sample is one line of testdata: its text and what must be found in it, in order; nothing else may be.
type sample struct {
	file, text string
	want       []Finding
}

// corpus reads the lines of five languages. «kind:words» is what must be found; ␤ is a line's end.
func corpus(t testing.TB) (all []sample) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			all = append(all, marked(t, filepath.Base(file), strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "␤", "\n")))
		}
	}
	if len(all) < 300 {
		t.Fatalf("only %d lines", len(all))
	}
	return all
}

func marked(t testing.TB, file, line string) sample {
	t.Helper()
	s := sample{file: file}
	for line != "" {
		plain, rest, found := strings.Cut(line, "«")
		s.text += plain
		if line = rest; !found {
			break
		}
		kind, rest, named := strings.Cut(rest, ":")
		words, rest, closed := strings.Cut(rest, "»")
		if !named || !closed || !slices.Contains(kinds(), Kind(kind)) {
			t.Fatalf("%s: %q is marked wrongly", file, line)
		}
		s.want = append(s.want, Finding{Kind(kind), len(s.text), len(s.text) + len(words)})
		s.text += words
		line = rest
	}
	return s
}

func kinds() []Kind { return slices.Collect(maps.Keys(floor)) }

// score counts what was found rightly, what was found and should not be, and what was missed.
type score struct{ right, wrong, missed int }

func (s *score) add(o score) {
	s.right, s.wrong, s.missed = s.right+o.right, s.wrong+o.wrong, s.missed+o.missed
}

func (s score) precision() float64 { return ratio(s.right, s.wrong) }
func (s score) recall() float64    { return ratio(s.right, s.missed) }

func ratio(good, bad int) float64 {
	if good+bad == 0 {
		return 1
	}
	return float64(good) / float64(good+bad)
}

// measured compares what Find says with the marks: the same kind at the same bytes, or it is wrong.
func measured(t *testing.T, all []sample) map[Kind]score {
	t.Helper()
	scores := map[Kind]score{}
	count := func(k Kind, s score) {
		sum := scores[k]
		sum.add(s)
		scores[k] = sum
	}
	for _, s := range all {
		got := Find(s.text, corpusNames)
		for _, f := range got {
			if slices.Contains(s.want, f) {
				count(f.Kind, score{right: 1})
				continue
			}
			count(f.Kind, score{wrong: 1})
			t.Logf("%s: %s %q should not be found in %q", s.file, f.Kind, s.text[f.Start:f.End], s.text)
		}
		for _, f := range s.want {
			if !slices.Contains(got, f) {
				count(f.Kind, score{missed: 1})
				t.Logf("%s: %s %q is missed in %q", s.file, f.Kind, s.text[f.Start:f.End], s.text)
			}
		}
	}
	return scores
}

// floor is what was measured last, of each kind: precision and recall. It only ever rises.
var floor = map[Kind][2]float64{
	Address: {1, 1}, Phone: {1, 1}, Account: {1, 1}, Card: {1, 1}, Case: {1, 1}, Amount: {1, 1}, Birth: {1, 1}, Marking: {1, 1}, Party: {1, 1}, Quoted: {1, 1},
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	var whole score
	scores := measured(t, corpus(t))
	for _, kind := range slices.Sorted(maps.Keys(scores)) {
		s := scores[kind]
		whole.add(s)
		t.Logf("%-8s %3d right, %d wrong, %d missed: precision %.3f, recall %.3f", kind, s.right, s.wrong, s.missed, s.precision(), s.recall())
		if least := floor[kind]; s.precision() < least[0] || s.recall() < least[1] {
			t.Errorf("%s: precision %.3f and recall %.3f, not %.3f and %.3f", kind, s.precision(), s.recall(), least[0], least[1])
		}
	}
	t.Logf("in all   %3d right, %d wrong, %d missed: precision %.3f, recall %.3f", whole.right, whole.wrong, whole.missed, whole.precision(), whole.recall())
	for kind := range floor {
		if s := scores[kind]; s.right+s.missed < 5 {
			t.Errorf("the corpus holds %d times %s", s.right+s.missed, kind)
		}
	}
}

// TestCorpusInOneText: what stands around a line changes nothing of what is found in it.
func TestCorpusInOneText(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	var want []string
	for _, s := range corpus(t) {
		for _, f := range Find(s.text, corpusNames) {
			want = append(want, string(f.Kind)+" "+s.text[f.Start:f.End])
		}
		text.WriteString(s.text + "\n\n")
	}
	var got []string
	for _, f := range checked(t, text.String(), corpusNames) {
		got = append(got, string(f.Kind)+" "+text.String()[f.Start:f.End])
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("finding %d is %q, alone it is %q", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d are found, alone %d", len(got), len(want))
	}
}

// BenchmarkFind4kB is what a member waits for when a long post is sent: of prose in which there is nothing to find, of
// prose with a line in five of the corpus, and of the corpus, where nearly every line is about numbers.
func BenchmarkFind4kB(b *testing.B) {
	all := corpus(b)
	prose := slices.DeleteFunc(slices.Clone(all), func(s sample) bool { return len(s.want) > 0 || strings.ContainsAny(s.text, "0123456789") })
	var mixed []sample
	for i, s := range prose {
		mixed = append(mixed, s)
		if i%4 == 0 {
			mixed = append(mixed, all[i*3%len(all)])
		}
	}
	for name, from := range map[string][]sample{"prose": prose, "mixed": mixed, "corpus": all} {
		b.Run(name, func(b *testing.B) {
			var text strings.Builder
			for i := 0; text.Len() < 4096; i++ {
				text.WriteString(from[i*7%len(from)].text + "\n")
			}
			post := strings.ToValidUTF8(text.String()[:4096], "")
			b.SetBytes(int64(len(post)))
			for b.Loop() {
				Find(post, corpusNames)
			}
		})
	}
}
