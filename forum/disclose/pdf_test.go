package disclose

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// bodyPDF writes a PDF of objects, numbered from 1, and more versions of some of them.
func bodyPDF(trailer string, objects []string, later ...map[int]string) []byte {
	out := []byte("%PDF-1.4\n% Zanzibar\n")
	prev := 0
	write := func(all map[int]string, size int) {
		at := map[int]int{}
		for n := 1; n < size; n++ {
			if s, ok := all[n]; ok {
				at[n] = len(out)
				out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, s)
			}
		}
		list := len(out)
		out = append(out, "xref\n0 1\n0000000000 65535 f \n"...)
		for n := 1; n < size; n++ {
			if at[n] > 0 {
				out = fmt.Appendf(out, "%d 1\n%010d 00000 n \n", n, at[n])
			}
		}
		out = fmt.Appendf(out, "trailer\n<</Size %d /Root 1 0 R %s", size, trailer)
		if prev > 0 {
			out = fmt.Appendf(out, " /Prev %d", prev)
		}
		out = fmt.Appendf(out, ">>\nstartxref\n%d\n%%%%EOF\n", list)
		prev = list
	}
	first := map[int]string{}
	for i, s := range objects {
		first[i+1] = s
	}
	write(first, len(objects)+1)
	for _, l := range later {
		write(l, len(objects)+1)
	}
	return out
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

const shownText = "BT /F1 12 Tf 20 100 Td (Hello there) Tj ET"

// pdfObjects are those of a page with a trace in every place.
func pdfObjects() []string {
	return []string{
		`<</Type/Catalog /Pages 2 0 R /Metadata 5 0 R /OpenAction <</S/JavaScript /JS (Zanzibar\(1\))>> /Names <</JavaScript <</Names [(x) <</S/JavaScript /JS (Zanzibar)>>]>> /EmbeddedFiles 9 0 R /Dests <</Names [(d) [3 0 R /Fit]]>> >> /PieceInfo <</X (Zanzibar)>> /AcroForm <</Fields [15 0 R] /DR <</Font <</AA 6 0 R>> >> >> /StructTreeRoot 16 0 R /Private (Zanzibar) /AA <</WC 17 0 R>> >>`,
		`<</Type/Pages /Kids [3 0 R] /Count 1>>`,
		`<</Type/Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources <</Font <</F1 6 0 R /AF 6 0 R>> /XObject <</Im 8 0 R>> >> /Annots [10 0 R 11 0 R 12 0 R 13 0 R 15 0 R 20 0 R] /LastModified (D:2026Zanzibar) /Thumb 18 0 R /Zanzibar true /AA <</O 17 0 R>> >>`,
		stream("/Filter/FlateDecode", packed(shownText)),
		stream("/Type/Metadata /Subtype/XML /Filter/FlateDecode", packed(xmpPacket)),
		`<</Type/Font /Subtype/Type1 /BaseFont/Helvetica>>`,
		`<</Author (Ana Zanzibar) /Title <FEFF005A0061006E007A00690062006100720032> /Producer (Zanzibar PDF) /CreationDate (D:20260102030405Z) /Own (Zanzibar\0503\051)>>`,
		stream("/Type/XObject /Subtype/Image /Width 16 /Height 8 /ColorSpace/DeviceRGB /BitsPerComponent 8 /Filter/DCTDecode /Metadata 5 0 R", string(telling(16, 8, 1))),
		`<</Names [(Zanzibar.txt) 19 0 R]>>`,
		`<</Type/Annot /Subtype/Text /Rect [0 0 9 9] /T (Ruiz Zanzibar) /Contents (Zanzibar remark) /Popup 11 0 R>>`,
		`<</Type/Annot /Subtype/Popup /Rect [0 0 9 9] /Parent 10 0 R /Contents (Zanzibar)>>`,
		`<</Type/Annot /Subtype/FreeText /Rect [0 0 9 9] /Contents (Typed on the page) /T (Li Zanzibar) /NM (Zanzibar) /M (D:2026) /RC (Zanzibar) /DA (/F1 12 Tf)>>`,
		`<</Type/Annot /Subtype/Link /Rect [0 0 9 9] /A <</S/URI /URI (https://example.org/) /Next 17 0 R>> /M (D:Zanzibar)>>`,
		`(an orphan of Zanzibar)`,
		`<</Type/Annot /Subtype/Widget /FT/Tx /T (field) /V (filled in) /Rect [0 0 9 9] /AA <</K 17 0 R>> /A 17 0 R>>`,
		`<</Type/StructTreeRoot /K [<</S/P /K [<</Type/OBJR /Obj 10 0 R>>] /Pg 3 0 R>>] >>`,
		`<</S 21 0 R /F (Zanzibar.exe)>>`,
		stream("/Zanzibar 1", canary),
		`<</Type/Filespec /F (Zanzibar.txt) /EF <</F 22 0 R>> >>`,
		`<</Type/Annot /Subtype/FileAttachment /Rect [0 0 9 9] /FS 19 0 R /T (Zan#zibar)>>`,
		`/Launch`,
		stream("/Type/EmbeddedFile", canary),
	}
}

