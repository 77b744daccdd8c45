//go:build judges

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"peergroups/forum"
)

// nameServer answers TXT questions about some names, on port 53 of an address of loopback that nobody else uses.
func nameServer(t *testing.T, txt map[string]string) (address string) {
	t.Helper()
	var c net.PacketConn
	err := os.ErrNotExist
	for i := 53; i < 200 && err != nil; i++ {
		address = fmt.Sprintf("127.0.53.%d", i)
		c, err = net.ListenPacket("udp", address+":53")
	}
	if err != nil {
		t.Fatalf("a name server on loopback: %v (it takes root)", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			if out, err := answered(m, txt); err == nil {
				_, _ = c.WriteTo(out, from)
			}
		}
	}()
	return address
}

func answered(m dnsmessage.Message, txt map[string]string) ([]byte, error) {
	q := m.Questions[0]
	a := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionDesired: m.RecursionDesired, RecursionAvailable: true}, Questions: m.Questions}
	text, there := txt[strings.TrimSuffix(q.Name.String(), ".")]
	switch {
	case !there:
		a.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeTXT:
		var parts []string
		for ; len(text) > 255; text = text[255:] {
			parts = append(parts, text[:255])
		}
		a.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}, Body: &dnsmessage.TXTResource{TXT: append(parts, text)}}}
	}
	return a.Pack()
}

// asking runs a program whose resolver asks an address of ours, in a view of the file system of its own.
func asking(nameServer, dir string, in []byte, program ...string) error {
	conf := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(conf, []byte("nameserver "+nameServer+"\noptions timeout:2 attempts:1\n"), 0o644); err != nil {
		return err
	}
	cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, conf}, program...)...)
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// dkimpy verifies the signatures of a mail one by one, each with the key that stands under its name.
const dkimpy = `
import dkim, json, sys
keys = json.loads(sys.argv[1])
raw = sys.stdin.buffer.read()
look = lambda name, timeout=5: keys.get(name.decode().rstrip("."), "").encode() or None
bad = [i for i in range(2) if not dkim.DKIM(raw).verify(idx=i, dnsfunc=look)]
algorithms = sorted(line for line in (b"a=rsa-sha256", b"a=ed25519-sha256") if line in raw)
if bad or len(algorithms) != 2:
    sys.exit(f"signatures {bad} do not pass, of {algorithms}")
`

// TestJudgeDKIM: opendkim finds the RSA signature good, and dkimpy that and the one of Ed25519, of each kind of mail that goes
// out, and neither that of a mail that was changed.
func TestJudgeDKIM(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.DKIMKeyFile = "" })
	keys := map[string]string{}
	for _, m := range regexp.MustCompile(`(\S+\._domainkey\.forum\.example) +TXT +"(v=DKIM1[^"]+)"`).FindAllStringSubmatch(w.out.String(), -1) {
		keys[m[1]] = m[2]
	}
	at, dir := nameServer(t, keys), t.TempDir()
	json := `{`
	for name, text := range keys {
		json += fmt.Sprintf("%q:%q,", name, text)
	}
	json = strings.TrimSuffix(json, ",") + `}`
	opendkim := func(raw []byte) error {
		return asking(at, dir, bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), "opendkim-testmsg")
	}
	python := func(raw []byte) error { return asking(at, dir, raw, "/usr/bin/python3", "-c", dkimpy, json) }
	for kind, raw := range w.kindsOfMail(t) {
		for judge, passes := range map[string]func([]byte) error{"opendkim": opendkim, "dkimpy": python} {
			if err := passes(raw); err != nil {
				t.Errorf("%s of %s: %v\n%.3000s", judge, kind, err, raw)
			}
			body := bytes.Index(raw, []byte("\r\n\r\n"))
			for change, changed := range map[string][]byte{
				"a word":  append(append([]byte{}, raw[:len(raw)-3]...), []byte("x\r\n")...),
				"a title": bytes.Replace(raw, []byte("\r\nSubject: "), []byte("\r\nSubject: x"), 1),
				"a field": append([]byte("Reply-To: <eve@evil.example>\r\n"), raw...),
				"a line":  append(append(append([]byte{}, raw[:body+4]...), []byte("eve\r\n")...), raw[body+4:]...),
			} {
				if passes(changed) == nil {
					t.Errorf("%s of %s with %s changed passes", judge, kind, change)
				}
			}
		}
	}
}

// kindsOfMail has one mail of each kind go out: list mail, digests in their three forms, news, a service message, a note.
func (w *world) kindsOfMail(t *testing.T) map[string][]byte {
	t.Helper()
	people := w.members("otto", "rita", "dora", "paula", "burt")
	g, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin)
	forms := map[string]forum.DigestForm{"dora": forum.FormattedDigest, "paula": forum.PlainDigest, "burt": forum.BurstDigest}
	for who, m := range people {
		w.enter(g, m)
		mode := forum.Each
		if form, digest := forms[who]; digest {
			mode = forum.Daily
			w.must(w.forum.ChooseDigest(t.Context(), m, forum.DigestChoice{DigestHour: 7, DigestDays: 127, DigestForm: form}))
		}
		if who != "otto" {
			w.must(w.forum.Subscribe(t.Context(), m, board.ID, mode))
		}
	}
	topic, err := w.forum.StartTopic(t.Context(), people["otto"], board.ID, forum.Draft{Title: "Grüße, \"alle\" 👩‍⚖️", Source: text600 + "\n\n.dot\n\nFrom here on  \n\n`=?utf-8?q?x?=`\n\n" + strings.Repeat("long", 400), Key: w.key()})
	w.must(err)
	_, err = w.forum.Reply(t.Context(), people["rita"], topic.ID, forum.Draft{Source: "An answer, @otto", Key: w.key()})
	w.must(err)
	w.sent(w.session("admin"), w.written(w.session("admin"), circularForm("features", "all")))
	w.offset.Add(int64(4 * time.Minute))
	out := map[string][]byte{"list mail": w.await("rita@members.example", "Grüße").raw, "news": w.await("otto@members.example", "Re: [Group inner]").raw, "a service message": w.await("rita@members.example", "News: features").raw,
		"a note": w.await("rita@members.example", "").raw}
	w.settled()
	w.until(func(at time.Time) bool { return at.Hour() == 8 })
	for who := range forms {
		out["the digest of "+who] = w.await(who+"@members.example", "Digest:").raw
	}
	return out
}
