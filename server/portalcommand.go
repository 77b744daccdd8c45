package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/job"
)

// portalCommands take the whole portal out, bring it in, and look at its archive (P27).
type portalCommands struct {
	Export exportPortalCommand `cmd:"" help:"Write the whole portal into one archive, while it goes on."`
	Import importPortalCommand `cmd:"" help:"Bring a portal into an empty forum that does not run."`
	Check  checkPortalCommand  `cmd:"" help:"Read an archive to its end, and say what is in it; nothing is written."`
}

type exportPortalCommand struct {
	PassphraseFile string `help:"Encrypt the archive under the first line of this file." placeholder:"FILE"`
	WithKey        bool   `help:"Put the SECRET_KEY in, so that second factors, links and quotations go on: into encrypted archives only."`
	ToAnotherBody  bool   `help:"For the body that the members were told of: when the day of the announced transfer has come."`
	File           string `arg:"" help:"Archive to write; it must not be there yet."`
}

// Run writes the archive: whole under its name, or not at all.
func (c *exportPortalCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	if file, embedded := strings.CutPrefix(config.database(), "sqlite:"); embedded { // else an empty forum would be made, and a backup of it
		file, _, _ = strings.Cut(file, "?")
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("there is no forum here; name the one that runs by --data-dir or --database-url: %w", err)
		}
	}
	return withForum(config, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		o := forum.PortalOptions{Program: programVersion(), Key: c.WithKey, Other: c.ToAnotherBody}
		var err error
		if o.Passphrase, err = passphrase(c.PassphraseFile); err != nil {
			return err
		}
		if o.Key && o.Passphrase == "" {
			return errors.New("--with-key needs --passphrase-file: whoever has the key opens all that is sealed with it")
		}
		if err := named(ctx, config, f); err != nil {
			return err
		}
		if err := notAmongFiles(c.File, config.DataDir); err != nil {
			return err
		}
		report, err := writePortal(ctx, f, c.File, o)
		if err != nil {
			return err
		}
		return tellPortal(out, &report, true)
	})
}

// notAmongFiles refuses a place among what the forum keeps itself: its backup would be in the next one.
func notAmongFiles(file, data string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	files, err := filepath.Abs(filepath.Join(data, "files"))
	if err == nil && strings.HasPrefix(path, files+string(filepath.Separator)) {
		err = fmt.Errorf("%s is the folder of members' files: write the archive elsewhere", files)
	}
	return err
}

func writePortal(ctx context.Context, f *forum.Forum, file string, o forum.PortalOptions) (report forum.PortalReport, err error) {
	if _, err := os.Lstat(file); !errors.Is(err, os.ErrNotExist) {
		return report, errors.Join(fmt.Errorf("%s is there already", file), err)
	}
	part, err := os.OpenFile(file+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return report, err
	}
	defer func() { _ = os.Remove(part.Name()) }()
	b := bufio.NewWriterSize(part, 1<<20)
	report, err = f.ExportPortal(ctx, operator, b, o)
	if err == nil {
		err = b.Flush()
	}
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return report, err
	}
	if err := os.Link(part.Name(), file); err != nil { // not over what came there meanwhile
		return report, err
	}
	return report, syncFolder(filepath.Dir(file))
}

// passphrase reads the first line of a file; "": none was named.
func passphrase(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSpace(line); len(line) < 12 {
		return "", errors.New("the passphrase has fewer than 12 characters: whoever gets the archive can try as many as they like")
	}
	return line, nil
}

