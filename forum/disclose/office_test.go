package disclose

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

const (
	wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"`
	xmlTop = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	relNS  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
)

// zipped packs pairs of name and content.
func zipped(pairs ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f := must(w.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: zip.Deflate, Comment: canary, Extra: []byte("\x99\x99\x08\x00" + canary)}))
		must(io.WriteString(f, pairs[i+1]))
	}
	_ = w.SetComment(canary)
	_ = w.Close()
	return b.Bytes()
}

func entries(t testing.TB, b []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range r.File {
		in := must(f.Open())
		all[f.Name] = string(must(io.ReadAll(in)))
	}
	return all
}

// cleanEntries strips an office file, and finds no canary in anything unpacked.
func cleanEntries(t testing.TB, b []byte) map[string]string {
	t.Helper()
	clean, _ := stripped(t, b)
	all := entries(t, clean)
	for name, data := range all {
		if i := strings.Index(data, canary); i >= 0 {
			t.Errorf("%s holds %q", name, data[max(0, i-80):min(len(data), i+20)])
		}
		if strings.Contains(name, canary) {
			t.Error(name)
		}
	}
	return all
}

// types lists part names with the ends of their media types.
func types(pairs ...string) string {
	var b strings.Builder
	b.WriteString(xmlTop + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="png" ContentType="image/png"/><Default Extension="bin" ContentType="application/octet-stream"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>`)
	for i := 0; i < len(pairs); i += 2 {
		kind := pairs[i+1]
		if !strings.Contains(kind, "/") {
			kind = officeMIME + kind
		}
		b.WriteString(`<Override PartName="/` + pairs[i] + `" ContentType="` + kind + `"/>`)
	}
	return b.String() + `</Types>`
}

// ties lists relationships: the last word of the type and the target.
func ties(pairs ...string) string {
	var b strings.Builder
	b.WriteString(xmlTop + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i := 0; i < len(pairs); i += 2 {
		mode := ""
		if strings.Contains(pairs[i+1], "://") {
			mode = ` TargetMode="External"`
		}
		b.WriteString(`<Relationship Id="rId` + string(rune('1'+i/2)) + `" Type="` + relNS + pairs[i] + `" Target="` + pairs[i+1] + `"` + mode + `/>`)
	}
	return b.String() + `</Relationships>`
}

func run(text string) string { return `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r>` }

const by = ` w:id="1" w:author="Ana Zanzibar" w:date="2026-01-02T03:04:05Z"`

// body is a document with every kind of change, remark and hidden text.
var body = `<w:p w:rsidR="00AA11BB"><w:pPr><w:jc w:val="center"/><w:pPrChange` + by + `><w:pPr><w:jc w:val="left"/></w:pPr></w:pPrChange></w:pPr>` + run("Visible one. ") +
	`<w:ins` + by + `>` + run("Inserted &amp; kept. ") + `</w:ins><w:del` + by + `><w:r><w:delText>Zanzibar deleted</w:delText></w:r></w:del>` +
	`<w:moveFromRangeStart w:id="5" w:name="move1"` + by[9:] + `/><w:moveFrom` + by + `>` + run("Zanzibar moved away") + `</w:moveFrom><w:moveFromRangeEnd w:id="5"/>` +
	`<w:moveToRangeStart w:id="6" w:author="Zanzibar" w:name="move1"/><w:moveTo` + by + `>` + run("Moved here. ") + `</w:moveTo><w:moveToRangeEnd w:id="6"/>` +
	`<w:commentRangeStart w:id="0"/><w:r><w:rPr><w:b/><w:rPrChange` + by + `><w:rPr/></w:rPrChange></w:rPr><w:t>Bold. </w:t></w:r><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>` +
	`<w:r><w:rPr><w:vanish/></w:rPr><w:t>Zanzibar hidden</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>Not hidden. </w:t></w:r>` +
	`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>` +
	`<w:p><w:pPr><w:rPr><w:del` + by + `/></w:rPr></w:pPr><w:del` + by + `><w:r><w:delText>Zanzibar whole</w:delText></w:r></w:del></w:p>` +
	`<w:p><w:pPr><w:rPr><w:ins` + by + `/></w:rPr></w:pPr>` + run("A paragraph inserted.") + `</w:p><!-- Zanzibar --><?note Zanzibar?>` +
	`<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:trPr><w:del` + by + `/></w:trPr><w:tc><w:p>` + run("Zanzibar row") + `</w:p></w:tc></w:tr><w:tr><w:trPr><w:ins` + by + `/></w:trPr><w:tc><w:p>` + run("Row kept.") + `</w:p></w:tc></w:tr></w:tbl>` +
	`<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:trPr><w:del` + by + `/></w:trPr><w:tc><w:p>` + run("Zanzibar all rows") + `</w:p></w:tc></w:tr></w:tbl>` +
	`<w:sdt><w:sdtPr><w:dataBinding w:xpath="/Zanzibar" w:storeItemID="{1}"/></w:sdtPr><w:sdtContent><w:p><w:permStart w:id="9" w:ed="ana@Zanzibar"/>` + run("Bound.") + `<w:permEnd w:id="9"/></w:p></w:sdtContent></w:sdt>` +
	`<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:printerSettings r:id="rId9"/><w:sectPrChange` + by + `><w:sectPr/></w:sectPrChange></w:sectPr>`

// tellingDOCX has a canary in every place where a trace can hide; more replaces or adds parts.
func tellingDOCX(more ...string) []byte {
	list := []string{
		"[Content_Types].xml", types("word/document.xml", "wordprocessingml.document.main+xml", "word/styles.xml", "wordprocessingml.styles+xml", "word/settings.xml", "wordprocessingml.settings+xml", "word/header1.xml", "wordprocessingml.header+xml",
			"word/footnotes.xml", "wordprocessingml.footnotes+xml", "word/comments.xml", "wordprocessingml.comments+xml", "word/people.xml", "wordprocessingml.people+xml", "docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml",
			"docProps/app.xml", "extended-properties+xml", "docProps/custom.xml", "custom-properties+xml", "customXml/itemProps1.xml", "customXmlProperties+xml", "word/printerSettings1.bin", "wordprocessingml.printerSettings"),
		"_rels/.rels", ties("officeDocument", "word/document.xml", "extended-properties", "docProps/app.xml", "core-properties", "docProps/core.xml", "custom-properties", "docProps/custom.xml", "metadata/thumbnail", "docProps/thumbnail.jpeg"),
		"word/document.xml", xmlTop + `<w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`,
		"word/_rels/document.xml.rels", ties("styles", "styles.xml", "settings", "settings.xml", "header", "header1.xml", "footnotes", "/word/footnotes.xml", "comments", "comments.xml", "people", "people.xml", "customXml", "../customXml/item1.xml", "image", "media/image1.jpeg", "printerSettings", "printerSettings1.bin", "hyperlink", "https://example.org/", "image", "media/image2.png"),
		"word/styles.xml", xmlTop + `<w:styles ` + wordNS + `><w:style w:type="character" w:styleId="B"><w:basedOn w:val="A"/></w:style><w:style w:type="character" w:styleId="A"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>`,
		"word/settings.xml", xmlTop + `<w:settings ` + wordNS + `><w:attachedTemplate r:id="rId1"/><w:trackRevisions/><w:docVars><w:docVar w:name="x" w:val="Zanzibar"/></w:docVars><w:rsids><w:rsid w:val="00AA11BB"/></w:rsids><w:zoom w:percent="100"/></w:settings>`,
		"word/_rels/settings.xml.rels", ties("attachedTemplate", "file:///C:/Users/Zanzibar/T.dotx"),
		"word/header1.xml", xmlTop + `<w:hdr ` + wordNS + `><w:p><w:del` + by + `><w:r><w:delText>Zanzibar</w:delText></w:r></w:del>` + run("Header.") + `</w:p></w:hdr>`,
		"word/footnotes.xml", xmlTop + `<w:footnotes ` + wordNS + `><w:footnote w:id="1"><w:p><w:ins` + by + `>` + run("Footnote.") + `</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>Zanzibar</w:t></w:r></w:p></w:footnote></w:footnotes>`,
		"word/comments.xml", xmlTop + `<w:comments ` + wordNS + `><w:comment w:id="0" w:author="Ruiz Zanzibar" w:initials="RZ"><w:p>` + run("Zanzibar remark") + `</w:p></w:comment></w:comments>`,
		"word/people.xml", xmlTop + `<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"><w15:person w15:author="Ana Zanzibar"/></w15:people>`,
		"docProps/core.xml", xmlTop + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>Zanzibar title</dc:title><dc:creator>Ana Zanzibar</dc:creator><cp:lastModifiedBy>Bo Zanzibar</cp:lastModifiedBy><dcterms:created>2026-01-02T03:04:05Z</dcterms:created></cp:coreProperties>`,
		"docProps/app.xml", xmlTop + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Zanzibar Word</Application><Company>Zanzibar Ltd</Company><Template>Zanzibar.dotx</Template></Properties>`,
		"docProps/custom.xml", xmlTop + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"><property name="client"><vt:lpwstr>Zanzibar client</vt:lpwstr></property></Properties>`,
		"docProps/thumbnail.jpeg", string(plainJPEG(8, 8)) + canary,
		"customXml/item1.xml", `<data>Zanzibar</data>`, "customXml/itemProps1.xml", `<data>Zanzibar</data>`, "customXml/_rels/item1.xml.rels", ties("customXmlProps", "itemProps1.xml"),
		"word/media/image1.jpeg", string(telling(16, 8, 6)), "word/media/image2.png", string(tellingPNG(painted(4, 4))), "word/printerSettings1.bin", canary + " LaserJet",
	}
	for i := 0; i < len(more); i += 2 {
		at := 0
		for at < len(list) && list[at] != more[i] {
			at += 2
		}
		if at == len(list) {
			list = append(list, more[i], "")
		}
		list[at+1] = more[i+1]
	}
	return zipped(list...)
}

