package forum

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"peergroups/forum/markup"
)

// Visibility says who may look into a group. Up to CertifiedOnly it is a Reach.
type Visibility int64

// The visibilities. A Hidden group is not even listed for outsiders.
const (
	PublicToRead Visibility = iota
	RegisteredOnly
	CertifiedOnly
	MembersOnly
	Hidden
)

// Joining says how one becomes a member of a group.
type Joining int64

// The ways to join.
const (
	OpenToJoin Joining = iota
	ByInvitation
)

// MembershipStanding is where a member stands with a group.
type MembershipStanding int64

// The standings. Only In reads and speaks.
const (
	Outside MembershipStanding = iota
	In
	Invited
	Banned
)

// GroupRole is what a member may do in the group, in rising order.
type GroupRole int64

// The roles in a group.
const (
	Participant GroupRole = iota
	Moderator
	Owner
)

// Group is a place of members with its own boards, rooms and list.
type Group struct {
	ID          GroupID `bun:"id"`
	Slug        string
	Name        string
	Description string
	Visibility  Visibility
	Joining     Joining
	FromJoin    bool // members read only what was said after they joined
	Version     int64
}

// GroupDraft is what the form for a new group may say.
type GroupDraft struct {
	Slug, Name, Description string
	Visibility              Visibility
	Joining                 Joining
	FromJoin                bool
}

var slugForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (p *problems) slug(s string) {
	if !slugForm.MatchString(s) || len(s) > 40 {
		p.add("slug", "error.slug")
	}
}

// line checks one line of text of up to most characters and returns it clean.
func (p *problems) line(field, s string, most int) string {
	s = markup.Line(s)
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		p.add(field, "error.empty."+field)
	case n > most:
		p.add(field, "error.too-long", "Most", most)
	}
	return s
}

// CreateGroup makes a group; its maker owns it. Administrators only.
func (f *Forum) CreateGroup(ctx context.Context, by Actor, d GroupDraft) (g *Group, err error) {
	err = f.write(ctx, "create group", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		var p problems
		p.slug(d.Slug)
		d.Name = p.line("name", d.Name, 80)
		if d.Visibility < PublicToRead || d.Visibility > Hidden {
			p.add("visibility", "error.choose")
		}
		if d.Joining < OpenToJoin || d.Joining > ByInvitation {
			p.add("joining", "error.choose")
		}
		if err := p.err(); err != nil {
			return err
		}
		g = &Group{ID: GroupID(w.id()), Slug: d.Slug, Name: d.Name, Description: strings.TrimSpace(markup.Neutral(d.Description)),
			Visibility: d.Visibility, Joining: d.Joining, FromJoin: d.FromJoin, Version: 1}
		n, err := w.changed(`INSERT INTO groups (id, slug, name, description, visibility, joining, from_join, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING`,
			g.ID, g.Slug, g.Name, g.Description, g.Visibility, g.Joining, bit(g.FromJoin), w.now)
		if err != nil {
			return err
		}
		if n == 0 {
			p.add("slug", "error.slug-taken")
			return p.err()
		}
		if err := w.enter(g.ID, by.Member, Owner); err != nil {
			return err
		}
		w.state(GroupChanged{g.ID})
		return w.log(by, "create-group", int64(g.ID), g.ID, "")
	})
	return g, err
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// enter makes the member one of the group from now on.
func (w *writer) enter(g GroupID, m MemberID, role GroupRole) error {
	w.state(MemberJoined{Group: g, Member: m})
	return w.exec(`INSERT INTO memberships (group_id, member_id, role, standing, joined_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (group_id, member_id) DO UPDATE SET role = excluded.role, standing = excluded.standing, joined_at = excluded.joined_at`,
		g, m, role, In, w.now)
}

// groupSeen loads a group that the actor may know of.
func (w *writer) groupSeen(by Actor, id GroupID) (*Group, standing, MembershipStanding, error) {
	return groupSeen(w.ctx, w.tx, by, id)
}

func groupSeen(ctx context.Context, db bun.IDB, by Actor, id GroupID) (*Group, standing, MembershipStanding, error) {
	var g Group
	if err := one(ctx, db, &g, groupColumns+" WHERE g.id = ? AND ?", id, knownGate(by, "g")); err != nil {
		return nil, standing{}, Outside, err
	}
	s, had, err := standingOf(ctx, db, by.Member, id)
	return &g, s, had, err
}