// tellPortal says what is in an archive.
func tellPortal(out io.Writer, r *forum.PortalReport, wrote bool) error {
	m := &r.Manifest
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s, made %s by version %s, schema %s.\n", strings.ToUpper(m.Purpose[:1])+m.Purpose[1:], markup.Line(m.Organisation), m.MadeAt.Format("2006-01-02 15:04 MST"), markup.Line(m.Program), markup.Line(m.Schema))
	if m.To != "" {
		fmt.Fprintf(&b, "For %s, as the members were told.\n", markup.Line(m.To))
	}
	var rows int64
	for _, n := range r.Rows {
		rows += n
	}
	fmt.Fprintf(&b, "%d members, %d groups, %d topics, %d posts, %d messages, %d entries of the log; %d rows and %d files in all.\n",
		r.Rows["members"], r.Rows["groups"], r.Rows["topics"], r.Rows["posts"], r.Rows["messages"], r.Rows["log_entries"], rows, r.Files)
	if len(r.Absent) > 0 {
		fmt.Fprintf(&b, "%d files were taken away while it was written, and are not in it.\n", len(r.Absent))
	}
	fmt.Fprintf(&b, "Hash: %s\n\nWhat is not in it, or not as it was:\n", r.Chain)
	for _, table := range slices.Sorted(maps.Keys(m.LeftOut)) {
		fmt.Fprintf(&b, "  %s: %s\n", table, m.LeftOut[table])
	}
	if !m.Key {
		b.WriteString("Without the SECRET_KEY:\n")
		for _, line := range forum.LostWithoutKey {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	if r.Rows["passkeys"] > 0 {
		b.WriteString("Passkeys work at the address alone where they were made: under another BASE_URL their members log in otherwise, and make new ones.\n")
	}
	if wrote {
		b.WriteString("\nThe archive holds everything, what is said in hidden and sealed groups and in talks too. Its file is readable by its owner alone (0600): keep it so, never in a folder that a web server shows, and delete it when it is done with.\n")
	}
	_, err := io.WriteString(out, plainLines(b.String()))
	return err
}

// plainLines is a text without what a terminal would do: some of it stands in the archive.
func plainLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

type checkPortalCommand struct {
	PassphraseFile string `help:"The passphrase of an encrypted archive is the first line of this file." placeholder:"FILE"`
	File           string `arg:"" type:"existingfile" help:"Archive."`
}

// Run reads the archive.
func (c *checkPortalCommand) Run(out io.Writer) error {
	words, err := passphrase(c.PassphraseFile)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	p, err := forum.OpenPortal(file, words)
	if err != nil {
		return err
	}
	defer p.Close()
	report, err := forum.ReadPortal(p)
	if err != nil {
		return err
	}
	return tellPortal(out, &report, false)
}

type importPortalCommand struct {
	PassphraseFile string `help:"The passphrase of an encrypted archive is the first line of this file." placeholder:"FILE"`
	Resume         bool   `help:"Go on with an import that was broken off, with the same archive."`
	File           string `arg:"" type:"existingfile" help:"Archive."`
}

// Run brings the portal in, and has it searchable.
func (c *importPortalCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	words, err := passphrase(c.PassphraseFile)
	if err != nil {
		return err
	}
	from := &archive{name: c.File, passphrase: words}
	defer from.close()
	in, err := from.open()
	if err != nil {
		return err
	}
	in.Close()
	key, err := config.portalKey(in.Key())
	if err != nil {
		return err
	}
	store, err := forum.Open(ctx, config.database())
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if err := store.PreparePortal(ctx, &in.Manifest); err != nil {
		return err
	}
	f := forum.New(store, forum.Options{Log: log, Secret: key, Shelf: folderOf(config)})
	if err := named(ctx, config, f); err != nil {
		return err
	}
	report, err := f.ImportPortal(ctx, operator, from.open, c.Resume)
	if err != nil {
		return worded(err)
	}
	if err := tellPortal(out, &report, false); err != nil {
		return err
	}
	if err := indexed(ctx, config, store, f, log); err != nil {
		return fmt.Errorf("the portal stands, but the search engine does not know it yet; run 'search rebuild': %w", err)
	}
	_, err = fmt.Fprintln(out, "\nThe portal is brought in, and can be searched. No mail of before is sent again.")
	return err
}

// indexed has everything found.
func indexed(ctx context.Context, c *Config, store *forum.Store, f *forum.Forum, log *slog.Logger) error {
	engine, err := searchEngine(ctx, c, store, f, log)
	if err == nil {
		_, err = job.Rebuild(ctx, f, engine, func(int) {})
	}
	return err
}

// archive is a file that is read from its beginning more than once.
type archive struct {
	name, passphrase string
	files            []*os.File
}

func (a *archive) open() (*forum.PortalReader, error) {
	file, err := os.Open(a.name)
	if err != nil {
		return nil, err
	}
	a.files = append(a.files, file)
	return forum.OpenPortal(bufio.NewReaderSize(file, 1<<18), a.passphrase)
}

func (a *archive) close() {
	for _, f := range a.files {
		_ = f.Close()
	}
}

// portalKey is the key of an archive where it carries one and this forum has none yet, which is then kept; else this forum's own.
func (c *Config) portalKey(carried []byte) ([]byte, error) {
	if carried == nil || c.SecretKey != "" {
		return c.secret()
	}
	return madeOnce(filepath.Join(c.DataDir, "secret.key"), func() ([]byte, error) { return carried, nil })
}

func folderOf(c *Config) forum.Shelf { return folder{filepath.Join(c.DataDir, "files"), freeFloor} }
