package job

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"peergroups/forum"
)

// TestEveryFactHasItsLine: a new kind of fact fails until effects.go says what follows.
func TestEveryFactHasItsLine(t *testing.T) {
	facts := map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), "../../forum/fact.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "fact" {
			facts[f.Recv.List[0].Type.(*ast.Ident).Name] = false
		}
	}
	if len(facts) < 10 {
		t.Fatalf("only %d kinds of facts were found", len(facts))
	}
	file, err = parser.ParseFile(token.NewFileSet(), "effects.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if c, ok := n.(*ast.CaseClause); ok {
			for _, e := range c.List {
				if s, ok := e.(*ast.SelectorExpr); ok {
					facts[s.Sel.Name] = true
				}
			}
		}
		return true
	})
	for name, has := range facts {
		if !has {
			t.Errorf("%s has no line in effects.go", name)
		}
	}
}

func TestEffects(t *testing.T) {
	if got := jobsOf(forum.Posted{Topic: 1, Post: 2}); len(got) != 1 {
		t.Errorf("a post is mailed: %v", got)
	}
	if got := jobsOf(forum.DigestsComposed{Issues: []forum.Issue{{Run: 1}, {Run: 2}, {Run: 3}}}); len(got) != 3 {
		t.Errorf("each issue is sent: %v", got)
	}
}

func TestAnswers(t *testing.T) {
	if answer(nil) != nil || answer(&forum.Error{Kind: forum.Conflict}) != nil || answer(&forum.Error{Kind: forum.Held}) != nil {
		t.Error("what is done counts as not done")
	}
	for _, kind := range []forum.Kind{forum.NotFound, forum.Forbidden, forum.Invalid, forum.Closed, forum.TooMany} {
		if answer(&forum.Error{Kind: kind}) == nil {
			t.Errorf("%s counts as done", kind)
		}
	}
}
