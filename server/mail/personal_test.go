package mail

import (
	"strings"
	"testing"
)

// TestOwnTokensAreTakenOut: whatever a mail program makes of them, one's own links and addresses do not
// stay in what is kept of a mail; everything else does.
func TestOwnTokensAreTakenOut(t *testing.T) {
	t.Parallel()
	const base = "https://forum.example"
	long, short, set := strings.Repeat("abcdefgh234567mn", 3), strings.Repeat("abcdefgh234567m", 2)+"abcdefg", "abcdefgh234567abcdefgh2345"
	for in, want := range map[string]string{
		"Unsubscribe: " + base + "/unsubscribe/" + long + "\n-- ":                              "Unsubscribe: " + base + "/unsubscribe/…\n-- ",
		"[Leave](" + base + "/unsubscribe/" + long + ") now":                                   "[Leave](" + base + "/unsubscribe/…) now",
		"<" + strings.ToUpper(base+"/unsubscribe/"+long) + ">":                                 "<" + strings.ToUpper(base+"/unsubscribe/") + "…>",
		"> > " + base + "/unsubscribe/" + long[:20] + "\n> > " + long[20:] + "\n>":             "> > " + base + "/unsubscribe/…\n>",
		"> " + base + "/unsubscribe/" + long + "\n> Change how mail comes":                     "> " + base + "/unsubscribe/…\n> Change how mail comes",
		"On Tue Ann via Talk <reply+" + long + "@forum.example> wrote:":                        "On Tue Ann via Talk <reply+…@forum.example> wrote:",
		"[Reply](mailto:reply+" + long + "@forum.example)":                                     "[Reply](mailto:reply+…@forum.example)",
		`reply\+` + long + "@forum.example, mailto:reply%2B" + long + "@x":                     `reply\+…@forum.example, mailto:reply%2B…@x`,
		"bounce+" + short + "@forum.example":                                                   "bounce+…@forum.example",
		"https://safe.example/?u=https%3A%2F%2Fforum.example%2Funsubscribe%2F" + long + "&d=1": "https://safe.example/?u=https%3A%2F%2Fforum.example%2Funsubscribe%2F…&d=1",
		base + "/reset/" + short + "\n" + base + "/confirm/" + short + "\nHello":               base + "/reset/…\n" + base + "/confirm/…\nHello",
		base + "/address/" + short:                                                             base + "/address/…",
		"Stop: " + base + "/unsubscribe/notices/" + long:                                       "Stop: " + base + "/unsubscribe/notices/…",
		base + "/mute/" + long + " " + base + "/object/" + long:                                base + "/mute/… " + base + "/object/…",
		base + "/mail-command/" + short + " confirm+" + short + "@forum.example":               base + "/mail-command/… confirm+…@forum.example",
		base + "/welcome/" + set:                                                               base + "/welcome/…",
		"[Draft](" + base + "/account/drafts/17) https://bank.example/account/x":               "[Draft](" + base + "/account/…) https://bank.example/account/x",
		"I reply+repeat to you, see https://news.example/unsubscribe/me, bounce+x":             "I reply+repeat to you, see https://news.example/unsubscribe/me, bounce+x",
	} {
		if got := untokened(in, base); got != want {
			t.Errorf("%q became\n%q, want\n%q", in, got, want)
		}
	}
}
