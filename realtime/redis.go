package realtime

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// redisBeat is how often the pub/sub connection is pinged and looked at. One that hangs is
	// noticed within redisSilent+1 beats, which leaves a revocation that nobody hears the
	// larger part of its second.
	redisBeat = 150 * time.Millisecond
	// redisSilent is after how many silent beats Redis counts as away.
	redisSilent = 3
	// redisStuck is after how many more beats the connection is made anew: a
	// half-open one would stay silent until the kernel gives up, minutes later.
	redisStuck = 20
	// redisTimeout bounds each command.
	redisTimeout = time.Second
)

// redisBroker is the broker of several nodes: plain pub/sub, and presence in
// one sorted set per channel.
type redisBroker struct {
	client redis.UniversalClient
	prefix string
	log    *slog.Logger

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	kick   chan struct{} // want changed
	ping   chan struct{} // a beat wants a ping

	away  atomic.Bool
	heard atomic.Bool // something came since the last beat

	calls     sync.RWMutex // held while listeners are called
	listeners map[int]Listener
	next      int

	mu     sync.Mutex
	want   map[string]int // subscriptions asked for, counted
	pubsub *redis.PubSub
	have   map[string]bool // told to pubsub
}

// NewRedisBroker makes a broker, and roster, on Redis. All its names begin
// with the prefix. The client stays the caller's; its read and write timeouts
// are shortened to a second here unless it is a cluster or sentinel client,
// whose caller does that; MaxRetries -1 keeps a call within one of them. Close
// ends the broker's goroutines.
func NewRedisBroker(client redis.UniversalClient, prefix string, log *slog.Logger) Broker {
	if c, ok := client.(*redis.Client); ok {
		client = c.WithTimeout(redisTimeout)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &redisBroker{
		client: client, prefix: prefix, log: log,
		kick: make(chan struct{}, 1), ping: make(chan struct{}, 1),
		listeners: map[int]Listener{}, want: map[string]int{},
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.renew()
	r.spawn("receive", r.receive)
	r.spawn("sync", r.sync)
	r.spawn("watch", r.watch)
	return r
}

// spawn runs fn again after a panic, until the broker is closed.
func (r *redisBroker) spawn(name string, fn func()) {
	once := func() {
		defer func() {
			if p := recover(); p != nil {
				r.log.Error("panic", "in", "realtime redis "+name, "panic", p)
			}
		}()
		fn()
	}
	r.work.Go(func() {
		for r.ctx.Err() == nil {
			once()
			sleep(r.ctx, redisBeat)
		}
	})
}

func (r *redisBroker) Publish(ctx context.Context, channel string, payload []byte) error {
	if r.away.Load() {
		// Waiting for the timeout would only delay the caller; hubs say
		// again what matters.
		return ErrAway
	}
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	return r.client.Publish(ctx, r.prefix+channel, payload).Err()
}

func (r *redisBroker) Listen(l Listener) (stop func()) {
	r.calls.Lock()
	defer r.calls.Unlock()
	id := r.next
	r.next++
	r.listeners[id] = l
	return func() {
		r.calls.Lock()
		defer r.calls.Unlock()
		delete(r.listeners, id)
	}
}

func (r *redisBroker) each(call func(Listener)) {
	r.calls.RLock()
	defer r.calls.RUnlock()
	for _, l := range r.listeners {
		call(l)
	}
}

func (r *redisBroker) Subscribe(channel string) { r.count(r.prefix+channel, 1) }

func (r *redisBroker) Unsubscribe(channel string) { r.count(r.prefix+channel, -1) }

func (r *redisBroker) count(name string, by int) {
	r.mu.Lock()
	r.want[name] += by
	if r.want[name] <= 0 {
		delete(r.want, name)
	}
	r.mu.Unlock()
	notify(r.kick)
}

// notify leaves a token unless there is one.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (r *redisBroker) Close() error {
	r.cancel()
	r.mu.Lock()
	ps := r.pubsub
	r.mu.Unlock()
	err := ps.Close()
	r.work.Wait()
	return err
}

// renew begins a pub/sub connection of its own; sync tells it the channels.
func (r *redisBroker) renew() {
	r.mu.Lock()
	old := r.pubsub
	r.pubsub, r.have = r.client.Subscribe(r.ctx), map[string]bool{}
	r.mu.Unlock()
	if old != nil {
		_ = old.Close() // it is given up because it does not answer
	}
	notify(r.kick)
}

func (r *redisBroker) current() *redis.PubSub {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pubsub
}

// receive reads the pub/sub connection, which go-redis makes anew, with its
// subscriptions, after an error.
func (r *redisBroker) receive() {
	wait := 20 * time.Millisecond
	for r.ctx.Err() == nil {
		m, err := r.current().Receive(r.ctx)
		if err == nil {
			r.heard.Store(true)
			r.health(true)
			r.dispatch(m)
			wait = 20 * time.Millisecond
			continue
		}
		if r.ctx.Err() != nil {
			return
		}
		r.health(false)
		r.log.Debug("redis receive", "err", err)
		sleep(r.ctx, wait)
		wait = min(2*wait, redisTimeout)
	}
}

func (r *redisBroker) dispatch(m any) {
	switch m := m.(type) {
	case *redis.Message:
		name := strings.TrimPrefix(m.Channel, r.prefix)
		r.each(func(l Listener) { l.Message(name, []byte(m.Payload)) })
	case *redis.Subscription:
		if m.Kind == "subscribe" {
			name := strings.TrimPrefix(m.Channel, r.prefix)
			r.each(func(l Listener) { l.Joined(name) })
		}
	}
}

// health tells a change.
func (r *redisBroker) health(ok bool) {
	if r.away.Swap(!ok) == !ok {
		return
	}
	r.log.Warn("redis", "healthy", ok)
	r.each(func(l Listener) { l.Health(ok) })
}

// sync makes what pub/sub was told equal to what is wanted, in few commands,
// and pings. It is apart from receive since both may wait for the network.
func (r *redisBroker) sync() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.kick:
			r.syncOnce()
		case <-r.ping:
			if err := r.current().Ping(r.ctx); err != nil {
				r.log.Debug("redis ping", "err", err)
			}
		}
	}
}

