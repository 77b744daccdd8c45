package forum

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math"
	"sync"
	"time"
)

// Fate is what became of a mail that came.
type Fate string

// The fates.
const (
	FatePosted    Fate = "posted"
	FateHeld      Fate = "held"      // it waits for its writer's word, or for a moderator
	FateDiscarded Fate = "discarded" // it waited, and was thrown away
	FateRefused   Fate = "refused"
	FateCommand   Fate = "command"
	FateAutomatic Fate = "automatic" // a machine's answer: dropped
	FateLoop      Fate = "loop"      // list mail, sent back to us or by another list: dropped
	FateHouse     Fate = "house"     // to an address of the house: for administrators
)

// Fates are all of them, as pages count them.
var Fates = []Fate{FatePosted, FateHeld, FateDiscarded, FateRefused, FateCommand, FateAutomatic, FateLoop, FateHouse}

// mostUnproved is how large a mail is kept that nothing proves, packed, in bytes: anybody can send it.
const mostUnproved = 256 << 10

const (
	rawKept      = 30 * 24 * time.Hour
	arrivalsKept = 365 * 24 * time.Hour
)

// Arrival is a mail that came, with what became of it. Its words are kept for a month, for its writer alone; where a post
// came of it they go with the post's.
type Arrival struct {
	ID        int64    `bun:"id"`
	MemberID  MemberID // whose address it names; 0: nobody's
	GroupID   GroupID  // it was for; 0: for none, or that is not known
	MessageID string   `bun:"-"`
	At        Instant
	Fate      Fate
	Why       string // key of what its sender was told; "": nothing; of FateHouse: which address
	Verdict   string // of SPF, DKIM and DMARC
	Masked    bool   // where nobody is told who speaks: At is noon of the day, of UTC, and the verdict is not told
}

// ArrivalRow is an arrival as its writer sees it.
type ArrivalRow struct {
	Arrival
	GroupName string // "": they may not know of it, or there is none
	Post      PostID // that came of it; 0: none, or it is gone
	Kept      bool   // it can be read as it came
	Head      []byte // its beginning, where it can
}

const headShown = 4 << 10 // bytes of a packed mail that its header is looked for in

// packers are kept: each new one is most of a megabyte to be cleared.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// pack makes a mail small.
func pack(raw []byte) []byte {
	if len(raw) == 0 {
		return nil
	}
	var b bytes.Buffer
	z := packers.Get().(*gzip.Writer) //nolint:forcetypeassert // nothing else is put in
	defer packers.Put(z)
	z.Reset(&b)
	_, err := z.Write(raw)
	if either(err, z.Close()) != nil { // a buffer takes all
		return nil
	}
	return b.Bytes()
}

// unpack undoes pack, up to a number of bytes; of what is cut off it gives what there is, with the error.
func unpack(packed []byte, most int64) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, most))
}

// Arrived writes down what became of a mail of which nothing came. Anybody can name an address in a mail, and anybody can
// write to us, so what is over a limit is not written down.
func (f *Forum) Arrived(ctx context.Context, a Arrival) error {
	return f.write(ctx, "mail arrived", func(w *writer) error {
		who := Actor{Member: a.MemberID}
		limit := arrivalsOfMember
		if a.MemberID == 0 {
			limit = arrivalsOfAll
		}
		if err := w.spend(limit, "arrival", who.key()); err != nil {
			if KindOf(err) == TooMany {
				err = nil
			}
			return err
		}
		key := Incoming{MessageID: a.MessageID}.key()
		if a.MemberID == 0 { // strangers share no names
			key = decimal(w.id())
		}
		return w.arrived(a, key, nil)
	})
}

// arrived notes the fate of a mail; what was refused once can come again and be posted, and nothing else changes by that.
func (w *writer) arrived(a Arrival, key string, packed []byte) error {
	return w.exec(`INSERT INTO arrivals (id, member_id, key, group_id, at, fate, why, verdict, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member_id, key) DO UPDATE SET group_id = excluded.group_id, at = excluded.at,
		fate = excluded.fate, why = excluded.why, verdict = excluded.verdict, raw = excluded.raw WHERE arrivals.fate = ?`, w.id(), a.MemberID, key, a.GroupID, w.now, a.Fate, a.Why, a.Verdict, packed, FateRefused)
}

// threwAway tells whether a mail waited before, and its writer threw it away: when it comes again, from a server that did not
// hear the answer or from somebody who has a copy, nothing is done. What nobody had proved says nothing of the real one.
func (f *Forum) threwAway(ctx context.Context, by Actor, in Incoming) (gone bool, err error) {
	defer during(&err, "thrown away before")
	var n int
	err = one(ctx, f.store.read, &n, "SELECT count(*) FROM arrivals WHERE member_id = ? AND key = ? AND fate = ? AND (why <> ? OR ?)", by.Member, in.key(), FateDiscarded, Unproved, in.Why == Unproved)
	return n > 0 && by.Member != 0, err
}

// came notes that a mail was posted or waits, with the mail itself; of a draft that is posted now, that it is.
func (w *writer) came(by Actor, board BoardID, fate Fate, d *Draft) error {
	if d.Door != ByMail {
		return nil
	}
	if d.packed == nil {
		return w.exec("UPDATE arrivals SET fate = ?, why = '' WHERE member_id = ? AND key = ?", fate, by.Member, d.Key)
	}
	raw := d.packed
	if d.Why == Unproved && len(raw) > mostUnproved {
		raw = nil
	}
	var g GroupID
	if err := w.one(&g, "SELECT group_id FROM boards WHERE id = ?", board); err != nil {
		return err
	}
	return w.arrived(Arrival{MemberID: by.Member, GroupID: g, Fate: fate, Why: d.Why, Verdict: d.verdict}, d.Key, raw)
}

