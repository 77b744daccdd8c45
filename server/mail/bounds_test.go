package mail

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// heavy are mails that would cost much to take apart, and what is said to each.
func heavy() map[string]struct {
	raw  []byte
	want error
} {
	head := "From: ann@members.example\r\nMessage-ID: <1@members.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	mixed := head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	fill := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	type row = struct {
		raw  []byte
		want error
	}
	return map[string]row{
		"an address list of 10 MB":        {[]byte(head + "To: " + fill("a@b.example,\r\n ", 10<<20) + "a@b.example\r\n\r\nText.\r\n"), ErrTooBig},
		"10 MB of address fields":         {[]byte(head + fill("To: a@b.example, c@d.example\r\n", 10<<20) + "\r\nText.\r\n"), ErrTooBig},
		"the longest address list":        {[]byte(head + "To: " + fill("a@b.example, c@d.example, e@f.example, g@h.example, i@j.example, k@l.example, m@n.example, o@p.example,\r\n ", 50<<10) + "a@b.example\r\n\r\nText.\r\n"), nil},
		"the longest list of none":        {[]byte(head + "To: " + fill("(,\"<,", 120<<10) + "\r\n\r\nText.\r\n"), nil},
		"the longest list of commas":      {[]byte(head + "To: " + fill(",", 120<<10) + "\r\n\r\nText.\r\n"), nil},
		"the longest From":                {[]byte(strings.Replace(head, "From: ", "From: "+fill("(", 120<<10), 1) + "\r\nText.\r\n"), ErrNoSender},
		"a From behind much space":        {[]byte(strings.Replace(head, "From: ann@members.example", "From: ann@members.example"+fill(" ", 10<<10)+", eve@evil.example", 1) + "\r\nText.\r\n"), ErrNoSender},
		"the longest subject":             {[]byte(strings.Replace(head, "Subject: x", "Subject: "+fill("=?utf-8?q?=C3=BC?= ", 120<<10), 1) + "\r\nText.\r\n"), nil},
		"a subject that is never closed":  {[]byte(strings.Replace(head, "Subject: x", "Subject: "+fill("=?utf-8?b?", 120<<10)+"?=", 1) + "\r\nText.\r\n"), nil},
		"the longest subject of marks":    {[]byte(strings.Replace(head, "Subject: x", "Subject: "+fill("Re: ", 120<<10), 1) + "\r\nText.\r\n"), nil},
		"the most references":             {[]byte(head + "References: " + fill("<a@b>", 120<<10) + "\r\n\r\nText.\r\n"), nil},
		"the most folded references":      {[]byte(head + "References: " + fill("<a@b>\r\n ", 120<<10) + "\r\n\r\nText.\r\n"), nil},
		"the longest list post":           {[]byte(head + "List-Post: " + fill("<mailto:a", 120<<10) + "\r\n\r\nText.\r\n"), nil},
		"a header of many fields":         {[]byte(head + fill("X: y\r\n", 60<<10) + "\r\nText.\r\n"), ErrTooBig},
		"the most parameters":             {[]byte(head + "Content-Type: text/plain" + numbered(";\r\n a%d=b", 8000) + "\r\n\r\nText.\r\n"), ErrTooBig},
		"parameters within limits":        {[]byte(head + "Content-Type: text/plain" + numbered("; a%d=b", 350) + "\r\n\r\nText.\r\n"), nil},
		"the most parameters of a part":   {[]byte(mixed + "--b\r\nContent-Type: text/plain" + numbered("; a%d=b", 8000) + "\r\n\r\nText.\r\n--b--\r\n"), ErrTooBig},
		"parameters of all parts":         {[]byte(mixed + strings.Repeat("--b\r\nContent-Type: text/plain"+numbered("; a%d=b", 350)+"\r\n\r\nText.\r\n", 50) + "--b--\r\n"), ErrTooBig},
		"a long header of a part":         {[]byte(mixed + "--b\r\nX: " + fill("y", 40<<10) + "\r\n\r\nText.\r\n--b--\r\n"), ErrTooBig},
		"24 levels that nothing closes":   {[]byte(unclosed(head, 24, "b%d")), ErrTooBig},
		"24 levels of longer names":       {[]byte(unclosed(head, 24, "level-%02d-x")), ErrTooBig},
		"many lines":                      {[]byte(head + "\r\nText." + fill("\r\n", 900<<10)), ErrTooBig},
		"many lines that flow":            {[]byte(head + "Content-Type: text/plain; format=flowed\r\n\r\nText." + fill("\r\n", 9<<20)), ErrTooBig},
		"many tags":                       {[]byte(head + "Content-Type: text/html\r\n\r\n" + fill("<i><p>x", 900<<10)), ErrTooBig},
		"text that comments part":         {[]byte(head + "Content-Type: text/html\r\n\r\n" + fill("word and word<!---->", 500<<10)), nil},
		"text that pictures part":         {[]byte(mixed + "--b\r\nContent-Type: text/html\r\n\r\n" + fill("<img src=cid:a>x ", 400<<10) + "\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\n\r\nx\r\n--b--\r\n"), nil},
		"names of pictures in a text":     {[]byte(mixed + "--b\r\n\r\n" + fill("[cid:a]", 900<<10) + strings.Repeat("\r\n--b\r\nContent-Type: image/png; name="+fill("n", 190)+"\r\nContent-ID: <a>\r\n\r\nx", 90) + "\r\n--b--\r\n"), nil},
		"UTF-7 of shifts":                 {[]byte(head + "Content-Type: text/plain; charset=utf-7\r\n\r\n" + fill("+", 9<<20)), ErrTooBig},
		"who wrote, line by line":         {[]byte(head + "\r\n" + fill("On Mon, Nov 3, 2026 at 10:12, x wrote:\r\n", 900<<10)), nil},
		"10,000 parts":                    {[]byte(mixed + strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\nText.\r\n", 10_000) + "--b--\r\n"), ErrTooBig},
		"10,000 parts that say nothing":   {[]byte(mixed + strings.Repeat("--b\r\n", 10_000) + "--b--\r\n"), ErrTooBig},
		"1,000 levels":                    {[]byte(unclosed(head, 1000, "b%d")), ErrTooBig},
		"1,000 levels of mails":           {[]byte(head + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 1000) + "\r\nText.\r\n"), ErrEmpty},
		"1,000 levels of quotes":          {[]byte(head + "\r\nText.\r\n" + levels(1000)), nil},
		"1,000 levels of HTML":            {[]byte(head + "Content-Type: text/html\r\n\r\n<p>Text.</p>" + strings.Repeat("<blockquote>", 1000)), nil},
		"ten megabytes that end no line":  {[]byte(mixed + "--b\r\n\r\n" + fill("x", 9<<20)), ErrTooBig},
		"ten megabytes of empty boundary": {[]byte(head + "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n" + fill("--\r\n", 9<<20)), ErrEmpty},
		"a megabyte of signatures":        {[]byte(head + "\r\n" + fill("-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n", 60<<10)), nil},
	}
}

