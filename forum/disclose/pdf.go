package disclose

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pdf reads a PDF and gives the clean copy.
func (a *Attachment) pdf(b []byte) ([]byte, error) {
	a.Format = PDF
	out, err := a.rebuilt(b)
	if errors.Is(err, ErrLocked) {
		a.Cleanable, a.locked = false, true
		return nil, nil
	}
	return out, err
}

// role says by which rule an object is copied, where its own words do not.
type role int

const (
	plainRole role = iota
	namesRole      // its keys are anybody's names
	resources      // dictionaries of names
	pagesRole
)

// cleaner copies from a document what is reached from its pages, and numbers it anew.
type cleaner struct {
	*document
	a     *Attachment
	fresh map[int]int // new numbers by old ones
	roles map[int]role
	queue []int // old numbers
	nodes int   // of trees of files that were looked at
}

// rebuilt gives a copy of one body, without traces; of a document that is signed or otherwise doubtful the copy is
// void and the attachment not cleanable. An encrypted one is ErrLocked.
func (a *Attachment) rebuilt(b []byte) ([]byte, error) {
	d, err := readPDF(b)
	if err != nil {
		return nil, err
	}
	if d.trailer["Encrypt"] != nil {
		return nil, ErrLocked
	}
	c := &cleaner{document: d, a: a, fresh: map[int]int{}, roles: map[int]role{}}
	c.versions()
	if err := c.info(); err != nil {
		return nil, err
	}
	root, ok := d.trailer["Root"].(refObject)
	if !ok {
		return nil, fmt.Errorf("%w: PDF: no catalog", ErrBroken)
	}
	c.queue, c.fresh[int(root)] = []int{int(root)}, 1
	var all []any
	for i := 0; i < len(c.queue); i++ {
		v, err := c.load(c.queue[i])
		if err != nil {
			return nil, err
		}
		if i == 0 {
			v, err = c.catalog(v)
		} else {
			v, err = c.value(v, c.roles[c.queue[i]])
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	w := newPDFWriter(len(all))
	for i, v := range all {
		w.add(i+1, v)
	}
	return w.close(1), nil
}

// versions tells more lists of objects than one writing makes; a linearized file has two.
func (c *cleaner) versions() {
	expected := 1
	if bytes.Contains(c.b[:min(len(c.b), 1024)], []byte("/Linearized")) {
		expected = 2
	}
	if c.sections > expected {
		c.a.add(Versions, fmt.Sprint(c.sections-expected))
	}
	if i := bytes.LastIndex(c.b, []byte("%%EOF")); i < 0 || len(bytes.Trim(c.b[i+5:], "\x00\r\n\t ")) > 0 {
		c.a.add(Embedded, "")
	}
}

var infoKinds = map[nameObject]TraceKind{"Author": Author, "Creator": Device, "Producer": Device, "CreationDate": Time, "ModDate": Time}

// info tells the document information dictionary (14.3.3).
func (c *cleaner) info() error {
	v, err := c.resolved(c.trailer["Info"])
	dict, _ := v.(dictObject)
	for _, key := range sortedKeys(dict) {
		what, err := c.resolved(dict[key])
		if err != nil {
			return err
		}
		kind, known := infoKinds[key]
		if !known {
			kind = Properties
		}
		if key == "Trapped" {
			continue
		}
		if words := said(what); words != "" {
			c.a.add(kind, words)
		}
	}
	return err
}

// said gives the words of a text string (7.9.2.2): UTF-16, UTF-8, or nearly Latin 1.
func said(v any) string {
	t, ok := v.(textObject)
	switch s := string(t); {
	case !ok:
		return ""
	case strings.HasPrefix(s, "\xFE\xFF"):
		return utf16Text([]byte(s[2:]), binary.BigEndian)
	case strings.HasPrefix(s, "\xFF\xFE"):
		return utf16Text([]byte(s[2:]), binary.LittleEndian)
	case strings.HasPrefix(s, "\xEF\xBB\xBF"):
		return s[3:]
	}
	var out []rune
	for _, c := range []byte(t) {
		out = append(out, rune(c))
	}
	return string(out)
}

// value copies an object by its role.
func (c *cleaner) value(v any, r role) (any, error) {
	switch v := v.(type) {
	case refObject:
		return c.ref(int(v), r), nil
	case listObject:
		out := make(listObject, 0, len(v))
		for _, e := range v {
			e, err := c.value(e, r)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		return out, nil
	case dictObject:
		return c.dict(v, r)
	case *streamObject:
		return c.picture(v)
	}
	return v, nil
}

func (c *cleaner) ref(n int, r role) any {
	if p, ok := c.places[n]; !ok || p.offset < 0 {
		return null
	}
	if c.fresh[n] == 0 {
		c.queue = append(c.queue, n)
		c.fresh[n], c.roles[n] = len(c.queue), r
	}
	return refObject(c.fresh[n])
}

// only copies the keys that are listed.
func (c *cleaner) only(d dictObject, keys []string) (dictObject, error) {
	kept := dictObject{}
	for key, v := range d {
		if slices.Contains(keys, string(key)) {
			kept[key] = v
		}
	}
	return c.entries(kept)
}

// childRoles are those of what stands behind a key.
var childRoles = map[nameObject]role{"Resources": resources, "DR": resources, "Kids": pagesRole, "Pages": pagesRole, "CharProcs": namesRole, "AP": resources, "Colorants": namesRole, "RoleMap": namesRole, "ClassMap": namesRole, "Dests": namesRole}

// entries copies a dictionary, key by key in their order.
func (c *cleaner) entries(d dictObject) (dictObject, error) {
	out := dictObject{}
	for _, key := range sortedKeys(d) {
		v, err := c.value(d[key], childRoles[key])
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// named copies a dictionary whose keys are names that somebody chose.
func (c *cleaner) named(d dictObject, inner role) (dictObject, error) {
	out := dictObject{}
	for _, key := range sortedKeys(d) {
		v, err := c.value(d[key], inner)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// picture copies a stream. Photographs lose what their own segments tell.
func (c *cleaner) picture(st *streamObject) (any, error) {
	d, err := c.told(st.dict)
	switch {
	case err != nil:
		return nil, err
	case d["Type"] == nameObject("EmbeddedFile"):
		c.a.add(Embedded, "")
		return null, nil
	case d["Type"] == nameObject("Metadata"):
		c.a.add(Properties, "")
		return null, nil
	}
	if d["F"] != nil || d["FFilter"] != nil { // its bytes are in another file
		c.a.Cleanable = false
	}
	own := dictObject{}
	for key, v := range d {
		if key != "Length" {
			own[key] = v
		}
	}
	copied, err := c.dict(own, plainRole)
	if err != nil {
		return nil, err
	}
	kept, ok := copied.(dictObject)
	if !ok {
		return null, nil
	}
	data, err := c.photograph(st, kept)
	return &streamObject{kept, data}, err
}

func (c *cleaner) photograph(st *streamObject, kept dictObject) ([]byte, error) {
	v, err := c.resolved(st.dict["Filter"])
	if err != nil {
		return nil, err
	}
	list, ok := v.(listObject)
	if !ok {
		list = listObject{v}
	}
	if len(list) == 0 {
		return st.data, nil
	}
	last, err := c.resolved(list[len(list)-1])
	if err != nil {
		return nil, err
	}
	data := st.data
	switch {
	case last == nameObject("JPXDecode"):
		if bytes.Contains(data, []byte("x:xmpmeta")) || bytes.Contains(data, []byte("<?xpacket")) {
			c.a.add(Properties, "")
			c.a.Cleanable = false
		}
		return data, nil
	case last != nameObject("DCTDecode"):
		return data, nil
	case len(list) == 2:
		inner := &streamObject{dictObject{"Filter": list[0]}, data}
		if data, err = c.decoded(inner); err != nil {
			c.a.Cleanable = false
			return st.data, nil
		}
		kept["Filter"] = last
		delete(kept, "DecodeParms")
	case len(list) > 2:
		c.a.Cleanable = false
		return data, nil
	}
	bare, err := bareJPEG(data)
	if err != nil {
		c.a.Cleanable = false
		return data, nil
	}
	all, _ := parts(data)
	for _, p := range all {
		c.a.segment(p)
	}
	return bare, nil
}
