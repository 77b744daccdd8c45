package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Threading as mail programs do it, by the published description of Jamie Zawinski's algorithm ("message threading", steps 1 to 5).

// threaded is a mail as far as threading looks at it, and after it a place in a tree; of an empty place the mail is not there.
type threaded struct {
	id, subject string
	refs        []string // References, with In-Reply-To at their end
	there       bool
	parent      *threaded
	children    []*threaded
}

// below tells whether t stands somewhere below another.
func (t *threaded) below(other *threaded) bool {
	for at := t; at != nil; at = at.parent {
		if at == other {
			return true
		}
	}
	return false
}

func (t *threaded) unlink() {
	if t.parent != nil {
		t.parent.children = slices.DeleteFunc(t.parent.children, func(c *threaded) bool { return c == t })
		t.parent = nil
	}
}

func (t *threaded) link(child *threaded) {
	child.unlink()
	child.parent = t
	t.children = append(t.children, child)
}

// String draws a tree: "a(b(c) d)"; an empty place is "-".
func (t *threaded) String() string {
	name := "-"
	if t.there {
		name = t.id
	}
	if len(t.children) == 0 {
		return name
	}
	return name + "(" + drawn(t.children) + ")"
}

func drawn(all []*threaded) string {
	var out []string
	for _, t := range all {
		out = append(out, t.String())
	}
	return strings.Join(out, " ")
}

// threads gives the roots of mails in the order in which they came.
func threads(mails []threaded) []*threaded {
	table, all := map[string]*threaded{}, []*threaded{}
	place := func(id string) *threaded {
		if table[id] == nil {
			table[id] = &threaded{id: id}
			all = append(all, table[id])
		}
		return table[id]
	}
	for _, m := range mails { // 1
		at := place(m.id)
		if at.there { // the same mail twice, or two of one id
			at = &threaded{id: m.id}
			all = append(all, at)
		}
		at.there, at.subject = true, m.subject
		var last *threaded
		for _, id := range m.refs {
			ref := place(id)
			if last != nil && ref.parent == nil && !last.below(ref) {
				last.link(ref)
			}
			last = ref
		}
		at.unlink() // what was presumed
		if last != nil && !last.below(at) {
			last.link(at)
		}
	}
	var roots []*threaded
	for _, t := range all { // 2
		if t.parent == nil {
			roots = append(roots, t)
		}
	}
	return bySubject(pruned(roots, true))
}

// pruned is step 4: empty places go, and what stands below them comes up; at the top only where it is one.
func pruned(all []*threaded, top bool) (out []*threaded) {
	for _, t := range all {
		t.children = pruned(t.children, false)
		switch {
		case t.there || top && len(t.children) > 1:
			out = append(out, t)
		default:
			for _, c := range t.children {
				c.parent = t.parent
			}
			out = append(out, t.children...)
		}
	}
	return out
}

var reply = regexp.MustCompile(`(?i)^\s*re(\[\d+\])?:\s*`)

// about gives the subject of a thread without its marks of an answer, and whether it has some.
func (t *threaded) about() (subject string, answers bool) {
	for !t.there {
		t = t.children[0]
	}
	subject = t.subject
	for reply.MatchString(subject) {
		subject, answers = reply.ReplaceAllString(subject, ""), true
	}
	return strings.TrimSpace(subject), answers
}

// bySubject is step 5: threads of one subject come together.
func bySubject(roots []*threaded) []*threaded {
	table := map[string]*threaded{}
	for _, t := range roots {
		subject, answers := t.about()
		old := table[subject]
		if subject == "" {
			continue
		}
		if old == nil || !t.there && old.there || !answers && isAnswer(old) && old.there {
			table[subject] = t
		}
	}
	out := slices.Clone(roots)
	drop := func(t *threaded) { out = slices.DeleteFunc(out, func(o *threaded) bool { return o == t }) }
	for _, t := range roots {
		subject, answers := t.about()
		old := table[subject]
		if subject == "" || old == nil || old == t {
			continue
		}
		switch {
		case !t.there && !old.there:
			for _, c := range slices.Clone(t.children) {
				old.link(c)
			}
			drop(t)
		case !old.there, answers && !isAnswer(old):
			old.link(t)
			drop(t)
		default: // both answers, or neither
			fresh := &threaded{}
			out[slices.Index(out, old)] = fresh
			fresh.link(old)
			fresh.link(t)
			drop(t)
			table[subject] = fresh
		}
	}
	return out
}

