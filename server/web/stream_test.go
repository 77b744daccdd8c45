package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// TestSlowReader: who takes an answer slowly gets it whole, as long as they go on; the server's time for an answer is
// that for each piece. Who stops, or goes on for too long, is cut off.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	const piece = 200 * time.Millisecond
	long := bytes.Repeat([]byte("0123456789abcdef"), 4<<20) // more than the buffers on the way take
	begin := func(whole time.Duration) string {
		app := fiber.New(fiber.Config{DisableStartupMessage: true, WriteTimeout: piece})
		app.Get("/", func(c *fiber.Ctx) error {
			return c.SendStream(&patient{ReadCloser: io.NopCloser(bytes.NewReader(long)), conn: c.Context().Conn(), now: time.Now, each: piece, until: time.Now().Add(whole)}, len(long))
		})
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = app.Listener(l) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return "http://" + l.Addr().String() + "/"
	}
	slowly := func(address string, pause time.Duration) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		n := 0
		for b := make([]byte, 8<<20); ; {
			took, err := io.ReadFull(answer.Body, b)
			if n += took; err != nil {
				return n
			}
			time.Sleep(pause)
		}
	}
	if n := slowly(begin(time.Minute), piece/2); n != len(long) {
		t.Errorf("slowly, %d of %d", n, len(long))
	}
	if n := slowly(begin(time.Minute), 4*piece); n == len(long) {
		t.Error("who stops is waited for")
	}
	if n := slowly(begin(0), piece/2); n == len(long) {
		t.Error("there is no end")
	}
}

// TestMade: what goes wrong while an answer is made is no end of it, also where it panics; who stops reading ends it.
func TestMade(t *testing.T) {
	t.Parallel()
	d := newDoor(t, "http://forum.example")
	for what, wrong := range map[string]func() error{"an error": func() error { return errors.New("the disk is gone") }, "a panic": func() error { panic("boom") }} {
		b, err := io.ReadAll(d.made(func(_ context.Context, to io.Writer) error {
			_, _ = io.WriteString(to, "half")
			return wrong()
		}))
		if err == nil || string(b) != "half" {
			t.Errorf("%s: %q %v", what, b, err)
		}
	}
	ended := make(chan error)
	from := d.made(func(_ context.Context, to io.Writer) (err error) {
		for err == nil {
			_, err = io.WriteString(to, "more")
		}
		ended <- err
		return err
	})
	if err := from.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}
