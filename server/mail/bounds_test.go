package mail

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// heavy are mails that would cost much to take apart, and what is said to each.
func heavy() map[string]struct {
	raw  []byte
	want error
} {
	head := "From: ann@members.example\r\nMessage-ID: <1@members.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	var nested strings.Builder
	nested.WriteString(head)
	for i := range 1000 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	mixed := head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	fill := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	type row = struct {
		raw  []byte
		want error
	}
	return map[string]row{
		"an address list of 10 MB":        {[]byte(head + "To: " + fill("a@b.example,\r\n ", 10<<20) + "a@b.example\r\n\r\nText.\r\n"), ErrTooBig},
		"10 MB of address fields":         {[]byte(head + fill("To: a@b.example, c@d.example\r\n", 10<<20) + "\r\nText.\r\n"), ErrTooBig},
		"the longest address list":        {[]byte(head + "To: " + fill("a@b.example,\r\n ", 250<<10) + "a@b.example\r\n\r\nText.\r\n"), nil},
		"the longest list of none":        {[]byte(head + "To: " + fill("(,\"<,", 250<<10) + "\r\n\r\nText.\r\n"), nil},
		"the longest list of commas":      {[]byte(head + "To: " + fill(",", 250<<10) + "\r\n\r\nText.\r\n"), nil},
		"the longest From":                {[]byte(strings.Replace(head, "From: ", "From: "+fill("(", 200<<10), 1) + "\r\nText.\r\n"), ErrNoSender},
		"the longest subject":             {[]byte(head + "Subject: " + fill("=?utf-8?q?=C3=BC?= ", 250<<10) + "\r\n\r\nText.\r\n"), nil},
		"the longest subject of marks":    {[]byte(strings.Replace(head, "Subject: x", "Subject: "+fill("Re: ", 250<<10), 1) + "\r\nText.\r\n"), nil},
		"the most references":             {[]byte(head + "References: " + fill("<a@b>", 250<<10) + "\r\n\r\nText.\r\n"), nil},
		"10,000 parts":                    {[]byte(mixed + strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\nText.\r\n", 10_000) + "--b--\r\n"), ErrTooBig},
		"10,000 parts that say nothing":   {[]byte(mixed + strings.Repeat("--b\r\n", 10_000) + "--b--\r\n"), ErrTooBig},
		"1,000 levels":                    {[]byte(nested.String() + "\r\nText.\r\n"), ErrTooBig},
		"1,000 levels of mails":           {[]byte(head + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 1000) + "\r\nText.\r\n"), ErrEmpty},
		"1,000 levels of quotes":          {[]byte(head + "\r\nText.\r\n" + levels(1000)), nil},
		"1,000 levels of HTML":            {[]byte(head + "Content-Type: text/html\r\n\r\n<p>Text.</p>" + strings.Repeat("<blockquote>", 1000)), nil},
		"ten megabytes that end no line":  {[]byte(mixed + "--b\r\n\r\n" + fill("x", 9<<20)), ErrTooBig},
		"ten megabytes of empty boundary": {[]byte(head + "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n" + fill("--\r\n", 9<<20)), ErrTooBig},
		"a megabyte of signatures":        {[]byte(head + "\r\n" + fill("-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n", 60<<10)), nil},
	}
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
		if cost := after.TotalAlloc - before.TotalAlloc; cost > maxAllocated*raced {
			t.Errorf("%s: %d MB allocated", name, cost>>20)
		}
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
