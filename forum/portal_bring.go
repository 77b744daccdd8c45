package forum

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/uptrace/bun"
)

// Bringing a portal in. The archive is read twice: once whole, before anything is written, and once to write it down in
// commits of some megabytes. How far it is stands in one row (portal_imports) that changes in the same commits; while it is
// there, the forum is not served.

// Errors of an import.
var (
	ErrPortalNotEmpty   = errors.New("the forum is not empty: a portal is brought into one that has no members and nothing written (a demo counts as that)")
	ErrPortalUnfinished = errors.New("an import of a portal was broken off: go on with 'portal import --resume' and the same archive, or begin again with an empty database and folder of files")
	ErrPortalNothing    = errors.New("no import was broken off: leave out --resume")
	ErrPortalOther      = errors.New("the import that was broken off was of another archive, or another process goes on with it")
	ErrPortalKey        = errors.New("the archive carries the SECRET_KEY of its portal, and this forum has another: one that was never used can do without its own (unset SECRET_KEY, or remove secret.key in DATA_DIR)")
)

// oldestPortal is the first migration whose stores have archives.
const oldestPortal = "0110_transfer.sql"

const portalLock = 727009

// mayCarryPortal lets the operator alone take the portal out or bring it in: who has the machine has the forum.
func mayCarryPortal(by Actor) error {
	if by.Member != 0 || !by.Has(Administrator) {
		return Refuse(Forbidden, "error.operator-only")
	}
	return nil
}

// ReadPortal reads an archive from where OpenPortal left it to its end, and tells what is in it. Nothing is written.
func ReadPortal(p *PortalReader) (PortalReport, error) {
	for {
		if _, err := p.Next(); errors.Is(err, io.EOF) {
			return p.report(), nil
		} else if err != nil {
			return PortalReport{}, err
		}
	}
}

func (p *PortalReader) report() PortalReport {
	return PortalReport{p.Manifest, p.rows, p.files, p.End.Absent, p.chain.text()}
}

// UnfinishedImport answers with ErrPortalUnfinished while a portal is brought in, or that was broken off.
func (s *Store) UnfinishedImport(ctx context.Context) error {
	var n int
	if err := s.read.NewRaw(s.hasTable("portal_imports")).Scan(ctx, &n); err != nil || n == 0 {
		return err
	}
	if err := s.read.NewRaw("SELECT count(*) FROM portal_imports").Scan(ctx, &n); err != nil || n == 0 {
		return err
	}
	return ErrPortalUnfinished
}

// PreparePortal brings a store that was never used to the schema of an archive, so that the migrations after it run over
// what it holds. A store of a later schema is left as it is: columns that the archive does not know take their defaults.
func (s *Store) PreparePortal(ctx context.Context, m *PortalManifest) error {
	names, err := fs.Glob(migrations, path.Join("migrations", s.kind, "*.sql"))
	if err != nil {
		return err
	}
	if last := path.Base(slices.Max(names)); m.Schema > last {
		return fmt.Errorf("%w: its schema is %s, of this program %s", ErrPortalNewer, m.Schema, last)
	}
	return s.migrateTo(ctx, max(m.Schema, oldestPortal))
}

// bringing is an import under way.
type bringing struct {
	f       *Forum
	in      *PortalReader
	was     int // entries that are done
	done    int // entries that were read
	pending []portalEntry
	bytes   int
}

// ImportPortal brings the portal of an archive into an empty forum (P27). open opens the archive at its beginning, and is
// called twice. resume goes on with one that was broken off. Jobs that follow from what was written before are not done
// again, and the search engine knows nothing of it yet. The operator alone.
func (f *Forum) ImportPortal(ctx context.Context, by Actor, open func() (*PortalReader, error), resume bool) (report PortalReport, err error) {
	defer during(&err, "import portal")
	if err := mayCarryPortal(by); err != nil {
		return report, err
	}
	in, err := open()
	if err != nil {
		return report, err
	}
	if report, err = f.look(ctx, in); err != nil {
		return report, err
	}
	busy := true
	err = f.store.alone(ctx, portalLock, func(ctx context.Context) error {
		busy = false
		b := &bringing{f: f}
		if b.was, err = f.beginImport(ctx, &report, resume); err != nil {
			return err
		}
		if b.in, err = open(); err != nil {
			return err
		}
		defer b.in.Close()
		if err := b.all(ctx, report.Chain); err != nil {
			return err
		}
		if err := f.store.Migrate(ctx); err != nil { // what came after the archive's schema
			return err
		}
		return f.endImport(ctx, by, &report)
	})
	if busy && err == nil {
		err = ErrPortalOther
	}
	return report, err
}

// look reads the archive to its end, and compares it with what the store has room for.
func (f *Forum) look(ctx context.Context, in *PortalReader) (report PortalReport, err error) {
	defer in.Close()
	if key := in.Key(); key != nil && string(key) != string(f.secret) {
		return report, ErrPortalKey
	}
	if err := f.store.fits(ctx, &in.Manifest); err != nil {
		return report, err
	}
	return ReadPortal(in)
}

