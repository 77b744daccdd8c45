package mail

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/server/view"
)

// told is all that a mail tells, of its header and its parts.
func told(t *testing.T, l Letter) string {
	t.Helper()
	raw, err := Build(l)
	if err != nil {
		t.Fatal(err)
	}
	checkWire(t, raw)
	out := string(raw) + l.Text + l.HTML + l.Subject + l.From.Name + l.ReplyTo.Name + l.ReplyTo.Address
	for _, one := range l.Digest {
		out += told(t, one)
	}
	return strings.Join(strings.Fields(out), " ")
}

// TestNoticeOnly: who chose that mails tell only that something new is there gets no words, title, author, file or address in
// list mail, while others of the same mailing do; by what they chose when the mail goes, and the outbox shows the same.
func TestNoticeOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h.Ready(h.group, h.eve)
	must(h.SetList(ctx, h.Admin, h.group.ID, forum.ListSettings{ToAuthor: true}))
	must(h.Show(ctx, h.Admin, forum.Showing{EmailTo: forum.Registered, AddressTo: forum.Nobody, PhoneTo: forum.Nobody, ContactTo: forum.Nobody, Listed: forum.Nobody}))
	must(h.ChooseMail(ctx, h.ann, h.board.ID, forum.Subscription{Mode: forum.Each, Notice: true}))
	must(h.Subscribe(ctx, h.eve, h.board.ID, forum.Each))
	write := func(title string, special bool) forum.PostID {
		d := forum.Draft{Title: title, Source: "the canary sings", Key: h.Key(), Special: special}
		if !special {
			file, err := h.AddFile(ctx, h.Admin, "canary.txt", []byte("x"))
			must(err)
			d.Files, d.Poll = []forum.FileID{file.ID}, forum.PollDraft{Options: "A\nB", Secret: true}
		}
		topic, err := h.StartTopic(ctx, h.Admin, h.board.ID, d)
		must(err)
		p, err := h.ReadTopic(ctx, h.Admin, topic.ID, 0)
		must(err)
		return p.Posts[0].ID
	}
	mails := func(id forum.PostID, first forum.MemberID) (bare, full string) {
		t.Helper()
		all, err := h.Recipients(ctx, id, forum.Each, 0, 10)
		if must(err); len(all) != 2 {
			t.Fatalf("to %+v", all)
		}
		if all[0].Member != first {
			all[0], all[1] = all[1], all[0]
		}
		compose, err := h.postman.composer(ctx, forum.Mailing{Kind: "post", Ref: int64(id)})
		must(err)
		got := map[forum.MemberID]string{}
		for _, to := range all {
			l, err := compose(ctx, to)
			must(err)
			own, err := h.postman.Compose(ctx, forum.Mailing{Kind: "post", Ref: int64(id)}, to.Member)
			if must(err); own.Text != l.Text || own.HTML != l.HTML || own.Subject != l.Subject || own.ReplyTo != l.ReplyTo || own.From != l.From {
				t.Errorf("the outbox shows %s, and goes out %s", own.Text, l.Text)
			}
			got[to.Member] = told(t, l)
		}
		return got[h.ann.Member], got[h.eve.Member]
	}
	secrets := []string{"canary", "Secret title", "Admin Test", "admin@members.example", "/report/", "poll", "alone"}
	id := write("Secret title", false)
	for _, first := range []forum.MemberID{h.ann.Member, h.eve.Member} {
		bare, full := mails(id, first)
		for _, secret := range secrets {
			if strings.Contains(bare, secret) {
				t.Errorf("a notice tells %q: %s", secret, bare)
			}
			if !strings.Contains(full, secret) && secret != "/report/" {
				t.Errorf("the other mail does not tell %q", secret)
			}
		}
		for _, want := range []string{"Something new was written in Group family", "You chose", "Your reply reaches", fmt.Sprintf("/p/%d", id), "reply+"} {
			if !strings.Contains(bare, want) {
				t.Errorf("a notice does not tell %q: %s", want, bare)
			}
		}
		if !strings.Contains(full, "/report/") || strings.Contains(full, "You chose that mails") {
			t.Errorf("the other mail: %s", full)
		}
	}
	if bare, full := mails(write("Secret title", true), h.ann.Member); !strings.Contains(bare, "Special notice") || !strings.Contains(full, "Special notice") || strings.Contains(bare, "canary") || strings.Contains(bare, "Secret") {
		t.Errorf("a special notice: %s", bare)
	}
	must(h.ChooseMail(ctx, h.ann, h.board.ID, forum.Subscription{Mode: forum.Each}))
	if bare, _ := mails(id, h.ann.Member); !strings.Contains(bare, "canary") {
		t.Errorf("after another choice: %s", bare)
	}
	must(h.ChooseMail(ctx, h.ann, h.board.ID, forum.Subscription{Mode: forum.Each, Notice: true}))
	class := func(c forum.Class) {
		must(h.ChangeGroup(ctx, h.Admin, h.group.ID, forum.GroupDraft{Name: h.group.Name, Visibility: h.group.Visibility, Class: c, Joining: forum.ByInvitation, Roster: forum.ForModerators}, h.group.Visibility))
		h.Ready(h.group, h.Admin)
	}
	class(forum.ChathamClass)
	if bare, full := mails(write("Secret title", false), h.ann.Member); strings.Contains(bare, "Participant") || !strings.Contains(full, "Participant") {
		t.Errorf("behind a mask: %s", bare)
	}
	class(forum.SealedClass)
	bare, full := mails(write("Secret title", true), h.ann.Member)
	for _, mail := range []string{bare, full} {
		if !strings.Contains(mail, "It is sealed") || strings.Contains(mail, "canary") || strings.Contains(mail, "Secret title") || strings.Contains(mail, "Special notice") || strings.Contains(mail, "Admin Test") {
			t.Errorf("of a sealed group: %s", mail)
		}
	}
}