const groupColumns = "SELECT g.id, g.slug, g.name, g.description, g.visibility, g.joining, g.from_join, g.version FROM groups g"

// standing loads where the member stands with the group.
func (w *writer) standing(m MemberID, g GroupID) (standing, MembershipStanding, error) {
	return standingOf(w.ctx, w.tx, m, g)
}

func standingOf(ctx context.Context, db bun.IDB, m MemberID, g GroupID) (standing, MembershipStanding, error) {
	var row struct {
		Standing MembershipStanding
		Role     GroupRole
	}
	err := one(ctx, db, &row, "SELECT standing, role FROM memberships WHERE group_id = ? AND member_id = ?", g, m)
	if KindOf(err) == NotFound {
		err = nil
	}
	return standing{In: row.Standing == In, Role: row.Role}, row.Standing, err
}

// Join makes the actor a member of an open group, or of one they were let into.
// Joining twice is joining once.
func (f *Forum) Join(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "join", func(w *writer) error {
		g, s, had, err := w.groupSeen(by, id)
		if err != nil || s.In {
			return err
		}
		if err := mayJoin(by, g, had); err != nil {
			return err
		}
		return w.enter(g.ID, by.Member, Participant)
	})
}

// Invite lets a member into a group: by its moderators. They become a member by joining.
func (f *Forum) Invite(ctx context.Context, by Actor, id GroupID, whom MemberID) error {
	return f.write(ctx, "invite", func(w *writer) error {
		g, s, _, err := w.groupSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayModerate(by, s); err != nil {
			return err
		}
		n, err := w.changed(`INSERT INTO memberships (group_id, member_id, role, standing, joined_at)
			SELECT ?, id, ?, ?, 0 FROM members WHERE id = ? AND standing = ?
			ON CONFLICT (group_id, member_id) DO UPDATE SET standing = excluded.standing WHERE memberships.standing = ?`,
			g.ID, Participant, Invited, whom, Active, Outside)
		if err != nil {
			return err
		}
		if n == 0 {
			return Refuse(Conflict, "error.already-invited")
		}
		w.state(MemberInvited{Group: g.ID, Member: whom})
		if err := w.queue("note.invited", int64(g.ID), whom); err != nil {
			return err
		}
		return w.log(by, "invite", int64(whom), g.ID, "")
	})
}

// Leave ends the actor's own membership.
func (f *Forum) Leave(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "leave", func(w *writer) error { return w.exit(id, by.Member, Outside) })
}

// Remove ends somebody's membership, by a moderator of the group; a reason is logged.
// Nobody removes a person of their own or a higher role.
func (f *Forum) Remove(ctx context.Context, by Actor, id GroupID, whom MemberID, reason string) error {
	return f.write(ctx, "remove", func(w *writer) error {
		g, s, _, err := w.groupSeen(by, id)
		if err != nil {
			return err
		}
		if err := mayModerate(by, s); err != nil {
			return err
		}
		target, _, err := w.standing(whom, g.ID)
		if err != nil {
			return err
		}
		if target.Role >= s.Role {
			return Refuse(Forbidden, "error.same-role")
		}
		if err := w.exit(g.ID, whom, Outside); err != nil {
			return err
		}
		return w.log(by, "remove", int64(whom), g.ID, markup.Line(reason))
	})
}

func (w *writer) exit(g GroupID, m MemberID, to MembershipStanding) error {
	if err := w.lockRow("groups", int64(g)); err != nil { // of two last owners who leave at once one stays
		return err
	}
	n, err := w.changed(`UPDATE memberships SET standing = ?, role = ? WHERE group_id = ? AND member_id = ? AND standing = ?
		AND (role < ? OR (SELECT count(*) FROM memberships o WHERE o.group_id = ? AND o.role = ? AND o.standing = ?) > 1)`,
		to, Participant, g, m, In, Owner, g, Owner, In)
	if err != nil {
		return err
	}
	if n == 0 {
		s, _, err := w.standing(m, g)
		if err == nil && s.In {
			return Refuse(Conflict, "error.last-owner")
		}
		if err == nil {
			return Absent()
		}
		return err
	}
	w.state(MemberLeft{Group: g, Member: m})
	return w.exec(`DELETE FROM subscriptions WHERE member_id = ? AND board_id IN (SELECT id FROM boards WHERE group_id = ?)`, m, g)
}
