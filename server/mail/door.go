package mail

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
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

	slots slots
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
	if errors.Is(err, errBusy) {
		return err
	}
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
	local := localOf(e.To[len(e.To)-1])
	name, rest, plus := strings.Cut(local, "+")
	known := true
	switch {
	case answered[local] != "":
		return b.answer(forum.Refuse(forum.NotFound, answered[local]), "")
	case name == "reply":
		_, _, err := b.Forum.ReadReplyToken(rest)
		known = err == nil
	case name == "request":
		known = b.Forum.CheckRequestToken(rest) == nil
	case name == "bounce":
		known = b.Forum.CheckBounceToken(rest) == nil
	case name == "confirm":
	case plus:
		known = forum.IsCommand(rest)
	}
	if !known || !ofOurs.MatchString(name) {
		return b.answer(forum.Refuse(forum.NotFound, "error.no-such-address"), "")
	}
	return nil
}

// answered are the senders of ours that take no answer, with the words that say what to do instead.
var answered = map[string]string{"digest": "error.answered-digest", "no-reply": "error.answered-no-reply"}

// ofOurs are the names that groups, and boards of them, can have.
var ofOurs = regexp.MustCompile(`^[a-z0-9-]{1,60}(\.[a-z0-9-]{1,60})?$`)

// Data takes one mail. It answers 250 only when what was asked for is written down, or when silence is the answer: to
// machines, and to whom nothing proves.
func (b *Inbox) Data(ctx context.Context, e Envelope, raw []byte) error {
	if done, err := b.returned(ctx, e, raw); done || err != nil {
		return b.answer(err, "")
	}
	if address := toHouse(e.To); address != "" {
		err := b.house(ctx, e, address, raw)
		if e.To = slices.DeleteFunc(e.To, isHouse); err != nil || len(e.To) == 0 {
			return b.answer(err, "")
		}
	}
	if e.From == "" { // of no mail of ours: answered to by nobody, posted by nobody
		b.Log.Info("bounce received")
		return nil
	}
	in, err := b.parse(ctx, raw)
	if errors.Is(err, errBusy) {
		return err
	}
	if err != nil && (!errors.Is(err, ErrEmpty) || b.machine(in) == "" && !commands(e)) {
		return b.answer(forum.Refuse(forum.Invalid, parseKey(err)), "")
	}
	by, err := b.Forum.MemberByAddress(ctx, in.From)
	if err != nil {
		return b.answer(err, "")
	}
	a := forum.Arrival{MemberID: by.Member, MessageID: in.MessageID}
	if a.Fate = b.machine(in); a.Fate != "" {
		return b.answer(b.Forum.Arrived(ctx, a), "")
	}
	if in.MessageID == "" {
		return b.answer(forum.Refuse(forum.Invalid, "error.no-message-id"), "") // in nobody's language: nothing is proved yet
	}
	return b.answer(b.deliver(ctx, e, in, by, raw), by.Language)
}

// machine tells what is dropped because no person sent it: automatic answers, our own list mail that comes back, and what another
// list sent under its own address: two forums that are members of each other would send it to and fro for ever, since each makes
// a mail of its own of it.
func (b *Inbox) machine(in *Incoming) forum.Fate {
	if in.OfList || b.listed(in) {
		return forum.FateLoop
	}
	if in.Automatic {
		return forum.FateAutomatic
	}
	return ""
}

// listed tells whether a mail is list mail of ours.
func (b *Inbox) listed(in *Incoming) bool {
	return slices.ContainsFunc(in.ListIDs, func(id string) bool { return strings.HasSuffix(strings.Trim(id, "<>"), "."+b.Domain) })
}

