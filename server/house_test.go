package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

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
	w.must(w.send("eve@elsewhere.example", "Postmaster@forum.example", "1@elsewhere.example", "A <b>fault</b>", "house-canary <script>alert(1)</script>"))
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
	if _, page := w.ask("GET", "/staff", admin); !strings.Contains(page, "/staff/mail") {
		t.Error("no way leads there")
	}
	all, err := w.forum.HouseMails(t.Context(), w.admin, 0, 10)
	w.must(err)
	path := fmt.Sprintf("/staff/mail/%d", all[1].ID)
	if status, page := w.ask("GET", path, admin); status != http.StatusOK || !strings.Contains(page, "house-canary &lt;script&gt;") || !strings.Contains(page, "A &lt;b&gt;fault&lt;/b&gt;") || !strings.Contains(page, "eve@elsewhere.example") || strings.Contains(page, "<script>alert") {
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