func isAnswer(t *threaded) bool {
	_, answers := t.about()
	return answers
}

// TestThreads holds the algorithm against what its description says.
func TestThreads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		mails []threaded
		want  string
	}{
		{"a chain", []threaded{{id: "a"}, {id: "b", refs: []string{"a"}}, {id: "c", refs: []string{"a", "b"}}}, "a(b(c))"},
		{"out of order", []threaded{{id: "c", refs: []string{"a", "b"}}, {id: "b", refs: []string{"a"}}, {id: "a"}}, "a(b(c))"},
		{"one that is missing in the middle", []threaded{{id: "a"}, {id: "c", refs: []string{"a", "b"}}}, "a(c)"},
		{"a missing root of one", []threaded{{id: "b", refs: []string{"a"}}}, "b"},
		{"a missing root of two", []threaded{{id: "b", refs: []string{"a"}}, {id: "c", refs: []string{"a"}}}, "-(b c)"},
		{"what was presumed gives way", []threaded{{id: "c", refs: []string{"x", "b"}}, {id: "a"}, {id: "b", refs: []string{"a"}}}, "a(b(c))"},
		{"links that are there stay", []threaded{{id: "a"}, {id: "b", refs: []string{"a"}}, {id: "x"}, {id: "c", refs: []string{"x", "b"}}}, "a(b(c)) x"},
		{"a root that is named below another", []threaded{{id: "a"}, {id: "b"}, {id: "c", refs: []string{"b", "a"}}}, "b(a(c))"},
		{"a loop", []threaded{{id: "a", refs: []string{"b"}}, {id: "b", refs: []string{"a"}}}, "b(a)"},
		{"itself", []threaded{{id: "a", refs: []string{"a"}}}, "a"},
		{"one id twice", []threaded{{id: "a"}, {id: "a"}}, "a a"},
		{"an answer by subject", []threaded{{id: "a", subject: "Fees"}, {id: "b", subject: "Re: re[2]: Fees"}}, "a(b)"},
		{"the answer first", []threaded{{id: "b", subject: "Re: Fees"}, {id: "a", subject: "Fees"}}, "a(b)"},
		{"two of a subject", []threaded{{id: "a", subject: "Fees"}, {id: "b", subject: "Fees"}}, "-(a b)"},
		{"an empty place by subject", []threaded{{id: "b", refs: []string{"x"}, subject: "Re: Fees"}, {id: "c", refs: []string{"x"}, subject: "Re: Fees"}, {id: "d", subject: "Re: Fees"}}, "-(b c d)"},
		{"two empty places", []threaded{{id: "b", refs: []string{"x"}, subject: "Fees"}, {id: "c", refs: []string{"x"}}, {id: "d", refs: []string{"y"}, subject: "Fees"}, {id: "e", refs: []string{"y"}}}, "-(b c d e)"},
		{"another subject below stays", []threaded{{id: "a", subject: "Fees"}, {id: "b", refs: []string{"a"}, subject: "Other"}}, "a(b)"},
	} {
		if got := drawn(threads(c.mails)); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

// sorted draws a tree anew with what stands side by side in order of the alphabet.
func sorted(tree string) string {
	all, rest := branches(tree)
	if rest != "" {
		return "unreadable: " + tree
	}
	return all
}

// branches reads "a(b(c) d)" up to the end of the level.
func branches(s string) (level, rest string) {
	var all []string
	for s != "" && s[0] != ')' {
		end := strings.IndexAny(s, "( )")
		if end < 0 {
			end = len(s)
		}
		one := s[:end]
		if s = s[end:]; strings.HasPrefix(s, "(") {
			below, after := branches(s[1:])
			one, s = one+"("+below+")", strings.TrimPrefix(after, ")")
		}
		all, s = append(all, one), strings.TrimPrefix(s, " ")
	}
	slices.Sort(all)
	return strings.Join(all, " "), s
}
