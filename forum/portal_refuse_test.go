package forum_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// smallPortal is the archive of a forum with a little in it, not encrypted, as its entries.
func smallPortal(t *testing.T) (archive []byte, parts []part) {
	t.Helper()
	w := forumtest.New(t, "sqlite")
	g, b, r := w.Group("open", forum.PublicToRead)
	w.Ready(g, w.Admin)
	_, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "of old"))
	if err == nil {
		_, err = w.Say(t.Context(), w.Admin, r.ID, "said of old", w.Key())
	}
	if err != nil {
		t.Fatal(err)
	}
	archive, parts = export(t, w.Forum, forum.PortalOptions{})
	return archive, parts[:len(parts)-1] // tarred makes the end anew
}

// TestP27DamagedArchives: an archive that is not what was written is refused before anything is written, and the forum
// stays as empty as it was.
func TestP27DamagedArchives(t *testing.T) {
	t.Parallel()
	_, parts := smallPortal(t)
	f, store := empty(t, "sqlite")
	at := func(parts []part, name string) *part {
		i := slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(p.name, name) })
		if i < 0 {
			t.Fatalf("no %s", name)
		}
		return &parts[i]
	}
	manifest := func(change func(m *forum.PortalManifest)) func(parts []part) []part {
		return func(parts []part) []part {
			var m forum.PortalManifest
			if err := json.Unmarshal([]byte(parts[0].body), &m); err != nil {
				t.Fatal(err)
			}
			change(&m)
			head, _ := json.Marshal(m)
			parts[0].body = string(head)
			return parts
		}
	}
	add := func(p part) func([]part) []part { return func(parts []part) []part { return append(parts, p) } }
	const file = "files/abcdefghijklmnopqrstuvwxyz"
	for _, c := range []struct {
		what   string
		want   error
		change func(parts []part) []part
	}{
		{"newer form", forum.ErrPortalNewer, manifest(func(m *forum.PortalManifest) { m.Version++ })},
		{"no form", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Version = 0 })},
		{"unknown table", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Tables[0].Name = "sqlite_master" })},
		{"a table that is left out", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Tables[0].Name = "sessions" })},
		{"unknown column", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Tables[0].Columns[0] = `x" = 1 --` })},
		{"a column twice", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Tables[0].Columns[0] = m.Tables[0].Columns[1] })},
		{"another kind", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Tables[0].Kinds[0] = "blob" })},
		{"a key that is not there", forum.ErrPortalBroken, manifest(func(m *forum.PortalManifest) { m.Key = true })},
		{"no manifest", forum.ErrPortalBroken, func(p []part) []part { return p[1:] }},
		{"manifest twice", forum.ErrPortalBroken, func(p []part) []part { return slices.Insert(p, 1, p[0]) }},
		{"path upwards", forum.ErrPortalBroken, add(part{"files/../../../tmp/x", "x"})},
		{"absolute path", forum.ErrPortalBroken, add(part{"/tmp/abcdefghijklmnopqrstuvwxyz", "x"})},
		{"the shelf's mark", forum.ErrPortalBroken, add(part{"files/shelf-of-abcdefghijklmnopqrst", "x"})},
		{"upper case", forum.ErrPortalBroken, add(part{strings.ToUpper(file[:9]) + file[9:], "x"})},
		{"a file twice", forum.ErrPortalBroken, func(p []part) []part { return append(p, part{file, "x"}, part{file, "y"}) }},
		{"rows after files", forum.ErrPortalBroken, func(p []part) []part { return append(p, part{file, "x"}, p[1]) }},
		{"a part twice", forum.ErrPortalBroken, func(p []part) []part { return slices.Insert(p, 1, p[1]) }},
		{"tables in another order", forum.ErrPortalBroken, func(p []part) []part { p[1], p[2] = p[2], p[1]; return p }},
		{"text for a number", forum.ErrPortalBroken, func(p []part) []part {
			m := at(p, "rows/groups/")
			m.body = strings.Replace(m.body, "[0,", `["0",`, 1) + "[]\n"
			return p
		}},
		{"a broken number", forum.ErrPortalBroken, func(p []part) []part {
			m := at(p, "rows/members/")
			m.body = strings.Replace(m.body, `"admin"`, `12`, 1)
			return p
		}},
		{"a path in the place of a name on the shelf", forum.ErrPortalBroken, shelvedAt("../../../../etc/passwd")},
		{"the shelf's mark in the place of a name", forum.ErrPortalBroken, shelvedAt("shelf-of-abcdefghijklmnopqrst")},
		{"too few values", forum.ErrPortalBroken, func(p []part) []part { at(p, "rows/members/").body += "[1]\n"; return p }},
		{"no rows", forum.ErrPortalBroken, func(p []part) []part { at(p, "rows/members/").body = "{}\n"; return p }},
		{"no end", forum.ErrPortalCut, func(p []part) []part { return append(p, part{"end.json", ""}) }},
		{"another hash", forum.ErrPortalBroken, add(part{"end.json", `{"entries":1,"rows":{},"files":0,"chain":"00"}`})},
		{"other words under the hash of before", forum.ErrPortalBroken, func(p []part) []part {
			whole := tarred(t, p)
			end := whole[bytes.LastIndex(whole, []byte(`{"chain"`)):]
			m := at(p, "rows/members/")
			m.body = strings.Replace(m.body, `"admin"`, `"bdmin"`, 1)
			return append(p, part{"end.json", string(end[:bytes.IndexByte(end, 0)])})
		}},
		{"a bomb", forum.ErrPortalBomb, add(part{file, strings.Repeat("\x00", 65<<20)})},
		{"many small bombs", forum.ErrPortalBomb, func(p []part) []part {
			for i := range 9 {
				p = append(p, part{file[:len(file)-1] + string("abcdefghijk"[i]), strings.Repeat("\x00", 60<<20)})
			}
			return p
		}},
	} {
		broken := tarred(t, c.change(slices.Clone(parts)))
		if c.what == "no end" {
			broken = broken[:len(broken)-3*512]
		}
		if err := bring(t, f, packed(t, broken), false); strings.Contains(c.what, "name on the shelf") && !strings.Contains(err.Error(), "on the shelf") || !errors.Is(err, c.want) && (!errors.Is(err, forum.ErrPortalBroken) || c.what != "no end") {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if err := store.UnfinishedImport(t.Context()); err != nil {
		t.Errorf("after refusals: %v", err)
	}
	if err := bring(t, f, packed(t, tarred(t, parts)), false); err != nil {
		t.Errorf("what is whole: %v", err)
	}
}

// shelvedAt adds the row of a file that names something on the shelf.
func shelvedAt(name string) func([]part) []part {
	return func(parts []part) []part {
		var m forum.PortalManifest
		if json.Unmarshal([]byte(parts[0].body), &m) != nil {
			return nil
		}
		var before []string
		for _, table := range m.Tables {
			if before = append(before, table.Name); table.Name != "files" {
				continue
			}
			values := make([]any, len(table.Columns))
			for i, kind := range table.Kinds {
				if values[i] = 0; kind == "text" {
					values[i] = name
				}
			}
			row, _ := json.Marshal(values)
			i := slices.IndexFunc(parts[1:], func(p part) bool { return !slices.Contains(before, strings.Split(p.name, "/")[1]) })
			return slices.Insert(parts, i+1, part{"rows/files/00000001.jsonl", string(row) + "\n"})
		}
		return nil
	}
}

// TestP27CutArchives: cut off anywhere, or with a bit turned, an archive is refused, and nothing falls over.
func TestP27CutArchives(t *testing.T) {
	t.Parallel()
	archive, parts := smallPortal(t)
	plain := tarred(t, parts)
	var chain string
	read := func(b []byte) error {
		p, err := forum.OpenPortal(bytes.NewReader(b), "")
		if err != nil {
			return err
		}
		defer p.Close()
		r, err := forum.ReadPortal(p)
		chain = r.Chain
		return err
	}
	if err := errors.Join(read(packed(t, plain)), read(archive)); err != nil {
		t.Fatal(err)
	}
	whole := chain
	for i := 0; i < len(plain)-2*512; i += 512 { // each border of an entry is one of these
		if err := read(packed(t, plain[:i])); !errors.Is(err, forum.ErrPortalCut) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		if i := r.IntN(len(archive)); read(archive[:i]) == nil {
			t.Fatalf("cut at %d of %d, and read", i, len(archive))
		}
		b := bytes.Clone(archive)
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		if read(b) == nil && chain != whole {
			t.Fatal("a bit was turned, and something else is read")
		}
	}
}

// TestP27ForeignRows: rows that name others which are not there, or a log that does not follow from its beginning, do not
// come in: the forum is not served.
func TestP27ForeignRows(t *testing.T) {
	t.Parallel()
	_, parts := smallPortal(t)
	for _, dialect := range forumtest.Dialects {
		for what, change := range map[string]func(p *part){
			"no members": func(p *part) {
				if strings.HasPrefix(p.name, "rows/members/") {
					p.name = ""
				}
			},
			"another log": func(p *part) {
				if strings.HasPrefix(p.name, "rows/log_entries/") {
					p.body = strings.Replace(p.body, `"create-board"`, `"create-broad"`, 1)
				}
			},
			"a member twice": func(p *part) {
				if strings.HasPrefix(p.name, "rows/members/") {
					p.body += p.body
				}
			},
		} {
			f, store := empty(t, dialect)
			bad := slices.Clone(parts)
			for i := range bad {
				change(&bad[i])
			}
			bad = slices.DeleteFunc(bad, func(p part) bool { return p.name == "" })
			if err := bring(t, f, packed(t, tarred(t, bad)), false); !errors.Is(err, forum.ErrPortalBroken) {
				t.Errorf("%s, %s: %v", dialect, what, err)
			}
			if err := store.UnfinishedImport(t.Context()); !errors.Is(err, forum.ErrPortalUnfinished) {
				t.Errorf("%s, %s: it would be served: %v", dialect, what, err)
			}
		}
	}
}

// failing breaks off after some bytes.
type failing struct {
	r    io.Reader
	left int
}

func (f *failing) Read(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("the disk is gone")
	}
	return f.r.Read(b)
}