func tellingPDF() []byte {
	older := pdfObjects()
	newer := older[3]
	older[3] = stream("", "BT (Zanzibar older) Tj ET")
	return append(bodyPDF("/Info 7 0 R /ID [<5A616E7A69626172> (Zanzibar)]", older, map[int]string{4: newer}), "after Zanzibar"...)
}

// inside gives every stream of a PDF, unpacked.
func inside(t *testing.T, b []byte) (all []string) {
	t.Helper()
	d, err := readPDF(b)
	if err != nil {
		t.Fatal(err)
	}
	for n := range d.places {
		if st, ok := must(d.load(n)).(*streamObject); ok {
			data := st.data
			if in(strings.Fields("FlateDecode"), st.dict["Filter"]) {
				data = []byte(inflated(data))
			}
			all = append(all, string(data))
		}
	}
	return all
}

func TestPDFTraces(t *testing.T) {
	t.Parallel()
	a, err := Inspect("a.pdf", tellingPDF())
	if err != nil {
		t.Fatal(err)
	}
	if a.Format != PDF || !a.Cleanable || a.Misnamed {
		t.Errorf("%+v", a)
	}
	holds(t, a, Trace{Author, "Ana Zanzibar"}, Trace{Author, "Zanzibar Writer"}, Trace{Device, "Zanzibar PDF"}, Trace{Device, "Zanzibar2 Camera"}, Trace{Time, "D:20260102030405Z"}, Trace{Comments, "Ruiz Zanzibar"}, Trace{Comments, "Li Zanzibar"},
		Trace{Versions, "1"}, Trace{Preview, ""}, Trace{Embedded, "Zanzibar.txt"}, Trace{Embedded, "JavaScript"}, Trace{Embedded, "Launch"}, Trace{Properties, "Zanzibar2"}, Trace{Properties, "Zanzibar(3)"}, Trace{Place, "52.5000 N, 4.2600 E"})
}

func TestPDFStripped(t *testing.T) {
	t.Parallel()
	clean, _ := stripped(t, tellingPDF())
	all := inside(t, clean)
	for _, s := range all {
		if strings.Contains(s, canary) || strings.Contains(s, "5A616E7A") || strings.Contains(s, "JavaScript") || strings.Contains(s, "Launch") {
			t.Errorf("%q", s)
		}
	}
	whole := strings.Join(all, "\n")
	for _, s := range []string{shownText, fmt.Sprintf("%X", "Typed on the page"), fmt.Sprintf("%X", "https://example.org/"), fmt.Sprintf("%X", "filled in"), "/AF ", "/AA ", "/StructTreeRoot", "/Dests"} {
		if !strings.Contains(whole, s) && !strings.Contains(strings.ToUpper(whole), strings.ToUpper(s)) {
			t.Errorf("%q is gone", s)
		}
	}
	if bytes.Count(clean, []byte("%%EOF")) != 1 || bytes.Contains(clean, []byte("/ID")) {
		t.Error("more than one body")
	}
	again, _ := stripped(t, clean) // packed in streams now
	if !bytes.Equal(again, clean) {
		t.Error("cleaning twice gives another file")
	}
}

