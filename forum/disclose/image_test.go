package disclose

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
)

// canary stands wherever a trace can hide; a number behind it tells the places apart.
const canary = "Zanzibar"

// painted is a picture of w by h with a red corner at the upper left.
func painted(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{30, 60, 200, 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{220, 20, 20, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func plainJPEG(w, h int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, painted(w, h), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func app(marker byte, payload string) string {
	return "\xFF" + string([]byte{marker}) + string(binary.BigEndian.AppendUint16(nil, uint16(len(payload)+2))) + payload
}

// tag is an entry of a TIFF directory.
type tag struct {
	id, kind uint16
	count    uint32
	value    []byte
}

// directories writes a TIFF structure: the first directory, and under their tags those of EXIF and GPS, then a preview.
func exifBlock(turned byte) string {
	order := binary.BigEndian
	b := []byte("MM\x00*\x00\x00\x00\x08")
	write := func(tags []tag, next bool) {
		at := len(b) + 2 + 12*len(tags) + 4
		var data []byte
		b = order.AppendUint16(b, uint16(len(tags)))
		for _, t := range tags {
			b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, t.id), t.kind), t.count)
			v := slices.Clone(t.value)
			if len(v) > 4 {
				v = order.AppendUint32(nil, uint32(at+len(data)))
				data = append(data, t.value...)
			}
			b = append(b, append(v, 0, 0, 0, 0)[:4]...)
		}
		end := uint32(0)
		if next {
			end = uint32(at + len(data))
		}
		b = append(order.AppendUint32(b, end), data...)
	}
	ascii := func(id uint16, s string) tag { return tag{id, 2, uint32(len(s) + 1), []byte(s + "\x00")} }
	main := []tag{{0x0112, 3, 1, []byte{0, turned}}, ascii(0x010E, canary+"1"), ascii(0x010F, canary+"2 Camera"), ascii(0x0132, "2026:03:04 10:00:00"), ascii(0x013B, "Ana "+canary), {0x8825, 4, 1, nil}, {0x8769, 4, 1, nil}}
	size := func(tags []tag) (n int) {
		for n = 6 + 12*len(tags); len(tags) > 0; tags = tags[1:] {
			if len(tags[0].value) > 4 {
				n += len(tags[0].value)
			}
		}
		return n
	}
	rational := func(n ...uint32) (v []byte) {
		for _, x := range n {
			v = order.AppendUint32(order.AppendUint32(v, x), 1)
		}
		return v
	}
	place := []tag{{1, 2, 2, []byte("N\x00")}, {2, 5, 3, rational(52, 30, 0)}, {3, 2, 2, []byte("E\x00")}, {4, 5, 3, rational(4, 15, 36)}}
	inner := []tag{ascii(0x9003, "2026:03:04 10:00:01"), ascii(0xA431, canary+"3")}
	next := 8 + size(main)
	main[5].value = order.AppendUint32(nil, uint32(next+size(inner)))
	main[6].value = order.AppendUint32(nil, uint32(next))
	write(main, false)
	write(inner, false)
	write(place, false)
	first := 8 + 2 + 12*len(main)
	order.PutUint32(b[first:], uint32(len(b))) // the preview
	write([]tag{ascii(0x010E, canary+"4")}, false)
	return exifHead + string(b)
}

const xmpPacket = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Zanzibar Editor">` +
	`<dc:creator><rdf:Seq><rdf:li>Zanzibar Writer</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>`

func photoshop() string {
	data := "\x1C\x02\x50\x00\x09Zanzibar5" + "\x1C\x02\x5A\x00\x09Zanzibar6" + "\x1C\x02\x78\x00\x09Zanzibar7"
	return iptcHead + "8BIM\x04\x04\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) + data
}

// telling is a JPEG with a trace in every place, and what follows its end.
func telling(w, h int, turned byte) []byte {
	b := plainJPEG(w, h)
	extra := app(0xE1, exifBlock(turned)) + app(0xE1, xmpHead+xmpPacket) + app(0xED, photoshop()) + app(0xFE, canary+"8") + app(0xE4, canary+"9") +
		app(0xE0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01Za") + app(0xE2, "MPF\x00"+canary)
	return slices.Concat(b[:2], []byte(extra), b[2:], []byte("PK\x03\x04 <html><script>"+canary))
}

// shows tells whether the red corner is where it belongs.
func red(t *testing.T, m image.Image, x, y int) bool {
	t.Helper()
	r, g, b, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
	return r > 0x8000 && g < 0x6000 && b < 0x6000
}

func stripped(t testing.TB, b []byte) ([]byte, Format) {
	t.Helper()
	clean, as, err := Strip(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Inspect("x"+as.Ext(), clean)
	if err != nil || len(again.Traces) > 0 || again.Misnamed || again.Format != as {
		t.Fatalf("%+v %v", again, err)
	}
	if i := bytes.Index(clean, []byte(canary)); i >= 0 {
		t.Fatalf("%q is left at %d", clean[i:min(len(clean), i+12)], i)
	}
	return clean, as
}

// holds tells that each of the traces is there.
func holds(t *testing.T, a *Attachment, want ...Trace) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(a.Traces, w) {
			t.Errorf("%v is missing in %v", w, a.Traces)
		}
	}
	if !slices.IsSortedFunc(a.Traces, func(x, y Trace) int { return slices.Index(traceOrder, x.Kind) - slices.Index(traceOrder, y.Kind) }) {
		t.Errorf("out of order: %v", a.Traces)
	}
}

func TestJPEGTraces(t *testing.T) {
	t.Parallel()
	b := telling(64, 32, 6)
	a, err := Inspect("photo.png", b)
	if err != nil {
		t.Fatal(err)
	}
	if a.Format != JPEG || a.Width != 64 || a.Height != 32 || !a.Cleanable || !a.Misnamed {
		t.Errorf("%+v", a)
	}
	holds(t, a, Trace{Author, "Ana Zanzibar"}, Trace{Author, "Zanzibar Writer"}, Trace{Author, "Zanzibar5"}, Trace{Place, "52.5000 N, 4.2600 E"}, Trace{Place, "Zanzibar6"}, Trace{Device, "Zanzibar2 Camera"},
		Trace{Device, "Zanzibar3"}, Trace{Device, "Zanzibar Editor"}, Trace{Time, "2026:03:04 10:00:01"}, Trace{Preview, ""}, Trace{Embedded, ""}, Trace{Properties, "Zanzibar1"}, Trace{Properties, "Zanzibar7"}, Trace{Properties, "Zanzibar8"})
	stripped(t, b)
	bare, err := bareJPEG(b)
	if err != nil || bytes.Contains(bare, []byte(canary)) || orientation(bare) != 6 {
		t.Errorf("%v, %d, %q", err, orientation(bare), bare[:40])
	}
	if m := must(jpeg.Decode(bytes.NewReader(bare))); m.Bounds().Dx() != 64 {
		t.Error(m.Bounds())
	}
}

// TestUpright: the corner that is red as stored is where each orientation puts it.
func TestUpright(t *testing.T) {
	t.Parallel()
	for turned, at := range map[byte][2]int{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}} {
		clean, _ := stripped(t, telling(64, 32, turned))
		m := must(jpeg.Decode(bytes.NewReader(clean)))
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		if w > h != (turned < 5) {
			t.Errorf("%d: %d by %d", turned, w, h)
		}
		for x := range 2 {
			for y := range 2 {
				if got := red(t, m, 4+x*(w-9), 4+y*(h-9)); got != (at == [2]int{x, y}) {
					t.Errorf("%d: corner %d %d is red: %v", turned, x, y, got)
				}
			}
		}
	}
}

