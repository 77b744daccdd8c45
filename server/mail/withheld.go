package mail

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What comes to the house is for administrators to read, and they read no list mail (SECURITY.md): reports and complaints enclose it,
// with the tokens of whom it was for. So mails that are enclosed are left out of what is kept; of reports all but what they say
// themselves; and tokens of ours wherever they stand.

// withholder writes a mail to the house anew, without what is not for those who read it.
type withholder struct {
	bytes.Buffer
	base, domain string
	enclosed     string         // the words in the place of a mail
	ours         *regexp.Regexp // a line of the header of a mail of ours
	left         int            // bytes of text that may still be kept
	boundary     string         // the beginning of each, which stands in no mail
}

// withheld gives a mail to the house as it is kept. bare: it has no sender, as reports have none.
func (b *Inbox) withheld(raw []byte, bare bool) []byte {
	sum := sha256.Sum256(raw)
	w := &withholder{base: b.Base, domain: b.Domain, enclosed: b.Words.For("", "UTC").T("house-mail.enclosed"), boundary: fmt.Sprintf("=_%x", sum[:12]), left: maxBack / 2,
		ours: regexp.MustCompile(`(?im)^[ \t>|]*(?:list-[a-z-]+|message-id|reply-to|return-path)\s*:[^\n]*` + regexp.QuoteMeta(b.Domain))}
	block := headOf(raw)
	root, err := split(raw)
	switch {
	case err != nil: // what cannot be looked through may enclose anything
		block = block[:min(len(block), maxField)]
		w.header(block, isPlain)
		w.text("text/plain", b.Words.For("", "UTC").T("house-mail.unkept"))
	case bare || isReport(root):
		w.report(root, block)
	default:
		w.header(block, func(name string) bool { return name != "mime-version" && !strings.HasPrefix(name, "content-") })
		w.WriteString("MIME-Version: 1.0\r\n")
		w.part(root, "", 0)
	}
	return w.Bytes()
}

// isReport tells what a mail server or a provider says of a mail.
func isReport(p *part) bool {
	switch p.ContentType {
	case "multipart/report", "message/delivery-status", "message/global-delivery-status", "message/feedback-report", "text/rfc822-headers":
		return true
	}
	return slices.ContainsFunc(p.Parts, isReport)
}

// header writes the fields that are kept as they came.
func (w *withholder) header(block []byte, keeps func(name string) bool) {
	var kept []byte
	skip := false
	for line := range bytes.Lines(block) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			skip = !keeps(strings.ToLower(string(bytes.TrimSpace(name))))
		}
		if !skip {
			kept = append(kept, line...)
		}
	}
	w.WriteString(w.clean(string(kept)))
	if len(kept) > 0 && kept[len(kept)-1] != '\n' {
		w.WriteString("\r\n")
	}
}

// clean takes tokens of ours out.
func (w *withholder) clean(text string) string { return untokened(text, w.base) }

// part writes one part and those in it.
func (w *withholder) part(p *part, within string, depth int) {
	switch {
	case len(p.Parts) > 0:
		boundary := w.boundary + "." + strconv.Itoa(depth)
		w.WriteString("Content-Type: " + p.ContentType + "; boundary=\"" + boundary + "\"\r\n\r\n")
		for _, c := range p.Parts {
			w.WriteString("--" + boundary + "\r\n")
			w.part(c, p.ContentType, depth+1)
			w.WriteString("\r\n")
		}
		w.WriteString("--" + boundary + "--\r\n")
	case w.isMail(p, within):
		w.text("text/plain", w.enclosed)
	case p.ContentType == "" || strings.HasPrefix(p.ContentType, "text/"):
		words := w.words(p)
		if w.ours.MatchString(words) { // a copy of a mail of ours, with its header
			words = before(words) + "\n" + w.enclosed
		}
		kind := cmp.Or(p.ContentType, "text/plain")
		_, params := mediaType(p.Header.Get("Content-Type"))
		for _, name := range []string{"format", "delsp"} {
			if value := params[name]; plainValue.MatchString(value) {
				kind += "; " + name + "=" + value
			}
		}
		w.text(kind, w.clean(words))
	default:
		var h strings.Builder
		for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-Id"} {
			if said := p.Header.Get(name); said != "" {
				fmt.Fprintf(&h, "%s: %s\r\n", name, said)
			}
		}
		w.WriteString(w.clean(h.String()) + "\r\n")
		w.Write(p.Content)
	}
}

