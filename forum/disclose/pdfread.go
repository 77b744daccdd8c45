package disclose

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// place is where an object is: at an offset, or as one of those in a stream.
type place struct {
	offset, in int // in is the number of the stream, 0 for none; offset then is the index in it
}

// document is a PDF that is being read. Only what its lists of objects name is seen: nothing is guessed or repaired.
type document struct {
	b        []byte
	places   map[int]place // of each object; offset -1 where it is free
	trailer  dictObject
	sections int // lists of objects, each an earlier version
	loaded   map[int]any
	packed   map[int][]any // the objects in a stream
	open     map[int]bool  // being read
	left     int           // bytes that may still be unpacked
	values   int           // objects that may still be read, those in others counted
	effort   int           // bytes that may still be read, since lists can name one place often
}

func readPDF(b []byte) (*document, error) {
	d := &document{b: b, places: map[int]place{}, loaded: map[int]any{}, packed: map[int][]any{}, open: map[int]bool{}, left: maxUnpacked, effort: maxUnpacked, values: maxValues}
	from := max(0, len(b)-2048)
	i := bytes.LastIndex(b[from:], []byte("startxref"))
	if i < 0 {
		return nil, fmt.Errorf("%w: PDF: no list of objects", ErrBroken)
	}
	s := &scanner{b: b, at: from + i + len("startxref")}
	at, ok := s.natural()
	seen := map[int]bool{}
	for ok {
		if seen[at] || len(seen) > 1000 {
			return nil, fmt.Errorf("%w: PDF: lists in a circle", ErrBroken)
		}
		seen[at] = true
		t, err := d.section(at)
		if err != nil {
			return nil, err
		}
		d.sections++
		if d.trailer == nil {
			d.trailer = t
		}
		at, ok = integer(t["Prev"])
	}
	if d.trailer == nil {
		return nil, fmt.Errorf("%w: PDF: no trailer", ErrBroken)
	}
	return d, nil
}

// integer tells a whole number.
func integer(v any) (int, bool) {
	p, ok := v.(plainObject)
	n, err := strconv.Atoi(string(p))
	return n, ok && err == nil
}

