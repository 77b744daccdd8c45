package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"peergroups/forum"
)

// TestP33Retention: everybody reads what is held about people and for how long; staff set periods within bounds, see what would go and what went, and
// take the record of processing as CSV and JSON.
func TestP33Retention(t *testing.T) { onBoth(t, retention) }

func retention(t *testing.T, w *world) {
	w.members("otto")
	admin, otto := w.session("admin"), w.session("otto")
	if _, page := w.ask("GET", "/privacy", ""); !strings.Contains(page, "90 days") || !strings.Contains(page, "10 years") || strings.Contains(page, "period.") || strings.Contains(page, "no value") {
		t.Errorf("the public table: %s", content(page))
	}
	if status, page := w.ask("GET", "/staff/retention", admin); status != http.StatusOK || !strings.Contains(page, "Would go now") || strings.Contains(page, "no value") {
		t.Errorf("the report: %d %s", status, content(page))
	}
	form := url.Values{"period": {"news"}, "days": {"9999"}, "reason": {"shorter is enough"}}
	if status, _ := w.post(otto, "/staff/retention", form); status != http.StatusForbidden {
		t.Errorf("a member sets it: %d", status)
	}
	if status, page := w.post(admin, "/staff/retention", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "news-days-error") || !strings.Contains(page, `value="9999"`) {
		t.Errorf("out of bounds: %d %s", status, content(page))
	}
	form.Set("days", "30")
	if status, _ := w.led(admin, "/staff/retention", form); status != http.StatusSeeOther {
		t.Errorf("set: %d", status)
	}
	if _, page := w.ask("GET", "/privacy", ""); !strings.Contains(page, "30 days") {
		t.Errorf("the public table does not know: %s", content(page))
	}
	status, text := w.ask("GET", "/staff/data/csv", admin)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) < 50 || rows[0][0] != "table" {
		t.Errorf("as CSV: %d, %d rows, %v", status, len(rows), err)
	}
	status, text = w.ask("GET", "/staff/data/json", admin)
	var record struct {
		Organisation string
		Data         []map[string]string
	}
	if err := json.Unmarshal([]byte(text), &record); status != http.StatusOK || err != nil || record.Organisation == "" || len(record.Data) != len(rows)-1 {
		t.Errorf("as JSON: %d, %d, %v", status, len(record.Data), err)
	}
	personal := 0
	for _, d := range append(forum.Data, forum.Copies...) {
		if d.Kind != forum.NotPersonal {
			personal++
		}
	}
	if personal != len(record.Data) {
		t.Errorf("%d rows of %d", len(record.Data), personal)
	}
}
