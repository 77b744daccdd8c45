package forum

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// openingsKept is for how long openings are shown.
const openingsKept = 365 * 24 * time.Hour

// OpeningRow is an opening with the names of the two.
type OpeningRow struct {
	Opening
	Asker, Second string
	MayAnswer     bool // the actor, for all that the page knows
}

const openingRows = "SELECT " + openingFields + `, ma.name AS asker, coalesce(mb.name, '') AS second FROM openings o
	JOIN members ma ON ma.id = o.asked_by LEFT JOIN members mb ON mb.id = o.agreed_by`

// visitsNow lists the visits that are paid to a group now: for its members, and for who visits.
func (f *Forum) visitsNow(ctx context.Context, by Actor, g GroupID) (out []OpeningRow, err error) {
	err = f.store.read.scan(ctx, &out, openingRows+` WHERE o.kind = ? AND o.group_id = ? AND o.agreed_at > 0 AND o.ended_at = 0 AND o.until_at > ?
		AND EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = o.group_id AND s.member_id = ? AND s.standing = ? AND ?) ORDER BY o.id DESC`,
		OpensGroup, g, f.instant(), by.Member, In, seat(by, "s"))
	return out, err
}

// OpeningsPage is what the members of a group see of its openings, and its moderators besides.
type OpeningsPage struct {
	Group    Group
	Role     GroupRole
	In       bool
	Visits   []OpeningRow
	Identity []OpeningRow // for moderators: who wrote something; never the answer
}

// ReadOpenings reads the openings of a group in the last year: for its members, and for who
// visits it.
func (f *Forum) ReadOpenings(ctx context.Context, by Actor, slug string) (p OpeningsPage, err error) {
	g, err := f.FindGroup(ctx, by, slug)
	if err != nil {
		return p, err
	}
	if g.Had != In {
		return p, Refuse(Forbidden, "error.join-first")
	}
	defer during(&err, "read openings")
	p.Group, p.Role, p.In = g.Group.Group, g.Role, g.Group.In
	now := f.instant()
	if err = f.store.read.scan(ctx, &p.Visits, openingRows+` WHERE o.kind = ? AND o.group_id = ? AND o.agreed_at > ?
		AND EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = o.group_id AND s.member_id = ? AND s.standing = ? AND ?) ORDER BY o.id DESC LIMIT 200`,
		OpensGroup, p.Group.ID, now.add(-openingsKept), by.Member, In, seat(by, "s")); err != nil ||
		mayModerate(by, standing{In: p.In, Role: p.Role}) != nil {
		return p, err
	}
	err = f.store.read.scan(ctx, &p.Identity, openingRows+" WHERE o.kind = ? AND o.group_id = ? AND o.asked_at > ? ORDER BY o.id DESC LIMIT 200", OpensIdentity, p.Group.ID, now.add(-openingsKept))
	for i := range p.Identity {
		p.Identity[i].MayAnswer = p.Identity[i].Waits(now) && p.Identity[i].AskedBy != by.Member
	}
	return p, err
}

// StaffOpenings is what administrators see: what waits for a second of them, and what they had
// a part in themselves. What became of others' is not for them: a door that opened says that
// there is such a group.
type StaffOpenings struct {
	Waiting, Own []OpeningRow
}

// ReadStaffOpenings reads the openings of groups for an administrator.
func (f *Forum) ReadStaffOpenings(ctx context.Context, by Actor) (p StaffOpenings, err error) {
	defer during(&err, "read staff openings")
	if err = mayAdminister(by); err != nil {
		return p, err
	}
	now := f.instant()
	if err = f.store.read.scan(ctx, &p.Waiting, openingRows+" WHERE o.kind = ? AND o.agreed_at = 0 AND o.refused_at = 0 AND o.asked_at > ? ORDER BY o.id LIMIT 200", OpensGroup, now.add(-openingWaits)); err != nil {
		return p, err
	}
	for i := range p.Waiting {
		p.Waiting[i].MayAnswer = p.Waiting[i].AskedBy != by.Member
	}
	err = f.store.read.scan(ctx, &p.Own, openingRows+" WHERE o.kind = ? AND (o.agreed_at > 0 OR o.refused_at > 0) AND ? IN (o.asked_by, o.agreed_by) AND o.asked_at > ? ORDER BY o.id DESC LIMIT 200",
		OpensGroup, by.Member, now.add(-openingsKept))
	return p, err
}

// IdentityPage is an opening of who wrote something, for the moderators of its group.
type IdentityPage struct {
	OpeningRow
	Group    Group
	Mask     string // of what the actor may read; "": they may not, or it was taken back
	Plain    string
	AuthorID MemberID // for the two, while it is open; else 0
	Author   string
}

