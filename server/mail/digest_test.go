package mail

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestDigestForms: a member chooses whether an issue is formatted, plain, or mails within a mail; the last are the posts under the
// ids that they have as list mail, each with an answer address of its own, and nothing of a post that may not be read any more.
func TestDigestForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.Subscribe(t.Context(), h.ann, h.board.ID, forum.Daily); err != nil {
		t.Fatal(err)
	}
	_, topic := published(t, h, "Title one", "canary one\n\n--=_mail--\n\nFrom eve")
	last, err := h.Reply(t.Context(), h.Admin, topic.ID, forum.Draft{Source: "canary two", Key: h.Key()})
	if err != nil {
		t.Fatal(err)
	}
	h.Pass(48 * time.Hour)
	h.Effects.Take()
	if _, err := h.ComposeDigests(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	var issue int64
	for _, fact := range h.Effects.Take() {
		if f, ok := fact.(forum.DigestsComposed); ok {
			issue = f.Runs()[0]
		}
	}
	compose := func(form forum.DigestForm) (*mail.Message, string, []byte) {
		if err := h.ChooseDigest(t.Context(), h.ann, forum.DigestChoice{DigestHour: 7, DigestDays: 127, DigestForm: form}); err != nil {
			t.Fatal(err)
		}
		l, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "digest", Ref: issue}, h.ann.Member)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := Build(l)
		if err != nil {
			t.Fatal(err)
		}
		checkWire(t, raw)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		return m, kind, raw
	}
	if _, kind, raw := compose(forum.FormattedDigest); kind != "multipart/alternative" || !bytes.Contains(raw, []byte("text/html")) {
		t.Errorf("formatted: %s", kind)
	}
	if _, kind, raw := compose(forum.PlainDigest); kind != "text/plain" || !bytes.Contains(raw, []byte("canary two")) {
		t.Errorf("plain: %s", kind)
	}
	m, kind, _ := compose(forum.BurstDigest)
	if kind != "multipart/mixed" {
		t.Fatalf("mails within the mail: %s", kind)
	}
	outer := bodies(t, m.Header.Get("Content-Type"), m.Body)
	if len(outer) != 2 || !strings.Contains(outer[0].body, "Title one") || strings.Contains(outer[0].body, "canary") {
		t.Fatalf("%d parts, the first: %s", len(outer), outer[0].body)
	}
	inner := bodies(t, outer[1].kind, strings.NewReader(outer[1].body))
	if len(inner) != 2 || !strings.HasPrefix(outer[1].kind, "multipart/digest") {
		t.Fatalf("%s of %d", outer[1].kind, len(inner))
	}
	own, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "post", Ref: int64(last.ID)}, h.ann.Member)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"canary one", "canary two"} {
		one, err := mail.ReadMessage(strings.NewReader(inner[i].body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(one.Body)
		if err != nil || !strings.Contains(string(text), want) || !strings.Contains(strings.Join(strings.Fields(string(text)), " "), "ritten for") || !strings.Contains(one.Header.Get("Reply-To"), "reply+") || inner[i].kind != "message/rfc822" {
			t.Errorf("mail %d, %s: %v %s", i, inner[i].kind, one.Header, text)
		}
		if i == 1 && (one.Header.Get("Message-ID") != "<"+own.MessageID+">" || one.Header.Get("In-Reply-To") != "<"+own.InReplyTo+">" || one.Header.Get("Subject") != own.Subject) {
			t.Errorf("as list mail it is %s below %s, here %v", own.MessageID, own.InReplyTo, one.Header)
		}
	}
	if err := h.TakeBack(t.Context(), h.Admin, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, raw := compose(forum.BurstDigest); bytes.Contains(raw, []byte("canary two")) || !bytes.Contains(raw, []byte("canary one")) {
		t.Errorf("what was taken back is in it:\n%s", raw)
	}
}

type mimePart struct{ kind, body string }

func bodies(t *testing.T, kind string, body io.Reader) (out []mimePart) {
	t.Helper()
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, mimePart{p.Header.Get("Content-Type"), string(b)})
	}
}
