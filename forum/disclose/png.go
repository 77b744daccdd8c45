package disclose

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// pngKept are the chunks without which a picture would look different; of others some are traces.
var pngKept = strings.Fields("IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs acTL fcTL fdAT")

// chunks calls each with every chunk of a PNG and its payload, and gives what stands behind the last; whole tells that
// nothing is missing.
func chunks(b []byte, each func(name string, payload []byte)) (behind []byte, whole bool) {
	for b = b[8:]; len(b) >= 12; {
		n := int64(binary.BigEndian.Uint32(b))
		if n+12 > int64(len(b)) {
			return nil, false
		}
		name := string(b[4:8])
		each(name, b[8:8+n])
		b = b[12+n:]
		if name == "IEND" {
			return b, true
		}
	}
	return nil, false
}

func (a *Attachment) png(b []byte) error {
	behind, whole := chunks(b, func(name string, payload []byte) {
		key, rest, _ := bytes.Cut(payload, []byte{0})
		switch {
		case name == "tEXt":
			a.keyword(string(key), string(rest))
		case name == "zTXt" && len(rest) > 1:
			a.keyword(string(key), inflated(rest[1:]))
		case name == "iTXt" && len(rest) > 2:
			a.international(string(key), rest)
		case name == "eXIf":
			a.exif(payload)
		case name == "tIME":
			a.add(Time, "")
		case name == "iCCP":
		case !slices.Contains(pngKept, name):
			a.add(Properties, "")
		}
	})
	if !whole {
		return ErrBroken
	}
	if len(behind) > 0 {
		a.add(Embedded, "")
	}
	return nil
}

func (a *Attachment) international(key string, rest []byte) {
	packed := rest[0] == 1
	_, rest, _ = bytes.Cut(rest[2:], []byte{0})
	_, text, _ := bytes.Cut(rest, []byte{0})
	if packed {
		text = []byte(inflated(text))
	}
	if strings.HasPrefix(key, "XML:") {
		a.xmp(text)
		return
	}
	a.keyword(key, string(text))
}

// keyword sorts a text by the keywords of the PNG specification.
func (a *Attachment) keyword(key, text string) {
	switch key {
	case "Author", "Artist", "Copyright":
		a.add(Author, text)
	case "Software", "Source":
		a.add(Device, text)
	case "Creation Time", "date:create", "date:modify":
		a.add(Time, text)
	default:
		a.add(Properties, text)
	}
}

// inflated unpacks the beginning of a zlib stream, enough for an excerpt.
func inflated(b []byte) string {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return ""
	}
	out, _ := io.ReadAll(io.LimitReader(r, 1<<16))
	return string(out)
}

// barePNG leaves out every chunk that is not needed to show the picture.
func barePNG(b []byte) ([]byte, error) {
	out := bytes.Clone(b[:8])
	_, whole := chunks(b, func(name string, payload []byte) {
		if !slices.Contains(pngKept, name) {
			return
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(payload)))
		from := len(out)
		out = append(append(out, name...), payload...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
	})
	if !whole {
		return nil, ErrBroken
	}
	return out, nil
}

// blocks walks through a GIF (GIF89a): frame gets the pixels of each frame, extension its label and data.
func blocks(b []byte, frame func(pixels int), extension func(label byte, data []byte)) (behind []byte, whole bool) {
	if len(b) < 13 {
		return nil, false
	}
	at := 13 + palette(b[10])
	for at < len(b) {
		kind := b[at]
		switch {
		case kind == 0x3B:
			return b[at+1:], true
		case kind == 0x2C && at+11 <= len(b):
			frame(int(binary.LittleEndian.Uint16(b[at+5:])) * int(binary.LittleEndian.Uint16(b[at+7:])))
			at += 11 + palette(b[at+9])
		case kind == 0x21 && at+2 <= len(b):
			at += 2
		default:
			return nil, false
		}
		label, data := b[at-1], []byte{}
		for {
			if at >= len(b) || at+1+int(b[at]) > len(b) {
				return nil, false
			}
			n := int(b[at])
			if kind == 0x21 {
				data = append(data, b[at+1:at+1+n]...)
			}
			if at += 1 + n; n == 0 {
				break
			}
		}
		if kind == 0x21 {
			extension(label, data)
		}
	}
	return nil, false
}

func palette(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// short tells an animation that is small enough to be kept.
func short(b []byte) bool {
	pixels, frames := 0, 0
	_, whole := blocks(b, func(n int) { frames++; pixels += n }, func(byte, []byte) {})
	return whole && frames <= maxFrames && pixels <= MaxPixels
}

func (a *Attachment) gif(b []byte) error {
	behind, whole := blocks(b, func(int) {}, func(label byte, data []byte) {
		switch {
		case label == 0xFE, label == 0x01:
			a.add(Properties, string(data))
		case label == 0xFF && bytes.HasPrefix(data, []byte("XMP DataXMP")):
			a.xmp(data[11:])
		case label == 0xFF && !bytes.HasPrefix(data, []byte("NETSCAPE2.0")) && !bytes.HasPrefix(data, []byte("ANIMEXTS1.0")):
			a.add(Properties, "")
		}
	})
	if !whole {
		return ErrBroken
	}
	if len(behind) > 0 {
		a.add(Embedded, "")
	}
	return nil
}

// webp reads the chunks of a RIFF file.
func (a *Attachment) webp(b []byte) error {
	size := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	if size > int64(len(b)) {
		return ErrBroken
	}
	if size < int64(len(b)) {
		a.add(Embedded, "")
	}
	for b = b[12:size]; len(b) >= 8; {
		n := int64(binary.LittleEndian.Uint32(b[4:]))
		if n+8 > int64(len(b)) {
			return ErrBroken
		}
		switch data := b[8 : 8+n]; string(b[:4]) {
		case "EXIF":
			a.exif(bytes.TrimPrefix(data, []byte(exifHead)))
		case "XMP ":
			a.xmp(data)
		case "VP8 ", "VP8L", "VP8X", "ALPH", "ICCP":
		case "ANIM", "ANMF": // for which there is no decoder
			a.Cleanable = false
		default:
			a.add(Properties, "")
		}
		b = b[min(int64(len(b)), 8+n+n&1):]
	}
	return nil
}
