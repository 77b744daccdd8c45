package view

import (
	"strings"

	"github.com/a-h/templ"

	"peergroups/forum/markup"
	"peergroups/server/text"
)

// same tells whether nothing was changed that is read.
func same(pieces []markup.Piece) bool {
	for _, p := range pieces {
		if p.Change != markup.Same {
			return false
		}
	}
	return true
}

// marked is the HTML of two texts in one, without a space that neither has. Who listens hears where a change begins and ends.
func marked(w text.Words, pieces []markup.Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		words := templ.EscapeString(p.Text)
		tag, key := "", ""
		switch p.Change {
		case markup.Gone:
			tag, key = "del", "history.gone"
		case markup.Added:
			tag, key = "ins", "history.added"
		default:
			b.WriteString(words)
			continue
		}
		b.WriteString("<" + tag + `><span class="vh">` + templ.EscapeString(w.T(key)) + " </span>" + words + `<span class="vh"> ` + templ.EscapeString(w.T("history.end")) + " </span></" + tag + ">")
	}
	return b.String()
}