// WaitingOpenings are the openings that wait for the actor's answer, oldest first: who wrote something in
// groups that they moderate, and, for administrators, wishes to read a group.
func (f *Forum) WaitingOpenings(ctx context.Context, by Actor) (out []Opening, err error) {
	defer during(&err, "waiting openings")
	err = f.store.read.scan(ctx, &out, "SELECT "+openingFields+` FROM openings o WHERE o.agreed_at = 0 AND o.refused_at = 0 AND o.asked_at > ? AND o.asked_by <> ?
		AND (o.kind = ? AND ? OR o.kind = ? AND ?) ORDER BY o.id LIMIT 20`,
		f.instant().add(-openingWaits), by.Member, OpensIdentity, moderates(by.Member), OpensGroup, by.Has(Administrator))
	return out, err
}

// ReadIdentity reads the one page on which who wrote something is told: to the two who opened
// it together, as long as it runs and they moderate the group. Its other moderators see that
// it was asked; others see nothing.
func (f *Forum) ReadIdentity(ctx context.Context, by Actor, id int64) (p IdentityPage, err error) {
	defer during(&err, "read identity")
	db, now := f.store.read, f.instant()
	if err = one(ctx, db, &p.OpeningRow, openingRows+" WHERE o.id = ? AND o.kind = ? AND ?", id, OpensIdentity, moderates(by.Member)); err != nil {
		return p, err
	}
	if err = one(ctx, db, &p.Group, groupColumns+" WHERE g.id = ?", p.GroupID); err != nil {
		return p, err
	}
	p.MayAnswer = p.Waits(now) && p.AskedBy != by.Member
	if p.Mask, p.Plain, err = f.spokenUnder(ctx, by, p.Spoken); err != nil || p.Mask == "" {
		return p, err
	}
	if !p.Runs(now) || by.Member != p.AskedBy && by.Member != p.AgreedBy {
		return p, nil
	}
	var who Person
	err = one(ctx, db, &who, "SELECT m.id, m.name FROM members m WHERE m.id = (SELECT i.author_id FROM ? i WHERE i.id = ?)", bun.Ident(p.RefKind.table()), p.Ref)
	p.AuthorID, p.Author = who.ID, who.Name
	return p, err
}

// spokenUnder gives the mask and the words of what the actor may read; "" where they may not.
func (f *Forum) spokenUnder(ctx context.Context, by Actor, s Spoken) (mask, plain string, err error) {
	if s.RefKind == SpokenPost {
		posts, err := f.VisiblePosts(ctx, by, []PostID{PostID(s.Ref)})
		if err != nil || len(posts) == 0 || !posts[0].Veiled {
			return "", "", err
		}
		return posts[0].Author, markup.Excerpt(posts[0].Plain, 1500), nil
	}
	var said []ChatMessage
	if err := f.store.read.scan(ctx, &said, messageColumns+" JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id = ? AND ? AND ?",
		s.Ref, roomGate(by), messageGate(by)); err != nil || len(said) == 0 {
		return "", "", err
	}
	f.veilMessages(by, said)
	if !said[0].Veiled {
		return "", "", nil
	}
	return said[0].Author, markup.Excerpt(said[0].Plain, 1500), nil
}

// ReadIdentityNote gives what the mail to an author says whose mask was lifted: to them only.
func (f *Forum) ReadIdentityNote(ctx context.Context, by Actor, id int64) (o OpeningRow, err error) {
	defer during(&err, "read identity note")
	err = one(ctx, f.store.read, &o, openingRows+` WHERE o.id = ? AND o.kind = ? AND o.agreed_at > 0
		AND (o.ref_kind = ? AND EXISTS (SELECT 1 FROM posts p WHERE p.id = o.ref AND p.author_id = ?) OR o.ref_kind = ? AND EXISTS (SELECT 1 FROM messages c WHERE c.id = o.ref AND c.author_id = ?))`,
		id, OpensIdentity, SpokenPost, by.Member, SpokenMessage, by.Member)
	return o, err
}

// ReadVisitNote gives what the mail about a visit says: to the group's owners.
func (f *Forum) ReadVisitNote(ctx context.Context, by Actor, id int64) (o OpeningRow, g Group, err error) {
	defer during(&err, "read visit note")
	if err = one(ctx, f.store.read, &o, openingRows+` WHERE o.id = ? AND o.kind = ? AND o.agreed_at > 0
		AND EXISTS (SELECT 1 FROM memberships s WHERE s.group_id = o.group_id AND s.member_id = ? AND s.standing = ? AND s.role = ?)`, id, OpensGroup, by.Member, In, Owner); err != nil {
		return o, g, err
	}
	err = one(ctx, f.store.read, &g, groupColumns+" WHERE g.id = ?", o.GroupID)
	return o, g, err
}
