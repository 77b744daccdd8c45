// The program: commands, configuration, building, running, stopping. It alone connects the
// packages; each of them knows only what the one below it offers.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	kongyaml "github.com/alecthomas/kong-yaml"

	"peergroups/forum"
	"peergroups/search"
	"peergroups/server/job"
)

type program struct {
	Config

	Serve   serveCommand   `cmd:"" default:"withargs" help:"Run the forum (the default)."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date and end."`
	Admin   struct {
		Grant     grantCommand     `cmd:"" help:"Give a member a role: administrator, reviewer or privacy-officer."`
		Factors   factorsCommand   `cmd:"" name:"take-factors" help:"Take away the lost second factors of a member, who is told by mail."`
		Processor processorCommand `cmd:"" help:"Name who stands behind a service outside, before data goes there."`
		CheckLog  checkLogCommand  `cmd:"" help:"Check that no entry of the log was changed, taken out or put in."`
	} `cmd:"" help:"What an operator may do without the site."`
	Mail struct {
		Receive       receiveCommand       `cmd:"" help:"Hand the mail on standard input to the running forum, as a mail server's pipe does."`
		Import        importCommand        `cmd:"" help:"Bring archives of another list (mbox) into a board of a private group."`
		ImportMembers importMembersCommand `cmd:"" help:"Invite the members of another list to a group."`
		Export        exportCommand        `cmd:"" help:"Write a board as an mbox, as an owner of its group reads it."`
		ExportMembers exportMembersCommand `cmd:"" help:"Write the members of a group as a table (CSV), as an owner of it sees them."`
	} `cmd:"" help:"The mail door."`
	Search struct {
		Rebuild rebuildCommand `cmd:"" help:"Build the index anew, beside the one that is searched meanwhile; goes on where it was left."`
		Verify  verifyCommand  `cmd:"" help:"Compare the index with the forum, and mend what differs."`
	} `cmd:"" help:"The search engine."`
	Portal  portalCommands `cmd:"" help:"The whole portal in one archive: a backup, or for another body that takes it over."`
	Health  healthCommand  `cmd:"" help:"Ask the running forum on this machine whether it is ready."`
	Version versionCommand `cmd:"" help:"Say which version this is."`
}

type serveCommand struct {
	Demo bool `help:"Fill an empty forum with a believable body of mediators."`
}

const stopTime = 20 * time.Second

// Run runs until the program is told to stop.
func (s *serveCommand) Run(c *Config, out io.Writer, log *slog.Logger) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	srv, err := start(ctx, c, parts{Out: out, Log: log, Now: time.Now, Demo: s.Demo}) //nolint:forbidigo // the one place where the clock comes from
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		cancel() // a second signal ends at once
	case err = <-srv.broken:
	}
	stop, done := context.WithTimeout(context.Background(), stopTime)
	defer done()
	return errors.Join(err, srv.stop(stop))
}

type migrateCommand struct{}

// Run migrates.
func (migrateCommand) Run(c *Config, out io.Writer, log *slog.Logger) error {
	return withForum(c, log, func(ctx context.Context, store *forum.Store, _ *forum.Forum) error {
		if _, err := job.New(ctx, job.Options{Store: store, Log: log}); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "The database is up to date.")
		return err
	})
}

type grantCommand struct {
	Login string `arg:"" help:"User ID or e-mail address."`
	Role  string `arg:"" enum:"administrator,reviewer,privacy-officer" help:"Role."`
}

// Run grants a role by the operator, who is nobody in the forum: the log says so.
func (g *grantCommand) Run(c *Config, out io.Writer, log *slog.Logger) error {
	return withForum(c, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		m, err := f.MemberByLogin(ctx, g.Login)
		if err != nil {
			return fmt.Errorf("%s: no active member of that name", g.Login)
		}
		operator := forum.Actor{Roles: forum.Roles} // whoever has the machine has the forum
		if err := f.Grant(ctx, operator, m, forum.Role(g.Role)); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s is %s.\n", g.Login, g.Role)
		return err
	})
}

type factorsCommand struct {
	Login  string `arg:"" help:"User ID or e-mail address."`
	Reason string `arg:"" help:"Why: the member and all administrators are told."`
}

// Run takes the factors away by the operator: the last help of a body whose one administrator lost them.
func (c *factorsCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	return withForum(config, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		if err := f.TakeFactorsByLogin(ctx, forum.Actor{Roles: forum.Roles}, c.Login, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "%s has no second factor any more; the mails go out when the forum runs.\n", c.Login)
		return err
	})
}

type processorCommand struct {
	Service   string `arg:"" help:"relay, database, broker, search, login or analytics."`
	Who       string `required:"" help:"Company or body."`
	Country   string `required:"" help:"Where it works on the data."`
	Safeguard string `required:"" help:"By what the data is safe there: a contract, a decision on adequacy."`
}

// Run registers it by the operator: without it the forum does not start, and nobody can register it on its pages.
func (c *processorCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	return withForum(config, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		if err := f.RegisterProcessor(ctx, forum.Actor{Roles: forum.Roles}, forum.Processor{Name: c.Service, Who: c.Who, Country: c.Country, Safeguard: c.Safeguard}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "%s is registered: %s, %s.\n", c.Service, c.Who, c.Country)
		return err
	})
}

