package web

import (
	"context"
	"encoding/base64"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
)

// upgrade opens a socket for a page of ours. The library accepts every Origin by default
// (SECURITY fact 2), any key and any version of HTTP: what is missing or foreign is refused here.
func (d *Door) upgrade(c *fiber.Ctx) error {
	if !websocket.IsWebSocketUpgrade(c) || c.Get("Sec-WebSocket-Version") != "13" || !c.Request().Header.IsHTTP11() {
		c.Set("Sec-WebSocket-Version", "13")
		c.Set(fiber.HeaderUpgrade, "websocket")
		return fiber.ErrUpgradeRequired
	}
	if key, err := base64.StdEncoding.DecodeString(c.Get("Sec-WebSocket-Key")); err != nil || len(key) != 16 {
		return fiber.ErrBadRequest
	}
	if origin := c.Get(fiber.HeaderOrigin); origin == "" || !d.ourOrigin(origin) {
		return fiber.ErrForbidden
	}
	token := sessionCookie.read(c)
	actor, err := d.Forum.ActorOf(context.Background(), token)
	if err != nil {
		return err
	}
	lang := language(c)
	return websocket.New(func(w *websocket.Conn) {
		// Nothing of w is kept: it goes back to a pool when this returns and then serves somebody
		// else (fact 3). The connection inside it stays open (KeepHijackedConns) and is ours.
		go d.socket(newWire(w.NetConn(), d.Now, d.silence), token, actor, lang)
	}, websocket.Config{HandshakeTimeout: socketWrite, Origins: []string{"*"}, ReadBufferSize: 1, WriteBufferPool: noBuffers{}})(c)
}

// noBuffers has the library make no buffers for what it does not read or write.
type noBuffers struct{}

// Get implements its BufferPool.
func (noBuffers) Get() any { return nil }

// Put implements its BufferPool.
func (noBuffers) Put(any) {}