func TestWordTraces(t *testing.T) {
	t.Parallel()
	a, err := Inspect("report.docx", tellingDOCX())
	if err != nil {
		t.Fatal(err)
	}
	if a.Format != DOCX || !a.Cleanable || a.Misnamed {
		t.Errorf("%+v", a)
	}
	holds(t, a, Trace{Author, "Ana Zanzibar"}, Trace{Author, "Bo Zanzibar"}, Trace{Changes, "Ana Zanzibar"}, Trace{Comments, "Ruiz Zanzibar"}, Trace{Hidden, ""}, Trace{Preview, ""}, Trace{Properties, "Zanzibar title"},
		Trace{Properties, "Zanzibar Ltd"}, Trace{Properties, "Zanzibar client"}, Trace{Properties, "file:///C:/Users/Zanzibar/T.dotx"}, Trace{Place, "52.5000 N, 4.2600 E"}, Trace{Device, "Zanzibar Word"}, Trace{Time, "2026-01-02T03:04:05Z"})
}

func TestWordStripped(t *testing.T) {
	t.Parallel()
	all := cleanEntries(t, tellingDOCX())
	doc := all["word/document.xml"]
	for _, s := range []string{"Visible one. ", "Inserted &amp; kept. ", "Moved here. ", "Bold. ", "Not hidden. ", "A paragraph inserted.", "Row kept.", "Bound.", `<w:instrText>PAGE</w:instrText>`, `<w:jc w:val="center"/>`, `w:rsidR="00AA11BB"`, `<w:headerReference w:type="default" r:id="rId3"/>`} {
		if !strings.Contains(doc, s) {
			t.Errorf("%q is gone from %s", s, doc)
		}
	}
	for _, s := range []string{"w:ins", "w:del", "moveFrom", "moveTo", "Change", "comment", "w:author", "<w:vanish/>", "dataBinding", "w:permStart", "printerSettings", "<!--"} {
		if strings.Contains(strings.ReplaceAll(doc, "w:instr", ""), s) {
			t.Errorf("%q is left in %s", s, doc)
		}
	}
	if strings.Count(doc, "<w:tbl>") != 1 || strings.Count(doc, "<w:tr>") != 1 || strings.Count(doc, "<w:p>")+strings.Count(doc, "<w:p ") != 4 {
		t.Errorf("%s", doc)
	}
	if !strings.Contains(all["word/header1.xml"], "Header.") || !strings.Contains(all["word/footnotes.xml"], "Footnote.") || !strings.Contains(all["word/settings.xml"], "w:zoom") || strings.Contains(all["word/settings.xml"], "trackRevisions") {
		t.Error(all["word/header1.xml"], all["word/footnotes.xml"], all["word/settings.xml"])
	}
	consistent(t, all)
}

