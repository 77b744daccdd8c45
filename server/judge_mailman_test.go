//go:build judges

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

const (
	besideReaders = 1000
	besidePosts   = 1000
	besideWriters = 64
)

// BenchmarkBesideMailman: Mailman 3 and this program in one run, with the same sink (.ci/mailman). Each mail to a reader has
// that reader in To and in its return address; ours are signed, too (Ed25519).
func BenchmarkBesideMailman(b *testing.B) {
	b.Run("ours/list", func(b *testing.B) { listMail(b, nil) })
	b.Run("mailman/list", func(b *testing.B) {
		m := mailman(b)
		before := m.box.got.Load()
		for i := 0; b.Loop(); i++ {
			m.hand(b, "all", i, 0)
			before += besideReaders
			m.await(b, before)
		}
		b.ReportMetric(besideReaders*float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		m.memory(b)
	})
	b.Run("ours/in", oursIn)
	b.Run("mailman/in", func(b *testing.B) {
		m := mailman(b)
		for round := 0; b.Loop(); round++ {
			before, began := m.box.got.Load(), time.Now()
			eightAtOnce(besidePosts, func(i int) { m.hand(b, "one", round*besidePosts+i, i%besideWriters) })
			b.ReportMetric(besidePosts/time.Since(began).Seconds(), "accepted/s")
			m.await(b, before+besidePosts)
			b.ReportMetric(besidePosts/time.Since(began).Seconds(), "posts/s")
		}
		m.memory(b)
	})
	b.Run("ours/memory", oursMemory)
}

// eightAtOnce does something n times, eight of them side by side.
func eightAtOnce(n int64, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < n; i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wg.Wait()
}

// besideMail is a mail to a list, of the length of the posts of the other benchmarks.
func besideMail(from, to string, id string) []byte {
	return fmt.Appendf(nil, "From: <%s>\r\nTo: <%s>\r\nSubject: To all of you %s\r\nMessage-ID: <%s@x.example>\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
		from, to, id, id, time.Now().Format(time.RFC1123Z), strings.ReplaceAll(text600, "\n", "\r\n"))
}

// oursIn: mails that open topics, of 64 members, from eight connections, each in a transaction of its own, until one reader has all.
func oursIn(b *testing.B) {
	w := begin(b, "sqlite", nil)
	w.box.plain.Store(true)
	w.dns.set("members.example", "v=spf1 ip4:127.0.0.1 -all")
	w.dns.set("_dmarc.members.example", "v=DMARC1; p=reject")
	g, talk, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin)
	for round := 0; b.Loop(); round++ {
		b.StopTimer()
		var all []forum.Registration
		for i := range besideWriters { // of others each time, since a member writes so much in ten minutes only
			all = append(all, person(fmt.Sprintf("writer%d-%d", round, i)))
		}
		ids, err := w.forum.Adopt(b.Context(), w.admin, all)
		w.must(err)
		for _, id := range ids {
			w.enter(g, w.as(id))
		}
		if round == 0 {
			w.must(w.forum.Subscribe(b.Context(), w.as(ids[0]), talk.ID, forum.Each))
		}
		time.Sleep(2 * time.Second)
		before := w.box.got.Load()
		b.StartTimer()
		began := time.Now()
		eightAtOnce(besidePosts, func(i int) {
			from := fmt.Sprintf("writer%d-%d@members.example", round, i%besideWriters)
			handTo(b, w.mailAt, false, from, "talk.inner@forum.example", besideMail(from, "talk.inner@forum.example", fmt.Sprint(round*besidePosts+i)))
		})
		b.ReportMetric(besidePosts/time.Since(began).Seconds(), "accepted/s")
		for w.box.got.Load() < before+besidePosts && !b.Failed() {
			time.Sleep(time.Millisecond)
		}
		b.ReportMetric(besidePosts/time.Since(began).Seconds(), "posts/s")
	}
}

