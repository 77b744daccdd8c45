package disclose

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Format is what an attachment is by its bytes. There are no others: what is not listed is refused.
type Format string

// The formats that are taken.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif"
	WebP Format = "webp"
	PDF  Format = "pdf"
	DOCX Format = "docx"
	XLSX Format = "xlsx"
	PPTX Format = "pptx"
	ODT  Format = "odt"
	Text Format = "text"
)

const officeMIME = "application/vnd.openxmlformats-officedocument."

var mimes = map[Format]string{
	JPEG: "image/jpeg", PNG: "image/png", GIF: "image/gif", WebP: "image/webp", PDF: "application/pdf",
	DOCX: officeMIME + "wordprocessingml.document", XLSX: officeMIME + "spreadsheetml.sheet",
	PPTX: officeMIME + "presentationml.presentation", ODT: odtMIME, Text: "text/plain; charset=utf-8",
}

// MIME gives the media type under which a file of this format is sent; "" for no format.
func (f Format) MIME() string { return mimes[f] }

// Ext gives the ending of a file's name, with its dot.
func (f Format) Ext() string {
	switch f {
	case JPEG:
		return ".jpg"
	case Text:
		return ".txt"
	}
	return "." + string(f)
}

// Image tells pictures, which have a width and a height and can be shown small.
func (f Format) Image() bool { return f == JPEG || f == PNG || f == GIF || f == WebP }

// TraceKind says what a trace tells about who made a file.
type TraceKind string

// The kinds of trace, in the order in which they are listed.
const (
	Author     TraceKind = "author"     // who wrote or last changed it
	Place      TraceKind = "place"      // where it was made
	Device     TraceKind = "device"     // the camera, program or printer
	Time       TraceKind = "time"       // when it was made or edited
	Changes    TraceKind = "changes"    // insertions and deletions that are kept
	Comments   TraceKind = "comments"   // remarks in the margin, and who made them
	Hidden     TraceKind = "hidden"     // text, sheets, slides or layers that are not shown
	Versions   TraceKind = "versions"   // earlier versions inside
	Preview    TraceKind = "preview"    // a small picture of what it once was
	Embedded   TraceKind = "embedded"   // files, objects or scripts inside
	Properties TraceKind = "properties" // title, company, template and whatever else is said of it
)

var traceOrder = []TraceKind{Author, Place, Device, Time, Changes, Comments, Hidden, Versions, Preview, Embedded, Properties}

// Trace is one thing that a file tells beside what it shows.
type Trace struct {
	Kind TraceKind
	What string // an excerpt of at most 80 letters, such as an author's name; "" where nothing can be shown
}

// Attachment is what a file is, by its bytes alone.
type Attachment struct {
	Format        Format
	Width, Height int     // of pictures, in pixels, as stored: an orientation is not applied; otherwise 0
	Traces        []Trace // by kind, then as found; at most 100
	Cleanable     bool    // Strip can take off every trace
	Misnamed      bool    // the name ends like another format
	locked        bool
}

// Limits of what is read. What passes them is refused, never read in part.
const (
	MaxBytes    = 25 << 20   // of a file
	MaxPixels   = 25_000_000 // of a picture, and of all frames of an animation
	maxFrames   = 500        // of an animation
	maxUnpacked = 120 << 20  // bytes, of all that is unpacked of one file
	maxRatio    = 400        // unpacked bytes to packed ones, of an entry of more than a megabyte
	maxEntries  = 2000       // of an archive
	maxDepth    = 200        // of XML elements and PDF objects in each other
	maxTokens   = 3_000_000  // of XML, in one file
	maxValues   = 400_000    // of a PDF: objects and what is in them; each costs half a kilobyte
	maxObjects  = 300_000    // of a PDF
	maxTraces   = 100
	maxShown    = 80 // runes of an excerpt
)

// Why a file is refused.
var (
	ErrKind    = errors.New("this kind of file is not taken")
	ErrBroken  = errors.New("the file cannot be read as what it says it is")
	ErrBomb    = errors.New("the file is too large, as it is or unpacked")
	ErrMacros  = errors.New("the file holds macros")
	ErrLocked  = errors.New("the file is encrypted")
	ErrUnclean = errors.New("the file cannot be cleaned with certainty")
)

// Inspect says what a file is and which traces it holds. The name adds only whether it lies. Errors: ErrKind, ErrBroken,
// ErrBomb, ErrMacros, ErrLocked. A PDF that does not begin with its first byte is refused as ErrKind. An encrypted PDF is
// no error but not cleanable.
func Inspect(name string, b []byte) (*Attachment, error) {
	a, _, err := read(b)
	if err != nil {
		return nil, err
	}
	a.sort()
	a.Misnamed = misnamed(name, a.Format)
	return a, nil
}

