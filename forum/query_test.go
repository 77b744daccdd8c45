package forum

import (
	"reflect"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
)

// TestValuesAreBound: values that somebody may choose never stand in the text of a read, wherever they come from; what
// is named twice is bound twice, in the order of the text. Yes and no, what is one of few, and how much is asked for
// stand in the text.
func TestValuesAreBound(t *testing.T) {
	t.Parallel()
	by := Actor{Member: 77, Certified: true}
	const evil = "x' OR 1=1 -- ?0 ?"
	for _, c := range []struct {
		what, query string
		args        []any
		lite, pg    string
		values      []any
	}{
		{"in order", "a = ? AND b = ?", []any{evil, GroupID(55)}, "a = ? AND b = ?", "a = $1::text AND b = $2::bigint", []any{evil, int64(55)}},
		{"numbered", "a = ?1 OR ?0 OR b = ?1", []any{MemberID(8), Instant(9)}, "a = ? OR ? OR b = ?", "a = $1::bigint OR $2::bigint OR b = $3::bigint", []any{int64(9), int64(8), int64(9)}},
		{"spelled", "? AND a = ? AND b = ? AND c = ? LIMIT ?", []any{true, Moderator, MemberID(0), Instant(-1), 51}, "TRUE AND a = 1 AND b = 0 AND c = ? LIMIT 51", "TRUE AND a = 1 AND b = 0 AND c = $1::bigint LIMIT 51", []any{int64(-1)}},
		{"a gate", "x = ? AND ?", []any{evil, itemGate(Actor{}, "p")}, `x = ? AND "p".reach = 0`, `x = $1::text AND "p".reach = 0`, []any{evil}},
		{"a list", "x IN (?) AND y = ?", []any{bun.List([]PostID{1, 2}), evil}, "x IN (1, 2) AND y = ?", "x IN (1, 2) AND y = $1::text", []any{evil}},
		{"nothing", "SELECT 1", nil, "SELECT 1", "SELECT 1", nil},
	} {
		for numbered, gen := range map[bool]schema.QueryGen{false: schema.NewQueryGen(sqlitedialect.New()), true: schema.NewQueryGen(pgdialect.New())} {
			b := binding{numbered: numbered}
			text, err := b.write(gen, c.query, c.args)
			want := map[bool]string{false: c.lite, true: c.pg}[numbered]
			if err != nil || text != want || !reflect.DeepEqual(b.values, c.values) {
				t.Errorf("%s: %q with %v, %v; want %q with %v", c.what, text, b.values, err, want, c.values)
			}
		}
	}
	var b binding
	text, err := b.write(schema.NewQueryGen(sqlitedialect.New()), "? AND ?", []any{placeGate(by, "g"), itemGate(by, "p")})
	if err != nil || strings.Contains(text, "77") || strings.Count(text, "?") != len(b.values) {
		t.Errorf("the gate is not one text for all members: %q with %v, %v", text, b.values, err)
	}
}

// TestStatementsAreBounded: texts that are made anew each time do not pile up.
func TestStatementsAreBounded(t *testing.T) {
	t.Parallel()
	store, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/f.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	for i := range mostStatements + 50 {
		var n int
		if err := store.read.scan(t.Context(), &n, "SELECT 1"+strings.Repeat(" ", i)); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	if n := len(store.read.kept.of); n > mostStatements {
		t.Errorf("%d statements are kept", n)
	}
}
