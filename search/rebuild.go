package search

import (
	"context"
	"database/sql"
)

// Reset implements [Engine].
func (s *SQL) Reset(ctx context.Context) (err error) {
	defer wrap(&err, "reset")
	return s.turn(ctx, func(st state) state {
		return state{current: max(st.current, st.building) + 1, forgotten: st.forgotten + 1}
	})
}

// Begin implements [Keeper].
func (s *SQL) Begin(ctx context.Context) (err error) {
	defer wrap(&err, "begin")
	return s.turn(ctx, func(st state) state {
		return state{current: st.current, building: max(st.current, st.building) + 1, forgotten: st.forgotten}
	})
}

// Swap implements [Keeper].
func (s *SQL) Swap(ctx context.Context) (err error) {
	defer wrap(&err, "swap")
	st, err := readState(ctx, s.reader)
	if err != nil {
		return err
	}
	if st.building == 0 {
		return ErrNotBuilding
	}
	if err := s.settle(ctx, s.writer, st.building); err != nil {
		return err
	}
	return s.turn(ctx, func(st state) state {
		return state{current: st.building, forgotten: st.forgotten}
	})
}

// turn goes to other generations: makes those that are new, and drops those that are no more.
func (s *SQL) turn(ctx context.Context, to func(state) state) error {
	err := s.inTx(ctx, true, func(tx *sql.Tx, st state) error {
		next := to(st)
		if next.current == 0 {
			return ErrNotBuilding
		}
		for _, gen := range []int64{next.current, next.building} {
			if gen == 0 || gen == st.current || gen == st.building {
				continue
			}
			if _, err := tx.ExecContext(ctx, numbered(s.schema(), gen)); err != nil {
				return err
			}
		}
		for _, gen := range []int64{st.current, st.building} {
			if gen == 0 || gen == next.current || gen == next.building {
				continue
			}
			if _, err := tx.ExecContext(ctx, numbered(s.drop(), gen)); err != nil {
				return err
			}
		}
		return s.writeState(ctx, tx, next)
	})
	if err != nil {
		return err
	}
	return s.sweep(ctx, s.writer)
}

// Building implements [Keeper].
func (s *SQL) Building(ctx context.Context) (upto string, ok bool, err error) {
	defer wrap(&err, "building")
	st, err := readState(ctx, s.reader)
	return st.upto, st.building != 0, err
}

// Build implements [Keeper].
func (s *SQL) Build(ctx context.Context, docs []Doc, upto string) (err error) {
	defer wrap(&err, "build")
	return s.putAll(ctx, docs, &upto)
}

// Empty implements [Keeper].
func (s *SQL) Empty(ctx context.Context) (empty bool, err error) {
	defer wrap(&err, "empty")
	err = s.reading(ctx, func(gen int64) error {
		return s.reader.QueryRowContext(ctx, numbered("SELECT NOT EXISTS (SELECT 1 FROM search_document_{})", gen)).Scan(&empty)
	})
	return empty, err
}

// List implements [Keeper].
func (s *SQL) List(ctx context.Context, after Ref, limit int) (out []Stored, err error) {
	defer wrap(&err, "list")
	err = s.reading(ctx, func(gen int64) error {
		out = nil
		rows, err := s.reader.QueryContext(ctx, s.bound(numbered(`SELECT kind, item, version, sum FROM search_document_{}
			WHERE (kind > ? OR kind = ? AND item > ?) AND NOT deleted ORDER BY kind, item LIMIT ?`, gen)), after.Kind, after.Kind, after.ID, limit)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var d Stored
			if err := rows.Scan(&d.Kind, &d.ID, &d.Version, &d.Sum); err != nil {
				return err
			}
			out = append(out, d)
		}
		return rows.Err()
	})
	return out, err
}
