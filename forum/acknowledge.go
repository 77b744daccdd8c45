package forum

import (
	"context"
	"fmt"
)

// Door is a way in which one speaks; the warning (P19) is given for each.
type Door int64

// The doors.
const (
	OnBoard Door = iota
	ByMail
	InRoom
)

// wordingVersion changes when the disclosure notice says something else; everybody is
// then told once more.
const wordingVersion = 1

// Disclosure is what a person is told before they speak in a group on a door.
type Disclosure struct {
	Group    Group
	Door     Door
	Audience Audience
	Readers  int // people of the audience today; -1: everyone
	ByMail   int // of them, how many get posts by mail at once or in a digest
	Wording  string
}

func wording(a Audience) string { return fmt.Sprintf("%d/%s/%t", wordingVersion, a.Term(), a.FromJoin) }

// Disclose tells who would read what the actor says in the group now.
func (f *Forum) Disclose(ctx context.Context, by Actor, id GroupID, door Door) (d Disclosure, err error) {
	err = f.write(ctx, "disclose", func(w *writer) error {
		d, err = w.disclose(by, id, door)
		return err
	})
	return d, err
}

func (w *writer) disclose(by Actor, id GroupID, door Door) (Disclosure, error) {
	g, s, _, err := w.groupSeen(by, id)
	if err != nil {
		return Disclosure{}, err
	}
	if err := maySpeak(by, s); err != nil {
		return Disclosure{}, err
	}
	d := Disclosure{Group: *g, Door: door, Audience: g.audience()}
	d.Wording = wording(d.Audience)
	if d.Readers, err = countReaders(w.ctx, w.tx, d.Audience, w.now); err != nil {
		return Disclosure{}, err
	}
	err = w.one(&d.ByMail, `SELECT count(DISTINCT s.member_id) FROM subscriptions s JOIN boards b ON b.id = s.board_id
		WHERE b.group_id = ? AND s.mode <> ?`, g.ID, NoMail)
	return d, err
}

// Acknowledge records that the actor was told the disclosure and goes on. It is refused
// when the audience has changed since the page was made: they must be told anew.
func (f *Forum) Acknowledge(ctx context.Context, by Actor, id GroupID, door Door, told string) error {
	return f.write(ctx, "acknowledge", func(w *writer) error {
		d, err := w.disclose(by, id, door)
		if err != nil {
			return err
		}
		if told != d.Wording {
			return refuse(Held, "error.audience-changed")
		}
		return w.exec(`INSERT INTO acknowledgements (id, member_id, group_id, door, reach, readers, wording, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, w.id(), by.Member, id, door, d.Audience.Reach, d.Readers, d.Wording, w.now)
	})
}

// acknowledged refuses with Held unless the actor acknowledged this audience, or a wider
// one, in today's wording. Narrowing needs no new word; widening does.
func (w *writer) acknowledged(by Actor, g *Group, door Door) error {
	var told []struct {
		Reach   Reach
		Wording string
	}
	err := w.tx.NewRaw(`SELECT DISTINCT reach, wording FROM acknowledgements WHERE member_id = ? AND group_id = ? AND door = ?`,
		by.Member, g.ID, door).Scan(w.ctx, &told)
	if err != nil {
		return err
	}
	now := g.audience()
	for _, t := range told {
		a := Audience{Reach: t.Reach}
		if a.Reach == Members {
			a.Of = g.ID
		}
		if t.Wording == wording(now) || t.Wording == wording(a) && a.WiderThan(now) {
			return nil
		}
	}
	return refuse(Held, "error.acknowledge-first")
}
