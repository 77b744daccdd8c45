package markup

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const slugLen = 60

// Slug makes the readable part of a URL: ASCII letters, digits and hyphens, at most 60
// characters, never empty.
func Slug(title string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(title)) {
		if b.Len() >= slugLen {
			break
		}
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "topic"
}