// TestPDFUncleanable: what is encrypted, signed or doubtful is said so, and nothing is given.
func TestPDFUncleanable(t *testing.T) {
	t.Parallel()
	with := func(n int, s string) []byte {
		all := pdfObjects()
		all[n-1] = s
		return bodyPDF("/Info 7 0 R", all)
	}
	catalog := func(s string) []byte { return with(1, `<</Type/Catalog /Pages 2 0 R `+s+`>>`) }
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"encrypted":        {bodyPDF("/Encrypt <</Filter/Standard>>", pdfObjects()), ErrLocked},
		"signed":           {with(15, `<</FT/Sig /T (s) /V <</Type/Sig /ByteRange [0 1 2 3] /Name (Zanzibar)>> >>`), ErrUnclean},
		"signed, hidden":   {with(15, `<</FT 21 0 R /T (s) /V <</Name (Zanzibar)>> >>`), nil},
		"a hidden layer":   {catalog(`/OCProperties <</D <</OFF [6 0 R]>> >>`), ErrUnclean},
		"a form of XFA":    {catalog(`/AcroForm <</XFA [(Zanzibar)]>>`), ErrUnclean},
		"a portfolio":      {catalog(`/Collection <<>>`), ErrUnclean},
		"bytes elsewhere":  {with(4, stream("/F (Zanzibar)", "")), ErrUnclean},
		"a broken picture": {with(8, stream("/Filter/DCTDecode", "no picture")), ErrUnclean},
		"another picture":  {with(8, stream("/Filter/JPXDecode", "...<?xpacket Zanzibar")), ErrUnclean},
	} {
		a, err := Inspect("", c.b)
		if err != nil || a.Cleanable != (c.want == nil) {
			t.Errorf("%s: %+v %v", name, a, err)
		}
		if _, _, err := Strip(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPhotographInTwoFilters(t *testing.T) {
	t.Parallel()
	all := pdfObjects()
	all[7] = stream("/Type/XObject /Subtype/Image /Filter[/FlateDecode/DCTDecode] /DecodeParms [null null]", packed(string(telling(16, 8, 1))))
	clean, _ := stripped(t, bodyPDF("", all))
	if !slices.ContainsFunc(inside(t, clean), func(s string) bool { return strings.HasPrefix(s, "\xFF\xD8") }) {
		t.Error("the picture is gone")
	}
}

// TestHostilePDFs end within the test only if the work is bounded.
func TestHostilePDFs(t *testing.T) {
	t.Parallel()
	with := func(n int, s string) []byte {
		all := pdfObjects()
		all[n-1] = s
		return bodyPDF("", all)
	}
	chain := make([]string, 20_000)
	for i := range chain {
		chain[i] = fmt.Sprintf("<</Length %d 0 R>>\nstream\nx\nendstream", i+2)
	}
	chain[0] = `<</Type/Catalog /Pages 2 0 R>>`
	list := strings.Repeat("[", 5000)
	numbers := strings.Repeat("1 0 ", 1000)
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"not at its beginning": {append([]byte("\n"), tellingPDF()...), ErrKind},
		"cut off":              {tellingPDF()[:900], ErrBroken},
		"only a head":          {[]byte("%PDF-1.7\n"), ErrBroken},
		"lists in a circle":    {[]byte("%PDF-1.7\nxref\n0 0\ntrailer<</Prev 9 /Root 1 0 R>>startxref\n9\n%%EOF"), ErrBroken},
		"a long chain":         {bodyPDF("", chain), ErrBroken},
		"its own length":       {with(4, "<</Length 4 0 R>>\nstream\nx\nendstream"), ErrBroken},
		"deep":                 {with(4, list), ErrBroken},
		"another length":       {with(4, "<</Length 999>>\nstream\nx\nendstream"), ErrBroken},
		"no catalog":           {with(1, "5"), ErrBroken},
		"many in one place":    {with(5, stream("/Type/ObjStm /N 1000 /First 4000", numbers+"["+strings.Repeat("0 ", 300_000)+"]")), nil},
		"kids in a circle":     {with(9, `<</Kids [`+strings.Repeat("9 0 R ", 200)+`]>>`), nil},
		"references around":    {with(6, "6 0 R"), nil},
	} {
		if _, err := Inspect("", c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
}

// TestPackedBombs: the objects that stand in streams are bounded too.
func TestPackedBombs(t *testing.T) {
	t.Parallel()
	head := "%PDF-1.7\n"
	objects := strings.Repeat("2 0 ", 1000) + "[" + strings.Repeat("0 ", 300_000) + "]"
	file := func(object string, index string) []byte {
		list := len(head) + len(object)
		data := "\x01\x00\x00\x00\x09\x00" + index
		return []byte(head + object + fmt.Sprintf("3 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF", stream("/Type/XRef /W [1 4 1] /Size 4 /Index [1 2] /Root 2 0 R", data), list))
	}
	for name, s := range map[string]string{
		"many in one place": stream("/Type/ObjStm /N 1000 /First 4000", objects),
		"unpacked":          stream("/Type/ObjStm /N 1 /First 4 /Filter/FlateDecode", packed(strings.Repeat(" ", maxUnpacked+1))),
	} {
		if _, err := Inspect("", file("1 0 obj\n"+s+"\nendobj\n", "\x02\x00\x00\x00\x01\x00")); !errors.Is(err, ErrBomb) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScanner(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`(a\(b\)\\ (c) \101\7x\r)`:   `<6128625c29>`,
		`[1 -2.5 3 0 R true null/A]`: `[1 -2.5 3 0 R true null /A ]`,
		`<</A#20B(x)/C<6>>>`:         "<</A#20B <78>\n/C <60>\n>>",
		"% remark\n 7":               `7`,
		`/a#zz`:                      `/a#23zz`,
	} {
		s := &scanner{b: []byte(in)}
		got := string(written(nil, s.object()))
		if in[0] == '(' {
			want = string(written(nil, textObject("a(b)\\ (c) A\x07x\r")))
		}
		if s.err != nil || got != want {
			t.Errorf("%s: %s, not %s (%v)", in, got, want, s.err)
		}
	}
	for _, in := range []string{"", "(", "<", "<</A", "<<1 2>>", "[", ")", "hello", "<zz>", ">"} {
		if s := (&scanner{b: []byte(in)}); s.object() != null || s.err == nil {
			t.Errorf("%q is read", in)
		}
	}
}
