package disclose

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"
)

// opened is an office file that is being read: its parts, and what becomes of each.
type opened struct {
	*bundle
	a        *Attachment
	rule     func(*rewriting, xml.StartElement) verdict
	types    map[string]string // media types by part name, in small letters
	gone     map[string]bool   // parts that go, by name in small letters
	hiding   map[string]bool   // styles of hidden text, by id
	tokens   int               // of XML that may still be read
	previews []string          // parts that are previews
}

// office reads an archive that should be an office file, and gives the clean copy.
func (a *Attachment) office(b []byte) ([]byte, error) {
	members, err := a.rewritten(b)
	if err != nil || !a.Cleanable {
		return nil, err
	}
	return packedAgain(members)
}

// rewritten gives the members of the clean copy, and takes down the traces on the way.
func (a *Attachment) rewritten(b []byte) ([]member, error) {
	files, err := unpacked(b)
	if err != nil {
		return nil, err
	}
	o := &opened{bundle: files, a: a, types: map[string]string{}, gone: map[string]bool{}, hiding: map[string]bool{}, tokens: maxTokens}
	if string(files.get("mimetype")) == odtMIME {
		a.Format = ODT
		return o.openDocument()
	}
	if err := o.kind(); err != nil {
		return nil, err
	}
	for _, m := range o.members { // styles first, since they hide
		if !strings.HasSuffix(o.types[strings.ToLower(m.name)], ".styles+xml") || !bytes.Contains(m.data, []byte("vanish")) {
			continue
		}
		for range 2 { // a style may come before the one it is based on
			if _, err := o.rewrite(m, &Attachment{}); err != nil {
				return nil, err
			}
		}
	}
	return o.parts()
}

// rewrite runs the rule of the format over a member.
func (o *opened) rewrite(m member, a *Attachment) ([]byte, error) {
	w := &rewriting{a: a, rule: o.rule, tokens: &o.tokens}
	out, err := w.run(m.data)
	if w.fields != 0 {
		a.Cleanable = false
	}
	return out, err
}

// mains are the media types of the part that an office file is about.
var mains = map[string]Format{
	officeMIME + "wordprocessingml.document.main+xml": DOCX, officeMIME + "spreadsheetml.sheet.main+xml": XLSX, officeMIME + "presentationml.presentation.main+xml": PPTX,
}

// kind reads the list of media types and tells the format by that of the main part.
func (o *opened) kind() error {
	raw := o.get("[Content_Types].xml")
	if raw == nil {
		return ErrKind
	}
	byEnding := map[string]string{}
	_, err := (&rewriting{a: &Attachment{}, tokens: &o.tokens, rule: func(_ *rewriting, t xml.StartElement) verdict {
		kind := attribute(t, "ContentType")
		switch t.Name.Local {
		case "Default":
			byEnding[strings.ToLower(attribute(t, "Extension"))] = kind
		case "Override":
			o.types[strings.ToLower(strings.TrimPrefix(attribute(t, "PartName"), "/"))] = kind
		}
		return keep
	}}).run(raw)
	if err != nil {
		return err
	}
	for _, m := range o.members {
		low := strings.ToLower(m.name)
		if o.types[low] == "" {
			o.types[low] = byEnding[strings.TrimPrefix(path.Ext(low), ".")]
		}
		if k := strings.ToLower(o.types[low]); strings.Contains(k, "macro") || strings.Contains(k, "vba") || strings.Contains(k, "activex") || strings.Contains(low, "vbaproject") || strings.Contains(low, "macrosheet") {
			return ErrMacros
		}
	}
	list, err := o.relations("_rels/.rels")
	if err != nil {
		return err
	}
	for _, r := range list {
		switch {
		case r.kind == "officeDocument" && !r.external:
			o.a.Format = mains[o.types[strings.ToLower(r.target)]]
		case r.kind == "thumbnail":
			o.previews = append(o.previews, strings.ToLower(r.target))
		}
	}
	o.rule = map[Format]func(*rewriting, xml.StartElement) verdict{DOCX: o.word, XLSX: o.sheet, PPTX: o.slide}[o.a.Format]
	if o.rule == nil {
		return ErrKind
	}
	return nil
}

// relation ties a part to another.
type relation struct {
	kind, target string // the last word of its type, and the name of the part or the address
	external     bool
}

func relationOf(source string, t xml.StartElement) relation {
	kind, target := attribute(t, "Type"), attribute(t, "Target")
	r := relation{kind[strings.LastIndexByte(kind, '/')+1:], target, strings.EqualFold(attribute(t, "TargetMode"), "External")}
	if !r.external {
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(path.Dir(source)), target)
		}
		r.target = strings.TrimPrefix(path.Clean(target), "/")
	}
	return r
}

