package view

import (
	"fmt"
	"strconv"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
)

// NewsPauses are for how long mail of news can be paused: not, or so many hours.
var NewsPauses = []string{"none", "1", "24", "168", "336"}

func newsDelays(s Shell, minutes []string) (out []string) {
	for _, m := range minutes {
		if m == "0" {
			out = append(out, s.T("choices.at-once"))
			continue
		}
		n, _ := strconv.Atoi(m)
		out = append(out, s.T("choices.minutes", "Count", n))
	}
	return out
}

// between is the style of what stands above the one before it.
func between(i int) string {
	if i == 0 {
		return ""
	}
	return "border-top:1px solid #dcdedd;margin:16px 0 0;padding:16px 0 0"
}

// NewsMailText is NewsMailHTML in plain text.
func NewsMailText(l Letterhead, m NewsMail) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s · %s\n%s\n", m.Group, m.Board, m.Title)
	for i, p := range m.Posts {
		if i > 0 {
			b.WriteString("\n" + strings.Repeat("-", column) + "\n")
		}
		fmt.Fprintf(&b, "\n%s\n%s\n", p.Why, l.When(at(p.At)))
		if p.Note != "" {
			b.WriteString(fold(l.T("news.note", "Note", p.Note)) + "\n")
		}
		if m.Bare {
			fmt.Fprintf(&b, "\n%s: %s\n", l.T("mail.news-read"), p.Href)
		} else {
			b.WriteString("\n" + fold(p.Plain) + "\n" + l.files(p.Files) + l.reporting(p.Report))
		}
	}
	foot := m.foot(l)
	if m.Reply {
		foot = l.T("mail.reply-reaches", "Audience", m.Reaches.words(l.Words))
	}
	return b.String() + "\n" + fold(foot) + "\n" + l.T("mail.online") + ": " + m.Href + "\n" + l.T("mail.news-change") + ": " + m.Change + "\n" + l.T("mail.news-stop") + ": " + m.Stop + "\n" + l.imprint()
}

// foot says that the mail cannot be answered.
func (m NewsMail) foot(l Letterhead) string {
	if m.Foot != "" {
		return m.Foot
	}
	return l.T("mail.news-no-reply")
}

// Told says why somebody is told of something: by whom it is, on which board, and the name of the search of theirs that found it, where there is one.
func Told(w text.Words, why forum.Why, who, board, search string) string {
	key := "news.why-" + why.String()
	if search != "" {
		key = "news.why-search-named"
	}
	return w.T(key, "Name", who, "Board", board, "Search", search)
}
