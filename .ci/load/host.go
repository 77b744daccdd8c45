package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// build makes the program, with a door for profiles beside it if they are wanted.
func build(dir string, profiled bool) string {
	binary := filepath.Join(dir, "peergroups")
	args := []string{"build", "-trimpath", "-o", binary}
	if profiled {
		root, err := os.Getwd()
		check(err)
		extra := filepath.Join(dir, "profile.go")
		check(os.WriteFile(extra, []byte("package main\n\nimport (\n\t\"net/http\"\n\t_ \"net/http/pprof\"\n\t\"os\"\n)\n\nfunc init() { go http.ListenAndServe(os.Getenv(\"LOAD_PROFILE\"), nil) }\n"), 0o600))
		overlay := fmt.Sprintf(`{"Replace":{%q:%q}}`, filepath.Join(root, "server/load_profile.go"), extra)
		check(os.WriteFile(filepath.Join(dir, "overlay.json"), []byte(overlay), 0o600))
		args = append(args, "-overlay", filepath.Join(dir, "overlay.json"))
	}
	cmd := exec.Command("go", append(args, "./server")...)
	cmd.Env, cmd.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	check(cmd.Run())
	return binary
}

var address = regexp.MustCompile(`http://localhost:\d+`)

// serve starts the program on what was seeded, and waits until it says where it is.
func serve(binary, dir string) (base string, cmd *exec.Cmd) {
	cmd = exec.Command(binary, "--port=0", "--listen=127.0.0.1", "--smtp-listen=off", "--secret-key="+secretKey, "--data-dir="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Env = append(os.Environ(), "LOAD_PROFILE="+profileAt)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if base = address.FindString(lines.Text()); base != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return base, cmd
		}
	}
	log.Fatal("the server did not say where it is")
	return "", nil
}

// rss is how many bytes of a process are in memory.
func rss(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	check(err)
	for line := range strings.Lines(string(b)) {
		if kb, is := strings.CutPrefix(line, "VmRSS:"); is {
			n, err := strconv.ParseInt(strings.Fields(kb)[0], 10, 64)
			check(err)
			return n << 10
		}
	}
	return 0
}

// meter tells how many cores the server, this program and all others took since it was made.
type meter struct {
	pids  []int
	began time.Time
	all   float64
	ours  []float64
}

const jiffies = 100 // a second

func newMeter(pids ...int) *meter {
	m := &meter{pids: append(pids, os.Getpid()), began: time.Now(), all: busy()}
	for _, pid := range m.pids {
		m.ours = append(m.ours, spent(pid))
	}
	return m
}

func (m *meter) String() string {
	took := time.Since(m.began).Seconds() * jiffies
	others := busy() - m.all
	var parts []string
	for i, pid := range m.pids {
		used := spent(pid) - m.ours[i]
		others -= used
		name := "server"
		if pid == os.Getpid() {
			name = "client"
		}
		parts = append(parts, fmt.Sprintf("%s %.2f", name, used/took))
	}
	note := ""
	if others/took > 0.1 {
		note = ", DISTURBED"
	}
	return fmt.Sprintf("cores: %s, others %.2f%s", strings.Join(parts, ", "), max(0, others/took), note)
}

// each is what the server's processor time comes to for one of so many, in microseconds.
func (m *meter) each(n float64) float64 {
	return (spent(m.pids[0]) - m.ours[0]) / jiffies * 1e6 / max(1, n)
}

// busy is the time that all processors worked, in jiffies.
func busy() (n float64) {
	b, err := os.ReadFile("/proc/stat")
	check(err)
	line, _, _ := strings.Cut(string(b), "\n")
	for i, f := range strings.Fields(line)[1:9] {
		if v, err := strconv.ParseFloat(f, 64); err == nil && i != 3 && i != 4 { // idle, and waiting for disks
			n += v
		}
	}
	return n
}

func spent(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return user + system
}

// floor is the other end of the measure: a process that writes frames of a size to a thousand plain connections, one
// call for each, and does nothing else.
func floor(size int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(l.Addr())
	var all []net.Conn
	for len(all) < crowd {
		c, err := l.Accept()
		check(err)
		all = append(all, c)
	}
	frame := make([]byte, size)
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		for _, c := range all {
			if _, err := c.Write(frame); err != nil {
				return
			}
		}
	}
}

// measureFloor gives frames a second of the floor.
func measureFloor(size int) float64 {
	self, err := os.Executable()
	check(err)
	cmd := exec.Command(self, "-floor", strconv.Itoa(size))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	at, err := bufio.NewReader(out).ReadString('\n')
	check(err)
	got := make(chan int64)
	for range crowd {
		c, err := net.Dial("tcp", strings.TrimSpace(at))
		check(err)
		go func() {
			n, _ := io.CopyBuffer(io.Discard, struct{ io.Reader }{c}, make([]byte, 2048))
			got <- n
		}()
	}
	m, began, total := newMeter(cmd.Process.Pid), time.Now(), int64(0)
	for range crowd {
		total += <-got
	}
	took := time.Since(began).Seconds()
	rate := float64(total) / float64(size) / took
	fmt.Printf("floor: %.0f frames/s of %d bytes to %d plain connections (%s)\n", rate, size, crowd, m)
	_ = cmd.Wait()
	return rate
}
