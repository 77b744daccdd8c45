package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/server/job"
	"peergroups/server/mail"
	"peergroups/server/text"
)

// importCommand brings archives into a board.
type importCommand struct {
	Board     string   `required:"" help:"Where to, as its address names it." placeholder:"GROUP/BOARD"`
	DryRun    bool     `help:"Write nothing, and count what would be written."`
	Resume    bool     `help:"Go on with an import that was broken off, or add more to it: what was posted is not posted again."`
	Name      string   `help:"Name under which those stand who wrote the archive and are not in the group. Empty: Archive of BOARD." placeholder:"NAME"`
	OldURLs   string   `name:"old-urls" help:"File of lines 'path, tab (or comma), Message-ID': requests for the old paths lead to the posts." placeholder:"FILE"`
	Pipermail string   `help:"Path under which pipermail showed the archive: its addresses lead to the posts. Give the archives whole and in order, since it numbered them so." placeholder:"/pipermail/LIST/"`
	Archives  []string `arg:"" type:"existingfile" help:"Mailboxes (mbox, packed by gzip or not), oldest first."`
}

// The operator is nobody in the forum, and may what whoever has the machine may.
var operator = forum.Actor{Roles: forum.Roles}

// Run brings the archives in.
func (c *importCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	return withForum(config, log, func(ctx context.Context, store *forum.Store, f *forum.Forum) error {
		g, err := c.bring(ctx, f, out)
		if err != nil || c.DryRun {
			return worded(err)
		}
		engine, err := searchEngine(ctx, config, store, f, log)
		if err == nil {
			err = f.NoteSearched(ctx, []forum.Searched{{Kind: "group", ID: int64(g)}}, 0)
		}
		if err == nil {
			err = job.BringSearch(ctx, f, engine, 0)
		}
		if err != nil {
			return fmt.Errorf("the posts stand, but the search engine does not know them yet; run 'search verify': %w", err)
		}
		_, err = fmt.Fprintln(out, "The posts can be found.")
		return err
	})
}

// bring posts what the archives hold, and gives the group in which it stands.
func (c *importCommand) bring(ctx context.Context, f *forum.Forum, out io.Writer) (forum.GroupID, error) {
	b, err := boardNamed(ctx, f, c.Board)
	if err != nil {
		return 0, err
	}
	if c.Name == "" {
		c.Name = "Archive of " + b.Name
	}
	im, err := f.OpenImport(ctx, operator, b, c.Name, forum.ImportOptions{Dry: c.DryRun, Resume: c.Resume})
	if err != nil {
		return 0, err
	}
	run := &importing{Import: im, out: out, pipermail: c.Pipermail, why: map[string]int{}}
	for _, name := range c.Archives {
		if err = run.file(ctx, name); err != nil {
			err = fmt.Errorf("%s: %w (what was posted stays; go on with --resume)", name, err)
			break
		}
	}
	run.report(c.DryRun)
	if err != nil || c.DryRun {
		return 0, err
	}
	if c.OldURLs != "" {
		if err := keepOldURLs(ctx, f, b.ID, c.OldURLs, out); err != nil {
			return 0, err
		}
	}
	return b.GroupID, nil
}

// worded gives a refusal the words that a page would have.
func worded(err error) error {
	var e *forum.Error
	if !errors.As(err, &e) {
		return err
	}
	words, bad := text.Load(assets.Catalogue())
	if bad != nil {
		return err
	}
	m := e.Message
	if len(e.Fields) > 0 {
		m = e.Fields[0].Message
	}
	return errors.New(words.For("en", "UTC").Say(m.Key, m.Args))
}

// boardNamed finds GROUP/BOARD for the operator.
func boardNamed(ctx context.Context, f *forum.Forum, name string) (forum.Board, error) {
	group, board, ok := strings.Cut(name, "/")
	b, err := f.FindForImport(ctx, operator, group, board)
	if !ok || forum.KindOf(err) == forum.NotFound {
		return b, fmt.Errorf("%s: no such board; give GROUP/BOARD", name)
	}
	return b, err
}

// importing is an import under way.
type importing struct {
	*forum.Import
	out       io.Writer
	pipermail string
	number    int // of mails read, readable or not
	batch     []forum.Archived
	bytes     int
	n         forum.Imported
	unread    int
	why       map[string]int // unreadable mails, by the reason
	files     int            // left out
}

const (
	batchMails = 100
	batchBytes = 4 << 20
	tellEvery  = 1000
)