// section reads one list of objects and gives its trailer (7.5.4, 7.5.8).
func (d *document) section(at int) (dictObject, error) {
	if at < 0 || at >= len(d.b) {
		return nil, fmt.Errorf("%w: PDF: a list is outside", ErrBroken)
	}
	s := &scanner{b: d.b, at: at, left: &d.values}
	if !s.is("xref") {
		return d.listStream(at)
	}
	list, err := table(s)
	if err == nil {
		err = d.spend(s.at - at)
	}
	if err != nil {
		return nil, err
	}
	t, ok := s.object().(dictObject)
	if !ok {
		return nil, errors.Join(s.err, ErrBroken)
	}
	if extra, mixed := integer(t["XRefStm"]); mixed { // names objects that the list calls free
		if _, err := d.listStream(extra); err != nil {
			return nil, err
		}
	}
	for n, p := range list {
		if err := d.put(n, p); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// table reads the lines of a list up to its trailer.
func table(s *scanner) (map[int]place, error) {
	list := map[int]place{}
	for {
		first, ok := s.natural()
		if !ok {
			break
		}
		n, _ := s.natural()
		for i := range n {
			offset, ok := s.natural()
			_, also := s.natural()
			kind := s.word()
			if !ok || !also || kind != "n" && kind != "f" {
				return nil, fmt.Errorf("%w: PDF: a strange line in a list", ErrBroken)
			}
			if kind == "f" {
				offset = -1
			}
			if list[first+i] = (place{offset: offset}); len(list) > maxObjects {
				return nil, ErrBomb
			}
		}
	}
	if !s.is("trailer") {
		return nil, fmt.Errorf("%w: PDF: no trailer", ErrBroken)
	}
	return list, nil
}

// spend takes what was read from the effort that is left.
func (d *document) spend(n int) error {
	if d.effort -= n + 16; d.effort < 0 {
		return ErrBomb
	}
	return nil
}

// put notes where an object is, unless a later version said so.
func (d *document) put(n int, p place) error {
	if _, known := d.places[n]; known {
		return nil
	}
	d.places[n] = p
	if len(d.places) > maxObjects {
		return ErrBomb
	}
	return nil
}

// listStream reads a list that is stored as a stream.
func (d *document) listStream(at int) (dictObject, error) {
	_, v, err := d.indirect(at)
	st, ok := v.(*streamObject)
	if err != nil || !ok || st.dict["Type"] != nameObject("XRef") {
		return nil, errors.Join(ErrBroken, err)
	}
	data, err := d.decoded(st)
	if err != nil {
		return nil, err
	}
	w, size := [3]int{}, 0
	widths, _ := st.dict["W"].(listObject)
	for i := range w {
		if i < len(widths) {
			w[i], _ = integer(widths[i])
		}
		if size += w[i]; w[i] < 0 || w[i] > 8 || size == 0 && i > 0 {
			return nil, fmt.Errorf("%w: PDF: strange widths in a list", ErrBroken)
		}
	}
	index, _ := st.dict["Index"].(listObject)
	if index == nil {
		index = listObject{plainObject("0"), st.dict["Size"]}
	}
	for ; len(index) >= 2; index = index[2:] {
		first, _ := integer(index[0])
		n, _ := integer(index[1])
		for i := 0; i < n && len(data) >= size; i++ {
			if err := d.put(first+i, entry(data, w)); err != nil {
				return nil, err
			}
			data = data[size:]
		}
	}
	return st.dict, nil
}

func entry(data []byte, w [3]int) place {
	var f [3]int
	if w[0] == 0 {
		f[0] = 1
	}
	for i := range w {
		for _, c := range data[:w[i]] {
			f[i] = f[i]<<8 | int(c)
		}
		data = data[w[i]:]
	}
	switch f[0] {
	case 1:
		return place{offset: f[1]}
	case 2:
		return place{offset: f[2], in: f[1]}
	}
	return place{offset: -1}
}

// indirect reads the object at an offset: its number and what it is.
func (d *document) indirect(at int) (n int, v any, err error) {
	if at < 0 || at >= len(d.b) {
		return 0, nil, fmt.Errorf("%w: PDF: an object is outside", ErrBroken)
	}
	s := &scanner{b: d.b, at: at, left: &d.values}
	n, ok := s.natural()
	_, also := s.natural()
	if !ok || !also || !s.is("obj") {
		return 0, nil, fmt.Errorf("%w: PDF: no object where one should be", ErrBroken)
	}
	v = s.object()
	if err := d.spend(min(s.at, len(s.b)) - at); err != nil {
		return 0, nil, err
	}
	if dict, ok := v.(dictObject); ok && s.is("stream") {
		return n, d.stream(s, dict), s.err
	}
	return n, v, s.err
}

// stream cuts out the bytes of a stream, exactly as many as it says.
func (d *document) stream(s *scanner, dict dictObject) any {
	if s.peek() == '\r' {
		s.at++
	}
	if s.peek() != '\n' {
		return s.fail("a stream begins strangely")
	}
	s.at++
	length, err := d.resolved(dict["Length"])
	n, ok := integer(length)
	if err != nil || !ok || n < 0 || n > len(s.b)-s.at {
		return s.fail("a stream of unknown length")
	}
	data := s.b[s.at : s.at+n]
	if s.at += n; !s.is("endstream") {
		return s.fail("a stream of another length")
	}
	return &streamObject{dict, data}
}

// resolved follows a reference.
func (d *document) resolved(v any) (any, error) {
	for range 16 {
		ref, ok := v.(refObject)
		if !ok {
			return v, nil
		}
		var err error
		if v, err = d.load(int(ref)); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: PDF: references in a circle", ErrBroken)
}

// load gives an object by its number; null where there is none.
func (d *document) load(n int) (any, error) {
	if v, ok := d.loaded[n]; ok {
		return v, nil
	}
	p, ok := d.places[n]
	if !ok || p.offset < 0 || p.offset == 0 && p.in == 0 {
		return null, nil
	}
	if d.open[n] || len(d.open) > 32 {
		return nil, fmt.Errorf("%w: PDF: objects in a circle", ErrBroken)
	}
	d.open[n] = true
	defer delete(d.open, n)
	var v any = null
	if p.in > 0 {
		all, err := d.inStream(p.in)
		if err != nil {
			return nil, err
		}
		if p.offset < len(all) {
			v = all[p.offset]
		}
	} else {
		found, object, err := d.indirect(p.offset)
		if err != nil {
			return nil, err
		}
		if found == n {
			v = object
		}
	}
	d.loaded[n] = v
	return v, nil
}

// inStream gives the objects that are stored in a stream (7.5.7).
func (d *document) inStream(n int) ([]any, error) {
	if all, ok := d.packed[n]; ok {
		return all, nil
	}
	if d.places[n].in > 0 {
		return nil, fmt.Errorf("%w: PDF: a stream in a stream", ErrBroken)
	}
	v, err := d.load(n)
	st, ok := v.(*streamObject)
	if err != nil || !ok {
		return nil, errors.Join(ErrBroken, err)
	}
	data, err := d.decoded(st)
	if err != nil {
		return nil, err
	}
	count, _ := integer(st.dict["N"])
	first, _ := integer(st.dict["First"])
	s := &scanner{b: data}
	var all []any
	for range min(count, maxObjects) {
		_, ok := s.natural()
		at, also := s.natural()
		if !ok || !also || first < 0 || first+at > len(data) {
			return nil, fmt.Errorf("%w: PDF: a strange stream of objects", ErrBroken)
		}
		o := &scanner{b: data, at: first + at, left: &d.values}
		all = append(all, o.object())
		if err := d.spend(o.at - first - at); err != nil || o.err != nil {
			return nil, errors.Join(o.err, err)
		}
	}
	d.packed[n] = all
	return all, nil
}

// decoded unpacks a stream that is stored plainly or by Flate; others only hold what is shown.
func (d *document) decoded(st *streamObject) ([]byte, error) {
	filter, err := d.resolved(st.dict["Filter"])
	if list, ok := filter.(listObject); ok && len(list) == 1 {
		filter = list[0]
	} else if ok && len(list) == 0 {
		filter = nil
	}
	switch {
	case err != nil:
		return nil, err
	case filter == nil || filter == null:
		return st.data, nil
	case filter != nameObject("FlateDecode"):
		return nil, fmt.Errorf("%w: PDF: an unusual filter", ErrBroken)
	}
	r, err := zlib.NewReader(bytes.NewReader(st.data))
	if err != nil {
		return nil, errors.Join(ErrBroken, err)
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(d.left)+1))
	if d.left -= len(out); d.left < 0 {
		return nil, ErrBomb
	}
	if err != nil {
		return nil, errors.Join(ErrBroken, err)
	}
	parms, err := d.resolved(st.dict["DecodeParms"])
	if list, ok := parms.(listObject); ok && len(list) == 1 {
		parms, err = d.resolved(list[0])
	}
	if err != nil {
		return nil, err
	}
	dict, _ := parms.(dictObject)
	return predicted(out, dict)
}

func sortedKeys(d dictObject) []nameObject { return slices.Sorted(maps.Keys(d)) }
