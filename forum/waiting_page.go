package forum

import (
	"context"

	"peergroups/forum/markup"
)

// WaitingRow is a waiting post in the queue, or in the list of its writer. Where it is not told who writes, moderators are
// not either: Author is empty, and Veiled.
type WaitingRow struct {
	WaitingPost
	Author               string
	Veiled               bool `bun:"-"`
	GroupName, GroupSlug string
	GroupClass           Class
	BoardName            string
	TopicTitle           string // that it answers, as far as the reader may know it
	Claimer              string
}

// Subject is the title of the topic that it opens or answers.
func (h *WaitingRow) Subject() string { return h.Title + h.TopicTitle }

// Beginning gives its first words, about n characters, as plain text.
func (h *WaitingRow) Beginning(n int) string {
	return markup.Excerpt(markup.Cook(h.Source, markup.Options{}).Text, n)
}

func waitingRows(ctx context.Context, f *Forum, by Actor, where string, args ...any) (out []WaitingRow, err error) {
	err = f.store.read.scan(ctx, &out, `SELECT `+waitingFields+`, m.name AS author, coalesce(g.name, '') AS group_name, coalesce(g.slug, '') AS group_slug, coalesce(g.class, 0) AS group_class,
		coalesce(b.name, '') AS board_name, coalesce(t.title, '') AS topic_title, coalesce(cl.name, '') AS claimer
		FROM waiting h JOIN members m ON m.id = h.member_id LEFT JOIN groups g ON g.id = h.group_id AND ? LEFT JOIN boards b ON b.id = h.board_id AND b.group_id = g.id
		LEFT JOIN topics t ON t.id = h.topic_id AND h.topic_id > 0 AND ? LEFT JOIN members cl ON cl.id = h.claimed_by WHERE `+where, append([]any{knownGate(by, "g"), itemGate(by, "t")}, args...)...)
	now := f.instant()
	for i := range out {
		h := &out[i]
		if h.ClaimedAt.add(claimHolds) <= now { // a stale claim is none
			h.ClaimedBy, h.Claimer = 0, ""
		}
		if h.MemberID != by.Member { // what a mail quoted, of whatever place, is its writer's alone
			h.Trimmed = ""
		}
		if max(h.Class, h.GroupClass) == ChathamClass && h.MemberID != by.Member {
			h.MemberID, h.Author, h.Veiled = 0, "", true
			if h.Why != WatchedWord { // else it would say something about who it is
				h.Why = VettedAll
			}
		}
	}
	return out, err
}

// OwnWaiting lists what of the actor's waits for moderators, newest first.
func (f *Forum) OwnWaiting(ctx context.Context, by Actor) (out []WaitingRow, err error) {
	defer during(&err, "own waiting")
	return waitingRows(ctx, f, by, "h.member_id = ? ORDER BY h.id DESC LIMIT 200", by.Member)
}

// ReadOwnWaiting reads one of the actor's own posts that wait.
func (f *Forum) ReadOwnWaiting(ctx context.Context, by Actor, id int64) (h WaitingRow, err error) {
	defer during(&err, "read own waiting")
	return oneWaiting(waitingRows(ctx, f, by, "h.id = ? AND h.member_id = ?", id, by.Member))
}

func oneWaiting(rows []WaitingRow, err error) (WaitingRow, error) {
	if err == nil && len(rows) == 0 {
		err = Absent()
	}
	if err != nil {
		return WaitingRow{}, err
	}
	return rows[0], nil
}

// waitingIn lists what waits for the actor in a group (0: in all that they moderate), oldest first.
func (f *Forum) waitingIn(ctx context.Context, by Actor, g GroupID) ([]WaitingRow, error) {
	return waitingRows(ctx, f, by, "? AND (? = 0 OR h.group_id = ?) ORDER BY h.id LIMIT 200", vetGate(by, "h"), g, g)
}

// WaitingPage is a waiting post for a moderator who looks at it.
type WaitingPage struct {
	WaitingRow
	HTML      string
	Files     []File
	Found     string // the watched word or domain in it; "": none
	MayHandle bool
	Mine      bool // the actor has claimed it
}

// ReadWaiting reads a waiting post: by a moderator of the group where it was written.
func (f *Forum) ReadWaiting(ctx context.Context, by Actor, id int64) (p WaitingPage, err error) {
	defer during(&err, "read waiting")
	if p.WaitingRow, err = oneWaiting(waitingRows(ctx, f, by, "h.id = ? AND ?", id, vetGate(by, "h"))); err != nil {
		return p, err
	}
	d := Draft{Source: p.Source, Key: p.Key}
	cooked, err := f.cook(ctx, &d)
	if err != nil {
		return p, err
	}
	list, err := watchedOf(ctx, f.store.read, p.GroupID)
	if err != nil {
		return p, err
	}
	d.TakeBeside(p.Beside)
	p.HTML, p.Found = cooked.HTML, watchedIn(list, p.Title+"\n"+d.Poll.Options, cooked.Text, cooked.HTML)
	p.Mine, p.MayHandle = p.ClaimedBy == by.Member, mayTakeOn(by, &p.Claim, f.instant()) == nil
	err = f.store.read.scan(ctx, &p.Files, fileColumns+" WHERE fl.waiting_id = ? AND fl.post_id = 0 ORDER BY fl.id", id)
	if p.Veiled { // nor does what hangs on it
		for i := range p.Files {
			p.Files[i].AuthorID = 0
		}
	}
	return p, err
}
