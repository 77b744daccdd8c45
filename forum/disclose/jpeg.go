package disclose

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// part is a segment of a JPEG file: its marker, its payload, and where it stands with marker and length. That of a scan
// holds the scan.
type part struct {
	marker     byte
	payload    []byte
	start, end int
}

const (
	exifHead = "Exif\x00\x00"
	xmpHead  = "http://ns.adobe.com/xap/1.0/\x00"
	iptcHead = "Photoshop 3.0\x00"
)

// parts cuts a JPEG file into segments (ITU T.81, annex B), and gives what stands behind its end.
func parts(b []byte) (all []part, behind []byte) {
	for at := 2; at+1 < len(b); {
		if b[at] != 0xFF || b[at+1] == 0xFF {
			at++
			continue
		}
		p := part{marker: b[at+1], start: at, end: at + 2}
		switch m := p.marker; {
		case m == 0xD9:
			return append(all, p), b[p.end:]
		case m == 0 || m == 1 || m >= 0xD0 && m <= 0xD7: // without a length
			at += 2
			continue
		}
		if at+4 > len(b) {
			break
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if p.end = at + 2 + n; n < 2 || p.end > len(b) {
			break
		}
		p.payload = b[at+4 : p.end]
		if p.marker == 0xDA {
			p.end = scanEnd(b, p.end)
		}
		at = p.end
		all = append(all, p)
	}
	return all, nil
}

// scanEnd finds the next marker behind a scan that begins at at.
func scanEnd(b []byte, at int) int {
	for {
		i := bytes.IndexByte(b[at:], 0xFF)
		if i < 0 || at+i+1 >= len(b) {
			return len(b)
		}
		at += i
		if m := b[at+1]; m != 0 && m != 0xFF && (m < 0xD0 || m > 0xD7) {
			return at
		}
		at++
	}
}

func progressive(b []byte) bool {
	all, _ := parts(b)
	for _, p := range all {
		if p.marker == 0xC2 {
			return true
		}
	}
	return false
}

func orientation(b []byte) int {
	all, _ := parts(b)
	for _, p := range all {
		if raw, ok := bytes.CutPrefix(p.payload, []byte(exifHead)); ok && p.marker == 0xE1 {
			var a Attachment
			return a.exif(raw)
		}
	}
	return 1
}

func (a *Attachment) jpeg(b []byte) error {
	all, behind := parts(b)
	if len(all) == 0 || all[len(all)-1].marker != 0xD9 {
		return ErrBroken
	}
	if len(bytes.Trim(behind, "\x00\n\r ")) > 0 {
		a.add(Embedded, "")
	}
	for _, p := range all {
		a.segment(p)
	}
	return nil
}

func (a *Attachment) segment(p part) {
	switch m := p.marker; {
	case m == 0xFE:
		a.add(Properties, string(p.payload))
	case m == 0xE0 && bytes.HasPrefix(p.payload, []byte("JFIF\x00")):
		if len(p.payload) > 14 {
			a.add(Preview, "")
		}
	case m == 0xE1 && bytes.HasPrefix(p.payload, []byte(exifHead)):
		a.exif(p.payload[len(exifHead):])
	case m == 0xE1 && bytes.HasPrefix(p.payload, []byte(xmpHead)):
		a.xmp(p.payload[len(xmpHead):])
	case m == 0xED && bytes.HasPrefix(p.payload, []byte(iptcHead)):
		a.iptc(p.payload[len(iptcHead):])
	case m == 0xE2 && bytes.HasPrefix(p.payload, []byte("ICC_PROFILE\x00")), m == 0xEE && len(p.payload) == 12:
	case m >= 0xE0 && m <= 0xEF:
		a.add(Properties, "")
	}
}

// bareJPEG leaves out every segment that no decoder needs, and keeps the pixels as they are: for pictures within
// documents. One that is not upright stays so.
func bareJPEG(b []byte) ([]byte, error) {
	all, _ := parts(b)
	if picture(b) != JPEG || len(all) == 0 || all[len(all)-1].marker != 0xD9 {
		return nil, ErrBroken
	}
	out := []byte{0xFF, 0xD8}
	if turned := orientation(b); turned > 1 && turned < 9 {
		out = append(out, "\xFF\xE1\x00\x22"+exifHead+"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"...)
		out = append(out, byte(turned), 0, 0, 0, 0, 0, 0)
	}
	for _, p := range all {
		switch m := p.marker; {
		case m == 0xE0 && bytes.HasPrefix(p.payload, []byte("JFIF\x00")) && len(p.payload) >= 12:
			out = append(append(append(out, "\xFF\xE0\x00\x10"...), p.payload[:12]...), 0, 0)
		case m == 0xEE && bytes.HasPrefix(p.payload, []byte("Adobe")) && len(p.payload) >= 12: // how colours are stored
			out = append(append(out, "\xFF\xEE\x00\x0E"...), p.payload[:12]...)
		case m == 0xFE || m >= 0xE0 && m <= 0xEF:
		default:
			out = append(out, b[p.start:p.end]...)
		}
	}
	return out, nil
}

// exifTags are those whose words are shown; the rest is a property.
var exifTags = map[uint16]TraceKind{
	0x010F: Device, 0x0110: Device, 0x0131: Device, 0xA431: Device, 0xA435: Device, 0xA433: Device, 0xA434: Device,
	0x0132: Time, 0x9003: Time, 0x9004: Time, 0x013B: Author, 0x8298: Author, 0x9C9D: Author, 0xA430: Author,
}

// exif reads a TIFF structure (CIPA DC-008), and gives the orientation, 1 where none is said.
func (a *Attachment) exif(b []byte) int {
	if len(b) < 8 {
		a.add(Properties, "")
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	d := &tiff{b: b, order: order, a: a, turned: 1}
	next := d.directory(order.Uint32(b[4:]))
	if next != 0 {
		d.seen = 0 // of the preview, its own sizes are no trace beside it
		a.add(Preview, "")
	}
	return d.turned
}

type tiff struct {
	b      []byte
	order  binary.ByteOrder
	a      *Attachment
	turned int
	seen   int // directories
}

// directory reads the tags at an offset and gives the offset of the next directory, 0 for none.
func (d *tiff) directory(at uint32) uint32 {
	if d.seen++; d.seen > 8 || int64(at)+2 > int64(len(d.b)) {
		return 0
	}
	n := int(d.order.Uint16(d.b[at:]))
	i := int(at) + 2
	for range n {
		if i+12 > len(d.b) {
			return 0
		}
		d.tag(d.b[i : i+12])
		i += 12
	}
	if i+4 > len(d.b) {
		return 0
	}
	return d.order.Uint32(d.b[i:])
}

func (d *tiff) tag(e []byte) {
	tag := d.order.Uint16(e)
	switch kind, known := exifTags[tag]; {
	case tag == 0x0112:
		d.turned = int(d.order.Uint16(e[8:]))
	case tag == 0x8769:
		d.directory(d.order.Uint32(e[8:]))
	case tag == 0x8825:
		d.a.add(Place, d.where(d.order.Uint32(e[8:])))
	case tag == 0x0103 || tag == 0x011A || tag == 0x011B || tag == 0x0128 || tag == 0x0213: // how pixels are stored
	case known:
		d.a.add(kind, d.text(e, tag >= 0x9C00 && tag < 0xA000))
	case tag == 0x010E || tag == 0x9C9B || tag == 0x9C9C || tag == 0x9C9F:
		d.a.add(Properties, d.text(e, tag != 0x010E))
	default:
		d.a.add(Properties, "")
	}
}

// bytes gives the value of a tag: of type 2 (text) and the like one byte each, of type 5 eight.
func (d *tiff) bytes(e []byte) []byte {
	n := int64(d.order.Uint32(e[4:]))
	if d.order.Uint16(e[2:]) == 5 {
		n *= 8
	}
	if n <= 4 {
		return e[8 : 8+n]
	}
	at := int64(d.order.Uint32(e[8:]))
	if at+n > int64(len(d.b)) {
		return nil
	}
	return d.b[at : at+n]
}

func (d *tiff) text(e []byte, wide bool) string {
	s := string(d.bytes(e))
	if wide { // UTF-16 LE, as Windows writes
		s = utf16Text(d.bytes(e), binary.LittleEndian)
	}
	return strings.TrimRight(s, "\x00 ")
}