func (o *opened) relations(name string) (all []relation, err error) {
	_, err = (&rewriting{a: &Attachment{}, tokens: &o.tokens, rule: func(_ *rewriting, t xml.StartElement) verdict {
		if t.Name.Local == "Relationship" {
			all = append(all, relationOf(name, t))
		}
		return keep
	}}).run(o.get(name))
	return all, err
}

// parts copies what stays. Lists of relationships and media types come last, when it is known what went.
func (o *opened) parts() (out []member, err error) {
	for _, m := range o.members {
		low := strings.ToLower(m.name)
		if low == "[content_types].xml" || strings.HasSuffix(low, ".rels") {
			continue
		}
		data, err := o.part(m, low)
		switch {
		case err != nil:
			return nil, err
		case data == nil:
			o.gone[low] = true
		default:
			out = append(out, member{m.name, data})
		}
	}
	var ties []member
	for _, m := range o.members {
		low := strings.ToLower(m.name)
		if !strings.HasSuffix(low, ".rels") || o.gone[source(low)] {
			continue
		}
		data, err := o.lists(m)
		if err != nil {
			return nil, err
		}
		ties = append(ties, member{m.name, data})
	}
	data, err := o.lists(member{"[Content_Types].xml", o.get("[Content_Types].xml")})
	if err != nil {
		return nil, err
	}
	return slices.Concat([]member{{"[Content_Types].xml", data}}, ties, out), nil
}

// source gives the part whose relationships a list holds.
func source(rels string) string {
	return path.Join(path.Dir(path.Dir(rels)), strings.TrimSuffix(path.Base(rels), ".rels"))
}

// lists leaves out of a list of relationships or media types what went, and the templates and data that are named there.
func (o *opened) lists(m member) ([]byte, error) {
	w := &rewriting{a: o.a, tokens: &o.tokens, rule: func(w *rewriting, t xml.StartElement) verdict {
		switch t.Name.Local {
		case "Override":
			if name := strings.ToLower(strings.TrimPrefix(attribute(t, "PartName"), "/")); o.gone[name] || o.get(name) == nil {
				return drop
			}
		case "Relationship":
			return o.tied(w, relationOf(m.name, t))
		}
		return keep
	}}
	return w.run(m.data)
}

func (o *opened) tied(w *rewriting, r relation) verdict {
	switch {
	case r.kind == "attachedTemplate" || strings.HasPrefix(r.kind, "mailMerge") || strings.HasPrefix(r.kind, "recipient"):
		return w.dropped(Properties, r.target)
	case r.external && r.kind != "hyperlink":
		w.a.add(Properties, r.target)
		w.a.Cleanable = false
	case !r.external && o.gone[strings.ToLower(r.target)]:
		return drop
	}
	return keep
}

// kept are the ends of media types whose parts hold what is shown.
var kept = []string{"wordprocessingml.document.main+xml", "wordprocessingml.styles+xml", "wordprocessingml.settings+xml", "wordprocessingml.webSettings+xml", "wordprocessingml.fontTable+xml",
	"wordprocessingml.numbering+xml", "wordprocessingml.header+xml", "wordprocessingml.footer+xml", "wordprocessingml.footnotes+xml", "wordprocessingml.endnotes+xml", "ms-word.stylesWithEffects+xml",
	"officedocument.theme+xml", "officedocument.themeOverride+xml", "drawingml.diagramData+xml", "drawingml.diagramLayout+xml", "drawingml.diagramStyle+xml", "drawingml.diagramColors+xml", "drawingml.diagramDrawing+xml",
	"spreadsheetml.sheet.main+xml", "spreadsheetml.worksheet+xml", "spreadsheetml.styles+xml", "spreadsheetml.sharedStrings+xml", "spreadsheetml.calcChain+xml", "spreadsheetml.table+xml", "officedocument.drawing+xml",
	"presentationml.presentation.main+xml", "presentationml.slide+xml", "presentationml.slideLayout+xml", "presentationml.slideMaster+xml", "presentationml.presProps+xml", "presentationml.viewProps+xml", "presentationml.tableStyles+xml",
	"presentationml.notesMaster+xml", "presentationml.handoutMaster+xml"}

