package forum

import (
	"context"
	"errors"
	"sync"

	"github.com/uptrace/bun"
)

// mostTurns is how many verbs share one commit at most.
const mostTurns = 64

// rounds let verbs share commits on SQLite, where one connection writes and a commit waits for the disk: those that wait for the
// connection run one after another in one transaction, each in a savepoint of its own, and are answered when all of it is on the
// disk. A verb that fails undoes itself alone. The order is that of arrival.
type rounds struct {
	mu      sync.Mutex
	waiting []*turn
	led     bool
}

// turn is a verb's place in a round.
type turn struct {
	take chan baton // the transaction is its own now; it is always taken, by a verb that has given up, too
	pass chan error // it is the next one's; an error: nobody's any more
	done chan error // what became of the commit
}

type baton struct {
	tx    bun.Tx
	alone bool // nobody else is in the round: it needs no savepoint
	err   error
}

// errBroken is what the others of a round hear when one of them took the transaction down with it: each runs again.
var errBroken = errors.New("the transaction was given up")

// run runs a verb in a transaction that is shared with others, and returns after the commit. What runs sees what ran before it in
// the round; the pool of readers does not, until the commit.
func (r *rounds) run(ctx context.Context, db *bun.DB, verb func(tx bun.Tx) error) error {
	for {
		t := &turn{take: make(chan baton), pass: make(chan error, 1), done: make(chan error, 1)}
		r.join(db, t)
		var b baton
		select {
		case b = <-t.take:
		case <-ctx.Done():
			if r.leave(t) {
				return ctx.Err()
			}
			b = <-t.take // the round has begun
		}
		err := b.err
		if err == nil {
			err = t.run(ctx, b, verb)
		}
		committed := <-t.done
		if err == nil {
			err = committed
		}
		if !errors.Is(err, errBroken) {
			return err
		}
	}
}

func (r *rounds) join(db *bun.DB, t *turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, t)
	if !r.led {
		r.led = true
		go r.lead(db)
	}
}

// leave takes a turn back, unless its round has begun.
func (r *rounds) leave(t *turn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, other := range r.waiting {
		if other == t {
			r.waiting = append(r.waiting[:i:i], r.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// wanted tells whether somebody waits; if not, whoever comes then leads anew.
func (r *rounds) wanted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.led = len(r.waiting) > 0
	return r.led
}

// next are the turns of a round.
func (r *rounds) next() []*turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.waiting), mostTurns)
	turns := r.waiting[:n:n]
	r.waiting = r.waiting[n:]
	return turns
}

// lead holds rounds until nobody waits.
func (r *rounds) lead(db *bun.DB) {
	for r.wanted() {
		tx, err := db.BeginTx(context.Background(), nil)
		turns := r.next() // not before: who comes meanwhile is in the round; none: they have given up
		for _, t := range turns {
			t.take <- baton{tx, len(turns) == 1, err}
			if err == nil {
				err = <-t.pass
			}
		}
		if err == nil {
			err = tx.Commit()
		} else if tx.Tx != nil {
			_ = tx.Rollback()
		}
		for _, t := range turns {
			t.done <- err
		}
	}
}

// run runs the verb, and undoes what it did when it fails. A verb that panics takes the round down.
func (t *turn) run(ctx context.Context, b baton, verb func(tx bun.Tx) error) (err error) {
	passed := errBroken
	defer func() { t.pass <- passed }()
	if err = ctx.Err(); err != nil {
		passed = nil
		return err
	}
	if b.alone {
		if err = verb(b.tx); err == nil {
			passed = nil
		}
		return err
	}
	if _, err = b.tx.Tx.Exec("SAVEPOINT verb"); err != nil {
		return err
	}
	if err = verb(b.tx); err != nil {
		if _, undo := b.tx.Tx.Exec("ROLLBACK TO verb"); undo != nil { // a full disk ends the whole transaction
			return err
		}
	}
	_, released := b.tx.Tx.Exec("RELEASE verb")
	passed = released
	return either(err, released)
}
