package realtime

import "context"

// CatchUp answers, ascending, the frames with Seq > after that the subscriber
// may read, by the subscriber's own rights. A prefix is enough: it is asked
// again until it answers none or the live frames follow on.
//
// The hub takes what the store holds as the catch-up's business and what
// comes later as everybody's on the channel. A reader who may not see the end
// of the history is therefore best answered with a last frame of empty Data
// that carries the newest sequence: it moves the reader there. Without it the
// hub has to look for that sequence with Options.Fill.
type CatchUp = func(ctx context.Context, after int64) ([]Frame, error)

// Subscribe puts the connection on a channel.
//
// With after ≥ 0 the channel is ordered: every frame with Seq > after arrives
// exactly once and in order, first what catchUp answers, then what is said.
// The call returns when the reader has caught up; it waits for a reader that
// is slow to take the history. With after < 0 only what is said from now on
// arrives, and catchUp is not used.
//
// Errors: ErrReserved, ErrSubscribed, ErrTooMany, ErrClosed; ErrDropped when
// the right was taken away or Unsubscribe was called meanwhile; else what
// catchUp or ctx said. After an error the connection is not on the channel,
// except after ErrSubscribed, when the earlier subscription goes on.
func (c *Conn) Subscribe(ctx context.Context, channel string, after int64, catchUp CatchUp) error {
	if reserved(channel) {
		return ErrReserved
	}
	s := &sub{conn: c, name: channel, ordered: after >= 0}
	if err := c.add(s); err != nil {
		return err
	}
	err := c.hub.attach(s)
	if err == nil && c.hub.revoked.has(c.owner) && !c.hub.allowed(ctx, c.owner, channel) {
		// The door may have asked before the revocation.
		err = ErrDropped
	}
	if err == nil && s.ordered {
		err = s.catchUp(ctx, after, catchUp)
	}
	if err != nil {
		c.remove(s)
	}
	return err
}

// Unsubscribe takes the connection off a channel. What was said before may
// still be written.
func (c *Conn) Unsubscribe(channel string) {
	c.mu.Lock()
	s := c.subs[channel]
	c.mu.Unlock()
	if s != nil {
		c.remove(s)
	}
}

func (c *Conn) add(s *sub) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing || c.subs == nil:
		return ErrClosed
	case c.subs[s.name] != nil:
		return ErrSubscribed
	case len(c.subs) >= c.hub.o.Channels:
		return ErrTooMany
	}
	c.subs[s.name] = s
	return nil
}

// remove ends a subscription and says whether it was still there.
func (c *Conn) remove(s *sub) bool {
	c.mu.Lock()
	if c.subs[s.name] == s {
		delete(c.subs, s.name)
	}
	c.mu.Unlock()
	return c.hub.detach(s)
}

// channels are the names the connection is on.
func (c *Conn) channels() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make([]string, 0, len(c.subs))
	for name := range c.subs {
		names = append(names, name)
	}
	return names
}

// progress is how far a catch-up got.
type progress struct {
	last int64 // delivered, or known not to be for this reader
	told bool  // the store answered something: last is its word, not the client's
	mark bool  // the answer ended with a position: it is the newest sequence
}

// catchUp brings one reader from after to where the channel is, and makes the
// subscription live in the same moment in which nothing is missing.
func (s *sub) catchUp(ctx context.Context, after int64, ask CatchUp) error {
	p := progress{last: after}
	more, probed := ask != nil, ask == nil || s.conn.hub.o.Fill == nil
	for {
		if more {
			var err error
			if more, err = s.page(ctx, &p, ask); err != nil {
				return err
			}
			continue
		}
		if !probed && !p.mark && s.blind() {
			probed = true
			if err := s.probe(ctx, p.last); err != nil {
				return err
			}
		}
		frames, behind, done := s.goLive(p)
		if done {
			break
		}
		for _, f := range frames {
			if err := s.tell(ctx, f, &p); err != nil {
				return err
			}
		}
		if more = behind && ask != nil; behind && !more {
			p.last = s.position() // nobody to ask: live from here on
		}
	}
	if s.gone.Load() {
		return ErrDropped
	}
	return nil
}

// page delivers one answer of the catch-up and says whether to ask again.
func (s *sub) page(ctx context.Context, p *progress, ask CatchUp) (more bool, err error) {
	base := s.position()
	frames, err := ask(ctx, p.last)
	if err != nil {
		return false, err
	}
	before := p.last
	for _, f := range frames {
		if err := s.tell(ctx, f, p); err != nil {
			return false, err
		}
	}
	if p.last == before {
		// The store has no more for this reader: the rest up to what was
		// already said is not theirs to see.
		p.last = max(p.last, base)
		return false, nil
	}
	p.told = true
	p.mark = len(frames[len(frames)-1].Data) == 0
	return !p.mark && (base < 0 || p.last < base), nil
}

// tell delivers a frame beyond the position and moves it.
func (s *sub) tell(ctx context.Context, f Frame, p *progress) error {
	if f.Seq <= p.last {
		return nil
	}
	if len(f.Data) > 0 {
		if err := s.conn.enqueueWait(ctx, s, oneLine(f.Data)); err != nil {
			return err
		}
	}
	p.last = f.Seq
	return nil
}

// position is from where on the buffer is complete; -1: not known.
func (s *sub) position() int64 {
	s.ch.mu.Lock()
	defer s.ch.mu.Unlock()
	return s.base
}

// blind says whether nobody here knows yet how far the store is.
func (s *sub) blind() bool {
	s.ch.mu.Lock()
	defer s.ch.mu.Unlock()
	return !s.ch.known
}

// probe learns how far the store is beyond last, without showing what is
// there: it may be history that this reader may not see, and unless the head
// is known the next frame's gap would be filled with it for everybody.
func (s *sub) probe(ctx context.Context, last int64) error {
	top := last
	for {
		frames, err := s.conn.hub.fetch(ctx, s.name, top, endless)
		if err != nil {
			return err
		}
		frames = within(frames, top, endless)
		if len(frames) == 0 {
			break
		}
		top = frames[len(frames)-1].Seq
	}
	s.ch.mu.Lock()
	defer s.ch.mu.Unlock()
	if top > last {
		s.ch.learn(top)
	}
	return nil
}

// goLive makes the subscription live if nothing is missing. Otherwise it
// answers buffered frames to deliver, or that the catch-up is behind.
func (s *sub) goLive(p progress) (frames []Frame, behind, done bool) {
	ch := s.ch
	ch.mu.Lock()
	defer ch.mu.Unlock()
	switch {
	case s.gone.Load():
		return nil, false, true
	case s.lost:
		s.lost, s.base = false, ch.head
		return nil, true, false
	case s.base >= 0 && p.last < s.base:
		return nil, true, false
	case len(s.buf) > 0:
		frames, s.buf, s.size = s.buf, nil, 0
		s.base = frames[len(frames)-1].Seq
		return frames, false, false
	}
	s.live, s.last = true, p.last
	if p.told { // a client's own word must not move everybody's head
		ch.learn(p.last)
	}
	return nil, false, true
}
