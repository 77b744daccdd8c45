package forum

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// PortalOptions say what kind of archive is written.
type PortalOptions struct {
	Program    string // version of the program
	Passphrase string // "": it is not encrypted
	Key        bool   // with the SECRET_KEY: only into one that is encrypted
	Other      bool   // for the body of the announced transfer, whose day has come
}

// PortalReport is what was written, read or brought in.
type PortalReport struct {
	Manifest PortalManifest
	Rows     map[string]int64 // by table
	Files    int
	Absent   []string // names of files that were taken away while the archive was written
	Chain    string   // hash over all entries: by it two archives are told apart
}

// exporting is an export under way.
type exporting struct {
	f   *Forum
	out *portalWriter
	tx  bun.Tx
	end portalEnd
	buf bytes.Buffer // rows of the table that is written
	n   int          // how many
	at  int          // entries of that table so far
}

// ExportPortal writes the whole portal as it is at one moment, while it goes on (P27). It holds one entry at a time. That it
// was done is in the log, whether or not it came to its end. The operator alone.
func (f *Forum) ExportPortal(ctx context.Context, by Actor, to io.Writer, o PortalOptions) (report PortalReport, err error) {
	defer during(&err, "export portal")
	if err := mayCarryPortal(by); err != nil {
		return report, err
	}
	if o.Key && o.Passphrase == "" {
		return report, errors.New("the SECRET_KEY goes into encrypted archives only")
	}
	m := PortalManifest{Format: portalFormat, Version: PortalVersion, Program: o.Program, Purpose: portalBackup, Key: o.Key, LeftOut: map[string]string{}}
	if o.Other {
		t, err := f.dueTransfer(ctx)
		if err != nil {
			return report, err
		}
		var waits int
		if err := one(ctx, f.store.read, &waits, "SELECT count(*) FROM account_erasures e WHERE e.asked_at < ? AND NOT "+fmt.Sprintf(heldByLaw, "e.member_id"), t.FromAt); err != nil {
			return report, err
		}
		if waits > 0 {
			return report, errors.New("members who asked for it in time wait for their accounts to be erased: write the archive when they are")
		}
		m.Purpose, m.To = portalTransfer, t.Body+", "+t.Place
	}
	out, err := newPortalWriter(to, o.Passphrase)
	if err != nil {
		return report, err
	}
	e := &exporting{f: f, out: out, end: portalEnd{Rows: map[string]int64{}}}
	err = f.store.snapshot(ctx, func(tx bun.Tx) error {
		e.tx = tx
		if err := f.write(ctx, "log export", func(w *writer) error { return w.log(by, "export-portal", 0, 0, strings.TrimSpace(m.Purpose+" "+m.To)) }); err != nil {
			return err
		}
		return e.all(ctx, &m)
	})
	if err = either(err, out.close()); err != nil {
		return report, err
	}
	return PortalReport{m, e.end.Rows, e.end.Files, e.end.Absent, e.end.Chain}, nil
}

func (e *exporting) all(ctx context.Context, m *PortalManifest) error {
	l, err := e.f.store.layout(ctx, e.tx)
	if err != nil {
		return err
	}
	m.MadeAt = e.f.now().UTC()
	if err := e.tx.NewRaw("SELECT max(name) FROM schema_migrations").Scan(ctx, &m.Schema); err != nil {
		return err
	}
	if err := e.tx.NewRaw("SELECT value FROM settings WHERE name = 'org.name'").Scan(ctx, &m.Organisation); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	m.tables(&l)
	head, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := e.out.bytes(manifestName, head); err != nil {
		return err
	}
	if m.Key {
		if err := e.out.bytes(keyName, e.f.secret); err != nil {
			return err
		}
	}
	for i := range m.Tables {
		if err := e.table(ctx, &m.Tables[i], &l, m.Key); err != nil {
			return fmt.Errorf("%s: %w", m.Tables[i].Name, err)
		}
	}
	if err := e.files(ctx); err != nil {
		return err
	}
	e.end.Entries, e.end.Chain = e.out.chain.n, e.out.chain.text()
	tail, err := json.Marshal(e.end)
	if err != nil {
		return err
	}
	return e.out.bytes(endName, tail)
}

// tables says which tables and columns the archive holds, and which not.
func (m *PortalManifest) tables(l *layout) {
	names, columns := declaredTables()
	for _, name := range inOrder(names, l.refers) {
		c := carriageOf(name)
		if c.why != "" && (!c.keyed || !m.Key) {
			m.LeftOut[name] = c.why
		}
		if c.rows(m.Key) == "" {
			continue
		}
		t := PortalTable{Name: name, Columns: columns[name]}
		for _, column := range t.Columns {
			t.Kinds = append(t.Kinds, l.kinds[name][column])
		}
		m.Tables = append(m.Tables, t)
	}
}