// unclosed nests multiparts that end nowhere.
func unclosed(head string, n int, name string) string {
	for i := range n {
		head += fmt.Sprintf("Content-Type: multipart/mixed; boundary="+name+"\r\n\r\n--"+name+"\r\n", i, i)
	}
	return head + "\r\nText.\r\n"
}

// numbered repeats a form with numbers.
func numbered(form string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

func levels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(">", i+1) + " old\r\n")
	}
	return b.String()
}

// maxAllocated is how many bytes one mail may cost in all, what is freed on the way included.
const maxAllocated = 64 << 20

// TestHeavyMails runs alone: it counts what the whole process allocates. How long each takes says BenchmarkHeavyMails.
func TestHeavyMails(t *testing.T) { //nolint:paralleltest // see above
	for name, c := range heavy() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Parse(c.raw)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The race detector throws pooled memory away at random, that of regular expressions, too, which these ask most often.
		unclear := raced > 1 && (name == "names of pictures in a text" || name == "who wrote, line by line")
		if cost := after.TotalAlloc - before.TotalAlloc; cost > maxAllocated*raced && !unclear {
			t.Errorf("%s: %d MB allocated", name, cost>>20)
		}
	}
}

// TestWorkGrowsWithSize: of four times the mail each step makes little more than four times the work. Time is compared with time:
// the best of some attempts, since others work on this machine, too.
func TestWorkGrowsWithSize(t *testing.T) { //nolint:paralleltest // it looks at the clock
	head := "From: ann@members.example\r\nMessage-ID: <1@members.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	best := func(work func()) time.Duration {
		least := time.Hour
		for range 3 {
			at := time.Now()
			work()
			least = min(least, time.Since(at))
		}
		return least
	}
	parse := func(raw string) func() { return func() { _, _ = Parse([]byte(raw)) } }
	for name, work := range map[string]func(n int) func(){
		"levels": func(n int) func() { return parse(unclosed(head, n/1000, "b%d")) },
		"parameters": func(n int) func() {
			return parse(head + "Content-Type: text/plain" + numbered(";\r\n a%d=b", n) + "\r\n\r\nx\r\n")
		},
		"references": func(n int) func() { return parse(head + "References: " + numbered("<%d@b>\r\n ", n) + "\r\n\r\nx\r\n") },
		"who wrote":  func(n int) func() { return parse(head + "\r\n" + strings.Repeat("On Mon at 10:12, x wrote:\r\n", n)) },
		"comments": func(n int) func() {
			return parse(head + "Content-Type: text/html\r\n\r\n" + strings.Repeat("x<!---->", n))
		},
		"parts": func(n int) func() {
			return parse(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", n))
		},
		"a report": func(n int) func() { return func() { groups("Status: 5.1.1\n" + strings.Repeat(" x\n", n)) } },
		"judged": func(n int) func() {
			return func() { judge(head + "References: " + strings.Repeat("x\r\n ", n) + "\r\n\r\nx\r\n") }
		},
		"empty lines": func(n int) func() {
			return func() { judge(signedBy(5) + head + "\r\n" + strings.Repeat("\r\n", 10*n)) }
		},
		"signed": func(n int) func() {
			return func() { judge(signedBy(5) + head + "\r\n" + strings.Repeat("x\r\n", 10*n)) }
		},
	} {
		const n, times, slack, attempts = 6000, 4, 2, 8
		for i := range attempts { // of what costs the square, each is four times too dear
			small, large := best(work(n)), best(work(times*n))
			if large <= times*slack*max(small, 5*time.Millisecond) {
				break
			}
			if i == attempts-1 {
				t.Errorf("%s: %v, and %v for %d times as much", name, small, large, times)
			}
		}
	}
}