func chunk(name, payload string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload)))
	b = append(append(b, name...), payload...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

func packed(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func tellingPNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	head := 8 + 25
	extra := chunk("tEXt", "Author\x00Zanzibar1") + chunk("zTXt", "Software\x00\x00"+packed("Zanzibar2")) + chunk("iTXt", "Title\x00\x01\x00\x00\x00"+packed("Zanzibar3")) +
		chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmpPacket) + chunk("eXIf", strings.TrimPrefix(exifBlock(1), exifHead)) + chunk("tIME", "\x07\xEA\x03\x04\x0A\x00\x00") + chunk("prVt", canary)
	return slices.Concat(b.Bytes()[:head], []byte(extra), b.Bytes()[head:], []byte(canary))
}

func TestPNGTraces(t *testing.T) {
	t.Parallel()
	b := tellingPNG(painted(20, 10))
	a := must(Inspect("a.png", b))
	if a.Format != PNG || a.Width != 20 || a.Height != 10 || a.Misnamed {
		t.Errorf("%+v", a)
	}
	holds(t, a, Trace{Author, "Zanzibar1"}, Trace{Author, "Zanzibar Writer"}, Trace{Author, "Ana Zanzibar"}, Trace{Device, "Zanzibar2"}, Trace{Properties, "Zanzibar3"}, Trace{Embedded, ""}, Trace{Place, "52.5000 N, 4.2600 E"})
	clean, _ := stripped(t, b)
	if m := must(png.Decode(bytes.NewReader(clean))); !red(t, m, 2, 2) || red(t, m, 15, 8) {
		t.Error("it looks different")
	}
	bare := must(barePNG(b))
	if left := must(Inspect("", bare)); len(left.Traces) > 0 {
		t.Error(left.Traces)
	}
}

