package mail

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/text"
	"peergroups/server/view"
)

const longName = 200 // characters of a file's name

// isNotice tells parts that prove something about a mail, or that machines read, and hold nothing of what it says.
func isNotice(p *part) bool {
	switch p.ContentType {
	case "application/pgp-signature", "application/pgp-keys", "application/pgp-encrypted", "message/disposition-notification", "message/delivery-status",
		"message/global-delivery-status", "message/feedback-report", "text/rfc822-headers":
		return true
	}
	return strings.HasSuffix(p.ContentType, "pkcs7-signature")
}

// isSealed tells parts that only their recipients' keys open, and those that are wrapped into a signature.
func isSealed(p *part) bool {
	return p.ContentType == "multipart/encrypted" || strings.HasSuffix(p.ContentType, "pkcs7-mime") || len(p.Parts) == 0 && strings.EqualFold(path.Ext(p.FileName), ".p7m")
}

func isWinmail(p *part) bool {
	return strings.HasSuffix(p.ContentType, "ms-tnef") || strings.EqualFold(p.FileName, "winmail.dat")
}

// attached gives the files of a mail. Pictures that stand only in what was quoted, or in the signature, are not among them:
// they are no more its writer's than the words around them.
func (b *body) attached() (out []forum.IncomingFile) {
	var marked []string
	for _, s := range b.segments {
		marked = append(marked, s.html)
	}
	all := strings.Join(marked, "\n")
	if len(all) > maxText {
		all = ""
	}
	own, shown := markup.Pictures(all)
	for _, p := range b.files {
		if id := p.ContentID; id != "" && shown[id] && !own[id] {
			continue
		}
		out = append(out, file(p))
	}
	return out
}

// file takes one part as a file, or says why it is left out.
func file(p *part) forum.IncomingFile {
	f := forum.IncomingFile{Name: nameOf(p)}
	switch {
	case isWinmail(p):
		f.Name, f.Why = "winmail.dat", "error.file-winmail"
	case isSealed(p):
		f.Why = "error.file-sealed"
	case strings.HasPrefix(p.ContentType, "message/"): // its header holds addresses, and means to write in somebody's name
		f.Why = "error.file-mail"
	case strings.HasPrefix(p.ContentType, "text/") && p.Charset != "":
		f.Bytes = []byte(plainly(p))
	default:
		f.Bytes = unpacked(p.Content, p.Header.Get("Content-Transfer-Encoding"))
	}
	return f
}

// nameOf is what a file is called, or could be.
func nameOf(p *part) string {
	name := markup.Line(readable(p.FileName))
	if strings.Contains(name, "=?") {
		name = markup.Line(decode(name))
	}
	if runes := []rune(name); len(runes) > longName { // the ending says what it is
		name = string(runes[:longName-20]) + string(runes[len(runes)-20:])
	}
	if name != "" {
		return name
	}
	if strings.HasPrefix(p.ContentType, "message/") {
		return "forwarded.eml"
	}
	if isSealed(p) {
		return "encrypted"
	}
	if name = usual[p.ContentType]; name != "" {
		return name
	}
	return "file"
}

// usual are names of files that have none.
var usual = map[string]string{"image/jpeg": "picture.jpg", "image/png": "picture.png", "image/gif": "picture.gif", "image/webp": "picture.webp", "application/pdf": "document.pdf",
	"text/calendar": "invitation.ics", "text/csv": "table.csv", "text/plain": "text.txt", "text/html": "page.html"}

// plainly gives a text part's words in UTF-8, undoing what encodes them. Some parts call text base64 that is none.
func plainly(p *part) string {
	b, encoding := p.Content, p.Header.Get("Content-Transfer-Encoding")
	if strings.EqualFold(strings.TrimSpace(encoding), "base64") && strings.Count(string(b), " ") > len(b)/50+2 {
		encoding = ""
	}
	label := p.Charset
	b = unpacked(b, encoding)
	if p.ContentType == "text/html" && label == "" {
		if m := metaCharset.FindSubmatch(b[:min(len(b), 2048)]); m != nil {
			label = string(m[1])
		}
	}
	return strings.ReplaceAll(decoded(b, label), "\x00", "")
}

var metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_-]{2,30})`)

// maxNamed is how many pictures are named in a text: names are longer than what they stand for.
const maxNamed = 500

var shownHere = regexp.MustCompile(`\[cid:([^\[\]\r\n]{1,300})\]`)

// named puts names into the place of "[cid:…]", by which mail programs refer to pictures in plain text.
func (b *body) named(plain string) string {
	names, n := map[string]string{}, 0
	for _, p := range b.files {
		if p.ContentID != "" && names[p.ContentID] == "" {
			names[p.ContentID] = nameOf(p)
		}
	}
	if len(names) == 0 || !strings.Contains(plain, "[cid:") {
		return plain
	}
	return shownHere.ReplaceAllStringFunc(plain, func(mark string) string {
		name := names[mark[len("[cid:"):len(mark)-1]]
		if n++; name == "" || n > maxNamed {
			return mark
		}
		return "[" + name + "]"
	})
}

// empty says why a mail has no text.
func (b *body) empty() error {
	if b.sealed {
		return ErrSealed
	}
	for _, p := range b.files {
		if isWinmail(p) {
			return ErrWinmail
		}
	}
	return ErrEmpty
}

// files takes the tokens of their sender's own out of files that are text, as out of the mail itself. Of a long text it is only
// asked whether it could hold any; then the file is left out.
func (b *Inbox) files(all []forum.IncomingFile) []forum.IncomingFile {
	left := maxText
	for i := range all {
		switch f := &all[i]; {
		case !utf8.Valid(f.Bytes) || bytes.HasPrefix(f.Bytes, []byte("%PDF")) || !mayHoldTokens(f.Bytes, b.Base):
		case len(f.Bytes) > left:
			f.Bytes, f.Why = nil, "error.file-unclean"
		default:
			left -= len(f.Bytes)
			f.Bytes = []byte(untokened(string(f.Bytes), b.Base))
		}
	}
	return all
}

var (
	clearSigned = regexp.MustCompile(`(?m)^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[A-Za-z-]{1,40}: [^\r\n]{0,200}\r?\n)*\r?\n`)
	proof       = regexp.MustCompile(`(?ms)^-----BEGIN PGP SIGNATURE-----\r?\n.*?^-----END PGP SIGNATURE-----[ \t]*\r?\n?`)
	dashed      = regexp.MustCompile(`(?m)^- -`)
	armour      = regexp.MustCompile(`(?ms)^-----BEGIN PGP MESSAGE-----\r?$.*?(?:^-----END PGP MESSAGE-----[ \t]*\r?$|\z)`)
)

// unsigned takes off what OpenPGP writes around clear text.
func unsigned(text string) string {
	if !strings.Contains(text, "-----BEGIN PGP ") {
		return text
	}
	if clearSigned.MatchString(text) {
		text = dashed.ReplaceAllString(proof.ReplaceAllString(clearSigned.ReplaceAllString(text, ""), ""), "-")
	}
	return text
}

// leftOut fills in the note of the files of a mail that were not taken, and why.
func (p *Postman) leftOut(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	left, post, err := p.Forum.FilesLeftOut(ctx, a, ref)
	if err != nil {
		return err
	}
	var lines []string
	for _, one := range left {
		lines = append(lines, w.Say(one.Key, one.Args()))
	}
	n.Args = append(n.Args, "Count", len(left), "Files", strings.Join(lines, "\n\n"))
	if n.Href = p.link("/account/drafts"); post != 0 {
		n.Href = p.link(fmt.Sprintf("/p/%d", post))
	}
	return nil
}
