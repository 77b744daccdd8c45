//go:build ignore

// Mutate takes away each check of who may do or read what, one at a time, and runs the tests that pass
// through it: a check without which everything stays green is not tested. Nothing in the tree is touched.
// Every check is built once with a switch beside it, so that a mutant costs a run of a few tests and no build.
//
//	go run .ci/mutate.go            all of them: ten minutes on a quiet machine
//	go run .ci/mutate.go policy     those of one file, or of more
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gates are conditions in SQL, refusals answer nil or an error; stand-ins let everybody through.
var standIns = map[string]string{"vetGate": "mutantOpen", "hiddenMessageGate": "mutantOpen", "moderatesHiddenMessage": "mutantOpen", "unmasked": "mutantOpen", "namedCase": "mutantOpen", "caseGate": "mutantOpen", "unattended": "mutantOpen", "reactionGate": "mutantOpen", "answeredFor": "mutantOpen", "objectionGate": "mutantOpen", "answersFor": "mutantOpen", "hiddenGate": "mutantOpen", "rowGate": "mutantOpen", "wordsGate": "mutantOpen", "moderatesHidden": "mutantOpen",
	"placeGate": "mutantOpen", "itemGate": "mutantOpen", "audienceGate": "mutantOpen", "postGate": "mutantOpen",
	"knownGate": "mutantOpen", "circularGate": "mutantOpen", "addressable": "mutantOpen", "inCircle": "mutantOpen", "addressees": "mutantOpen", "optedOut": "mutantShut", "stillInvited": "mutantOpen", "moderates": "mutantOpen", "uncovered": "mutantShut", "mayRead": "mutantOpen", "isFor": "mutantOpen", "readsPlace": "mutantOpen", "knownThere": "mutantOpen", "listedTo": "mutantOpen", "rosterGate": "mutantOpen", "ignored": "mutantShut", "mailable": "mutantOpen", "shutOut": "mutantShut",
	"roomGate": "mutantOpen", "messageGate": "mutantOpen", "saidGate": "mutantOpen", "ofCircle": "mutantOpen", "amongFellows": "mutantOpen", "lasts": "mutantOpen", "hears": "mutantOpen", "isFellow": "mutantOpen", "saidToCircle": "mutantOpen", "rosterForAll": "mutantOpen", "notApart": "mutantOpen", "heardFile": "mutantOpen", "deserted": "mutantOpen", "wanted": "mutantOpen", "gate": "mutantOpen", "mayOpenMail": "true", "mayReportMail": "true", "maySeeRoster": "true", "moderated": "w.mutantModerated", "owned": "w.mutantOwned"}

// results are what the checks that answer more than one thing answer.
var results = map[string]string{"moderated": "(*Group, standing, error)", "owned": "(*Group, error)"}

const helper = `package forum

import (
	"fmt"
	"os"
	"sync"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

type mutantGate = schema.QueryWithArgs

var mutantOpen, mutantShut = bun.SafeQuery("1 = 1"), bun.SafeQuery("1 = 0")

var mutantMet sync.Map

// mutantOn tells whether check n is away in this run, and notes that the run came by it.
func mutantOn(n int) bool {
	if _, met := mutantMet.LoadOrStore(n, true); !met && os.Getenv("MUTANT_MET") != "" {
		if f, err := os.OpenFile(os.Getenv("MUTANT_MET"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
			fmt.Fprintln(f, n)
			f.Close()
		}
	}
	return os.Getenv("MUTANT") == fmt.Sprint(n)
}

func mutant[T any](n int, with T, real func() T) T {
	if mutantOn(n) {
		return with
	}
	return real()
}

func (w *writer) mutantModerated(by Actor, id GroupID) (*Group, standing, error) {
	g, s, _, err := w.groupSeen(by, id)
	return g, s, err
}

func (w *writer) mutantOwned(by Actor, id GroupID) (*Group, error) {
	g, _, _, err := w.groupSeen(by, id)
	return g, err
}
`

// A mutant is a check: the bytes from..to of a file, and what is written before and after them.
type mutant struct {
	file, what    string
	line          int
	from, to      int
	before, after string
}