// left out are parts by the ends of their media types: remarks, and what is said of the file.
var leftOut = map[string]TraceKind{
	"wordprocessingml.comments+xml": Comments, "wordprocessingml.commentsExtended+xml": Comments, "wordprocessingml.commentsIds+xml": Comments, "wordprocessingml.commentsExtensible+xml": Comments,
	"wordprocessingml.people+xml": Author, "spreadsheetml.comments+xml": Comments, "threadedcomments+xml": Comments, "ms-excel.person+xml": Author, "officedocument.vmlDrawing": Comments,
	"presentationml.comments+xml": Comments, "presentationml.commentAuthors+xml": Author, "ms-powerpoint.comments+xml": Comments, "ms-powerpoint.authors+xml": Author,
	"ms-powerpoint.changesinfo+xml": Changes, "ms-powerpoint.revisioninfo+xml": Changes, "presentationml.notesSlide+xml": Hidden, "wordprocessingml.printerSettings": Device,
	"spreadsheetml.printerSettings": Device, "presentationml.printerSettings": Device, "package.core-properties+xml": Properties, "officedocument.extended-properties+xml": Properties,
	"officedocument.custom-properties+xml": Properties, "officedocument.customXmlProperties+xml": Properties,
}

// folders are those in which nothing is shown.
var folders = []string{"docprops/", "customxml/", "word/glossary/", "docmetadata/"}

// part gives the copy of a part, nil where it goes.
func (o *opened) part(m member, low string) ([]byte, error) {
	kind := o.types[low]
	ends := func(end string) bool { return strings.HasSuffix(strings.ToLower(kind), strings.ToLower(end)) }
	for end, trace := range leftOut {
		if ends(end) {
			o.remarks(m, trace)
			return nil, nil
		}
	}
	switch {
	case slices.Contains(o.previews, low):
		o.a.add(Preview, "")
		return nil, nil
	case slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(low, f) }):
		o.a.add(Properties, "")
		return nil, nil
	case slices.ContainsFunc(kept, ends):
		return o.rewrite(m, o.a)
	case strings.HasPrefix(kind, "image/"):
		return o.media(m), nil
	case ends("obfuscatedFont"), kind == "application/x-fontdata", kind == "application/x-font-ttf":
		return m.data, nil
	case strings.Contains(low, "/embeddings/"):
		o.a.add(Embedded, path.Base(m.name))
	case strings.Contains(low, "xmlsignatures/"):
		o.a.add(Author, "")
	default:
		o.a.add(Embedded, path.Base(m.name))
	}
	o.a.Cleanable = false
	return m.data, nil
}

// remarks tells who speaks in a part that goes.
func (o *opened) remarks(m member, kind TraceKind) {
	o.a.add(kind, "")
	if kind == Properties {
		o.a.properties(m.data)
		return
	}
	w := &rewriting{a: &Attachment{}, tokens: &o.tokens, rule: func(_ *rewriting, t xml.StartElement) verdict {
		for _, key := range []string{"author", "displayName", "name"} {
			if who := attribute(t, key); who != "" && (key == "author" || kind == Author) {
				o.a.add(kind, who)
			}
		}
		return keep
	}}
	_, _ = w.run(m.data) // what cannot be read goes anyway
	if strings.HasSuffix(o.types[strings.ToLower(m.name)], "spreadsheetml.comments+xml") {
		for _, who := range between(m.data, "<author>", "</author>") {
			o.a.add(kind, who)
		}
	}
}

func between(b []byte, from, to string) (all []string) {
	for range maxTraces {
		_, rest, found := bytes.Cut(b, []byte(from))
		what, after, closed := bytes.Cut(rest, []byte(to))
		if !found || !closed {
			break
		}
		all, b = append(all, string(what)), after
	}
	return all
}

// media cleans a picture within a document; its pixels stay as they are.
func (o *opened) media(m member) []byte {
	clean, err := barePicture(o.a, m.data)
	if err != nil {
		o.a.add(Embedded, path.Base(m.name))
		o.a.Cleanable = false
	}
	return clean
}

// barePicture gives a picture without traces, which it tells. Drawings of Windows (EMF, WMF) and bitmaps have no place for any
// but the words that an EMF has for itself.
func barePicture(a *Attachment, b []byte) (clean []byte, err error) {
	defer recovered(&err)
	own := &Attachment{Format: picture(b), Cleanable: true}
	switch {
	case own.Format == JPEG:
		clean, err = bareJPEG(b)
	case own.Format == PNG:
		clean, err = barePNG(b)
	case own.Format == GIF:
		clean, _, err = recoded(b, GIF)
	case len(b) > 88 && string(b[40:44]) == " EMF":
		return bareEMF(a, b)
	case bytes.HasPrefix(b, []byte("BM")), bytes.HasPrefix(b, []byte("\xD7\xCD\xC6\x9A")), bytes.HasPrefix(b, []byte("\x01\x00\x09\x00")):
		return b, nil
	default:
		return b, fmt.Errorf("%w: an unknown kind of picture", ErrUnclean)
	}
	if err == nil {
		err = own.image(b)
	}
	if err != nil {
		return b, err
	}
	for _, t := range own.Traces {
		a.add(t.Kind, t.What)
	}
	return clean, nil
}
