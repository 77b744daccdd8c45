package forum

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrShelfFull is what a shelf answers that has no room for more.
var ErrShelfFull = errors.New("no room for files")

// Shelf keeps the bytes of files under names that the forum makes (letters, digits and "-").
// It decides nothing: the forum asks it only for what the gate has let through.
type Shelf interface {
	// Put is durable when it returns. A name is never put twice.
	Put(ctx context.Context, name string, b []byte) error
	// Get gives the bytes to read and how many there are; fs.ErrNotExist for what is not there.
	Get(ctx context.Context, name string) (io.ReadCloser, int64, error)
	// Drop of what is not there is no error.
	Drop(ctx context.Context, name string) error
	// Names lists what was put before the time.
	Names(ctx context.Context, before time.Time) ([]string, error)
}

// unshelve drops bytes that no row names any more. What it cannot drop the sweep does.
func (f *Forum) unshelve(ctx context.Context, names ...string) {
	for _, name := range names {
		for _, one := range []string{name, name + thumbOf} {
			if err := f.shelf.Drop(context.WithoutCancel(ctx), one); err != nil {
				f.log.Error("drop file", "err", err)
			}
		}
	}
}

// SweepFiles throws away what was never posted in a week and is not to be, evidence a year after its application
// was closed, and bytes that no row names: of a
// process that was killed between putting them down and naming them.
func (f *Forum) SweepFiles(ctx context.Context) error {
	if err := f.write(ctx, "sweep files", func(w *writer) error {
		return either(w.takeDown("post_id = 0 AND added_at < ? AND NOT EXISTS (SELECT 1 FROM waiting h WHERE h.id = files.waiting_id) AND NOT EXISTS (SELECT 1 FROM drafts d WHERE d.id = files.waiting_id) AND NOT EXISTS (SELECT 1 FROM scheduled x WHERE x.member_id = files.author_id AND x.files LIKE '% ' || files.id || ' %')", w.now.add(-unpostedTime)),
			w.takeEvidence("application_id IN (SELECT a.id FROM applications a WHERE a.closed_at > 0 AND a.closed_at < ?)", w.now.add(-evidenceKept)))
	}); err != nil {
		return err
	}
	names, err := f.shelf.Names(ctx, f.now().Add(-strayAfter))
	if err != nil || len(names) == 0 {
		return err
	}
	if ours, err := f.ownShelf(ctx, names); err != nil || !ours {
		return err
	}
	var known []string
	if err := f.store.read.scan(ctx, &known, "SELECT shelf FROM files UNION ALL SELECT shelf FROM evidence"); err != nil {
		return err
	}
	named := map[string]bool{}
	for _, name := range known {
		named[name] = true
	}
	for _, name := range names {
		if name = strings.TrimSuffix(name, thumbOf); !named[name] && !strings.HasPrefix(name, shelfMark) {
			f.unshelve(ctx, name)
		}
	}
	return nil
}

// shelfMark begins the name that says whose the shelf is.
const shelfMark = "shelf-of-"

// ownShelf tells whether the shelf is this forum's alone: with another's database what it does not
// know is not stray. Who restores an older dump restores the folder with it: what is newer is swept. The first to look puts its mark there.
func (f *Forum) ownShelf(ctx context.Context, names []string) (bool, error) {
	var mine string
	err := f.write(ctx, "name shelf", func(w *writer) error {
		if err := w.exec("INSERT INTO settings (name, value) VALUES ('shelf', ?) ON CONFLICT DO NOTHING", shelfMark+strings.ToLower(rand.Text())); err != nil {
			return err
		}
		return w.one(&mine, "SELECT value FROM settings WHERE name = 'shelf'")
	})
	if err != nil {
		return false, err
	}
	marked := false
	for _, name := range names {
		if strings.HasPrefix(name, shelfMark) && name != mine {
			f.log.Error("the folder of files is another forum's: nothing is swept in it")
			return false, nil
		}
		marked = marked || name == mine
	}
	if marked {
		return true, nil
	}
	if _, err := f.read(ctx, mine); err == nil {
		return false, nil // too new to be in the list
	}
	return false, f.shelf.Put(ctx, mine, []byte("this folder keeps the files of one forum\n"))
}

// read gives the bytes of a file whole, to be looked through.
func (f *Forum) read(ctx context.Context, name string) ([]byte, error) {
	r, _, err := f.shelf.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// memory is the shelf of a forum that was given none: its files end with the process.
type memory struct {
	mu sync.Mutex
	of map[string][]byte
}

func (m *memory) Put(_ context.Context, name string, b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of[name] = slices.Clone(b)
	return nil
}

func (m *memory) Get(_ context.Context, name string) (io.ReadCloser, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.of[name]
	if !ok {
		return nil, 0, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

func (m *memory) Drop(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, name)
	return nil
}

func (m *memory) Names(context.Context, time.Time) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.of)), nil
}
