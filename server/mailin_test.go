package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// TestMailDoor: what a mail to each kind of address does, over real SMTP; what is not
// proved, not wanted or not for us is refused with a code and words, and writes nothing.
func TestMailDoor(t *testing.T) { onBoth(t, mailDoor) }

func mailDoor(t *testing.T, w *world) {
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.Hidden)
	w.enter(inner, w.admin, people["otto"])
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	titles := func() (out []string) {
		p, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", "talk", forum.TopicCursor{})
		w.must(err)
		for _, row := range p.Topics {
			out = append(out, fmt.Sprintf("%s (%d)", row.Title, row.Posts))
		}
		return out
	}
	const otto, olga = "otto@members.example", "olga@members.example"
	mail := func(from, id, subject, more, text string) string {
		return "From: <" + from + ">\nTo: <talk.inner@forum.example>\nMessage-ID: <" + id + "@x.example>\nSubject: " + subject + "\n" + more +
			"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n"
	}
	for _, c := range []struct {
		what, from, to, raw string
		want                string // the refusal's codes; "": taken
	}{
		{"a new topic", otto, "talk.inner@forum.example", mail(otto, "1", "[Group inner] Proved by SPF", "", "Text of the topic."), ""},
		{"the same mail again", otto, "talk.inner@forum.example", mail(otto, "1", "[Group inner] Proved by SPF", "", "Text of the topic."), ""},
		{"the group's own address", otto, "inner@forum.example", mail(otto, "2", "To the group", "", "Text."), ""},
		{"an outsider", olga, "talk.inner@forum.example", mail(olga, "3", "S", "", "T"), "550 5.1.1"},
		{"no member", "eve@members.example", "talk.inner@forum.example", mail("eve@members.example", "4", "S", "", "T"), "550 5.7.1"},
		{"a forged From", "eve@evil.example", "talk.inner@forum.example", mail(otto, "5", "S", "", "T"), "550 5.7.1"},
		{"no such group", otto, "nowhere@forum.example", mail(otto, "6", "S", "", "T"), "550 5.1.1"},
		{"no such board", otto, "x.inner@forum.example", mail(otto, "7", "S", "", "T"), "550 5.1.1"},
		{"another domain", otto, "a@elsewhere.example", mail(otto, "8", "S", "", "T"), "550 5.7.1"},
		{"a guessed reply token", otto, "reply+abcdefgh@forum.example", mail(otto, "9", "S", "", "T"), "550 5.1.1"},
		{"an automatic answer", otto, "talk.inner@forum.example", mail(otto, "10", "Out of office", "Auto-Submitted: auto-replied\n", "Away"), "550 5.7.1"},
		{"our own list mail", otto, "talk.inner@forum.example", mail(otto, "11", "S", "List-Id: <talk.inner.forum.example>\n", "T"), "550 5.7.1"},
		{"without text", otto, "talk.inner@forum.example", mail(otto, "12", "S", "", " "), "554 5.6.0"},
		{"without a Message-ID", otto, "talk.inner@forum.example", strings.Replace(mail(otto, "13", "S", "", "T"), "Message-ID: <13@x.example>\n", "", 1), "554 5.6.0"},
		{"a bounce", "", "bounce+abc@forum.example", mail("mailer@x.example", "14", "Undelivered", "", "T"), ""},
		{"an unknown command", otto, "inner+explode@forum.example", mail(otto, "15", "", "", ""), "550 5.1.1"},
		{"a command", otto, "inner+digest@forum.example", mail(otto, "16", "", "", ""), ""},
	} {
		err := w.deliver(c.from, []string{c.to}, c.raw)
		got := ""
		if answer := (*smtp.SMTPError)(nil); errors.As(err, &answer) {
			got = fmt.Sprintf("%d %d.%d.%d", answer.Code, answer.EnhancedCode[0], answer.EnhancedCode[1], answer.EnhancedCode[2])
		}
		if got != c.want {
			t.Errorf("%s: %q %v, want %q", c.what, got, err, c.want)
		}
	}
	if got := titles(); len(got) != 2 || got[0] != "To the group (1)" || got[1] != "Proved by SPF (1)" {
		t.Errorf("the board holds %q", got)
	}
	if p, err := w.forum.ReadGroup(t.Context(), w.as(people["otto"].Member), "inner"); err != nil || p.Modes[board.ID] != forum.Daily {
		t.Errorf("the command left %v %v", p.Modes, err)
	}
	w.await(otto, "Group inner")

	w.dns.set("members.example", "") // now its name server does not answer
	if err := w.deliver(otto, []string{"talk.inner@forum.example"}, mail(otto, "17", "Later", "", "T")); err == nil || !strings.Contains(err.Error(), "451") || len(titles()) != 2 {
		t.Errorf("while the sender cannot be checked: %v", err)
	}
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	if err := w.deliver(otto, []string{"talk.inner@forum.example"}, mail(otto, "17", "Later", "", "T")); err != nil || len(titles()) != 3 {
		t.Errorf("at the next attempt: %v %v", err, titles())
	}

	// A first post by mail of one who was not told who reads waits, and nothing is lost.
	w.must(w.forum.Invite(t.Context(), w.admin, inner.ID, people["olga"].Member))
	w.must(w.forum.Join(t.Context(), people["olga"], inner.ID))
	if err := w.deliver(olga, []string{"talk.inner@forum.example"}, mail(olga, "18", "Held", "", "Waits for a word.")); err != nil || len(titles()) != 3 {
		t.Errorf("held: %v %v", err, titles())
	}
	note := w.await(olga, "waits for your word")
	if !strings.Contains(note.Text, "/account/drafts/") {
		t.Errorf("the note does not lead to the draft: %s", note.Text)
	}
}
