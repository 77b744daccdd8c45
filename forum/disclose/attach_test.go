package disclose

import (
	"bytes"
	"errors"
	"image"
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

// TestPolyglots: a picture with an archive or a page behind it comes out as a picture alone.
func TestPolyglots(t *testing.T) {
	t.Parallel()
	page := []byte("<!doctype html><script>alert(1)</script>")
	for name, b := range map[string][]byte{"jpeg": plainJPEG(9, 9), "png": tellingPNG(painted(9, 9)), "gif": tellingGIF(1), "webp": tellingWebP()} {
		for _, tail := range [][]byte{page, tellingDOCX(), tellingPDF()} {
			clean, as := stripped(t, slices.Concat(b, tail))
			if !as.Image() || bytes.Contains(clean, page) || bytes.Contains(clean, []byte("PK\x03\x04")) || bytes.Contains(clean, []byte("%PDF")) {
				t.Errorf("%s: %s", name, as)
			}
		}
	}
	for name, b := range map[string][]byte{"page first": slices.Concat(page, tellingDOCX()), "script first": slices.Concat([]byte("#!/bin/sh\n"), tellingPDF())} {
		if _, err := Inspect("", b); !errors.Is(err, ErrKind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNothingOfTheInputIsChanged: callers keep what was sent until the copy is stored.
func TestNothingOfTheInputIsChanged(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{telling(16, 8, 6), tellingPNG(painted(4, 4)), tellingGIF(2), tellingDOCX(), tellingODT(""), tellingPDF(), []byte("hello")} {
		before := bytes.Clone(b)
		clean, _ := stripped(t, b)
		if !bytes.Equal(b, before) {
			t.Error("the input is changed")
		}
		for i := range clean {
			clean[i] = 0
		}
		if !bytes.Equal(b, before) {
			t.Error("the copy is a part of the input")
		}
	}
}

// TestTwiceTheSame: the traces, their order and the copy depend on nothing but the bytes.
func TestTwiceTheSame(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{telling(16, 8, 6), tellingDOCX(), tellingXLSX("", ""), tellingPPTX(""), tellingODT(""), tellingPDF()} {
		first, second := must(Inspect("a", b)), must(Inspect("a", b))
		if !slices.Equal(first.Traces, second.Traces) {
			t.Errorf("%v\n%v", first.Traces, second.Traces)
		}
		one, _ := stripped(t, b)
		two, _ := stripped(t, b)
		if !bytes.Equal(one, two) {
			t.Error("two copies differ")
		}
	}
}

// TestFewTraces: a file that holds very many is told in part, and still cleaned.
func TestFewTraces(t *testing.T) {
	t.Parallel()
	b := plainJPEG(8, 8)
	var extra []byte
	for i := range 3 * maxTraces {
		extra = append(extra, app(0xFE, canary+string(rune('a'+i%26))+string(rune('a'+i/26)))...)
	}
	b = slices.Concat(b[:2], extra, b[2:])
	if a := must(Inspect("", b)); len(a.Traces) != maxTraces {
		t.Errorf("%d", len(a.Traces))
	}
	stripped(t, b)
}

// TestManyAtOnce: no more than two pictures are decoded at a time, and none waits for ever.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	large, small := image.Config{Width: 5000, Height: 4000}, image.Config{Width: 10, Height: 10}
	done := make(chan bool)
	for i := range 40 {
		go func() {
			c := small
			if i%3 == 0 {
				c = large
			}
			free := decoding(c)
			if n := len(decoders); n > 2 || n < 1 {
				t.Errorf("%d at once", n)
			}
			free()
			done <- true
		}()
	}
	for range 40 {
		<-done
	}
}