// handTo does one transaction on a connection of its own, as mail servers do.
func handTo(b *testing.B, at string, lmtp bool, from, to string, raw []byte) {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		b.Error(err)
		return
	}
	c := smtp.NewClient(conn)
	if lmtp {
		c = smtp.NewClientLMTP(conn)
	}
	defer func() { _ = c.Close() }()
	if err := errors.Join(hand(c, from, []string{to}, raw), c.Quit()); err != nil {
		b.Error(err)
	}
}

// oursMemory: what the program has in memory with a thousand readers, at rest and after a mail to all.
func oursMemory(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		binary := filepath.Join(dir, "peergroups")
		if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, ".").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		w := &world{t: b}
		w.box.plain.Store(true)
		w.box.open(b)
		data := filepath.Join(dir, "data")
		listWorld(b, data, besideReaders)
		cmd := exec.Command(binary, "--port=0", "--listen=127.0.0.1", "--smtp-listen=off", "--data-dir="+data, "--smtp-url=smtp://"+w.box.at)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for began := time.Now(); w.box.got.Load() < besideReaders && time.Since(began) < time.Minute; {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(3 * time.Second)
		rss, pss, most := memoryOf(cmd.Process.Pid)
		b.ReportMetric(rss, "MB-resident")
		b.ReportMetric(pss, "MB-own-share")
		b.ReportMetric(most, "MB-at-most")
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

var inKB = regexp.MustCompile(`(?m)^(Rss|Pss|VmHWM):\s+([0-9]+) kB`)

// memoryOf gives megabytes of some processes: resident, resident with what is shared divided, and resident at most.
func memoryOf(pids ...int) (rss, pss, most float64) {
	for _, pid := range pids {
		var text []byte
		for _, name := range []string{"smaps_rollup", "status"} {
			part, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
			text = append(append(text, part...), '\n')
		}
		for _, m := range inKB.FindAllStringSubmatch(string(text), -1) {
			n, _ := strconv.ParseFloat(m[2], 64)
			switch m[1] {
			case "Rss":
				rss += n / 1024
			case "Pss":
				pss += n / 1024
			default:
				most += n / 1024
			}
		}
	}
	return rss, pss, most
}

// mailmanRun is a Mailman of the measuring's own.
type mailmanRun struct {
	box    letterBox
	at     string // LMTP
	master int
}

// besideLists makes two lists in Mailman: "all" with a thousand members who get each mail, and "one" whose 64 members write
// and of whom one gets mail.
const besideLists = `
from datetime import datetime
from mailman.app.lifecycle import create_list
from mailman.config import config
from mailman.interfaces.action import Action
from mailman.interfaces.domain import IDomainManager
from mailman.interfaces.mailinglist import Personalization
from mailman.interfaces.member import DeliveryStatus, MemberRole
from mailman.interfaces.usermanager import IUserManager
from zope.component import getUtility

def fill():
    getUtility(IDomainManager).add("forum.example")
    users = getUtility(IUserManager)
    lists = [create_list(name + "@forum.example", ["admin@members.example"]) for name in ("all", "one")]
    for mlist in lists:
        mlist.personalize = Personalization.full
        mlist.default_member_action = Action.accept
        mlist.send_welcome_message = False
        mlist.admin_immed_notify = False
        mlist.max_message_size = 0
    for i in range(1000):
        user = users.create_user(f"reader{i}@members.example", f"Reader {i}")
        address = list(user.addresses)[0]
        address.verified_on = datetime.now()
        lists[0].subscribe(address, MemberRole.member, send_welcome_message=False)
        if i < 64:
            member = lists[1].subscribe(address, MemberRole.member, send_welcome_message=False)
            if i > 0:
                member.preferences.delivery_status = DeliveryStatus.by_moderator
    config.db.commit()
`

// mailman starts one, with its own folder, database and ports.
func mailman(b *testing.B) *mailmanRun {
	b.Helper()
	m := &mailmanRun{}
	m.box.plain.Store(true)
	m.box.open(b)
	dir := b.TempDir()
	host, port, _ := net.SplitHostPort(m.box.at)
	own := freePort(b)
	m.at = "127.0.0.1:" + own
	conf := fmt.Sprintf("[mailman]\nsite_owner: admin@members.example\nlayout: beside\n[paths.beside]\nvar_dir: %s/var\nbin_dir: /usr/lib/mailman3/bin\n[mta]\nincoming: mailman.mta.null.NullMTA\nlmtp_host: 127.0.0.1\nlmtp_port: %s\nsmtp_host: %s\nsmtp_port: %s\nverp_personalized_deliveries: yes\nverp_delivery_interval: 1\n"+
		"[webservice]\nhostname: 127.0.0.1\nport: %s\n[database]\nurl: sqlite:///%s/mailman.db\n", dir, own, host, port, freePort(b), dir)
	for name, text := range map[string]string{"mailman.cfg": conf, "beside_lists.py": besideLists} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	run := func(args ...string) {
		args = append([]string{"-C", filepath.Join(dir, "mailman.cfg")}, args...)
		if os.Getuid() == 0 {
			args = append([]string{"--run-as-root"}, args...)
		}
		cmd := exec.Command("/usr/lib/mailman3/bin/mailman", args...)
		cmd.Env = append(os.Environ(), "PYTHONPATH="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("mailman %s: %v\n%s", args, err, out)
		}
	}
	run("shell", "--run", "beside_lists.fill")
	master := exec.Command("/usr/lib/mailman3/bin/master", "-C", filepath.Join(dir, "mailman.cfg"))
	master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := master.Start(); err != nil {
		b.Fatal(err)
	}
	m.master = master.Process.Pid
	b.Cleanup(func() {
		_ = master.Process.Signal(syscall.SIGTERM) // it ends those that it started
		ended := time.AfterFunc(20*time.Second, func() { _ = syscall.Kill(-m.master, syscall.SIGKILL) })
		_ = master.Wait()
		ended.Stop()
	})
	m.wait(b, dir)
	return m
}

// wait waits until Mailman takes mail, and hands a first one around, after which all of it is in memory.
func (m *mailmanRun) wait(b *testing.B, dir string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if c, err := net.Dial("tcp", m.at); err == nil {
			_ = c.Close()
			m.hand(b, "one", -1, 0)
			m.await(b, 1)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "var/logs/mailman.log"))
	b.Fatalf("Mailman does not answer:\n%s", log)
}