// table writes the rows of a table.
func (e *exporting) table(ctx context.Context, t *PortalTable, l *layout, key bool) (err error) {
	c := carriageOf(t.Name)
	source, order := make([]string, len(t.Columns)), make([]string, len(l.keys[t.Name]))
	for i, column := range t.Columns {
		source[i] = c.source(column)
	}
	for i, column := range l.keys[t.Name] {
		order[i] = "t." + e.f.store.inBytes(column, l.kinds[t.Name][column])
	}
	rows, err := e.tx.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM "%s" t WHERE %s ORDER BY %s`, strings.Join(source, ", "), t.Name, c.rows(key), strings.Join(order, ", ")))
	if err != nil {
		return err
	}
	defer func() { err = either(err, rows.Close()) }()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	for e.at = 0; rows.Next(); {
		if err := e.scan(rows, into, values, t); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return e.flush(t)
}

// scan reads a row, and takes it.
func (e *exporting) scan(rows *sql.Rows, into, values []any, t *PortalTable) error {
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return e.row(t, values)
}

// row takes a row, and writes an entry when there are enough of them.
func (e *exporting) row(t *PortalTable, values []any) error {
	before := e.buf.Len()
	if err := appendRow(&e.buf, values, t); err != nil {
		return err
	}
	if before > 0 && e.buf.Len() > portalMost/2 { // a long mail has an entry of its own
		last := bytes.Clone(e.buf.Bytes()[before:])
		e.buf.Truncate(before)
		if err := e.flush(t); err != nil {
			return err
		}
		e.buf.Write(last)
	}
	e.end.Rows[t.Name]++
	if e.n++; e.buf.Len() < portalChunk && e.n < portalRows {
		return nil
	}
	return e.flush(t)
}

// flush writes the rows that were taken as an entry.
func (e *exporting) flush(t *PortalTable) error {
	if e.buf.Len() == 0 {
		return nil
	}
	e.at++
	err := e.out.bytes(fmt.Sprintf("rows/%s/%08d.jsonl", t.Name, e.at), e.buf.Bytes())
	e.buf.Reset()
	e.n = 0
	return err
}

// files writes what the rows name on the shelf, by name.
func (e *exporting) files(ctx context.Context) (err error) {
	names, err := e.tx.QueryContext(ctx, fmt.Sprintf("SELECT x.shelf, x.thumb FROM (SELECT shelf, thumb FROM files UNION SELECT shelf, 0 FROM evidence) x ORDER BY %s", "x."+e.f.store.inBytes("shelf", "text")))
	if err != nil {
		return err
	}
	defer func() { err = either(err, names.Close()) }()
	for names.Next() {
		var name string
		var thumb int64
		if err := names.Scan(&name, &thumb); err != nil {
			return err
		}
		if err := e.file(ctx, name); err != nil {
			return err
		}
		if thumb != 0 {
			if err := e.file(ctx, name+thumbOf); err != nil {
				return err
			}
		}
	}
	return names.Err()
}

func (e *exporting) file(ctx context.Context, name string) error {
	if !shelfName.MatchString(name) { // it would be refused when it is read
		return fmt.Errorf("%q is no name of the shelf", name)
	}
	r, size, err := e.f.shelf.Get(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		e.end.Absent = append(e.end.Absent, name)
		return nil
	}
	if err != nil {
		return err
	}
	if size > portalMost {
		return either(r.Close(), fmt.Errorf("the file %s is larger than an archive takes (%d bytes)", name, size))
	}
	e.end.Files++
	return either(e.out.entry("files/"+name, size, io.LimitReader(r, size)), r.Close())
}

// appendRow writes a row as a line.
func appendRow(b *bytes.Buffer, values []any, t *PortalTable) error {
	for i, v := range values {
		sep := byte(',')
		if i == 0 {
			sep = '['
		}
		b.WriteByte(sep)
		s, isText := v.(string)
		if raw, is := v.([]byte); is && t.Kinds[i] == "text" {
			s, isText = string(raw), true
		}
		switch n, isNumber := v.(int64); {
		case v == nil:
			b.WriteString("null")
		case isNumber && t.Kinds[i] == "integer":
			b.Write(strconv.AppendInt(b.AvailableBuffer(), n, 10))
		case isText && t.Kinds[i] == "text" && isOdd(s):
			fmt.Fprintf(b, `{"base64":"%s"}`, base64.StdEncoding.EncodeToString([]byte(s)))
		case isText && t.Kinds[i] == "text":
			quote(b, s)
		case t.Kinds[i] == "bytes":
			raw, _ := v.([]byte)
			fmt.Fprintf(b, `"%s"`, base64.StdEncoding.EncodeToString(raw))
		default:
			return fmt.Errorf("%s holds a %T", t.Columns[i], v)
		}
	}
	b.WriteString("]\n")
	return nil
}

// isOdd tells of a text that not every database takes as one.
func isOdd(s string) bool { return !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 }

// quote writes a JSON string.
func quote(b *bytes.Buffer, s string) {
	const hex = "0123456789abcdef"
	b.WriteByte('"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b.WriteString(s[from:i])
		from = i + 1
		switch c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		default:
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	b.WriteString(s[from:])
	b.WriteByte('"')
}
