package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
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
		want                string // the refusal's codes, or some of its words; "": taken
	}{
		{"a new topic", otto, "talk.inner@forum.example", mail(otto, "1", "[Group inner] Proved by SPF", "", "Text of the topic."), ""},
		{"the same mail again", otto, "talk.inner@forum.example", mail(otto, "1", "[Group inner] Proved by SPF", "", "Text of the topic."), ""},
		{"the group's own address", otto, "inner@forum.example", mail(otto, "2", "To the group", "", "Text."), ""},
		{"an outsider", olga, "talk.inner@forum.example", mail(olga, "3", "S", "", "T"), "550 5.1.1"},
		{"no member", "eve@members.example", "talk.inner@forum.example", mail("eve@members.example", "4", "S", "", "T"), "550 5.7.1"},
		{"a forged From", "eve@evil.example", "talk.inner@forum.example", mail(otto, "5", "S", "", "T"), "550 5.7.1"},
		{"an answer to a digest", otto, "digest@forum.example", mail(otto, "6a", "S", "", "T"), "cannot be answered"},
		{"an answer to a note", otto, "No-Reply@forum.example", mail(otto, "6b", "S", "", "T"), "Nobody reads"},
		{"no such group", otto, "nowhere@forum.example", mail(otto, "6", "S", "", "T"), "550 5.1.1"},
		{"no such board", otto, "x.inner@forum.example", mail(otto, "7", "S", "", "T"), "550 5.1.1"},
		{"another domain", otto, "a@elsewhere.example", mail(otto, "8", "S", "", "T"), "550 5.7.1"},
		{"a guessed reply token", otto, "reply+abcdefgh@forum.example", mail(otto, "9", "S", "", "T"), "550 5.1.1"},
		{"an automatic answer", otto, "talk.inner@forum.example", mail(otto, "10", "Out of office", "Auto-Submitted: auto-replied\n", "Away"), ""},
		{"our own list mail", otto, "talk.inner@forum.example", mail(otto, "11", "S", "List-Id: <talk.inner.forum.example>\n", "T"), ""},
		{"without text", otto, "talk.inner@forum.example", mail(otto, "12", "S", "", " "), "554 5.6.0"},
		{"without a Message-ID", otto, "talk.inner@forum.example", strings.Replace(mail(otto, "13", "S", "", "T"), "Message-ID: <13@x.example>\n", "", 1), "554 5.6.0"},
		{"a bounce", "", "bounce+abc@forum.example", mail("mailer@x.example", "14", "Undelivered", "", "T"), "550 5.1.1"},
		{"a bounce to a board", "", "talk.inner@forum.example", mail("mailer@x.example", "19", "Undelivered", "", "T"), ""},
		{"an unknown command", otto, "inner+explode@forum.example", mail(otto, "15", "", "", ""), "550 5.1.1"},
		{"a command", otto, "inner+digest@forum.example", mail(otto, "16", "", "", ""), ""},
	} {
		err := w.deliver(c.from, []string{c.to}, strings.Replace(c.raw, "talk.inner@forum.example", c.to, 1))
		got := ""
		if answer := (*smtp.SMTPError)(nil); errors.As(err, &answer) {
			got = fmt.Sprintf("%d %d.%d.%d", answer.Code, answer.EnhancedCode[0], answer.EnhancedCode[1], answer.EnhancedCode[2])
		}
		if got != c.want && (err == nil || c.want == "" || !strings.Contains(err.Error(), c.want)) {
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

// reply begins a topic that otto gets as list mail, and gives it with the address he answers to.
func (w *world) reply(otto forum.Actor) (forum.TopicID, string) {
	w.t.Helper()
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, otto)
	topic, err := w.forum.StartTopic(w.t.Context(), w.admin, board.ID, forum.Draft{Title: "T", Source: "S", Key: w.key()})
	w.must(err)
	p, err := w.forum.ReadTopic(w.t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	return topic.ID, "reply+" + w.forum.ReplyToken(otto.Member, p.Posts[0].ID, p.Posts[0].Audience) + "@forum.example"
}

// TestForgedReplies: with a reply address that leaked, nothing is posted in its owner's name
// by whom their domain disowns, while it cannot be asked, or that nothing proves. The last
// waits for its owner, who may have no domain that proves anything, and posts it from the page.
func TestForgedReplies(t *testing.T) { onBoth(t, forgedReplies) }

func forgedReplies(t *testing.T, w *world) {
	const otto = "otto@members.example"
	member := w.members("otto")["otto"]
	topic, to := w.reply(member)
	posts := func() int {
		p, err := w.forum.ReadTopic(t.Context(), w.admin, topic, 0)
		w.must(err)
		return len(p.Posts)
	}
	for i, c := range []struct {
		what, spf, dmarc, from, want string
		posts, drafts                int
	}{
		{"disowned", "v=spf1 -all", "v=DMARC1; p=reject", "eve@evil.example", "550", 1, 0},
		{"disowned without a policy to refuse", "v=spf1 -all", "v=DMARC1; p=none", "eve@evil.example", "550", 1, 0},
		{"the policy cannot be read", "v=spf1 -all", "", "eve@evil.example", "451", 1, 0},
		{"the sender cannot be checked", "", "v=DMARC1; p=reject", otto, "451", 1, 0},
		{"no policy, and SPF fails", "v=spf1 -all", "none", otto, "", 1, 1},
		{"no policy, from elsewhere", "v=spf1 ip4:127.0.0.1 -all", "none", "eve@evil.example", "", 1, 2},
		{"nothing to go by", "none", "none", otto, "", 1, 3},
		{"proved", "v=spf1 ip4:127.0.0.1 -all", "v=DMARC1; p=reject", otto, "", 2, 3},
	} {
		w.dns.set("members.example", c.spf)
		w.dns.set("_dmarc.members.example", c.dmarc)
		err := w.send(c.from, to, fmt.Sprintf("%d@x.example", i), "Re: T", "Words of "+c.what+".")
		if c.from != otto {
			err = w.deliver(c.from, []string{to}, "From: <"+otto+">\nTo: <"+to+">\nMessage-ID: <"+fmt.Sprint(i)+"@x.example>\nSubject: Re: T\n\nWords of "+c.what+".\n")
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
		drafts, err := w.forum.Drafts(t.Context(), member)
		if n := posts(); err != nil || n != c.posts || len(drafts) != c.drafts || c.drafts > 0 && drafts[0].Why != forum.Unproved {
			t.Errorf("%s: %d posts, drafts %+v %v", c.what, n, drafts, err)
		}
	}
	if note := w.await(otto, "for your word"); !strings.Contains(note.Text, "/account/drafts") {
		t.Errorf("the note: %s", note.Text)
	}
	all, err := w.forum.Drafts(t.Context(), member)
	w.must(err)
	page := fmt.Sprintf("/account/drafts/%d", all[0].ID)
	session := w.session("otto")
	if _, list := w.ask("GET", "/account/drafts", session); strings.Count(list, "Nothing proves that this mail comes from you") != 3 {
		t.Errorf("the list does not say why: %s", list)
	}
	if _, body := w.ask("GET", page, session); !strings.Contains(body, "Nothing proves that this mail comes from you") || !strings.Contains(body, "Words of nothing to go by.") {
		t.Errorf("the page does not say why: %s", body)
	}
	d, err := w.forum.Disclose(t.Context(), member, all[0].GroupID, forum.ByMail)
	w.must(err)
	if status, body := w.post(session, page, url.Values{"agreed": {"1"}, "wording": {d.Wording}}); status != 303 || posts() != 3 {
		t.Errorf("the owner posts it: %d %s", status, body)
	}
}

// TestLettersToOthers: a letter that says itself that it is written to somebody else is not
// posted when whoever got it sends it on to a list, nor does it order anything; so is one of
// which its signature does not say to whom it was written.
func TestLettersToOthers(t *testing.T) { onBoth(t, lettersToOthers) }

func lettersToOthers(t *testing.T, w *world) {
	const otto, list = "otto@members.example", "talk.inner@forum.example"
	member := w.members("otto")["otto"]
	topic, token := w.reply(member)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	w.dns.set("s._domainkey.members.example", "v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)))
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	signed := func(raw string, keys ...string) string {
		var out bytes.Buffer
		w.must(dkim.Sign(&out, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), &dkim.SignOptions{Domain: "members.example", Selector: "s", Signer: key, HeaderKeys: append(keys, "From"),
			HeaderCanonicalization: "relaxed", BodyCanonicalization: "relaxed"}))
		return strings.ReplaceAll(out.String(), "\r\n", "\n")
	}
	for i, c := range []struct {
		what, from, to, head, before string
		signed                       []string // fields, "": by SPF alone
		want                         string
		posted                       bool
	}{
		{"to somebody else", otto, list, "To: <eve@evil.example>\n", "", nil, "", false},
		{"to another list", otto, list, "To: <talk.open@forum.example>\n", "", nil, "", false},
		{"to nobody that is named", otto, list, "", "", nil, "", false},
		{"with a copy to the list", otto, list, "To: <eve@evil.example>\nCc: Talk <Talk.Inner@forum.example>\n", "", nil, "", true},
		{"an order", otto, "inner+nomail@forum.example", "To: <eve@evil.example>\n", "", nil, "550", false},
		{"signed, sent on", "eve@evil.example", list, "To: <" + list + ">\n", "", []string{"To"}, "", true},
		{"signed without To", "eve@evil.example", list, "To: <" + list + ">\n", "", []string{"Subject"}, "", false},
		{"signed, with a Cc added", "eve@evil.example", list, "To: <eve@evil.example>\n", "Cc: <" + list + ">\n", []string{"To"}, "", false},
		{"signed, with a To added", "eve@evil.example", list, "To: <eve@evil.example>\n", "To: <" + list + ">\n", []string{"To"}, "", false},
		{"signed without Cc", "eve@evil.example", list, "To: <" + list + ">\nCc: <eve@evil.example>\n", "", []string{"To"}, "", false},
		{"signed with Cc", "eve@evil.example", list, "To: <" + list + ">\nCc: <eve@evil.example>\n", "", []string{"To", "Cc"}, "", true},
		{"by a reply address", otto, token, "To: <eve@evil.example>\n", "", nil, "", false},
	} {
		count := func() (posts, drafts int) {
			b, err := w.forum.ReadBoard(t.Context(), w.admin, "inner", "talk", forum.TopicCursor{})
			w.must(err)
			p, err := w.forum.ReadTopic(t.Context(), w.admin, topic, 0)
			w.must(err)
			all, err := w.forum.Drafts(t.Context(), member)
			w.must(err)
			if len(all) > 0 && all[0].Why != forum.Elsewhere {
				t.Errorf("%s: held because %q", c.what, all[0].Why)
			}
			return len(b.Topics) + len(p.Posts), len(all)
		}
		posts, drafts := count()
		raw := "From: <" + otto + ">\n" + c.head + "Message-ID: <" + fmt.Sprint(i) + "@x.example>\nSubject: S\n\nAbout our client.\n"
		if c.signed != nil {
			raw = signed(raw, c.signed...)
		}
		err := w.deliver(c.from, []string{c.to}, c.before+raw)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
		if p, d := count(); (p == posts+1) != c.posted || (d == drafts+1) != (!c.posted && c.want == "") {
			t.Errorf("%s: %d posts and %d drafts before, %d and %d after", c.what, posts, drafts, p, d)
		}
	}
}

// TestQuotesHoldNoTokens: who answers list mail and quotes all of it gives nobody the means
// to write or to unsubscribe in their name.
func TestQuotesHoldNoTokens(t *testing.T) { onBoth(t, quotesHoldNoTokens) }

func quotesHoldNoTokens(t *testing.T, w *world) {
	member := w.members("otto")["otto"]
	inner, board, _ := w.group("inner", forum.PublicToRead)
	w.enter(inner, w.admin, member)
	w.must(w.forum.Subscribe(t.Context(), member, board.ID, forum.Each))
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Quoted", Source: "Words.", Key: w.key()})
	w.must(err)
	mail := w.await("otto@members.example", "Quoted")
	to := addressOf(t, mail.GetHeader("Reply-To"))
	token, _, _ := strings.Cut(strings.TrimPrefix(to, "reply+"), "@")
	_, unsubscribe, _ := strings.Cut(strings.Trim(mail.GetHeader("List-Unsubscribe"), "<>"), "/unsubscribe/")
	if !strings.Contains(mail.Text, unsubscribe) || len(unsubscribe) < 40 || len(token) < 40 {
		t.Fatalf("the mail has no tokens of its reader: %q %q\n%s", unsubscribe, token, mail.Text)
	}
	quoted := "> " + strings.ReplaceAll(strings.ReplaceAll(mail.Text, "\r\n", "\n"), "\n", "\n> ")
	w.must(w.send("otto@members.example", to, "q1@x.example", "Re: Quoted", "Below.\n\nOn Mon, Admin via Talk <"+to+"> wrote:\n"+quoted))
	w.must(w.send("otto@members.example", to, "q2@x.example", "Re: Quoted", quoted)) // nothing but the quote: that is the text
	w.must(w.send("otto@members.example", to, "q3@x.example", "Re: Quoted", "I got "+w.base.String()+"/unsubscribe/"+unsubscribe+" from "+to))
	p, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
	w.must(err)
	if len(p.Posts) != 3 { // what is nothing but a quote waits
		t.Fatalf("%+v", p.Posts)
	}
	for _, post := range p.Posts[1:] {
		full, err := w.forum.ReadPost(t.Context(), w.admin, post.ID)
		w.must(err)
		if all := full.Source + full.HTML + full.Plain; strings.Contains(all, token) || strings.Contains(all, unsubscribe) {
			t.Errorf("a post holds its author's tokens:\n%s", all)
		}
	}
}
