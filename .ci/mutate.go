//go:build ignore

// Mutate takes away each check of who may do or read what, one at a time, and runs the tests:
// a check without which everything stays green is not tested. Nothing in the tree is touched.
//
//	go run .ci/mutate.go            all of them: about a quarter of an hour
//	go run .ci/mutate.go policy     those of one file
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
	"strings"
)

// gates are conditions in SQL, refusals answer nil or an error; stand-ins let everybody through.
var standIns = map[string]string{"placeGate": "mutantGate", "itemGate": "mutantGate", "audienceGate": "mutantGate", "postGate": "mutantGate",
	"knownGate": "mutantGate", "stillInvited": "mutantGate", "moderates": "mutantGate", "uncovered": "mutantNone", "shutOut": "mutantNone",
	"mayOpenMail": "mutantYes", "maySeeRoster": "mutantYes", "moderated": "mutantModerated", "owned": "mutantOwned"}

const helper = `package forum

import (
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

func mutantGate(...any) schema.QueryWithArgs { return bun.SafeQuery("1 = 1") }
func mutantNone(...any) schema.QueryWithArgs { return bun.SafeQuery("1 = 0") }
func mutantNil(...any) error                 { return nil }
func mutantYes(...any) bool                  { return true }

func (w *writer) mutantModerated(by Actor, id GroupID) (*Group, standing, error) {
	g, s, _, err := w.groupSeen(by, id)
	return g, s, err
}

func (w *writer) mutantOwned(by Actor, id GroupID) (*Group, error) {
	g, _, _, err := w.groupSeen(by, id)
	return g, err
}

var _, _, _, _ = mutantGate, mutantNone, mutantNil, mutantYes
`

type mutant struct {
	file, what string
	line       int
	from, to   int // bytes of the file that With stands for
	with       string
}

func main() {
	files, err := filepath.Glob("forum/*.go")
	check(err)
	var all []mutant
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && (len(os.Args) < 2 || filepath.Base(file) == os.Args[1]+".go") {
			all = append(all, mutants(file)...)
		}
	}
	dir, err := os.MkdirTemp("", "mutants")
	check(err)
	defer os.RemoveAll(dir)
	lives, dead, broken := 0, 0, 0
	for _, m := range all {
		switch said := m.test(dir); said {
		case "killed":
			dead++
		case "broken":
			broken++
			fmt.Printf("does not build: %s:%d %s\n", m.file, m.line, m.what)
		default:
			lives++
			fmt.Printf("LIVES: %s:%d %s\n", m.file, m.line, m.what)
		}
	}
	fmt.Printf("%d checks taken away in turn: %d noticed, %d not, %d that do not build without\n", len(all), dead, lives, broken)
	if lives > 0 {
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
	add := func(n ast.Node, with string) {
		from, to := set.Position(n.Pos()).Offset, set.Position(n.End()).Offset
		what := string(bytes.Join(bytes.Fields(source[from:to]), []byte(" ")))
		out = append(out, mutant{file, what, set.Position(n.Pos()).Line, from, to, with})
	}
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		checks := f.Recv == nil && (strings.HasPrefix(f.Name.Name, "may") || strings.HasPrefix(f.Name.Name, "May"))
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name, ok := n.Fun.(*ast.Ident)
				if s, isVerb := n.Fun.(*ast.SelectorExpr); isVerb {
					name, ok = s.Sel, standIns[s.Sel.Name] != ""
				}
				if !ok || checks && strings.HasPrefix(f.Name.Name, "May") {
					return true
				}
				if with := standIns[name.Name]; with != "" {
					add(name, with)
				} else if strings.HasPrefix(name.Name, "may") && len(name.Name) > 3 && name.Name[3] < 'a' {
					add(name, "mutantNil")
				}
			case *ast.ReturnStmt:
				if checks && len(n.Results) == 1 {
					if c, ok := n.Results[0].(*ast.CallExpr); ok {
						if name, ok := c.Fun.(*ast.Ident); ok && name.Name == "Refuse" {
							add(n, "return nil")
						}
					}
				}
			}
			return true
		})
	}
	return out
}

// test runs the forum's tests without the check, and if they do not notice the doors'.
func (m mutant) test(dir string) string {
	source, err := os.ReadFile(m.file)
	check(err)
	changed, added, overlay := filepath.Join(dir, "changed.go"), filepath.Join(dir, "helper.go"), filepath.Join(dir, "overlay.json")
	check(os.WriteFile(changed, append(append(append([]byte{}, source[:m.from]...), m.with...), source[m.to:]...), 0o600))
	check(os.WriteFile(added, []byte(helper), 0o600))
	root, err := os.Getwd()
	check(err)
	b, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, m.file): changed, filepath.Join(root, "forum", "zz_mutant.go"): added}})
	check(err)
	check(os.WriteFile(overlay, b, 0o600))
	for _, tests := range [][]string{{"./forum", "^Test/^sqlite$"}, {"./server", "^Test[^DK]/^sqlite$"}} {
		out, err := exec.Command("go", "test", "-failfast", "-count=1", "-overlay", overlay, "-run", tests[1], tests[0]).CombinedOutput()
		if bytes.Contains(out, []byte("build failed")) {
			return "broken"
		}
		if err != nil {
			return "killed"
		}
	}
	return "lives"
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
