package forum

import (
	"context"
	"slices"
	"time"

	"peergroups/forum/markup"
)

// Slows are the seconds that a moderator may put between two posts of one member in a topic; 0: none.
var Slows = []int{0, 60, 300, 1800, 3600}

// Slow sets how much time has to pass between two posts of one member in a topic, one of Slows: by a moderator of its
// group. Moderators do not wait.
func (f *Forum) Slow(ctx context.Context, by Actor, id TopicID, seconds int, reason string) error {
	return f.write(ctx, "slow topic", func(w *writer) error {
		t, g, err := w.moderatedTopic(by, id)
		if err != nil || t.Slow == seconds {
			return err
		}
		var p problems
		if !slices.Contains(Slows, seconds) {
			p.add("seconds", "error.choose")
		}
		if reason = p.why(reason); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE topics SET slow = ?, version = version + 1 WHERE id = ?", seconds, t.ID); err != nil {
			return err
		}
		act := "slow"
		if seconds == 0 {
			act = "unslow"
		}
		w.state(TopicChanged{t.ID})
		return w.log(by, act, int64(t.ID), g.ID, reason)
	})
}

// notTooSoon refuses a post in a slow topic before its time has come, and says in how many minutes it has. What waits for
// a moderator counts as posted.
func (w *writer) notTooSoon(by Actor, s standing, t *Topic, d *Draft) error {
	if t.Slow == 0 || d.approved || s.Role >= Moderator {
		return nil
	}
	var last Instant
	if err := w.one(&last, `SELECT coalesce(max(x.at), 0) FROM (SELECT max(posted_at) AS at FROM posts WHERE topic_id = ?0 AND author_id = ?1
		UNION ALL SELECT max(at) AS at FROM waiting WHERE topic_id = ?0 AND member_id = ?1) x`, t.ID, by.Member); err != nil {
		return err
	}
	left := (last.add(time.Duration(t.Slow)*time.Second) - w.now).duration()
	if last == 0 || left <= 0 {
		return nil
	}
	minutes := int((left + time.Minute - 1) / time.Minute)
	return &Error{Kind: TooMany, Message: Message{Key: "error.slow", Args: map[string]any{"Count": minutes}}}
}

func (i Instant) duration() time.Duration { return time.Duration(i) * time.Microsecond }

// Freeze stops everybody but the moderators of a group from posting or saying anything there, on any door, until it is
// lifted: by one of them, for a reason that everybody who may read there sees.
func (f *Forum) Freeze(ctx context.Context, by Actor, id GroupID, reason string) error {
	return f.setFrozen(ctx, by, id, true, reason)
}

// Unfreeze lets them speak again.
func (f *Forum) Unfreeze(ctx context.Context, by Actor, id GroupID, reason string) error {
	return f.setFrozen(ctx, by, id, false, reason)
}

func (f *Forum) setFrozen(ctx context.Context, by Actor, id GroupID, freeze bool, reason string) error {
	return f.write(ctx, "freeze group", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, _, err := w.moderated(by, id)
		if err != nil || (g.FrozenAt != 0) == freeze {
			return err
		}
		var p problems
		reason = markup.Line(reason)
		act, at, why := "unfreeze", Instant(0), ""
		if freeze {
			act, at = "freeze", w.now
			reason = p.needed("reason", reason, 300)
			why = reason
		}
		if p.most("reason", reason, 300); p != nil {
			return p.err()
		}
		if err := w.exec("UPDATE groups SET frozen_at = ?, frozen_why = ?, version = version + 1 WHERE id = ?", at, why, g.ID); err != nil {
			return err
		}
		w.state(GroupChanged{g.ID})
		return w.log(by, act, int64(g.ID), g.ID, reason)
	})
}
