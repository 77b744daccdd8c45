package mail

import (
	"cmp"
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
)

// TestHouseReadsNoListMail: in whatever form a mail of ours comes to the house, administrators get neither its words, its subject
// nor its reader's tokens; what the mail says itself they do.
func TestHouseReadsNoListMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Base = "https://forum.example"
	const long = "abcdefgh234567mnabcdefgh234567mnabcdefgh234567mn"
	ours := "Return-Path: <bounce+" + long + "abcdefgh@forum.example>\nFrom: Otto via Talk <talk.inner@forum.example>\nReply-To: <reply+" + long + "@forum.example>\nSubject: [Inner] TITLECANARY\nMessage-ID: <post.17@forum.example>\n" +
		"List-Id: Talk <talk.inner.forum.example>\nList-Unsubscribe: <https://forum.example/unsubscribe/" + long + ">\n\nWORDCANARY\n-- \nhttps://forum.example/mute/" + long + "\n"
	fields, _, _ := strings.Cut(ours, "\n\n")
	mixed := func(parts ...string) string {
		return "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + strings.Join(parts, "\n--b\n") + "\n--b--\n"
	}
	report := func(kind string, parts ...string) string {
		return strings.Replace(mixed(parts...), "multipart/mixed", "multipart/report; report-type="+kind, 1)
	}
	const said, human = "PLAINSAID", "Content-Type: text/plain\n\nPLAINSAID of it.\n"
	coded := base64.StdEncoding.EncodeToString([]byte(ours))
	for what, c := range map[string]struct{ from, raw, want string }{
		"a complaint":               {"x@isp.example", report("feedback-report", human, "Content-Type: message/feedback-report\n\nFeedback-Type: other\nOriginal-Mail-From: <bounce+"+long+"@forum.example>\nOriginal-Rcpt-To: <otto@members.example>\n", "Content-Type: message/rfc822\n\n"+ours), "feedback-type: other"},
		"a bounce":                  {"", report("delivery-status", human, "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\nX-Original-Message-ID: <post.17@forum.example>\n\nFinal-Recipient: rfc822; otto@members.example\nAction: failed\nStatus: 5.1.1\n", "Content-Type: message/rfc822\n\n"+ours), "status: 5.1.1"},
		"a bounce with the header":  {"x@mx.example", report("delivery-status", human, "Content-Type: message/delivery-status\n\nStatus: 4.2.2\n", "Content-Type: text/rfc822-headers\n\n"+fields), "status: 4.2.2"},
		"a bounce in plain text":    {"", "\nPLAINSAID of it.\n\n--- Below this line is a copy of the message.\n\n" + ours, said},
		"a bounce without a line":   {"", "\nPLAINSAID of it.\n\n" + ours, said},
		"a bounce that says what":   {"", "\nPLAINSAID of it.\nSubject: [Inner] TITLECANARY\n\nWORDCANARY", said},
		"a bounce in two texts":     {"", mixed(human, "Content-Type: text/plain\n\n"+ours), said},
		"forwarded":                 {"otto@members.example", mixed(human, "Content-Type: message/rfc822\n\n"+ours), said},
		"forwarded as a file":       {"otto@members.example", mixed(human, "Content-Type: application/octet-stream; name=mail.eml\n\n"+ours), said},
		"forwarded in base64":       {"otto@members.example", mixed(human, "Content-Type: application/x-mail\nContent-Transfer-Encoding: base64\n\n"+coded), said},
		"a digest of it":            {"otto@members.example", mixed(human, "Content-Type: multipart/digest; boundary=c\n\n--c\n\n"+ours+"--c--\n"), said},
		"within an alternative":     {"otto@members.example", mixed(human, "Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: message/rfc822\n\n"+ours+"--c--\n"), said},
		"copied into the text":      {"spam@cop.example", "\nPLAINSAID of it.\n\n> " + strings.ReplaceAll(ours, "\n", "\n> "), said},
		"copied in base64":          {"spam@cop.example", "Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("PLAINSAID of it.\n\n"+ours)), said},
		"the mail itself":           {"otto@members.example", "Content-Type: message/rfc822\n\n" + ours, ""},
		"of too many levels":        {"otto@members.example", strings.ReplaceAll(strings.TrimPrefix(unclosed("", 20, "b%d"), ""), "\r\n", "\n") + ours, ""},
		"a report of it":            {"", strings.ReplaceAll(strings.TrimPrefix(unclosed("", 20, "b%d"), ""), "\r\n", "\n") + ours, ""},
		"tokens in a person's text": {"otto@members.example", "\nPLAINSAID of reply+" + long + "@forum.example and https://forum.example/unsubscribe/" + long + " and https://forum.example/mute/" + long, said},
		"tokens in its header":      {"otto@members.example", "Cc: <reply+" + long + "@forum.example>\n\nPLAINSAID", said},
		"a picture":                 {"otto@members.example", mixed(human, "Content-Type: image/png; name=shown.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="), "iVBORw0KGgo="},
	} {
		subject := "PLAINSUBJECT"
		if c.from == "" || strings.Contains(c.raw, "multipart/report") {
			subject = "FW: [Inner] TITLECANARY"
		}
		raw := crlf([]byte("From: <" + cmp.Or(c.from, "mailer-daemon@mx.example") + ">\nTo: <abuse@forum.example>\nMessage-ID: <" + strings.ReplaceAll(what, " ", "-") + "@x.example>\nSubject: " + subject + "\n" + c.raw))
		h.verdict = Verdict{DMARC: "none"}
		if got := code(t, h.Data(t.Context(), Envelope{From: c.from, To: []string{"abuse@forum.example"}}, raw)); got != "" {
			t.Errorf("%s: answered %q", what, got)
		}
		all, err := h.HouseMails(t.Context(), h.Admin, 0, 1)
		if err != nil || len(all) != 1 {
			t.Fatal(what, err)
		}
		_, kept, err := h.ReadHouseMail(t.Context(), h.Admin, all[0].ID)
		if err != nil {
			t.Fatal(what, err)
		}
		for _, secret := range []string{"CANARY", "abcdefgh234567mn", "post.17", "talk.inner", coded[:40], coded[len(coded)/2:]} {
			if strings.Contains(string(kept), secret) {
				t.Errorf("%s: %q is kept:\n%s", what, secret, kept)
			}
		}
		if !strings.Contains(string(kept), c.want) || !strings.Contains(string(kept), strings.ReplaceAll(what, " ", "-")+"@x.example") || !strictLines(kept) {
			t.Errorf("%s: kept is\n%s", what, kept)
		}
		if _, _, words := Skim(kept); c.want == said && !strings.Contains(words, said) {
			t.Errorf("%s: shown as %q", what, words)
		}
	}
}

// TestWithheldKeepsTheRest: mails that enclose none read as they did.
func TestWithheldKeepsTheRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, one := range specimens(t) {
		raw := eml(t, "corpus/"+one.File)
		from, subject, words := Skim(raw)
		gotFrom, gotSubject, gotWords := Skim(h.withheld(raw, false))
		if one.Error == "" && !one.Automatic && (gotFrom != from || gotSubject != subject || !strings.HasPrefix(gotWords, strings.TrimSpace(one.Text)[:min(len(one.Text), 5)])) {
			t.Errorf("%s: %q %q\n%q, was %q %q\n%q", one.File, gotFrom, gotSubject, gotWords, from, subject, words)
		}
	}
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		kept := string(h.withheld(bounced(t, strings.TrimSuffix(filepath.Base(name), ".eml"), strings.Repeat("abcdefgh", 7)), true))
		if strings.Contains(kept, "[Inner]") || strings.Contains(kept, "Words.") || strings.Contains(kept, "abcdefgh") {
			t.Errorf("%s is kept as\n%s", name, kept)
		}
	}
}
