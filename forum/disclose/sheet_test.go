package disclose

import (
	"errors"
	"strings"
	"testing"
)

const sheetNS = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// tellingXLSX is a workbook with remarks; sheet and row go into its lists.
func tellingXLSX(sheet, row string) []byte {
	return zipped("[Content_Types].xml", types("xl/workbook.xml", "spreadsheetml.sheet.main+xml", "xl/worksheets/sheet1.xml", "spreadsheetml.worksheet+xml", "xl/comments1.xml", "spreadsheetml.comments+xml",
		"xl/threadedComments/t1.xml", "application/vnd.ms-excel.threadedcomments+xml", "xl/persons/person.xml", "application/vnd.ms-excel.person+xml", "xl/printerSettings/p1.bin", "spreadsheetml.printerSettings", "docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
		"_rels/.rels", ties("officeDocument", "xl/workbook.xml", "core-properties", "docProps/core.xml"),
		"xl/workbook.xml", xmlTop+`<workbook `+sheetNS+`><fileSharing userName="Ana Zanzibar"/><mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x15"><x15ac:absPath url="C:\Zanzibar\" xmlns:x15ac="a"/></mc:Choice></mc:AlternateContent><sheets><sheet name="One" sheetId="1" r:id="rId1"/>`+sheet+`</sheets><customWorkbookViews><customWorkbookView name="Zanzibar"/></customWorkbookViews></workbook>`,
		"xl/_rels/workbook.xml.rels", ties("worksheet", "worksheets/sheet1.xml", "person", "persons/person.xml"),
		"xl/worksheets/sheet1.xml", xmlTop+`<worksheet `+sheetNS+`><sheetData><row><c t="inlineStr"><is><t>Shown</t></is></c></row>`+row+`</sheetData><pageSetup orientation="landscape" r:id="rId3"/><legacyDrawing r:id="rId2"/></worksheet>`,
		"xl/worksheets/_rels/sheet1.xml.rels", ties("comments", "../comments1.xml", "vmlDrawing", "../drawings/v1.vml", "printerSettings", "../printerSettings/p1.bin", "threadedComment", "../threadedComments/t1.xml"),
		"xl/comments1.xml", xmlTop+`<comments `+sheetNS+`><authors><author>Ruiz Zanzibar</author></authors><commentList><comment><text><t>Zanzibar</t></text></comment></commentList></comments>`,
		"xl/threadedComments/t1.xml", `<t><text>Zanzibar</text></t>`, "xl/persons/person.xml", `<p><person displayName="Li Zanzibar"/></p>`, "xl/drawings/v1.vml", `<xml>Zanzibar<br></xml>`, "xl/printerSettings/p1.bin", canary,
		"docProps/core.xml", `<c><creator>Ana Zanzibar</creator></c>`)
}

func TestSheetStripped(t *testing.T) {
	t.Parallel()
	b := tellingXLSX("", "")
	a := must(Inspect("a.xlsx", b))
	holds(t, a, Trace{Author, "Ana Zanzibar"}, Trace{Author, "Li Zanzibar"}, Trace{Comments, "Ruiz Zanzibar"}, Trace{Device, ""}, Trace{Properties, `C:\Zanzibar\`})
	all := cleanEntries(t, b)
	consistent(t, all)
	if s := all["xl/worksheets/sheet1.xml"]; !strings.Contains(s, "Shown") || !strings.Contains(s, `<pageSetup orientation="landscape"/>`) || strings.Contains(s, "legacyDrawing") {
		t.Error(s)
	}
}

func tellingPPTX(slide string) []byte {
	const ns = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="a"`
	return zipped("[Content_Types].xml", types("ppt/presentation.xml", "presentationml.presentation.main+xml", "ppt/slides/slide1.xml", "presentationml.slide+xml", "ppt/notesSlides/n1.xml", "presentationml.notesSlide+xml",
		"ppt/comments/c1.xml", "presentationml.comments+xml", "ppt/commentAuthors.xml", "presentationml.commentAuthors+xml", "docProps/app.xml", "extended-properties+xml"),
		"_rels/.rels", ties("officeDocument", "ppt/presentation.xml", "extended-properties", "docProps/app.xml"),
		"ppt/presentation.xml", `<p:presentation `+ns+`/>`, "ppt/_rels/presentation.xml.rels", ties("slide", "slides/slide1.xml", "commentAuthors", "commentAuthors.xml"),
		"ppt/slides/slide1.xml", `<p:sld `+ns+` `+slide+`><a:t>Shown</a:t></p:sld>`, "ppt/slides/_rels/slide1.xml.rels", ties("notesSlide", "../notesSlides/n1.xml", "comments", "../comments/c1.xml"),
		"ppt/notesSlides/n1.xml", `<p:notes `+ns+`><a:t>Zanzibar</a:t></p:notes>`, "ppt/notesSlides/_rels/n1.xml.rels", ties("slide", "../slides/slide1.xml"),
		"ppt/comments/c1.xml", `<p:cmLst `+ns+`><p:text>Zanzibar</p:text></p:cmLst>`, "ppt/commentAuthors.xml", `<p:cmAuthorLst `+ns+`><p:cmAuthor name="Li Zanzibar"/></p:cmAuthorLst>`,
		"docProps/app.xml", `<Properties><Company>Zanzibar Ltd</Company></Properties>`)
}

func TestSlidesStripped(t *testing.T) {
	t.Parallel()
	b := tellingPPTX("")
	a := must(Inspect("a.pptx", b))
	holds(t, a, Trace{Author, "Li Zanzibar"}, Trace{Comments, ""}, Trace{Hidden, ""}, Trace{Properties, "Zanzibar Ltd"})
	all := cleanEntries(t, b)
	consistent(t, all)
	if !strings.Contains(all["ppt/slides/slide1.xml"], "Shown") || all["ppt/notesSlides/n1.xml"] != "" {
		t.Error(all)
	}
}

// tellingODT is a text with remarks and changes; what is shown and more parts are given.
func tellingODT(shown string, more ...string) []byte {
	const ns = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:config="c" xmlns:meta="m"`
	list := []string{"mimetype", odtMIME,
		"content.xml", xmlTop + `<office:document-content ` + ns + `><office:body><office:text><text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>Ana Zanzibar</dc:creator></office:change-info><text:p>Zanzibar</text:p></text:deletion></text:changed-region></text:tracked-changes>` +
			`<text:p>Shown <text:change-start text:change-id="1"/>and inserted<text:change-end text:change-id="1"/><office:annotation office:name="1"><dc:creator>Ruiz Zanzibar</dc:creator><text:p>Zanzibar</text:p></office:annotation> too<office:annotation-end office:name="1"/>` + shown + `</text:p></office:text></office:body></office:document-content>`,
		"styles.xml", `<office:document-styles ` + ns + `/>`, "meta.xml", `<office:document-meta ` + ns + `><meta:initial-creator>Bo Zanzibar</meta:initial-creator><meta:user-defined meta:name="x">Zanzibar client</meta:user-defined></office:document-meta>`,
		"settings.xml", `<office:document-settings ` + ns + `><config:config-item config:name="PrinterName">Zanzibar</config:config-item><config:config-item config:name="Kept">1</config:config-item></office:document-settings>`,
		"Thumbnails/thumbnail.png", canary, "Configurations2/x.xml", canary, "manifest.rdf", canary, "Pictures/1.jpg", string(telling(8, 8, 1)),
		"META-INF/manifest.xml", xmlTop + `<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="/"/><manifest:file-entry manifest:full-path="meta.xml"/><manifest:file-entry manifest:full-path="content.xml"/><manifest:file-entry manifest:full-path="Thumbnails/thumbnail.png"/><manifest:file-entry manifest:full-path="Configurations2/"/></manifest:manifest>`}
	for i := 0; i < len(more); i += 2 {
		if more[i] == "META-INF/manifest.xml" {
			list[len(list)-1] = more[i+1]
			continue
		}
		list = append([]string{more[i], more[i+1]}, list...)
	}
	return zipped(list...)
}

func TestOpenDocumentStripped(t *testing.T) {
	t.Parallel()
	b := tellingODT("")
	a := must(Inspect("a.odt", b))
	holds(t, a, Trace{Author, "Bo Zanzibar"}, Trace{Changes, "Ana Zanzibar"}, Trace{Comments, "Ruiz Zanzibar"}, Trace{Preview, ""}, Trace{Properties, "Zanzibar client"})
	all := cleanEntries(t, b)
	if s := all["content.xml"]; !strings.Contains(s, "<text:p>Shown and inserted too</text:p>") {
		t.Error(s)
	}
	if s := all["META-INF/manifest.xml"]; strings.Contains(s, "meta.xml") || strings.Contains(s, "humbnail") || strings.Contains(s, "Configurations2") || !strings.Contains(s, "content.xml") {
		t.Error(s)
	}
	if clean, _ := stripped(t, b); string(clean[30:38]) != "mimetype" || string(clean[38:38+len(odtMIME)]) != odtMIME {
		t.Errorf("%q", clean[:100])
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]error{
		"Hello, Ana.\r\n\tYours": nil, "\uFEFFmarked": nil, "a < b": nil, "<- here": nil, "": ErrKind, "a\x00b": ErrKind, "caf\xE9": ErrKind, "\x1B[31mred": ErrKind,
		"<!doctype html>": ErrKind, " <HTML>": ErrKind, "<svg onload=x>": ErrKind, "<?xml version='1.0'?><svg/>": ErrKind, "#!/bin/sh": ErrKind, "\x7FELF\x02": ErrKind, "MZ\x90\x00": ErrKind,
		`{\rtf1}`: ErrKind, "%!PS-Adobe": ErrKind, "\n%PDF-1.4\n": ErrKind, "Rar!\x1A\x07": ErrKind, "\xFE\xFFa": ErrKind,
	} {
		a, err := Inspect("a.txt", []byte(s))
		if !errors.Is(err, want) || err == nil && (a.Format != Text || !a.Cleanable || len(a.Traces) > 0) {
			t.Errorf("%q: %+v %v", s, a, err)
		}
		if clean, as, err := Strip([]byte(s)); !errors.Is(err, want) || err == nil && (string(clean) != s || as != Text) {
			t.Errorf("%q: %q %v", s, clean, err)
		}
	}
}

func TestNamesThatLie(t *testing.T) {
	t.Parallel()
	for name, lies := range map[string]bool{"a.txt": false, "a.md": false, "A.TXT": false, "noext": false, "": false, "a.exe": true, "a.jpg": true, "a.txt.html": true} {
		if a := must(Inspect(name, []byte("hello"))); a.Misnamed != lies {
			t.Error(name, a.Misnamed)
		}
	}
	for f := range mimes {
		if f.MIME() == "" || misnamed("x"+f.Ext(), f) || f.Image() != strings.HasPrefix(f.MIME(), "image/") {
			t.Error(f, f.MIME(), f.Ext())
		}
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"  Ana\tRuiz\n": "Ana Ruiz", "a\u202Eb\u2066c\u200Fd": "abcd", "\x00x\x07": "x", "caf\xE9": "caf", strings.Repeat("é", 200): strings.Repeat("é", maxShown), "\u00ADsoft": "soft"} {
		if got := shown(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
