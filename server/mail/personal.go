package mail

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// A token of ours in a mail is its reader's own: who answers and quotes all of the mail would
// give it to everybody. Tokens are base32 of a known length (forum/seal.go); mail programs
// break them over lines, encode the signs before them, or lead them through other sites.
const (
	slash  = `(?:/|%2f)`
	broken = `(?:=?[ \t]*\n[> \t]*)?` // a line's end within quoted text
)

func token(n string) string {
	return `(?:[a-z2-7](?:` + broken + `[a-z2-7]){` + n + `}|[a-z2-7]{16,})`
}

// links are what tokens stand behind: the pattern before one, how many signs it has after the first, and the words without which a
// text, in small letters, has none of the kind.
var links = []struct {
	before, signs string
	told          []string
}{
	{slash + `unsubscribe` + slash + `(?:(?:notices|news)` + slash + `)?`, "47", []string{"unsubscribe"}},
	{`\breply(?:\\?\+|%2b)`, "47", []string{"reply+", `reply\+`, "reply%2b"}},
	{slash + `(?:confirm|reset|address|feedback|mail-command)` + slash, "36", []string{"confirm", "reset/", "reset%2f", "address/", "address%2f", "feedback/", "feedback%2f", "mail-command"}},
	{`\bbounce(?:\\?\+|%2b)`, "55", []string{"bounce"}},
	{slash + `welcome` + slash, "25", []string{"welcome"}},
	{slash + `(?:mute|object)` + slash, "47", []string{"mute/", "mute%2f", "object/", "object%2f"}},
	{`\bconfirm(?:\\?\+|%2b)`, "36", []string{"confirm"}},
}

var personal = func() *regexp.Regexp {
	kinds := make([]string, len(links))
	for i, l := range links {
		kinds[i] = "(" + l.before + ")" + token(l.signs)
	}
	return regexp.MustCompile("(?i)" + strings.Join(kinds, "|"))
}()

// mayHoldTokens tells whether a text names anything that a token stands behind.
func mayHoldTokens(text []byte, base string) bool {
	text = bytes.ToLower(text)
	names := func(s string) bool { return bytes.Contains(text, []byte(s)) }
	for _, l := range links {
		if slices.ContainsFunc(l.told, names) {
			return true
		}
	}
	base = strings.ToLower(base)
	return names(base+"/account") || names(base+"%2faccount")
}

// untokened replaces what a text quotes of its author's own links and addresses. base is
// the address of the site.
func untokened(text, base string) string {
	if !mayHoldTokens([]byte(text), base) {
		return text
	}
	text = personal.ReplaceAllString(text, "$1$2$3$4$5$6$7…")
	account := regexp.MustCompile(`(?i)(` + regexp.QuoteMeta(base) + slash + `account` + slash + `)[^\s<>()\[\]"']+`)
	return account.ReplaceAllString(text, "$1…")
}
