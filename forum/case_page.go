package forum

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// shownReported gives what is reported as the actor may see it; seen: whether they may.
func (f *Forum) shownReported(ctx context.Context, by Actor, what Reported) (p ReportPage, seen bool, err error) {
	p.Reported = what
	switch what.Kind {
	case ReportedMail:
		p, err = f.shownMail(ctx, by, what.Ref)
		return p, err == nil, err
	case ReportedMember:
		if err = one(ctx, f.store.read, &p.Voice, "SELECT m.name FROM members m WHERE m.id = ?", what.Ref); KindOf(err) == NotFound {
			return p, false, nil
		}
		return p, err == nil, err
	case ReportedPost:
		posts, err := f.VisiblePosts(ctx, by, []PostID{PostID(what.Ref)})
		if err == nil && len(posts) == 0 {
			posts, err = f.hiddenPosts(ctx, by, PostID(what.Ref))
		}
		if err != nil || len(posts) == 0 {
			return p, false, err
		}
		p.Voice, p.Veiled, p.Plain = posts[0].Author, posts[0].Veiled, markup.Excerpt(posts[0].Plain, 1500)
		return p, true, nil
	}
	var said []ChatMessage
	if err = f.store.read.scan(ctx, &said, messageColumns+" JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id WHERE c.id = ? AND c.erased_at = 0 AND ? AND (? OR ?)",
		what.Ref, roomGate(by), messageGate(by), moderatesHiddenMessage(by)); err != nil || len(said) == 0 {
		return p, false, err
	}
	f.veilMessages(by, said)
	p.Voice, p.Veiled, p.Plain = said[0].Author, said[0].Veiled, markup.Excerpt(said[0].Plain, 1500)
	return p, true, nil
}

// CaseRow is a case in the queue.
type CaseRow struct {
	Case
	GroupName, GroupSlug string
	Claimer, Closer      string
	Reports              int
	Reasons              []string `bun:"-"` // each once
}

const caseRows = "SELECT " + caseFields + `, coalesce(g.name, '') AS group_name, coalesce(g.slug, '') AS group_slug, coalesce(cl.name, '') AS claimer, coalesce(cd.name, '') AS closer,
	(SELECT count(*) FROM reports r WHERE r.case_id = c.id) AS reports FROM cases c LEFT JOIN groups g ON g.id = c.group_id
	LEFT JOIN members cl ON cl.id = c.claimed_by LEFT JOIN members cd ON cd.id = c.closed_by`

func (f *Forum) caseRows(ctx context.Context, query string, args ...any) (out []CaseRow, err error) {
	if err = f.store.read.scan(ctx, &out, caseRows+query, args...); err != nil || len(out) == 0 {
		return out, err
	}
	ids, at, now := make([]int64, len(out)), map[int64]*CaseRow{}, f.instant()
	for i := range out {
		ids[i], at[out[i].ID] = out[i].ID, &out[i]
		if out[i].ClaimedAt.add(claimHolds) <= now { // a stale claim is none
			out[i].ClaimedBy, out[i].Claimer = 0, ""
		}
	}
	var reasons []struct {
		CaseID int64
		Reason string
	}
	err = f.store.read.scan(ctx, &reasons, "SELECT DISTINCT case_id, reason FROM reports WHERE case_id IN (?) ORDER BY case_id, reason", bun.List(ids))
	for _, r := range reasons {
		at[r.CaseID].Reasons = append(at[r.CaseID].Reasons, r.Reason)
	}
	return out, err
}

// awayFrom takes out of cases of circles where they are, for who looks at them only since nobody in the circle does.
func (f *Forum) awayFrom(ctx context.Context, by Actor, rows ...*CaseRow) error {
	var ids, near []int64
	for _, r := range rows {
		if r.Circle != 0 {
			ids = append(ids, r.ID)
		}
	}
	if ids == nil {
		return nil
	}
	if err := f.store.read.scan(ctx, &near, "SELECT c.id FROM cases c WHERE c.id IN (?) AND ?", bun.List(ids), attends(by)); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Circle != 0 && !slices.Contains(near, r.ID) {
			r.GroupID, r.GroupName, r.GroupSlug, r.Circle, r.Ref = 0, "", "", -1, 0
		}
	}
	return nil
}

