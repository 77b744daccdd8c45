package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestUnprovedMail: a mail that nothing proves, in a member's name, waits for their word, and a command is asked about: by a
// page and by an answer. Whose address it names, and where they belong, the sender cannot tell from the answer.
func TestUnprovedMail(t *testing.T) { onBoth(t, unprovedMail) }

func unprovedMail(t *testing.T, w *world) {
	const otto, eve = "otto@members.example", "eve@nowhere.example"
	people := w.members("otto", "olga")
	inner, board, _ := w.group("inner", forum.Hidden)
	w.enter(inner, w.admin, people["otto"])
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "There", Source: "text", Key: w.key()})
	w.must(err)
	for _, domain := range []string{"members.example", "nowhere.example"} {
		w.dns.set(domain, "none")
		w.dns.set("_dmarc."+domain, "none")
	}
	for i, from := range []string{otto, eve, "olga@members.example"} {
		if err := w.send(from, "talk.inner@forum.example", fmt.Sprintf("%d@x.example", i), "In somebody's name", "The words."); err != nil {
			t.Errorf("%s is answered %v", from, err)
		}
		if err := w.send(from, "inner+weekly@forum.example", fmt.Sprintf("c%d@x.example", i), "", ""); err != nil {
			t.Errorf("a command of %s is answered %v", from, err)
		}
	}
	drafts, err := w.forum.Drafts(t.Context(), people["otto"])
	w.must(err)
	if len(drafts) != 1 || drafts[0].Why != forum.Unproved {
		t.Fatalf("otto is asked about %v", drafts)
	}
	mode := func() forum.Mode {
		p, err := w.forum.ReadGroup(t.Context(), people["otto"], "inner")
		w.must(err)
		return p.Modes[board.ID]
	}
	asked := w.await(otto, "Was this you?")
	if mode() == forum.Weekly {
		t.Fatal("what nothing proves was done")
	}
	_, link, _ := strings.Cut(asked.Text, "/mail-command/")
	link = "/mail-command/" + strings.Fields(link)[0]
	if status, page := w.ask("GET", link, ""); status != http.StatusOK || !strings.Contains(page, "weekly") || mode() == forum.Weekly {
		t.Errorf("looking at it: %d", status)
	}
	if err := w.send(eve, "confirm+"+strings.TrimPrefix(link, "/mail-command/")+"@forum.example", "v@x.example", "Out of office", "away"); err != nil || mode() != forum.Weekly {
		t.Errorf("an answer to it: %v, %v", err, mode())
	}
	w.must(w.forum.Subscribe(t.Context(), people["otto"], board.ID, forum.Each))
	if status, _ := w.post("", link, nil); status != http.StatusOK || mode() != forum.Each {
		t.Errorf("twice: %d, %v", status, mode())
	}
	w.offset.Add(int64(4 * 24 * time.Hour))
	if status, _ := w.ask("GET", link, ""); status != http.StatusConflict {
		t.Errorf("days later: %d", status)
	}

	// Each sees what came in their own name, and nobody else's words.
	_, page := w.ask("GET", "/account/mail/came", w.session("otto"))
	if !strings.Contains(page, "waits") || !strings.Contains(page, "does not vouch") || !strings.Contains(page, "<b>In somebody&#39;s name</b>") || !strings.Contains(page, "/account/mail/came/") {
		t.Errorf("otto sees %s", content(page))
	}
	_, raw, _ := strings.Cut(page, "/account/mail/came/")
	raw, _, _ = strings.Cut("/account/mail/came/"+raw, `"`)
	if status, body := w.ask("GET", raw, w.session("otto")); status != http.StatusOK || !strings.Contains(body, "The words.") {
		t.Errorf("as it came: %d", status)
	}
	for _, who := range []string{"olga", "admin"} {
		if status, _ := w.ask("GET", raw, w.session(who)); status != http.StatusNotFound {
			t.Errorf("%s reads it: %d", who, status)
		}
	}
	if _, page := w.ask("GET", "/account/mail/came", w.session("olga")); !strings.Contains(page, "refused") || strings.Contains(page, "Group inner") || strings.Contains(page, "/account/mail/came/") {
		t.Errorf("olga sees %s", content(page))
	}
	if _, page := w.ask("GET", "/g/inner/arrivals", w.session("admin")); !strings.Contains(page, "waits") || strings.Contains(page, "Otto") || strings.Contains(page, "The words") {
		t.Errorf("moderators see %s", content(page))
	}
}

// TestRawMailGoesWithItsPost: a mail is kept for who wrote it, until the post goes that came of it, or a month.
func TestRawMailGoesWithItsPost(t *testing.T) { onBoth(t, rawMail) }