// A trial is one test, the checks it passes through, and what it takes.
type trial struct {
	pack, name string
	met        map[int]bool
	took       time.Duration
}

func main() {
	files, err := filepath.Glob("forum/*.go")
	check(err)
	var all []mutant
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && (len(os.Args) < 2 || slices.Contains(os.Args[1:], strings.TrimSuffix(filepath.Base(file), ".go"))) {
			all = append(all, mutants(file)...)
		}
	}
	dir, err := os.MkdirTemp("", "mutants")
	check(err)
	defer os.RemoveAll(dir)
	began := time.Now()
	broken := build(dir, all)
	trials := append(meet(dir, "forum"), meet(dir, "server")...)
	fmt.Printf("built and %d tests met in %s\n", len(trials), time.Since(began).Round(time.Second))
	lives, dead := 0, 0
	for n, m := range all {
		switch by := killer(dir, n, trials); {
		case broken[n]:
			fmt.Printf("does not build: %s:%d %s\n", m.file, m.line, m.what)
		case by == "":
			lives++
			fmt.Printf("LIVES: %s:%d %s\n", m.file, m.line, m.what)
		default:
			dead++
		}
	}
	fmt.Printf("%d checks taken away in turn: %d noticed, %d not, %d that do not build without, in %s\n", len(all), dead, lives, len(broken), time.Since(began).Round(time.Second))
	if lives > 0 {
		os.RemoveAll(dir)
		os.Exit(1)
	}
}

// mutants finds the calls of checks, and the refusals within the checks themselves.
func mutants(file string) (out []mutant) {
	source, err := os.ReadFile(file)
	check(err)
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, source, 0)
	check(err)
	said := func(n ast.Node) string {
		return string(source[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset])
	}
	add := func(n ast.Node, before, after string) {
		at := set.Position(n.Pos())
		out = append(out, mutant{file, strings.Join(strings.Fields(said(n)), " "), at.Line, at.Offset, set.Position(n.End()).Offset, before, after})
	}
	one := func(n ast.Node, kind, with string) {
		add(n, "mutant["+kind+"](%d, "+with+", func() "+kind+" { return ", " })")
	}
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		checks := f.Recv == nil && (strings.HasPrefix(f.Name.Name, "may") || strings.HasPrefix(f.Name.Name, "May"))
		ast.Inspect(f, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok && checks && len(r.Results) == 1 && calls(r.Results[0]) == "Refuse" {
				one(r.Results[0], "error", "nil")
			}
			c, ok := n.(*ast.CallExpr)
			if !ok || checks && strings.HasPrefix(f.Name.Name, "May") {
				return true
			}
			name := calls(c)
			switch with := standIns[name]; {
			case results[name] != "":
				args := make([]string, len(c.Args))
				for i, a := range c.Args {
					args[i] = said(a)
				}
				add(c, "func() "+results[name]+" { if mutantOn(%d) { return "+with+"("+strings.Join(args, ", ")+") }; return ", " }()")
			case with == "true":
				one(c, "bool", with)
			case with != "":
				one(c, "mutantGate", with)
			case strings.HasPrefix(name, "may") && len(name) > 3 && name[3] < 'a':
				one(c, "error", "nil")
			}
			return true
		})
	}
	return out
}

// calls is the name of the function an expression calls.
func calls(e ast.Expr) string {
	if c, ok := e.(*ast.CallExpr); ok {
		switch f := c.Fun.(type) {
		case *ast.Ident:
			return f.Name
		case *ast.SelectorExpr:
			if standIns[f.Sel.Name] != "" {
				return f.Sel.Name
			}
		}
	}
	return ""
}

var complaint = regexp.MustCompile(`(\S+\.go):(\d+):\d+: `)

