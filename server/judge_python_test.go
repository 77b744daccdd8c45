//go:build judges

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/server/mail"
	"peergroups/server/text"
)

var mailsKept atomic.Int64

// With KEEP_MAILS each mail of a test run is put there.
func init() {
	dir := os.Getenv("KEEP_MAILS")
	if dir == "" {
		return
	}
	keepMail = func(raw []byte) {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.eml", mailsKept.Add(1))), raw, 0o600); err != nil {
			panic(err)
		}
	}
}

// meant is what a mail is to say, as it is known before it is written.
type meant struct{ Subject, FromName, From, ToName, To, Text, HTML string }

// judged has Python read the mails of a folder.
func judged(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("/usr/bin/python3", "../.ci/judge.py", dir).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%.6000s", err, out)
	}
	t.Logf("%s", out[max(0, len(out)-200):])
}

// TestJudgePython: Python's email package reads each mail of the demo, and each kind of mail with words that are hard to write
// down, without a defect, and finds in it what was meant.
func TestJudgePython(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := &world{t: t}
	var err error
	w.server, err = start(t.Context(), &Config{Listen: "127.0.0.1", DataDir: dir, SMTPListen: "off"},
		parts{Out: &w.out, Log: slog.New(slog.DiscardHandler), Now: time.Now, Demo: true, Resolver: &zone{}})
	w.must(err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		w.must(w.stop(ctx))
	})
	kept := t.TempDir()
	if n := w.composed(t, kept); n < 100 {
		t.Errorf("the demo has %d mails only", n)
	}
	hard := begin(t, "sqlite", nil)
	for kind, raw := range hard.kindsOfMail(t) {
		w.must(os.WriteFile(filepath.Join(kept, strings.ReplaceAll(kind, " ", "-")+".eml"), raw, 0o600))
	}
	hard.hardWords(t)
	if n := hard.composed(t, kept); n < 10 {
		t.Errorf("%d mails of hard words", n)
	}
	judged(t, kept)
}

// hardWords has things be called and said what is hard to write down in a mail.
func (w *world) hardWords(t *testing.T) {
	t.Helper()
	for i, words := range []string{`a "quoted" \ name, with; all: of <them>`, "=?utf-8?q?not_encoded?=", "Ελλάδα 日本語 עברית 👩‍⚖️", strings.Repeat("ü", 60), strings.Repeat("x", 60), "tab	and  blanks ", "e\u0301 = é \u00adsoft", "Re: [x] Fwd: trap"} {
		who := fmt.Sprintf("hard%d", i)
		registration := person(who)
		registration.Name = words
		ids, err := w.forum.Adopt(t.Context(), w.admin, []forum.Registration{registration})
		if forum.KindOf(err) == forum.Invalid {
			registration.Name = who
			ids, err = w.forum.Adopt(t.Context(), w.admin, []forum.Registration{registration})
		}
		w.must(err)
		g, err := w.forum.CreateGroup(t.Context(), w.admin, forum.GroupDraft{Slug: who, Name: words, Visibility: forum.MembersOnly})
		w.must(err)
		b, err := w.forum.CreateBoard(t.Context(), w.admin, g.ID, forum.BoardDraft{Slug: "talk", Name: words})
		w.must(err)
		w.enter(g, w.admin, w.as(ids[0]))
		w.must(w.forum.Subscribe(t.Context(), w.as(ids[0]), b.ID, forum.Each))
		_, err = w.forum.StartTopic(t.Context(), w.as(ids[0]), b.ID, forum.Draft{Title: words, Source: words + "\n\n.\n..\n\n    code   with   blanks\n\n" + strings.Repeat(words+" ", 40) + "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\n> quoted\n\n<b>raw</b> &amp; &lt;", Key: w.key()})
		w.must(err)
	}
	w.settled()
}

// composed writes each mail of the ledger down as it goes out, beside what is meant by it.
func (w *world) composed(t *testing.T, dir string) (n int) {
	t.Helper()
	words, err := text.Load(assets.Catalogue())
	w.must(err)
	postman := &mail.Postman{Forum: w.forum, Words: words, Base: w.base, Domain: "forum.example", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	var all []struct {
		Kind     string
		Ref      int64
		MemberID forum.MemberID
	}
	w.must(w.store.Reader().NewRaw("SELECT kind, ref, member_id FROM deliveries").Scan(t.Context(), &all))
	for i, d := range all {
		l, err := postman.Compose(t.Context(), forum.Mailing{Kind: d.Kind, Ref: d.Ref}, d.MemberID)
		if kind := forum.KindOf(err); kind == forum.NotFound || kind == forum.Closed { // it is over
			continue
		}
		w.must(err)
		raw, err := mail.Build(l)
		w.must(err)
		is, err := json.Marshal(meant{l.Subject, l.From.Name, l.From.Address, l.To.Name, l.To.Address, l.Text, l.HTML})
		name := filepath.Join(dir, fmt.Sprintf("%s-%s-%d", filepath.Base(w.database), d.Kind, i))
		w.must(errors.Join(err, os.WriteFile(name+".eml", raw, 0o600), os.WriteFile(name+".json", is, 0o600)))
		n++
	}
	return n
}
