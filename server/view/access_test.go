package view

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// everyElement calls f for each element of the document.
func everyElement(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		everyElement(c, f)
	}
}

// filled renders every page with something in every field, and parses it.
func filled(t *testing.T, with string) map[string]*html.Node {
	t.Helper()
	fill := func(p any) { stuff(reflect.ValueOf(p).Elem(), with, 0) }
	shell, head := Shell{Words: words(t)}, Letterhead{Words: words(t), Base: "https://forum.example"}
	fill(&shell)
	fill(&head)
	shell.Aside, shell.Here = nil, "/"
	out := map[string]*html.Node{}
	for name, page := range pages(shell, head, fill) {
		var b bytes.Buffer
		if err := page.Render(t.Context(), &b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		doc, err := html.Parse(&b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = doc
	}
	return out
}

// TestReferences: each id stands once; what a label, a description or a link within the
// page points to is there; what one can fill in has a name; no state is said by an
// attribute without a value, which browsers take for "false".
func TestReferences(t *testing.T) {
	for name, doc := range filled(t, "title") {
		ids, labelled := map[string]bool{}, map[string]bool{}
		everyElement(doc, func(e *html.Node) {
			if id := attr(e, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %q stands twice", name, id)
				}
				ids[id] = true
			}
			if e.Data == "label" {
				labelled[attr(e, "for")] = true
			}
		})
		everyElement(doc, func(e *html.Node) {
			for _, a := range e.Attr {
				switch a.Key {
				case "for", "aria-describedby", "aria-labelledby", "aria-controls":
					for _, id := range strings.Fields(a.Val) {
						if !ids[id] {
							t.Errorf("%s: %s of <%s> points to %q, which is not there", name, a.Key, e.Data, id)
						}
					}
				case "aria-current", "aria-invalid", "aria-label":
					if a.Val == "" {
						t.Errorf("%s: <%s> has an empty %s", name, e.Data, a.Key)
					}
				case "required":
					t.Errorf("%s: <%s> is refused by the browser and not by us", name, e.Data)
				}
			}
			field := e.Data == "textarea" || e.Data == "select" || e.Data == "input" && attr(e, "type") != "hidden"
			if field && !labelled[attr(e, "id")] && !inside(e, "label") {
				t.Errorf("%s: <%s name=%q> has no label", name, e.Data, attr(e, "name"))
			}
		})
	}
}

func inside(e *html.Node, tag string) bool {
	for ; e != nil; e = e.Parent {
		if e.Data == tag {
			return true
		}
	}
	return false
}

// TestEveryPageHasOneHeading and the landmarks by which one moves through it.
func TestEveryPageHasOneHeading(t *testing.T) {
	for name, doc := range filled(t, "title") {
		count := map[string]int{}
		everyElement(doc, func(e *html.Node) {
			if e.Namespace == "" { // pictures have titles of their own
				count[e.Data]++
			}
		})
		if count["main"] == 0 { // a fragment or a mail
			continue
		}
		if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 {
			t.Errorf("%s: %d <h1>, %d <main>, %d <title>", name, count["h1"], count["main"], count["title"])
		}
	}
}

// TestRefusedForm: the summary names each problem and leads to its field, the field says
// it too, what was typed stays, and the window's title says that there is an error.
func TestRefusedForm(t *testing.T) {
	shell := Shell{Words: words(t), Title: "Make", Org: Organisation{Name: "Chamber"}, Problems: []Problem{{Field: "slug", Words: "Taken"}, {Words: "Later"}}}
	page := Manage{Room: Form{Values: map[string]string{"slug": "open-hour"}, Errors: map[string]string{"slug": "Taken"}}}
	var b bytes.Buffer
	if err := ManagePage(shell, page).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>Error: Make · Chamber</title>", `href="#room-slug"`, `id="room-slug-error"`, `value="open-hour"`,
		`aria-invalid="true"`, `aria-describedby="room-slug-hint room-slug-error"`, "novalidate", "autofocus", "<li>Later</li>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if got := strings.Count(b.String(), "aria-invalid"); got != 1 {
		t.Errorf("%d fields are marked", got)
	}
}
