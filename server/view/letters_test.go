package view

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"peergroups/forum"
)

var family = Audience{Audience: forum.Audience{Reach: forum.Members, Of: 1}, Group: "Family mediation", Readers: 24}

func letterhead(t *testing.T) Letterhead {
	t.Helper()
	return Letterhead{Words: words(t), Org: Organisation{Name: "Chamber", Address: "The Hague"}, Base: "https://forum.example", Subject: "Three posts"}
}

// digest is one with two posts, of which one came by mail and was cut.
func digest() Digest {
	at := forum.At(time.Date(2026, 11, 23, 8, 12, 0, 0, time.UTC))
	long := strings.Repeat("what is said is not evidence, however it was kept ", 6)
	return Digest{Hour: 7, Left: 3, Change: "https://forum.example/account", Unsubscribe: "https://forum.example/unsubscribe/x", Groups: []DigestGroup{{
		Name: "Family mediation", Audience: family, Topics: []DigestTopic{{Anchor: "t1", Href: "https://forum.example/t/1", Title: "A recording", Board: "Questions", Total: 6,
			Posts: []DigestPost{
				{Author: "Tomás Rey", At: at, ByMail: true, HTML: "<p>" + long + "</p>", Plain: long, More: 40, Href: "https://forum.example/p/1", Reply: "mailto:reply+a@forum.example"},
				{Author: "Sanne de Jong", At: at, HTML: "<p>Short.</p>", Plain: "Short.", Href: "https://forum.example/p/2", Reply: "mailto:reply+b@forum.example"}}}}}}}
}

func htmlOf(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDigestTwins: both parts of a digest hold the same, and the index holds no texts.
func TestDigestTwins(t *testing.T) {
	l, d := letterhead(t), digest()
	both := map[string]string{"html": htmlOf(t, DigestHTML(l, d)), "text": DigestText(l, d)}
	for part, s := range both {
		for _, want := range []string{"Three posts", "Family mediation", "Written for: 24 members of Family mediation", "A recording", "2 new, 6 in all", "Tomás Rey",
			"by mail", "Short.", "Reply to this post", "mailto:reply+a@forum.example", "mailto:reply+b@forum.example", "Read on (40 words more)", "https://forum.example/p/1",
			"3 more posts online", "07:00", "https://forum.example/account", "https://forum.example/unsubscribe/x", "Chamber, The Hague"} {
			if !strings.Contains(s, want) {
				t.Errorf("%s: no %q", part, want)
			}
		}
	}
	if h := both["html"]; !strings.Contains(h, `href="#t1"`) || !strings.Contains(h, `id="t1"`) {
		t.Error("the contents lead nowhere")
	}
	d.Index = true
	for _, s := range []string{htmlOf(t, DigestHTML(l, d)), DigestText(l, d)} {
		if strings.Contains(s, "Short.") || !strings.Contains(s, "A recording") || !strings.Contains(s, "https://forum.example/t/1") {
			t.Errorf("the index:\n%s", s)
		}
	}
}

// TestPostMailTwins does the same for list mail.
func TestPostMailTwins(t *testing.T) {
	l := letterhead(t)
	m := PostMail{Group: "Family mediation", Board: "Questions", Title: "A recording", Href: "https://forum.example/p/1", Author: "Tomás Rey", HTML: "<p>Once.</p>", Plain: "Once.",
		Audience: family, Change: "https://forum.example/g/family/list", Unsubscribe: "https://forum.example/unsubscribe/x"}
	for part, s := range map[string]string{"html": htmlOf(t, PostMailHTML(l, m)), "text": PostMailText(l, m)} {
		for _, want := range []string{"Tomás Rey", "Family mediation · Questions", "Once.", "Written for: 24 members of Family mediation", m.Href, m.Change, m.Unsubscribe} {
			if !strings.Contains(s, want) {
				t.Errorf("%s: no %q", part, want)
			}
		}
	}
}

var remote = regexp.MustCompile(`(?i)(src|background)\s*=|url\(|<link|@import|<script`)

// TestMailsFetchNothing: opening a mail tells nobody; long lines are folded.
func TestMailsFetchNothing(t *testing.T) {
	l := letterhead(t)
	note := Note{Stem: "confirm-address", Args: []any{"Name", "Ana", "Org", "Chamber"}, Href: "https://forum.example/confirm/x"}
	for _, s := range []string{htmlOf(t, DigestHTML(l, digest())), htmlOf(t, NoteHTML(l, note)), htmlOf(t, PostMailHTML(l, PostMail{}))} {
		if found := remote.FindString(s); found != "" {
			t.Errorf("a mail says %s", found)
		}
	}
	for line := range strings.Lines(DigestText(l, digest()) + NoteText(l, note)) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > column && !strings.Contains(line, "https://") {
			t.Errorf("%q is longer than %d", line, column)
		}
	}
	if s := NoteText(l, note); !strings.Contains(s, "Hello Ana,") || !strings.Contains(s, note.Href) {
		t.Errorf("the note:\n%s", s)
	}
}
