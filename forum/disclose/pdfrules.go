package disclose

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Keys that stay; there are others only where traces are, or for programs that make documents.
var (
	catalogKeys = strings.Fields("Type Pages PageLabels Dests ViewerPreferences PageLayout PageMode Outlines URI Lang OCProperties AcroForm MarkInfo StructTreeRoot OutputIntents")
	pageKeys    = strings.Fields("Type Parent Kids Count Resources MediaBox CropBox BleedBox TrimBox ArtBox Contents Rotate Group Annots Tabs StructParents UserUnit Dur Trans")
	annotKeys   = strings.Fields("Type Subtype Rect AP AS F C Border BS BE DA DS Q InkList Name StructParent Rotate CL LE RD QuadPoints H Dest A PA MK OC P Parent FT Ff V DV MaxLen Opt Kids TU TI I IC")
	// denied are keys of any dictionary; what stands behind them is said of the document, or done by it.
	denied = map[nameObject]TraceKind{"Metadata": Properties, "PieceInfo": Properties, "LastModified": Time, "Thumb": Preview, "AA": Embedded, "AF": Embedded, "JS": Embedded, "EF": Embedded,
		"OpenAction": Embedded, "XFA": Embedded, "OPI": Properties}
	// acts are actions (12.6) that do more than lead somewhere.
	acts = strings.Fields("JavaScript Launch SubmitForm ImportData Rendition Sound Movie GoToR GoToE RichMediaExecute GoTo3DView Hide ResetForm SetOCGState Thread Trans")
	// remarks are annotations (12.5.6) that are comments; of those in visible the picture stays.
	remarks = strings.Fields("Text Popup Line Square Circle Polygon PolyLine Highlight Underline Squiggly StrikeOut Caret FileAttachment Sound Movie Screen RichMedia 3D Redact Projection PrinterMark TrapNet Watermark")
	visible = strings.Fields("FreeText Stamp Ink")
	useful  = strings.Fields("Link Widget")
)

func in(list []string, v any) bool {
	n, ok := v.(nameObject)
	return ok && slices.Contains(list, string(n))
}

// catalog copies the first object of a document.
func (c *cleaner) catalog(v any) (any, error) {
	d, ok := v.(dictObject)
	if !ok {
		return nil, ErrBroken
	}
	for _, key := range sortedKeys(d) {
		if err := c.trace(key, d); err != nil {
			return nil, err
		}
	}
	if d["Perms"] != nil || d["Collection"] != nil || d["NeedsRendering"] != nil {
		c.a.Cleanable = false
	}
	if err := c.layers(d["OCProperties"]); err != nil {
		return nil, err
	}
	out, err := c.only(d, catalogKeys)
	if err != nil {
		return nil, err
	}
	names, err := c.resolved(d["Names"])
	if n, ok := names.(dictObject); ok && err == nil {
		if n["JavaScript"] != nil {
			c.a.add(Embedded, "JavaScript")
		}
		if n["EmbeddedFiles"] != nil {
			err = c.files(n["EmbeddedFiles"], 0)
		}
		if n["Dests"] != nil {
			out["Names"] = dictObject{"Dests": c.direct(n["Dests"])}
		}
	}
	return out, err
}

// direct copies what may stand behind a key of Names.
func (c *cleaner) direct(v any) any {
	out, err := c.value(v, plainRole)
	if err != nil {
		return null
	}
	return out
}