// TestP27BrokenOff: an import that was broken off goes on with the same archive, and with no other; its end is the same.
func TestP27BrokenOff(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("open", forum.PublicToRead)
		w.Ready(g, w.Admin)
		for range 12 { // more than one commit
			if _, err := w.StartTopic(t.Context(), w.Admin, b.ID, forum.Draft{Title: "Long", Source: strings.Repeat("word ", 3000), Key: w.Key()}); err != nil {
				t.Fatal(err)
			}
		}
		_, parts := export(t, w.Forum, forum.PortalOptions{})
		for i := range 6 { // a file is committed by itself
			parts = slices.Insert(parts, len(parts)-1, part{"files/abcdefghijklmnopqrstuvwxy" + string("abcdef"[i]), strings.Repeat("x", 100_000)})
		}
		archive := tarred(t, parts[:len(parts)-1])
		dialect := map[bool]string{true: "sqlite", false: "postgres"}[w.Store.Pool() == nil]
		to, store := empty(t, dialect)
		opened := 0
		whole := packedRaw(archive)
		_, err := to.ImportPortal(t.Context(), operator, func() (*forum.PortalReader, error) {
			if opened++; opened == 2 {
				return forum.OpenPortal(&failing{bytes.NewReader(whole), len(whole) - 200_000}, "")
			}
			return forum.OpenPortal(bytes.NewReader(whole), "")
		}, false)
		if err == nil {
			t.Fatal("it did not break off")
		}
		if err := store.UnfinishedImport(t.Context()); !errors.Is(err, forum.ErrPortalUnfinished) {
			t.Errorf("unfinished: %v", err)
		}
		var done int
		if err := store.Reader().NewRaw("SELECT entries FROM portal_imports").Scan(t.Context(), &done); err != nil || done == 0 {
			t.Errorf("%d entries were written before it broke off: %v", done, err)
		}
		if err := bring(t, to, whole, false); !errors.Is(err, forum.ErrPortalUnfinished) {
			t.Errorf("begun again: %v", err)
		}
		other, _ := smallPortal(t)
		if err := bring(t, to, other, true); !errors.Is(err, forum.ErrPortalOther) {
			t.Errorf("another archive: %v", err)
		}
		if err := bring(t, to, whole, true); err != nil {
			t.Fatal(err)
		}
		if err := store.UnfinishedImport(t.Context()); err != nil {
			t.Error(err)
		}
		if err := bring(t, to, whole, true); !errors.Is(err, forum.ErrPortalNothing) {
			t.Errorf("gone on with nothing: %v", err)
		}
		if err := bring(t, to, whole, false); !errors.Is(err, forum.ErrPortalNotEmpty) {
			t.Errorf("twice: %v", err)
		}
		_, again := export(t, to, forum.PortalOptions{})
		alike(t, dialect, slices.DeleteFunc(parts, func(p part) bool { return strings.HasPrefix(p.name, "files/") }), again)
	})
}

