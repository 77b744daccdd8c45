// Package forumtest gives each test a migrated forum of its own, and builders that speak
// through the same verbs as every door. Nothing here writes rows past a verb.
package forumtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"peergroups/forum"
)

// Effects records the facts of committed verbs.
type Effects struct {
	mu    sync.Mutex
	facts []forum.Fact
	Fail  error // when set, Record fails with it: the verb must leave nothing behind
}

// Record implements forum.Effects.
func (e *Effects) Record(context.Context, bun.Tx, []forum.Fact) error { return e.Fail }

// Announce implements forum.Effects.
func (e *Effects) Announce(_ context.Context, facts []forum.Fact) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.facts = append(e.facts, facts...)
}

// Take gives the facts since the last call.
func (e *Effects) Take() []forum.Fact {
	e.mu.Lock()
	defer e.mu.Unlock()
	facts := e.facts
	e.facts = nil
	return facts
}

// World is one test's forum with its administrator, its clock and its recorded facts.
type World struct {
	*forum.Forum
	Store   *forum.Store
	Effects *Effects
	Admin   forum.Actor

	t     testing.TB
	mu    sync.Mutex
	clock time.Time
	keys  int
}

// Password is every built member's.
const Password = "correct horse battery"

// Organisation is every world's.
var Organisation = forum.Organisation{Name: "Chamber of Mediators", Seal: "CM", Address: "70 Example Lane", Contact: "privacy@forum.example"}

// Dialects are the databases that each test of SQL runs on.
var Dialects = []string{"sqlite", "postgres"}

// On runs the test on each database, each time in a new world.
func On(t *testing.T, test func(t *testing.T, w *World)) {
	for _, dialect := range Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			test(t, New(t, dialect))
		})
	}
}

// New makes a world on "sqlite" or "postgres".
func New(t testing.TB, dialect string) *World {
	t.Helper()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "forum.db")
	if dialect == "postgres" {
		dsn = Database(t)
	} else if err := copyMigrated(strings.TrimPrefix(dsn, "sqlite:")); err != nil {
		t.Fatal(err)
	}
	store, err := forum.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &World{Store: store, Effects: &Effects{}, t: t, clock: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	w.Forum = forum.New(store, forum.Options{Effects: w.Effects, Now: w.Now, Site: "https://forum.example"})
	id, err := w.SetUp(t.Context(), w.SetUpToken(), registration("admin"), Organisation)
	w.must(err)
	w.Admin = w.As(id)
	return w
}

// migrated is the file of an empty forum with the present schema, which is made once.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "peergroups")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "forum.db")
	if err := migrate("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func copyMigrated(to string) error {
	file, err := migrated()
	if err != nil {
		return err
	}
	return os.WriteFile(to, file, 0o600)
}

func migrate(dsn string) error {
	store, err := forum.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	return errors.Join(store.Migrate(context.Background()), store.Close())
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Now is the world's clock; each look moves it by a millisecond, so that nothing happens at once.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(time.Millisecond)
	return w.clock
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// As loads who the member is now.
func (w *World) As(id forum.MemberID) forum.Actor {
	w.t.Helper()
	a, err := w.ActorFor(w.t.Context(), id)
	w.must(err)
	return a
}

func registration(handle string) forum.Registration {
	return forum.Registration{Handle: handle, Password: Password, Name: strings.ToUpper(handle[:1]) + handle[1:] + " Test",
		Email: handle + "@members.example", Language: "en", Zone: "Europe/Amsterdam", Agreed: true}
}

// Member registers and confirms somebody.
func (w *World) Member(handle string) forum.Actor {
	w.t.Helper()
	w.Effects.Take()
	w.must(w.Register(w.t.Context(), registration(handle), handle))
	for _, fact := range w.Effects.Take() {
		if r, ok := fact.(forum.MemberRegistered); ok {
			session, err := w.ConfirmAddress(w.t.Context(), w.LinkToken("confirm-address", r.Token), Password, "")
			w.must(err)
			w.must(w.LogOut(w.t.Context(), session))
			w.Effects.Take()
			return w.As(r.Member)
		}
	}
	w.t.Fatalf("%s was not registered", handle)
	return forum.Actor{}
}

// CertifiedMember registers, confirms and certifies somebody for a year.
func (w *World) CertifiedMember(handle string) forum.Actor {
	w.t.Helper()
	m := w.Member(handle)
	_, err := w.Certify(w.t.Context(), w.Admin, m.Member, forum.At(w.Now().AddDate(1, 0, 0)))
	w.must(err)
	return w.As(m.Member)
}

// Group makes a group of the administrator's with a board and a room of the same name.
func (w *World) Group(slug string, v forum.Visibility, o ...func(*forum.GroupDraft)) (*forum.Group, *forum.Board, *forum.Room) {
	w.t.Helper()
	d := forum.GroupDraft{Slug: slug, Name: "Group " + slug, Visibility: v}
	for _, change := range o {
		change(&d)
	}
	g, err := w.CreateGroup(w.t.Context(), w.Admin, d)
	w.must(err)
	b, err := w.CreateBoard(w.t.Context(), w.Admin, g.ID, forum.BoardDraft{Slug: slug, Name: "Board " + slug})
	w.must(err)
	r, err := w.OpenRoom(w.t.Context(), w.Admin, g.ID, slug, forum.RoomDraft{Name: "Room " + slug})
	w.must(err)
	return g, b, r
}

// Ready lets the members in, by invitation, and has each acknowledge every door.
func (w *World) Ready(g *forum.Group, members ...forum.Actor) {
	w.t.Helper()
	for _, m := range members {
		if m.Member != w.Admin.Member {
			if err := w.Invite(w.t.Context(), w.Admin, g.ID, m.Member); err != nil && forum.KindOf(err) != forum.Conflict {
				w.must(err)
			}
			w.must(w.Join(w.t.Context(), m, g.ID))
		}
		for _, door := range []forum.Door{forum.OnBoard, forum.ByMail, forum.InRoom} {
			d, err := w.Disclose(w.t.Context(), m, g.ID, door)
			w.must(err)
			w.must(w.Acknowledge(w.t.Context(), m, g.ID, door, d.Wording))
		}
	}
}

// Key is a form's mark that was not used before.
func (w *World) Key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys++
	return "key-" + strings.Repeat("i", w.keys)
}
