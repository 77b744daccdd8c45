package forum

import (
	"context"
	"fmt"
	"time"
)

// Door is a way in which one speaks; the warning (P19) is given for each.
type Door int64

// The doors.
const (
	OnBoard Door = iota
	ByMail
	InRoom
	FromArchive // of another list, by the operator: no mail, notice or digest goes out of it
)

// wordingVersion changes when the disclosure notice says something else; everybody is
// then told once more.
const wordingVersion = 3

// Disclosure is what a person is told before they speak in a group on a door.
type Disclosure struct {
	Group    Group
	Door     Door
	Audience Audience
	Readers  int // people of the audience today; -1: everyone
	AtOnce   int // members who get each post by mail at once
	Later    int // and in a digest
	Wording  string
}

// wording names what was told: who reads it, and what else becomes of it.
func wording(a Audience, c Class, gaps bool) string {
	s := fmt.Sprintf("%d/%s/%t/%s", wordingVersion, a.Term(), a.FromJoin, c)
	if gaps {
		s += "/gaps"
	}
	return s
}

// Told names what a form says of who reads what is said in it to an audience in the group. It goes back with
// the form: what was said there is for nobody else.
func (g *Group) Told(a Audience) string {
	s := wording(a, g.Class, g.TellsGaps())
	if g.NoList {
		s += "/nobody by mail"
	}
	if g.Talk != NoTalk { // the names of those in it are said
		s += fmt.Sprintf("/talk %d", g.Version)
	}
	return s
}

// stillTold refuses what was written under words that do not hold any more; "": nothing was said there.
func (p *problems) stillTold(field, told string, g *Group, a Audience) {
	if told != "" && told != g.Told(a) {
		p.add(field, "error.readers-changed")
	}
}

// TellsGaps says whether those who may not read what is written here may know that it is there.
func (g *Group) TellsGaps() bool {
	return g.Gaps && g.Visibility > PublicToRead && g.Class < SealedClass
}

// Disclose tells who would read what the actor says in the group now.
func (f *Forum) Disclose(ctx context.Context, by Actor, id GroupID, door Door) (d Disclosure, err error) {
	defer during(&err, "disclose")
	if d, err = disclosure(ctx, f.store.read, by, id, f.instant()); err != nil {
		return d, err
	}
	if d.Door = door; door != InRoom { // what is said in a room is not mailed
		d.AtOnce, d.Later, err = f.CountByMail(ctx, &d.Group, d.Group.Audience())
	}
	return d, err
}

func disclosure(ctx context.Context, db querier, by Actor, id GroupID, now Instant) (d Disclosure, err error) {
	g, s, _, err := groupSeen(ctx, db, by, id)
	if err == nil {
		err = mayTakePart(by, s)
	}
	if err != nil {
		return d, err
	}
	d = Disclosure{Group: *g, Audience: g.Audience(), Wording: wording(g.Audience(), g.Class, g.TellsGaps())}
	d.Readers, err = countReaders(ctx, db, d.Audience, now)
	return d, err
}

// Acknowledged tells whether the actor may speak in the group on the door without being
// told anew.
func (f *Forum) Acknowledged(ctx context.Context, by Actor, g *Group, door Door) (ok bool, err error) {
	defer during(&err, "acknowledged")
	return acknowledged(ctx, f.store.read, by, g, door)
}

// CountReaders counts who would read what is said in the group today; -1: everyone.
func (f *Forum) CountReaders(ctx context.Context, g *Group) (n int, err error) {
	defer during(&err, "count readers")
	return f.about(ctx, g.Audience())
}

// CountRoomReaders counts those who read what is said in a room of the group today.
func (f *Forum) CountRoomReaders(ctx context.Context, r *Room, g *Group) (n int, err error) {
	defer during(&err, "count room readers")
	return f.about(ctx, r.Audience(g))
}

// about counts the people of an audience; of many, as they were in the last ten seconds: a page that says "2,143 members"
// need not count them each time. What somebody acknowledges is counted at that moment (disclosure).
func (f *Forum) about(ctx context.Context, a Audience) (int, error) {
	const many, holds = 200, 10 * time.Second
	type counted struct {
		n  int
		at Instant
	}
	now := f.instant()
	if c, ok := f.crowds.Load(a); ok && now < c.(counted).at.add(holds) {
		return c.(counted).n, nil
	}
	n, err := countReaders(ctx, f.store.read, a, now)
	if err == nil && n >= many {
		f.crowds.Store(a, counted{n, now})
	}
	return n, err
}