// TestP27OlderArchive: what an archive of an earlier schema does not know takes its default; of a later one nothing is read.
func TestP27OlderArchive(t *testing.T) {
	t.Parallel()
	_, parts := smallPortal(t)
	var m forum.PortalManifest
	if err := json.Unmarshal([]byte(parts[0].body), &m); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Tables, func(t forum.PortalTable) bool { return t.Name == "members" })
	c := slices.Index(m.Tables[i].Columns, "policies_at")
	m.Tables[i].Columns, m.Tables[i].Kinds = slices.Delete(m.Tables[i].Columns, c, c+1), slices.Delete(m.Tables[i].Kinds, c, c+1)
	m.Tables = slices.DeleteFunc(m.Tables, func(t forum.PortalTable) bool { return t.Name == "transfers" })
	m.Schema = "0080_name_key.sql"
	at := slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(p.name, "rows/members/") })
	var row []json.RawMessage
	if err := json.Unmarshal([]byte(parts[at].body), &row); err != nil {
		t.Fatal(err)
	}
	short, _ := json.Marshal(slices.Delete(row, c, c+1))
	parts[at].body = string(short) + "\n"
	head, _ := json.Marshal(m)
	parts[0].body = string(head)
	f, store := empty(t, "postgres")
	if err := errors.Join(store.PreparePortal(t.Context(), &m), bring(t, f, packed(t, tarred(t, parts)), false)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.LogIn(t.Context(), "admin", forumtest.Password, "", ""); err != nil {
		t.Error(err)
	}
	m.Schema = "9999_later.sql"
	if err := store.PreparePortal(t.Context(), &m); !errors.Is(err, forum.ErrPortalNewer) {
		t.Errorf("a later schema: %v", err)
	}
}

