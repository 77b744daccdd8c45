package forum

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"
)

// Mail to the house is what comes to the addresses that every domain has (RFC 2142; RFC 5321, 4.5.1). It is taken from anybody
// and kept for the administrators as an arrival whose Why names the address; it is never posted, and nobody is answered.

// HouseAddresses are what stands before the domain in them.
var HouseAddresses = []string{"postmaster", "abuse"}

// HouseMail keeps a mail to one of them, and tells the administrators that one came, without its words. by is whose it provably
// is: nobody's where that is not known. The same mail twice is once. TooMany: it is to come again.
func (f *Forum) HouseMail(ctx context.Context, by Actor, address string, in Incoming) error {
	packed := pack(in.Raw)
	if len(packed) > mostUnproved { // its beginning
		packed = pack(in.Raw[:min(len(in.Raw), mostUnproved)])
	}
	sum := sha256.Sum256(in.Raw)
	return f.write(ctx, "house mail", func(w *writer) error {
		id := w.id()
		n, err := w.changed("INSERT INTO arrivals (id, member_id, key, group_id, at, fate, why, verdict, raw) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (member_id, key) DO NOTHING",
			id, by.Member, "house:"+hex.EncodeToString(sum[:16]), w.now, FateHouse, address, in.Verdict, packed)
		if err != nil || n == 0 {
			return err
		}
		if err := w.spend(houseMails, "house-mail", cmp.Or(in.Why, "proved")); err != nil { // anybody's must not keep out what is proved
			return err
		}
		switch err := w.spend(notesOfHouse, "house-note", ""); {
		case KindOf(err) == TooMany:
			return nil
		case err != nil:
			return err
		}
		w.state(ModerationNoted{Ref: id, Note: "note.house-mail"})
		return w.exec(`INSERT INTO deliveries (kind, ref, member_id, queued_at, due_at) SELECT 'note.house-mail', ?, m.id, ?, ? FROM members m
			WHERE m.standing = ? AND EXISTS (SELECT 1 FROM grants h WHERE h.member_id = m.id AND h.role = ?) ON CONFLICT DO NOTHING`, id, w.now, w.now, Active, Administrator)
	})
}

// HouseMails lists them, newest first, for administrators: not from whom they are. before is the At of the last one shown; 0:
// from the newest.
func (f *Forum) HouseMails(ctx context.Context, by Actor, before Instant, limit int) (out []ArrivalRow, err error) {
	defer during(&err, "house mails")
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	if before == 0 {
		before = f.instant().add(time.Hour)
	}
	err = f.store.read.scan(ctx, &out, "SELECT a.id, a.at, a.fate, a.why, a.verdict, a.raw IS NOT NULL AS kept FROM arrivals a WHERE a.fate = ? AND a.at < ? ORDER BY a.at DESC, a.id DESC LIMIT ?", FateHouse, before, limit)
	return out, err
}

// ReadHouseMail gives one as it came, or its beginning, to administrators; that they looked is logged.
func (f *Forum) ReadHouseMail(ctx context.Context, by Actor, id int64) (a Arrival, raw []byte, err error) {
	defer during(&err, "read house mail")
	if err := mayAdminister(by); err != nil {
		return a, nil, err
	}
	var row struct {
		Arrival
		Raw []byte
	}
	if err := one(ctx, f.store.read, &row, "SELECT a.id, a.at, a.fate, a.why, a.verdict, a.raw FROM arrivals a WHERE a.id = ? AND a.fate = ? AND a.raw IS NOT NULL", id, FateHouse); err != nil {
		return a, nil, err
	}
	if raw, err = unpack(row.Raw, math.MaxInt64); err != nil {
		return a, nil, err
	}
	return row.Arrival, raw, f.write(ctx, "log reading", func(w *writer) error { return w.log(by, "read-house-mail", id, 0, row.Why) })
}
