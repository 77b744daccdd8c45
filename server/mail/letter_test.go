package mail

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/mail"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func letter() Letter {
	return Letter{
		From: mail.Address{Name: `Zoë "Z" Vos via Family list`, Address: "family@Lists.example"}, To: mail.Address{Address: "ann@a.example"},
		ReplyTo: mail.Address{Name: "Family list", Address: "reply+k7q2@lists.example"}, Subject: "Re: [Family] Über die Vertraulichkeit von Notizen und anderen Aufzeichnungen, die jemand macht",
		MessageID: "topic/41/162.r@lists.example", InReplyTo: "<topic/41/161@lists.example>", References: []string{"topic/41/160@lists.example", "topic/41/161@lists.example"},
		ListID: "Family, the list <family.lists.example>", ListPost: "mailto:family@lists.example", ListArchive: "https://forum.example/p/162", ListHelp: "https://forum.example/help",
		ListOwner: "mailto:family+owner@lists.example", ListUnsubscribe: "https://forum.example/u/t0k, mailto:family+unsubscribe@lists.example", OneClick: true,
		Text: "Grüße,\n\n.\n-- \nfrom =_part\n--=_part--\n" + strings.Repeat("long ", 400) + "\n", HTML: "<p>Grüße</p>\r\n<p>" + strings.Repeat("x", 3000) + "</p>", Date: third,
	}
}

func TestBuildIsReadAgain(t *testing.T) {
	t.Parallel()
	l := letter()
	raw, err := Build(l)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	in, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"family@lists.example", `Zoë "Z" Vos via Family list`, []string{"ann@a.example"}, l.Subject, l.MessageID, "topic/41/161@lists.example", l.References, []string{"family.lists.example"}, false}
	got := []any{in.From, in.FromName, in.To, in.Subject, in.MessageID, in.InReplyTo, in.References, in.ListIDs, in.Automatic}
	if !reflect.DeepEqual(got, want) || !in.Date.Equal(l.Date) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !strings.HasPrefix(in.Text+"\n"+in.Trimmed, "Grüße,\n\n.\n") || !strings.Contains(in.Text+in.Trimmed, "--=_part--") {
		t.Errorf("%q %q", in.Text, in.Trimmed)
	}
	flat := strings.ReplaceAll(string(raw), "\r\n ", " ")
	for _, line := range []string{
		"To: <ann@a.example>", `Reply-To: "Family list" <reply+k7q2@lists.example>`, `List-Id: "Family, the list" <family.lists.example>`, "List-Post: <mailto:family@lists.example>",
		"List-Archive: <https://forum.example/p/162>", "List-Help: <https://forum.example/help>", "List-Owner: <mailto:family+owner@lists.example>",
		"List-Unsubscribe: <https://forum.example/u/t0k>, <mailto:family+unsubscribe@lists.example>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
		"Date: Tue, 03 Nov 2026 09:15:02 +0000", "Precedence: list", "X-Auto-Response-Suppress: All", "MIME-Version: 1.0",
	} {
		if !strings.Contains(flat, "\r\n"+line+"\r\n") {
			t.Errorf("no %q in\n%.1500s", line, flat)
		}
	}
	if strings.Contains(flat, "Auto-Submitted") || strings.Count(flat, "\r\nTo:") != 1 || strings.Contains(flat, "\r\nCc:") {
		t.Errorf("%.1500s", flat)
	}
	again, _ := Build(l)
	if !bytes.Equal(raw, again) {
		t.Error("the same letter is not the same bytes")
	}
	notice, err := Build(Letter{From: l.From, To: l.To, Subject: "x", MessageID: "1@a", Text: "only text", Date: third, AutoSubmitted: true})
	if err != nil || !strings.Contains(string(notice), "\r\nAuto-Submitted: auto-generated\r\n") || strings.Contains(string(notice), "multipart") || strings.Contains(string(notice), "List-") {
		t.Errorf("%v\n%s", err, notice)
	}
}

// checkWire fails for what RFC 5322 forbids on the wire.
func checkWire(t *testing.T, raw []byte) {
	t.Helper()
	if !strictLines(raw) || !bytes.HasSuffix(raw, []byte("\r\n")) {
		t.Errorf("line ends of %q", raw)
	}
	for line := range bytes.Lines(raw) {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
		for _, c := range line {
			if c > 0x7E || c < 0x20 && c != '\r' && c != '\n' && c != '\t' {
				t.Errorf("byte %x in %q", c, line)
			}
		}
	}
}

