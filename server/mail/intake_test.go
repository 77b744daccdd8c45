package mail

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// TestServerLongLines: lines as long as some programs write are taken; longer ones are refused for good, and the client hears it.
func TestServerLongLines(t *testing.T) {
	t.Parallel()
	for _, size := range []int{998, 50_000, 120_000, 140_000, 3_000_000} {
		b := &box{}
		_, at := serve(t, ServerOptions{Door: b})
		c := dial(t, at)
		c.begin()
		c.say("DATA\r\n", "354")
		want, kept := "250", 1
		if size > maxLine {
			want, kept = "554 5.6.0", 0
		}
		c.say("Subject: x\r\n\r\n"+strings.Repeat("x", size)+"\r\nmore\r\n.\r\n", want)
		if all, _ := b.all(); len(all) != kept || kept == 1 && len(all[0]) < size {
			t.Errorf("a line of %d: %d mails are taken", size, len(all))
		}
	}
}

// TestServerRoom: what mails take while they come in is bounded, of all connections; ordinary ones are taken all the same.
func TestServerRoom(t *testing.T) {
	t.Parallel()
	b := &box{}
	s, at := serve(t, ServerOptions{Door: b, MaxMemory: 1 << 20})
	const head = "Subject: x\r\n\r\n"
	large := head + strings.Repeat(strings.Repeat("x", 98)+"\r\n", 9000)
	first, second, third, fourth := dial(t, at), dial(t, at), dial(t, at), dial(t, at)
	for _, c := range []*talk{first, second, third} {
		c.begin()
		c.say("DATA\r\n", "354")
	}
	_, _ = io.WriteString(first, large)
	left := func() int64 {
		s.room.mu.Lock()
		defer s.room.mu.Unlock()
		return s.room.left
	}
	for left() > 1<<19 { // until most of it is here
		time.Sleep(time.Millisecond)
	}
	second.say(large+".\r\n", "452 4.3.1")
	fourth.begin()
	fourth.say(fmt.Sprintf("BDAT %d LAST\r\n%s", len(large), large), "452 4.3.1")
	fourth.say("NOOP\r\n", "250")
	third.say(head+strings.Repeat("x\r\n", 50_000)+".\r\n", "250")
	first.say(".\r\n", "250")
	second.say("MAIL FROM:<ann@a.example>\r\n", "250")
	second.say("RCPT TO:<family@lists.example>\r\n", "250")
	second.say("DATA\r\n", "354")
	second.say(large+".\r\n", "250")
	if all, _ := b.all(); len(all) != 3 || left() != 1<<20 {
		t.Errorf("%d mails are taken, or the room is not given back", len(all))
	}
}