func (r *redisBroker) syncOnce() {
	r.mu.Lock()
	ps := r.pubsub
	var add, drop []string
	for name := range r.want {
		if !r.have[name] {
			add = append(add, name)
			r.have[name] = true
		}
	}
	for name := range r.have {
		if r.want[name] == 0 {
			drop = append(drop, name)
			delete(r.have, name)
		}
	}
	r.mu.Unlock()
	// On an error the connection is made anew, with the channels as told here.
	if len(add) > 0 {
		if err := ps.Subscribe(r.ctx, add...); err != nil {
			r.log.Debug("redis subscribe", "err", err)
		}
	}
	if len(drop) > 0 {
		if err := ps.Unsubscribe(r.ctx, drop...); err != nil {
			r.log.Debug("redis unsubscribe", "err", err)
		}
	}
}

// watch notices a Redis that neither answers nor hangs up.
func (r *redisBroker) watch() {
	t := time.NewTicker(redisBeat)
	defer t.Stop()
	silent := 0
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-t.C:
		}
		silent++
		if r.heard.Swap(false) {
			silent = 0
		}
		if silent >= redisSilent {
			r.health(false)
		}
		if silent >= redisSilent+redisStuck {
			silent = redisSilent
			r.renew()
		}
		notify(r.ping)
	}
}

func (r *redisBroker) key(channel string) string { return r.prefix + "!present:" + channel }

// seatTTL is when a set that nobody renews goes by itself.
const seatTTL = time.Hour

// Keep names members by node and owner; a node's name has a fixed length, so
// any owner may follow it.
func (r *redisBroker) Keep(ctx context.Context, node string, seats []Seat, until time.Time) error {
	return r.pipe(ctx, seats, func(p redis.Pipeliner, channel string, owners []string) {
		members := make([]redis.Z, len(owners))
		for i, owner := range owners {
			members[i] = redis.Z{Score: float64(until.UnixMilli()), Member: node + owner}
		}
		p.ZAdd(ctx, r.key(channel), members...)
		p.Expire(ctx, r.key(channel), seatTTL)
	})
}

func (r *redisBroker) Drop(ctx context.Context, node string, seats []Seat) error {
	return r.pipe(ctx, seats, func(p redis.Pipeliner, channel string, owners []string) {
		members := make([]any, len(owners))
		for i, owner := range owners {
			members[i] = node + owner
		}
		p.ZRem(ctx, r.key(channel), members...)
	})
}

// pipe does one thing per channel in few round trips.
func (r *redisBroker) pipe(ctx context.Context, seats []Seat, do func(redis.Pipeliner, string, []string)) error {
	if r.away.Load() {
		return ErrAway
	}
	byChannel := map[string][]string{}
	for _, s := range seats {
		byChannel[s.Channel] = append(byChannel[s.Channel], s.Owner)
	}
	for channels := range slices.Chunk(slices.Collect(maps.Keys(byChannel)), 500) {
		_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, channel := range channels {
				do(p, channel, byChannel[channel])
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("redis presence: %w", err)
		}
	}
	return nil
}

func (r *redisBroker) Present(ctx context.Context, channel string, now time.Time) ([]string, error) {
	if r.away.Load() {
		return nil, ErrAway
	}
	ms := fmt.Sprint(now.UnixMilli())
	p := r.client.Pipeline()
	p.ZRemRangeByScore(ctx, r.key(channel), "-inf", ms)
	live := p.ZRangeByScore(ctx, r.key(channel), &redis.ZRangeBy{Min: "(" + ms, Max: "+inf"})
	if _, err := p.Exec(ctx); err != nil {
		return nil, err
	}
	owners := make([]string, 0, len(live.Val()))
	for _, member := range live.Val() {
		if len(member) >= nodeLen {
			owners = append(owners, member[nodeLen:])
		}
	}
	return owners, nil
}
