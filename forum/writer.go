package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// writer is one write verb under way: the transaction, its instant, and the facts so far.
// Inside a verb only the writer's tx is used: on SQLite any other handle waits on itself.
type writer struct {
	ctx   context.Context
	asker context.Context // of who asked, who may be gone before the end
	f     *Forum
	tx    bun.Tx
	now   Instant
	facts []Fact
	gone  []string // names on the shelf that no row names any more
	texts []string // of questions that were not asked before
}

const tries = 3

// write runs one verb: its rows, its facts and their jobs are in one commit or not at all.
// What the verb states is announced after the commit.
func (f *Forum) write(ctx context.Context, op string, verb func(w *writer) error) (err error) {
	defer during(&err, op)
	for try := 1; ; try++ {
		var w *writer
		err = f.store.change(ctx, func(own context.Context, tx bun.Tx) error {
			w = &writer{ctx: own, asker: ctx, f: f, now: f.instant(), tx: tx}
			if err := verb(w); err != nil {
				return err
			}
			return f.effects.Record(own, tx, w.facts)
		})
		if err == nil {
			f.keep(ctx, w.texts)
			f.unshelve(ctx, w.gone...)
			f.effects.Announce(context.WithoutCancel(ctx), w.facts) // it has happened, whoever asked may have gone
			return nil
		}
		if try == tries || !passing(err) {
			return err
		}
	}
}

// keep has questions parsed for the next time. On SQLite a verb holds the one connection that writes: what it asks for the
// first time can be parsed for good only when it is done.
func (f *Forum) keep(ctx context.Context, texts []string) {
	for _, text := range texts {
		if _, err := f.store.kept.prepared(context.WithoutCancel(ctx), f.store.write.DB, text); err != nil { //nolint:sqlclosecheck // closed with the connection
			f.log.Warn("question not kept", "err", err) // it is parsed each time
		}
	}
}

func (w *writer) id() int64 { return w.f.ids.next(w.now.Time()) }

func (w *writer) state(facts ...Fact) { w.facts = append(w.facts, facts...) }

func (w *writer) exec(query string, args ...any) error {
	_, err := w.run(query, args)
	return err
}

// changed runs a statement and tells how many rows it changed.
func (w *writer) changed(query string, args ...any) (int64, error) {
	res, err := w.run(query, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (w *writer) one(dest any, query string, args ...any) error {
	return one(w.ctx, w, dest, query, args...)
}

func (i Instant) add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }
