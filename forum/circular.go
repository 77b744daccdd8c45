package forum

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"peergroups/forum/markup"
)

// A circular is a service message of the body's staff to its members (P10): of a kind that is
// recorded, to a circle of people. It is a draft until it is sent, and fixed from then on. Who
// gets it is asked when it is sent, and once more when each mail is handed over.

// Circle says to whom a circular goes.
type Circle int64

// The circles. A group's are its members, and none of the staff who only visit it.
const (
	ToAll Circle = iota
	ToUncertified
	ToCertified
	ToStaff
	ToGroup
)

var circleNames = [...]string{"all", "uncertified", "certified", "staff", "group"}

func (c Circle) String() string {
	if c < ToAll || c > ToGroup {
		return ""
	}
	return circleNames[c]
}

// Addressed are all circles, in the order in which they are offered.
var Addressed = []Circle{ToAll, ToUncertified, ToCertified, ToStaff, ToGroup}

// Circular is one service message.
type Circular struct {
	ID        int64 `bun:"id"`
	Kind      string
	Circle    Circle
	GroupID   GroupID // of ToGroup
	Subject   string
	Source    string // Markdown
	HTML      string `bun:"html"`
	Plain     string
	Version   int64 // counts its changes
	WrittenBy MemberID
	ChangedAt Instant
	SentBy    MemberID
	SentAt    Instant
	People    int // of the circle when it was sent
}

const circularFields = "ci.id, ci.kind, ci.circle, ci.group_id, ci.subject, ci.source, ci.html, ci.plain, ci.version, ci.written_by, ci.changed_at, ci.sent_by, ci.sent_at, ci.people"

// Needful tells whether it goes to those, too, who do not want such messages.
func (c *Circular) Needful() bool {
	k, _ := noticeKind(c.Kind)
	return k.Needful
}

// Asked tells whether it goes only to those who asked for such messages.
func (c *Circular) Asked() bool {
	k, _ := noticeKind(c.Kind)
	return k.Asked
}

// The kinds of mailings by which circulars leave.
const (
	circularMail = "circular"
	circularTry  = "circular-try"
)

// inCircle is the SQL condition under which an active member m belongs, at the time, to those
// whom the circular ci is for.
func inCircle(now Instant) schema.QueryWithArgs {
	return bun.SafeQuery(`m.standing = ?0 AND CASE ci.circle WHEN ?1 THEN 1 = 1 WHEN ?2 THEN NOT ?3 WHEN ?4 THEN ?3
		WHEN ?5 THEN EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id)
		ELSE EXISTS (SELECT 1 FROM memberships cm WHERE cm.group_id = ci.group_id AND cm.member_id = m.id AND cm.standing = ?6 AND cm.role >= ?7) END`,
		Active, ToAll, ToUncertified, certifiedAt("m", now), ToCertified, ToStaff, In, Participant)
}

// optedOut is the SQL condition under which the member of a column does not want circulars of
// the kind of ci, and need not get it; of a kind that is asked for, that they did not ask.
func optedOut(member string) schema.QueryWithArgs {
	var needful, asked []string
	for _, k := range NoticeKinds {
		switch {
		case k.Needful:
			needful = append(needful, k.Name)
		case k.Asked:
			asked = append(asked, k.Name)
		}
	}
	return bun.SafeQuery("(ci.kind NOT IN (?) AND EXISTS (SELECT 1 FROM opt_outs oo WHERE oo.member_id = ? AND oo.kind = ci.kind AND oo.ended_at = 0) OR ci.kind IN (?) AND NOT ?)",
		bun.List(needful), bun.Ident(member), bun.List(asked), agrees(member, "ci.kind"))
}

// addressees is the gate for circulars: the SQL condition under which the member m may get the
// mail at the time. One that is tried out goes to the administrator who does so.
func addressees(what Mailing, now Instant) schema.QueryWithArgs {
	if what.Kind == circularTry {
		return bun.SafeQuery(`m.standing = ? AND EXISTS (SELECT 1 FROM log_entries l JOIN grants h ON h.member_id = l.actor_id AND h.role = ?
			WHERE l.id = ? AND l.act = 'try-circular' AND l.actor_id = m.id)`, Active, Administrator, what.Ref)
	}
	return bun.SafeQuery("EXISTS (SELECT 1 FROM circulars ci WHERE ci.id = ? AND ci.sent_at > 0 AND ? AND NOT ?)", what.Ref, inCircle(now), optedOut("m.id"))
}

