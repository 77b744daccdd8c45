package markup

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may follow one another; no living script needs more.
const maxMarks = 4

// Neutral makes text safe to look at: invalid bytes become U+FFFD, other line ends "\n", control characters their
// pictures (␀), characters that reorder text are named (⟨U+202E⟩), invisible ones go, and marks do not pile up.
// Joiners stay between letters that need them (Persian, Indic, emoji). Idempotent.
func Neutral(s string) string {
	if plainASCII(s) {
		return s
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	var b strings.Builder
	b.Grow(len(s))
	marks, before := 0, ' '
	runes := []rune(s)
	for i, r := range runes {
		if unicode.In(r, unicode.Mn, unicode.Me) && !isVariation(r) {
			if marks++; marks > maxMarks {
				continue
			}
		} else if !isInvisible(r) {
			marks = 0
		}
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7F:
			b.WriteRune(0x2421)
		case isReordering(r) || r >= 0x80 && r < 0xA0:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		case r == 0x200C || r == 0x200D:
			if before > 0x7F && i+1 < len(runes) && runes[i+1] > 0x7F && !isInvisible(runes[i+1]) {
				b.WriteRune(r)
			}
			continue
		case isInvisible(r):
			continue
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7F || c < 0x20 && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// isReordering tells bidi embeddings, overrides, isolates and marks.
func isReordering(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

// isInvisible tells characters that take no room: zero-width space, joiners, tags, annotations.
func isInvisible(r rune) bool {
	return r >= 0x200B && r <= 0x200D || r >= 0x2060 && r <= 0x2065 || r >= 0x206A && r <= 0x206F || r == 0xFEFF || r == 0x180E ||
		r == 0x034F || r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || r >= 0xFFF9 && r <= 0xFFFB || r >= 0xE0000 && r <= 0xE0FFF
}

// isVariation tells the selectors that choose the look of an emoji or ideograph.
func isVariation(r rune) bool { return r >= 0xFE00 && r <= 0xFE0F }

// Line makes one line of display text of a title or name: NFC, white space collapsed, ends trimmed, and without
// control, reordering and invisible characters. It may return "".
func Line(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			b.WriteByte(' ')
		case !isReordering(r):
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(norm.NFC.String(Neutral(b.String()))), " ")
}

// Excerpt gives the beginning of a Cooked.Text in one line of at most n runes, cut between words where there is one,
// with "…" when something was left out. Quoted lines are passed over unless there is nothing else.
func Excerpt(text string, n int) string {
	var own []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, ">") {
			own = append(own, line)
		}
	}
	s := Line(strings.Join(own, " "))
	if s == "" {
		s = Line(text)
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	cut := n - 1
	for i := cut; i > cut/2; i-- {
		if r[i] == ' ' {
			cut = i
			break
		}
	}
	return strings.TrimRight(string(r[:cut]), " ,;:.–-") + "…"
}

// folded are letters without a decomposition, as a reader of ASCII expects them.
var folded = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "ł", "l", "ı", "i", "ħ", "h", "ŋ", "n")

// Slug makes the readable part of a URL: ASCII letters and digits joined by "-", at most 60, never empty ("topic").
func Slug(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range folded.Replace(strings.ToLower(norm.NFD.String(Line(title)))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
		default:
			gap = true
		}
	}
	s := b.String()
	if len(s) > 60 {
		s = s[:60]
		if i := strings.LastIndexByte(s, '-'); i > 30 {
			s = s[:i]
		}
	}
	if s = strings.Trim(s, "-"); s == "" {
		return "topic"
	}
	return s
}