// TestP27Keys: without the passphrase nothing is read; the SECRET_KEY goes into encrypted archives alone, and only into
// a forum that has no other.
func TestP27Keys(t *testing.T) {
	t.Parallel()
	f, _ := empty(t, "sqlite")
	if _, err := f.ExportPortal(t.Context(), operator, io.Discard, forum.PortalOptions{Key: true}); err == nil {
		t.Error("the key went out open")
	}
	if _, err := f.ExportPortal(t.Context(), forum.Actor{Member: 1, Roles: forum.Roles}, io.Discard, forum.PortalOptions{}); forum.KindOf(err) != forum.Forbidden {
		t.Errorf("a member: %v", err)
	}
	sealed, _ := export(t, f, withKey)
	for words, want := range map[string]error{"": forum.ErrPortalLocked, "other words than those": forum.ErrPortalPassphrase} {
		if _, err := forum.OpenPortal(bytes.NewReader(sealed), words); !errors.Is(err, want) {
			t.Errorf("%q: %v", words, err)
		}
	}
	w := forumtest.New(t, "sqlite")
	other := forum.New(w.Store, forum.Options{Secret: []byte(strings.Repeat("o", 40))})
	if err := bring(t, other, sealed, false); !errors.Is(err, forum.ErrPortalKey) {
		t.Errorf("another key: %v", err)
	}
}

// FuzzPortalArchive: whatever unpacks is read to an end or refused, and no file is called otherwise than the shelf calls them.
//
//	go test ./forum -run XXX -fuzz FuzzPortalArchive -fuzzminimizetime 10x
func FuzzPortalArchive(f *testing.F) {
	m, _ := json.Marshal(forum.PortalManifest{Format: "peergroups-portal", Version: 1, Purpose: "backup", Tables: []forum.PortalTable{{Name: "members", Columns: []string{"id", "name", "raw"}, Kinds: []string{"integer", "text", "bytes"}}}})
	f.Add(tarred(f, []part{{"manifest.json", string(m)}, {"rows/members/00000001.jsonl", "[1,\"a\",\"AA==\"]\n[2,{\"base64\":\"AA==\"},null]\n"}, {"files/abcdefghijklmnopqrstuvwxyz", "x"}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := forum.OpenPortal(bytes.NewReader(packedRaw(b)), "")
		if err != nil {
			return
		}
		defer p.Close()
		_ = p.Raw(func(name string, _ []byte) {
			if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
				t.Errorf("%q", name)
			}
		})
	})
}
