package forum

import (
	"cmp"
	"context"
	"slices"
)

// A day is counted when it is over: for each kind, how many people and how many views each value had. Who reads a count must not learn of
// anybody (P12), so no row stands for fewer than ten people:
//
//   - Every view has exactly one value of each kind but Site, Network and Feature, so the sum over the values of a kind is the count of all visits,
//     which is told, too. If a rest of fewer than ten people were merely left out, it would be that count less all that is told. So the rest
//     takes the smallest value that is told along until it stands for ten; only where nothing is told at all it is left out, and then of fewer than
//     ten people in all, of whom no total is told either.
//   - Of Site, Network and Feature no total is told, as a view may have none: of those a rest of fewer than ten is left out.
//   - What is told of a day is made once and never again, and nothing is told of a day that runs: no two copies differ by one person.
//   - What members can count for themselves (posts, messages) is told only where nobody who subtracts what they see of one group is left with
//     fewer than ten.

// LeastCounted is the number of people for whom a count stands at least.
const LeastCounted = 10

// OtherUse is the value that stands for all that fewer had.
const OtherUse = "other"

// UsageCount is what is told of a day. Kinds: "visits", "page", "feature", "language", "browser", "system", "site", "network", "time" (on a page: "10s",
// "1m", "5m", "30m": less than that; "longer": more, or not known), "posts", "messages", "mail-sent", "mail-failed". The value of a kind that has no values is "".
type UsageCount struct {
	Day    int64 // 20261130, of UTC
	Kind   string
	Value  string
	People int
	Views  int
}

// usageGrace is how long after a day nodes may still bring what they noted of it.
const usageGrace = 5 * 60 * 1_000_000

// tally is what a value was counted by.
type tally struct {
	views  int
	people map[int32]bool
}

func (t *tally) add(o *tally) {
	t.views += o.views
	for p := range o.people {
		t.people[p] = true
	}
}

// tallies are by kind and value.
type tallies map[string]map[string]*tally

func (t tallies) count(kind, value string, person int32) {
	if t[kind] == nil {
		t[kind] = map[string]*tally{}
	}
	is := t[kind][value]
	if is == nil {
		is = &tally{people: map[int32]bool{}}
		t[kind][value] = is
	}
	is.views++
	is.people[person] = true
}

// partial are the kinds of which a view may have no value.
var partial = map[string]bool{"site": true, "network": true, "feature": true}

// largeEnough leaves nothing that stands for fewer than ten people, nor, of a kind whose sum is told, what that follows from.
func largeEnough(values map[string]*tally, summed bool) map[string]*tally {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(values[a].people), len(values[b].people)), cmp.Compare(a, b))
	})
	rest := &tally{people: map[int32]bool{}}
	for len(names) > 0 && (len(values[names[0]].people) < LeastCounted || summed && rest.views > 0 && len(rest.people) < LeastCounted) {
		rest.add(values[names[0]])
		names = names[1:]
	}
	out := map[string]*tally{}
	for _, name := range names {
		out[name] = values[name]
	}
	if len(rest.people) >= LeastCounted {
		out[OtherUse] = rest
	}
	return out
}

// CountUsage counts the days that are over, and deletes what they were counted from, the salts too. Twice is once, on two nodes as well.
func (f *Forum) CountUsage(ctx context.Context) (err error) {
	defer during(&err, "count usage")
	var days []int64
	if err = f.store.read.scan(ctx, &days, "SELECT id FROM usage_days WHERE counted_at = 0 AND id < ? ORDER BY id LIMIT 40", usageDay(f.instant()-usageGrace)); err != nil || len(days) == 0 {
		return err
	}
	for _, day := range days {
		if err := f.countDay(ctx, day); err != nil {
			return err
		}
	}
	return f.store.scrub(ctx) // of the log of writes, too
}

// countDay counts while others write, and writes down what it counted if nothing came to it meanwhile; else it is counted the next time.
func (f *Forum) countDay(ctx context.Context, day int64) error {
	all, of, err := f.tallyDay(ctx, day)
	if err != nil {
		return err
	}
	return f.write(ctx, "count day", func(w *writer) error {
		if err := w.lockRow("usage_days", day); err != nil {
			return err
		}
		var at Instant
		if err := w.one(&at, "SELECT counted_at FROM usage_days WHERE id = ?", day); err != nil || at != 0 {
			return err
		}
		var now talliedRows
		if err := w.one(&now, countedRows, day); err != nil || now != of {
			return err
		}
		var rows [][]any
		for kind, values := range all {
			for value, is := range largeEnough(values, !partial[kind]) {
				rows = append(rows, []any{day, kind, value, len(is.people), is.views})
			}
		}
		if err := w.insert("usage_counts (day, kind, value, people, views)", rows); err != nil {
			return err
		}
		w.f.store.owe()
		return either(w.exec("DELETE FROM usage_views WHERE day = ?", day), w.exec("UPDATE usage_days SET salt = '', counted_at = ? WHERE id = ?", w.now, day))
	})
}

// usedRow is a view as it is kept.
type usedRow struct {
	ID                                                 int64
	Person, Page, Language, Browser, Os, Site, Network string
	At                                                 Instant
	Feature                                            bool
}

const usedAtOnce = 5000

// talliedRows says of which rows a day was counted.
type talliedRows struct{ N, Last int64 }

const countedRows = "SELECT count(*) AS n, coalesce(max(id), 0) AS last FROM usage_views WHERE day = ?"

