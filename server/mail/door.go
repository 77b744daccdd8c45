package mail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
	"peergroups/server/text"
)

// Inbox is the mail door: what comes by SMTP to an address of ours becomes a post, a
// command, or a refusal with words. It writes no answer to anybody who is not proved.
type Inbox struct {
	Forum  *forum.Forum
	Words  *text.Catalogue
	Domain string
	Base   string                                                                 // address of the site
	Judge  func(ctx context.Context, e Envelope, from string, raw []byte) Verdict // who really sent it
	Log    *slog.Logger
}

const judgeTimeout = 20 * time.Second

// codes is the mail door's one table from kinds of errors to answers (DESIGN §2).
var codes = map[forum.Kind]smtp.SMTPError{
	forum.Internal:  {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}},
	forum.NotFound:  {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}},
	forum.Forbidden: {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}},
	forum.Invalid:   {Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}},
	forum.Conflict:  {Code: 250},
	forum.Closed:    {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 2, 1}},
	forum.Held:      {Code: 250},
	forum.TooMany:   {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 0}},
}

// answer puts what a verb said into an SMTP reply; nil is 250.
func (b *Inbox) answer(err error, lang string) error {
	kind := forum.KindOf(err)
	code := codes[kind]
	if err == nil || code.Code == 250 {
		return nil
	}
	w := b.Words.For(lang, "UTC")
	code.Message = w.T("error.internal")
	var e *forum.Error
	if errors.As(err, &e) {
		code.Message = w.Say(e.Message.Key, e.Message.Args)
		if len(e.Fields) > 0 {
			code.Message = w.Say(e.Fields[0].Message.Key, e.Fields[0].Message.Args)
		}
	} else {
		b.Log.Error("mail in", "err", err)
	}
	code.Message = strings.Join(strings.Fields(code.Message), " ")
	return &code
}

// Rcpt refuses addresses that cannot be, and return addresses that are none of ours. Which groups there are it does not tell: who asks is not
// proved yet, so every address that could be ours is taken, and judged with the mail.
func (b *Inbox) Rcpt(_ context.Context, e Envelope) error {
	for _, to := range e.To {
		local, _, _ := strings.Cut(strings.ToLower(to), "@")
		if token, ok := strings.CutPrefix(local, "reply+"); ok {
			if _, _, err := b.Forum.ReadReplyToken(token); err != nil {
				return b.answer(forum.Refuse(forum.NotFound, "error.no-such-address"), "")
			}
		}
		if token, ok := strings.CutPrefix(local, "bounce+"); ok && b.Forum.CheckBounceToken(token) != nil {
			return b.answer(forum.Refuse(forum.NotFound, "error.no-such-address"), "")
		}
	}
	return nil
}

// Data takes one mail. It answers 250 only when what was asked for is written down.
func (b *Inbox) Data(ctx context.Context, e Envelope, raw []byte) error {
	if done, err := b.returned(ctx, e, raw); done || err != nil {
		return b.answer(err, "")
	}
	if e.From == "" { // of no mail of ours: answered to by nobody, posted by nobody
		b.Log.Info("bounce received")
		return nil
	}
	in, err := Parse(raw)
	if err != nil && (!errors.Is(err, ErrEmpty) || !commands(e)) {
		return b.answer(forum.Refuse(forum.Invalid, parseKey(err)), "")
	}
	if in.Automatic {
		return b.answer(forum.Refuse(forum.Forbidden, "error.automatic-mail"), "")
	}
	for _, id := range in.ListIDs { // our own list mail, sent back to us
		if strings.HasSuffix(strings.Trim(id, "<>"), "."+b.Domain) {
			return b.answer(forum.Refuse(forum.Forbidden, "error.automatic-mail"), "")
		}
	}
	by, err := b.Forum.MemberByAddress(ctx, in.From)
	if err != nil {
		return b.answer(err, "")
	}
	if in.MessageID == "" {
		return b.answer(forum.Refuse(forum.Invalid, "error.no-message-id"), by.Language)
	}
	return b.answer(b.deliver(ctx, e, in, by, raw), by.Language)
}

