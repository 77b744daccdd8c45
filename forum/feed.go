package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// A feed is a board's newest topics for a program that reads them. That of a board that is open to all is asked for as by a
// visitor. Others have an address of their own for each member and board, which is asked each time what the member may read
// now; without its row, or when they may not read the board any more, it answers as one that never was.

// BoardFeed is what a feed shows.
type BoardFeed struct {
	Board  Board
	Group  Group
	Own    bool         // by a member's address: it is for nobody else
	Topics []PlacedPost // the posts that opened them, the newest first; without text but where everybody may know it
	Quiet  bool         // nothing of them may be shown but that there is something new, at:
	NewAt  Instant      // 0: nothing yet
}

// FeedAddress is one of a member's addresses, and where it leads.
type FeedAddress struct {
	ID     int64 `bun:"id"`
	Token  string
	MadeAt Instant
	UsedAt Instant // to the hour
	Place  string  // "" where they may not know of it any more
}

const (
	topicsOfFeed = 30
	mostFeeds    = 50
	feedPurpose  = "feed"
)

// ReadPublicFeed reads the feed of a board that is open to all.
func (f *Forum) ReadPublicFeed(ctx context.Context, group, board string) (out BoardFeed, err error) {
	defer during(&err, "read public feed")
	return f.boardFeed(ctx, Actor{at: f.instant()}, bun.SafeQuery("g.slug = ? AND b.slug = ?", group, board))
}

// ReadOwnFeed reads the feed at a member's address, in their name.
func (f *Forum) ReadOwnFeed(ctx context.Context, token string) (out BoardFeed, err error) {
	defer during(&err, "read own feed")
	ids, err := f.unseal(feedPurpose, token, 1)
	if err != nil {
		return out, Absent()
	}
	var row struct {
		MemberID MemberID
		BoardID  BoardID
		UsedAt   Instant
	}
	if err = one(ctx, f.store.read, &row, "SELECT member_id, board_id, used_at FROM feeds WHERE id = ?", ids[0]); err != nil {
		return out, err
	}
	by, err := f.ActorFor(ctx, row.MemberID)
	if err == nil && by.Member == 0 {
		err = Absent()
	}
	if err != nil {
		return out, err
	}
	by.Roles, by.byMail = nil, true // whoever holds the address has shown nothing else
	if out, err = f.boardFeed(ctx, by, bun.SafeQuery("b.id = ?", row.BoardID)); err != nil {
		return BoardFeed{}, err
	}
	out.Own = true
	if f.instant() > row.UsedAt.add(time.Hour) {
		err = f.write(ctx, "use feed", func(w *writer) error { return w.exec("UPDATE feeds SET used_at = ? WHERE id = ?", w.now, ids[0]) })
	}
	return out, err
}

// boardFeed reads the newest topics of a board with the posts that opened them, where the actor may read both.
func (f *Forum) boardFeed(ctx context.Context, by Actor, which any) (out BoardFeed, err error) {
	db := f.store.read
	if err = one(ctx, db, &out.Board, boardColumns+" JOIN groups g ON g.id = b.group_id WHERE ? AND ?", which, placeGate(by, "g")); err != nil {
		return out, err
	}
	if err = one(ctx, db, &out.Group, groupColumns+" WHERE g.id = ?", out.Board.GroupID); err != nil {
		return out, err
	}
	if err = db.scan(ctx, &out.Topics, placedColumns+postPlaces+` WHERE p.id IN (SELECT (SELECT o.id FROM posts o WHERE o.topic_id = q.id ORDER BY o.n LIMIT 1) FROM topics q
		WHERE q.board_id = ? AND q.merged_into = 0 AND q.reach < 4 AND ? ORDER BY q.posted_at DESC, q.id DESC LIMIT ?) AND p.reach < 4 AND p.erased_at = 0 AND ?
		ORDER BY t.posted_at DESC, t.id DESC`, out.Board.ID, itemGate(by, "q"), topicsOfFeed, postGate(by)); err != nil {
		return out, err
	}
	for i := range out.Topics {
		p := &out.Topics[i]
		f.veilPlaced(p)
		out.NewAt = max(out.NewAt, p.PostedAt)
		out.Quiet = out.Quiet || p.Class >= ChathamClass
		if by.Member != 0 || p.Class != OpenClass {
			p.HTML, p.Plain = "", ""
		}
	}
	if out.Quiet = out.Quiet || out.Group.Class >= ChathamClass; out.Quiet {
		out.Topics = nil
	}
	return out, nil
}

// MakeFeed gives the actor an address for the feed of a board that they may read. Twice is the same.
func (f *Forum) MakeFeed(ctx context.Context, by Actor, id BoardID) error {
	return f.write(ctx, "make feed", func(w *writer) error {
		b, _, _, err := w.boardSeen(by, id)
		if err == nil {
			err = mayKeep(by)
		}
		if err != nil {
			return err
		}
		var n int
		if err := w.one(&n, "SELECT count(*) FROM feeds WHERE member_id = ? AND board_id <> ?", by.Member, b.ID); err != nil {
			return err
		}
		if n >= mostFeeds {
			return Refuse(TooMany, "error.too-many-feeds")
		}
		return w.exec("INSERT INTO feeds (id, member_id, board_id, made_at) VALUES (?, ?, ?, ?) ON CONFLICT (member_id, board_id) DO NOTHING", w.id(), by.Member, b.ID, w.now)
	})
}

// EndFeed ends one of the actor's addresses. Twice is once.
func (f *Forum) EndFeed(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "end feed", func(w *writer) error {
		return either(mayKeep(by), w.exec("DELETE FROM feeds WHERE member_id = ? AND id = ?", by.Member, id))
	})
}

// ReadFeeds lists the actor's addresses.
func (f *Forum) ReadFeeds(ctx context.Context, by Actor) (out []FeedAddress, err error) {
	defer during(&err, "read feeds")
	err = f.store.read.scan(ctx, &out, `SELECT x.id, x.made_at, x.used_at, coalesce(g.name || ' / ' || b.name, '') AS place FROM feeds x
		LEFT JOIN boards b ON b.id = x.board_id AND EXISTS (SELECT 1 FROM groups bg WHERE bg.id = b.group_id AND ?) LEFT JOIN groups g ON g.id = b.group_id
		WHERE x.member_id = ? ORDER BY x.made_at DESC, x.id`, placeGate(by, "bg"), by.Member)
	for i := range out {
		out[i].Token = f.seal(feedPurpose, out[i].ID)
	}
	return out, err
}
