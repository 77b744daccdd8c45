package forum

import (
	"context"
)

// What the owners of a group take along when it moves elsewhere: what they read there, and whom they see.

const mostExported = 200 // posts at once

// ExportPosts gives posts of a board after one with their Markdown, as its group's owner may read them: by the same gates, with
// the same masks, and without what is hidden, taken back or sealed.
func (f *Forum) ExportPosts(ctx context.Context, by Actor, id BoardID, after PostID) (out []PlacedPost, err error) {
	defer during(&err, "export posts")
	if _, err := f.ownedBoard(ctx, by, id); err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, "SELECT "+placedFields+", p.source FROM posts p JOIN members m ON m.id = p.author_id"+postPlaces+` WHERE p.id > ? AND b.id = ? AND p.erased_at = 0 AND p.reach < 4 AND t.reach < 4
		AND p.class < ? AND g.class < ? AND ? ORDER BY p.id LIMIT ?`, after, id, SealedClass, SealedClass, postGate(by), mostExported)
	for i := range out {
		f.veilPlaced(&out[i])
	}
	return out, err
}

// ownedBoard loads the group of a board for what its owners do.
func (f *Forum) ownedBoard(ctx context.Context, by Actor, id BoardID) (*Group, error) {
	var b Board
	if err := one(ctx, f.store.read, &b, boardColumns+" WHERE b.id = ?", id); err != nil {
		return nil, err
	}
	g, s, _, err := groupSeen(ctx, f.store.read, by, b.GroupID)
	if err == nil {
		err = mayOwn(by, s)
	}
	return g, err
}

// ExportMembers gives members of a group after one, by id, to its owner, as the roster shows them. How each gets the group's
// mail no owner is told (CountSubscribers).
func (f *Forum) ExportMembers(ctx context.Context, by Actor, id GroupID, after MemberID) (out []MemberRow, err error) {
	defer during(&err, "export members")
	_, s, _, err := groupSeen(ctx, f.store.read, by, id)
	if err == nil {
		err = mayOwn(by, s)
	}
	if err != nil {
		return nil, err
	}
	err = f.store.read.scan(ctx, &out, `SELECT m.id, m.handle, m.name, s.role, s.joined_at AS since, s.standing FROM memberships s JOIN members m ON m.id = s.member_id
		WHERE s.group_id = ? AND s.role >= ? AND s.standing = ? AND m.standing = ? AND m.id > ? ORDER BY m.id LIMIT ?`, id, Participant, In, Active, after, mostExported)
	return out, err
}
