package disclose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Bounds of what is looked for, so that the work stays in proportion to the text.
const (
	maxNames = 200
	maxWords = 8 // of one name
	maxGap   = 4 // bytes between two words of it
)

// token is a word as it is compared, and where it stands.
type token struct {
	folded     string
	start, end int
}

// tokens cuts a text into words of letters, digits and marks, without case and accents.
func tokens(text string) []token {
	all, fold := cut(text), cases.Fold()
	for i, t := range all {
		all[i].folded = bare(fold, text[t.start:t.end])
	}
	return all
}

// cut gives the words as they stand.
func cut(text string) []token {
	all := make([]token, 0, len(text)/6)
	start := -1
	add := func(end int) {
		if start >= 0 {
			all = append(all, token{start: start, end: end})
		}
		start = -1
	}
	for i, r := range text {
		if r < utf8.RuneSelf && alphanumeric(byte(r)) || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || start >= 0 && unicode.Is(unicode.M, r)) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			add(i)
		}
	}
	add(len(text))
	return all
}

func bare(fold cases.Caser, s string) string {
	for i := 0; ; i++ {
		if i == len(s) {
			return strings.ToLower(s)
		}
		if s[i] >= utf8.RuneSelf {
			break
		}
	}
	out := make([]rune, 0, len(s))
	for _, r := range norm.NFD.String(fold.String(s)) {
		if !unicode.Is(unicode.Mn, r) {
			out = append(out, r)
		}
	}
	return string(out)
}

// parties finds the names as whole words; the longest wins where one begins another.
func parties(text string, names []string) []Finding {
	byFirst := map[string][][]token{}
	for _, name := range names[:min(len(names), maxNames)] {
		words := tokens(name)
		if len(words) == 0 || words[0].folded == "" || len(words) > maxWords || len(words) == 1 && words[0].end-words[0].start < 2 {
			continue
		}
		byFirst[words[0].folded] = append(byFirst[words[0].folded], words)
	}
	if len(byFirst) == 0 {
		return nil
	}
	var first [utf8.RuneSelf]bool // by which a name begins
	for word := range byFirst {
		first[word[0]&0x7F] = true
	}
	var found []Finding
	in := cut(text)
	fold := cases.Fold()
	for i := 0; i < len(in); i++ {
		c := text[in[i].start]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c < utf8.RuneSelf && !first[c] {
			continue
		}
		for k := i; k < min(len(in), i+maxWords); k++ {
			if in[k].folded == "" {
				in[k].folded = bare(fold, text[in[k].start:in[k].end])
			}
		}
		longest := 0
		for _, words := range byFirst[in[i].folded] {
			if len(words) > longest && begins(in[i:], words) {
				longest = len(words)
			}
		}
		if longest > 0 {
			found = append(found, Finding{Party, in[i].start, in[i+longest-1].end})
			i += longest - 1
		}
	}
	return found
}

func begins(in, words []token) bool {
	if len(in) < len(words) {
		return false
	}
	for k, w := range words {
		if in[k].folded != w.folded || k > 0 && in[k].start-in[k-1].end > maxGap {
			return false
		}
	}
	return true
}

// Folded gives a name as it is compared, and how many words it has; "" for what is no name.
func Folded(name string) (folded string, words int) {
	all := tokens(name)
	if len(all) == 0 || len(all) > maxWords || len(all) == 1 && len(all[0].folded) < 2 {
		return "", 0
	}
	return joined(all), len(all)
}

func joined(all []token) string {
	words := make([]string, len(all))
	for i, t := range all {
		words[i] = t.folded
	}
	return strings.Join(words, " ")
}

// Names finds names of which only a key is known: runs of as many words as one of the lengths
// are asked about, the longest first. Lengths are in falling order.
func Names(text string, lengths []int, known func(folded string) bool) (found []Finding) {
	all := tokens(text)
	for i := 0; i < len(all); i++ {
		for _, n := range lengths {
			if i+n > len(all) || n < 1 || apart(all[i:i+n]) || !known(joined(all[i:i+n])) {
				continue
			}
			found = append(found, Finding{Party, all[i].start, all[i+n-1].end})
			i += n - 1
			break
		}
	}
	return found
}

// apart tells whether more stands between two of the words than belongs into a name.
func apart(all []token) bool {
	for i := 1; i < len(all); i++ {
		if all[i].start-all[i-1].end > maxGap {
			return true
		}
	}
	return false
}

// Merge adds findings to surer ones, where they do not overlap them.
func Merge(sure, more []Finding) []Finding { return merge(sure, more) }
