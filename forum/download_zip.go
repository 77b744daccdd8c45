package forum

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// WriteDownload writes everything that is held about who holds the session, as a ZIP: README.txt, everything.json and the
// files. words gives the sentence of a key of the catalogue. It is made while it is taken and stands nowhere; what is in
// it is asked in the member's name, piece by piece, and it breaks off when the session ends.
func (f *Forum) WriteDownload(ctx context.Context, session string, words func(key string, args ...any) string, to io.Writer) (err error) {
	defer during(&err, "write download")
	o, err := f.ReadOrganisation(ctx)
	if err != nil {
		return err
	}
	d := download{f: f, session: session, words: words}
	if d.days, err = f.ReadPeriods(ctx); err != nil {
		return err
	}
	if err = d.still(ctx); err != nil {
		return err
	}
	d.zip = zip.NewWriter(&watched{ctx: ctx, d: &d, to: to, at: f.instant()})
	if err = d.text("README.txt", words("download.readme", "Org", o.Name, "Contact", o.Contact, "Name", d.a.Name)+"\n"); err != nil {
		return err
	}
	if err = d.data(ctx, o.Name); err != nil {
		return err
	}
	if err = d.page(ctx, o.Name); err != nil {
		return err
	}
	for i := range sections {
		if sections[i].files {
			if err = d.files(ctx, &sections[i]); err != nil {
				return err
			}
		}
	}
	if err = d.mails(ctx); err != nil {
		return err
	}
	return d.zip.Close()
}

// download is one that is under way.
type download struct {
	f       *Forum
	a       Actor
	session string
	words   func(key string, args ...any) string
	days    map[string]int // of Periods
	zip     *zip.Writer
}

// still loads the actor anew, and ends the download of who has no session any more.
func (d *download) still(ctx context.Context) error {
	a, err := d.f.ActorOf(ctx, d.session)
	if err == nil && (a.Member == 0 || d.a.Member != 0 && a.Member != d.a.Member) {
		err = Refuse(Forbidden, "error.sign-in-first")
	}
	d.a = a
	return err
}

// watched asks now and then, while a slow reader takes it, whether the session is still there.
type watched struct {
	ctx context.Context
	d   *download
	to  io.Writer
	at  Instant
}

func (w *watched) Write(b []byte) (int, error) {
	if now := w.d.f.instant(); now > w.at.add(time.Second) {
		if w.at = now; w.d.still(w.ctx) != nil {
			return 0, Refuse(Forbidden, "error.sign-in-first")
		}
	}
	return w.to.Write(b)
}

func (d *download) entry(name string, method uint16) (io.Writer, error) {
	return d.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: d.f.now().UTC()})
}

func (d *download) text(name, words string) error {
	w, err := d.entry(name, zip.Deflate)
	if err == nil {
		_, err = io.WriteString(w, words)
	}
	return err
}

func (d *download) data(ctx context.Context, org string) error {
	w, err := d.entry("everything.json", zip.Deflate)
	if err != nil {
		return err
	}
	j := piecewise{to: w}
	j.put(`{"organisation": `, org)
	j.put(`, "made_at": `, d.f.now().UTC().Format(time.RFC3339))
	j.put(`, "sections": [`, nil)
	for i := range sections {
		if i > 0 {
			j.put(", ", nil)
		}
		d.section(ctx, &j, &sections[i])
	}
	j.put("]}\n", nil)
	return j.err
}

func (d *download) section(ctx context.Context, j *piecewise, s *section) {
	_, about := s.declared()
	j.put(`{"name": `, s.called())
	j.put(`, "purpose": `, d.words(about.Purpose))
	j.put(`, "kept": `, RetentionWords(d.words, d.days, about.Retention))
	j.put(`, "rows": [`, nil)
	comma := ""
	err := d.each(ctx, s, func(row map[string]any) error {
		j.put(comma, row)
		comma = ", "
		return j.err
	})
	j.err = either(j.err, err)
	j.put("]}", nil)
}

// each gives the rows of a section, one after the other.
func (d *download) each(ctx context.Context, s *section, give func(row map[string]any) error) error {
	for last, more := []any(nil), true; more; {
		if err := d.still(ctx); err != nil {
			return err
		}
		rows, next, err := s.rows(ctx, d.f.store.read, d.a, last)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if s.files {
				row["file"] = s.path(row["id"], fmt.Sprint(row["name"]))
			}
			if err := give(row); err != nil {
				return err
			}
		}
		last, more = next, len(rows) == mostOfDownload
	}
	return nil
}