func rawMail(t *testing.T, w *world) {
	const otto = "otto@members.example"
	by := w.members("otto")["otto"]
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, by)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	for i := range 2 {
		w.must(w.send(otto, "talk.inner@forum.example", fmt.Sprintf("%d@x.example", i), fmt.Sprintf("Topic %d", i), "The canary."))
	}
	rows := func() []forum.ArrivalRow {
		rows, err := w.forum.Arrivals(t.Context(), by, 0, 10)
		w.must(err)
		return rows
	}
	all := rows()
	if len(all) != 2 || all[0].Fate != forum.FatePosted || all[0].Post == 0 || !all[0].Kept || all[0].GroupName != "Group inner" || !strings.Contains(all[0].Verdict, "spf=pass") {
		t.Fatalf("it came as %v", all)
	}
	w.must(w.forum.TakeBack(t.Context(), by, all[0].Post))
	if _, err := w.forum.ReadRaw(t.Context(), by, all[0].ID); forum.KindOf(err) != forum.NotFound || rows()[0].Kept || rows()[0].Post != 0 {
		t.Errorf("taken back: %v, %v", err, rows()[0])
	}
	if raw, err := w.forum.ReadRaw(t.Context(), by, all[1].ID); err != nil || !strings.Contains(string(raw), "The canary.") {
		t.Errorf("the other: %v", err)
	}
	w.offset.Add(int64(31 * 24 * time.Hour))
	w.must(w.forum.Forget(t.Context()))
	if _, err := w.forum.ReadRaw(t.Context(), by, all[1].ID); forum.KindOf(err) != forum.NotFound || len(rows()) != 2 {
		t.Errorf("after a month: %v, %d rows", err, len(rows()))
	}
	w.offset.Add(int64(340 * 24 * time.Hour))
	w.must(w.forum.Forget(t.Context()))
	if n := len(rows()); n != 0 {
		t.Errorf("after a year: %d rows", n)
	}

	// What a mail names as what it answers leads into that topic, where its sender may read it, and nowhere else.
	topic, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Asked", Source: "text", Key: w.key()})
	w.must(err)
	other, closed, _ := w.group("other", forum.Hidden)
	w.enter(other, w.admin)
	secret, err := w.forum.StartTopic(t.Context(), w.admin, closed.ID, forum.Draft{Title: "Secret", Source: "text", Key: w.key()})
	w.must(err)
	for i, c := range []struct {
		cites string
		posts int
	}{{fmt.Sprintf("<topic.%d@forum.example>", topic.ID), 2}, {fmt.Sprintf("<x@y.example> <TOPIC.%d@forum.example>", topic.ID), 2}, {fmt.Sprintf("<topic.%d@forum.example>", secret.ID), 2},
		{fmt.Sprintf("<topic.%d@elsewhere.example>", topic.ID), 2}, {fmt.Sprintf("<topic.%d@forum.example> <gone@y.example>", topic.ID), 3}} {
		raw := "From: <" + otto + ">\nTo: <talk.inner@forum.example>\nMessage-ID: <r" + fmt.Sprint(i) + "@x.example>\nReferences: " + c.cites + "\nSubject: Re: Asked\n\nAn answer.\n"
		if err := w.deliver(otto, []string{"talk.inner@forum.example"}, raw); err != nil {
			t.Fatal(err)
		}
		p, err := w.forum.ReadTopic(t.Context(), w.admin, topic.ID, 0)
		w.must(err)
		if len(p.Posts) != c.posts {
			t.Errorf("%s: %d posts", c.cites, len(p.Posts))
		}
	}
	if p, err := w.forum.ReadTopic(t.Context(), w.admin, secret.ID, 0); err != nil || len(p.Posts) != 1 {
		t.Errorf("the secret has %d posts, %v", len(p.Posts), err)
	}
}

// TestP22OptOutByMail: a mail to the privacy address stops optional messages of whom it provably comes from, and is answered (P22);
// of nobody else, and not what it does not clearly ask for.
func TestP22OptOutByMail(t *testing.T) { onBoth(t, privacyAddress) }

func privacyAddress(t *testing.T, w *world) {
	const otto, olga = "otto@members.example", "olga@elsewhere.example"
	by := w.members("otto")["otto"]
	outs := func() (n int) {
		rows, err := w.forum.ReadOptOuts(t.Context(), by)
		w.must(err)
		return len(rows)
	}
	w.dns.set("members.example", "none")
	w.dns.set("_dmarc.members.example", "none")
	if err := w.send(otto, "privacy@forum.example", "1@x.example", "Unsubscribe", "please"); err != nil || outs() != 0 {
		t.Errorf("unproved: %v, %d", err, outs())
	}
	for _, domain := range []string{"members.example", "elsewhere.example"} {
		w.dns.set(domain, "v=spf1 ip4:127.0.0.1 -all")
		w.dns.set("_dmarc."+domain, "v=DMARC1; p=reject")
	}
	for range 2 {
		w.must(w.send(olga, "privacy@forum.example", "2@x.example", "Unsubscribe", "please"))
		w.must(w.send(otto, "privacy@forum.example", "3@x.example", "A question", "What do you keep about me?"))
	}
	if outs() != 0 {
		t.Errorf("a question opts out: %d", outs())
	}
	w.must(w.forum.Grant(t.Context(), w.admin, w.admin.Member, forum.PrivacyOfficer))
	if desk, err := w.forum.ReadRequests(t.Context(), w.as(w.admin.Member)); err != nil || len(desk.Open) != 2 {
		t.Errorf("what is not clear waits for people: %+v, %v", desk, err)
	}
	for range 2 {
		w.must(w.send(otto, "privacy@forum.example", "4@x.example", "Bitte abmelden", "Danke"))
	}
	if optional := len(slices.DeleteFunc(slices.Clone(forum.NoticeKinds), func(k forum.NoticeKind) bool { return k.Needful })); outs() != optional || optional == 0 {
		t.Errorf("%d of %d kinds are stopped", outs(), optional)
	}
	w.await(otto, "no more optional messages")
	if _, page := w.ask("GET", "/staff/outbox", w.session("admin")); strings.Contains(page, "no optional messages") {
		t.Error("who wants none is told to administrators")
	}
	if _, err := w.forum.CreateGroup(t.Context(), w.admin, forum.GroupDraft{Slug: "privacy", Name: "Privacy"}); forum.KindOf(err) != forum.Invalid {
		t.Errorf("a group takes the address: %v", err)
	}
	if _, page := w.ask("GET", "/account/mail/came", w.session("otto")); !strings.Contains(page, "write to privacy@forum.example") || strings.Count(page, ">command<") != 2 || strings.Contains(page, "no value") {
		t.Errorf("what came from him: %s", content(page))
	}
}
