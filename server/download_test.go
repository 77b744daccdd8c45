package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum/forumtest"
)

// TestTakeOwnData: with the password a member gets one ZIP of all that is held about them, with words to read; with
// another the form says so. A mail tells them.
func TestTakeOwnData(t *testing.T) { onBoth(t, takeOwnData) }

func takeOwnData(t *testing.T, w *world) {
	people := w.members("vera")
	c := w.client()
	c.login("vera", nil)
	if status, page := c.get("/account/data"); status != http.StatusOK || !strings.Contains(page, "Take with you everything that is held about you") {
		t.Fatalf("the page: %d", status)
	}
	if status, page := c.post("/account/data", url.Values{"password": {"wrong"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "password-error") || c.head.Get("Content-Disposition") != "" {
		t.Errorf("a wrong password: %d", status)
	}
	status, body := c.post("/account/data", url.Values{"password": {forumtest.Password}})
	if h := c.head; status != http.StatusOK || h.Get("Content-Type") != "application/zip" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=vera-") || h.Get("Cache-Control") != "no-store" {
		t.Fatal(status, c.head)
	}
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	w.must(err)
	in := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		text, err := io.ReadAll(r)
		w.must(err)
		in[f.Name] = string(bytes.TrimSpace(text))
	}
	if !strings.Contains(in["README.txt"], "everything.json") || strings.Contains(in["README.txt"], "{{") || !json.Valid([]byte(in["everything.json"])) || !strings.Contains(in["everything.json"], people["vera"].Handle+"@") {
		t.Errorf("in it: %q", in)
	}
	w.await("vera@members.example", "Your data were downloaded")
}
