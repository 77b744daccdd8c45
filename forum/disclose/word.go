package disclose

import (
	"encoding/xml"
	"slices"
	"strings"
)

// wordprocessing names, in the transitional and the strict form (ISO/IEC 29500).
var wordSpaces = []string{"http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"}

// shows are elements by which a paragraph is not empty.
var shows = []string{"t", "drawing", "tab", "br", "instrText", "sym", "object", "pict", "footnoteReference", "endnoteReference", "fldChar", "oMath", "sectPr"}

// word is the rule for the parts of a Word document: tracked changes are accepted, remarks and hidden text go.
func (o *opened) word(w *rewriting, t xml.StartElement) verdict {
	if !slices.Contains(wordSpaces, t.Name.Space) {
		return o.drawing(w, t)
	}
	name := t.Name.Local
	if slices.Contains(shows, name) {
		w.mark(func(f *frame) { f.full = true })
	}
	switch {
	case name == "ins" || name == "moveTo":
		w.a.add(Changes, attribute(t, "author"))
		return unwrap
	case name == "del" || name == "moveFrom":
		return w.deleted(t)
	case strings.HasSuffix(name, "Change") && name != "trackChange":
		return w.dropped(Changes, attribute(t, "author"))
	case strings.HasPrefix(name, "moveFromRange"), strings.HasPrefix(name, "moveToRange"), strings.HasPrefix(name, "customXml") && strings.Contains(name, "Range"), name == "cellIns", name == "cellMerge":
		return w.dropped(Changes, attribute(t, "author"))
	case strings.HasPrefix(name, "commentR"), name == "dataBinding", name == "printerSettings", name == "rsids", name == "trackRevisions":
		return drop
	case name == "cellDel", name == "altChunk", name == "object", name == "control", name == "subDoc":
		w.a.Cleanable = false
	case name == "permStart":
		return w.dropped(Author, attribute(t, "ed"))
	case name == "permEnd", name == "docId":
		return drop
	case name == "attachedTemplate", name == "docVars", name == "mailMerge", name == "saveThroughXslt":
		return w.dropped(Properties, "")
	case name == "fldChar":
		w.fields += map[string]int{"begin": 1, "end": -1}[attribute(t, "fldCharType")]
	case name == "tbl":
		w.open[len(w.open)-1].erased = true
	default:
		return o.styled(w, t)
	}
	return keep
}

// styled follows what is hidden: by itself, or by a style.
func (o *opened) styled(w *rewriting, t xml.StartElement) verdict {
	value := attribute(t, "val")
	switch name := t.Name.Local; {
	case name == "vanish" && on(value):
		return o.vanish(w)
	case name == "basedOn" && o.hiding[value]:
		o.hiding[w.style()] = true
	case (name == "rStyle" || name == "pStyle" || name == "tblStyle") && o.hiding[value] && w.parent(2) != "style":
		w.a.add(Hidden, "")
		w.a.Cleanable = false
	case attribute(t, "author") != "" || attribute(t, "initials") != "":
		w.a.add(Author, attribute(t, "author"))
		w.a.Cleanable = false
	}
	return keep
}

func (o *opened) vanish(w *rewriting) verdict {
	switch {
	case w.parent(2) == "r":
		w.a.add(Hidden, "")
		return noRun
	case w.parent(2) == "pPr" && w.style() == "": // the end of a paragraph only
		return drop
	case w.style() != "":
		o.hiding[w.style()] = true
	case w.parent(2) == "rPrDefault":
		w.a.add(Hidden, "")
		w.a.Cleanable = false
	}
	return keep
}

// style gives the id of the style that is being told; "" for none.
func (w *rewriting) style() string {
	f := w.open[w.above("style")]
	return attribute(xml.StartElement{Attr: f.attr}, "styleId")
}

// mark changes the paragraph around the last element.
func (w *rewriting) mark(change func(*frame)) {
	if i := w.above("p"); i < len(w.open)-1 {
		change(&w.open[i])
	}
}

func (w *rewriting) deleted(t xml.StartElement) verdict {
	w.a.add(Changes, attribute(t, "author"))
	w.kind = Changes
	switch {
	case w.parent(1) == "trPr":
		return noRow
	case w.parent(1) == "rPr" && w.parent(2) == "pPr": // the end of a paragraph, which goes where it stands alone
		if i := w.above("p"); i > 0 && w.open[i-1].name.Local == "body" {
			w.open[i].erased = true
		}
	}
	return drop
}

func (w *rewriting) dropped(kind TraceKind, what string) verdict {
	w.kind = kind
	w.a.add(kind, what)
	return drop
}

// drawing is the rule for shapes in every office format, and for what Microsoft added to them.
func (o *opened) drawing(w *rewriting, t xml.StartElement) verdict {
	switch name := t.Name.Local; {
	case name == "docId" || name == "creationId" || name == "revisionPtr":
		return drop
	case (name == "docPr" || name == "cNvPr") && attribute(t, "hidden") != "" && on(attribute(t, "hidden")):
		w.a.add(Hidden, attribute(t, "name"))
		w.a.Cleanable = false
	case name == "OLEObject" || name == "oleObj":
		w.a.add(Embedded, attribute(t, "ProgID"))
		w.a.Cleanable = false
	}
	return keep
}

// sheet is the rule for the parts of a workbook.
func (o *opened) sheet(w *rewriting, t xml.StartElement) verdict {
	switch t.Name.Local {
	case "sheet":
		if s := attribute(t, "state"); s != "" && s != "visible" {
			w.a.add(Hidden, attribute(t, "name"))
			w.a.Cleanable = false
		}
	case "row", "col":
		if h := attribute(t, "hidden"); h != "" && on(h) {
			w.a.add(Hidden, "")
			w.a.Cleanable = false
		}
	case "fileSharing":
		return w.dropped(Author, attribute(t, "userName"))
	case "absPath":
		return w.dropped(Properties, attribute(t, "url"))
	case "customWorkbookViews", "customSheetViews":
		return w.dropped(Properties, "")
	case "legacyDrawing":
		return drop
	case "pageSetup":
		return unlink
	case "legacyDrawingHF", "oleObjects", "controls":
		w.a.Cleanable = false
	}
	return o.drawing(w, t)
}

// slide is the rule for the parts of a presentation.
func (o *opened) slide(w *rewriting, t xml.StartElement) verdict {
	if s := attribute(t, "show"); t.Name.Local == "sld" && s != "" && !on(s) {
		w.a.add(Hidden, "")
		w.a.Cleanable = false
	}
	return o.drawing(w, t)
}