// consistent tells that every part that is named is there, and no part of those that went.
func consistent(t *testing.T, all map[string]string) {
	t.Helper()
	for name := range all {
		for _, gone := range []string{"docProps", "customXml", "comments", "people", "printerSettings", "commentAuthors", "person"} {
			if strings.Contains(name, gone) {
				t.Error(name, "is left")
			}
		}
	}
	for _, name := range between([]byte(all["[Content_Types].xml"]), `PartName="/`, `"`) {
		if all[name] == "" {
			t.Errorf("%s is listed, and gone", name)
		}
	}
	for list, data := range all {
		if !strings.HasSuffix(list, ".rels") {
			continue
		}
		o := &opened{tokens: 1000, bundle: &bundle{members: []member{{list, []byte(data)}}, at: map[string]int{strings.ToLower(list): 0}}}
		for _, r := range must(o.relations(list)) {
			if !r.external && all[r.target] == "" {
				t.Errorf("%s names %s, which is gone", list, r.target)
			}
		}
		if all[source(list)] == "" && list != "_rels/.rels" {
			t.Errorf("%s is left alone", list)
		}
	}
}

// TestUncleanable: what cannot be taken off surely is said, and nothing is given.
func TestUncleanable(t *testing.T) {
	t.Parallel()
	doc := func(s string) string {
		return xmlTop + `<w:document ` + wordNS + `><w:body>` + s + `</w:body></w:document>`
	}
	for name, b := range map[string][]byte{
		"hidden by a style":           tellingDOCX("word/document.xml", doc(`<w:p><w:r><w:rPr><w:rStyle w:val="B"/></w:rPr><w:t>x</w:t></w:r></w:p>`)),
		"half a field deleted":        tellingDOCX("word/document.xml", doc(`<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:del><w:r><w:fldChar w:fldCharType="end"/></w:r></w:del></w:p>`)),
		"an object":                   tellingDOCX("word/document.xml", doc(`<w:p><w:r><w:object/></w:r></w:p>`)),
		"an embedded file":            tellingDOCX("word/embeddings/x.bin", canary),
		"a signature":                 tellingDOCX("_xmlsignatures/sig1.xml", "<x/>"),
		"an unknown picture":          tellingDOCX("word/media/image2.png", "II*\x00"),
		"an outside picture":          tellingDOCX("word/_rels/header1.xml.rels", ties("image", "https://example.org/x.png")),
		"a deleted cell":              tellingDOCX("word/document.xml", doc(`<w:tbl><w:tr><w:tc><w:tcPr><w:cellDel/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>`)),
		"an author elsewhere":         tellingDOCX("word/document.xml", doc(`<w:p><w:strange w:author="Zanzibar"/></w:p>`)),
		"a hidden shape":              tellingDOCX("word/document.xml", doc(`<w:p><w:r><w:drawing><wp:docPr xmlns:wp="x" hidden="1"/></w:drawing></w:r></w:p>`)),
		"a hidden sheet":              tellingXLSX(`<sheet name="Zanzibar" state="veryHidden" sheetId="2"/>`, ""),
		"a hidden row":                tellingXLSX("", `<row hidden="1"/>`),
		"a hidden slide":              tellingPPTX(`show="0"`),
		"hidden paragraph, odt":       tellingODT(`<text:hidden-paragraph>x</text:hidden-paragraph>`),
		"an object within a text":     tellingODT("", "Object 1/content.xml", "<x/>"),
		"a signature upon a text odt": tellingODT("", "META-INF/documentsignatures.xml", "<x/>"),
	} {
		a, err := Inspect("", b)
		if err != nil || a.Cleanable {
			t.Errorf("%s: %+v %v", name, a, err)
		}
		if _, _, err := Strip(b); !errors.Is(err, ErrUnclean) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileArchives(t *testing.T) {
	t.Parallel()
	deep := xmlTop + strings.Repeat("<a>", maxDepth+5) + strings.Repeat("</a>", maxDepth+5)
	lol := `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w:document ` + wordNS + `>&b;</w:document>`
	locked := zipped("[Content_Types].xml", "x")
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= 1
	many := make([]string, 2*(maxEntries+1))
	for i := range many {
		many[i] = "a" + strings.Repeat("b", i)[:i%97] + string(rune('a'+i%26))
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"a bomb":           {zipped("[Content_Types].xml", strings.Repeat("\x00", 30<<20)), ErrBomb},
		"many entries":     {zipped(many...), ErrBomb},
		"deep":             {tellingDOCX("word/document.xml", deep), ErrBomb},
		"entities":         {tellingDOCX("word/document.xml", lol), ErrBroken},
		"no XML":           {tellingDOCX("word/document.xml", "<w:document><w:p></w:document>"), ErrBroken},
		"wide letters":     {tellingDOCX("word/document.xml", "\xFF\xFE<\x00a\x00/\x00>\x00"), ErrBroken},
		"upwards":          {tellingDOCX("../x.xml", "<x/>"), ErrBroken},
		"from the root":    {tellingDOCX("/etc/x.xml", "<x/>"), ErrBroken},
		"with a backslash": {tellingDOCX(`word\x.xml`, "<x/>"), ErrBroken},
		"twice":            {zipped("a", "1", "A", "2"), ErrBroken},
		"macros":           {tellingDOCX("word/vbaProject.bin", "x"), ErrMacros},
		"macros by type":   {tellingDOCX("[Content_Types].xml", types("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml")), ErrMacros},
		"macros in a text": {tellingODT("", "Basic/Standard/Module1.xml", "<x/>"), ErrMacros},
		"locked":           {locked, ErrLocked},
		"locked text":      {tellingODT("", "META-INF/manifest.xml", `<m><encryption-data/></m>`), ErrLocked},
		"locked new":       {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), ErrLocked},
		"old Word":         {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...."), ErrKind},
		"an archive":       {zipped("a.txt", "hello"), ErrKind},
		"cut off":          {tellingDOCX()[:2000], ErrBroken},
	} {
		if _, err := Inspect("", c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
		if _, _, err := Strip(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
}