// addressable is the SQL condition under which the actor may write to the members of a group:
// where they may know of it themselves, and not because they visit it; to no talk.
func addressable(by Actor, g string) schema.QueryWithArgs {
	by.byMail = true
	return bun.SafeQuery("(?.talk = 0 AND ?)", bun.Ident(g), knownGate(by, g))
}

// circularGate is the SQL condition under which an administrator may know of the circular ci: one
// to a group tells that there is such a group.
func circularGate(by Actor) schema.QueryWithArgs {
	return bun.SafeQuery("(ci.circle <> ? OR EXISTS (SELECT 1 FROM groups cg WHERE cg.id = ci.group_id AND ?))", ToGroup, addressable(by, "cg"))
}

// CircularDraft is what an administrator writes.
type CircularDraft struct {
	Kind    string
	Circle  Circle
	Group   GroupID // for ToGroup, else of no meaning
	Subject string
	Source  string // Markdown
	Key     string // the form's own mark: the same key twice is one draft
}

// MaxCircular is how long the text of a circular may be, in characters.
const MaxCircular = 20_000

func (d *CircularDraft) check(p *problems) {
	if _, is := noticeKind(d.Kind); !is {
		p.add("kind", "error.circular-kind")
	}
	if d.Circle.String() == "" {
		p.add("circle", "error.circular-circle")
	}
	if d.Circle != ToGroup {
		d.Group = 0
	}
	d.Subject = p.line("subject", d.Subject, 150)
	d.Source = strings.TrimSpace(d.Source)
	switch n := utf8.RuneCountInString(d.Source); {
	case n == 0:
		p.add("source", "error.empty.source")
	case n > MaxCircular:
		p.add("source", "error.too-long", "Most", MaxCircular)
	}
	if d.Key == "" || len(d.Key) > 200 {
		p.add("key", "error.key")
	}
}

// cook renders the draft by the markup of posts, outside the transaction.
func (d *CircularDraft) cook() markup.Cooked {
	return (&Draft{Source: d.Source, Key: d.Key}).cook(nil)
}

// fitting checks a draft, and that the actor may write to its group.
func (w *writer) fitting(by Actor, d *CircularDraft) error {
	var p problems
	if d.check(&p); d.Circle == ToGroup {
		var n int
		if err := w.one(&n, "SELECT count(*) FROM groups g WHERE g.id = ? AND ?", d.Group, addressable(by, "g")); err != nil {
			return err
		}
		if n == 0 {
			p.add("group", "error.circular-group")
		}
	}
	return p.err()
}

// WriteCircular keeps a draft of a circular. Twice with the same key is once.
func (f *Forum) WriteCircular(ctx context.Context, by Actor, d CircularDraft) (id int64, err error) {
	cooked := d.cook()
	err = f.write(ctx, "write circular", func(w *writer) error {
		if err := mayAddress(by, &Circular{}); err != nil {
			return err
		}
		if err := w.fitting(by, &d); err != nil {
			return err
		}
		err := w.one(&id, "SELECT id FROM circulars WHERE written_by = ? AND key = ?", by.Member, d.Key)
		if err == nil || KindOf(err) != NotFound {
			return err
		}
		if err := w.spend(circularsOfOne, "write circular", by.key()); err != nil {
			return err
		}
		id = w.id()
		if err := w.exec("INSERT INTO circulars (id, kind, circle, group_id, subject, source, html, plain, markup, key, written_by, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			id, d.Kind, d.Circle, d.Group, d.Subject, d.Source, cooked.HTML, cooked.Text, markup.Version, d.Key, by.Member, w.now); err != nil {
			return err
		}
		return w.log(by, "write-circular", id, 0, d.Kind+", "+d.Circle.String())
	})
	return id, err
}

// draftOf loads a circular that the actor may change, and makes others who want to wait.
func (w *writer) draftOf(by Actor, id int64) (c Circular, err error) {
	if err := mayAdminister(by); err != nil {
		return c, err
	}
	if err := w.lockRow("circulars", id); err != nil {
		return c, err
	}
	if err := w.one(&c, "SELECT "+circularFields+" FROM circulars ci WHERE ci.id = ? AND ?", id, circularGate(by)); err != nil {
		return c, err
	}
	return c, mayAddress(by, &c)
}

