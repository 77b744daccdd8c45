package mail

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"time"

	"peergroups/forum/markup"
)

// Letter is a mail to one person. Ids stand with or without "<>", addresses of the List- fields without.
type Letter struct {
	From, To, ReplyTo mail.Address // ReplyTo may be empty
	Subject           string
	MessageID         string
	InReplyTo         string
	References        []string
	ListID            string // "Family list <family.lists.example>"; marks list mail
	ListPost          string // mailto: or https: address, or "NO"
	ListArchive       string
	ListHelp          string
	ListOwner         string
	ListUnsubscribe   string   // one address or several, split by ", "
	OneClick          bool     // ListUnsubscribe has an http address that takes the POST of RFC 8058
	AutoSubmitted     bool     // nobody wrote it: notices and digests, not list mail (RFC 3834)
	Text, HTML        string   // HTML may be empty
	Digest            []Letter // mails that this one is made of, below the text (RFC 2046, 5.1.5); then HTML is not sent
	Date              time.Time
}

// says tells whether a letter says the same as another.
func (l *Letter) says(other *Letter) bool {
	return l.Subject == other.Subject && l.Text == other.Text && l.HTML == other.HTML && slices.EqualFunc(l.Digest, other.Digest, func(a, b Letter) bool { return a.says(&b) })
}

// ErrLetter is why a letter was not built: a value that would break the header, or one that is missing.
var ErrLetter = errors.New("letter cannot be built")

// boundary cannot be in a part: quoted-printable has "=" only before a hexadecimal digit or a line's end (RFC 2045, 6.7).
const boundary = "=_part"

// within is between the parts of a part.
const within = "=_mail"

// Build writes the letter as RFC 5322 has it: text and HTML as alternatives, lines short and ended by CR LF. It is
// written here and not by a library for control of each field and for speed: one is built for each reader of each post.
func Build(l Letter) ([]byte, error) {
	w := &letterWriter{}
	w.Grow(1024 + (len(l.Text)+len(l.HTML))*5/4)
	w.address("From", l.From)
	w.address("To", l.To)
	if l.ReplyTo.Address != "" {
		w.address("Reply-To", l.ReplyTo)
	}
	w.field("Subject", encode(w.line("Subject", l.Subject)))
	if l.Date.IsZero() {
		w.fail("Date", "is missing")
	}
	w.field("Date", l.Date.Format(time.RFC1123Z))
	w.ids("Message-ID", l.MessageID)
	if l.InReplyTo != "" {
		w.ids("In-Reply-To", l.InReplyTo)
	}
	if len(l.References) > 0 {
		w.ids("References", shortened(l.References)...)
	}
	w.list(l)
	w.WriteString("MIME-Version: 1.0\r\n")
	w.body(l)
	if w.err != nil {
		return nil, w.err
	}
	return w.Bytes(), nil
}

// shortened keeps the first id, where the topic began, and the last ones.
func shortened(ids []string) []string {
	const most = 20
	if len(ids) <= most {
		return ids
	}
	return append([]string{ids[0]}, ids[len(ids)-most+1:]...)
}

// letterWriter gathers a letter and its first error.
type letterWriter struct {
	bytes.Buffer
	err error
}

func (w *letterWriter) fail(field, why string) {
	if w.err == nil {
		w.err = fmt.Errorf("%w: %s %s", ErrLetter, field, why)
	}
}

// line refuses values that are more than one line or hold control characters.
func (w *letterWriter) line(field, value string) string {
	if strings.IndexFunc(value, func(r rune) bool { return r < 0x20 && r != '\t' || r == 0x7F }) >= 0 || len(value) > 10_000 {
		w.fail(field, "has control characters or is too long")
		return ""
	}
	return value
}

// field writes a field whose value is checked and encoded, folded at blanks.
func (w *letterWriter) field(name, value string) {
	w.WriteString(name)
	w.WriteByte(':')
	width := len(name) + 1
	for word := range strings.FieldsSeq(value) {
		if len(word) > 900 {
			w.fail(name, "is too long")
			return
		}
		if width+1+len(word) > 76 && width > len(name)+1 {
			w.WriteString("\r\n")
			width = 0
		}
		w.WriteByte(' ')
		w.WriteString(word)
		width += 1 + len(word)
	}
	w.WriteString("\r\n")
}

// encode makes ASCII of a text (RFC 2047). What only looks encoded is not left to be decoded.
func encode(s string) string {
	return mime.QEncoding.Encode("utf-8", strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "=?", "= ?"))
}

func (w *letterWriter) address(field string, a mail.Address) {
	a.Name = markup.Line(strings.ReplaceAll(w.line(field, a.Name), "=?", "= ?"))
	if a.Address = canonical(w.line(field, a.Address)); a.Address == "" {
		w.fail(field, "is not an address")
		return
	}
	w.field(field, named(a))
}

