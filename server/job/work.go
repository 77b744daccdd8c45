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
	switch job.Args.What {
	case "digests":
		for after := forum.MemberID(0); ; {
			next, err := w.j.Forum.ComposeDigests(ctx, after)
			if err != nil || next == 0 {
				return err
			}
			after = next
		}
	case "held":
		return w.j.Forum.RemindHeld(ctx)
	case "queues":
		return w.j.Forum.RemindQueues(ctx)
	case "accounts":
		return w.j.Forum.EraseAccounts(ctx)
	case "incidents":
		return w.j.Forum.RemindIncidents(ctx)
	case "legal":
		return w.j.Forum.TellLegal(ctx)
	case "requests":
		return w.j.Forum.RemindRequests(ctx)
	case "figures":
		return w.j.Forum.KeepFigures(ctx)
	case "usage":
		return w.j.Forum.CountUsage(ctx)
	case "due":
		due, err := w.j.Forum.Due(ctx, 500)
		for _, what := range due {
			if err := w.j.Postman.Retry(ctx, what); err != nil {
				return err
			}
		}
		return err
	case "ballots":
		return w.j.Forum.RunBallots(ctx)
	case "scheduled":
		return w.j.Forum.PostScheduled(ctx)
	case "polls":
		return w.j.Forum.EndPolls(ctx)
	case "news":
		return w.j.Forum.SendNews(ctx)
	case "bookmarks":
		return w.j.Forum.RemindKept(ctx)
	case "certificates":
		return w.j.Forum.RemindCertified(ctx)
	case "files":
		return w.j.Forum.SweepFiles(ctx)
	case "searches":
		return w.j.lookAgain(ctx)
	case "rooms":
		return w.emptyRooms(ctx)
	case "forget":
		return w.j.Forum.Forget(ctx)
	case "lapse":
		return w.j.Forum.Lapse(ctx, lapseAfter)
	}
	return nil
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
