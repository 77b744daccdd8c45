package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	ws "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"

	"peergroups/forum"
	"peergroups/realtime"
	"peergroups/server/view"
)

const (
	maxFrame      = 32 << 10 // bytes of one frame from a client: a message and its wrapping
	socketWrite   = 10 * time.Second
	socketRead    = 70 * time.Second // clients ping every 25 s
	socketsOfOne  = 20               // open sockets of one member
	codeTooMany   = 4429
	framesASecond = 20
)

// sockets knows the open ones by member, and lets Shutdown wait for them.
type sockets struct {
	group sync.WaitGroup
	mu    sync.Mutex
	of    map[forum.MemberID]map[*conn]bool
}

func (s *sockets) enter(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[forum.MemberID]map[*conn]bool{}
	}
	m := c.actor.Member
	if len(s.of[m]) >= socketsOfOne && m != 0 {
		return false
	}
	if s.of[m] == nil {
		s.of[m] = map[*conn]bool{}
	}
	s.of[m][c] = true
	s.group.Add(1)
	return true
}

func (s *sockets) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := c.actor.Member
	if delete(s.of[m], c); len(s.of[m]) == 0 {
		delete(s.of, m)
	}
	s.group.Done()
}

// sweep closes the sockets of a member whose session is over, or no longer a strong one.
func (d *Door) sweep(ctx context.Context, m forum.MemberID) {
	d.sockets.mu.Lock()
	open := slices.Collect(maps.Keys(d.sockets.of[m]))
	d.sockets.mu.Unlock()
	for _, c := range open {
		if a, err := d.Forum.ActorOf(ctx, c.token); err == nil && (a.Member != m || c.actor.Strong && !a.Strong) {
			c.live.Close(realtime.CodeStop, c.words("error.sign-in-first"))
		}
	}
}

