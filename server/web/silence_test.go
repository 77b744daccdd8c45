package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"peergroups/assets"
	"peergroups/forum/forumtest"
	"peergroups/realtime"
	"peergroups/server/text"
)

// TestSilentPeers: who says nothing is taken for gone, also in the middle of a message and however it is dragged out; who says
// something stays, and when the door shuts all are told to come back.
func TestSilentPeers(t *testing.T) {
	t.Parallel()
	w := forumtest.New(t, "sqlite")
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	hub := realtime.NewHub(realtime.NewMemoryBroker(), realtime.Options{})
	base := &url.URL{Scheme: "http", Host: l.Addr().String()}
	d := New(Options{Forum: w.Forum, Hub: hub, Words: must(text.Load(assets.Catalogue())), Base: base, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	d.silence = 600 * time.Millisecond
	go func() { _ = d.Serve(l) }()
	open := func() *ws.Conn {
		c, res, err := ws.DefaultDialer.Dial("ws://"+base.Host+"/ws", http.Header{"Origin": {base.String()}}) //nolint:bodyclose // the library has read and closed it
		if err != nil {
			t.Fatal(err, res)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, _, err := c.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	closed := func(c *ws.Conn) int {
		for {
			var e *ws.CloseError
			if _, _, err := c.ReadMessage(); errors.As(err, &e) {
				return e.Code
			} else if err != nil {
				t.Error(err)
				return 0
			}
		}
	}
	talking := open()
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(60 * time.Millisecond):
				_ = talking.WriteMessage(ws.TextMessage, []byte(`{"do":"ping"}`))
			}
		}
	}()
	silent, halfway, dragging := open(), open(), open()
	if _, err := halfway.NetConn().Write([]byte{0x81, 0xfe, 0x10, 0x00, 1, 2, 3, 4, 'x'}); err != nil {
		t.Fatal(err)
	}
	go func() { // an empty piece now and then, and a ping: the message is not whole in its time
		for first := byte(0x01); ; first = 0x00 {
			if _, err := dragging.NetConn().Write([]byte{first, 0x80, 1, 2, 3, 4, 0x89, 0x80, 1, 2, 3, 4}); err != nil {
				return
			}
			time.Sleep(110 * time.Millisecond)
		}
	}()
	for name, c := range map[string]*ws.Conn{"silent": silent, "halfway": halfway, "dragging": dragging} {
		if code := closed(c); code != realtime.CodeGone {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	for end := time.Now().Add(10 * time.Second); hub.Connections() != 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections", hub.Connections())
		}
	}
	close(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- d.Shutdown(ctx) }()
	if code := closed(talking); code != realtime.CodeReturn {
		t.Errorf("at the end: closed with %d", code)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