// signedBy gives n signatures that are looked into as far as the body.
func signedBy(n int) string {
	return strings.Repeat("DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=members.example; s=s; h=from; bh=AAAA; b=AAAA\r\n", n)
}

func judge(raw string) Verdict {
	key := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(make([]byte, ed25519.PublicKeySize))
	return Judge(context.Background(), zone{map[string]string{"s._domainkey.members.example": key}, new(atomic.Int64)}, Envelope{From: "ann@members.example"}, "ann@members.example", []byte(raw))
}

// TestHeavyToJudge: what a mail costs to judge is bounded as well, also where nothing is taken apart of it.
func TestHeavyToJudge(t *testing.T) { //nolint:paralleltest // it counts what the whole process allocates
	head := "From: ann@members.example\r\nSubject: x\r\n"
	for name, c := range map[string]struct{ raw, dkim string }{
		"as it should be":      {signedBy(1) + head + "\r\nx\r\n", "fail"},
		"folded":               {head + "References: " + strings.Repeat("<a@b>\r\n ", 12_000) + "\r\n\r\nx\r\n", "permerror"},
		"no end of a header":   {strings.Repeat("X: y\r\n", 1_000_000), "permerror"},
		"empty lines":          {signedBy(5) + head + "\r\n" + strings.Repeat("\r\n", 1<<20), "permerror"},
		"empty lines enough":   {signedBy(1) + head + "\r\n" + strings.Repeat("\r\n", 1000) + "x\r\n", "fail"},
		"many names of fields": {strings.Replace(signedBy(5), "h=from", "h=from"+strings.Repeat(":a", 3000), 1) + head + strings.Repeat("A:\r\n", 450) + "\r\nx\r\n", "permerror"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v := judge(c.raw)
		runtime.ReadMemStats(&after)
		if cost := after.TotalAlloc - before.TotalAlloc; v.DKIM != c.dkim || v.Aligned || cost > maxAllocated*raced {
			t.Errorf("%s: %v, %d MB allocated", name, v, cost>>20)
		}
	}
}

// TestBusy: a mail that nobody has time for is to come again, and is then taken.
func TestBusy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := Envelope{From: "ann@members.example", To: []string{"family@forum.example"}}
	for what, to := range map[string]string{"a list": "family@forum.example", "the house": "abuse@forum.example", "a return address": "bounce+" + h.sent(t) + "@forum.example"} {
		full := make(chan struct{})
		started := make(chan struct{})
		n := runtime.GOMAXPROCS(0)
		for range n {
			go func() { _ = h.slots.do(context.Background(), func() { started <- struct{}{}; <-full }) }()
			<-started
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		e := Envelope{From: "ann@members.example", To: []string{to}}
		if strings.HasPrefix(to, "bounce") {
			e.From = ""
		}
		if got := code(t, h.Data(ctx, e, message())); got != "451 4.3.2" {
			t.Errorf("to %s: answered %q", what, got)
		}
		cancel()
		close(full)
	}
	if got := code(t, h.Data(t.Context(), e, message())); got != "" || len(h.titles(t)) != 2 {
		t.Errorf("then it is answered %q, and %q stand there", got, h.titles(t))
	}
}

func BenchmarkHeavyMails(b *testing.B) {
	for name, c := range heavy() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(c.raw); !errors.Is(err, c.want) {
					b.Fatal(err)
				}
			}
		})
	}
}
