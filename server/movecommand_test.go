package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/server/mail"
)

// oldArchive is a mailbox of as many mails as are asked for, in threads of five, by ten people.
func oldArchive(n int) []byte {
	var b bytes.Buffer
	at := time.Date(2008, 1, 1, 8, 0, 0, 0, time.UTC)
	for i := range n {
		at = at.Add(3 * time.Hour)
		re, cites := "", ""
		if i%5 > 0 {
			re, cites = "Re: ", fmt.Sprintf("In-Reply-To: <%d@old.example>\nReferences: <%d@old.example> <%d@old.example>\n", i-1, i-i%5, i-1)
		}
		fmt.Fprintf(&b, "From p%d at old.example  %s\nFrom: p%d at old.example (Person No %d)\nDate: %s\nSubject: [Old] %sTopic %d\n%sMessage-ID: <%d@old.example>\n\n%s\n\nOn Monday, p%d at old.example wrote:\n> What do you think?\n\n>From there on we agree, says mail %d.\n\n",
			i%10, at.Format("Mon Jan _2 15:04:05 2006"), i%10, i%10, at.Format(time.RFC1123Z), re, i/5, cites, i, strings.Repeat("We talked about how to begin. ", 12), (i+1)%10, i)
	}
	return b.Bytes()
}

// moved reads of a board which mails stand in which topic, and when they were written.
func moved(w *world, group string) string {
	w.t.Helper()
	var rows []struct {
		Title, Source, At string
		N                 int
	}
	w.must(w.store.Reader().NewRaw("SELECT t.title, p.source, p.n, CAST(p.posted_at / 1000000 AS TEXT) AS at FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id JOIN groups g ON g.id = b.group_id WHERE g.slug = ? ORDER BY t.id, p.n", group).Scan(w.t.Context(), &rows))
	var out strings.Builder
	for _, r := range rows {
		fmt.Fprintln(&out, r.Title, r.N, r.At, r.Source[strings.LastIndex(r.Source, "mail"):])
	}
	return out.String()
}

// TestMoving: an archive comes in by a command, goes out by another, and comes into another group the same; what is brought in is
// found by those who may read it, and led to from its old addresses; of others nobody learns that it is there.
func TestMoving(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := begin(t, dialect, nil)
			people := w.members("rita", "otto")
			inner, _, _ := w.group("inner", forum.MembersOnly)
			w.enter(inner, w.admin, people["rita"])
			second, _, _ := w.group("second", forum.Hidden)
			w.enter(second, w.admin)
			w.group("open", forum.PublicToRead)
			dir, db := t.TempDir(), []string{"--database-url=" + w.database, "--data-dir=" + t.TempDir(), "--mail-domain=forum.example"}
			archive, urls, out := filepath.Join(dir, "old.mbox"), filepath.Join(dir, "urls"), filepath.Join(dir, "out.mbox")
			w.must(os.WriteFile(archive, append(oldArchive(250), "From x at y  Mon Jan  1 10:00:00 2009\nSubject: nobody's\n\nx\n"...), 0o600))
			w.must(os.WriteFile(urls, []byte("https://lists.old.example/message/7\t<7@old.example>\n/message/8,8@old.example\n/message/none\tnone@old.example\nnothing\n"), 0o600))
			run := func(want string, args ...string) string {
				t.Helper()
				said, err := operate(t, append(args, db...)...)
				if err != nil {
					said += err.Error()
				}
				if !strings.Contains(said, want) {
					t.Errorf("%v: %q, want %q", args, said, want)
				}
				return said
			}
			run("Make the group private first", "mail", "import", "--board=open/talk", archive)
			run("no such board", "mail", "import", "--board=open/none", archive)
			dry := run("250 mails posted, in 50 new topics; 0 stood", "mail", "import", "--board=inner/talk", "--dry-run", archive)
			if !strings.Contains(dry, "1  mail has not exactly one sender") || moved(w, "inner") != "" {
				t.Error(dry, moved(w, "inner"))
			}
			run("The posts can be found", "mail", "import", "--board=inner/talk", "--pipermail=/pipermail/old/", "--old-urls="+urls, archive)
			run("0 mails posted, in 0 new topics; 250 stood", "mail", "import", "--board=inner/talk", "--resume", archive)
			box, err := operate(t, append([]string{"mail", "export", "--board=inner/talk", "--as=admin"}, db...)...)
			w.must(err)
			if strings.Contains(box, "old.example") || strings.Contains(box, "members.example") || strings.Count("\n"+box, "\nFrom talk.inner@forum.example ") != 250 {
				t.Errorf("%.900s", box)
			}
			w.must(os.WriteFile(out, []byte(box), 0o600))
			run("250 mails posted, in 50 new topics", "mail", "import", "--board=second/talk", out)
			if one, two := moved(w, "inner"), moved(w, "second"); one == "" || one != two {
				t.Errorf("%.500s\n%.500s", one, two)
			}
			outside(w, people)
		})
	}
}

