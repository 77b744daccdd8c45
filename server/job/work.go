package job

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"peergroups/forum"
)

type notify struct {
	Post forum.PostID `json:"post"`
}

func (notify) Kind() string { return "notify" }

type send struct {
	Mail string `json:"mail"` // the mailing's kind
	Ref  int64  `json:"ref"`
}

func (send) Kind() string { return "send" }

type tick struct {
	What string `json:"what"`
}

func (tick) Kind() string { return "tick" }

// answer is the jobs' one table from kinds of errors to what becomes of a job (DESIGN §2).
func answer(err error) error {
	switch forum.KindOf(err) {
	case forum.Internal:
		return err // nil, or: try again
	case forum.TooMany:
		return river.JobSnooze(time.Minute)
	case forum.Conflict, forum.Held:
		return nil
	default:
		return river.JobCancel(err)
	}
}

type notifier struct {
	river.WorkerDefaults[notify]
	j *Jobs
}

// Work tells those whom a changed post mentions; of a new post the sender tells.
func (w *notifier) Work(ctx context.Context, job *river.Job[notify]) error {
	return answer(w.j.Forum.Notify(ctx, job.Args.Post, true))
}

type sender struct {
	river.WorkerDefaults[send]
	j *Jobs
}

// Work hands a mailing over: all of its deliveries that wait.
func (w *sender) Work(ctx context.Context, job *river.Job[send]) error {
	what := forum.Mailing{Kind: job.Args.Mail, Ref: job.Args.Ref}
	if what.Kind == "post" {
		if err := w.j.Forum.QueuePost(ctx, forum.PostID(what.Ref)); err != nil {
			return answer(err)
		}
	}
	return answer(w.j.Postman.Deliver(ctx, what))
}

type clock struct {
	river.WorkerDefaults[tick]
	j *Jobs
}

const lapseAfter = 10 * time.Minute // far longer than a mail is handed over

// Work does what the clock asks for.
func (w *clock) Work(ctx context.Context, job *river.Job[tick]) error {
	f := w.j.Forum
	for _, of := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"digests", w.digests}, {"due", w.due}, {"searches", w.j.lookAgain}, {"rooms", w.emptyRooms}, {"lapse", func(ctx context.Context) error { return f.Lapse(ctx, lapseAfter) }},
		{"held", f.RemindHeld}, {"queues", f.RemindQueues}, {"accounts", f.EraseAccounts}, {"incidents", f.RemindIncidents}, {"legal", f.TellLegal},
		{"requests", f.RemindRequests}, {"figures", f.KeepFigures}, {"usage", f.CountUsage}, {"ballots", f.RunBallots}, {"scheduled", f.PostScheduled},
		{"polls", f.EndPolls}, {"news", f.SendNews}, {"bookmarks", f.RemindKept}, {"certificates", f.RemindCertified}, {"files", f.SweepFiles},
		{"forget", f.Forget},
	} {
		if of.what == job.Args.What {
			return of.do(ctx)
		}
	}
	return nil
}

// digests opens the issues whose hour has come.
func (w *clock) digests(ctx context.Context) error {
	for after := forum.MemberID(0); ; {
		next, err := w.j.Forum.ComposeDigests(ctx, after)
		if err != nil || next == 0 {
			return err
		}
		after = next
	}
}

// due sends mail again whose relay was away.
func (w *clock) due(ctx context.Context) error {
	due, err := w.j.Forum.Due(ctx, 500)
	for _, what := range due {
		if err := w.j.Postman.Retry(ctx, what); err != nil {
			return err
		}
	}
	return err
}

// emptyRooms erases what was said in rooms and has had its time: by the clock, or since nobody is there any more.
func (w *clock) emptyRooms(ctx context.Context) error {
	if err := w.j.Forum.ForgetSaid(ctx); err != nil {
		return err
	}
	rooms, err := w.j.Forum.QuietRooms(ctx)
	for _, id := range rooms {
		if w.j.InRoom != nil && w.j.InRoom(ctx, id) {
			continue
		}
		err = errors.Join(err, w.j.Forum.EmptyRoom(ctx, id))
	}
	return err
}