func parseKey(err error) string {
	switch {
	case errors.Is(err, ErrTooBig):
		return "error.mail-too-big"
	case errors.Is(err, ErrSealed):
		return "error.mail-sealed"
	case errors.Is(err, ErrWinmail):
		return "error.mail-winmail"
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
	post := forum.Incoming{MessageID: in.MessageID, Title: in.Title, Source: untokened(in.Text, b.Base), Trimmed: untokened(in.Trimmed, b.Base), Files: b.files(in.Files),
		Raw: raw, Verdict: v.String()}
	ours := ""
	if own := written(e, in); len(own) > 0 {
		e.To, ours = own, own[0]
	}
	if ours == "" || v.Open { // perhaps a letter to somebody else, which whoever got it sent on to us
		post.Why = forum.Elsewhere
	}
	err := b.judged(ctx, &proved{e, v, by, in, ours}, post)
	if kind := forum.KindOf(err); err != nil && kind != forum.Held && kind != forum.Internal && !v.Temporary() {
		b.note(ctx, forum.Arrival{MemberID: by.Member, MessageID: in.MessageID, Fate: forum.FateRefused, Why: keyOf(err), Verdict: post.Verdict})
		if !v.Aligned && v.DMARC != "fail" {
			return nil // whose address it is, where they belong, and whether a post is still there, is not told
		}
	}
	return err
}

// written gives those addresses of the envelope to which the mail itself says that it was written. Where there are any, it is for
// no others: whoever got it may have sent it on to a reply address, or to the privacy address, for which a list that it names beside
// does not speak.
func written(e Envelope, in *Incoming) []string {
	return slices.DeleteFunc(slices.Clone(e.To), func(to string) bool {
		return !slices.ContainsFunc(slices.Concat(in.To, in.Cc), func(a string) bool { return strings.EqualFold(a, to) })
	})
}

// proved is a mail of which is known who sent it.
type proved struct {
	e       Envelope
	verdict Verdict
	by      forum.Actor // whose address it names; the visitor: nobody's
	in      *Incoming
	ours    string // the address to which it says that it was written; "": to none of the envelope's
}

// judged does it by what is known of who sent it. A From line proves nobody: without a reply token, and from a domain that
// vouches for nothing, a mail waits for the word of the member whom it names.
func (b *Inbox) judged(ctx context.Context, m *proved, post forum.Incoming) error {
	v, ours := m.verdict, m.ours
	if reply := behind(m.e, "reply+"); reply != "" {
		return b.reply(ctx, v, reply, m.by, post)
	}
	if confirm := behind(m.e, "confirm+"); confirm != "" {
		return b.Forum.ConfirmCommand(ctx, confirm)
	}
	switch {
	case v.Temporary():
		return forum.Refuse(forum.TooMany, "error.unchecked-sender")
	case behind(m.e, "request+") != "":
		return b.answerRequest(ctx, m, post)
	case toPrivacy(m.e):
		return b.optOut(ctx, m, post)
	case v.DMARC == "fail", !v.Aligned && (m.by.Member == 0 || ours == ""):
		return forum.Refuse(forum.Forbidden, "error.unproved-sender")
	case m.by.Member == 0:
		return b.stranger(ctx, ours, m.in.From, post)
	case !v.Aligned:
		post.Why = forum.Unproved
	case ours == "":
		ours = m.e.To[0]
	}
	return b.first(ctx, ours, m.by, post, m.in.cites(b.Domain))
}

// stranger takes a mail of somebody who proves their address and is no member: to wait for a group's moderators, where its
// owners want that.
func (b *Inbox) stranger(ctx context.Context, ours, from string, post forum.Incoming) error {
	local := localOf(ours)
	if local != "" && !strings.Contains(local, "+") && post.Why == "" {
		if err := b.Forum.HoldStranger(ctx, local, from, post); forum.KindOf(err) != forum.NotFound {
			return err
		}
	}
	return forum.Refuse(forum.Forbidden, "error.strangers")
}

// toPrivacy tells whether a mail is for the privacy address.
func toPrivacy(e Envelope) bool {
	return slices.ContainsFunc(e.To, func(to string) bool { return strings.HasPrefix(strings.ToLower(to), "privacy@") })
}

// optingOut finds who wants no more mail of the body, in the languages of the forum's members.
var optingOut = regexp.MustCompile(`(?i)\b(unsubscribe|opt[ -]?out|stop|remove me|withdraw|no more mail|abmelden|widerrufe?|désinscri\w*|désabonn\w*|baja|cancelar|disiscri\w*|cancella\w*|afmelden|uitschrijven|remover|wypisz\w*)\b`)

// optOut does what a mail to the privacy address clearly asks for, by whom it provably comes from (P22). What is not clear, and what
// somebody without an account asks, is a request for people to answer.
func (b *Inbox) optOut(ctx context.Context, m *proved, post forum.Incoming) error {
	line, _, _ := strings.Cut(strings.TrimSpace(post.Source), "\n")
	org, err := b.Forum.ReadOrganisation(ctx)
	switch {
	case err != nil:
		return err
	case !m.verdict.Aligned || m.ours == "" || m.verdict.Open: // perhaps it was written to somebody else, who sent it on
		return &forum.Error{Kind: forum.Forbidden, Message: forum.Message{Key: "error.unproved-privacy", Args: map[string]any{"Contact": org.Contact}}}
	case m.by.Member == 0, !optingOut.MatchString(post.Title) && !optingOut.MatchString(line):
		return b.Forum.RequestByMail(ctx, m.by, m.in.FromName, m.in.From, post)
	}
	return b.Forum.OptOutByMail(ctx, m.by, post)
}

// answerRequest adds a mail to the request to which it was written, where it provably comes from who asked (P31).
func (b *Inbox) answerRequest(ctx context.Context, m *proved, post forum.Incoming) error {
	if !m.verdict.Aligned || m.ours == "" || m.verdict.Open {
		return forum.Refuse(forum.Forbidden, "error.unproved-sender")
	}
	return b.Forum.AnswerRequestByMail(ctx, m.by, behind(m.e, "request+"), m.in.From, post)
}

// localOf is the part of an address before its domain, in lower case.
func localOf(address string) string {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local
}

// behind gives what follows a beginning in the first address of the envelope that has it; "": none has.
func behind(e Envelope, begins string) string {
	for _, to := range e.To {
		local := localOf(to)
		if rest, ok := strings.CutPrefix(local, begins); ok {
			return rest
		}
	}
	return ""
}

// note writes down what became of a mail; that it could not be is no reason to refuse it.
func (b *Inbox) note(ctx context.Context, a forum.Arrival) {
	if err := b.Forum.Arrived(ctx, a); err != nil {
		b.Log.Error("mail in", "err", err)
	}
}

// keyOf is the key of what a refusal says.
func keyOf(err error) string {
	var e *forum.Error
	if !errors.As(err, &e) {
		return ""
	}
	if len(e.Fields) > 0 {
		return e.Fields[0].Message.Key
	}
	return e.Message.Key
}

// first does what an address stands for. A mail to two boards is posted on one: a post
// stands in one place.
func (b *Inbox) first(ctx context.Context, to string, by forum.Actor, post forum.Incoming, cites []forum.Cited) error {
	local := localOf(to)
	if group, command, ok := strings.Cut(local, "+"); ok {
		if post.Why == forum.Elsewhere {
			return forum.Refuse(forum.Forbidden, "error.written-elsewhere")
		}
		return b.Forum.Command(ctx, by, group, command, post)
	}
	board, err := b.Forum.BoardByAddress(ctx, by, local)
	if err != nil {
		return err
	}
	if post.Why != forum.Elsewhere && leaves(&post, len(cites) > 0) {
		return b.Forum.Command(ctx, by, local[strings.IndexByte(local, '.')+1:], "unsubscribe", post)
	}
	answered, err := b.Forum.AnsweredByMail(ctx, by, board.ID, cites)
	switch {
	case err != nil:
	case answered != 0:
		_, err = b.Forum.ReplyByMail(ctx, by, answered, post)
	default:
		_, err = b.Forum.PostByMail(ctx, by, board.ID, post)
	}
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
	switch { // in this order, or who can be checked later, or not at all, would learn whose address it is
	case v.DMARC == "fail":
		return forum.Refuse(forum.Forbidden, "error.unproved-sender")
	case v.Temporary():
		return forum.Refuse(forum.TooMany, "error.unchecked-sender")
	case by.Member == 0 || by.Member != m:
		return forum.Refuse(forum.Forbidden, "error.unproved-sender")
	case !v.Aligned:
		in.Why = forum.Unproved
	}
	if in.Token = token; in.Why != forum.Elsewhere && leaves(&in, true) {
		return b.leave(ctx, to, by, in)
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
