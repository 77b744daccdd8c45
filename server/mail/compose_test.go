package mail

import (
	"bytes"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"peergroups/forum"
	"peergroups/forum/markup"
)

// awkward are names that people have, or make up.
var awkward = []string{
	"Zoë Vos", `Ann "the judge" Lee`, "Lee, Ann", "O'Neil; DROP", "ann@members.example", "Ann <eve@evil.example>", "<eve@evil.example>", "Ann, eve@evil.example,", "a: b;", "(comment)", `back\slash`, `Zoë\Vos`, "\\\xe1", `"`, `\"`, "'", "",
	"=?utf-8?q?eve=40evil?=", "Müller = ?utf-8?q?x?=", "名前 太郎", "مريم", "👩‍⚖️ Judge", strings.Repeat("Long Name ", 40), strings.Repeat("ü", 150), "a\u202eb", "a\u200bb", " spaces  within ", "undisclosed-recipients:;", "a\tb", ".", "a.b", "Ann Lee via [Family]",
}

// TestNamesInHeaders: whatever somebody is called, each address field holds one address, ours, which reads back with
// the name as it is shown elsewhere, and adds no line to the header.
func TestNamesInHeaders(t *testing.T) {
	t.Parallel()
	for _, name := range awkward {
		l := letter()
		l.From.Name, l.To.Name, l.ReplyTo.Name, l.Subject = name, name, name, "About "+name
		l.ListID = strings.NewReplacer("<", "", ">", "").Replace(name) + " <family.lists.example>"
		raw, err := Build(l)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		checkWire(t, raw)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		plain := markup.Line(strings.ReplaceAll(name, "=?", "= ?"))
		for field, address := range map[string]string{"From": "family@lists.example", "To": "ann@a.example", "Reply-To": "reply+k7q2@lists.example"} {
			list, err := m.Header.AddressList(field)
			if err != nil || len(list) != 1 || list[0].Address != address || list[0].Name != plain || len(m.Header[field]) != 1 {
				t.Errorf("%q in %s: %v %v", name, field, list, err)
			}
		}
		if in, err := Parse(raw); err != nil || in.From != "family@lists.example" || in.FromName != plain || !slices.Equal(in.ListIDs, []string{"family.lists.example"}) {
			t.Errorf("%q is read as %+v, %v", name, in, err)
		}
		for field := range m.Header {
			if !slices.Contains(strings.Fields("From To Reply-To Subject Date Message-Id In-Reply-To References List-Id List-Post List-Archive List-Help List-Owner List-Unsubscribe List-Unsubscribe-Post Precedence X-Auto-Response-Suppress Mime-Version Content-Type"), field) {
				t.Errorf("%q makes the field %q", name, field)
			}
		}
	}
}

// FuzzNames does the same with any name, where it is taken at all.
func FuzzNames(f *testing.F) {
	for _, name := range awkward {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		l := letter()
		l.From.Name, l.To.Name = name, name
		raw, err := Build(l)
		if err != nil {
			return
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		for field, address := range map[string]string{"From": "family@lists.example", "To": "ann@a.example"} {
			list, err := m.Header.AddressList(field)
			if err != nil || len(list) != 1 || list[0].Address != address {
				t.Errorf("%q in %s: %v %v\n%s", name, field, list, err, m.Header.Get(field))
			}
		}
	})
}

