// Package forum holds every noun of the product, who may do what, and writing it down
// with its consequences in one transaction. It is flat: one file per noun holds the type,
// its rules, its verbs and its SQL. Shared are policy.go (who may), audience.go (the gate),
// writer.go (the transaction), fact.go, error.go and dialect.go.
//
// What does not belong here: pages, mails, sockets, jobs, search engines. The forum states
// facts; the packages under server/ act on them.
package forum

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/uptrace/bun"
)

// Effects is the forum's one outgoing interface, glued together in main.
type Effects interface {
	// Record puts the jobs that follow from the facts into the same transaction.
	Record(ctx context.Context, tx bun.Tx, facts []Fact) error
	// Announce tells live pages, after the commit. It must not block and cannot fail.
	Announce(ctx context.Context, facts []Fact)
}

// Options are what a Forum is built with. The zero value of each field is usable.
type Options struct {
	Effects Effects          // nil: facts have no consequences
	Now     func() time.Time // nil: the machine's clock
	Log     *slog.Logger     // nil: nothing is logged
	Shelf   Shelf            // keeps files; nil: those of this process only
	Secret  []byte           // seals tokens; nil: tokens of this process only
	Site    string           // BASE_URL, to which passkeys are bound; "": there are none
	Lax     bool             // roles of the staff count without a second factor: for the demo
}

// Forum gives the verbs. It is safe for use by many goroutines.
type Forum struct {
	store   *Store
	effects Effects
	now     func() time.Time
	log     *slog.Logger
	shelf   Shelf
	secret  []byte
	readers *readers
	lax     bool
	rp      *webauthn.WebAuthn // nil: no passkeys
	ids     idMaker
	crowds  sync.Map // Audience: how many people were in it a moment ago (about)
}

// New builds a forum on a store whose schema is up to date (see Store.Migrate).
func New(store *Store, o Options) *Forum {
	f := &Forum{store: store, effects: o.Effects, now: o.Now, log: o.Log, shelf: o.Shelf, secret: o.Secret, lax: o.Lax, rp: relyingParty(o.Site), readers: newReaders()}
	if f.effects == nil {
		f.effects = noEffects{}
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if f.shelf == nil {
		f.shelf = &memory{of: map[string][]byte{}}
	}
	if len(f.secret) == 0 {
		f.secret = []byte(rand.Text())
	}
	return f
}

type noEffects struct{}

func (noEffects) Record(context.Context, bun.Tx, []Fact) error { return nil }
func (noEffects) Announce(context.Context, []Fact)             {}

// Instant is a point in time: microseconds since 1970, UTC. Zero means "not (yet)".
type Instant int64

// At turns a time into an Instant; what is finer than a microsecond is cut off.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time gives the instant in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

func (f *Forum) instant() Instant { return At(f.now()) }