// outside asks old addresses as who may read what stood there, and as those who may not.
func outside(w *world, people map[string]forum.Actor) {
	w.t.Helper()
	visitor, member, other := w.browse(""), w.browse("rita"), w.browse("otto")
	for _, path := range []string{"/message/7", "/message/8", "/pipermail/old/2008-January/000007.html"} {
		if status, to, _ := member(path); status != http.StatusSeeOther || !strings.HasPrefix(to, "/p/") {
			w.t.Errorf("%s: %d %s", path, status, to)
		}
		for _, ask := range []func(string) (int, string, string){visitor, other} {
			status, _, body := ask(path)
			if none, _, absent := ask(strings.NewReplacer("7", "X", "8", "X").Replace(path)); status != http.StatusNotFound || none != status || body != absent {
				w.t.Errorf("%s: %d, and of nothing %d", path, status, none)
			}
		}
	}
	if status, _, _ := member("/message/none"); status != http.StatusNotFound {
		w.t.Error("of nothing:", status)
	}
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	for _, m := range w.box.mails {
		if strings.Contains(string(m.raw), "says mail") || strings.Contains(m.GetHeader("Subject"), "Topic ") {
			w.t.Errorf("%s got %q", m.to, m.GetHeader("Subject"))
		}
	}
}

// browse asks pages as a member, or as a visitor: it gives the status, where it leads, and the page without what varies.
func (w *world) browse(handle string) func(path string) (int, string, string) {
	w.t.Helper()
	c := w.client()
	if handle != "" {
		c.login(handle, nil)
	}
	return func(path string) (int, string, string) {
		w.t.Helper()
		status, body := c.get(path)
		return status, c.to, strings.ReplaceAll(varying.ReplaceAllString(body, ""), path, "")
	}
}

// TestMovingMembers: the members of a list are invited once, and those of a group go into a table whose cells are no formulas.
func TestMovingMembers(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("rita", "otto")
	inner, _, _ := w.group("inner", forum.Hidden)
	w.enter(inner, w.admin, people["otto"])
	_, err := w.store.Writer().NewRaw("UPDATE members SET name = '=HYPERLINK(\"x\")' WHERE id = ?", people["otto"].Member).Exec(t.Context())
	w.must(err)
	db := []string{"--database-url=" + w.database, "--data-dir=" + t.TempDir(), "--group=inner"}
	list := filepath.Join(t.TempDir(), "list")
	w.must(os.WriteFile(list, []byte("Rita <rita@members.example>\nnew@elsewhere.example\nnobody\n"), 0o600))
	for _, c := range []struct{ as, dry, want string }{
		{"otto", "--dry-run", "otto owns no group inner"},
		{"admin", "--dry-run", "2 addresses: 0 get each mail, 2 digests, 0 special notices only, 0 none.\nNo address: \"nobody\"\nNobody was invited."},
		{"admin", "--no-dry-run", "2 invited, 0 were already"},
		{"admin", "--no-dry-run", "0 invited, 2 were already"},
	} {
		args := []string{"mail", "import-members", "--as=" + c.as, "--mode=digest", list}
		if c.dry == "--dry-run" {
			args = append(args, c.dry)
		}
		said, err := operate(t, append(args, db...)...)
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%+v: %q", c, said)
		}
	}
	w.await("rita@members.example", "")
	said, err := operate(t, append([]string{"mail", "export-members", "--as=admin"}, db...)...)
	if err != nil || !strings.HasPrefix(said, "name,user_id,role,since\n") || !strings.Contains(said, `"'=HYPERLINK(""x"")",otto,member,20`) || strings.Contains(said, "@") || strings.Contains(said, "rita") {
		t.Errorf("%q %v", said, err)
	}
}

// BenchmarkImport brings an archive in, as the command does, without the index.
func BenchmarkImport(b *testing.B) {
	w := begin(b, "sqlite", nil)
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin)
	f := forum.New(w.store, forum.Options{Log: slog.New(slog.DiscardHandler)})
	raw := oldArchive(b.N)
	im, err := f.OpenImport(b.Context(), operator, *board, "Archive", forum.ImportOptions{})
	w.must(err)
	run := &importing{Import: im, out: io.Discard, why: map[string]int{}}
	b.ResetTimer()
	w.must(run.take(b.Context(), bytes.NewReader(raw)))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	if run.n.Mails != b.N {
		b.Errorf("%+v of %d", run.n, b.N)
	}
}

// TestImportBreaksOff: an archive whose file cannot be read on leaves what was read, and says how to go on.
func TestImportBreaksOff(t *testing.T) {
	t.Parallel()
	run := &importing{out: io.Discard, why: map[string]int{}}
	run.one(mail.Boxed{Raw: []byte("Subject: x\n\ny\n")})
	if run.unread != 1 || run.why[mail.ErrNoSender.Error()] != 1 || len(run.batch) != 0 {
		t.Errorf("%+v", run)
	}
	for line, want := range map[string]forum.OldURL{"/a\tb@c": {Path: "/a", MessageID: "b@c"}, `"https://x.example/a?b","<c@d>"`: {Path: "/a", MessageID: "c@d"}, "a\tb": {}, "/a": {}, "/a\t": {}} {
		if u, _ := oldURL(line); u != want {
			t.Errorf("%q: %+v", line, u)
		}
	}
}