// takeRaw takes the mail away that a post came in.
const takeRaw = "UPDATE arrivals SET raw = NULL WHERE id IN (SELECT a.id FROM posts p JOIN arrivals a ON a.member_id = p.author_id AND a.key = p.key WHERE p.id = ?)"

// thrown takes the mail of a draft away that its writer discards.
func (w *writer) thrown(draft int64, by Actor) error {
	return w.exec("UPDATE arrivals SET fate = ?, raw = NULL WHERE fate = ? AND member_id = ? AND key IN (SELECT key FROM drafts WHERE id = ? AND member_id = ?)",
		FateDiscarded, FateHeld, by.Member, draft, by.Member)
}

// forgetArrivals takes mails away that had their time, and those whose draft is gone.
func (w *writer) forgetArrivals() error {
	return w.exec(`UPDATE arrivals SET fate = ?, raw = NULL WHERE fate = ? AND NOT EXISTS (SELECT 1 FROM drafts d WHERE d.member_id = arrivals.member_id AND d.key = arrivals.key)
				AND NOT EXISTS (SELECT 1 FROM waiting h WHERE h.member_id = arrivals.member_id AND h.key = arrivals.key)
				AND NOT EXISTS (SELECT 1 FROM strangers o WHERE arrivals.key = ? || CAST(o.id AS TEXT))`, FateDiscarded, FateHeld, ofStranger)
}

// Arrivals lists mails that came in the actor's name, newest first. before is the At of the last one shown; 0: from the newest.
func (f *Forum) Arrivals(ctx context.Context, by Actor, before Instant, limit int) (out []ArrivalRow, err error) {
	defer during(&err, "arrivals")
	if before == 0 {
		before = f.instant().add(time.Hour)
	}
	err = f.store.read.scan(ctx, &out, `SELECT a.id, a.member_id, a.group_id, a.at, a.fate, a.why, a.verdict, a.raw IS NOT NULL AS kept, substr(a.raw, 1, ?) AS head, coalesce((SELECT g.name FROM groups g WHERE g.id = a.group_id AND ?), '') AS group_name,
		coalesce((SELECT p.id FROM posts p WHERE p.author_id = a.member_id AND p.key = a.key AND p.erased_at = 0), 0) AS post FROM arrivals a WHERE a.member_id = ? AND a.member_id > 0 AND a.at < ? ORDER BY a.at DESC, a.id DESC LIMIT ?`,
		headShown, knownGate(by, "g"), by.Member, before, limit)
	for i := range out {
		out[i].Head, _ = unpack(out[i].Head, 4*headShown) // its end is cut off
	}
	return out, err
}

// ReadRaw gives a mail as it came, to its writer alone: to nobody whose address was only named in it.
func (f *Forum) ReadRaw(ctx context.Context, by Actor, id int64) (raw []byte, err error) {
	defer during(&err, "read raw")
	var packed struct{ Raw []byte }
	if err = one(ctx, f.store.read, &packed, "SELECT a.raw FROM arrivals a WHERE a.id = ? AND a.member_id = ? AND a.member_id > 0 AND a.raw IS NOT NULL", id, by.Member); err != nil {
		return nil, err
	}
	return unpack(packed.Raw, math.MaxInt64)
}

// GroupArrivals lists what became of mails to a group, for its moderators: not from whom they are, since what waits for
// its writer's word or was refused is nobody else's, and under the Chatham House rule not even who posted is told. There the
// instant would lead to the post, and the verdict to the domain of who wrote it.
func (f *Forum) GroupArrivals(ctx context.Context, by Actor, id GroupID, limit int) (out []Arrival, err error) {
	defer during(&err, "arrivals of a group")
	err = f.store.read.scan(ctx, &out, `SELECT CASE WHEN x.masked THEN x.at / ?3 * ?3 + ?3 / 2 ELSE x.at END AS at, x.fate, x.why, CASE WHEN x.masked THEN '' ELSE x.verdict END AS verdict, x.masked FROM (
		SELECT o.id, o.at, o.fate, o.why, o.verdict, EXISTS (SELECT 1 FROM groups g WHERE g.id = o.group_id AND g.class = ?4)
			OR EXISTS (SELECT 1 FROM posts p WHERE p.author_id = o.member_id AND p.key = o.key AND p.class = ?4) AS masked
		FROM arrivals o WHERE o.group_id = ?0 AND ?1) x ORDER BY x.at DESC, x.id DESC LIMIT ?2`, id, moderates(by.Member), limit, int64(dayMicros), ChathamClass)
	return out, err
}

// CountArrivals counts the mails of the last month by what became of them, for administrators.
func (f *Forum) CountArrivals(ctx context.Context, by Actor) (n map[Fate]int, err error) {
	defer during(&err, "count arrivals")
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	var rows []struct {
		Fate Fate
		N    int
	}
	err = f.store.read.scan(ctx, &rows, "SELECT fate, count(*) AS n FROM arrivals WHERE at > ? GROUP BY fate", f.instant().add(-rawKept))
	n = map[Fate]int{}
	for _, r := range rows {
		n[r.Fate] = r.N
	}
	return n, err
}