// seen is the words of a mail's HTML, and where its links lead.
func seen(t *testing.T, source string) (words string, links []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
		for _, a := range n.Attr {
			if a.Key == "href" {
				links = append(links, a.Val)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " "), links
}

// published writes one post on a board of hostile names, and gives its mail to ann.
func published(t *testing.T, h *house, title, source string) (Letter, *forum.Topic) {
	t.Helper()
	topic, err := h.StartTopic(t.Context(), h.Admin, h.board.ID, forum.Draft{Title: title, Source: source, Key: h.Key()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.ReadTopic(t.Context(), h.ann, topic.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "post", Ref: int64(p.Posts[0].ID)}, h.ann.Member)
	if err != nil {
		t.Fatal(err)
	}
	return l, topic
}

// TestComposedPosts: titles and texts that would break a header or a page are mails that can be built, name one
// recipient, and say the same in both parts.
func TestComposedPosts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, title := range []string{"Plain", `"Quoted", comma; semi: colon`, "<script>alert(1)</script>", "=?utf-8?q?x?=", "Grüße 👩‍⚖️ 名前", "a\u202eb", "&amp; &lt;b&gt;", "%0d%0aBcc: x", "--=_part", "]] [Other]"} {
		word := fmt.Sprintf("canary%d", i)
		l, _ := published(t, h, title, word+" **bold** <img src=x onerror=alert(1)> [link](https://a.example/"+word+")\n\n.\n\nFrom here")
		raw, err := Build(l)
		if err != nil {
			t.Errorf("%q: %v", title, err)
			continue
		}
		checkWire(t, raw)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if to, err := m.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "ann@members.example" || m.Header.Get("Cc")+m.Header.Get("Bcc") != "" {
			t.Errorf("%q goes to %v, %v", title, to, err)
		}
		in, err := Parse(raw)
		shown := "[Group family] " + markup.Line(strings.ReplaceAll(title, "=?", "= ?"))
		if err != nil || in.Subject != shown || in.MessageID != l.MessageID {
			t.Errorf("%q has the subject %q, %v", title, in.Subject, err)
		}
		words, links := seen(t, l.HTML)
		if report := "https://forum.example/report/post/"; !slices.ContainsFunc(links, func(to string) bool { return strings.HasPrefix(to, report) }) || !strings.Contains(l.Text, "Report this post: "+report) {
			t.Errorf("%q has no way to report it: %v\n%s", title, links, l.Text)
		}
		for _, want := range []string{word, "bold", "<img src=x onerror=alert(1)>", "From here", "Admin Test", "Group family"} {
			if !strings.Contains(words, want) || !strings.Contains(strings.Join(strings.Fields(l.Text), " "), want) {
				t.Errorf("%q: %q is not in both parts:\n%s\n%s", title, want, words, l.Text)
			}
		}
		if strings.Contains(l.HTML, "<img") || strings.Contains(l.HTML, "<script") || !slices.ContainsFunc(links, func(to string) bool { return strings.Contains(to, "/out?to=") && strings.Contains(to, word) }) {
			t.Errorf("%q: the HTML is\n%s", title, l.HTML)
		}
		if l.Text != strings.ReplaceAll(l.Text, "0unsubscribe0", "") || strings.Contains(l.HTML, "0unsubscribe0") {
			t.Error("the place of the token is left")
		}
	}
}

// TestComposedDigest: both parts of a digest hold the same posts in the same order, each with its own reply address, and
// nobody else's digest can be composed.
func TestComposedDigest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.Subscribe(t.Context(), h.ann, h.board.ID, forum.Daily); err != nil {
		t.Fatal(err)
	}
	var last *forum.Post
	for i := range 5 {
		_, topic := published(t, h, fmt.Sprintf("Title %d <b> & \"q\"", i), fmt.Sprintf("canary%d <b>&amp; text", i))
		var err error
		if last, err = h.Reply(t.Context(), h.Admin, topic.ID, forum.Draft{Source: fmt.Sprintf("answer%d %s", i, strings.Repeat("long text ", 100*i)), Key: h.Key()}); err != nil {
			t.Fatal(err)
		}
	}
	h.Pass(48 * time.Hour)
	h.Effects.Take()
	if _, err := h.ComposeDigests(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	var issues []int64
	for _, fact := range h.Effects.Take() {
		if f, ok := fact.(forum.DigestsComposed); ok {
			issues = append(issues, f.Runs()...)
		}
	}
	if len(issues) != 1 {
		t.Fatalf("issues %v", issues)
	}
	l, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "digest", Ref: issues[0]}, h.ann.Member)
	if err != nil {
		t.Fatal(err)
	}
	words, links := seen(t, l.HTML)
	sameItems(t, words, l.Text, strings.Join(links, " "))
	raw, err := Build(l)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	if in, err := Parse(raw); err != nil || !in.Automatic || in.From != "digest@forum.example" || !slices.Equal(in.ListIDs, []string{"digest.forum.example"}) {
		t.Errorf("%+v, %v", in, err)
	}
	own, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "post", Ref: int64(last.ID)}, h.Admin.Member)
	if err != nil || strings.Contains(own.Text+own.HTML, "/report/") || !strings.Contains(own.Text, "/p/") {
		t.Errorf("one's own post: %v %s", err, own.Text)
	}
	if l, err := h.postman.Compose(t.Context(), forum.Mailing{Kind: "digest", Ref: issues[0]}, h.eve.Member); forum.KindOf(err) != forum.NotFound {
		t.Errorf("eve gets %q, %v", l.Text, err)
	}
}

func sameItems(t *testing.T, words, text, links string) {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	var order [2][]int
	for i := range 5 {
		for _, want := range []string{fmt.Sprintf("Title %d <b> & \"q\"", i), fmt.Sprintf("canary%d <b>", i), fmt.Sprintf("answer%d", i)} {
			if !strings.Contains(words, want) || !strings.Contains(flat, want) {
				t.Errorf("%q is not in both parts:\n%s\n%s", want, words, flat)
			}
		}
		order[0] = append(order[0], strings.Index(words, fmt.Sprintf("canary%d", i)))
		order[1] = append(order[1], strings.Index(flat, fmt.Sprintf("canary%d", i)))
	}
	if slices.IsSorted(order[0]) != slices.IsSorted(order[1]) || strings.Count(words, "Reply to this post") != 10 || strings.Count(flat, "Reply to this post") != 10 {
		t.Errorf("orders %v, %d and %d to reply to", order, strings.Count(words, "Reply to this post"), strings.Count(flat, "Reply to this post"))
	}
	for _, part := range []string{text, links} {
		addresses := map[string]bool{}
		if strings.Count(part, "https://forum.example/report/post/") != 10 {
			t.Errorf("%d ways to report one of 10 posts", strings.Count(part, "/report/post/"))
		}
		for field := range strings.FieldsSeq(part) {
			if i := strings.Index(field, "reply+"); i >= 0 {
				addresses[field[i:]] = true
			}
		}
		if len(addresses) != 10 {
			t.Errorf("%d reply addresses for 10 posts", len(addresses))
		}
	}
}
