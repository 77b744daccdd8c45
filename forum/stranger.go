package forum

import (
	"cmp"
	"context"
	"time"
	"unicode/utf8"

	"peergroups/forum/markup"
)

// Stranger is a mail of somebody who is no member, which waits for the moderators of a group.
type Stranger struct {
	ID                     int64 `bun:"id"`
	GroupID                GroupID
	BoardID                BoardID
	Address, Title, Source string
	At                     Instant
}

const (
	mostTitle     = 140 // characters
	mostLine      = 300 // of the line that says whose words they are
	mostStrangers = 50  // of a group; who comes later is refused
	strangersKept = 14 * 24 * time.Hour
)

// HoldStranger lets a mail of somebody who is no member wait, where the group's owners want that: its sender's address is
// proved. Where not, NotFound; which groups there are it does not tell.
func (f *Forum) HoldStranger(ctx context.Context, local, address string, in Incoming) error {
	if utf8.RuneCountInString(in.Source) > MaxSource-mostLine {
		return Refuse(Invalid, "error.mail-too-big")
	}
	b, err := f.BoardByAddress(ctx, Actor{}, local) // of a group that everybody reads
	if err != nil {
		return err
	}
	return f.write(ctx, "hold stranger", func(w *writer) error {
		var takes int
		if err := w.one(&takes, "SELECT count(*) FROM lists l JOIN groups g ON g.id = l.group_id WHERE l.group_id = ? AND l.strangers = 1 AND g.no_list = 0 AND g.no_boards = 0 AND g.frozen_at = 0", b.GroupID); err != nil {
			return err
		}
		if takes == 0 {
			return Absent()
		}
		if err := w.spend(asksOfMember, "stranger", fold(address)); err != nil {
			return err
		}
		var waiting int
		if err := w.one(&waiting, "SELECT count(*) FROM strangers WHERE group_id = ?", b.GroupID); err != nil {
			return err
		}
		if waiting >= mostStrangers {
			return Refuse(TooMany, "error.too-many-waiting")
		}
		id := w.id()
		n, err := w.changed("INSERT INTO strangers (id, group_id, board_id, address, key, title, source, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			id, b.GroupID, b.ID, address, in.key(), cmp.Or(markup.Excerpt(in.Title, mostTitle), "–"), in.Source, w.now)
		if err != nil || n == 0 {
			return err
		}
		return either(w.arrived(Arrival{GroupID: b.GroupID, Fate: FateHeld, Verdict: in.Verdict}, ofStranger+decimal(id), nil), w.tellQueue(b.GroupID, 0))
	})
}

// Strangers lists the mails of strangers that wait in a group, for its moderators.
func (f *Forum) Strangers(ctx context.Context, by Actor, g GroupID) (out []Stranger, err error) {
	defer during(&err, "strangers")
	err = f.store.read.scan(ctx, &out, "SELECT o.id, o.group_id, o.board_id, o.address, o.title, o.source, o.at FROM strangers o WHERE o.group_id = ? AND ? ORDER BY o.at LIMIT ?", g, moderates(by.Member), mostStrangers)
	return out, err
}

// PostStranger posts a stranger's mail as the moderator's own topic, below the line that says whose words they are; where
// the moderator has to say something first, or anything else is against it, it goes on waiting.
func (f *Forum) PostStranger(ctx context.Context, by Actor, id int64, line string) (t *Topic, err error) {
	var s Stranger
	if err := one(ctx, f.store.read, &s, "SELECT o.id, o.group_id, o.board_id, o.title, o.source FROM strangers o WHERE o.id = ? AND ?", id, moderates(by.Member)); err != nil {
		return nil, err
	}
	t, err = f.StartTopic(ctx, by, s.BoardID, Draft{Title: s.Title, Source: line + "\n\n" + s.Source, Key: ofStranger + decimal(id), Door: OnBoard})
	if err != nil {
		return nil, err
	}
	return t, f.decideStranger(ctx, by, id, FatePosted)
}

// DropStranger throws it away. What was decided already is decided.
func (f *Forum) DropStranger(ctx context.Context, by Actor, id int64) error {
	return f.decideStranger(ctx, by, id, FateDiscarded)
}

// ofStranger begins the key of a stranger's mail that waits, and of the post that is made of it.
const ofStranger = "stranger:"

func (f *Forum) decideStranger(ctx context.Context, by Actor, id int64, fate Fate) error {
	return f.write(ctx, "decide on stranger", func(w *writer) error {
		var g []GroupID
		if err := w.scan(w.ctx, &g, "DELETE FROM strangers WHERE id IN (SELECT o.id FROM strangers o WHERE o.id = ? AND ?) RETURNING group_id", id, moderates(by.Member)); err != nil || len(g) == 0 {
			return err
		}
		return either(w.exec("UPDATE arrivals SET fate = ? WHERE member_id = 0 AND key = ?", fate, ofStranger+decimal(id)), w.log(by, "stranger", id, g[0], ""))
	})
}
