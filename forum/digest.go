package forum

import (
	"context"
	"sync"
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
	Total  int  // posts of the topic that the member may read
	Whole  int  // posts of the issue, those above the limit included
	Notice bool // its reader wants no words of its board by mail, nor titles
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
	defer during(&err, "compose digests")
	due, next, err := f.dueIssues(ctx, after)
	if err != nil || len(due) == 0 { // nearly every minute: nobody waits for those who write
		return next, err
	}
	return next, f.write(ctx, "open digests", func(w *writer) error {
		var opened DigestsComposed
		runs := map[Mode]int64{}
		for _, i := range due {
			if runs[i.Mode] == 0 {
				runs[i.Mode] = w.id()
			}
			i.ID, i.Run = w.id(), runs[i.Mode]
			there, err := w.open(i)
			if err != nil {
				return err
			}
			if there && i.filled {
				opened.Issues = append(opened.Issues, i.Issue)
			}
		}
		if opened.Issues != nil {
			w.state(opened)
		}
		return nil
	})
}

// dueIssue is an issue that is to be opened; filled: there is something in it.
type dueIssue struct {
	Issue
	filled bool
}

// dueIssues gives the issues that are due of the next members after one.
func (f *Forum) dueIssues(ctx context.Context, after MemberID) (due []dueIssue, next MemberID, err error) {
	now := f.instant()
	all, err := f.subscribers(ctx, after)
	if err != nil {
		return nil, 0, err
	}
	for _, s := range all {
		next = s.MemberID
		day, at := dueAt(now.Time(), s.Zone, s.Mode, s.DigestChoice)
		if day <= s.LastDay || at > now || s.Since > at || s.PausedAt > 0 {
			continue
		}
		i := dueIssue{Issue: Issue{MemberID: s.MemberID, Mode: s.Mode, Day: day, FromAt: max(s.LastTo, s.Since), ToAt: now.add(-late)}}
		if s.ClearedAt > s.LastTo { // the first after a pause: what is older is read in the forum
			i.FromAt = max(i.FromAt, now.add(-afterPause))
		}
		a, err := f.mailedTo(ctx, s.MemberID)
		if err != nil {
			return nil, 0, err
		}
		var some []PostID
		if err := f.store.read.scan(ctx, &some, "SELECT p.id "+issuePosts("")+" LIMIT 1", i.gates(a)...); err != nil {
			return nil, 0, err
		}
		i.filled = len(some) > 0
		due = append(due, i)
	}
	return due, next, nil
}