// read tells what a file is. Documents are copied on the way: clean is the copy, void where it is not cleanable.
func read(b []byte) (a *Attachment, clean []byte, err error) {
	defer recovered(&err)
	if len(b) > MaxBytes {
		return nil, nil, ErrBomb
	}
	a = &Attachment{Format: Text, Cleanable: true}
	switch {
	case bytes.HasPrefix(b, []byte("%PDF-")):
		clean, err = a.pdf(b)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		clean, err = a.office(b)
	case bytes.HasPrefix(b, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")): // old Word and Excel, or a new one encrypted
		err = ErrKind
		if bytes.Contains(b, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
			err = ErrLocked
		}
	case picture(b) != "":
		a.Format = picture(b)
		err = a.image(b)
	default:
		clean, err = slices.Clone(b), plain(b)
	}
	return a, clean, err
}

// Strip gives a copy without traces, and its format: that of the file, but JPEG or PNG for a WebP. Pictures are encoded
// anew, upright. Of texts with changes the last state is kept. The copy was inspected again: where a trace is left the
// answer is ErrUnclean, as it is for what is not cleanable. Other errors: those of Inspect.
func Strip(b []byte) (clean []byte, as Format, err error) {
	defer recovered(&err)
	a, clean, err := read(b)
	switch {
	case err != nil:
		return nil, "", err
	case a.locked:
		return nil, "", ErrLocked
	case !a.Cleanable:
		return nil, "", ErrUnclean
	}
	if as = a.Format; as.Image() {
		clean, as, err = recoded(b, as)
	}
	switch {
	case err != nil:
		return nil, "", err
	case len(clean) > MaxBytes:
		return nil, "", ErrBomb
	}
	again, err := Inspect("", clean)
	if err != nil || again.Format != as || len(again.Traces) > 0 {
		return nil, "", fmt.Errorf("%w: the copy is not clean", ErrUnclean)
	}
	return clean, as, nil
}

// recovered makes a fault of a decoder an answer: the bytes come from anyone.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrBroken, r)
	}
}

func (a *Attachment) add(kind TraceKind, what string) {
	t := Trace{kind, shown(what)}
	if len(a.Traces) < maxTraces && !slices.Contains(a.Traces, t) {
		a.Traces = append(a.Traces, t)
	}
}

// sort orders traces by kind. A trace without words is left out beside one with words.
func (a *Attachment) sort() {
	a.Traces = slices.DeleteFunc(a.Traces, func(t Trace) bool {
		return t.What == "" && slices.ContainsFunc(a.Traces, func(o Trace) bool { return o.Kind == t.Kind && o.What != "" })
	})
	slices.SortStableFunc(a.Traces, func(x, y Trace) int {
		return cmp.Compare(slices.Index(traceOrder, x.Kind), slices.Index(traceOrder, y.Kind))
	})
}

// shown makes an excerpt safe to read: no control characters, nothing that turns the direction of a line.
func shown(s string) string {
	if len(s) > 4*1024 {
		s = s[:4*1024]
	}
	var out []rune
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsGraphic(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			continue
		}
		if r != ' ' || len(out) > 0 && out[len(out)-1] != ' ' {
			out = append(out, r)
		}
		if len(out) == maxShown {
			break
		}
	}
	return strings.TrimSpace(string(out))
}

// plain refuses what is no text, and what browsers or shells would run.
func plain(b []byte) error {
	s := strings.TrimLeft(strings.TrimPrefix(string(b), "\uFEFF"), " \t\r\n\f")
	switch {
	case s == "", !utf8.Valid(b), len(s) > 1 && s[0] == '<' && (s[1]|0x20 >= 'a' && s[1]|0x20 <= 'z' || s[1] == '!' || s[1] == '?'):
		return ErrKind
	case strings.HasPrefix(s, "#!"), strings.HasPrefix(s, "%!PS"), strings.HasPrefix(s, `{\rtf`), strings.Contains(s[:min(len(s), 1024)], "%PDF-"):
		return ErrKind
	}
	for _, c := range b {
		if c < ' ' && !strings.ContainsRune("\t\n\r\f", rune(c)) || c == 0x7F {
			return ErrKind
		}
	}
	return nil
}

// endings are those of names that fit a format, beside its own.
var endings = map[Format]string{JPEG: ".jpeg .jpe .jfif", Text: ".text .md .csv .log .ics .vcf .eml .json .srt .tsv"}

func misnamed(name string, f Format) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext != "" && ext != f.Ext() && !slices.Contains(strings.Fields(endings[f]), ext)
}