// files tells the names of embedded files, which stand in a tree.
func (c *cleaner) files(v any, depth int) error {
	v, err := c.resolved(v)
	d, ok := v.(dictObject)
	if c.nodes++; err != nil || !ok || depth > 32 || c.nodes > 1000 {
		return err
	}
	c.a.add(Embedded, "")
	for _, key := range []nameObject{"Names", "Kids"} {
		v, err := c.resolved(d[key])
		list, _ := v.(listObject)
		if err != nil {
			return err
		}
		for _, e := range list[:min(len(list), maxTraces)] {
			if words := said(e); words != "" {
				c.a.add(Embedded, words)
			} else if err := c.files(e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// layers tells optional content that is not shown (8.11).
func (c *cleaner) layers(v any) error {
	v, err := c.resolved(v)
	all, _ := v.(dictObject)
	if err != nil || all == nil {
		return err
	}
	v, err = c.resolved(all["D"])
	d, _ := v.(dictObject)
	if err != nil || d == nil {
		return err
	}
	off, err := c.resolved(d["OFF"])
	if list, _ := off.(listObject); len(list) > 0 || d["BaseState"] == nameObject("OFF") {
		c.a.add(Hidden, "")
		c.a.Cleanable = false
	}
	return err
}

// trace tells what a denied key of a dictionary says.
func (c *cleaner) trace(key nameObject, d dictObject) error {
	kind, ok := denied[key]
	if !ok {
		return nil
	}
	v, err := c.resolved(d[key])
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *streamObject:
		if data, err := c.decoded(v); err == nil && key == "Metadata" {
			c.a.xmp(data)
			return nil
		}
	case dictObject:
		if key == "OpenAction" && !in(acts, v["S"]) {
			return nil
		}
	case listObject:
		if key == "OpenAction" { // a place to begin at
			return nil
		}
	case plainObject:
		if v == null {
			return nil
		}
	}
	c.a.add(kind, map[bool]string{true: string(key)}[key == "JS"])
	if key == "XFA" { // the form itself is in it
		c.a.Cleanable = false
	}
	return nil
}

// dict copies a dictionary by its role, or by what it says it is.
func (c *cleaner) dict(d dictObject, r role) (any, error) {
	d, err := c.told(d)
	switch {
	case err != nil:
		return nil, err
	case r == namesRole:
		return c.named(d, plainRole)
	case r == resources:
		return c.named(d, namesRole)
	case d["Type"] == nameObject("Page") || d["Type"] == nameObject("Pages") || r == pagesRole && d["FT"] == nil && d["Subtype"] == nil && d["T"] == nil && d["S"] == nil && (d["MediaBox"] != nil || d["Contents"] != nil):
		return c.page(d)
	case d["Type"] == nameObject("Annot") || d["Rect"] != nil && (in(remarks, d["Subtype"]) || in(visible, d["Subtype"]) || in(useful, d["Subtype"])):
		return c.annotation(d)
	case d["EF"] != nil || d["Type"] == nameObject("Filespec") || d["Type"] == nameObject("F"):
		c.a.add(Embedded, said(d["F"]))
		return null, nil
	case in(acts, d["S"]):
		c.a.add(Embedded, fmt.Sprint(d["S"]))
		return null, nil
	}
	if err := c.signed(d); err != nil {
		return nil, err
	}
	kept := dictObject{}
	for _, key := range sortedKeys(d) {
		if err := c.trace(key, d); err != nil {
			return nil, err
		}
		if _, bad := denied[key]; !bad && (key != "Next" || d["S"] == nil) {
			kept[key] = d[key]
		}
	}
	return c.entries(kept)
}

// told gives a dictionary in which what it says it is stands directly, so that no rule is passed by.
func (c *cleaner) told(d dictObject) (dictObject, error) {
	for _, key := range []nameObject{"Type", "Subtype", "S", "FT"} {
		if _, far := d[key].(refObject); !far {
			continue
		}
		v, err := c.resolved(d[key])
		if err != nil {
			return nil, err
		}
		if _, isName := v.(nameObject); isName {
			d = maps.Clone(d)
			d[key] = v
		}
	}
	return d, nil
}

// signed tells a field that holds a signature (12.7.4.5), which would be void.
func (c *cleaner) signed(d dictObject) error {
	if d["FT"] == nameObject("Sig") && d["V"] != nil || d["ByteRange"] != nil {
		v, err := c.resolved(d["V"])
		if s, ok := v.(dictObject); ok {
			d = s
		}
		c.a.add(Author, said(d["Name"]))
		c.a.Cleanable = false
		return err
	}
	return nil
}

func (c *cleaner) page(d dictObject) (any, error) {
	for _, key := range sortedKeys(d) {
		if err := c.trace(key, d); err != nil {
			return nil, err
		}
	}
	v, err := c.resolved(d["Annots"])
	if err != nil {
		return nil, err
	}
	list, _ := v.(listObject)
	stay := listObject{}
	for _, e := range list {
		v, err := c.resolved(e)
		if err != nil {
			return nil, err
		}
		if a, ok := v.(dictObject); ok && !c.remark(a) {
			stay = append(stay, e)
		}
	}
	kept := maps.Clone(d)
	if delete(kept, "Annots"); len(stay) > 0 {
		kept["Annots"] = stay
	}
	return c.only(kept, pageKeys)
}

// remark tells an annotation that is a comment, and who made it.
func (c *cleaner) remark(d dictObject) bool {
	subtype, err := c.resolved(d["Subtype"])
	if err != nil || subtype == nameObject("Link") || subtype == nameObject("Widget") || in(visible, subtype) {
		return false
	}
	who, _ := c.resolved(d["T"])
	c.a.add(Comments, said(who))
	return true
}

// annotation copies one that stays. Only fields have names, and only typed text and links have words.
func (c *cleaner) annotation(d dictObject) (any, error) {
	if c.remark(d) {
		return null, nil
	}
	if err := c.signed(d); err != nil {
		return nil, err
	}
	kept := dictObject{}
	for key, v := range d {
		if slices.Contains(annotKeys, string(key)) || d["Subtype"] == nameObject("Widget") && (key == "T" || key == "TM") || key == "Contents" && (d["Subtype"] == nameObject("FreeText") || d["Subtype"] == nameObject("Link")) {
			kept[key] = v
		}
	}
	if d["AA"] != nil {
		c.a.add(Embedded, "")
	}
	if in(visible, d["Subtype"]) {
		for _, key := range []nameObject{"T", "Subj", "RC", "NM", "M", "CreationDate", "Popup", "IRT"} {
			if v, err := c.resolved(d[key]); err == nil && d[key] != nil {
				c.a.add(Comments, map[bool]string{true: said(v)}[key == "T"])
			}
		}
	}
	return c.entries(kept)
}
