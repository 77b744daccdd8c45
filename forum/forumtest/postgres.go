package forumtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var server struct {
	once sync.Once
	dsn  string
	err  error
	stop func()
}

// StopServers ends what Database started; a package's TestMain calls it last.
func StopServers() {
	if server.stop != nil {
		server.stop()
	}
}

// Database gives the test a PostgreSQL database of its own with the present schema: a copy of
// one that was migrated, on a throw-away server.
func Database(t testing.TB) string {
	t.Helper()
	server.once.Do(func() {
		if server.dsn, server.stop, server.err = startPostgres(); server.err == nil {
			server.err = errors.Join(runSQL("CREATE DATABASE migrated"), migrate(server.dsn+"migrated"))
		}
	})
	if server.err != nil {
		t.Fatalf("PostgreSQL: %v (make test installs it)", server.err)
	}
	name := fmt.Sprintf("t%d", rand.Uint64())
	if err := runSQL("CREATE DATABASE " + name + " TEMPLATE migrated"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runSQL("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return server.dsn + name + "?pool_max_conns=6"
}

func runSQL(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, server.dsn+"postgres")
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, sql)
	return errors.Join(err, c.Close(ctx))
}

// startPostgres starts a server under a temporary folder on a free port of loopback. It
// refuses to run as root, so that root starts it as "nobody".
func startPostgres() (dsn string, stop func(), err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return "", nil, fmt.Errorf("no postgres under /usr/lib/postgresql")
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp(memory(), "peergroups-pg")
	if err != nil {
		return "", nil, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	attr, err := unprivileged(dir)
	if err != nil {
		clean()
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		clean()
		return "", nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		clean()
		return "", nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir,
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "max_connections=200", "-c", "logging_collector=off")
	attr.Pdeathsig = syscall.SIGQUIT // a killed test leaves no server behind
	cmd.SysProcAttr, cmd.Dir = attr, dir
	ended, err := startBound(cmd)
	if err != nil {
		clean()
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		<-ended
		clean()
	}
	dsn = fmt.Sprintf("postgres://test@127.0.0.1:%d/", port)
	if err := answers(dsn); err != nil {
		stop()
		return "", nil, err
	}
	return dsn, stop, nil
}

// memory is a folder that stands in memory, where there is one with room, since most of a
// test's time goes into making its database; else the usual one for temporary files.
func memory() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < 2<<30 {
		return ""
	}
	return "/dev/shm"
}

// answers waits until the server takes connections.
func answers(dsn string) (err error) {
	for range 300 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		c, refused := pgx.Connect(ctx, dsn+"postgres")
		cancel()
		if err = refused; err == nil {
			return c.Close(context.Background())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the server does not answer: %w", err)
}

// startBound starts the command from a thread that lives as long as it does: the death
// signal is tied to the thread, not to the process.
func startBound(cmd *exec.Cmd) (ended chan struct{}, err error) {
	ended = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	return ended, <-started
}

func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	cred := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return &syscall.SysProcAttr{Credential: cred}, os.Chown(dir, int(uid), int(gid))
}
