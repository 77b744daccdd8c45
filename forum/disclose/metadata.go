package disclose

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf16"
)

// where reads latitude and longitude of a GPS directory; "" where they are not told.
func (d *tiff) where(at uint32) string {
	if int64(at)+2 > int64(len(d.b)) {
		return ""
	}
	var side [2]string
	var degrees [2]float64
	for i, n := int(at)+2, int(d.order.Uint16(d.b[at:])); n > 0 && i+12 <= len(d.b); i, n = i+12, n-1 {
		e := d.b[i : i+12]
		switch tag := d.order.Uint16(e); tag {
		case 1, 3:
			side[tag/2] = string(e[8:9])
		case 2, 4:
			degrees[tag/2-1] = d.degrees(d.bytes(e))
		}
	}
	if side[0] == "" || side[1] == "" {
		return ""
	}
	return fmt.Sprintf("%.4f %s, %.4f %s", degrees[0], side[0], degrees[1], side[1])
}

// degrees adds degrees, minutes and seconds, each a fraction of two numbers.
func (d *tiff) degrees(b []byte) (sum float64) {
	unit := 1.0
	for ; len(b) >= 8; b = b[8:] {
		if below := d.order.Uint32(b[4:]); below != 0 {
			sum += float64(d.order.Uint32(b)) / float64(below) / unit
		}
		unit *= 60
	}
	return sum
}

func utf16Text(b []byte, order binary.ByteOrder) string {
	b = b[:min(len(b), 1024)]
	words := make([]uint16, 0, len(b)/2)
	for ; len(b) > 1; b = b[2:] {
		words = append(words, order.Uint16(b))
	}
	return string(utf16.Decode(words))
}

// iptcKinds are the data sets of IPTC-IIM, record 2, whose words are shown.
var iptcKinds = map[byte]TraceKind{80: Author, 85: Author, 122: Author, 116: Author, 90: Place, 92: Place, 95: Place, 101: Place, 55: Time, 60: Time, 65: Device, 5: Properties, 105: Properties, 120: Properties}

// iptc reads the resources that Photoshop leaves in a picture.
func (a *Attachment) iptc(b []byte) {
	a.add(Properties, "")
	for len(b) > 12 && string(b[:4]) == "8BIM" {
		id := binary.BigEndian.Uint16(b[4:])
		at := 6 + (int(b[6])+2)&^1 // the name, of even length
		if at+4 > len(b) {
			return
		}
		n := int(binary.BigEndian.Uint32(b[at:]))
		if at += 4; n > len(b)-at {
			return
		}
		switch id {
		case 0x0404:
			a.datasets(b[at : at+n])
		case 0x0409, 0x040C:
			a.add(Preview, "")
		}
		b = b[min(len(b), at+(n+1)&^1):]
	}
}

func (a *Attachment) datasets(b []byte) {
	for len(b) >= 5 && b[0] == 0x1C {
		n := int(binary.BigEndian.Uint16(b[3:]))
		if n > len(b)-5 {
			return
		}
		if kind, known := iptcKinds[b[2]]; known && b[1] == 2 {
			a.add(kind, string(b[5:5+n]))
		}
		b = b[5+n:]
	}
}

// xmpKinds are properties of XMP (ISO 16684) by their local names; also those of Dublin Core in office files.
var xmpKinds = map[string]TraceKind{
	"creator": Author, "Creator": Author, "Author": Author, "lastModifiedBy": Author, "contributor": Author, "initial-creator": Author, "OwnerName": Author,
	"GPSLatitude": Place, "GPSLongitude": Place, "City": Place, "Location": Place, "Country": Place,
	"CreatorTool": Device, "Producer": Device, "Model": Device, "Make": Device, "SerialNumber": Device, "generator": Device, "softwareAgent": Device, "Application": Device,
	"CreateDate": Time, "ModifyDate": Time, "MetadataDate": Time, "DateTimeOriginal": Time, "created": Time, "modified": Time, "creation-date": Time, "date": Time, "lastPrinted": Time, "when": Time,
	"title": Properties, "subject": Properties, "description": Properties, "keywords": Properties, "Keywords": Properties, "keyword": Properties, "Company": Properties, "Manager": Properties,
	"Template": Properties, "category": Properties, "HyperlinkBase": Properties, "user-defined": Properties, "lpwstr": Properties, "contentStatus": Properties,
}

// xmp reads an XMP packet; what cannot be read still is a trace.
func (a *Attachment) xmp(b []byte) {
	a.add(Properties, "")
	a.properties(b)
}

// properties takes the known ones of a piece of XML, as far as it can be read.
func (a *Attachment) properties(b []byte) {
	d := xml.NewDecoder(bytes.NewReader(b[:min(len(b), 1<<20)]))
	var open []string
	for range 20_000 {
		t, err := d.Token()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			for _, at := range t.Attr {
				if kind, known := xmpKinds[at.Name.Local]; known {
					a.add(kind, at.Value)
				}
			}
		case xml.EndElement:
			open = open[:max(0, len(open)-1)]
		case xml.CharData:
			a.said(open, string(t))
		}
	}
}

// said takes words by the nearest known element around them, of the last four.
func (a *Attachment) said(open []string, words string) {
	if strings.TrimSpace(words) == "" {
		return
	}
	for i := len(open) - 1; i >= max(0, len(open)-4); i-- {
		if kind, known := xmpKinds[open[i]]; known {
			a.add(kind, words)
			return
		}
	}
}