// eachOf are pointers to rows.
func eachOf(rows []CaseRow) []*CaseRow {
	out := make([]*CaseRow, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	return out
}

// AskingRow is one who asks to be let in to a group.
type AskingRow struct {
	MemberRow
	GroupID              GroupID
	GroupName, GroupSlug string
}

// WorkPage is what waits for the actor: in one group, or in all that they moderate and, for administrators, the body.
type WorkPage struct {
	Group      Group // in one; else its ID is 0
	Role       GroupRole
	Cases      []CaseRow
	Closed     []CaseRow    // lately
	Held       []WaitingRow // posts
	Asking     []AskingRow
	Objections []Objection
	Openings   []Opening // who wrote something: a second of them is needed
}

// Waiting counts what waits.
func (p *WorkPage) Waiting() int {
	return len(p.Cases) + len(p.Held) + len(p.Asking) + len(p.Openings) + len(p.Objections)
}

// ReadWork reads what waits for the actor in a group; "": wherever they look after something.
func (f *Forum) ReadWork(ctx context.Context, by Actor, slug string) (p WorkPage, err error) {
	defer during(&err, "read work")
	of, in := bun.SafeQuery("1 = 1"), bun.SafeQuery("1 = 1")
	if slug != "" {
		if err = one(ctx, f.store.read, &p.Group, groupColumns+" WHERE g.slug = ? AND g.talk = 0 AND ?", slug, knownGate(by, "g")); err != nil {
			return p, err
		}
		s, _, err := standingOf(ctx, f.store.read, by.Member, p.Group.ID)
		if err == nil {
			err = mayModerate(by, s)
		}
		if err != nil {
			return p, err
		}
		p.Role, of, in = s.Role, bun.SafeQuery("c.group_id = ?", p.Group.ID), bun.SafeQuery("g.id = ?", p.Group.ID)
	}
	if p.Cases, err = f.caseRows(ctx, " WHERE c.closed_at = 0 AND ? AND ? ORDER BY c.id LIMIT 200", caseGate(by), of); err != nil {
		return p, err
	}
	if p.Closed, err = f.caseRows(ctx, " WHERE c.closed_at > 0 AND ? AND ? ORDER BY c.closed_at DESC, c.id LIMIT 30", caseGate(by), of); err != nil {
		return p, err
	}
	if err = f.awayFrom(ctx, by, append(eachOf(p.Cases), eachOf(p.Closed)...)...); err != nil {
		return p, err
	}
	if err = f.store.read.scan(ctx, &p.Asking, `SELECT m.id, m.handle, m.name, s.role, s.asked_at AS since, s.standing, s.answer, g.id AS group_id, g.name AS group_name, g.slug AS group_slug FROM memberships s
		JOIN members m ON m.id = s.member_id AND m.standing = ? JOIN groups g ON g.id = s.group_id JOIN memberships a ON a.group_id = g.id AND a.member_id = ? AND a.standing = ? AND a.role >= ?
		WHERE s.standing = ? AND ? ORDER BY s.asked_at, m.id LIMIT 200`, Active, by.Member, In, Moderator, Asking, in); err != nil {
		return p, err
	}
	if p.Held, err = f.waitingIn(ctx, by, p.Group.ID); err != nil {
		return p, err
	}
	if p.Objections, err = f.waitingObjections(ctx, by, p.Group.ID); err != nil {
		return p, err
	}
	p.Openings, err = f.waitingIdentities(ctx, by, p.Group.ID)
	return p, err
}

func (f *Forum) waitingIdentities(ctx context.Context, by Actor, g GroupID) (out []Opening, err error) {
	err = f.store.read.scan(ctx, &out, "SELECT "+openingFields+` FROM openings o WHERE o.kind = ? AND o.agreed_at = 0 AND o.refused_at = 0 AND o.asked_at > ? AND o.asked_by <> ?
		AND ? AND (o.group_id = ? OR ? = 0) ORDER BY o.id LIMIT 50`, OpensIdentity, f.instant().add(-openingWaits), by.Member, moderates(by.Member), g, g)
	return out, err
}

// ReportRow is a report for those who look at its case: they are not told who made it.
type ReportRow struct {
	Reason, Words string
	At            Instant
}

// CaseNote is what one of them noted.
type CaseNote struct {
	Name, Words string
	At          Instant
}

// CasePage is a case for one who looks at it. Seen: whether they may read what it is about; who may not is shown
// neither that nor the words of those who reported it. Of a mail each is shown which it was, and what its recipient
// wrote to them about it; What.Plain is empty where they may not read what it said.
type CasePage struct {
	CaseRow
	What      ReportPage
	Seen      bool
	Handed    []HandedOver // of a talk: all that is known of it
	Said      []ReportRow
	Notes     []CaseNote
	MayHandle bool
	Mine      bool // the actor has claimed it

	Unattended bool // of a circle in which no moderator is whom it is not about
}

// ReadCase reads a case.
func (f *Forum) ReadCase(ctx context.Context, by Actor, id int64) (p CasePage, err error) {
	defer during(&err, "read case")
	rows, err := f.caseRows(ctx, " WHERE c.id = ? AND ?", id, caseGate(by))
	if err == nil && len(rows) == 0 {
		err = Absent()
	}
	if err != nil {
		return p, err
	}
	db := f.store.read
	p.CaseRow, p.Mine, p.MayHandle = rows[0], rows[0].ClaimedBy == by.Member, mayHandle(by, &rows[0].Case, f.instant()) == nil
	if p.Seen, err = f.seenBy(ctx, by, &p); err != nil {
		return p, err
	}
	if p.Seen {
		if err = db.scan(ctx, &p.Said, "SELECT reason, words, at FROM reports WHERE case_id = ? ORDER BY id LIMIT 200", id); err != nil {
			return p, err
		}
	}
	if p.Circle != 0 {
		if err = one(ctx, db, &p.Unattended, "SELECT ? FROM cases c WHERE c.id = ?", unattended(by.at), id); err != nil {
			return p, err
		}
	}
	if err := f.awayFrom(ctx, by, &p.CaseRow); err != nil || p.Circle < 0 { // what its moderators noted there is not for others either
		return p, err
	}
	err = db.scan(ctx, &p.Notes, "SELECT m.name, n.words, n.at FROM case_notes n JOIN members m ON m.id = n.member_id WHERE n.case_id = ? ORDER BY n.id LIMIT 200", id)
	return p, err
}

// ReadCaseNote gives what the mail about a case says: to who looks at it now.
func (f *Forum) ReadCaseNote(ctx context.Context, by Actor, id int64) (c CaseRow, err error) {
	defer during(&err, "read case note")
	if err = one(ctx, f.store.read, &c, caseRows+" WHERE c.id = ? AND ?", id, caseGate(by)); err == nil {
		err = f.awayFrom(ctx, by, &c)
	}
	return c, err
}