// ChangeCircular writes a draft anew; version is the one that was changed.
func (f *Forum) ChangeCircular(ctx context.Context, by Actor, id, version int64, d CircularDraft) error {
	cooked := d.cook()
	return f.write(ctx, "change circular", func(w *writer) error {
		c, err := w.draftOf(by, id)
		if err != nil {
			return err
		}
		if err := w.fitting(by, &d); err != nil {
			return err
		}
		if c.Source == d.Source && c.Subject == d.Subject && c.Kind == d.Kind && c.Circle == d.Circle && c.GroupID == d.Group { // the double click
			return nil
		}
		if c.Version != version {
			var p problems
			p.add("source", "error.circular-newer")
			return p.err()
		}
		if err := w.exec("UPDATE circulars SET kind = ?, circle = ?, group_id = ?, subject = ?, source = ?, html = ?, plain = ?, markup = ?, version = version + 1, changed_at = ? WHERE id = ?",
			d.Kind, d.Circle, d.Group, d.Subject, d.Source, cooked.HTML, cooked.Text, markup.Version, w.now, id); err != nil {
			return err
		}
		return w.log(by, "change-circular", id, 0, d.Kind+", "+d.Circle.String())
	})
}

// DiscardCircular throws a draft away.
func (f *Forum) DiscardCircular(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "discard circular", func(w *writer) error {
		c, err := w.draftOf(by, id)
		if err != nil {
			return err
		}
		return either(w.exec("DELETE FROM circulars WHERE id = ?", id), w.log(by, "discard-circular", id, 0, c.Kind+", "+c.Circle.String()))
	})
}

// TryCircular mails a draft, as it would go out, to the actor alone.
func (f *Forum) TryCircular(ctx context.Context, by Actor, id int64) error {
	return f.write(ctx, "try circular", func(w *writer) error {
		c, err := w.draftOf(by, id)
		if err != nil {
			return err
		}
		if err := w.spend(triesOfCircular, "try circular", by.key()); err != nil {
			return err
		}
		entry, err := w.entry(by, "try-circular", id, 0, c.Kind+", "+c.Circle.String())
		if err != nil {
			return err
		}
		w.state(CircularQueued{Mailing{circularTry, entry}})
		return w.queue(circularTry, entry, by.Member)
	})
}

// SendCircular sends a draft, once, to those who belong to its circle now; version is the one
// that was looked at. Those who do not want its kind are written down as left out.
func (f *Forum) SendCircular(ctx context.Context, by Actor, id, version int64) error {
	return f.write(ctx, "send circular", func(w *writer) error {
		c, err := w.draftOf(by, id)
		if err != nil {
			return err
		}
		var p problems
		if c.Version != version {
			p.add("version", "error.circular-newer")
			return p.err()
		}
		if err := w.spend(circularsOfOne, "send circular", by.key()); err != nil {
			return err
		}
		return w.sendOut(by, &c)
	})
}

// sendOut queues a circular for those who belong to its circle now, and fixes it.
func (w *writer) sendOut(by Actor, c *Circular) error {
	n, err := w.changed(`INSERT INTO deliveries (kind, ref, member_id, state, queued_at, due_at) SELECT ?, ci.id, m.id, CASE WHEN ? THEN ? ELSE ? END, ?, ?
		FROM circulars ci JOIN members m ON ? WHERE ci.id = ? ON CONFLICT DO NOTHING`, circularMail, optedOut("m.id"), Declined, Waiting, w.now, w.now, inCircle(w.now), c.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		var p problems
		p.add("version", "error.circular-nobody")
		return p.err()
	}
	if err := w.exec("UPDATE circulars SET sent_by = ?, sent_at = ?, people = ? WHERE id = ?", by.Member, w.now, n, c.ID); err != nil {
		return err
	}
	w.state(CircularQueued{Mailing{circularMail, c.ID}})
	return w.log(by, "send-circular", c.ID, c.GroupID, fmt.Sprintf("%s, %s, %d", c.Kind, c.Circle, n))
}