func (s *sockets) wait(ctx context.Context) {
	ended := make(chan struct{})
	go func() { s.group.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// upgrade opens a socket for a page of ours. The library accepts every Origin by default
// (SECURITY fact 2): a missing or foreign one is refused here.
func (d *Door) upgrade(c *fiber.Ctx) error {
	if !websocket.IsWebSocketUpgrade(c) {
		return fiber.ErrUpgradeRequired
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
		// w itself goes back to a pool when this returns and then serves somebody else (fact
		// 3): only the connection inside it is used, and only until this returns.
		d.socket(w.Conn, token, actor, lang)
	}, websocket.Config{HandshakeTimeout: socketWrite, Origins: []string{"*"}})(c)
}

// conn is one open socket. Its reader runs in the handler; its writer is Hub's Run.
type conn struct {
	*ws.Conn
	d     *Door
	live  *realtime.Conn
	token string
	words func(key string, args ...any) string
	actor forum.Actor
	joins sync.WaitGroup

	frames  int
	counted time.Time
}

// Write implements realtime.Sink: one text message, within its time.
func (c *conn) Write(b []byte) error {
	if err := c.SetWriteDeadline(c.d.Now().Add(socketWrite)); err != nil {
		return err
	}
	return c.WriteMessage(ws.TextMessage, b)
}

// Close implements realtime.Sink: it says why and makes the reader end.
func (c *conn) Close(code int, reason string) {
	_ = c.WriteControl(ws.CloseMessage, ws.FormatCloseMessage(code, reason), c.d.Now().Add(time.Second))
	_ = c.SetReadDeadline(c.d.Now().Add(time.Second))
}

// socket runs one connection. It returns only after its reader, its writer and its joins
// have ended; nothing holds the connection afterwards.
func (d *Door) socket(w *ws.Conn, token string, actor forum.Actor, lang string) {
	defer d.caught("socket")
	if actor.Member != 0 {
		lang = actor.Language
	}
	zone := actor.Zone
	c := &conn{Conn: w, d: d, token: token, actor: actor, words: d.Words.For(lang, zone).T}
	w.SetReadLimit(maxFrame) // before the first read (fact 5)
	owner := ""
	if actor.Member != 0 {
		owner = decimal(actor.Member)
	}
	live, err := d.Hub.Connect(owner, c)
	if err != nil {
		c.Close(realtime.CodeReturn, "")
		return
	}
	c.live = live
	if !d.sockets.enter(c) {
		c.live.Close(codeTooMany, c.words("error.too-many", "Count", 1))
	} else {
		defer d.sockets.leave(c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer d.caught("socket writer")
		_ = live.Run(ctx)
		_ = w.SetReadDeadline(time.Unix(1, 0)) // long over: it wakes the reader
	}()
	live.Send(encode(map[string]any{"is": "hello", "v": 1}))
	c.read(ctx)
	live.Close(realtime.CodeGone, "")
	cancel()
	<-ended
	c.joins.Wait()
}

// caught ends a panic in its own goroutine: the library would take the process down (fact 4).
func (d *Door) caught(what string) {
	if p := recover(); p != nil {
		d.Log.Error("panic", "in", what, "what", fmt.Sprint(p))
	}
}

// order is what a client may send; other fields are refused.
type order struct {
	V     int    `json:"v"`
	Do    string `json:"do"`
	On    string `json:"on"`
	After int64  `json:"after"`
	To    int64  `json:"to"`    // the message that is answered
	Files string `json:"files"` // numbers of files of the writer's, with a space between
	Text  string `json:"text"`
	Nonce string `json:"nonce"`
	Told  string `json:"told"` // what the page said of who reads it
	Sure  bool   `json:"sure"` // the writer has seen what looks like a confidence, and goes on
}

func (c *conn) read(ctx context.Context) {
	for {
		if err := c.SetReadDeadline(c.d.Now().Add(socketRead)); err != nil {
			return
		}
		kind, b, err := c.ReadMessage()
		if err != nil || kind != ws.TextMessage {
			return
		}
		if c.tooFast() {
			c.live.Close(codeTooMany, c.words("error.too-many", "Count", 1))
			return
		}
		dec := json.NewDecoder(strings.NewReader(string(b)))
		dec.DisallowUnknownFields()
		var o order
		if err := dec.Decode(&o); err != nil {
			c.fail(o, "error.frame")
			continue
		}
		o.Text, o.Nonce, o.Told = clean(o.Text), clean(o.Nonce), clean(o.Told)
		if err := c.obey(ctx, o); err != nil {
			c.refuse(o, err)
		}
	}
}

func (c *conn) tooFast() bool {
	if now := c.d.Now(); now.Sub(c.counted) > time.Second {
		c.counted, c.frames = now, 0
	}
	c.frames++
	return c.frames > framesASecond
}

// obey does one order, in the name of who holds the session at this moment.
func (c *conn) obey(ctx context.Context, o order) error {
	ctx, cancel := context.WithTimeout(ctx, handlerTimeout)
	defer cancel()
	switch o.Do {
	case "ping":
		return nil
	case "leave":
		c.live.Unsubscribe(o.On)
		return nil
	}
	actor, err := c.d.Forum.ActorOf(ctx, c.token)
	if err != nil {
		return err
	}
	if actor.Member != c.actor.Member {
		c.live.Close(realtime.CodeStop, c.words("error.sign-in-first"))
		return nil
	}
	kind, id := channel(o.On)
	switch {
	case o.Do == "join" && kind == "room":
		return c.joinRoom(ctx, actor, forum.RoomID(id), o)
	case o.Do == "join" && kind == "topic":
		return c.joinTopic(ctx, actor, forum.TopicID(id), o)
	case o.Do == "say" && kind == "room":
		return c.say(ctx, actor, forum.RoomID(id), o)
	case o.Do == "read" && kind == "room":
		c.d.read(mark{by: actor, room: forum.RoomID(id), n: max(o.After, 0)})
		return nil
	case o.Do == "type" && kind == "room":
		return c.typing(ctx, actor, forum.RoomID(id), o)
	}
	return forum.Refuse(forum.Invalid, "error.frame")
}

// refuse is the socket's table from errors to frames (DESIGN §2).
func (c *conn) refuse(o order, err error) {
	switch e, ok := asError(err); {
	case !ok:
		c.d.Log.Error("socket", "do", o.Do, "err", err)
		c.live.Close(realtime.CodeBroken, "")
	case e.Kind == forum.Invalid && len(e.Fields) > 0:
		c.failWith(o, c.words(e.Fields[0].Message.Key, flat(e.Fields[0].Message.Args)...))
	default:
		c.failWith(o, c.words(e.Message.Key, flat(e.Message.Args)...))
		if e.Kind == forum.TooMany {
			c.live.Close(codeTooMany, c.words(e.Message.Key, flat(e.Message.Args)...))
		}
	}
}

func flat(args map[string]any) (out []any) {
	for k, v := range args {
		out = append(out, k, v)
	}
	return out
}

func (c *conn) fail(o order, key string) { c.failWith(o, c.words(key)) }

func (c *conn) failWith(o order, words string) {
	c.live.Send(encode(map[string]any{"is": "error", "on": o.On, "nonce": o.Nonce, "words": words}))
}

// hint says what in a message looks like a confidence, and how to send it all the same (P20).
func (c *conn) hint(o order, found []view.Tip) {
	words := c.words("tip.title", "Count", len(found))
	for _, t := range found {
		words += " " + t.Excerpt
	}
	c.live.Send(encode(map[string]any{"is": "error", "on": o.On, "nonce": o.Nonce, "words": words, "hint": c.words("tip.send")}))
}

// joinRoom puts the socket on a room, from the last message its page has. What was said
// meanwhile comes first, through the reader's own gate.
func (c *conn) joinRoom(ctx context.Context, actor forum.Actor, id forum.RoomID, o order) error {
	if err := c.d.Forum.MayListen(ctx, actor, id); err != nil {
		return err
	}
	c.background(func(ctx context.Context) error {
		err := c.live.Subscribe(ctx, o.On, max(o.After, 0), func(ctx context.Context, after int64) ([]realtime.Frame, error) {
			return c.d.catchUp(ctx, c.token, id, after)
		})
		if err == nil {
			c.live.Send(encode(map[string]any{"is": "joined", "on": o.On}))
		}
		return err
	}, o)
	return nil
}

func (c *conn) joinTopic(ctx context.Context, actor forum.Actor, id forum.TopicID, o order) error {
	if _, err := c.d.Forum.Follow(ctx, actor, id); err != nil {
		return err
	}
	if err := c.live.Subscribe(ctx, o.On, -1, nil); err != nil {
		return c.subscribed(err)
	}
	head, err := c.d.Forum.Follow(ctx, actor, id) // again, on the channel: nothing falls between
	if err != nil {
		c.live.Unsubscribe(o.On)
		return err
	}
	c.live.Send(encode(map[string]any{"is": "joined", "on": o.On, "head": head}))
	return nil
}

// subscribed turns an error of the hub into an answer; most only say that the socket is gone.
func (c *conn) subscribed(err error) error {
	if _, ok := asError(err); ok {
		return err
	}
	c.d.Log.Debug("subscribe", "err", err)
	return nil
}

// background runs what waits for a slow reader beside the reader's loop.
func (c *conn) background(f func(context.Context) error, o order) {
	c.joins.Add(1)
	go func() {
		defer c.joins.Done()
		defer c.d.caught("join")
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := f(ctx); err != nil {
			if e := c.subscribed(err); e != nil {
				c.refuse(o, e)
			}
		}
	}()
}

// RoomChannel is the name of the channel of a room.
func RoomChannel(id forum.RoomID) string   { return "room:" + decimal(id) }
func topicChannel(id forum.TopicID) string { return "topic:" + decimal(id) }

// channel takes the name of a channel apart; what is not ours has no kind.
func channel(name string) (kind string, id int64) {
	kind, digits, _ := strings.Cut(name, ":")
	if id = number(digits); id <= 0 || decimal(id) != digits {
		return "", 0
	}
	return kind, id
}

// about names what a frame is about: a kind and its numbers.
func about[T ~int64](kind string, ids ...T) string {
	digits := make([]string, len(ids))
	for i, id := range ids {
		digits[i] = decimal(id)
	}
	return kind + ":" + strings.Join(digits, ".")
}

func encode(o any) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	return b
}