// TestNoticeOnlyDigests: a digest holds neither words nor titles of the boards of which its member wants none, in each of its
// forms and in the list of titles, and everything of the others.
func TestNoticeOnlyDigests(t *testing.T) {
	t.Parallel()
	for _, mode := range []forum.Mode{forum.Daily, forum.Weekly, forum.Index} {
		h := newHouse(t)
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		other, err := h.CreateBoard(ctx, h.Admin, h.group.ID, forum.BoardDraft{Slug: "other", Name: "Other"})
		must(err)
		must(h.ChooseMail(ctx, h.ann, h.board.ID, forum.Subscription{Mode: mode, Notice: true}))
		must(h.Subscribe(ctx, h.ann, other.ID, mode))
		must(h.Subscribe(ctx, h.ann, h.board.ID, mode)) // sent again without the other field, it keeps it
		for i, b := range []forum.BoardID{h.board.ID, h.board.ID, other.ID} {
			title, words := "Secret title", "the canary sings"
			if b == other.ID {
				title, words = "Open title", "the sparrow sings"
			}
			topic, err := h.StartTopic(ctx, h.Admin, b, forum.Draft{Title: title, Source: words, Key: h.Key()})
			must(err)
			for range i {
				_, err := h.Reply(ctx, h.Admin, topic.ID, forum.Draft{Source: words, Key: h.Key()})
				must(err)
			}
		}
		h.Pass(8 * 24 * time.Hour)
		h.Effects.Take()
		_, err = h.ComposeDigests(ctx, 0)
		must(err)
		var run int64
		for _, fact := range h.Effects.Take() {
			if f, ok := fact.(forum.DigestsComposed); ok {
				run = f.Runs()[0]
			}
		}
		for _, form := range []forum.DigestForm{forum.FormattedDigest, forum.PlainDigest, forum.BurstDigest} {
			must(h.ChooseDigest(ctx, h.ann, forum.DigestChoice{DigestHour: 7, DigestDays: 127, DigestForm: form}))
			must(h.ChooseMail(ctx, h.ann, h.board.ID, forum.Subscription{Mode: mode, Notice: true}))
			compose := func() Letter {
				l, err := h.postman.Compose(ctx, forum.Mailing{Kind: "digest", Ref: run}, h.ann.Member)
				must(err)
				return l
			}
			l := compose()
			got := told(t, l)
			if want := map[bool]int{true: 3}[mode != forum.Index && form != forum.BurstDigest]; strings.Count(l.Text, "Reply to this post") != want {
				t.Errorf("mode %d, form %d: posts without words are in it: %s", mode, form, l.Text)
			}
			if strings.Contains(got, "canary") || strings.Contains(got, "Secret title") || !strings.Contains(got, "New on this board: read it there") || !strings.Contains(got, "Open title") {
				t.Errorf("mode %d, form %d: %s", mode, form, got)
			}
			if strings.Contains(got, "sparrow") != (mode != forum.Index) {
				t.Errorf("mode %d, form %d, of the other board: %s", mode, form, got)
			}
			if !strings.Contains(got, "/g/family/b/family") || !strings.Contains(got, "3 new, 3 in all") || !strings.Contains(l.Subject, "2 topics") {
				t.Errorf("mode %d, form %d, where it leads: %s", mode, form, got)
			}
			if form == forum.BurstDigest && mode != forum.Index && len(l.Digest) != 3 {
				t.Errorf("mode %d: %d mails within the mail", mode, len(l.Digest))
			}
			must(h.ChooseMail(ctx, h.ann, h.board.ID, forum.Subscription{Mode: mode}))
			if got := told(t, compose()); !strings.Contains(got, "Secret title") {
				t.Errorf("mode %d, form %d, after another choice: %s", mode, form, got)
			}
		}
	}
}

// TestTotalsOfNotices: what only tells that something new is there counts the posts of each of its topics once.
func TestTotalsOfNotices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	post := func(topic forum.TopicID, total int, reach forum.Reach) forum.DigestPost {
		p := forum.DigestPost{Total: total, Whole: 5, Notice: true}
		p.TopicID, p.BoardID, p.GroupID, p.Audience = topic, 7, 8, forum.Audience{Reach: reach}
		return p
	}
	var d view.Digest
	h.postman.fill(&d, []forum.DigestPost{post(1, 10, forum.Registered), post(1, 10, forum.Registered), post(2, 5, forum.Registered), post(2, 5, forum.Certified)}, h.ann.Member, view.Links{}, h.postman.Words.For("en", "UTC"))
	if len(d.Groups) != 2 || len(d.Groups[0].Topics) != 1 || d.Groups[0].Topics[0].Total != 15 || len(d.Groups[0].Topics[0].Posts) != 3 || d.Groups[1].Topics[0].Total != 5 {
		t.Errorf("%+v", d.Groups)
	}
}
