package forum_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// trouble makes the verbs fail that it is told to, each once, when all else of them is done.
type trouble struct {
	forumtest.Effects
	of map[int64]func(tx bun.Tx) error // by position in the room
	mu sync.Mutex
}

func (e *trouble) Record(_ context.Context, tx bun.Tx, facts []forum.Fact) error {
	for _, fact := range facts {
		if said, is := fact.(forum.Said); is {
			e.mu.Lock()
			fail := e.of[said.Seq]
			delete(e.of, said.Seq)
			e.mu.Unlock()
			if fail != nil {
				return fail(tx)
			}
		}
	}
	return nil
}

// commits counts them.
type commits struct{ n atomic.Int64 }

func (c *commits) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (c *commits) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if e.Operation() == "COMMIT" {
		c.n.Add(1)
	}
}

// TestVerbsShareCommits: verbs that wait for each other are committed together, and each is answered for itself: what is refused, given
// up, fails or panics leaves nothing behind, and takes nothing of the others along, even when it ends the transaction.
func TestVerbsShareCommits(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite") // on PostgreSQL each has a connection of its own
	ann := w.Member("ann")
	g, _, room := w.Group("inner", forum.MembersOnly)
	w.Ready(g, ann)
	broken := errors.New("it fails")
	effects := &trouble{of: map[int64]func(tx bun.Tx) error{
		2: func(bun.Tx) error { return broken },
		4: func(bun.Tx) error { panic("in a verb") },
		6: func(tx bun.Tx) error { // as a full disk does
			_, err := tx.Tx.Exec("ROLLBACK")
			return errors.Join(err, broken)
		},
	}}
	f := forum.New(w.Store, forum.Options{Effects: effects, Now: w.Now, Site: "https://forum.example"})
	var count commits
	w.Store.Writer().AddQueryHook(&count) //nolint:staticcheck // the forum has its handle already: a new one would not be asked
	held, err := w.Store.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	gone, leave := context.WithCancel(t.Context())
	var mu sync.Mutex
	var seqs []int64
	got := map[string]int{}
	var wg sync.WaitGroup
	const speakers = 20
	for i := range speakers {
		for kind, text := range map[string]string{"said": "a word", "refused": "", "gone": "a word"} {
			wg.Go(func() {
				ctx := t.Context()
				if kind == "gone" {
					ctx = gone
				}
				m, err := heard(func() (*forum.ChatMessage, error) { return f.Say(ctx, ann, room.ID, text, fmt.Sprint(kind, i)) })
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					seqs = append(seqs, m.Seq)
					got[kind]++
				case forum.KindOf(err) == forum.Invalid:
					got["invalid"]++
				case errors.Is(err, context.Canceled):
					got["canceled"]++
				case errors.Is(err, broken):
					got["broken"]++
				default:
					got[err.Error()]++
				}
			})
		}
	}
	wait := func(verbs int) {
		for end := time.Now().Add(time.Minute); waiting() != verbs; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d verbs wait", waiting())
			}
		}
	}
	wait(3 * speakers)
	leave()
	wait(2 * speakers)
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	slices.Sort(seqs)
	want := map[string]int{"said": speakers - 3, "invalid": speakers, "canceled": speakers, "broken": 2, "panic: in a verb": 1}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("they heard %v, not %v", got, want)
	}
	for i, seq := range seqs {
		if seq != int64(i+1) {
			t.Fatalf("the positions are %v", seqs)
		}
	}
	stored, err := f.SaidBetween(t.Context(), room.ID, 0, 1000, 1000)
	if err != nil || len(stored) != len(seqs) {
		t.Errorf("%d are stored, not %d: %v", len(stored), len(seqs), err)
	}

	// Where nothing goes wrong, those who wait together share one commit.
	if held, err = w.Store.Writer().BeginTx(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for i := range speakers {
		wg.Go(func() {
			if _, err := f.Say(t.Context(), ann, room.ID, "a word", fmt.Sprint("later", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wait(speakers)
	count.n.Store(0)
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if n := count.n.Load(); n == 0 || n > 2 {
		t.Errorf("%d commits", n)
	}
}

// waiting counts the verbs of the test that wait for their turn.
func waiting() (n int) {
	stacks := make([]byte, 16<<20)
	for one := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(one, "(*rounds).run") && strings.Contains(one, "TestVerbsShareCommits") {
			n++
		}
	}
	return n
}

// heard makes a panic an error.
func heard(say func() (*forum.ChatMessage, error)) (m *forum.ChatMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return say()
}
