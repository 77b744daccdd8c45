package disclose

import (
	"bytes"
	"compress/zlib"
	"fmt"
)

// predicted undoes the predictors of PNG, which lists of objects are stored with (7.4.4.4).
func predicted(b []byte, parms dictObject) ([]byte, error) {
	kind, _ := integer(parms["Predictor"])
	columns, ok := integer(parms["Columns"])
	if !ok {
		columns = 1
	}
	colors, _ := integer(parms["Colors"])
	bits, _ := integer(parms["BitsPerComponent"])
	switch {
	case kind < 2:
		return b, nil
	case kind < 10 || colors > 1 || bits != 0 && bits != 8 || columns < 1 || columns > 1<<16:
		return nil, fmt.Errorf("%w: PDF: an unusual predictor", ErrBroken)
	}
	out := make([]byte, 0, len(b))
	above := make([]byte, columns)
	for ; len(b) > columns; b = b[columns+1:] {
		row := bytes.Clone(b[1 : columns+1])
		for i := range row {
			var left, corner byte
			if i > 0 {
				left, corner = row[i-1], above[i-1]
			}
			switch b[0] {
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(int(left), int(above[i]), int(corner))
			}
		}
		out, above = append(out, row...), row
	}
	return out, nil
}

func paeth(a, b, c int) byte {
	pa, pb, pc := abs(b-c), abs(a-c), abs(a+b-2*c)
	switch {
	case pa <= pb && pa <= pc:
		return byte(a)
	case pb <= pc:
		return byte(b)
	}
	return byte(c)
}

func abs(n int) int { return max(n, -n) }

// pdfWriter writes one body without earlier versions: streams by themselves, all else packed together.
type pdfWriter struct {
	out    []byte
	places map[int]place
	batch  []int // numbers of the objects that wait to be packed
	heads  []byte
	bodies []byte
	next   int // the next number for a stream of objects
}

const batchSize = 200 // objects in a stream

func newPDFWriter(objects int) *pdfWriter {
	return &pdfWriter{out: []byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), places: map[int]place{}, next: objects + 1}
}

func (w *pdfWriter) add(n int, v any) {
	if st, ok := v.(*streamObject); ok {
		w.stream(n, st)
		return
	}
	w.batch = append(w.batch, n)
	w.heads = fmt.Appendf(w.heads, "%d %d ", n, len(w.bodies))
	w.bodies = append(written(w.bodies, v), '\n')
	if len(w.batch) == batchSize {
		w.flush()
	}
}

func (w *pdfWriter) stream(n int, st *streamObject) {
	w.places[n] = place{offset: len(w.out)}
	st.dict["Length"] = plainObject(fmt.Sprint(len(st.data)))
	w.out = written(fmt.Appendf(w.out, "%d 0 obj\n", n), st.dict)
	w.out = append(append(append(w.out, "\nstream\n"...), st.data...), "\nendstream\nendobj\n"...)
}

func (w *pdfWriter) flush() {
	if len(w.batch) == 0 {
		return
	}
	for i, n := range w.batch {
		w.places[n] = place{offset: i, in: w.next}
	}
	w.stream(w.next, deflated(append(w.heads, w.bodies...), dictObject{"Type": nameObject("ObjStm"), "N": plainObject(fmt.Sprint(len(w.batch))), "First": plainObject(fmt.Sprint(len(w.heads)))}))
	w.batch, w.heads, w.bodies = nil, nil, nil
	w.next++
}

func deflated(b []byte, dict dictObject) *streamObject {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b) // into memory, which does not fail
	_ = z.Close()
	dict["Filter"] = nameObject("FlateDecode")
	return &streamObject{dict, out.Bytes()}
}

// close writes the list of objects, and gives the file.
func (w *pdfWriter) close(root int) []byte {
	w.flush()
	at, n := len(w.out), w.next
	w.places[n] = place{offset: at}
	list := []byte{0, 0, 0, 0, 0, 0xFF, 0xFF}
	for i := 1; i <= n; i++ {
		p := w.places[i]
		kind, first, second := byte(1), p.offset, 0
		if p.in > 0 {
			kind, first, second = 2, p.in, p.offset
		}
		list = append(list, kind, byte(first>>24), byte(first>>16), byte(first>>8), byte(first), byte(second>>8), byte(second))
	}
	w.stream(n, deflated(list, dictObject{"Type": nameObject("XRef"), "Size": plainObject(fmt.Sprint(n + 1)), "Root": refObject(root),
		"W": listObject{plainObject("1"), plainObject("4"), plainObject("2")}}))
	return fmt.Appendf(w.out, "startxref\n%d\n%%%%EOF\n", at)
}
