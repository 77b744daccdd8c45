package mail

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// lanes keep the mail for one domain from going all at once: so much of it side by side, and so much in a minute. A domain
// that says that it is too much gets nothing for a while, longer each time until it takes some. It is kept in memory:
// after a start the domain says so again.
type lanes struct {
	conns, rate int
	now         func() time.Time // nil: no domain is waited for, nor counted in a minute
	mu          sync.Mutex
	all         map[string]*lane
}

type lane struct {
	room    chan struct{}
	began   time.Time // of the minute that is counted
	sent    int       // in it
	until   time.Time // nothing goes before
	backOff time.Duration
}

const (
	firstBackOff = time.Minute
	mostBackOff  = time.Hour
	mostLanes    = 2000
)

// tooMuch says that a mail was not handed over, as its domain wants no more for so long.
type tooMuch struct{ wait time.Duration }

// Error implements error.
func (tooMuch) Error() string { return "its domain takes no more for now" }

func domainIn(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// of gives the lane of an address; the lock is held.
func (l *lanes) of(address string) *lane {
	domain := domainIn(address)
	is := l.all[domain]
	if is == nil {
		if len(l.all) >= mostLanes {
			l.sweep()
		}
		is = &lane{room: make(chan struct{}, l.conns)}
		l.all[domain] = is
	}
	return is
}

// sweep forgets the domains of which there is nothing to know.
func (l *lanes) sweep() {
	for domain, is := range l.all {
		if len(is.room) == 0 && (l.now == nil || l.now().Sub(is.began) > time.Minute && l.now().After(is.until.Add(mostBackOff))) {
			delete(l.all, domain)
		}
	}
}

// held answers tooMuch where nothing goes to the address now; count: it goes, and is counted.
func (l *lanes) held(address string, count bool) error {
	if l.now == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	is, now := l.of(address), l.now()
	if now.Before(is.until) {
		return tooMuch{is.until.Sub(now)}
	}
	if l.rate == 0 {
		return nil
	}
	if past := now.Sub(is.began); past >= time.Minute || past < 0 {
		is.began, is.sent = now, 0
	}
	if is.sent >= l.rate {
		return tooMuch{time.Minute - now.Sub(is.began)}
	}
	if count {
		is.sent++
	}
	return nil
}

// enter waits until there is room for the address; leave is told what became of the mail.
func (l *lanes) enter(ctx context.Context, address string) (leave func(error), err error) {
	if err := l.held(address, false); err != nil {
		return nil, err
	}
	l.mu.Lock()
	is := l.of(address)
	l.mu.Unlock()
	select {
	case is.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := l.held(address, true); err != nil { // said while this waited
		<-is.room
		return nil, err
	}
	return func(err error) {
		<-is.room
		l.learn(is, err)
	}, nil
}

// learn lets a domain rest that says that it is too much.
func (l *lanes) learn(is *lane, err error) {
	if l.now == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	switch {
	case err == nil:
		is.backOff = 0
	case saysTooMuch(err) && !now.Before(is.until): // of many at once one counts
		is.backOff = min(max(2*is.backOff, firstBackOff), mostBackOff)
		is.until = now.Add(is.backOff)
	}
}

var muchWords = regexp.MustCompile(`(?i)too (many|much|fast|quick)|\brate\b|throttl|slow down|limit|deferred`)

// saysTooMuch tells whether an answer to an address, or to a text, is about how much there is of it.
func saysTooMuch(err error) bool {
	var at refusal
	var answer *smtp.SMTPError
	if !errors.As(err, &at) || !errors.As(err, &answer) {
		return false
	}
	return answer.Code == 421 || answer.Code/10 == 45 && muchWords.MatchString(answer.Message)
}

// refusal is an answer to an address, or to a text for one: not to us.
type refusal struct {
	error
	ofAddress bool
}

// Unwrap gives the answer.
func (r refusal) Unwrap() error { return r.error }
