package forum_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

var (
	operator = forum.Actor{Roles: forum.Roles}
	withKey  = forum.PortalOptions{Passphrase: "everything is in it", Key: true}
)

// part is an entry of an archive.
type part struct{ name, body string }

// empty is a forum that nobody has set up.
func empty(t *testing.T, dialect string) (*forum.Forum, *forum.Store) {
	t.Helper()
	dsn := "sqlite:" + t.TempDir() + "/forum.db"
	if dialect == "postgres" {
		dsn = forumtest.Database(t)
	}
	store, err := forum.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return forum.New(store, forum.Options{Secret: []byte(strings.Repeat("k", 40))}), store
}

// export gives an archive, and its entries.
func export(t *testing.T, f *forum.Forum, o forum.PortalOptions) (archive []byte, parts []part) {
	t.Helper()
	var b bytes.Buffer
	if _, err := f.ExportPortal(t.Context(), operator, &b, o); err != nil {
		t.Fatal(err)
	}
	p, err := forum.OpenPortal(bytes.NewReader(b.Bytes()), o.Passphrase)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	head, err := json.Marshal(p.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	parts = append(parts, part{"manifest.json", string(head)})
	if err := p.Raw(func(name string, body []byte) { parts = append(parts, part{name, string(body)}) }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), parts
}

// bring imports an archive.
func bring(t *testing.T, f *forum.Forum, archive []byte, resume bool) error {
	t.Helper()
	_, err := f.ImportPortal(t.Context(), operator, func() (*forum.PortalReader, error) {
		return forum.OpenPortal(bytes.NewReader(archive), withKey.Passphrase)
	}, resume)
	return err
}

// tarred writes entries, as they are, and an end that fits them unless they have one.
func tarred(t testing.TB, parts []part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(name, body string) {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), Typeflag: tar.TypeReg}), func() error { _, err := io.WriteString(w, body); return err }()); err != nil {
			t.Fatal(err)
		}
	}
	var sum [32]byte
	rows, files, n := map[string]int{}, 0, 0
	for _, p := range parts {
		add(p.name, p.body)
		if p.name == "end.json" {
			continue
		}
		body := sha256.Sum256([]byte(p.body))
		sum = sha256.Sum256(slices.Concat(sum[:], []byte(p.name), []byte{0}, binary.BigEndian.AppendUint64(nil, uint64(len(p.body))), body[:]))
		if table, is := strings.CutPrefix(p.name, "rows/"); is {
			table, _, _ = strings.Cut(table, "/")
			rows[table] += strings.Count(p.body, "\n")
		}
		if strings.HasPrefix(p.name, "files/") {
			files++
		}
		n++
	}
	if !slices.ContainsFunc(parts, func(p part) bool { return p.name == "end.json" }) {
		end, _ := json.Marshal(map[string]any{"entries": n, "rows": rows, "files": files, "chain": hex.EncodeToString(sum[:])})
		add("end.json", string(end))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packed(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

// fill puts two rows into each table, with a value of its own in each column.
func fill(t *testing.T, store *forum.Store, m *forum.PortalManifest) map[string][]map[string]any {
	t.Helper()
	out, counter := map[string][]map[string]any{}, int64(5000)
	for _, table := range m.Tables {
		if table.Name == "log_entries" { // whose rows follow from one another
			continue
		}
		var refs []struct{ Own, Tab, Col string }
		if err := store.Reader().NewRaw(`SELECT f."from" AS own, f."table" AS tab, coalesce(f."to", '') AS col FROM pragma_foreign_key_list(?) f`, table.Name).Scan(t.Context(), &refs); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			row, columns, marks, values := map[string]any{}, []string{}, []string{}, []any{}
			for j, column := range table.Columns {
				counter++
				var v any = counter
				switch {
				case column == "shelf":
					v = fmt.Sprintf("abcdefghijklmnopqrstuvw%d%da", 2+i, 2+len(out)%6)
				case column == "thumb":
					v = int64(i)
				case table.Kinds[j] == "text":
					v = fmt.Sprintf("%s \"%d\" \\ é\u2028\n\t<b>", column, counter)
				case table.Kinds[j] == "bytes":
					v = []byte{0, 255, byte(counter)}
				}
				for _, r := range refs {
					if r.Own == column {
						v = out[r.Tab][i][r.Col]
					}
				}
				row[column] = v
				columns, marks, values = append(columns, `"`+column+`"`), append(marks, "?"), append(values, v)
			}
			if _, err := store.Writer().DB.ExecContext(t.Context(), fmt.Sprintf(`INSERT INTO "%s" (%s) VALUES (%s)`, table.Name, strings.Join(columns, ","), strings.Join(marks, ",")), values...); err != nil {
				t.Fatalf("%s: %v", table.Name, err)
			}
			out[table.Name] = append(out[table.Name], row)
		}
	}
	return out
}

// TestP27EveryColumnIsCarried: each column of the register of data is in the archive or its table is named as left out,
// and what stands in it comes over to the other database, and back, as it was.
func TestP27EveryColumnIsCarried(t *testing.T) {
	t.Parallel()
	f, store := empty(t, "sqlite")
	p := manifest(t, f)
	columns, err := store.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	carried := map[string]bool{}
	for _, table := range p.Tables {
		for _, c := range table.Columns {
			carried[table.Name+"."+c] = true
		}
	}
	for _, c := range columns {
		table, _, _ := strings.Cut(c, ".")
		if !carried[c] && p.LeftOut[table] == "" {
			t.Errorf("%s is neither carried nor left out", c)
		}
		delete(carried, c)
	}
	if len(carried) > 0 {
		t.Errorf("not there: %v", carried)
	}
	filled := fill(t, store, &p)
	if _, err := store.Writer().NewRaw("DELETE FROM portal_imports").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, parts := export(t, f, withKey)
	for _, table := range p.Tables {
		if table.Name != "log_entries" {
			stands(t, &table, parts, filled[table.Name])
		}
	}
	for _, dialect := range []string{"postgres", "sqlite"} {
		to, _ := empty(t, dialect)
		if err := bring(t, to, first, false); err != nil {
			t.Fatal(dialect, err)
		}
		var again []part
		first, again = export(t, to, withKey)
		alike(t, dialect, parts, again)
	}
}

// manifest exports, and gives the manifest.
func manifest(t *testing.T, f *forum.Forum) (m forum.PortalManifest) {
	t.Helper()
	_, parts := export(t, f, withKey)
	if err := json.Unmarshal([]byte(parts[0].body), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// stands tells whether the rows of a table are in the archive as they were written.
func stands(t *testing.T, table *forum.PortalTable, parts []part, rows []map[string]any) {
	t.Helper()
	i := slices.IndexFunc(parts, func(p part) bool { return p.name == "rows/"+table.Name+"/00000001.jsonl" })
	if i < 0 {
		t.Errorf("%s has no rows", table.Name)
		return
	}
	lines := strings.Split(strings.TrimSpace(parts[i].body), "\n")
	for n, row := range rows {
		var got []any
		d := json.NewDecoder(strings.NewReader(lines[min(n, len(lines)-1)]))
		d.UseNumber()
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		for j, column := range table.Columns {
			want := fmt.Sprint(row[column])
			if b, is := row[column].([]byte); is {
				raw, _ := json.Marshal(b)
				want = strings.Trim(string(raw), `"`)
			}
			if column == "mail_due" && strings.HasSuffix(table.Name, "notices") {
				want = "0"
			}
			if fmt.Sprint(got[j]) != want {
				t.Errorf("%s.%s: %v for %v", table.Name, column, got[j], want)
			}
		}
	}
}

// alike compares the rows and files of two archives; the log goes on.
func alike(t *testing.T, what string, a, b []part) {
	t.Helper()
	now := map[string]string{}
	for _, p := range b {
		now[p.name] = p.body
	}
	for _, p := range a {
		if p.name != "manifest.json" && p.name != "end.json" && now[p.name] != p.body && (!strings.HasPrefix(p.name, "rows/log_entries") || !strings.HasPrefix(now[p.name], p.body)) {
			t.Errorf("%s: %s differs:\n%.400s\n%.400s", what, p.name, p.body, now[p.name])
		}
	}
}

// packedRaw is a frame of zstd that holds the bytes as they are (RFC 8878, 3.1.1), so that bytes of the file are bytes of entries.
func packedRaw(b []byte) []byte {
	out := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38} // a window of 128 KiB
	for {
		n := min(len(b), 1<<16)
		last := 0
		if n == len(b) {
			last = 1
		}
		head := n<<3 | last
		out = append(append(out, byte(head), byte(head>>8), byte(head>>16)), b[:n]...)
		if b = b[n:]; last == 1 {
			return out
		}
	}
}