// tallyDay counts a day, whatever may be told of it.
func (f *Forum) tallyDay(ctx context.Context, day int64) (out tallies, of talliedRows, err error) {
	people, last := map[string]int32{}, map[int32]Instant{}
	out = tallies{}
	if err := one(ctx, f.store.read, &of, countedRows, day); err != nil {
		return nil, of, err
	}
	for after := int64(0); ; {
		var rows []usedRow
		if err := f.store.read.scan(ctx, &rows, "SELECT id, person, at, feature, page, language, browser, os, site, network FROM usage_views WHERE day = ? AND id > ? ORDER BY id LIMIT ?", day, after, usedAtOnce); err != nil {
			return nil, of, err
		}
		for i := range rows {
			who, known := people[rows[i].Person]
			if !known {
				who = int32(len(people)) //nolint:gosec // fewer than people there are
				people[rows[i].Person] = who
			}
			out.view(&rows[i], who, last)
			after = rows[i].ID
		}
		if len(rows) < usedAtOnce {
			break
		}
	}
	for who := range last {
		out.count("time", "longer", who) // of the last page nobody knows
	}
	return out, of, f.tallyWritten(ctx, out, dayOfUsage(day))
}

// view counts one view; last is when each had their last page.
func (t tallies) view(v *usedRow, who int32, last map[int32]Instant) {
	if v.Feature {
		t.count("feature", v.Page, who)
		return
	}
	t.stayed(last, who, v.At)
	last[who] = v.At
	t.count("visits", "", who)
	t.count("page", v.Page, who)
	t.count("language", orUnknown(v.Language), who)
	t.count("browser", orUnknown(v.Browser), who)
	t.count("system", orUnknown(v.Os), who)
	if v.Site != "" {
		t.count("site", v.Site, who)
	}
	if v.Network != "" {
		t.count("network", v.Network, who)
	}
}

func orUnknown(s string) string { return cmp.Or(s, "unknown") }

// stayed counts the time on the page before: until the next that the same person was given.
func (t tallies) stayed(last map[int32]Instant, who int32, now Instant) {
	before, is := last[who]
	if !is {
		return // it is their first
	}
	const second = 1_000_000
	bucket := "longer"
	switch gap := now - before; {
	case gap < 10*second:
		bucket = "10s"
	case gap < 60*second:
		bucket = "1m"
	case gap < 300*second:
		bucket = "5m"
	case gap < 1800*second:
		bucket = "30m"
	}
	t.count("time", bucket, who)
}

// tallyWritten counts what the store knows of the day: posts, messages of rooms (none off the record, none of talks), and mails.
func (f *Forum) tallyWritten(ctx context.Context, out tallies, from Instant) error {
	until := from + dayMicros
	type row struct {
		Place  GroupID
		Member MemberID
		N      int
	}
	for kind, question := range map[string]string{
		"posts": `SELECT b.group_id AS place, p.author_id AS member, count(*) AS n FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id
			WHERE p.posted_at >= ? AND p.posted_at < ? GROUP BY 1, 2`,
		"messages": `SELECT r.group_id AS place, c.author_id AS member, count(*) AS n FROM messages c JOIN rooms r ON r.id = c.room_id JOIN groups g ON g.id = r.group_id
			WHERE c.posted_at >= ? AND c.posted_at < ? AND c.off_record = 0 AND g.talk = 0 GROUP BY 1, 2`,
		"mail-sent":   "SELECT 0 AS place, x.member_id AS member, count(*) AS n FROM deliveries x WHERE x.sent_at >= ? AND x.sent_at < ? AND x.state = ? AND x.kind <> ? GROUP BY 2",
		"mail-failed": "SELECT 0 AS place, x.member_id AS member, count(*) AS n FROM deliveries x WHERE x.handed_at >= ? AND x.handed_at < ? AND x.state = ? AND x.kind <> ? GROUP BY 2",
	} {
		args := []any{from, until}
		switch kind {
		case "mail-sent":
			args = append(args, Sent, talkNote)
		case "mail-failed":
			args = append(args, Failed, talkNote)
		}
		var rows []row
		if err := f.store.read.scan(ctx, &rows, question, args...); err != nil {
			return err
		}
		writers := map[GroupID]int{}
		for _, r := range rows {
			writers[r.Place]++
		}
		places, people := map[MemberID]map[GroupID]bool{}, map[MemberID]int32{}
		is := &tally{people: map[int32]bool{}}
		for _, r := range rows {
			if writers[r.Place] < LeastCounted { // a group of few would be left over when the others are subtracted
				continue
			}
			if places[r.Member] == nil {
				places[r.Member], people[r.Member] = map[GroupID]bool{}, int32(len(people)) //nolint:gosec // fewer than people there are
			}
			places[r.Member][r.Place] = true
			is.views += r.N
			is.people[people[r.Member]] = true
		}
		if apartFrom(places) {
			out[kind] = map[string]*tally{"": is}
		}
	}
	return nil
}

// apartFrom tells whether, whichever one group is subtracted, nobody or ten people are left.
func apartFrom(places map[MemberID]map[GroupID]bool) bool {
	alone, all := map[GroupID]int{}, map[GroupID]bool{} // who wrote nowhere else
	for _, in := range places {
		for g := range in {
			all[g] = true
			if len(in) == 1 {
				alone[g]++
			}
		}
	}
	for g := range all {
		if left := len(places) - alone[g]; len(all) > 1 && left > 0 && left < LeastCounted {
			return false
		}
	}
	return true
}
