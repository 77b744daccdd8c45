package forum

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// A mention ("@handle") is a reference to a member: a row of its own, and in the cooked text a link to their page. It
// says nothing of what they may read. That is asked when somebody is told of it, and when it is shown: to a reader who
// may not know that the member reads there, it looks as if there were no such handle.

// cook renders the draft, and notes whom it mentions.
func (f *Forum) cook(ctx context.Context, d *Draft) (c markup.Cooked, err error) {
	defer during(&err, "cook")
	if c = d.cook(nil); len(c.Mentions) == 0 {
		return c, nil
	}
	ids, err := f.handles(ctx, c.Mentions)
	if err != nil || len(ids) == 0 {
		return c, err
	}
	for _, id := range ids {
		d.mentioned = append(d.mentioned, id)
	}
	return d.cook(ids.page), nil
}

// handled are members by their handles.
type handled map[string]MemberID

func (h handled) page(handle string) (string, bool) {
	id, ok := h[handleKey(handle)]
	return "/m/" + decimal(id), ok
}

func (f *Forum) handles(ctx context.Context, mentions []string) (handled, error) {
	keys := make([]string, len(mentions))
	for i, handle := range mentions {
		keys[i] = handleKey(handle)
	}
	var found []struct {
		ID  MemberID `bun:"id"`
		Key string
	}
	err := f.store.read.scan(ctx, &found, "SELECT id, handle_key AS key FROM members WHERE handle_key IN (?) AND standing = ?", bun.List(keys), Active)
	ids := handled{}
	for _, m := range found {
		ids[m.Key] = m.ID
	}
	return ids, err
}

// mention writes down whom a post mentions now.
func (w *writer) mention(id PostID, members []MemberID) error {
	for _, m := range members {
		if err := w.exec("INSERT INTO mentions (post_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id, m); err != nil {
			return err
		}
	}
	return nil
}

// mentionAnew writes down whom a post mentions since it was changed.
func (w *writer) mentionAnew(id PostID, members []MemberID) error {
	return either(w.exec("DELETE FROM mentions WHERE post_id = ?", id), w.mention(id, members))
}

// mentionStill keeps of those whom a post mentions those whom it mentions still, when others than its author changed it:
// nobody is called in somebody else's name.
func (w *writer) mentionStill(id PostID, members []MemberID) error {
	return w.exec("DELETE FROM mentions WHERE post_id = ? AND member_id NOT IN (?)", id, bun.List(append(members, 0)))
}

// mentionsOf puts into posts whom they mention, as far as the actor may know that those read them.
func (f *Forum) mentionsOf(ctx context.Context, by Actor, posts []Post) error {
	var ids []PostID
	for i := range posts {
		if strings.Contains(posts[i].HTML, `class="mention"`) {
			ids = append(ids, posts[i].ID)
		}
	}
	if by.Member == 0 || ids == nil {
		return nil
	}
	var rows []struct {
		PostID   PostID
		MemberID MemberID
	}
	now := f.instant()
	err := f.store.read.scan(ctx, &rows, `SELECT mn.post_id, mn.member_id FROM mentions mn JOIN posts p ON p.id = mn.post_id`+postPlaces+`
		JOIN members m ON m.id = mn.member_id AND m.standing = ?0 WHERE mn.post_id IN (?1) AND (m.id = ?2 AND ?3
			OR p.erased_at = 0 AND ?4 AND ?5 AND ?6 AND ?7 AND (p.reach < ?8 OR ?9) AND (t.reach < ?8 OR ?10)) ORDER BY mn.post_id, mn.member_id`,
		Active, bun.List(ids), by.Member, mayRead(now), readsPlace(now), isFor("p", now), isFor("t", now), knownThere(by, now), Members, rosterGate(by, "p.reach_of"), rosterGate(by, "t.reach_of"))
	for _, row := range rows {
		for i := range posts {
			if posts[i].ID == row.PostID {
				posts[i].Mentioned = append(posts[i].Mentioned, row.MemberID)
			}
		}
	}
	return err
}

// mayRead is postGate for many members m at once, as list mail asks it too: p is the post, and t and g its topic and
// group.
func mayRead(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("(p.erased_at = 0 AND ? AND ? AND ?)", readsPlace(now), readsItem("p", now), readsItem("t", now))
}

// readsPlace is placeGate for many members m at once.
func readsPlace(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`(g.visibility <= 1 OR g.visibility = 2 AND ? OR EXISTS (SELECT 1 FROM memberships gm WHERE gm.group_id = g.id AND gm.member_id = m.id AND gm.standing = ? AND gm.role >= ?))`,
		certifiedAt("m", now), In, Participant)
}

// knownThere is the SQL condition under which the actor may know that somebody m who reads in the place g does: whoever has
// an account or a certificate reads there, or they see who its members are.
func knownThere(by Actor, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("(g.visibility <= 1 OR g.visibility = 2 AND ? OR ?)", certifiedAt("m", now), rosterGate(by, "g.id"))
}

// readsItem is itemGate for many members m at once.
func readsItem(i string, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery("(?.author_id = m.id OR ?)", bun.Ident(i), isFor(i, now))
}

// isFor is audienceGate for many members m at once.
func isFor(i string, now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`(?0.reach <= 1 OR ?0.reach = 2 AND ?1 OR ?0.reach = 3 AND EXISTS (SELECT 1 FROM memberships im
		WHERE im.group_id = ?0.reach_of AND im.member_id = m.id AND im.standing = ?2 AND im.role >= ?3 AND (?0.from_join = 0 OR im.joined_at <= ?0.posted_at)))`,
		bun.Ident(i), certifiedAt("m", now), In, Participant)
}

// rosterGate is the SQL condition under which the actor, who may read in the group, sees who its members are
// (maySeeRoster).
func rosterGate(by Actor, group string) schema.QueryWithArgs {
	return bun.SafeQuery(`EXISTS (SELECT 1 FROM groups rg LEFT JOIN memberships rm ON rm.group_id = rg.id AND rm.member_id = ? AND rm.standing = ? AND rm.role >= ?
		WHERE rg.id = `+group+` AND (rg.roster = ? OR rg.roster = ? AND rm.role IS NOT NULL OR rm.role >= ?))`, by.Member, In, Participant, ForReaders, ForMembers, Moderator)
}
