package forum

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func openTest(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "forum.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestMigrateTwiceIsOnceAndNewerIsRefused(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.write.NewRaw("INSERT INTO schema_migrations (name) VALUES ('9999_later.sql')").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("a newer schema: %v", err)
	}
}

// TestReadersCannotWrite: the pool that pages read from is not able to change anything.
func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.read.NewRaw("DELETE FROM members").Exec(t.Context()); err == nil {
		t.Error("the reading pool wrote")
	}
}

func TestOpenRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"", "mysql://x", "forum.db"} {
		if s, err := Open(context.Background(), dsn); err == nil {
			t.Errorf("%q was opened", dsn)
			_ = s.Close()
		}
	}
}

func TestIDsGrowWithinAProcess(t *testing.T) {
	t.Parallel()
	var m idMaker
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ids := make([]int64, 500)
	for i := range ids {
		ids[i] = m.next(now)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 500 || ids[499] >= 1<<53 {
		t.Errorf("ids: %v", ids)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	if realPasses < 2 || realKiB < 19*1024 {
		t.Errorf("the program hashes with %d passes over %d KiB", realPasses, realKiB)
	}
	hash, err := hashPassword(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct hors": false, "": false} {
		if got, err := samePassword(t.Context(), password, hash); err != nil || got != want {
			t.Errorf("%q: %t, %v", password, got, err)
		}
	}
	if got, err := samePassword(t.Context(), "", ""); err != nil || got {
		t.Errorf("no hash: %t, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hashing <- struct{}{}
	hashing <- struct{}{}
	_, err = hashPassword(ctx, "waiting")
	<-hashing
	<-hashing
	if !errors.Is(err, context.Canceled) {
		t.Errorf("hashing does not bound its memory: %v", err)
	}
}

// TestLogHashesWhatIsStored: a reason with bytes that are no text does not break the log's chain.
func TestLogHashesWhatIsStored(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := New(s, Options{Now: time.Now})
	if err := f.write(t.Context(), "log", func(w *writer) error { return w.log(Actor{}, "lock", 1, 1, "a\xffb\x00c") }); err != nil {
		t.Fatal(err)
	}
	if whole, broken, err := f.CheckLog(t.Context()); err != nil || whole != 1 || broken != 0 {
		t.Errorf("%d, broken at %d, %v", whole, broken, err)
	}
}