// CountCircle counts who belongs to an audience today; -1: everyone. 0: not counted, of a group
// that the actor is not in.
func (f *Forum) CountCircle(ctx context.Context, by Actor, a Audience) (n int, err error) {
	defer during(&err, "count circle")
	if a.Reach == Members {
		if _, had, err := standingOf(ctx, f.store.read, by.Member, a.Of); err != nil || had != In {
			return 0, err
		}
	}
	return f.about(ctx, a)
}

// CountByMail counts the members who get something of the group by mail at once, and the
// others who get it in a digest (who gets special notices only is neither): of those who would read what is said there now to the audience.
func (f *Forum) CountByMail(ctx context.Context, g *Group, a Audience) (once, later int, err error) {
	defer during(&err, "count by mail")
	if g.NoList {
		return 0, 0, nil
	}
	var n struct{ Once, Every int }
	err = one(ctx, f.store.read, &n, "SELECT count(DISTINCT CASE WHEN s.mode = ?5 THEN m.id END) AS once, count(DISTINCT m.id) AS every "+byMail+" AND s.mode <> ?6",
		g.ID, NoMail, Active, readersOf(a, f.instant()), Participant, Each, Special)
	return n.Once, n.Every - n.Once, err
}

// byMail are the members m who get something of a board b of a group by mail, by their subscriptions s.
const byMail = `FROM subscriptions s JOIN boards b ON b.id = s.board_id JOIN members m ON m.id = s.member_id
	WHERE b.group_id = ?0 AND s.mode <> ?1 AND m.standing = ?2 AND ?3 AND NOT EXISTS (SELECT 1 FROM memberships v WHERE v.group_id = b.group_id AND v.member_id = m.id AND v.role < ?4)`

// Acknowledge records that the actor was told the disclosure and goes on. It is refused
// when the audience has changed since the page was made: they must be told anew.
func (f *Forum) Acknowledge(ctx context.Context, by Actor, id GroupID, door Door, told string) error {
	return f.write(ctx, "acknowledge", func(w *writer) error {
		return w.acknowledge(by, id, door, told)
	})
}

func (w *writer) acknowledge(by Actor, id GroupID, door Door, told string) error {
	d, err := disclosure(w.ctx, w, by, id, w.now)
	if err != nil {
		return err
	}
	if told != d.Wording {
		return Refuse(Held, "error.audience-changed")
	}
	return w.exec(`INSERT INTO acknowledgements (id, member_id, group_id, door, reach, readers, wording, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, w.id(), by.Member, id, door, d.Audience.Reach, d.Readers, d.Wording, w.now)
}

// acknowledged refuses with Held unless the actor acknowledged this audience, or a wider
// one, in today's wording, since the readers last became more. Narrowing needs no new word; widening does.
func (w *writer) acknowledged(by Actor, g *Group, door Door) error {
	ok, err := acknowledged(w.ctx, w, by, g, door)
	if err == nil && !ok {
		err = Refuse(Held, "error.acknowledge-first")
	}
	return err
}

func acknowledged(ctx context.Context, db querier, by Actor, g *Group, door Door) (bool, error) {
	var told []struct {
		Reach   Reach
		Wording string
	}
	err := db.scan(ctx, &told, `SELECT DISTINCT reach, wording FROM acknowledgements WHERE member_id = ? AND group_id = ? AND door = ? AND at >= ?`,
		by.Member, g.ID, door, g.ToldFrom)
	if err != nil {
		return false, err
	}
	now := g.Audience()
	for _, t := range told {
		a := Audience{Reach: t.Reach}
		if a.Reach == Members {
			a.Of = g.ID
		}
		for _, gaps := range []bool{g.TellsGaps(), true} { // who was told of more has been told of less
			if t.Wording == wording(now, g.Class, gaps) || t.Wording == wording(a, g.Class, gaps) && a.WiderThan(now) {
				return true, nil
			}
		}
	}
	return false, nil
}
