package forum

import (
	"slices"
	"strings"
	"testing"
)

// TestDownloadIsWhole: every column that the register of data gives out is in the member's download, or
// named there as left out; nothing else is in it.
func TestDownloadIsWhole(t *testing.T) {
	t.Parallel()
	exported := map[string][]string{}
	for _, d := range Data {
		if d.Export {
			exported[d.Table] = append(exported[d.Table], d.Columns...)
		}
	}
	in := map[string]bool{}
	names := map[string]bool{}
	for i := range sections {
		s := &sections[i]
		in[s.table] = true
		if names[s.called()] {
			t.Errorf("two sections are called %s", s.called())
		}
		names[s.called()] = true
		for _, c := range strings.Fields(s.leave) {
			if !slices.Contains(exported[s.table], c) {
				t.Errorf("%s leaves out %s, which is not given out", s.table, c)
			}
		}
		columns, about := s.declared()
		if len(columns) == 0 || about.Table != s.table {
			t.Errorf("%s gives nothing", s.table)
		}
		for _, c := range columns {
			if slices.Contains([]string{"by_member", "decided_by", "granted_by", "given_by", "invited_by", "claimed_by", "confirmed_by"}, c) {
				t.Errorf("%s gives %s: the number of somebody else", s.table, c)
			}
		}
	}
	for table := range exported {
		if !in[table] {
			t.Errorf("%s is declared to be given out and is not", table)
		}
	}
}