// page writes the same to be read by people, as a page of HTML that fetches nothing.
func (d *download) page(ctx context.Context, org string) error {
	w, err := d.entry("everything.html", zip.Deflate)
	put := func(format string, args ...any) {
		for i := range args {
			args[i] = html.EscapeString(fmt.Sprint(args[i]))
		}
		if err == nil {
			_, err = fmt.Fprintf(w, format, args...)
		}
	}
	put(`<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%[1]s</title>
<style>body{font:1rem/1.5 sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}dt{color:#666;float:left;clear:left;width:11rem}dd{margin:0 0 0 12rem;white-space:pre-wrap;overflow-wrap:anywhere}dl{border-top:1px solid #ccc;padding-top:.6rem}</style></head>
<body><h1>%[1]s: %[2]s</h1>`, org, d.a.Name)
	for i := range sections {
		s := &sections[i]
		_, about := s.declared()
		some := false
		err = either(err, d.each(ctx, s, func(row map[string]any) error {
			if !some {
				put("<h2>%s</h2><p>%s. %s</p>", d.words("data.what."+s.table), d.words(about.Purpose), RetentionWords(d.words, d.days, about.Retention))
			}
			some = true
			put("<dl>")
			for _, c := range slices.Sorted(maps.Keys(row)) {
				if v := row[c]; v != nil && v != "" && !strings.HasSuffix(c, "_id") && c != "id" {
					put("<dt>%s</dt><dd>%s</dd>", strings.ReplaceAll(c, "_", " "), v)
				}
			}
			put("</dl>")
			return err
		}))
	}
	put("</body></html>\n")
	return err
}

// piecewise writes JSON bit by bit; the first thing that goes wrong ends it.
type piecewise struct {
	to  io.Writer
	err error
}

func (j *piecewise) put(text string, v any) {
	if j.err == nil && text != "" {
		_, j.err = io.WriteString(j.to, text)
	}
	if j.err != nil || v == nil {
		return
	}
	e := json.NewEncoder(j.to)
	e.SetEscapeHTML(false)
	j.err = e.Encode(v)
}

// path is where the bytes of a file stand in the download.
func (s *section) path(id any, name string) string {
	return s.table + "/" + fmt.Sprint(id) + "-" + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_. ()", r) {
			return r
		}
		return '_'
	}, name)
}

// files writes the bytes of a section's rows. What was deleted meanwhile is not there.
func (d *download) files(ctx context.Context, s *section) error {
	for last, more := int64(0), true; more; {
		if err := d.still(ctx); err != nil {
			return err
		}
		var rows []struct {
			ID          int64 `bun:"id"`
			Name, Shelf string
		}
		if err := d.f.store.read.scan(ctx, &rows, "SELECT t.id, t.name, t.shelf FROM "+s.table+" AS t WHERE ("+s.whose+") AND t.id > ?1 ORDER BY t.id LIMIT ?2", d.a.Member, last, mostOfDownload); err != nil {
			return err
		}
		for _, row := range rows {
			last = row.ID
			if err := d.still(ctx); err != nil {
				return err
			}
			if err := d.file(ctx, s.path(row.ID, row.Name), row.Shelf); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		more = len(rows) == mostOfDownload
	}
	return nil
}

// mails writes the mails that the member sent and that are kept, as they came, one after the other: each can be large.
func (d *download) mails(ctx context.Context) error {
	for last := int64(0); ; {
		if err := d.still(ctx); err != nil {
			return err
		}
		var rows []struct {
			ID  int64 `bun:"id"`
			Raw []byte
		}
		if err := d.f.store.read.scan(ctx, &rows, "SELECT t.id, t.raw FROM arrivals t WHERE t.member_id = ?0 AND t.id > ?1 AND "+keptMail+" ORDER BY t.id LIMIT ?2",
			d.a.Member, last, 1, nil, placeGate(d.a, "g")); err != nil || len(rows) == 0 {
			return err
		}
		last = rows[0].ID
		raw, err := unpack(rows[0].Raw, math.MaxInt64)
		if err != nil {
			return err
		}
		if err := d.text("arrivals/"+decimal(last)+".eml", string(raw)); err != nil {
			return err
		}
	}
}

func (d *download) file(ctx context.Context, name, shelf string) error {
	b, _, err := d.f.shelf.Get(ctx, shelf)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	w, err := d.entry(name, zip.Store) // pictures and documents are packed already
	if err == nil {
		_, err = io.Copy(w, struct{ io.Reader }{b}) // in small pieces
	}
	return err
}
