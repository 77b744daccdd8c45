package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestHouseMailOnTheWeb: what comes to postmaster@ is taken over SMTP from anybody and read by administrators on pages; they are
// told by a mail without its words; nobody else sees that it came, and its sender gets no answer.
func TestHouseMailOnTheWeb(t *testing.T) { onBoth(t, houseMailOnTheWeb) }

func houseMailOnTheWeb(t *testing.T, w *world) {
	w.members("otto", "dora")
	open, _, _ := w.group("open", forum.PublicToRead)
	w.enter(open, w.admin)
	w.dns.set("elsewhere.example", "v=spf1 ip4:127.0.0.1 -all")
	w.must(w.send("eve@elsewhere.example", "Postmaster@forum.example", "1@elsewhere.example", "A <b>fault</b>&bcc=eve@elsewhere.example", "house-canary <script>alert(1)</script>"))
	w.must(w.send("eve@elsewhere.example", "ABUSE@forum.example", "2@elsewhere.example", "A complaint", "house-canary too"))
	note := w.await("admin@members.example", "A mail to postmaster or abuse came")
	if !strings.Contains(note.Text, "/staff/mail") || strings.Contains(note.Text+note.HTML, "canary") || strings.Contains(note.Text, "elsewhere.example") {
		t.Errorf("the note: %s", note.Text)
	}
	admin, otto := w.session("admin"), w.session("otto")
	_, list := w.ask("GET", "/staff/mail", admin)
	if strings.Count(list, `href="/staff/mail/`) != 2 || !strings.Contains(list, "postmaster@forum.example") || !strings.Contains(list, "abuse@forum.example") || strings.Contains(list, "canary") || strings.Contains(list, "eve@") {
		t.Errorf("the list: %s", content(list))
	}
	if _, page := w.ask("GET", "/staff", admin); !strings.Contains(page, "/staff/mail") || strings.Contains(page, "SMTP_") {
		t.Errorf("no way leads there: %s", content(page))
	}
	all, err := w.forum.HouseMails(t.Context(), w.admin, 0, 10)
	w.must(err)
	path := fmt.Sprintf("/staff/mail/%d", all[1].ID)
	if status, page := w.ask("GET", path, admin); status != http.StatusOK || !strings.Contains(page, "house-canary &lt;script&gt;") || !strings.Contains(page, "A &lt;b&gt;fault&lt;/b&gt;") || strings.Contains(page, "&amp;bcc=eve@elsewhere.example\">") || strings.Contains(page, "fault%3C/b%3E&") || !strings.Contains(page, `href="mailto:eve@elsewhere.example?subject=Re%3A%20A%20%3Cb%3Efault%3C%2Fb%3E%26bcc%3Deve@elsewhere.example"`) || strings.Contains(page, "<script>alert") {
		t.Errorf("its page: %d %s", status, content(page))
	}
	answer, raw := w.fetch(path+"/raw", admin)
	if answer.StatusCode != http.StatusOK || !strings.Contains(raw, "Message-ID: <1@elsewhere.example>") || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("as it came: %+v %s", answer, raw)
	}
	for _, p := range []string{"/staff/mail", path, path + "/raw"} {
		for _, cookie := range []string{"", otto} {
			if status, page := w.ask("GET", p, cookie); status == http.StatusOK || strings.Contains(page, "canary") {
				t.Errorf("%s of others: %d", p, status)
			}
		}
	}
	if status, _ := w.ask("GET", fmt.Sprintf("/account/mail/came/%d", all[1].ID), otto); status != http.StatusNotFound {
		t.Errorf("by another door: %d", status)
	}
	if rows, _, err := w.forum.ReadFeed(t.Context(), w.admin, forum.Latest, forum.TopicCursor{}); err != nil || len(rows) != 0 {
		t.Errorf("it is posted: %+v %v", rows, err)
	}
	if n := w.to("eve@elsewhere.example"); n != 0 {
		t.Errorf("its sender gets %d answers", n)
	}
	if _, page := w.ask("GET", "/staff/outbox", admin); !strings.Contains(page, "for the administrators: 2") {
		t.Errorf("what came is not counted: %s", content(page))
	}
}

// TestHouseReadsNoListMail: a provider's complaint that encloses list mail of a hidden group, of whatever kind or age, shows
// administrators nothing of it.
func TestHouseReadsNoListMail(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	otto := w.members("otto")["otto"]
	g, b, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, otto)
	w.must(w.forum.Subscribe(t.Context(), otto, b.ID, forum.Each))
	_, err := w.forum.StartTopic(t.Context(), w.admin, b.ID, forum.Draft{Title: "TITLECANARY", Source: "WORDCANARY of our client.", Key: w.key()})
	w.must(err)
	m := w.await("otto@members.example", "TITLECANARY")
	for i, kind := range []string{"other", "not-spam", "abuse"} {
		if kind == "abuse" { // of a mail that is too old to be asked about
			w.offset.Add(int64(17 * 24 * time.Hour))
		}
		w.must(w.deliver("fbl@provider.example", []string{"abuse@forum.example"}, "From: <fbl@provider.example>\nTo: <abuse@forum.example>\nSubject: FW: "+m.GetHeader("Subject")+"\nMessage-ID: <"+fmt.Sprint(i)+"@p>\nMIME-Version: 1.0\n"+
			"Content-Type: multipart/report; report-type=feedback-report; boundary=bb\n\n--bb\nContent-Type: text/plain\n\nA report.\n--bb\nContent-Type: message/feedback-report\n\nFeedback-Type: "+kind+"\nUser-Agent: x/1\nVersion: 1\n\n"+
			"--bb\nContent-Type: message/rfc822\n\nReturn-Path: <"+m.from+">\n"+strings.ReplaceAll(string(m.raw), "\r\n", "\n")+"\n--bb--\n"))
	}
	rows, err := w.forum.HouseMails(t.Context(), w.admin, 0, 10)
	w.must(err)
	if len(rows) != 3 {
		t.Fatalf("%d mails are kept", len(rows))
	}
	for _, r := range rows {
		_, raw, err := w.forum.ReadHouseMail(t.Context(), w.admin, r.ID)
		w.must(err)
		if kept := string(raw); strings.Contains(kept, "CANARY") || strings.Contains(kept, "reply+") || strings.Contains(kept, "/unsubscribe/") || strings.Contains(kept, "bounce+") || !strings.Contains(kept, "A report.") {
			t.Errorf("an administrator reads\n%s", kept)
		}
	}
}

// TestStaffIsToldWhereMailStops: where no mail leaves, or none comes in, administrators read so, and how to mend it.
func TestStaffIsToldWhereMailStops(t *testing.T) {
	w := begin(t, "sqlite", func(c *Config) { c.SMTPURL, c.SMTPListen = "", "off" })
	if _, page := w.ask("GET", "/staff", w.session("admin")); !strings.Contains(page, "SMTP_URL") || !strings.Contains(page, "SMTP_LISTEN") {
		t.Errorf("staff: %s", content(page))
	}
}
