package job

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// schedule is the list of what the clock does. It runs on one node at a time.
func (j *Jobs) schedule() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		j.each("digests"),                         // opens the issues whose hour has come, by each member's clock
		j.each("held"),                            // reminds of mails that wait for their writer's word
		j.each("queues"),                          // tells moderators each morning what waits for them, and what is overdue
		j.each("requests"),                        // tells the staff of requests that are due soon, or overdue
		j.each("incidents"),                       // tells staff of the clock of breaches
		j.each("legal"),                           // tells members of legal requests, once the law lets it
		j.each("figures"),                         // counts the year that is over, before what it counts is deleted
		j.each("usage"),                           // counts the days that are over, and deletes what they are counted from
		j.each("due"),                             // sends mail again whose relay was away
		j.each("ballots"),                         // reminds authors who are asked, and ends what is over
		j.each("scheduled"),                       // posts topics whose time has come
		j.each("polls"),                           // closes polls whose time is over
		j.each("bookmarks"),                       // tells members of what they wanted to be reminded of
		j.each("searches"),                        // tells members of what is new in searches that they keep
		j.each("news"),                            // opens the mails of what is new to members
		j.each("certificates"),                    // reminds of the end of certificates
		j.every("files", max(j.Every, time.Hour)), // throws away what was never posted
		j.each("accounts"),                        // erases accounts whose time to think it over has passed
		j.each("rooms"),                           // erases what was said in rooms and has had its time
		j.each("forget"),                          // deletes what has had its time
		j.each("lapse"),                           // marks mail that a dead process was handing over
	}
}

func (j *Jobs) each(what string) *river.PeriodicJob { return j.every(what, j.Every) }

func (j *Jobs) every(what string, interval time.Duration) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) {
		return tick{What: what}, &river.InsertOpts{MaxAttempts: 1}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// watchClock does what cannot wait for the queue, on every node: rights that end by the clock
// close their doors within a second (DESIGN §3). It is one small read.
func (j *Jobs) watchClock(ctx context.Context) {
	t := time.NewTicker(time.Second / 2)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := j.Forum.EndLapsed(ctx); err != nil && ctx.Err() == nil {
				j.Log.Warn("end of certificates", "err", err)
			}
		}
	}
}