// words reads a part that is text, as much of it as is kept.
func (w *withholder) words(p *part) string {
	short := *p
	short.Content = p.Content[:min(len(p.Content), maxCoded)]
	text := plainly(&short)
	text = strings.ToValidUTF8(text[:min(len(text), w.left)], "")
	w.left -= len(text)
	return text
}

// plainValue is one that needs no quotes.
var plainValue = regexp.MustCompile(`^[a-zA-Z]+$`)

// text writes words as a part.
func (w *withholder) text(kind, words string) {
	w.WriteString("Content-Type: " + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	w.WriteString(strings.ReplaceAll(strings.ReplaceAll(words, "\r\n", "\n"), "\n", "\r\n"))
}

// isMail tells a part that is a mail, or that holds one of ours as programs keep them.
func (w *withholder) isMail(p *part, within string) bool {
	ext := strings.ToLower(path.Ext(p.FileName))
	switch {
	case strings.HasPrefix(p.ContentType, "message/"), p.ContentType == "text/rfc822-headers", within == "multipart/digest",
		isWinmail(p), strings.HasSuffix(p.ContentType, "ms-outlook"), ext == ".eml", ext == ".msg", ext == ".mbox":
		return true
	case p.ContentType == "" || p.ContentType == "text/plain" || p.ContentType == "text/html":
		return false // what somebody wrote, or quotes
	}
	held := bytes.ToLower(unpacked(p.Content, p.Header.Get("Content-Transfer-Encoding")))
	return bytes.Contains(held, []byte(strings.ToLower(w.domain))) && slices.ContainsFunc([]string{"list-id:", "message-id:", "reply+", "bounce+", "/unsubscribe/"}, func(s string) bool { return bytes.Contains(held, []byte(s)) })
}

// said are the fields of reports that tell nothing of the mail that they are about, nor of whom it was for.
var said = []string{"reporting-mta", "remote-mta", "arrival-date", "last-attempt-date", "action", "status", "diagnostic-code",
	"feedback-type", "user-agent", "version", "source-ip", "incidents", "reported-domain", "auth-failure", "delivery-result"}

// plainFields are the fields of a report's own header that are kept: its subject is that of the mail that it is about.
var plainFields = []string{"from", "to", "date", "message-id", "received", "auto-submitted"}

func isPlain(name string) bool { return slices.Contains(plainFields, name) }

// aboutMail finds where words go on with a mail, or name it: by its header.
var aboutMail = regexp.MustCompile(`(?im)^[ \t>|]*(?:subject|betreff|objet|asunto|oggetto|onderwerp|assunto|received|return-path|reply-to|dkim-signature|message-id|list-[a-z-]+|mime-version|content-[a-z-]+)\s*:`)

// before gives what words say before a mail that they enclose.
func before(words string) string {
	for _, mark := range []*regexp.Regexp{enclosed, aboutMail} {
		if at := mark.FindStringIndex(words); at != nil {
			words = words[:at[0]]
		}
	}
	return words
}

// report writes what a report says itself: its own words, and the fields for machines.
func (w *withholder) report(root *part, block []byte) {
	w.header(block, isPlain)
	w.WriteString("Subject: " + root.ContentType + "\r\nMIME-Version: 1.0\r\n")
	words, fields := w.reported(root)
	w.text("text/plain", strings.TrimSpace(words)+"\n\n"+fields)
}

// reported gives the first words of a report, and its fields for machines.
func (w *withholder) reported(p *part) (words, fields string) {
	switch p.ContentType {
	case "message/delivery-status", "message/global-delivery-status", "message/feedback-report":
		for _, group := range groups(strings.ReplaceAll(string(p.Content[:min(len(p.Content), maxBackText)]), "\r\n", "\n")) {
			for _, name := range said {
				if value := group[name]; value != "" {
					fields += name + ": " + w.clean(value) + "\n"
				}
			}
		}
	case "", "text/plain":
		words = w.words(p)
		words = w.clean(before(words))
	}
	for _, c := range p.Parts {
		more, others := w.reported(c)
		if words == "" {
			words = more
		}
		fields += others
	}
	return words, fields
}