func TestBuildRefusesInjection(t *testing.T) {
	t.Parallel()
	set := map[string]func(*Letter, string){
		"From name": func(l *Letter, s string) { l.From.Name += s }, "From": func(l *Letter, s string) { l.From.Address += s }, "To name": func(l *Letter, s string) { l.To.Name += s },
		"To": func(l *Letter, s string) { l.To.Address += s }, "Reply-To": func(l *Letter, s string) { l.ReplyTo.Address += s }, "Subject": func(l *Letter, s string) { l.Subject += s },
		"Message-ID": func(l *Letter, s string) { l.MessageID += s }, "In-Reply-To": func(l *Letter, s string) { l.InReplyTo += s }, "References": func(l *Letter, s string) { l.References[0] += s },
		"List-Id": func(l *Letter, s string) { l.ListID += s }, "List-Post": func(l *Letter, s string) { l.ListPost += s }, "List-Archive": func(l *Letter, s string) { l.ListArchive += s },
		"List-Help": func(l *Letter, s string) { l.ListHelp += s }, "List-Owner": func(l *Letter, s string) { l.ListOwner += s }, "List-Unsubscribe": func(l *Letter, s string) { l.ListUnsubscribe += s },
	}
	for field, put := range set {
		for _, s := range []string{"\r\nBcc: x@evil.example", "\nBcc: x@evil.example", "\rBcc: x", "\x00", "\r\n\r\n<script>", "\x7f"} {
			l := letter()
			put(&l, s)
			if raw, err := Build(l); !errors.Is(err, ErrLetter) || raw != nil {
				t.Errorf("%s with %q: %v", field, s, err)
			}
		}
	}
	for name, put := range map[string]func(*Letter){
		"two recipients": func(l *Letter) { l.To.Address = "a@b.example, c@d.example" }, "no recipient": func(l *Letter) { l.To.Address = "" }, "no date": func(l *Letter) { l.Date = time.Time{} },
		"no id": func(l *Letter) { l.MessageID = "" }, "no text": func(l *Letter) { l.Text = " \n" }, "a script": func(l *Letter) { l.ListHelp = "javascript:alert(1)" },
		"a second link": func(l *Letter) { l.ListHelp = "https://a.example>, <https://evil.example" }, "one click by mail": func(l *Letter) { l.ListUnsubscribe = "mailto:a@b.example" },
		"a list id of words": func(l *Letter) { l.ListID = "Family list" }, "an endless word": func(l *Letter) { l.Subject = strings.Repeat("x", 2000) },
	} {
		l := letter()
		put(&l)
		if _, err := Build(l); !errors.Is(err, ErrLetter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	angled := letter()
	angled.ListID = "Fees <and> costs <fees.lists.example>"
	raw, err := Build(angled)
	if in, _ := Parse(raw); err != nil || !slices.Equal(in.ListIDs, []string{"fees.lists.example"}) || !bytes.Contains(raw, []byte("\r\nList-Id: \"Fees <and> costs\" <fees.lists.example>\r\n")) {
		t.Errorf("a list's name with brackets: %v\n%.900s", err, raw)
	}
	l := letter()
	l.Subject, l.From.Name = "=?utf-8?q?=0d=0aBcc:_x?=", "=?utf-8?q?=3Cevil=40x=3E?="
	raw, err = Build(l)
	if in, _ := Parse(raw); err != nil || !strings.HasPrefix(in.Subject, "= ?utf-8") || !strings.HasPrefix(in.FromName, "= ?utf-8") {
		t.Errorf("%v, %+v", err, in)
	}
}

func TestLongReferencesAreShortened(t *testing.T) {
	t.Parallel()
	l := letter()
	for range 500 {
		l.References = append(l.References, strings.Repeat("r", 200)+"@lists.example")
	}
	raw, err := Build(l)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	if in, _ := Parse(raw); len(in.References) != 20 || in.References[0] != "topic/41/160@lists.example" {
		t.Errorf("%d references", len(in.References))
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	z, key := newZone(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	z.txt["s._domainkey.lists.example"] = z.txt["s._domainkey.a.example"]
	z.txt["r._domainkey.lists.example"] = "v=DKIM1; p=" + base64.StdEncoding.EncodeToString(public)
	raw, err := Build(letter())
	if err != nil {
		t.Fatal(err)
	}
	if same, err := Sign(raw); err != nil || !bytes.Equal(same, raw) {
		t.Error(err)
	}
	for selector, k := range map[string]crypto.Signer{"s": key, "r": rsaKey} {
		out, err := Sign(raw, &Signer{Domain: "lists.example", Selector: selector, Key: k})
		if err != nil {
			t.Fatal(err)
		}
		checkWire(t, out)
		judge := func(s string) Verdict {
			return Judge(t.Context(), z, Envelope{Remote: net.ParseIP("192.0.2.1"), Helo: "x.example", From: ""}, "family@lists.example", []byte(s))
		}
		if v := judge(string(out)); !v.Aligned || v.DKIM != "pass" {
			t.Errorf("%s: %s", selector, v)
		}
		for _, more := range []string{"Subject: evil\r\n", "Reply-To: x@evil.example\r\n", "To: x@evil.example\r\n", "List-Unsubscribe: <https://evil.example>\r\n", "Auto-Submitted: auto-replied\r\n", "Content-Type: text/html\r\n"} {
			if v := judge(more + string(out)); v.DKIM != "fail" {
				t.Errorf("with %q added: %s", more, v)
			}
		}
	}
}

func FuzzBuild(f *testing.F) {
	f.Add("Zoë", "a@b.example", "Subject", "id@x", "List <l.example>", "https://a.example", "text", "<p>html")
	f.Fuzz(func(t *testing.T, name, address, subject, id, list, link, text, html string) {
		raw, err := Build(Letter{From: mail.Address{Name: name, Address: "a@b.example"}, To: mail.Address{Name: subject, Address: address}, Subject: subject, MessageID: id, InReplyTo: id,
			References: []string{id, id}, ListID: list, ListPost: link, ListUnsubscribe: link, Text: text, HTML: html, Date: third})
		if err != nil {
			return
		}
		for line := range bytes.Lines(raw) {
			if len(line) > 998 || bytes.HasPrefix(line, []byte("Bcc")) {
				t.Errorf("%q", line)
			}
		}
		head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		if n := strings.Count("\r\n"+string(head), "\r\nTo:"); !strictLines(raw) || n != 1 {
			t.Errorf("%d recipients in %q", n, raw)
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	l := letter()
	l.Text, l.HTML = strings.Repeat("A paragraph of some thirty words, as posts are.\n\n", 60), strings.Repeat("<p>A paragraph of some thirty words, as posts are.</p>\n", 120)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(l); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildAndSign(b *testing.B) {
	_, key := newZone(b)
	s := &Signer{Domain: "lists.example", Selector: "s", Key: key}
	for b.Loop() {
		raw, err := Build(letter())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Sign(raw, s); err != nil {
			b.Fatal(err)
		}
	}
}
