package disclose

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"path"
	"slices"
	"strings"
)

const odtMIME = "application/vnd.oasis.opendocument.text"

// openDocument copies a text of OpenDocument 1.2 or later.
func (o *opened) openDocument() (out []member, err error) {
	if bytes.Contains(o.get("META-INF/manifest.xml"), []byte("encryption-data")) {
		return nil, ErrLocked
	}
	o.rule = o.text
	for _, m := range o.members {
		low := strings.ToLower(m.name)
		if strings.HasPrefix(low, "basic/") || strings.HasPrefix(low, "scripts/") || strings.HasPrefix(low, "dialogs/") {
			return nil, ErrMacros
		}
		if low == "meta-inf/manifest.xml" {
			continue
		}
		data, err := o.odtPart(m, low)
		switch {
		case err != nil:
			return nil, err
		case data == nil:
			o.gone[low] = true
		default:
			out = append(out, member{m.name, data})
		}
	}
	w := &rewriting{a: o.a, tokens: &o.tokens, rule: func(_ *rewriting, t xml.StartElement) verdict {
		name := strings.ToLower(attribute(t, "full-path"))
		if t.Name.Local == "file-entry" && (o.gone[name] || name != "/" && strings.HasSuffix(name, "/")) {
			return drop
		}
		return keep
	}}
	list, err := w.run(o.get("META-INF/manifest.xml"))
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(m member) bool { return m.name == "mimetype" })
	return slices.Concat([]member{{"mimetype", []byte(odtMIME)}}, out, []member{{"META-INF/manifest.xml", list}}), nil
}

// odtPart gives the copy of a part, nil where it goes.
func (o *opened) odtPart(m member, low string) ([]byte, error) {
	switch {
	case low == "mimetype":
		return m.data, nil
	case low == "content.xml", low == "styles.xml", low == "settings.xml":
		return o.rewrite(m, o.a)
	case low == "meta.xml":
		o.a.add(Properties, "")
		o.a.properties(m.data)
	case low == "manifest.rdf", low == "layout-cache", strings.HasPrefix(low, "configurations2/"):
		o.a.add(Properties, "")
	case strings.HasPrefix(low, "thumbnails/"):
		o.a.add(Preview, "")
	case low == "versionlist.xml", strings.HasPrefix(low, "versions/"):
		o.a.add(Versions, "")
	case strings.HasPrefix(low, "pictures/"), strings.HasPrefix(low, "media/"):
		return o.media(m), nil
	case strings.HasPrefix(low, "fonts/"):
		return m.data, nil
	case strings.HasSuffix(low, "signatures.xml"):
		o.a.add(Author, "")
		o.a.Cleanable = false
	default:
		o.a.add(Embedded, path.Base(m.name))
		o.a.Cleanable = false
	}
	return nil, nil
}

// text is the rule for the parts of an OpenDocument text.
func (o *opened) text(w *rewriting, t xml.StartElement) verdict {
	switch t.Name.Local {
	case "annotation", "annotation-end":
		return w.dropped(Comments, "")
	case "tracked-changes":
		w.kind = Changes
		return drop
	case "change", "change-start", "change-end":
		return w.dropped(Changes, "")
	case "event-listeners", "scripts":
		return drop
	case "hidden-text", "hidden-paragraph":
		w.a.add(Hidden, attribute(t, "string-value"))
		w.a.Cleanable = false
	case "config-item":
		return w.setting(attribute(t, "name"))
	case "object", "object-ole", "plugin":
		w.a.Cleanable = false
	}
	if d := attribute(t, "display"); d == "none" || d == "condition" {
		w.a.add(Hidden, attribute(t, "name"))
		w.a.Cleanable = false
	}
	return keep
}

// setting leaves out which printer, database and reader a document was last used with.
func (w *rewriting) setting(name string) verdict {
	switch name {
	case "PrinterName", "PrinterSetup":
		return w.dropped(Device, "")
	case "CurrentDatabaseDataSource", "CurrentDatabaseCommand", "Rsid", "RsidRoot", "RedlineProtectionKey":
		return w.dropped(Properties, "")
	}
	return keep
}

// bareEMF blanks what an EMF says of its program and title ([MS-EMF] 2.3.4.2).
func bareEMF(a *Attachment, b []byte) ([]byte, error) {
	letters, at := int64(binary.LittleEndian.Uint32(b[60:])), int64(binary.LittleEndian.Uint32(b[64:]))
	if letters == 0 || at == 0 {
		return b, nil
	}
	if at < 88 || at+2*letters > int64(len(b)) {
		return b, ErrBroken
	}
	out := bytes.Clone(b)
	words := out[at : at+2*letters]
	if len(bytes.Trim(words, "\x00")) > 0 {
		a.add(Device, utf16Text(words, binary.LittleEndian))
	}
	clear(words)
	return out, nil
}
