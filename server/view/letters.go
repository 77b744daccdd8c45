package view

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"peergroups/server/text"
)

// The plain-text twins of the mails say the same, in lines of 72 characters.

const column = 72

// fold breaks long lines between words; lines that are quoted or short stay.
func fold(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		mark := ""
		if strings.HasPrefix(line, "> ") {
			mark = "> "
		}
		n := 0
		for i, word := range strings.Split(line, " ") {
			w := utf8.RuneCountInString(word)
			switch {
			case i == 0:
			case n+1+w > column:
				b.WriteString("\n" + mark)
				n = len(mark)
			default:
				b.WriteByte(' ')
				n++
			}
			b.WriteString(word)
			n += w
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (l Letterhead) imprint() string {
	site := ""
	if l.Org.Site != "" {
		site = l.Org.Site + "\n"
	}
	return "\n-- \n" + l.Org.line() + "\n" + site + l.Base + "/privacy\n"
}

// PostMailText is PostMailHTML in plain text.
func PostMailText(l Letterhead, m PostMail) string {
	words := m.Audience.words(l.Words)
	return strings.TrimPrefix(m.Author+", ", ", ") + l.When(at(m.At)) + "\n" + m.Group + " · " + m.Board + "\n" + l.special(m) + "\n" + fold(m.Plain) + "\n" + l.files(m.Files) + "\n" +
		fold(l.T("mail.written-for", "Audience", words)+"\n"+m.reaches(l.Words)) +
		"\n" + l.footer(m.Footer) + l.T("mail.online") + ": " + m.Href + "\n" + l.reporting(m.Report) + l.T("mail.mute") + ": " + m.Mute + "\n" + l.T("mail.change") + ": " + m.Change + "\n" + l.T("mail.unsubscribe") + ": " + m.Unsubscribe + "\n" + l.imprint()
}

// special says of a special notice that it is one.
func (l Letterhead) special(m PostMail) string {
	if !m.Special {
		return ""
	}
	return l.T("mail.special") + "\n"
}

// reaches says whom an answer reaches.
func (m PostMail) reaches(w text.Words) string {
	if m.ToAuthor {
		return w.T("mail.reply-author", "Name", m.Author)
	}
	words := w.T("mail.reply-reaches", "Audience", m.Reaches.words(w))
	if m.Masked {
		words += " " + w.T("mail.reply-masked")
	}
	return words
}

// footer is what the list's owners say below each mail.
func (l Letterhead) footer(words string) string {
	if words == "" {
		return ""
	}
	return fold(words) + "\n"
}

// reporting is the line that leads to the form by which a post is reported, where there is one.
func (l Letterhead) reporting(href string) string {
	if href == "" {
		return ""
	}
	return l.T("report.of-post") + ": " + href + "\n"
}

// files names what hangs on a post.
func (l Letterhead) files(all []Link) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%s %s: %s\n", l.T("file.mail"), f.Text, f.Href)
	}
	return b.String()
}

// DigestText is DigestHTML in plain text.
func DigestText(l Letterhead, d Digest) string {
	var b strings.Builder
	b.WriteString(l.Subject + "\n\n")
	n := 0
	for _, g := range d.Groups {
		for _, t := range g.Topics {
			n++
			fmt.Fprintf(&b, "%2d. %s (%d)\n", n, t.Title, len(t.Posts))
		}
	}
	for _, g := range d.Groups {
		fmt.Fprintf(&b, "\n%s\n%s\n", g.Name, l.T("mail.written-for", "Audience", g.Audience.words(l.Words)))
		for _, t := range g.Topics {
			fmt.Fprintf(&b, "\n%s\n%s\n%s · %s\n%s\n", strings.Repeat("-", column), t.Title, t.Board, l.T("digest.of", "Count", len(t.Posts), "Total", t.Total), t.Href)
			if d.Index || t.Quiet || d.Burst {
				continue
			}
			for _, p := range t.Posts {
				fmt.Fprintf(&b, "\n%s, %s\n\n%s\n", p.Author, said(l.Words, p), fold(p.Plain)+l.files(p.Files))
				if p.More > 0 {
					fmt.Fprintf(&b, "%s: %s\n", l.T("digest.more", "Count", p.More), p.Href)
				}
				fmt.Fprintf(&b, "%s: %s\n%s", l.T("digest.reply"), p.Reply, l.reporting(p.Report))
			}
		}
	}
	if d.Left > 0 {
		fmt.Fprintf(&b, "\n%s: %s\n", l.T("digest.left", "Count", d.Left), l.Base)
	}
	b.WriteString("\n" + fold(l.T(digestWhy(d), "Hour", d.Hour)) + l.T("mail.change") + ": " + d.Change + "\n" + l.T("mail.unsubscribe") + ": " + d.Unsubscribe + "\n")
	return b.String() + l.imprint()
}

// BurstText is a post of a digest as a mail of its own: what it says, whom it was written for, and where it stands.
func BurstText(w text.Words, p DigestPost, a Audience) string {
	return fold(p.Plain) + "\n" + fold(w.T("mail.written-for", "Audience", a.words(w))) + p.Href + "\n"
}

// NoteText is NoteHTML in plain text.
func NoteText(l Letterhead, n Note) string {
	s := fold(l.T("note."+n.Stem+".text", n.Args...))
	if n.Href != "" {
		s += "\n" + l.T("note."+n.Stem+".button") + ":\n" + n.Href + "\n"
	}
	return s + l.imprint()
}

// said is when a post of a digest was written, and by which door.
func said(w text.Words, p DigestPost) string {
	if p.ByMail {
		return w.When(at(p.At)) + ", " + w.T("post.by-mail")
	}
	return w.When(at(p.At))
}

// sign is the icon of an audience where there are no icons.
func (a Audience) sign() string {
	return map[string]string{"eye": "👁 ", "lock": "🔒 ", "shield": "🛡 "}[a.icon()]
}

func digestKind(d Digest) string {
	switch {
	case d.Index:
		return "mode.index"
	case d.Weekly:
		return "mode.weekly"
	default:
		return "mode.daily"
	}
}

// digestWhy is the sentence at the end: of the texts one can answer, of titles one cannot.
func digestWhy(d Digest) string {
	if d.Index {
		return "digest.why-index"
	}
	return "digest.why"
}
