package forum_test

import (
	"slices"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// TestDialectsEndInTheSameColumns: both folders of migrations make the same tables.
func TestDialectsEndInTheSameColumns(t *testing.T) {
	t.Parallel()
	var all [][]string
	for _, dialect := range forumtest.Dialects {
		columns, err := forumtest.New(t, dialect).Store.Columns(t.Context())
		if err != nil || len(columns) < 50 {
			t.Fatalf("%s: %d columns, %v", dialect, len(columns), err)
		}
		all = append(all, columns)
	}
	if !slices.Equal(all[0], all[1]) {
		t.Errorf("the dialects differ:\n%v\n%v", all[0], all[1])
	}
}

// TestEveryColumnIsDeclared: a column that the register of personal data does not name
// fails, and so does a declaration without a column (P33).
func TestEveryColumnIsDeclared(t *testing.T) {
	t.Parallel()
	columns, err := forumtest.New(t, "sqlite").Store.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, d := range forum.Data {
		for _, column := range d.Columns {
			if declared[d.Table+"."+column] {
				t.Errorf("%s.%s is declared twice", d.Table, column)
			}
			declared[d.Table+"."+column] = true
		}
		if d.Purpose == "" || d.Erasure == "" || d.Retention == "" {
			t.Errorf("%s %v: purpose, retention and erasure must be said", d.Table, d.Columns)
		}
	}
	for _, column := range columns {
		if !declared[column] {
			t.Errorf("%s is not declared in forum.Data", column)
		}
		delete(declared, column)
	}
	for column := range declared {
		t.Errorf("%s is declared but does not exist", column)
	}
}
