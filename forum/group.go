package forum

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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
	ByAsking      // moderators decide
	ByCertificate // open to certified mediators, for as long as their certificate runs
)

var visibilityNames = [...]string{"public", "registered", "certified", "members", "hidden"}

// String names the visibility.
func (v Visibility) String() string { return visibilityNames[v] }

// WiderThan tells whether everybody who may look into a place of the one visibility surely
// may into one of the other. Members of a group may have no certificate.
func (v Visibility) WiderThan(than Visibility) bool {
	return v < than && (v != CertifiedOnly || than < MembersOnly)
}

// MembershipStanding is where a member stands with a group.
type MembershipStanding int64

// The standings. Only In reads and speaks.
const (
	Outside MembershipStanding = iota
	In
	Invited
	Banned
	Asking // waits for a moderator
	Lapsed // of a group by certificate, whose certificate has ended; in again with the next one
)

// GroupRole is what a member may do in the group, in rising order.
type GroupRole int64

// Visitor is the role of one of the body's staff for whom the group was opened (opening.go):
// they read, and are no member.
const Visitor GroupRole = -1

// The roles in a group.
const (
	Participant GroupRole = iota
	Moderator
	Owner
)

// Roster says who sees the list of a group's members.
type Roster int64

// The rosters.
const (
	ForMembers Roster = iota
	ForReaders        // everybody whom the place lets in and who is logged in
	ForModerators
)

// Group is a place of members with its own boards, rooms and list.
type Group struct {
	ID GroupID `bun:"id"`
	GroupDraft
	VetFirst  int     // so many posts of a newcomer wait for a moderator
	VetAll    bool    // every post does, but those of moderators
	Watches   bool    // it has a list of watched words
	FrozenAt  Instant // since when nobody but moderators speaks; 0: they do
	FrozenWhy string
	Talk      TalkState
	ToldFrom  Instant // an acknowledgement of who reads here that is older is over
	Version   int64
}

// GroupDraft is what the forms for a group may say.
type GroupDraft struct {
	Slug        string // set once
	Name        string
	Description string
	Rules       string
	Question    string // asked of those who ask to join
	Icon        string
	Hue         int // one of eight colours; 0: by visibility
	Visibility  Visibility
	Class       Class
	Joining     Joining
	Roster      Roster
	FromJoin    bool // members read only what was said after they joined
	NoBoards    bool // nobody writes there any more; what stands there stays
	NoRooms     bool
	NoList      bool
	Gaps        bool // who may not read a post may know that it is there, where they read its topic
	HoldMail    bool // mails in which something looks like a confidence wait for their writer's word
}

// GroupIcons are those that a group may choose from.
var GroupIcons = []string{"users", "board", "message", "heart", "award", "shield", "bookmark", "home", "flag", "file"}

func (d *GroupDraft) check(p *problems) {
	d.Name = p.line("name", d.Name, 80)
	d.Description = p.text("description", d.Description, 500)
	d.Rules = p.text("rules", d.Rules, 4000)
	d.Question = markup.Line(d.Question)
	p.most("question", d.Question, 200)
	if d.Icon == "" {
		d.Icon = GroupIcons[0]
	}
	if d.Class == SealedClass && d.Visibility < MembersOnly {
		p.add("class", "error.sealed-for-members")
	}
	for _, c := range []struct {
		field string
		wrong bool
	}{
		{"visibility", d.Visibility < PublicToRead || d.Visibility > Hidden},
		{"class", d.Class < OpenClass || d.Class > SealedClass},
		{"joining", d.Joining < OpenToJoin || d.Joining > ByCertificate},
		{"roster", d.Roster < ForMembers || d.Roster > ForModerators},
		{"icon", !slices.Contains(GroupIcons, d.Icon)},
		{"hue", d.Hue < 0 || d.Hue > 8},
	} {
		if c.wrong {
			p.add(c.field, "error.choose")
		}
	}
}

// text checks a text of several lines and returns it clean.
func (p *problems) text(field, s string, most int) string {
	s = strings.TrimSpace(markup.Neutral(s))
	p.most(field, s, most)
	return s
}

// why checks the reason of what moderators do, which all members may read and which may be missing, and returns it clean.
func (p *problems) why(s string) string {
	s = markup.Line(s)
	p.most("reason", s, 1000)
	return s
}

// ofMailDoor are names of addresses that stand for no group.
var ofMailDoor = []string{"abuse", "bounce", "confirm", "digest", "no-reply", "postmaster", "privacy", "reply", "request"}

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
		if p.slug(d.Slug); slices.Contains(ofMailDoor, d.Slug) {
			p.add("slug", "error.slug-taken")
		}
		d.check(&p)
		if err := p.err(); err != nil {
			return err
		}
		g = &Group{ID: GroupID(w.id()), GroupDraft: d, Version: 1}
		n, err := w.changed(`INSERT INTO groups (id, slug, name, description, rules, question, icon, hue, visibility, class, joining, roster, from_join, no_boards, no_rooms, no_list, hold_mail, gaps, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO NOTHING`, g.ID, g.Slug, g.Name, g.Description, g.Rules, g.Question, g.Icon, g.Hue,
			g.Visibility, g.Class, g.Joining, g.Roster, bit(g.FromJoin), bit(g.NoBoards), bit(g.NoRooms), bit(g.NoList), bit(g.HoldMail), bit(g.Gaps), w.now)
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

