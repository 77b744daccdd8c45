package forum

import (
	"context"
	"strings"

	"peergroups/forum/markup"
)

// RequestByMail takes a mail to the privacy address that somebody provably sent, and that asks for nothing the program can do alone, for a request
// (P22): by is the member whose address it is, or the visitor. The same mail twice is once.
func (f *Forum) RequestByMail(ctx context.Context, by Actor, name, address string, in Incoming) error {
	return f.write(ctx, "request by mail", func(w *writer) error {
		var p problems
		d := RequestDraft{Kind: "privacy", Language: by.Language, Key: in.key(), Words: p.text("words", in.Source, mostOfRequest)}
		if d.Words == "" {
			p.add("words", "error.empty.source")
		}
		if err := p.err(); err != nil {
			return err
		}
		if by.Member == 0 {
			d.Name, d.Address = markup.Excerpt(name, 100), address
			if err := w.spend(houseMails, "request-mail", ""); err != nil {
				return err
			}
		}
		if err := w.spend(mailsOfStranger, "request-mail", fold(address)); err != nil {
			return err
		}
		_, err := w.request(by, d, markup.Excerpt(in.Title, mostTitle), strings.Trim(in.MessageID, "<>"), true)
		return either(err, w.arrived(Arrival{MemberID: by.Member, Fate: FateCommand, Verdict: in.Verdict}, in.key(), nil))
	})
}

// AnswerRequestByMail adds a mail to the request whose address it was sent to, if it provably comes from who asked. The same mail twice is once.
func (f *Forum) AnswerRequestByMail(ctx context.Context, by Actor, token, address string, in Incoming) error {
	return f.write(ctx, "answer request by mail", func(w *writer) error {
		q, err := f.requestBehind(w.ctx, w, by, "request-mail", token)
		if err != nil {
			return Refuse(NotFound, "error.no-such-address")
		}
		if fold(q.Address) != fold(address) {
			return Refuse(Forbidden, "error.request-of-another")
		}
		var p problems
		words := p.text("words", in.Source, mostOfRequest)
		if words == "" {
			p.add("words", "error.empty.source")
		}
		if err := p.err(); err != nil {
			return err
		}
		if err := w.spend(requestsOfOne, "request", "words "+token); err != nil {
			return err
		}
		return w.addToRequest(&q, words, in.key(), strings.Trim(in.MessageID, "<>"))
	})
}
