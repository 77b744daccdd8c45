package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// TestP26Processors: the program sends data to nobody of whom the public register does not say who it is, and says what to do.
func TestP26Processors(t *testing.T) {
	t.Parallel()
	dir := "--data-dir=" + t.TempDir()
	c := &Config{Listen: "127.0.0.1", DataDir: strings.TrimPrefix(dir, "--data-dir="), SMTPListen: "off", SMTPURL: "smtp://relay.example:587"}
	if _, err := start(t.Context(), c, parts{Out: io.Discard, Log: slog.New(slog.DiscardHandler), Now: time.Now}); err == nil || !strings.Contains(err.Error(), "SMTP_URL leads to another machine") || !strings.Contains(err.Error(), "admin processor relay") {
		t.Fatalf("it starts, or does not say why not: %v", err)
	}
	if out, err := operate(t, "admin", "processor", "post", "--who", "x", "--country", "x", "--safeguard", "x", dir); err == nil {
		t.Errorf("a service that is none: %s", out)
	}
	if out, err := operate(t, "admin", "processor", "relay", "--who", "Post Ltd", "--country", "Netherlands", "--safeguard", " ", dir); err == nil {
		t.Errorf("without a safeguard: %s", out)
	}
	if out, err := operate(t, "admin", "processor", "relay", "--who", "Post Ltd", "--country", "Netherlands", "--safeguard", "Contract of 2026", dir); err != nil || !strings.Contains(out, "Post Ltd") {
		t.Fatalf("%q %v", out, err)
	}
	w := begin(t, "sqlite", func(own *Config) { own.DataDir, own.SMTPURL = c.DataDir, c.SMTPURL })
	_, page := w.ask("GET", "/providers", "")
	for _, words := range []string{"Mail relay", "Post Ltd", "Netherlands", "Contract of 2026"} {
		if !strings.Contains(page, words) {
			t.Errorf("not said: %s: %s", words, content(page))
		}
	}
	if strings.Contains(page, "Search server") {
		t.Error("a service that is not used is listed")
	}
	w.members("otto")
	form := url.Values{"service": {"search"}, "company": {"Find AG"}, "country": {""}, "safeguard": {"Contract"}}
	if status, _ := w.post(w.session("otto"), "/staff/providers", form); status != http.StatusForbidden {
		t.Errorf("a member: %d", status)
	}
	admin := w.session("admin")
	if status, page := w.post(admin, "/staff/providers", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "search-country-error") || !strings.Contains(page, "Find AG") || !strings.Contains(page, "Post Ltd") {
		t.Errorf("without a country: %d %s", status, content(page))
	}
	form.Set("country", "Switzerland")
	if status, _ := w.led(admin, "/staff/providers", form); status != http.StatusSeeOther {
		t.Errorf("named: %d", status)
	}
	known, err := w.forum.ReadProcessors(t.Context())
	if w.must(err); len(known) != 2 || known[1] != (forum.Processor{Name: "search", Who: "Find AG", Country: "Switzerland", Safeguard: "Contract", ChangedAt: known[1].ChangedAt}) {
		t.Errorf("%+v", known)
	}
}