func (m *mailmanRun) hand(b *testing.B, list string, i, writer int) {
	b.Helper()
	from := fmt.Sprintf("reader%d@members.example", writer)
	handTo(b, m.at, true, from, list+"@forum.example", besideMail(from, list+"@forum.example", fmt.Sprintf("%s%d", list, i)))
}

// await waits until the sink has so many mails.
func (m *mailmanRun) await(b *testing.B, n int64) {
	b.Helper()
	for began := time.Now(); m.box.got.Load() < n; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Minute || b.Failed() {
			b.Fatalf("%d of %d mails came", m.box.got.Load(), n)
		}
	}
}

// memory counts all processes of Mailman.
func (m *mailmanRun) memory(b *testing.B) {
	b.Helper()
	out, err := exec.Command("pgrep", "-g", strconv.Itoa(m.master)).Output()
	if err != nil {
		b.Fatal(err)
	}
	var pids []int
	for _, f := range strings.Fields(string(out)) {
		pid, _ := strconv.Atoi(f)
		pids = append(pids, pid)
	}
	rss, pss, most := memoryOf(pids...)
	b.ReportMetric(float64(len(pids)), "processes")
	b.ReportMetric(rss, "MB-resident")
	b.ReportMetric(pss, "MB-own-share")
	b.ReportMetric(most, "MB-at-most")
}
