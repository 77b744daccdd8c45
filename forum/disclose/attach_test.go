package disclose

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// FuzzAttachment: whatever comes is answered; what is stripped is clean, and stripping it again changes no format.
func FuzzAttachment(f *testing.F) {
	for _, b := range [][]byte{telling(16, 8, 6), tellingPNG(painted(4, 4)), tellingGIF(2), tellingWebP(), tellingDOCX(), tellingXLSX("", ""), tellingPPTX(""), tellingODT(""), tellingPDF(), []byte("hello")} {
		f.Add(b)
	}
	clean, _ := stripped(f, tellingPDF())
	f.Add(clean)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Inspect("x", b)
		if err != nil && !slices.ContainsFunc([]error{ErrKind, ErrBroken, ErrBomb, ErrMacros, ErrLocked}, func(e error) bool { return errors.Is(err, e) }) {
			t.Fatal(err)
		}
		clean, as, errStrip := Strip(b)
		if errStrip == nil && (err != nil || !a.Cleanable) {
			t.Fatalf("stripped, though %v", err)
		}
		if errStrip != nil {
			return
		}
		if again, err := Inspect("x", clean); err != nil || again.Format != as || len(again.Traces) > 0 {
			t.Fatalf("%+v %v", again, err)
		}
		_, _ = Thumbnail(clean, 64)
	})
}

// FuzzRewrite runs the rule for Word documents over any XML: the copy is XML again, and has nothing to tell.
func FuzzRewrite(f *testing.F) {
	f.Add(xmlTop + `<w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`)
	f.Fuzz(func(t *testing.T, s string) {
		pass := func(b []byte) (*Attachment, []byte, error) {
			left := 100_000
			o := &opened{a: &Attachment{Cleanable: true}, hiding: map[string]bool{}}
			w := &rewriting{a: o.a, rule: o.word, tokens: &left}
			out, err := w.run(b)
			return o.a, out, err
		}
		a, out, err := pass([]byte(s))
		if err != nil || !a.Cleanable {
			return
		}
		if again, same, err := pass(out); err != nil || len(again.Traces) > 0 || !bytes.Equal(same, out) {
			t.Fatalf("%v %v\n%s\n%s", again.Traces, err, out, same)
		}
	})
}

func BenchmarkAttachment(b *testing.B) {
	for name, file := range map[string][]byte{"jpeg": telling(4000, 3000, 6), "docx": tellingDOCX(), "pdf": tellingPDF()} {
		b.Run(name+"/inspect", func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				must(Inspect("", file))
			}
		})
		b.Run(name+"/strip", func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, _, err := Strip(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