type checkLogCommand struct {
	Head string `help:"A head that was noted before: it must still be in the log, else its end was cut off."`
}

// Run reads the log's chain from its beginning.
func (l checkLogCommand) Run(c *Config, out io.Writer, log *slog.Logger) error {
	return withForum(c, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		p, err := f.ProveLog(ctx, l.Head)
		switch {
		case err != nil:
		case p.Broken != 0:
			err = fmt.Errorf("the log is broken at entry %d: %d before it are whole", p.Broken, p.Whole)
		case l.Head != "" && p.Noted == 0:
			err = errors.New("the head that was noted is not in the log: entries were cut off or written anew")
		default:
			_, err = fmt.Fprintf(out, "%d entries, each follows from the one before.\nHead: %s\n", p.Whole, p.Head)
		}
		return err
	})
}

type rebuildCommand struct{}

// Run builds the index of the search engine anew, beside the one that is searched meanwhile.
func (rebuildCommand) Run(c *Config, out io.Writer, log *slog.Logger) error {
	return withForum(c, log, func(ctx context.Context, store *forum.Store, f *forum.Forum) error {
		engine, err := searchEngine(ctx, c, store, f, log)
		if err != nil {
			return err
		}
		n, err := job.Rebuild(ctx, f, engine, func(n int) {
			if n%10_000 == 0 {
				_, _ = fmt.Fprintf(out, "%d documents …\n", n)
			}
		})
		if err == nil {
			_, err = fmt.Fprintf(out, "%d posts and messages can be found.\n", n)
		}
		return err
	})
}

type verifyCommand struct{}

// Run compares what the search engine holds with the forum, and has mended what differs.
func (verifyCommand) Run(c *Config, out io.Writer, log *slog.Logger) error {
	return withForum(c, log, func(ctx context.Context, store *forum.Store, f *forum.Forum) error {
		engine, err := searchEngine(ctx, c, store, f, log)
		if err != nil {
			return err
		}
		n, wrong, err := job.Verify(ctx, f, engine)
		if err == nil {
			err = job.BringSearch(ctx, f, engine, 0)
		}
		if err == nil {
			_, err = fmt.Fprintf(out, "%d posts and messages compared; %d differed, and are mended.\n", n, wrong)
		}
		return err
	})
}

type healthCommand struct{}

// Run asks /readyz: for containers, which have no other program in them.
func (healthCommand) Run(c *Config) error {
	client := http.Client{Timeout: 4 * time.Second}
	res, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)) + "/readyz")
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		err = fmt.Errorf("not ready: %s", res.Status)
	}
	return errors.Join(err, res.Body.Close())
}

type versionCommand struct{}

// Run says the version.
func (versionCommand) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "peergroups", programVersion())
	return err
}

func programVersion() string {
	if b, ok := debug.ReadBuildInfo(); ok {
		return b.Main.Version
	}
	return "unknown"
}

// withForum opens the store for a command that does not serve.
func withForum(c *Config, log *slog.Logger, do func(context.Context, *forum.Store, *forum.Forum) error) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	key, err := c.secret()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, store, forum.New(store, forum.Options{Log: log, Secret: key, Shelf: folderOf(c)})), store.Close())
}

func openStore(ctx context.Context, c *Config) (*forum.Store, error) {
	store, err := forum.Open(ctx, c.database())
	if err != nil {
		return nil, err
	}
	if err = store.UnfinishedImport(ctx); err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

type migrating interface {
	search.Engine
	Migrate(context.Context) error
}

// searchEngine builds the engine: Meilisearch with the database behind it, or the database.
func searchEngine(ctx context.Context, c *Config, store *forum.Store, f *forum.Forum, log *slog.Logger) (search.Engine, error) {
	if err := named(ctx, c, f); err != nil {
		return nil, err
	}
	var sql migrating = search.NewSQL(store.Writer(), store.Reader())
	if err := sql.Migrate(ctx); err != nil {
		return nil, err
	}
	if c.MeiliURL == "" {
		return sql, nil
	}
	var meili migrating = search.NewMeili(c.MeiliURL, c.MeiliKey, "posts")
	if err := meili.Migrate(ctx); err != nil { // it is made ready when it is back
		log.Warn("Meilisearch is away; the database is searched meanwhile", "err", err)
	}
	return search.NewFallback(meili, sql, search.FallbackOptions{}), nil
}

func newSecret() string { return rand.Text() + rand.Text() }

func main() {
	var p program
	k := kong.Parse(&p, kong.Name("peergroups"), kong.Description("Groups with boards, a mailing list and chat rooms, for people bound by confidentiality."),
		kong.Configuration(kongyaml.Loader), kong.UsageOnError())
	level := slog.LevelInfo
	if p.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	k.BindTo(os.Stdout, (*io.Writer)(nil))
	k.FatalIfErrorf(k.Run(&p.Config, log))
}
