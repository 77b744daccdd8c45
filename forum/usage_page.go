package forum

import (
	"context"
	"slices"
	"strings"
)

// Who reads the counts of usage: administrators and privacy officers, and everybody while an administrator publishes them (P12).

// usagePublic is the setting that publishes the counts: "1"; else nobody but staff sees them.
const usagePublic = "usage-public"

// UsageSpans are for how many days counts can be asked.
var UsageSpans = []int{30, 90, 365}

// Usage is what was counted, oldest day first and within it by kind, most people first. Nothing in it stands for fewer than ten people.
type Usage struct {
	Counts  []UsageCount
	Days    []int64 // that were counted
	Public  bool    // everybody may read it
	Dropped int     // pages that were not counted, since more came than could be written down
}

// Sums adds the days of a kind up, most people first, "other" last. People are counted anew each day, since nobody is known again.
func (u *Usage) Sums(kind string) (out []UsageCount) {
	at := map[string]int{}
	for _, c := range u.Counts {
		if c.Kind != kind {
			continue
		}
		i, known := at[c.Value]
		if !known {
			i = len(out)
			at[c.Value], out = i, append(out, UsageCount{Kind: kind, Value: c.Value})
		}
		out[i].People += c.People
		out[i].Views += c.Views
	}
	slices.SortStableFunc(out, func(a, b UsageCount) int {
		if other := bit(a.Value == OtherUse) - bit(b.Value == OtherUse); other != 0 {
			return other
		}
		if a.People != b.People {
			return b.People - a.People
		}
		return strings.Compare(a.Value, b.Value)
	})
	return out
}

// On gives what a kind without values had on a day; not told: zero, false.
func (u *Usage) On(day int64, kind string) (c UsageCount, told bool) {
	i := slices.IndexFunc(u.Counts, func(c UsageCount) bool { return c.Day == day && c.Kind == kind })
	if i < 0 {
		return c, false
	}
	return u.Counts[i], true
}

// ReadUsage gives the counts of the last days, as many as UsageSpans has, to staff, or as everybody reads them: then they are absent unless they are published.
func (f *Forum) ReadUsage(ctx context.Context, by Actor, staff bool, days int) (u Usage, err error) {
	defer during(&err, "read usage")
	if staff {
		if err = mayReadUsage(by); err != nil {
			return u, err
		}
	}
	if u.Public, err = f.UsageIsPublic(ctx); err != nil {
		return u, err
	}
	if !staff && !u.Public {
		return u, Absent()
	}
	if !slices.Contains(UsageSpans, days) {
		days = UsageSpans[0]
	}
	first := usageDay(f.instant() - Instant(days)*dayMicros)
	if err = f.store.read.scan(ctx, &u.Counts, "SELECT day, kind, value, people, views FROM usage_counts WHERE day >= ? ORDER BY day, kind, people DESC, value", first); err != nil {
		return u, err
	}
	if err = f.store.read.scan(ctx, &u.Days, "SELECT id FROM usage_days WHERE id >= ? AND counted_at > 0 ORDER BY id", first); err != nil {
		return u, err
	}
	if staff {
		err = one(ctx, f.store.read, &u.Dropped, "SELECT coalesce(sum(dropped), 0) FROM usage_days WHERE id >= ?", first)
	}
	return u, err
}

// UsageIsPublic tells whether everybody sees it.
func (f *Forum) UsageIsPublic(ctx context.Context) (is bool, err error) {
	defer during(&err, "usage is public")
	value, err := set(ctx, f.store.read, usagePublic)
	return value != "", err
}

// PublishUsage shows the counts to everybody, or no more. Administrators only.
func (f *Forum) PublishUsage(ctx context.Context, by Actor, public bool) error {
	return f.write(ctx, "publish usage", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		act, value := "hide-usage", ""
		if public {
			act, value = "publish-usage", "1"
		}
		if err := w.setting(usagePublic, value); err != nil {
			return err
		}
		return w.log(by, act, 0, 0, "")
	})
}