// groupSeen loads a group that the actor may know of.
func (w *writer) groupSeen(by Actor, id GroupID) (*Group, standing, MembershipStanding, error) {
	return groupSeen(w.ctx, w, by, id)
}

func groupSeen(ctx context.Context, db querier, by Actor, id GroupID) (*Group, standing, MembershipStanding, error) {
	var g Group
	if err := one(ctx, db, &g, groupColumns+" WHERE g.id = ? AND ?", id, knownGate(by, "g")); err != nil {
		return nil, standing{}, Outside, err
	}
	s, had, err := standingOf(ctx, db, by.Member, id)
	return &g, s, had, err
}

const (
	groupFields  = "g.id, g.slug, g.name, g.description, g.rules, g.question, g.icon, g.hue, g.visibility, g.class, g.joining, g.roster, g.from_join, g.no_boards, g.no_rooms, g.no_list, g.hold_mail, g.gaps, g.vet_first, g.vet_all, g.watched <> '' AS watches, g.frozen_at, g.frozen_why, g.talk, g.told_from, g.version"
	groupColumns = "SELECT " + groupFields + " FROM groups g"
)

// ChangeGroup sets what a group's owners may set. A change of who may look in changes what
// is written from now on; what stands there stays with those it was written for (P21). sure
// is the visibility that the owner was told about and confirmed.
func (f *Forum) ChangeGroup(ctx context.Context, by Actor, id GroupID, d GroupDraft, sure Visibility) error {
	return f.write(ctx, "change group", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, err := w.owned(by, id)
		if err != nil {
			return err
		}
		var p problems
		if d.check(&p); p != nil {
			return p.err()
		}
		if d.Visibility != g.Visibility && d.Visibility != sure {
			return Refuse(Held, "error.confirm-visibility")
		}
		return w.change(by, g, d)
	})
}

func (w *writer) change(by Actor, g *Group, d GroupDraft) error {
	before := g.GroupDraft
	if err := w.exec(`UPDATE groups SET name = ?, description = ?, rules = ?, question = ?, icon = ?, hue = ?, visibility = ?, class = ?, joining = ?, roster = ?, from_join = ?,
		no_boards = ?, no_rooms = ?, no_list = ?, hold_mail = ?, gaps = ?, version = version + 1 WHERE id = ?`, d.Name, d.Description, d.Rules, d.Question, d.Icon, d.Hue, d.Visibility, d.Class, d.Joining,
		d.Roster, bit(d.FromJoin), bit(d.NoBoards), bit(d.NoRooms), bit(d.NoList), bit(d.HoldMail), bit(d.Gaps), g.ID); err != nil {
		return err
	}
	w.state(GroupChanged{g.ID})
	if now := (&Group{ID: g.ID, GroupDraft: d}); now.tellsMore(g) {
		if err := w.exec("UPDATE groups SET told_from = ? WHERE id = ?", w.now, g.ID); err != nil {
			return err
		}
	}
	act, reason := "change-group", ""
	if d.Class != before.Class { // of what is in the search engine less may be, or more
		reason = before.Class.String() + " → " + d.Class.String()
		w.state(GroupReclassed{g.ID})
	}
	if d.Visibility != before.Visibility {
		act, reason = "widen-group", before.Visibility.String()+" → "+d.Visibility.String()
		if !d.Visibility.WiderThan(before.Visibility) {
			act = "narrow-group"
			w.state(GroupNarrowed{g.ID})
		}
	}
	if before.Joining == ByCertificate && d.Joining != ByCertificate { // the next certificate does not bring them back
		if err := either(w.exec("UPDATE memberships SET standing = ? WHERE group_id = ? AND standing = ?", Outside, g.ID, Lapsed), w.endMail(g.ID)); err != nil {
			return err
		}
	}
	if err := w.endLapsed(); err != nil {
		return err
	}
	return w.log(by, act, int64(g.ID), g.ID, reason)
}

// tellsMore says whether people have to be told anew who reads what they say here, whatever they were told at
// another time: more do than before, or others, or more becomes of it.
func (g *Group) tellsMore(before *Group) bool {
	a, b := g.Audience(), before.Audience()
	return a != b && !b.WiderThan(a) || g.Class != before.Class || g.TellsGaps() && !before.TellsGaps() || before.NoList && !g.NoList
}

// Spread is what a change of visibility leaves alone, and what it cannot take back.
type Spread struct {
	Items  int // posts and messages, which keep the audience they were written for
	Mailed int // mails with posts of the group that the relay has taken
}

// CountSpread counts for a group's owner what stands in it and what has left it, as far as
// they may read it: a count is a copy too.
func (f *Forum) CountSpread(ctx context.Context, by Actor, id GroupID) (n Spread, err error) {
	defer during(&err, "count spread")
	_, s, _, err := groupSeen(ctx, f.store.read, by, id)
	if err == nil {
		err = mayOwn(by, s)
	}
	if err != nil {
		return n, err
	}
	const posts = " JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id WHERE b.group_id = ?0 AND ?1 AND ?2"
	err = one(ctx, f.store.read, &n, `SELECT (SELECT count(*) FROM posts p`+posts+`) + (SELECT count(*) FROM messages c JOIN rooms r ON r.id = c.room_id WHERE r.group_id = ?0 AND ?3) AS items,
		(SELECT count(*) FROM posts p JOIN deliveries d ON d.kind = 'post' AND d.ref = p.id AND d.state = ?4`+posts+`) AS mailed`,
		id, itemGate(by, "p"), itemGate(by, "t"), itemGate(by, "c"), Sent)
	return n, err
}
