package forum

import "context"

// ListSettings is what the owners of a group say about its mail.
type ListSettings struct {
	Strangers bool   // mails of people who are no members wait for the moderators; else they are refused
	ToAuthor  bool   // an answer goes to who wrote, where all members see their address; else to the topic
	Footer    string // stands below each list mail
	Welcome   string // is mailed to who joins
	Goodbye   string // is mailed to who leaves
}

const listFields = "strangers, to_author, footer, welcome, goodbye"

// ReadList gives the settings of a group's mail to its owners, with the group.
func (f *Forum) ReadList(ctx context.Context, by Actor, slug string) (p GroupPage, l ListSettings, err error) {
	if p, err = f.ReadSettings(ctx, by, slug); err != nil {
		return p, l, err
	}
	l, err = f.ListOf(ctx, p.Group.ID)
	return p, l, err
}

// ListOf gives the settings of a group's mail, for the mails of it.
func (f *Forum) ListOf(ctx context.Context, g GroupID) (l ListSettings, err error) {
	defer during(&err, "list of a group")
	err = one(ctx, f.store.read, &l, "SELECT "+listFields+" FROM lists WHERE group_id = ?", g)
	if KindOf(err) == NotFound {
		err = nil
	}
	return l, err
}

// AuthorAddress gives the address of who wrote a post, where every member sees it on their profile and the post stands under
// no rule that hides who spoke; else "".
func (f *Forum) AuthorAddress(ctx context.Context, id PostID) (address string, err error) {
	defer during(&err, "author address")
	err = one(ctx, f.store.read, &address, "SELECT m.email FROM posts p JOIN members m ON m.id = p.author_id JOIN profiles pr ON pr.member_id = m.id WHERE p.id = ? AND p.class < ? AND m.standing = ? AND pr.email_to <= ?",
		id, ChathamClass, Active, Registered)
	if KindOf(err) == NotFound {
		err = nil
	}
	return address, err
}

// SetList sets them, by an owner.
func (f *Forum) SetList(ctx context.Context, by Actor, id GroupID, l ListSettings) error {
	return f.write(ctx, "set list", func(w *writer) error {
		if err := w.lockRow("groups", int64(id)); err != nil {
			return err
		}
		g, err := w.owned(by, id)
		if err != nil {
			return err
		}
		var p problems
		l.Footer, l.Welcome, l.Goodbye = p.text("footer", l.Footer, 500), p.text("welcome", l.Welcome, 2000), p.text("goodbye", l.Goodbye, 2000)
		if l.Strangers && g.Visibility != PublicToRead { // an answer to their mail tells that there is such a group
			p.add("strangers", "error.strangers-hidden")
		}
		if err := p.err(); err != nil {
			return err
		}
		n, err := w.changed(`INSERT INTO lists (group_id, strangers, to_author, footer, welcome, goodbye) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (group_id) DO UPDATE SET strangers = excluded.strangers, to_author = excluded.to_author,
			footer = excluded.footer, welcome = excluded.welcome, goodbye = excluded.goodbye`, g.ID, bit(l.Strangers), bit(l.ToAuthor), l.Footer, l.Welcome, l.Goodbye)
		if err != nil || n == 0 {
			return err
		}
		return w.log(by, "list", int64(g.ID), g.ID, "")
	})
}

// greet mails a member what the owners say to who comes or goes, where they say something.
func (w *writer) greet(note string, g GroupID, m MemberID) error {
	var said int
	if err := w.one(&said, "SELECT count(*) FROM lists WHERE group_id = ? AND (? = 'note.welcome' AND welcome <> '' OR ? = 'note.goodbye' AND goodbye <> '')", g, note, note); err != nil || said == 0 {
		return err
	}
	return w.tellOf(int64(g), note, m)
}

// ReadGreeting gives what the owners say to who came, or left lately, with the group's name.
func (f *Forum) ReadGreeting(ctx context.Context, by Actor, g GroupID, welcome bool) (name, words string, err error) {
	defer during(&err, "read greeting")
	var row struct{ Name, Welcome, Goodbye string }
	err = one(ctx, f.store.read, &row, `SELECT g.name, l.welcome, l.goodbye FROM groups g JOIN lists l ON l.group_id = g.id JOIN memberships s ON s.group_id = g.id AND s.member_id = ?0
		WHERE g.id = ?1 AND (?2 AND s.standing = ?3 OR NOT ?2 AND s.standing = ?4 AND EXISTS (SELECT 1 FROM deliveries d WHERE d.kind = 'note.goodbye' AND d.ref = g.id AND d.member_id = ?0 AND d.queued_at > ?5))`,
		by.Member, g, welcome, In, Outside, f.instant().add(-toldOut))
	if words = row.Goodbye; welcome {
		words = row.Welcome
	}
	if err == nil && words == "" {
		err = Absent()
	}
	return row.Name, words, err
}

// TestList sends an owner a mail by the way that the group's mail comes.
func (f *Forum) TestList(ctx context.Context, by Actor, id GroupID) error {
	return f.write(ctx, "test list", func(w *writer) error {
		g, err := w.owned(by, id)
		if err := either(err, w.spend(triesOfList, "list-test", by.key())); err != nil {
			return err
		}
		entry, err := w.entry(by, "list-test", int64(g.ID), g.ID, "")
		if err != nil {
			return err
		}
		return w.tellOf(entry, "note.list-test", by.Member)
	})
}

// ReadListTest gives the group whose mail is tried out, and what stands below it, to who tries.
func (f *Forum) ReadListTest(ctx context.Context, by Actor, entry int64) (g Group, footer string, err error) {
	defer during(&err, "read list test")
	if err = one(ctx, f.store.read, &g, "SELECT "+groupFields+" FROM groups g JOIN log_entries e ON e.group_id = g.id WHERE e.id = ? AND e.act = 'list-test' AND e.actor_id = ? AND ?", entry, by.Member, placeGate(by, "g")); err != nil {
		return g, "", err
	}
	l, err := f.ListOf(ctx, g.ID)
	return g, l.Footer, err
}

// Subscribers is how many members of a group get a board's posts in a mode.
type Subscribers struct {
	BoardID BoardID
	Name    string
	Mode    Mode
	N       int // rounded down to fives; FewerThan: less than five, or none
}

// CountSubscribers counts them, for the group's owners: in fives, since how one of them reads, or who has just changed it, is
// nobody else's.
func (f *Forum) CountSubscribers(ctx context.Context, by Actor, g GroupID) (out []Subscribers, err error) {
	defer during(&err, "count subscribers")
	err = f.store.read.scan(ctx, &out, `SELECT b.id AS board_id, b.name, s.mode, count(*) AS n FROM boards b JOIN subscriptions s ON s.board_id = b.id JOIN memberships sm ON sm.group_id = b.group_id AND sm.member_id = s.member_id AND sm.standing = ?
		WHERE b.group_id = ? AND EXISTS (SELECT 1 FROM memberships o WHERE o.group_id = b.group_id AND o.member_id = ? AND o.standing = ? AND o.role >= ?) GROUP BY b.id, b.name, b.position, s.mode ORDER BY b.position, b.id, s.mode`,
		In, g, by.Member, In, Owner)
	for i := range out {
		if out[i].N < few {
			out[i].N = FewerThan
		} else {
			out[i].N -= out[i].N % few
		}
	}
	return out, err
}
