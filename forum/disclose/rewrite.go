package disclose

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// verdict is what becomes of an element.
type verdict int

const (
	keep   verdict = iota
	drop           // with all in it
	unwrap         // its tags go, what is in it stays
	unlink         // stays without what ties it to another part
	noRow          // the table row around it goes
	noRun          // the run of text around it goes
)

// frame is an element that is open.
type frame struct {
	name   xml.Name
	attr   []xml.Attr
	at     int  // where its copy begins
	bare   bool // without tags
	full   bool // something that shows is in it
	erased bool // it goes if nothing that shows is in it
}

// rewriting copies XML byte by byte, but for what a rule leaves out. So prefixes and spacing stay as they are, which
// encoding/xml does not keep.
type rewriting struct {
	a      *Attachment // takes the traces
	rule   func(*rewriting, xml.StartElement) verdict
	tokens *int // left, for the whole file
	out    []byte
	open   []frame
	skip   int       // elements that are open where the skipped one began, itself included; 0 for none
	kind   TraceKind // of what is skipped: names in it are told as that
	fields int       // begun and not ended
}

func (w *rewriting) run(b []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	w.out = make([]byte, 0, len(b))
	for {
		from := d.InputOffset()
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(ErrBroken, err)
		}
		if *w.tokens--; *w.tokens < 0 || len(w.open) > maxDepth {
			return nil, ErrBomb
		}
		if err := w.token(t, b[from:d.InputOffset()]); err != nil {
			return nil, err
		}
	}
	return w.out, nil
}

func (w *rewriting) token(t xml.Token, raw []byte) error {
	switch t := t.(type) {
	case xml.StartElement:
		w.start(t, raw)
	case xml.EndElement:
		w.end(raw)
	case xml.CharData:
		if w.skip == 0 {
			w.out = append(w.out, raw...)
		} else if n := w.open[len(w.open)-1].name.Local; n == "creator" || n == "initials" {
			w.a.add(w.kind, string(t))
		}
	case xml.Comment:
		w.a.add(Properties, string(t))
	case xml.ProcInst:
		if t.Target == "xml" {
			w.out = append(w.out, raw...)
		} else {
			w.a.add(Properties, string(t.Inst))
		}
	case xml.Directive: // entities are declared nowhere else
		return fmt.Errorf("%w: a document type in XML", ErrBroken)
	}
	return nil
}

func (w *rewriting) start(t xml.StartElement, raw []byte) {
	w.open = append(w.open, frame{name: t.Name, attr: t.Attr, at: len(w.out)})
	if w.skip > 0 {
		if who := attribute(t, "author"); who != "" {
			w.a.add(w.kind, who)
		}
		return
	}
	switch v := w.rule(w, t); v {
	case keep:
		w.out = append(w.out, raw...)
	case drop:
		w.skip = len(w.open)
	case unwrap:
		w.open[len(w.open)-1].bare = true
	case unlink:
		w.out = append(w.out, tie.ReplaceAll(raw, nil)...)
	case noRow, noRun:
		name := "r"
		if v == noRow {
			name = "tr"
		}
		w.skip = w.above(name) + 1
		w.out = w.out[:w.open[w.skip-1].at]
	}
}

// tie is an attribute that names a relationship, in a start tag.
var tie = regexp.MustCompile(`\s[\w.-]+:id\s*=\s*(?:"[^"]*"|'[^']*')`)

// above gives the nearest open element of a name around the last, or the last where there is none.
func (w *rewriting) above(local string) int {
	for i := len(w.open) - 2; i >= 0; i-- {
		if w.open[i].name.Local == local {
			return i
		}
	}
	return len(w.open) - 1
}

// parent gives the local name of the element so many steps around the last; "" for none.
func (w *rewriting) parent(steps int) string {
	if i := len(w.open) - 1 - steps; i >= 0 {
		return w.open[i].name.Local
	}
	return ""
}

func (w *rewriting) end(raw []byte) {
	last := w.open[len(w.open)-1]
	if w.skip > 0 {
		if w.skip == len(w.open) {
			w.skip = 0
		}
		w.open = w.open[:len(w.open)-1]
		return
	}
	if !last.bare {
		w.out = append(w.out, raw...)
	}
	if last.erased && !last.full {
		w.out = w.out[:last.at]
	} else if up := len(w.open) - 2; last.name.Local == "tr" && up >= 0 {
		w.open[up].full = true
	}
	w.open = w.open[:len(w.open)-1]
}

// attribute gives the value of one by its local name; "" where there is none.
func attribute(t xml.StartElement, local string) string {
	for _, a := range t.Attr {
		if a.Name.Local == local && a.Name.Space != "xmlns" {
			return a.Value
		}
	}
	return ""
}

// on tells a switch of office formats that is not turned off.
func on(value string) bool {
	return value != "0" && value != "false" && value != "off" && value != "none"
}