// fits compares the tables of an archive with those of the store.
func (s *Store) fits(ctx context.Context, m *PortalManifest) error {
	l, err := s.layout(ctx, s.read.DB)
	if err != nil {
		return err
	}
	for _, t := range m.Tables {
		c := carriageOf(t.Name)
		if l.kinds[t.Name] == nil || c.rows(m.Key) == "" {
			return brokenPortal("there is no place for the table %.80q", t.Name)
		}
		for i, column := range t.Columns {
			if l.kinds[t.Name][column] != t.Kinds[i] {
				return brokenPortal("%s has no column %.80q of the kind %s", t.Name, column, t.Kinds[i])
			}
		}
	}
	return nil
}

// beginImport notes in an empty forum that an import is under way; gives how many entries are done.
func (f *Forum) beginImport(ctx context.Context, report *PortalReport, resume bool) (done int, err error) {
	return done, f.store.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var rows []struct {
			Archive string
			Entries int
		}
		if err := tx.NewRaw("SELECT archive, entries FROM portal_imports").Scan(ctx, &rows); err != nil {
			return err
		}
		switch {
		case len(rows) > 0 && !resume:
			return ErrPortalUnfinished
		case len(rows) > 0 && rows[0].Archive != report.Chain:
			return ErrPortalOther
		case len(rows) > 0:
			done = rows[0].Entries
			return nil
		case resume:
			return ErrPortalNothing
		}
		if err := f.empty(ctx, tx); err != nil {
			return err
		}
		for _, q := range []string{"DELETE FROM settings WHERE name <> 'shelf'", "DELETE FROM log_entries"} { // of registering processors: it is entered anew
			if _, err := tx.NewRaw(q).Exec(ctx); err != nil {
				return err
			}
		}
		_, err := tx.NewRaw("INSERT INTO portal_imports (archive, entries, began_at) VALUES (?, 0, ?)", report.Chain, f.instant()).Exec(ctx)
		return err
	})
}

// empty refuses a forum in which there is something: settings, and who stands behind services outside, are no such thing.
func (f *Forum) empty(ctx context.Context, tx bun.Tx) error {
	l, err := f.store.layout(ctx, tx)
	if err != nil {
		return err
	}
	names, _ := declaredTables()
	for _, name := range names {
		c := carriageOf(name)
		where := c.rows(true)
		if name == "log_entries" {
			where = "t.act <> 'register-processor'"
		}
		if where == "" || name == "settings" || l.kinds[name] == nil {
			continue
		}
		var there bool
		if err := tx.NewRaw(fmt.Sprintf(`SELECT EXISTS (SELECT 1 FROM "%s" t WHERE %s)`, name, where)).Scan(ctx, &there); err != nil {
			return err
		}
		if there {
			return fmt.Errorf("%w: there are rows of %s", ErrPortalNotEmpty, name)
		}
	}
	return nil
}

// all writes the entries down that are not yet.
func (b *bringing) all(ctx context.Context, chain string) error {
	for {
		e, err := b.in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if b.done++; b.done <= b.was {
			continue
		}
		if err := b.one(ctx, e); err != nil {
			return err
		}
	}
	if b.in.chain.text() != chain {
		return brokenPortal("it was changed while it was read")
	}
	return b.commit(ctx)
}

// one takes an entry, and commits when there are some.
func (b *bringing) one(ctx context.Context, e portalEntry) error {
	b.bytes += b.in.body.Len()
	if e.Table == nil {
		if err := b.f.shelf.Put(ctx, e.Name, slices.Clone(e.Body)); err != nil {
			return err
		}
	} else {
		b.pending = append(b.pending, e)
	}
	if b.bytes < 4*portalChunk && e.Table != nil {
		return nil
	}
	return b.commit(ctx)
}

func (b *bringing) commit(ctx context.Context) error {
	if b.done == b.was {
		return nil
	}
	if err := b.f.store.bring(ctx, b.pending, b.was, b.done); err != nil {
		return err
	}
	b.was, b.pending, b.bytes = b.done, nil, 0
	return nil
}

// shelved refuses a row that names something on the shelf which the forum does not call so.
func shelved(e *portalEntry) error {
	i := slices.Index(e.Table.Columns, "shelf")
	if i < 0 {
		return nil
	}
	for _, row := range e.Rows {
		if name, _ := row[i].(string); !shelfName.MatchString(name) {
			return brokenPortal("%s names %.80q on the shelf", e.Table.Name, name)
		}
	}
	return nil
}

// endImport enters it in the log, and lets the forum be served.
func (f *Forum) endImport(ctx context.Context, by Actor, report *PortalReport) error {
	if _, broken, err := f.CheckLog(ctx); err != nil || broken != 0 {
		return either(err, brokenPortal("its log does not follow from its beginning: it breaks at entry %d", broken))
	}
	known, err := f.ReadProcessors(ctx)
	if err != nil {
		return err
	}
	return f.write(ctx, "end import", func(w *writer) error {
		m := &report.Manifest
		if err := w.log(by, "import-portal", 0, 0, fmt.Sprintf("%s of %s, made %s, %s", m.Purpose, m.Organisation, m.MadeAt.Format("2006-01-02 15:04"), report.Chain)); err != nil {
			return err
		}
		for _, p := range known {
			if err := w.log(by, "register-processor", 0, 0, p.Name+": "+p.Who+", "+p.Country+": "+p.Safeguard); err != nil {
				return err
			}
		}
		if m.Purpose == portalTransfer {
			if err := w.exec("UPDATE transfers SET done_at = ? WHERE withdrawn_at = 0 AND done_at = 0", w.now); err != nil {
				return err
			}
		}
		return w.exec("DELETE FROM portal_imports")
	})
}