// build makes the tests of forum and server with a switch beside each check, and tells which checks had to
// be left as they are.
func build(dir string, all []mutant) map[int]bool {
	broken := map[int]bool{}
	for {
		overlay := write(dir, all, broken)
		complaints := false
		for _, pack := range []string{"forum", "server"} {
			out, err := exec.Command("go", "test", "-c", "-gcflags=-e", "-overlay", overlay, "-o", filepath.Join(dir, pack+".test"), "./"+pack).CombinedOutput()
			for _, c := range complaint.FindAllSubmatch(out, -1) {
				line, _ := strconv.Atoi(string(c[2]))
				for n, m := range all {
					if filepath.Base(m.file) == filepath.Base(string(c[1])) && m.line == line && !broken[n] {
						broken[n], complaints = true, true
					}
				}
			}
			if err != nil && !complaints {
				fmt.Fprintf(os.Stderr, "%s", out)
				os.Exit(2)
			}
			if complaints {
				break
			}
		}
		if !complaints {
			return broken
		}
	}
}

// write lays the switches beside the checks; nothing they add has a line of its own.
func write(dir string, all []mutant, broken map[int]bool) string {
	type piece struct {
		at, rank int
		text     string
	}
	pieces := map[string][]piece{}
	for n, m := range all {
		if !broken[n] {
			pieces[m.file] = append(pieces[m.file], piece{m.from, -m.to, strings.Replace(m.before, "%d", strconv.Itoa(n), 1)}, piece{m.to, -m.from, m.after})
		}
	}
	root, err := os.Getwd()
	check(err)
	replace := map[string]string{filepath.Join(root, "forum", "zz_mutant.go"): filepath.Join(dir, "zz_mutant.go")}
	check(os.WriteFile(filepath.Join(dir, "zz_mutant.go"), []byte(helper), 0o600))
	for file, ps := range pieces {
		source, err := os.ReadFile(file)
		check(err)
		slices.SortStableFunc(ps, func(a, b piece) int { return 2*(a.at-b.at) + min(1, max(-1, a.rank-b.rank)) })
		var out bytes.Buffer
		done := 0
		for _, p := range ps {
			out.Write(source[done:p.at])
			out.WriteString(p.text)
			done = p.at
		}
		out.Write(source[done:])
		to := filepath.Join(dir, filepath.Base(file))
		check(os.WriteFile(to, out.Bytes(), 0o600))
		replace[filepath.Join(root, file)] = to
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	check(err)
	check(os.WriteFile(filepath.Join(dir, "overlay.json"), b, 0o600))
	return filepath.Join(dir, "overlay.json")
}

// meet runs each test of a package alone and notes which checks it passes through. What a killed check has to
// fail is the same on both databases: the embedded one is asked.
func meet(dir, pack string) (out []trial) {
	list := exec.Command(filepath.Join(dir, pack+".test"), "-test.list", ".")
	list.Dir = pack
	names, err := list.Output()
	check(err)
	for _, name := range strings.Fields(string(names)) {
		if !strings.HasPrefix(name, "Test") {
			continue
		}
		met := filepath.Join(dir, "met")
		os.Remove(met)
		t, began := trial{pack: pack, name: name, met: map[int]bool{}}, time.Now()
		if out, err := t.run(dir, "MUTANT_MET="+met); err != nil {
			fmt.Fprintf(os.Stderr, "%s is red with every check in its place:\n%s", name, out)
			os.Exit(2)
		}
		t.took = time.Since(began)
		lines, _ := os.ReadFile(met)
		for _, n := range strings.Fields(string(lines)) {
			i, err := strconv.Atoi(n)
			check(err)
			t.met[i] = true
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b trial) int { return int(a.took - b.took) })
	return out
}

func (t trial) run(dir, setting string) ([]byte, error) {
	c := exec.Command(filepath.Join(dir, t.pack+".test"), "-test.failfast", "-test.timeout", "5m", "-test.run", "^"+t.name+"$/^sqlite$")
	c.Dir, c.Env = t.pack, append(os.Environ(), setting)
	return c.CombinedOutput()
}

// killer is the first test that is red without check n, or nothing.
func killer(dir string, n int, trials []trial) string {
	for _, t := range trials {
		if t.met[n] {
			if _, err := t.run(dir, "MUTANT="+strconv.Itoa(n)); err != nil {
				return t.name
			}
		}
	}
	return ""
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
