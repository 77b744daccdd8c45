package forum

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Issue is one digest of one member: the posts of the boards they get in this mode, from
// the end of the issue before up to ToAt.
type Issue struct {
	ID       int64 `bun:"id"`
	Run      int64 // of those that were opened together, one of each member
	MemberID MemberID
	Mode     Mode
	Day      string
	FromAt   Instant
	ToAt     Instant
}

// DigestPost is one post in an issue, with where it stands.
type DigestPost struct {
	PlacedPost
	Total int // posts of the topic that the member may read
	Whole int // posts of the issue, those above the limit included
}

// late is how much earlier than its making an issue ends: longer than any verb runs. What is
// under way when the issue is made has its time from before, is not seen yet, and must not
// fall between two issues.
const late = time.Minute

const afterPause = 8 * 24 * time.Hour // how far the first issue after a pause goes back: more than a week

const digestMembers = 200 // considered in one transaction

// ComposeDigests opens the issues that are due: daily ones and indexes from the member's
// own hour on, weekly ones from that hour on their day, by the clock of their zone. An issue
// without posts is written down too, so that it is asked for once, but not mailed. It goes
// on from the member after and tells where to go on; 0: that was all.
func (f *Forum) ComposeDigests(ctx context.Context, after MemberID) (next MemberID, err error) {
	err = f.write(ctx, "compose digests", func(w *writer) error {
		due, err := w.subscribers(after)
		if err != nil {
			return err
		}
		next = 0
		var opened DigestsComposed
		runs := map[Mode]int64{}
		for _, d := range due {
			next = d.MemberID
			day, at := dueAt(w.now.Time(), d.Zone, d.Mode, d.DigestChoice)
			if day <= d.LastDay || at > w.now || d.Since > at || d.PausedAt > 0 {
				continue
			}
			if runs[d.Mode] == 0 {
				runs[d.Mode] = w.id()
			}
			issue := Issue{ID: w.id(), Run: runs[d.Mode], MemberID: d.MemberID, Mode: d.Mode, Day: day, FromAt: max(d.LastTo, d.Since), ToAt: w.now.add(-late)}
			if d.ClearedAt > d.LastTo { // the first after a pause: what is older is read in the forum
				issue.FromAt = max(issue.FromAt, w.now.add(-afterPause))
			}
			filled, err := w.open(issue)
			if err != nil {
				return err
			}
			if filled {
				opened.Digests = append(opened.Digests, issue.ID)
				if !slices.Contains(opened.Runs, issue.Run) {
					opened.Runs = append(opened.Runs, issue.Run)
				}
			}
		}
		if opened.Digests != nil {
			w.state(opened)
		}
		return nil
	})
	return next, err
}

// subscriber is a member who gets digests in a mode.
type subscriber struct {
	MemberID MemberID
	Mode     Mode
	Since    Instant
	Zone     string
	DigestChoice
	LastDay             string
	LastTo              Instant
	PausedAt, ClearedAt Instant
}

// subscribers gives those of the next members after one.
func (w *writer) subscribers(after MemberID) (out []subscriber, err error) {
	err = w.scan(w.ctx, &out, `SELECT s.member_id, s.mode, min(s.since_at) AS since, m.zone, m.digest_hour, m.digest_days, m.digest_on,
		coalesce((SELECT max(d.day) FROM digests d WHERE d.member_id = s.member_id AND d.mode = s.mode), '') AS last_day,
		coalesce((SELECT max(d.to_at) FROM digests d WHERE d.member_id = s.member_id AND d.mode = s.mode), 0) AS last_to,
		coalesce((SELECT mp.paused_at FROM mail_pauses mp WHERE mp.member_id = s.member_id), 0) AS paused_at,
		coalesce((SELECT mp.cleared_at FROM mail_pauses mp WHERE mp.member_id = s.member_id), 0) AS cleared_at
		FROM subscriptions s JOIN members m ON m.id = s.member_id
		WHERE s.mode IN (?, ?, ?) AND m.standing = ? AND s.member_id IN
			(SELECT DISTINCT member_id FROM subscriptions WHERE member_id > ? AND mode IN (?, ?, ?) ORDER BY member_id LIMIT ?)
		GROUP BY s.member_id, s.mode, m.zone, m.digest_hour, m.digest_days, m.digest_on ORDER BY s.member_id, s.mode`,
		Daily, Weekly, Index, Active, after, Daily, Weekly, Index, digestMembers)
	return out, err
}