// mailedTo is the member as the gates take one who reads by mail.
func (f *Forum) mailedTo(ctx context.Context, m MemberID) (Actor, error) {
	a, err := loadActor(ctx, f.store.read, m, f.instant())
	a.byMail = true
	return a, err
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
func (f *Forum) subscribers(ctx context.Context, after MemberID) (out []subscriber, err error) {
	err = f.store.read.scan(ctx, &out, `SELECT s.member_id, s.mode, min(s.since_at) AS since, m.zone, m.digest_hour, m.digest_days, m.digest_on,
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

// open writes the issue down, unless another node did so meanwhile, and queues its mail if there is something in it.
func (w *writer) open(i dueIssue) (there bool, err error) {
	var ids []int64
	if err := w.scan(w.ctx, &ids, "INSERT INTO digests (id, run, member_id, mode, day, from_at, to_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
		i.ID, i.Run, i.MemberID, i.Mode, i.Day, i.FromAt, i.ToAt); err != nil || len(ids) == 0 || !i.filled {
		return len(ids) > 0, err
	}
	return true, w.queue("digest", i.Run, i.MemberID)
}

// gates are what issuePosts asks of a reader.
func (i *Issue) gates(a Actor) []any {
	return []any{i.MemberID, i.Mode, i.FromAt, i.ToAt, placeGate(a, "g"), itemGate(a, "p"), itemGate(a, "t")}
}

// issuePosts are the posts p of an issue, joined to more where that is asked for.
func issuePosts(join string) string {
	return `FROM subscriptions s JOIN boards b ON b.id = s.board_id JOIN groups g ON g.id = b.group_id
	JOIN topics t ON t.board_id = b.id JOIN posts p ON p.topic_id = t.id AND p.posted_at > ?2 AND p.posted_at <= ?3 AND p.posted_at > s.since_at
	` + join + ` WHERE s.member_id = ?0 AND s.mode = ?1 AND p.erased_at = 0 AND p.reach < 4 AND p.via <> 3 AND g.no_list = 0 AND t.last_post_at > ?2 AND ?4 AND ?5 AND ?6
	AND NOT EXISTS (SELECT 1 FROM levels ml WHERE ml.topic_id = t.id AND ml.member_id = s.member_id AND ml.level = 4)
	AND (p.special = 0 OR EXISTS (SELECT 1 FROM deliveries sd WHERE sd.kind = 'post' AND sd.ref = p.id AND sd.member_id = s.member_id AND sd.state IN (5, 8)))` // a special notice came at once, unless it was Withheld or Paused
}

const maxIssue = 300 // posts; the mail says how many more there are

// Known keeps the words of posts, which were read for one issue, some seconds for the next ones. What else is told of a post,
// and whether its reader may read it, is asked for each of them.
type Known struct {
	mu    sync.Mutex
	since Instant
	post  map[PostID]PlacedPost
}

const (
	knownFor  = 10 * time.Second
	mostKnown = 2000 // posts
)

// ReadIssue gives the posts of an issue, by the rights its member has at this moment.
func (f *Forum) ReadIssue(ctx context.Context, i Issue, known *Known) (posts []DigestPost, err error) {
	defer during(&err, "read issue")
	a, err := f.mailedTo(ctx, i.MemberID)
	if err != nil {
		return nil, err
	}
	if err = f.store.read.scan(ctx, &posts, "SELECT "+placedApart+`, s.notice, CASE WHEN ?9 THEN t.last_n ELSE (SELECT count(*) FROM posts q WHERE q.topic_id = t.id AND ?7) END AS total
		`+issuePosts("JOIN members m ON m.id = p.author_id")+` ORDER BY g.name, g.id, b.position, t.id, p.n LIMIT ?8`, append(i.gates(a), itemGate(a, "q"), maxIssue+1, whole(a, "t"))...); err != nil {
		return nil, err
	}
	all := len(posts)
	if all > maxIssue {
		posts = posts[:maxIssue]
		if err = one(ctx, f.store.read, &all, "SELECT count(*) "+issuePosts(""), i.gates(a)...); err != nil {
			return nil, err
		}
	}
	for n := range posts {
		posts[n].Whole = all
		f.veilPlaced(&posts[n].PlacedPost)
	}
	return f.words(ctx, a, known, posts)
}

// words puts their words to posts that the actor reads, and reads those that are not known as they are.
func (f *Forum) words(ctx context.Context, a Actor, k *Known, posts []DigestPost) ([]DigestPost, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := f.instant(); k.since.add(knownFor) < now || len(k.post) > mostKnown {
		k.since, k.post = now, map[PostID]PlacedPost{}
	}
	knows := func(p *DigestPost) bool {
		had, is := k.post[p.ID]
		return is && had.Version == p.Version
	}
	var missing []PostID
	for n := range posts {
		if !knows(&posts[n]) {
			missing = append(missing, posts[n].ID)
		}
	}
	read, err := f.VisiblePosts(ctx, a, missing)
	if err != nil {
		return nil, err
	}
	all := make([]*Post, len(read))
	for n := range read {
		all[n] = &read[n].Post
	}
	if err := f.filesOf(ctx, all...); err != nil {
		return nil, err
	}
	for _, p := range read {
		k.post[p.ID] = p
	}
	out := posts[:0]
	for n := range posts {
		p := &posts[n]
		if knows(p) { // else it was taken back or changed between the two questions
			had := k.post[p.ID]
			p.HTML, p.Plain, p.Files = had.HTML, had.Plain, had.Files
			out = append(out, *p)
		}
	}
	return out, nil
}

const issueColumns = "SELECT id, run, member_id, mode, day, from_at, to_at FROM digests"

// IssueOf finds the issue that a member has in a run.
func (f *Forum) IssueOf(ctx context.Context, run int64, m MemberID) (i Issue, err error) {
	defer during(&err, "issue of a member")
	err = one(ctx, f.store.read, &i, issueColumns+" WHERE run = ? AND member_id = ?", run, m)
	return i, err
}

// OwnIssues gives the actor's issues of the runs, without what is in them.
func (f *Forum) OwnIssues(ctx context.Context, by Actor, runs []int64) (out []Issue, err error) {
	defer during(&err, "own issues")
	if len(runs) > 0 {
		err = f.store.read.scan(ctx, &out, issueColumns+" WHERE member_id = ? AND run IN (?)", by.Member, bun.List(runs))
	}
	return out, err
}
