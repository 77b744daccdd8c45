package search

import (
	"context"
	"database/sql"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
)

// A document's id in an SQL engine is its place in time: seconds, and 512 slots in each. So
// what is newest is found first, without sorting, and dates are stretches of ids. Several of
// one instant stand behind each other, in the order in which they came.
const (
	slotBits = 9
	crowd    = 4096    // places behind an instant's own that its documents take in order
	spill    = 1 << 24 // places behind an instant's own that any of them takes, about
)

func placeOf(at time.Time) int64 {
	return at.Unix()<<slotBits | int64(at.Nanosecond())*(1<<slotBits)/int64(time.Second)
}

// placing gives ids to the new documents of one transaction.
type placing struct {
	s     *SQL
	tx    *sql.Tx
	gen   int64
	taken map[int64]bool
}

// place sets the ids of rows that have none.
func (p *placing) place(ctx context.Context, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	wanted := make([]string, len(rows))
	for i, r := range rows {
		wanted[i] = strconv.FormatInt(placeOf(r.time), 10)
	}
	found, err := p.tx.QueryContext(ctx, numbered("SELECT id FROM search_document_{} WHERE id IN ("+strings.Join(wanted, ", ")+")", p.gen))
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var id int64
		if err := found.Scan(&id); err != nil {
			return err
		}
		p.taken[id] = true
	}
	if err := found.Err(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.id, err = p.free(ctx, r); err != nil {
			return err
		}
		p.taken[r.id] = true
	}
	return nil
}

// free is the place of one document.
func (p *placing) free(ctx context.Context, r *row) (int64, error) {
	own := placeOf(r.time)
	if !p.taken[own] {
		return own, nil
	}
	var last sql.NullInt64
	err := p.tx.QueryRowContext(ctx, p.s.bound(numbered("SELECT max(id) FROM search_document_{} WHERE id BETWEEN ? AND ?", p.gen)), own, own+crowd).Scan(&last)
	if err != nil {
		return 0, err
	}
	id := max(last.Int64, own) + 1
	for ; id < own+crowd; id++ {
		if !p.taken[id] {
			return id, nil
		}
	}
	// A crowd of one instant: scattered behind it, ever wider.
	for width := int64(crowd); ; width *= 2 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(r.Kind + strconv.FormatInt(r.ID+width, 36)))
		id := own + int64(h.Sum64()>>1)%min(width, spill)
		var n int
		if err := p.tx.QueryRowContext(ctx, p.s.bound(numbered("SELECT count(*) FROM search_document_{} WHERE id = ?", p.gen)), id).Scan(&n); err != nil {
			return 0, err
		}
		if n == 0 && !p.taken[id] {
			return id, nil
		}
		if width > spill*1024 {
			return 0, ErrDoc
		}
	}
}