// named writes an address with its name. mail.Address leaves a backslash as it is in an encoded word, where it may not
// stand (RFC 2047, 5): such an address cannot be read.
func named(a mail.Address) string {
	if encoded := mime.BEncoding.Encode("utf-8", a.Name); encoded != a.Name && strings.Contains(a.Name, `\`) {
		bare := mail.Address{Address: a.Address}
		return encoded + " " + bare.String()
	}
	return a.String()
}

func (w *letterWriter) ids(field string, ids ...string) {
	var out []string
	for _, id := range ids {
		id = strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">")
		if id == "" || len(id) > maxID || strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) >= 0 {
			w.fail(field, "is not a message id")
			return
		}
		out = append(out, "<"+id+">")
	}
	w.field(field, strings.Join(out, " "))
}

// list writes the fields of RFC 2369, 2919, 8058 and 3834.
func (w *letterWriter) list(l Letter) {
	if l.ListID != "" {
		w.field("List-Id", w.listID(l.ListID))
		w.field("Precedence", "list")
	}
	for _, f := range []struct{ name, value string }{
		{"List-Post", l.ListPost}, {"List-Archive", l.ListArchive}, {"List-Help", l.ListHelp}, {"List-Owner", l.ListOwner}, {"List-Unsubscribe", l.ListUnsubscribe},
	} {
		if f.value != "" {
			w.field(f.name, w.links(f.name, f.value))
		}
	}
	if l.OneClick {
		if !strings.Contains(l.ListUnsubscribe, "http") {
			w.fail("List-Unsubscribe", "has no http address")
		}
		w.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	if l.AutoSubmitted {
		w.field("Auto-Submitted", "auto-generated")
	}
	if l.AutoSubmitted || l.ListID != "" {
		w.field("X-Auto-Response-Suppress", "All")
	}
}

// listID writes the words of "Words <id>" so that they cannot be taken for an id, also where they hold a "<" themselves.
func (w *letterWriter) listID(value string) string {
	words, id := "", w.line("List-Id", value)
	if at := strings.LastIndexByte(id, '<'); at >= 0 {
		words, id = id[:at], id[at+1:]
	}
	id = strings.TrimSuffix(strings.TrimSpace(id), ">")
	if !domainName.MatchString(id) {
		w.fail("List-Id", "is not a list's id")
		return ""
	}
	if words = strings.TrimSpace(words); words == "" {
		return "<" + id + ">"
	}
	return strings.TrimSuffix(named(mail.Address{Name: strings.ReplaceAll(words, "=?", "= ?"), Address: "x@x"}), "<x@x>") + "<" + id + ">"
}

func (w *letterWriter) links(field, value string) string {
	if value == "NO" && field == "List-Post" {
		return value
	}
	links := []string{value}
	if field == "List-Unsubscribe" {
		links = strings.Split(value, ", ")
	}
	var out []string
	for _, link := range links {
		scheme := strings.HasPrefix(link, "mailto:") || strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://")
		if !scheme || strings.IndexFunc(link, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>,\"", r) }) >= 0 {
			w.fail(field, "is not an address of a page or mailbox")
			return ""
		}
		out = append(out, "<"+link+">")
	}
	return strings.Join(out, ", ")
}

func (w *letterWriter) body(l Letter) {
	if strings.TrimSpace(l.Text) == "" {
		w.fail("the text", "is missing")
		return
	}
	if len(l.Digest) > 0 {
		w.digest(l)
		return
	}
	if l.HTML == "" {
		w.part("plain", l.Text)
		return
	}
	w.WriteString("Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n")
	w.part("plain", l.Text)
	w.WriteString("\r\n--" + boundary + "\r\n")
	w.part("html", l.HTML)
	w.WriteString("\r\n--" + boundary + "--\r\n")
}

// digest writes the text and the mails below it, each as it would be alone.
func (w *letterWriter) digest(l Letter) {
	w.WriteString("Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n")
	w.part("plain", l.Text)
	w.WriteString("\r\n--" + boundary + "\r\nContent-Type: multipart/digest; boundary=\"" + within + "\"\r\n")
	for _, one := range l.Digest {
		one.HTML, one.Digest = "", nil
		raw, err := Build(one)
		if err != nil {
			w.fail("a mail of the digest", err.Error())
		}
		w.WriteString("\r\n--" + within + "\r\nContent-Type: message/rfc822\r\n\r\n")
		w.Write(raw)
	}
	w.WriteString("\r\n--" + within + "--\r\n\r\n--" + boundary + "--\r\n")
}

func (w *letterWriter) part(kind, s string) {
	w.WriteString("Content-Type: text/" + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	q := quotedprintable.NewWriter(&w.Buffer)
	_, _ = q.Write([]byte(strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\uFFFD"))) // into memory
	_ = q.Close()
	if !bytes.HasSuffix(w.Bytes(), []byte("\r\n")) {
		w.WriteString("\r\n")
	}
}
