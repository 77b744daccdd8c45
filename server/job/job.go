// Package job says which facts cause which jobs, what the clock does, and does it. Jobs
// stand in the same commit as what caused them, carry ids only, and may run more than once:
// the forum's ledger makes what leaves the house happen once.
package job

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/uptrace/bun"

	"peergroups/forum"
	"peergroups/search"
	"peergroups/server/mail"
)

// Options are what the jobs work with.
type Options struct {
	Store   *forum.Store
	Forum   *forum.Forum // may be set later, before Start: the forum's effects are these jobs
	Search  search.Engine
	Postman *mail.Postman
	Every   time.Duration // how often the clock's work is looked for; 0: a minute
	Log     *slog.Logger
	// InRoom tells whether somebody listens in a room, on any node; unsure: yes. Nil: nobody ever does.
	InRoom func(ctx context.Context, room forum.RoomID) bool
	// Find gives what a search that somebody keeps has found since then, as far as they may read it. Nil: nothing, ever.
	Find func(ctx context.Context, by forum.Actor, query string, since time.Time) ([]forum.Searched, error)
}

// Jobs is the queue and its workers. It is one half of the forum's effects.
type Jobs struct {
	Options
	insert func(ctx context.Context, tx *sql.Tx, jobs []river.InsertManyParams) error
	start  func(context.Context) error
	stop   func(context.Context) error
	halt   func(context.Context) error

	unwatch func()
	ending  atomic.Bool
}

// River's own pace is bound by polling: these make a burst of 900 jobs take 0.7 s on
// SQLite, at about one per cent of a core when idle.
const (
	workers      = 50
	fetchCool    = 10 * time.Millisecond
	fetchPoll    = 200 * time.Millisecond
	jobTimeout   = 5 * time.Minute
	keepFinished = time.Hour
)

// New brings the queue's tables up to date and builds the client of the store's dialect.
// Workers run after Start.
func New(ctx context.Context, o Options) (*Jobs, error) {
	if o.Every == 0 {
		o.Every = time.Minute
	}
	j := &Jobs{Options: o}
	if pool := o.Store.Pool(); pool != nil {
		return j, j.onPostgres(ctx)
	}
	return j, j.onSQLite(ctx)
}

func (j *Jobs) config() *river.Config {
	w := river.NewWorkers()
	river.AddWorker(w, &sender{j: j})
	river.AddWorker(w, &notifier{j: j})
	river.AddWorker(w, &clock{j: j})
	return &river.Config{
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		Workers: w, FetchCooldown: fetchCool, FetchPollInterval: fetchPoll, JobTimeout: jobTimeout,
		CompletedJobRetentionPeriod: keepFinished, PeriodicJobs: j.schedule(), Logger: j.quiet(),
	}
}

// quiet lets only the queue's troubles through.
func (j *Jobs) quiet() *slog.Logger { return slog.New(level{j.Log.Handler(), &j.ending}) }

type level struct {
	slog.Handler
	ending *atomic.Bool
}

// Handle leaves out that what was under way ended because we were told to stop.
func (l level) Handle(ctx context.Context, r slog.Record) error {
	ended := false
	r.Attrs(func(a slog.Attr) bool {
		ended = ended || strings.Contains(a.Value.String(), context.Canceled.Error())
		return !ended
	})
	if ended && l.ending.Load() {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

func (l level) Enabled(ctx context.Context, at slog.Level) bool {
	return at >= slog.LevelWarn && l.Handler.Enabled(ctx, at)
}

func (j *Jobs) onSQLite(ctx context.Context) error {
	c, err := client(j, riversqlite.New(j.Store.Writer().DB), func(m *rivermigrate.Migrator[*sql.Tx]) error { return migrate(ctx, m) })
	if err == nil {
		j.inserting(c)
	}
	return err
}

// onPostgres inserts through database/sql, whose transaction is the forum's, and works on
// the pgx pool, which listens: jobs begin within milliseconds of their commit.
func (j *Jobs) onPostgres(ctx context.Context) error {
	if _, err := client(j, riverpgxv5.New(j.Store.Pool()), func(m *rivermigrate.Migrator[pgx.Tx]) error { return migrateOnce(ctx, j, m) }); err != nil {
		return err
	}
	in, err := river.NewClient(riverdatabasesql.New(j.Store.Writer().DB), &river.Config{Logger: j.quiet()})
	if err != nil {
		return fmt.Errorf("job inserter: %w", err)
	}
	j.inserting(in)
	return nil
}

// client brings the queue's tables up to date and makes the client that works on them.
func client[T any](j *Jobs, driver riverdriver.Driver[T], migrate func(*rivermigrate.Migrator[T]) error) (*river.Client[T], error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: j.quiet()})
	if err == nil {
		err = migrate(m)
	}
	if err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	c, err := river.NewClient(driver, j.config())
	if err != nil {
		return nil, fmt.Errorf("job client: %w", err)
	}
	j.start, j.stop, j.halt = c.Start, c.Stop, c.StopAndCancel
	return c, nil
}

func (j *Jobs) inserting(c *river.Client[*sql.Tx]) {
	j.insert = func(ctx context.Context, tx *sql.Tx, jobs []river.InsertManyParams) error {
		_, err := c.InsertManyTx(ctx, tx, jobs)
		return err
	}
}

func migrate[T any](ctx context.Context, m *rivermigrate.Migrator[T]) error {
	_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// migrateOnce keeps two nodes that start together from migrating at once.
func migrateOnce(ctx context.Context, j *Jobs, m *rivermigrate.Migrator[pgx.Tx]) error {
	held, err := j.Store.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer held.Release()
	if _, err := held.Exec(ctx, "SELECT pg_advisory_lock(727003)"); err != nil {
		return err
	}
	defer func() { _, _ = held.Exec(ctx, "SELECT pg_advisory_unlock(727003)") }()
	return migrate(ctx, m)
}

// Record puts the jobs of the facts, and what is old in the search engine, into the transaction that states them.
func (j *Jobs) Record(ctx context.Context, tx bun.Tx, facts []forum.Fact) error {
	var jobs []river.InsertManyParams
	var old []forum.Searched
	for _, fact := range facts {
		old = append(old, searchedOf(fact)...)
		for _, args := range jobsOf(fact) {
			jobs = append(jobs, river.InsertManyParams{Args: args})
		}
	}
	if err := j.Forum.NoteSearchedIn(ctx, tx, old); err != nil || jobs == nil {
		return err
	}
	return j.insert(ctx, tx.Tx, jobs)
}

// Start begins to work.
func (j *Jobs) Start(ctx context.Context) error {
	if err := j.start(ctx); err != nil {
		return err
	}
	watch, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var both sync.WaitGroup
		both.Go(func() { j.watchClock(watch) })
		both.Go(func() { j.watchSearch(watch) })
		both.Wait()
	}()
	j.unwatch = func() { end(); <-ended }
	return nil
}

// Stop lets running jobs end; when the context ends first they are cancelled and run again
// at the next start.
func (j *Jobs) Stop(ctx context.Context) error {
	j.ending.Store(true)
	j.unwatch()
	if err := j.stop(ctx); err == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return j.halt(last)
}
