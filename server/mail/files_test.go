package mail

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// newest reads the topic that was begun last.
func (h *house) newest(t testing.TB) (forum.TopicPage, bool) {
	t.Helper()
	p, err := h.ReadBoard(t.Context(), h.Admin, "family", "family", forum.TopicCursor{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Topics) == 0 {
		return forum.TopicPage{}, false
	}
	id := slices.MaxFunc(p.Topics, func(a, b forum.TopicRow) int { return int(a.ID - b.ID) }).ID
	topic, err := h.ReadTopic(t.Context(), h.ann, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	return topic, true
}

// TestCorpusByDoor: each mail of the corpus that ann proves to have written becomes the post that the table tells, with the
// files that the gate takes; and each other is refused with a code, and becomes none.
func TestCorpusByDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i, one := range specimens(t) {
		if i%20 == 0 {
			h.Pass(11 * time.Minute) // so many nobody writes
			h.ann = h.As(h.ann.Member)
		}
		before, _ := h.newest(t)
		err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: []string{"family@forum.example"}}, eml(t, "corpus/"+one.File))
		got := code(t, err)
		from := one.From == "" || one.From == "ann@members.example"
		own := slices.Contains(one.Lists, "family.family.forum.example")
		wanted := one.Error == "" && from && !own && !one.Automatic && !strings.HasPrefix(one.File, "command-")
		after, _ := h.newest(t)
		if !wanted {
			if after.Topic.ID != before.Topic.ID || got == "" && !own && !one.Automatic && !strings.HasPrefix(one.File, "command-") {
				t.Errorf("%s: answered %q, and posted", one.File, got)
			}
			continue
		}
		if got != "" || after.Topic.ID == before.Topic.ID {
			t.Errorf("%s: answered %q: %v", one.File, got, err)
			continue
		}
		post, err := h.ReadPost(t.Context(), h.ann, after.Posts[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if post.Source != strings.TrimSpace(one.Text) || after.Topic.Title != one.Title || len(after.Posts[0].Files) != taken(one.Files) || dangerous(strings.ToLower(post.HTML)) {
			t.Errorf("%s: %q, %q, %d files:\n%s", one.File, after.Topic.Title, post.Source, len(after.Posts[0].Files), post.HTML)
		}
	}
}

// taken counts the files of a line of the table that the gate takes.
func taken(files []string) (n int) {
	for _, f := range files {
		if _, as, _ := strings.Cut(f, ": "); slices.Contains([]string{"png", "pdf", "docx", "text"}, as) && n < 10 {
			n++
		}
	}
	return n
}

func attachment(name, kind, content string) string {
	return "--b\nContent-Type: " + kind + "; name=\"" + name + "\"\nContent-Disposition: attachment; filename=\"" + name + "\"\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte(content)) + "\n"
}

// TestFilesLeftOutAreTold: once, to their sender, by name and with the reason; and a file tells no token of its sender's.
func TestFilesLeftOutAreTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := "reply+" + h.ReplyToken(h.ann.Member, 1, forum.Audience{}) + "@forum.example"
	raw := message("Content-Type: multipart/mixed; boundary=b", "\n--b\nContent-Type: text/plain\n\nText.\n"+attachment("a <b> & c.zip", "application/zip", "PK\x05\x06")+
		attachment("list.txt", "text/plain", "I got it from "+token)+winmail[1:])
	for range 2 {
		if err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: []string{"family@forum.example"}}, raw); err != nil {
			t.Fatal(err)
		}
	}
	topic, _ := h.newest(t)
	files := topic.Posts[0].Files
	if len(files) != 1 || files[0].Name != "list.txt" || files[0].Size >= int64(len("I got it from "+token)) {
		t.Errorf("%+v", files)
	}
	var notes []forum.Mailing
	if err := h.Store.Reader().NewRaw("SELECT kind, ref FROM deliveries WHERE kind = 'note.files-left-out'").Scan(t.Context(), &notes); err != nil || len(notes) != 1 {
		t.Fatalf("%v %v", notes, err)
	}
	letter, err := h.postman.Compose(t.Context(), notes[0], h.ann.Member)
	if err != nil {
		t.Fatal(err)
	}
	post := fmt.Sprintf("https://forum.example/p/%d", topic.Posts[0].ID)
	for _, want := range []string{"“a <b> & c.zip” is not of a kind", "“winmail.dat” is a package", post} {
		if !strings.Contains(letter.Text, want) {
			t.Errorf("the note lacks %q: %s", want, letter.Text)
		}
	}
	if !letter.AutoSubmitted || letter.Subject != "2 files of your mail were left out" || strings.Contains(letter.HTML, "<b> &") || !strings.Contains(letter.HTML, "a &lt;b&gt; &amp; c.zip") {
		t.Errorf("%q, %v: %s", letter.Subject, letter.AutoSubmitted, letter.HTML)
	}
	if _, err := h.postman.Compose(t.Context(), notes[0], h.eve.Member); forum.KindOf(err) != forum.NotFound {
		t.Errorf("another is told: %v", err)
	}
}

// TestSealedMail: what nobody here can read is refused with words that say so.
func TestSealedMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for file, want := range map[string]string{"sealed-pgp-mime": "encrypted", "sealed-smime": "encrypted", "sealed-pgp-inline": "encrypted", "sealed-winmail-only": "winmail.dat"} {
		err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: []string{"family@forum.example"}}, eml(t, "corpus/"+file))
		if code(t, err) != "554 5.6.0" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
	err := h.Data(t.Context(), Envelope{From: "ann@members.example", To: []string{"family+digest@forum.example"}}, eml(t, "corpus/sealed-winmail-only"))
	if got := code(t, err); got != "" && got != "550 5.7.1" { // it is written to the board, says its header
		t.Errorf("a command is answered %q", got)
	}
}
