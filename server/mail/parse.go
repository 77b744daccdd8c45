package mail

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"peergroups/forum"
	"peergroups/forum/markup"
)

// Incoming is a received mail taken apart. Ids stand without "<>"; addresses are bare, with a lower-case domain.
type Incoming struct {
	From, FromName string   // exactly one address
	To, Cc         []string // at most 100 each
	Subject        string   // decoded, one line
	Title          string   // the subject without "Re:", "Fwd:" and the first "[Tag]"
	MessageID      string
	InReplyTo      string
	References     []string // the last 50
	Date           time.Time
	Text, Trimmed  string               // what its author wrote as Markdown, and what the mail program added
	Automatic      bool                 // made by a machine (RFC 3834), so never answered
	ListIDs        []string             // of List-Id and X-Loop, lower-case: where it has been
	OfList         bool                 // its sender is a list, which sent it around
	Files          []forum.IncomingFile // what hangs on it, in order
}

// What a mail is refused for.
var (
	ErrTooBig     = errors.New("mail is too big") // or has too many parts, or too deeply nested ones
	ErrUnreadable = errors.New("mail cannot be read")
	ErrNoSender   = errors.New("mail has not exactly one sender")
	ErrEmpty      = errors.New("mail has no text") // the only error that comes with an Incoming: commands need no text
	ErrSealed     = fmt.Errorf("%w that is not encrypted", ErrEmpty)
	ErrWinmail    = fmt.Errorf("%w outside winmail.dat", ErrEmpty)
)

// Limits of what is taken apart.
const (
	maxRaw        = 30 << 20
	maxText       = 1 << 20 // of the plain text, or the HTML where that is read, decoded
	maxAddresses  = 100
	maxReferences = 50
	maxID         = 300
)

// Parse takes a mail apart. What is unusual but readable is read.
func Parse(raw []byte) (*Incoming, error) {
	root, err := split(raw)
	if err != nil {
		return nil, err
	}
	if len(root.Header) == 0 {
		return nil, ErrUnreadable
	}
	b := &body{}
	b.walk(root)
	h := header(root.Header)
	in := &Incoming{
		To: h.addresses("To"), Cc: h.addresses("Cc"), Subject: markup.Line(h.text("Subject")),
		MessageID: first(ids(h.raw("Message-Id"))), InReplyTo: first(ids(h.raw("In-Reply-To"))), References: h.references(),
		Automatic: h.automatic(root.ContentType), ListIDs: h.lists(),
	}
	if in.From, in.FromName = h.sender(); in.From == "" {
		return nil, ErrNoSender
	}
	in.OfList = h.ofList(in.From)
	in.Title = title(in.Subject)
	if date, err := mail.ParseDate(h.raw("Date")); err == nil {
		in.Date = date
	}
	return in.take(b)
}

// take fills in what the mail says, and what hangs on it.
func (in *Incoming) take(b *body) (*Incoming, error) {
	plain, html := b.texts()
	if len(html) <= maxText && markup.Stub(plain, html) {
		plain = ""
	}
	if plain != "" { // so the HTML is not read
		html = ""
	}
	if len(plain)+len(html) > maxText {
		return nil, ErrTooBig
	}
	split := markup.Mail(b.named(plain), html)
	in.Text, in.Trimmed, in.Files = split.Text, split.Trimmed, b.attached()
	if armour.MatchString(in.Text) && strings.TrimSpace(armour.ReplaceAllString(in.Text, "")) == "" {
		in.Text, b.sealed = "", true
	}
	if strings.TrimSpace(in.Text) == "" {
		return in, b.empty()
	}
	return in, nil
}