// open writes the issue down and queues its mail, unless there is nothing in it.
func (w *writer) open(i Issue) (filled bool, err error) {
	if err := w.exec("INSERT INTO digests (id, run, member_id, mode, day, from_at, to_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		i.ID, i.Run, i.MemberID, i.Mode, i.Day, i.FromAt, i.ToAt); err != nil {
		return false, err
	}
	a, err := loadActor(w.ctx, w, i.MemberID, w.now)
	if err != nil {
		return false, err
	}
	a.byMail = true
	var n int
	if err := w.one(&n, "SELECT count(*) FROM (SELECT p.id "+issuePosts+" LIMIT 1) x", i.MemberID, i.Mode, i.FromAt, i.ToAt, placeGate(a, "g"), itemGate(a, "p"), itemGate(a, "t")); err != nil || n == 0 {
		return false, err
	}
	return true, w.queue("digest", i.Run, i.MemberID)
}

const issuePosts = `FROM subscriptions s JOIN boards b ON b.id = s.board_id JOIN groups g ON g.id = b.group_id
	JOIN topics t ON t.board_id = b.id JOIN posts p ON p.topic_id = t.id AND p.posted_at > ?2 AND p.posted_at <= ?3 AND p.posted_at > s.since_at
	JOIN members m ON m.id = p.author_id WHERE s.member_id = ?0 AND s.mode = ?1 AND p.erased_at = 0 AND p.reach < 4 AND p.via <> 3 AND g.no_list = 0 AND t.last_post_at > ?2 AND ?4 AND ?5 AND ?6
	AND NOT EXISTS (SELECT 1 FROM levels ml WHERE ml.topic_id = t.id AND ml.member_id = s.member_id AND ml.level = 4)`

const maxIssue = 300 // posts; the mail says how many more there are

// ReadIssue gives an issue with its posts, by the rights its member has at this moment.
func (f *Forum) ReadIssue(ctx context.Context, id int64) (i Issue, posts []DigestPost, err error) {
	defer during(&err, "read issue")
	if err = one(ctx, f.store.read, &i, issueColumns+" WHERE id = ?", id); err != nil {
		return i, nil, err
	}
	a, err := loadActor(ctx, f.store.read, i.MemberID, f.instant())
	if err != nil {
		return i, nil, err
	}
	a.byMail = true
	err = f.store.read.scan(ctx, &posts, "SELECT "+placedFields+`, CASE WHEN ?9 THEN t.last_n ELSE (SELECT count(*) FROM posts q WHERE q.topic_id = t.id AND ?7) END AS total, count(*) OVER () AS whole `+issuePosts+`
		ORDER BY g.name, g.id, b.position, t.id, p.n LIMIT ?8`,
		i.MemberID, i.Mode, i.FromAt, i.ToAt, placeGate(a, "g"), itemGate(a, "p"), itemGate(a, "t"), itemGate(a, "q"), maxIssue, whole(a, "t"))
	all := make([]*Post, len(posts))
	for n := range posts {
		f.veilPlaced(&posts[n].PlacedPost)
		all[n] = &posts[n].Post
	}
	return i, posts, either(err, f.filesOf(ctx, all...))
}

const issueColumns = "SELECT id, run, member_id, mode, day, from_at, to_at FROM digests"

// IssueOf finds the issue that a member has in a run.
func (f *Forum) IssueOf(ctx context.Context, run int64, m MemberID) (id int64, err error) {
	defer during(&err, "issue of a member")
	err = one(ctx, f.store.read, &id, "SELECT id FROM digests WHERE run = ? AND member_id = ?", run, m)
	return id, err
}

// OwnIssues gives the actor's issues of the runs, without what is in them.
func (f *Forum) OwnIssues(ctx context.Context, by Actor, runs []int64) (out []Issue, err error) {
	defer during(&err, "own issues")
	if len(runs) > 0 {
		err = f.store.read.scan(ctx, &out, issueColumns+" WHERE member_id = ? AND run IN (?)", by.Member, bun.List(runs))
	}
	return out, err
}
