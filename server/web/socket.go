package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"peergroups/forum"
	"peergroups/realtime"
	"peergroups/server/view"
)

const (
	maxFrame      = 32 << 10 // bytes of one message from a client, with its wrapping
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

// conn is one open socket. Its reader runs in the handler; its writer is Hub's Run.
type conn struct {
	*wire
	d     *Door
	live  *realtime.Conn
	token string
	words func(key string, args ...any) string
	actor forum.Actor
	joins sync.WaitGroup
	said  pace
}

// sink is how the hub writes to a socket.
type sink struct{ *conn }

// Write implements realtime.Sink: one text message, within its time.
func (s sink) Write(b []byte) error { return s.send(opText, b) }

// Close implements realtime.Sink: it says why and makes the reader end.
func (s sink) Close(code int, reason string) { s.bye(code, reason) }

// socket runs one connection, and closes it. It returns only after its reader, its writer and its
// joins have ended. It stays small: what goes deep is done by the crew.
func (d *Door) socket(over *wire, token string, actor forum.Actor, lang string) {
	defer func() { _ = over.Close() }()
	defer d.caught("socket")
	c := &conn{wire: over, d: d, token: token, actor: actor}
	var in bool
	d.orders.run(func() { in = c.enter(lang) })
	if !in {
		c.linger()
		return
	}
	defer d.sockets.leave(c)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer c.ending() // it wakes the reader
		defer d.caught("socket writer")
		_ = c.live.Run(context.Background())
	}()
	defer func() {
		c.live.Close(realtime.CodeBroken, "") // where reading did not end in order, and has not said why
		c.ending()                            // the writer has no longer than that
		<-ended
		c.joins.Wait()
		c.linger()
	}()
	c.live.Send(hello)
	c.read(context.Background())
}

// enter takes the socket in, unless the node goes down or its member has too many.
func (c *conn) enter(lang string) bool {
	owner := ""
	if c.actor.Member != 0 {
		lang, owner = c.actor.Language, decimal(c.actor.Member)
	}
	c.words = c.d.Words.For(lang, c.actor.Zone).T
	live, err := c.d.Hub.Connect(owner, sink{c})
	if err != nil {
		c.bye(realtime.CodeReturn, "")
		return false
	}
	if c.live = live; !c.d.sockets.enter(c) {
		c.bye(codeTooMany, c.words("error.too-many", "Count", 1))
		c.live.Close(codeTooMany, "") // it does not run: the hub forgets it
		return false
	}
	return true
}

var hello = encode(map[string]any{"is": "hello", "v": 1})

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

// read obeys what comes until the socket ends, and says why it does.
func (c *conn) read(ctx context.Context) {
	for {
		b, err := c.message()
		if err != nil {
			code := realtime.CodeGone
			if e := new(broken); errors.As(err, e) {
				code = e.code
			}
			c.live.Close(code, "")
			return
		}
		if c.ends() { // its last words were said; only the peer's are waited for
			continue
		}
		if c.said.over(c.d.Now()) {
			c.live.Close(codeTooMany, c.words("error.too-many", "Count", 1))
			return
		}
		c.d.orders.run(func() {
			o, err := readOrder(b)
			if err != nil {
				c.fail(o, "error.frame")
			} else if err := c.obey(ctx, o); err != nil {
				c.refuse(o, err)
			}
		})
	}
}

// readOrder takes one order apart; with an error it is what could be read of it.
func readOrder(b []byte) (o order, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err = dec.Decode(&o); err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one order in a frame")
		}
	}
	o.Text, o.Nonce, o.Told = clean(o.Text), clean(o.Nonce), clean(o.Told)
	return o, err
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
	case o.Do == "join" && kind == "notices":
		return c.joinNotices(ctx, actor, o)
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
		err := c.live.Subscribe(ctx, o.On, max(o.After, 0), func(ctx context.Context, after int64) (frames []realtime.Frame, err error) {
			c.d.pasts.run(func() { frames, err = c.d.catchUp(ctx, c.token, id, after) })
			return frames, err
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
		return c.subscribed(o, err)
	}
	head, err := c.d.Forum.Follow(ctx, actor, id) // again, on the channel: nothing falls between
	if err != nil {
		c.live.Unsubscribe(o.On)
		return err
	}
	c.live.Send(encode(map[string]any{"is": "joined", "on": o.On, "head": head}))
	return nil
}

// joinNotices puts the socket where its member is told that there are notices.
func (c *conn) joinNotices(ctx context.Context, actor forum.Actor, o order) error {
	if err := mayKnow(ctx, c.d.Forum, actor, o.On); err != nil {
		return err
	}
	if err := c.live.Subscribe(ctx, o.On, -1, nil); err != nil {
		return c.subscribed(o, err)
	}
	c.live.Send(encode(map[string]any{"is": "joined", "on": o.On}))
	return nil
}

// subscribed turns an error of the hub into an answer: it is there already, or on too many; else the socket is gone.
func (c *conn) subscribed(o order, err error) error {
	if _, ok := asError(err); ok {
		return err
	}
	switch {
	case errors.Is(err, realtime.ErrSubscribed):
		c.live.Send(encode(map[string]any{"is": "joined", "on": o.On}))
	case errors.Is(err, realtime.ErrTooMany):
		return forum.Refuse(forum.Closed, "error.too-many-channels")
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
			if e := c.subscribed(o, err); e != nil {
				c.refuse(o, e)
			}
		}
	}()
}

// encode makes a frame. What looks like HTML in it stays as it is: no page holds it, and escaped it would be half as long again.
func encode(o any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}