func tellingGIF(frames int) []byte {
	g := &gif.GIF{LoopCount: 3}
	for range frames {
		m := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 7)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		panic(err)
	}
	head := 13 + palette(b.Bytes()[10])
	extra := "\x21\xFE\x09Zanzibar1\x00" + "\x21\xFF\x0BXMP DataXMP\x09Zanzibar2\x00" + "\x21\xFF\x0BPRIVATE 1.0\x08Zanzibar\x00"
	return slices.Concat(b.Bytes()[:head], []byte(extra), b.Bytes()[head:], []byte(canary))
}

func TestGIFTraces(t *testing.T) {
	t.Parallel()
	b := tellingGIF(3)
	a := must(Inspect("a.gif", b))
	holds(t, a, Trace{Properties, "Zanzibar1"}, Trace{Embedded, ""})
	clean, _ := stripped(t, b)
	if g := must(gif.DecodeAll(bytes.NewReader(clean))); len(g.Image) != 3 || g.Delay[1] != 7 || g.LoopCount != 3 {
		t.Errorf("%d frames, %v, %d", len(g.Image), g.Delay, g.LoopCount)
	}
	clean, _ = stripped(t, tellingGIF(maxFrames+1))
	if g := must(gif.DecodeAll(bytes.NewReader(clean))); len(g.Image) != 1 {
		t.Errorf("%d frames of a long animation", len(g.Image))
	}
}

// lossless is a WebP of one pixel (VP8L), with EXIF and XMP.
func tellingWebP() []byte {
	riff := func(name, data string) string {
		return name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data + strings.Repeat("\x00", len(data)%2)
	}
	pixel := "\x2F\x00\x00\x00\x00\x07\x10\xFD\x8F\xFE\x07\x22\xA2\xFF\x01"
	body := "WEBP" + riff("VP8X", "\x0C\x00\x00\x00\x00\x00\x00\x00\x00\x00") + riff("VP8L", pixel) + riff("EXIF", exifBlock(1)) + riff("XMP ", xmpPacket) + riff("ZZZZ", canary)
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body + canary)
}

func TestWebPTraces(t *testing.T) {
	t.Parallel()
	a := must(Inspect("a.webp", tellingWebP()))
	holds(t, a, Trace{Author, "Ana Zanzibar"}, Trace{Author, "Zanzibar Writer"}, Trace{Embedded, ""})
	if _, as := stripped(t, tellingWebP()); as != JPEG && as != PNG {
		t.Error(as)
	}
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	small := must(Thumbnail(telling(640, 320, 6), 100))
	m, format, err := image.Decode(bytes.NewReader(small))
	if err != nil || format != "jpeg" || m.Bounds().Dx() != 50 || m.Bounds().Dy() != 100 || !red(t, m, 45, 5) {
		t.Errorf("%v %s %v", err, format, m.Bounds())
	}
	clear := painted(300, 20)
	clear.SetRGBA(0, 0, color.RGBA{})
	small = must(Thumbnail(tellingPNG(clear), 100))
	if m, format, err = image.Decode(bytes.NewReader(small)); err != nil || format != "png" || m.Bounds().Dx() != 100 || m.Bounds().Dy() != 6 {
		t.Errorf("%v %s %v", err, format, m.Bounds())
	}
	if _, err := Thumbnail([]byte("hello"), 100); !errors.Is(err, ErrKind) {
		t.Error(err)
	}
}

// TestPixelBombs: headers that promise more pixels than are taken, before anything is decoded.
func TestPixelBombs(t *testing.T) {
	t.Parallel()
	huge := tellingPNG(painted(2, 2))
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	wide := plainJPEG(16, 16)
	i := bytes.Index(wide, []byte("\xFF\xC0"))
	copy(wide[i+5:], "\xFF\xFF\xFF\xFF")
	moving := tellingGIF(1)
	copy(moving[6:], "\xFF\xFF\xFF\xFF")
	slow := plainJPEG(16, 16) // 16 megapixels, progressive
	slow[i+1] = 0xC2
	copy(slow[i+5:], "\x0F\xA0\x0F\xA0")
	for name, b := range map[string][]byte{"png": huge, "jpeg": wide, "gif": moving, "progressive": slow, "long": append([]byte("\xFF\xD8\xFF"), make([]byte, MaxBytes)...)} {
		if _, err := Inspect("", b); !errors.Is(err, ErrBomb) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := Strip(b); !errors.Is(err, ErrBomb) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Thumbnail(b, 100); !errors.Is(err, ErrBomb) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTruncatedPictures: every beginning of a file is answered, by an error or not.
func TestTruncatedPictures(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{telling(16, 8, 6), tellingPNG(painted(8, 8)), tellingGIF(2), tellingWebP()} {
		for n := range len(b) {
			_, _ = Inspect("", b[:n])
			if n%17 == 0 {
				_, _, _ = Strip(b[:n])
			}
		}
	}
}
