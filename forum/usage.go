package forum

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// How the site is used is measured by the site alone, and without a cookie (P11). A view is kept until its day is over; people are told
// apart by a hash of their address under a salt of the day, which goes with the day. What remains is counts (usage_count.go).

// View is a page that was answered, or a form that was done, as the web door notes it. Address tells people apart and is not kept: of IPv6 the
// network of a host, since a browser can be made up, and so can an address within it.
type View struct {
	At                                       Instant
	Address                                  string
	Feature                                  bool   // a form that was done; of it Page alone is counted
	Page                                     string // pattern of the route, which names nothing
	Language, Browser, System, Site, Network string // "": not known; Site: host of another site that led here
}

// Used is what the door noted within a moment.
type Used struct {
	Views    []View
	Requests []Requested
	Dropped  int // views and requests that it could not keep up with
}

// usageDay names the day of UTC in which an instant is: 20261130.
func usageDay(i Instant) int64 {
	t := i.Time()
	return int64(t.Year()*10000 + int(t.Month())*100 + t.Day())
}

// dayOfUsage is the instant at which the day of a name begins.
func dayOfUsage(day int64) Instant {
	return At(time.Date(int(day/10000), time.Month(day/100%100), int(day%100), 0, 0, 0, 0, time.UTC))
}

// RecordUse writes down what the door noted: in one commit, and nobody waits for it. What is of a day that was counted already is left out.
func (f *Forum) RecordUse(ctx context.Context, u Used) error {
	return f.write(ctx, "record use", func(w *writer) error {
		days := map[int64][]View{}
		for _, v := range u.Views {
			days[usageDay(v.At)] = append(days[usageDay(v.At)], v)
		}
		if u.Dropped > 0 && len(days) == 0 {
			days[usageDay(w.now)] = nil
		}
		for day, views := range days {
			if err := w.recordViews(day, views); err != nil {
				return err
			}
		}
		if u.Dropped > 0 {
			if err := w.exec("UPDATE usage_days SET dropped = dropped + ? WHERE id = (SELECT max(id) FROM usage_days)", u.Dropped); err != nil {
				return err
			}
		}
		return w.recordRequests(u.Requests)
	})
}

func (w *writer) recordViews(day int64, views []View) error {
	if err := w.exec("INSERT INTO usage_days (id, salt) VALUES (?, ?) ON CONFLICT DO NOTHING", day, rand.Text()+rand.Text()); err != nil {
		return err
	}
	if err := w.lockRow("usage_days", day); err != nil { // the day is not counted meanwhile
		return err
	}
	var salt string
	if err := w.one(&salt, "SELECT salt FROM usage_days WHERE id = ?", day); err != nil || salt == "" {
		return err
	}
	rows, people := make([][]any, len(views)), map[string]string{} // most are of few
	for i, v := range views {
		if people[v.Address] == "" {
			people[v.Address] = personOf(salt, v)
		}
		rows[i] = []any{w.id(), day, people[v.Address], int64(v.At), bit(v.Feature), v.Page, v.Language, v.Browser, v.System, v.Site, v.Network}
	}
	return w.insert("usage_views (id, day, person, at, feature, page, language, browser, os, site, network)", rows)
}

// personOf tells one person of a day from another, and nothing else: the salt is gone when the day is.
func personOf(salt string, v View) string {
	h := hmac.New(sha256.New, []byte(salt))
	h.Write([]byte(v.Address))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}

// insert writes many rows by few questions, whose texts are known the next time: none of their values stands in them. INTO names the table and its columns.
func (w *writer) insert(into string, rows [][]any) error {
	for n := 32; len(rows) > 0; {
		for n > len(rows) {
			n /= 2
		}
		var args []any
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if err := w.plainly(w.f.store.places(into, len(rows[0]), n), args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// places is the text of an INSERT of so many rows.
func (s *Store) places(into string, columns, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + into + " VALUES ")
	for i := range columns * rows {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		if s.read.numbered {
			b.WriteString("$" + strconv.Itoa(i+1))
		} else {
			b.WriteString("?")
		}
	}
	return b.String() + ")"
}

// plainly runs a question that is written for the database as it is.
func (w *writer) plainly(text string, args []any) error {
	if err := w.asker.Err(); err != nil {
		return err
	}
	store := w.f.store
	if s := store.kept.known(text); s != nil {
		_, err := w.tx.StmtContext(w.ctx, s).ExecContext(w.ctx, args...) //nolint:sqlclosecheck // it is kept for the next time
		return err
	}
	if !store.read.numbered {
		w.texts = append(w.texts, text)
	}
	_, err := w.tx.Tx.ExecContext(w.ctx, text, args...)
	return err
}