func parseKey(err error) string {
	switch {
	case errors.Is(err, ErrTooBig):
		return "error.mail-too-big"
	case errors.Is(err, ErrEmpty):
		return "error.empty.source"
	default:
		return "error.mail-unreadable"
	}
}

// deliver does what each address stands for; where an answer to a post is among them, that
// is all of it, since "reply to all" names the list too.
func (b *Inbox) deliver(ctx context.Context, e Envelope, in *Incoming, by forum.Actor, raw []byte) error {
	// Everybody is judged, members or not: who asks must not learn from the clock, or from what
	// we look up in the DNS, whose address is a member's.
	judging, cancel := context.WithTimeout(ctx, judgeTimeout)
	v := b.Judge(judging, e, in.From, raw)
	cancel()
	post := forum.Incoming{MessageID: in.MessageID, Title: in.Title, Source: untokened(in.Text, b.Base), Trimmed: untokened(in.Trimmed, b.Base)}
	ours := written(e, in)
	if ours == "" || v.Open { // perhaps a letter to somebody else, which whoever got it sent on to us
		post.Why = forum.Elsewhere
	}
	for _, to := range e.To {
		local, _, _ := strings.Cut(strings.ToLower(to), "@")
		if token, ok := strings.CutPrefix(local, "reply+"); ok {
			return b.reply(ctx, v, token, by, post)
		}
	}
	// Without a reply token only a proved sender speaks: a From line proves nobody.
	if v.Temporary() {
		return forum.Refuse(forum.TooMany, "error.unchecked-sender")
	}
	if by.Member == 0 || !v.Aligned {
		return forum.Refuse(forum.Forbidden, "error.unproved-sender")
	}
	if ours == "" {
		ours = e.To[0]
	}
	return b.first(ctx, ours, by, post)
}

// written gives the first of the envelope's addresses to which the mail itself says that it
// was written; "": none of them.
func written(e Envelope, in *Incoming) string {
	for _, to := range e.To {
		if slices.ContainsFunc(slices.Concat(in.To, in.Cc), func(a string) bool { return strings.EqualFold(a, to) }) {
			return to
		}
	}
	return ""
}

// first does what an address stands for. A mail to two boards is posted on one: a post
// stands in one place.
func (b *Inbox) first(ctx context.Context, to string, by forum.Actor, post forum.Incoming) error {
	local, _, _ := strings.Cut(strings.ToLower(to), "@")
	if group, command, ok := strings.Cut(local, "+"); ok {
		if post.Why != "" {
			return forum.Refuse(forum.Forbidden, "error.written-elsewhere")
		}
		return b.Forum.Command(ctx, by, group, command, post.MessageID)
	}
	board, err := b.Forum.BoardByAddress(ctx, by, local)
	if err != nil {
		return err
	}
	_, err = b.Forum.PostByMail(ctx, by, board.ID, post)
	return err
}

// reply posts an answer. The token names the member and the post; the mail must also come
// from the member's own address. What the domain of the address disowns is refused; what it
// does not vouch for waits until the member has logged in and says that it is theirs, since
// not every domain can vouch for its mail.
func (b *Inbox) reply(ctx context.Context, v Verdict, token string, by forum.Actor, in forum.Incoming) error {
	m, to, err := b.Forum.ReadReplyToken(token)
	if err != nil {
		return err
	}
	if by.Member == 0 || by.Member != m || v.DMARC == "fail" {
		return forum.Refuse(forum.Forbidden, "error.unproved-sender")
	}
	if v.Temporary() {
		return forum.Refuse(forum.TooMany, "error.unchecked-sender")
	}
	if !v.Aligned {
		in.Why = forum.Unproved
	}
	_, err = b.Forum.ReplyByMail(ctx, by, to, in)
	return err
}

// commands tells whether a mail goes to command addresses only, which need no text.
func commands(e Envelope) bool {
	for _, to := range e.To {
		local, _, _ := strings.Cut(to, "@")
		if !strings.Contains(local, "+") || strings.HasPrefix(strings.ToLower(local), "reply+") {
			return false
		}
	}
	return len(e.To) > 0
}
