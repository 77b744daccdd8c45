package forum

import (
	"context"
	"fmt"
	"time"
)

// DigestForm is how an issue of a digest is made up.
type DigestForm int64

// The forms.
const (
	FormattedDigest DigestForm = iota // HTML, with the same in plain text beside it
	PlainDigest                       // plain text alone
	BurstDigest                       // a multipart/digest (RFC 2046, 5.1.5), which mail programs take apart into the posts
)

// DigestChoice is when and how a member's digests come.
type DigestChoice struct {
	DigestHour int        // of the day, by the member's clock
	DigestDays int        // of daily ones and indexes, a bit for each day, Monday first
	DigestOn   int        // the day of weekly ones: 0 is Monday
	DigestForm DigestForm // of all
}

const everyDay = 1<<7 - 1

// weekday counts from Monday.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// ReadDigestChoice reads the actor's.
func (f *Forum) ReadDigestChoice(ctx context.Context, by Actor) (c DigestChoice, err error) {
	defer during(&err, "read digest choice")
	err = one(ctx, f.store.read, &c, "SELECT digest_hour, digest_days, digest_on, digest_form FROM members WHERE id = ?", by.Member)
	return c, err
}

// ChooseDigest sets it.
func (f *Forum) ChooseDigest(ctx context.Context, by Actor, c DigestChoice) error {
	return f.write(ctx, "choose digest", func(w *writer) error {
		if err := mayKeep(by); err != nil {
			return err
		}
		var p problems
		for _, field := range []struct {
			name  string
			wrong bool
		}{{"digest_hour", c.DigestHour < 0 || c.DigestHour > 23}, {"digest_on", c.DigestOn < 0 || c.DigestOn > 6}, {"digest_form", c.DigestForm < FormattedDigest || c.DigestForm > BurstDigest}} {
			if field.wrong {
				p.add(field.name, "error.choose")
			}
		}
		if c.DigestDays <= 0 || c.DigestDays > everyDay {
			p.add("digest_days", "error.choose-day")
		}
		if err := p.err(); err != nil {
			return err
		}
		return w.exec("UPDATE members SET digest_hour = ?, digest_days = ?, digest_on = ?, digest_form = ?, version = version + 1 WHERE id = ?", c.DigestHour, c.DigestDays, c.DigestOn, c.DigestForm, by.Member)
	})
}

// dueAt gives the name of the newest period whose issue is due now or today, and when it is.
func dueAt(now time.Time, zone string, mode Mode, c DigestChoice) (day string, at Instant) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	first := now.In(loc)
	if mode == Weekly {
		first = first.AddDate(0, 0, -(weekday(first)-c.DigestOn+7)%7)
		y, week := first.ISOWeek()
		day = fmt.Sprintf("%d-W%02d", y, week)
	} else {
		for range 6 {
			if c.DigestDays&(1<<weekday(first)) != 0 {
				break
			}
			first = first.AddDate(0, 0, -1)
		}
		day = first.Format("2006-01-02")
	}
	return day, At(time.Date(first.Year(), first.Month(), first.Day(), c.DigestHour, 0, 0, 0, loc))
}
