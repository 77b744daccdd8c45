package forum

import "context"

// A special notice is a topic by a moderator that everybody should have by mail: its first post goes at once to all who get
// anything of its board by mail, through the gate of list mail, and stands in no digest of theirs. Answers to it go as usual.

// maySpecial refuses a special notice by who does not moderate there.
func (p *problems) maySpecial(d *Draft, s standing) {
	if d.Special && s.Role < Moderator {
		p.add("special", "error.special-moderators")
	}
}

// logSpecial notes that a moderator sent one past what the members had chosen.
func (w *writer) logSpecial(by Actor, t *Topic, g *Group) error {
	if !t.Special {
		return nil
	}
	return w.log(by, "special-notice", int64(t.ID), g.ID, "")
}

// MayNotify tells a page whether the actor may begin special notices where they stand so.
func MayNotify(in bool, role GroupRole, g *Group) bool { return in && role >= Moderator && !g.NoList }

// CountNoticed counts the members who would get a special notice on a board of the group by mail now.
func (f *Forum) CountNoticed(ctx context.Context, g *Group, b BoardID) (n int, err error) {
	defer during(&err, "count noticed")
	if g.NoList {
		return 0, nil
	}
	err = one(ctx, f.store.read, &n, "SELECT count(DISTINCT m.id) "+byMail+" AND b.id = ?5", g.ID, NoMail, Active, readersOf(g.Audience(), f.instant()), Participant, b)
	return n, err
}
