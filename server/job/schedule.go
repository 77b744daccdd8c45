package job

import (
	"time"

	"github.com/riverqueue/river"
)

// schedule is the list of what the clock does. It runs on one node at a time.
func (j *Jobs) schedule() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		j.each(1, "digests"), // opens the issues whose hour has come, by each member's clock
		j.each(1, "due"),     // sends mail again whose relay was away
		j.each(1, "lapse"),   // marks mail that a dead process was handing over
	}
}

func (j *Jobs) each(times time.Duration, what string) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(times*j.Every), func() (river.JobArgs, *river.InsertOpts) {
		return tick{What: what}, &river.InsertOpts{MaxAttempts: 1}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