// file takes one archive.
func (r *importing) file(ctx context.Context, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	var in io.Reader = bufio.NewReader(file)
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			return err
		}
	}
	return r.take(ctx, in)
}

// take takes the mails of one mailbox.
func (r *importing) take(ctx context.Context, in io.Reader) error {
	for box := mail.NewMailbox(in); ; {
		boxed, err := box.Next()
		switch {
		case errors.Is(err, io.EOF):
			return r.post(ctx)
		case errors.Is(err, mail.ErrTooBig):
			r.missed(err)
		case err != nil:
			return errors.Join(err, r.post(ctx))
		default:
			r.one(boxed)
		}
		if r.number++; r.number%tellEvery == 0 {
			_, _ = fmt.Fprintf(r.out, "%d mails read.\n", r.number)
		}
		if len(r.batch) >= batchMails || r.bytes > batchBytes {
			if err := r.post(ctx); err != nil {
				return err
			}
		}
	}
}

func (r *importing) one(b mail.Boxed) {
	a, files, err := mail.ReadArchived(b, time.Now()) //nolint:forbidigo // what a mail says is compared with the machine's clock
	r.files += files
	if err != nil {
		r.missed(err)
		return
	}
	if r.pipermail != "" {
		a.OldPath = mail.PipermailPath(r.pipermail, a.At, r.number)
	}
	r.batch, r.bytes = append(r.batch, a), r.bytes+len(a.Source)
}

func (r *importing) missed(err error) {
	r.unread++
	r.why[err.Error()]++
}

func (r *importing) post(ctx context.Context) error {
	n, err := r.Take(ctx, r.batch)
	if err == nil {
		r.n.Add(n)
		r.batch, r.bytes = r.batch[:0], 0
	}
	return err
}

// report says what became of the mails; of a dry run, what would.
func (r *importing) report(dry bool) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(r.out, format+"\n", args...) }
	say("%d mails read.", r.number)
	if dry {
		say("Nothing was written. It would be:")
	}
	say("%d mails posted, in %d new topics; %d stood there already.", r.n.Mails, r.n.Topics, r.n.Already)
	say("%d by members of the group, %d by others, with their names above the text.", r.n.Matched, r.n.Unmatched)
	if r.unread > 0 {
		say("%d mails left out, which cannot be read:", r.unread)
		reasons := make([]string, 0, len(r.why))
		for why := range r.why {
			reasons = append(reasons, why)
		}
		slices.Sort(reasons)
		for _, why := range reasons {
			say("  %6d  %s", r.why[why], why)
		}
	}
	for _, c := range []struct {
		n    int
		what string
	}{{r.n.Quoting, "mails left out, which quote a post of this forum"}, {r.n.Cut, "mails cut, which are longer than a post may be"},
		{r.n.Elsewhere, "mails that stand on another board, too"}, {r.files, "attachments left out"}} {
		if c.n > 0 {
			say("%d %s.", c.n, c.what)
		}
	}
}

// keepOldURLs keeps the addresses of a file.
func keepOldURLs(ctx context.Context, f *forum.Forum, b forum.BoardID, name string, out io.Writer) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	var batch []forum.OldURL
	read, kept := 0, 0
	keep := func() error {
		n, err := f.KeepOldURLs(ctx, operator, b, batch)
		read, kept, batch = read+len(batch), kept+n, batch[:0]
		return err
	}
	for lines := bufio.NewScanner(file); ; {
		if !lines.Scan() {
			if err := errors.Join(lines.Err(), keep()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%d of %d old addresses lead to posts.\n", kept, read)
			return err
		}
		if u, ok := oldURL(lines.Text()); ok {
			batch = append(batch, u)
		}
		if len(batch) == 10*batchMails {
			if err := keep(); err != nil {
				return err
			}
		}
	}
}

// oldURL reads a line: an old address or path, and the Message-ID of what stood there.
func oldURL(line string) (u forum.OldURL, ok bool) {
	path, id, ok := strings.Cut(line, "\t")
	if !ok {
		if at := strings.LastIndexByte(line, ','); at >= 0 {
			path, id, ok = line[:at], line[at+1:], true
		}
	}
	trim := func(s string) string { return strings.Trim(s, "\" \t\r") }
	old, err := url.Parse(trim(path))
	if !ok || err != nil || trim(id) == "" || !strings.HasPrefix(old.Path, "/") {
		return u, false
	}
	return forum.OldURL{Path: old.Path, MessageID: strings.Trim(trim(id), "<>")}, true
}
