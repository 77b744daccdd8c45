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

var personal = regexp.MustCompile(`(?i)(` + strings.Join([]string{
	slash + `unsubscribe` + slash + `(?:(?:notices|news)` + slash + `)?)` + token("47"),
	`\breply(?:\\?\+|%2b))` + token("47"),
	slash + `(?:confirm|reset|address|feedback|mail-command)` + slash + `)` + token("36"),
	`\bbounce(?:\\?\+|%2b))` + token("55"),
	slash + `welcome` + slash + `)` + token("25"),
	slash + `(?:mute|object)` + slash + `)` + token("47"),
	`\bconfirm(?:\\?\+|%2b))` + token("36"),
}, `|(`))

// mayHoldTokens tells whether a text names anything that a token stands behind.
func mayHoldTokens(text []byte, base string) bool {
	text = bytes.ToLower(text)
	return slices.ContainsFunc([]string{"unsubscribe", "reply+", `reply\+`, "reply%2b", "confirm", "reset/", "reset%2f", "address/", "address%2f", "feedback/", "feedback%2f", "mute/", "mute%2f", "object/", "object%2f", "mail-command", "bounce", "welcome", strings.ToLower(base) + "/account", strings.ToLower(base) + "%2faccount"},
		func(s string) bool { return bytes.Contains(text, []byte(s)) })
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
