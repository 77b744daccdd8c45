package forum

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Each year the body can say how much was reported, what was done and what came of objections. The numbers are taken on the
// first day of the next year, before what they count is deleted, and published by an administrator.

// few is the number below which none is told: it could be about somebody.
const few = 5

// FewerThan marks a number that is not told, as it is small.
const FewerThan = -1

// Untold marks a number that is not told, whatever it is, so that a small one beside it does not follow from a sum.
const Untold = -2

// Figures are the numbers of a year, by name: "reports.REASON", "cases.OUTCOME", "acts.KIND", "reasons.REASON" (of acts),
// "objections.made", "objections.upheld", "objections.taken-back", "legal.received", "legal.comply", "legal.refuse". A number from 1 to 4 is FewerThan, or Untold.
type Figures struct {
	Year        int
	Numbers     map[string]int `bun:"-"`
	PublishedAt Instant        // 0: not yet
}

func yearOf(i Instant) int { return i.Time().UTC().Year() }

func beginOf(year int) Instant { return At(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)) }

// countFigures counts a year, as it is.
func countFigures(ctx context.Context, db querier, year int) (map[string]int, error) {
	from, to := beginOf(year), beginOf(year+1)
	var rows []struct {
		Name string
		N    int
	}
	err := db.scan(ctx, &rows, `SELECT 'reports.' || reason AS name, count(*) AS n FROM reports WHERE at >= ?0 AND at < ?1 GROUP BY reason
		UNION ALL SELECT 'cases.' || outcome, count(*) FROM cases WHERE closed_at >= ?0 AND closed_at < ?1 GROUP BY outcome
		UNION ALL SELECT 'acts.' || kind, count(*) FROM acts WHERE at >= ?0 AND at < ?1 GROUP BY kind
		UNION ALL SELECT 'reasons.' || reason, count(*) FROM acts WHERE at >= ?0 AND at < ?1 GROUP BY reason
		UNION ALL SELECT 'legal.received', count(*) FROM legal_requests WHERE received_at >= ?0 AND received_at < ?1
		UNION ALL SELECT 'legal.' || outcome, count(*) FROM legal_requests WHERE agreed_at >= ?0 AND agreed_at < ?1 GROUP BY outcome
		UNION ALL SELECT 'objections.made', count(*) FROM objections WHERE at >= ?0 AND at < ?1
		UNION ALL SELECT 'objections.upheld', count(*) FROM objections WHERE answered_at >= ?0 AND answered_at < ?1 AND taken_back = 0
		UNION ALL SELECT 'objections.taken-back', count(*) FROM objections WHERE answered_at >= ?0 AND answered_at < ?1 AND taken_back = 1`, from, to)
	out := map[string]int{}
	for _, r := range rows {
		if r.N > 0 {
			out[r.Name] = r.N
		}
	}
	return out, err
}

// KeepFigures takes the numbers of the last year, once.
func (f *Forum) KeepFigures(ctx context.Context) error {
	year := yearOf(f.instant()) - 1
	var n int
	if err := one(ctx, f.store.read, &n, "SELECT count(*) FROM figures WHERE year = ?", year); err != nil || n > 0 {
		return err
	}
	return f.write(ctx, "keep figures", func(w *writer) error {
		numbers, err := countFigures(w.ctx, w, year)
		if err != nil {
			return err
		}
		b, err := json.Marshal(numbers)
		if err != nil {
			return err
		}
		return w.exec("INSERT INTO figures (year, numbers, made_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", year, string(b), w.now)
	})
}

// PublishFigures shows everybody the numbers of a year that is over, by an administrator. Twice is once.
func (f *Forum) PublishFigures(ctx context.Context, by Actor, year int) error {
	return f.write(ctx, "publish figures", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		var at Instant
		if err := w.one(&at, "SELECT published_at FROM figures WHERE year = ?", year); err != nil || at != 0 {
			return err
		}
		if err := w.exec("UPDATE figures SET published_at = ?, published_by = ? WHERE year = ?", w.now, by.Member, year); err != nil {
			return err
		}
		return w.log(by, "publish-figures", 0, 0, strconv.Itoa(year))
	})
}

// ReadFigures lists the years, newest first: those that are published, for everybody; and with all set also the others and
// the one that runs, for administrators. Small numbers are told to nobody.
func (f *Forum) ReadFigures(ctx context.Context, by Actor, all bool) (out []Figures, err error) {
	defer during(&err, "read figures")
	if all {
		if err = mayAdminister(by); err != nil {
			return nil, err
		}
		this := Figures{Year: yearOf(f.instant())}
		if this.Numbers, err = countFigures(ctx, f.store.read, this.Year); err != nil {
			return nil, err
		}
		maps.DeleteFunc(this.Numbers, func(name string, _ int) bool { return strings.HasPrefix(name, "legal.") }) // of which the reader may not know yet
		out = append(out, this)
	}
	var rows []struct {
		Year        int
		Numbers     string
		PublishedAt Instant
	}
	if err = f.store.read.scan(ctx, &rows, "SELECT year, numbers, published_at FROM figures WHERE published_at > 0 OR ? ORDER BY year DESC LIMIT 50", all); err != nil {
		return nil, err
	}
	for _, r := range rows {
		is := Figures{Year: r.Year, PublishedAt: r.PublishedAt}
		if err = json.Unmarshal([]byte(r.Numbers), &is.Numbers); err != nil {
			return nil, err
		}
		out = append(out, is)
	}
	for _, is := range out {
		hideFew(is.Numbers)
	}
	return out, nil
}

// hideFew hides the small numbers. Sections are told beside others of the same sum: where one number alone is hidden, or all
// that are have to be 1 or 4, the next smallest is hidden, too, and it is not told which is which.
func hideFew(numbers map[string]int) {
	sections := map[string][]string{}
	for name := range numbers {
		section, _, _ := strings.Cut(name, ".")
		sections[section] = append(sections[section], name)
	}
	for _, names := range sections {
		slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(numbers[a], numbers[b]), cmp.Compare(a, b)) })
		hidden, sum := 0, 0
		for hidden < len(names) && numbers[names[hidden]] < few {
			sum += numbers[names[hidden]]
			hidden++
		}
		mark := FewerThan
		if hidden > 0 && len(names) > 1 && (hidden == 1 || sum == hidden || sum == hidden*(few-1)) {
			mark, hidden = Untold, min(hidden+1, len(names))
		}
		for _, name := range names[:hidden] {
			numbers[name] = mark
		}
	}
}
