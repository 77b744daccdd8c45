package view

import (
	"fmt"
	"net/url"

	"peergroups/forum"
	"peergroups/server/text"
)

// File is a picture or a document that hangs on a post.
type File struct {
	ID            forum.FileID
	Name          string
	Href          string
	Size          int64 // bytes
	Width, Height int64 // pixels
	Picture       bool  // a small one is at Href with small=1
}

// Attached is a file on a form, with what it tells besides what it shows.
type Attached struct {
	File
	Posted    bool // it hangs on the post already
	Traces    []Trace
	Cleanable bool
	Cleaned   bool // just now
}

// Trace is one thing that a file tells: Kind is a catalogue key "trace.KIND".
type Trace struct{ Kind, What string }

// small gives the size in which a picture is shown: at most 320 pixels each way.
func (f File) small() (width, height string) {
	w, h := f.Width, f.Height
	if most := max(w, h); most > 320 {
		w, h = max(1, w*320/most), max(1, h*320/most)
	}
	return fmt.Sprint(w), fmt.Sprint(h)
}

// FileLinks are the files of a post for a mail: by name, to be opened on the pages, where the
// gate is asked each time.
func FileLinks(w text.Words, base string, all []forum.File) (out []Link) {
	for _, f := range all {
		out = append(out, Link{Href: base + fileHref(f.ID, f.Name), Text: f.Name + " (" + size(w, f.Size) + ")"})
	}
	return out
}

// FileOf is a file as pages show it.
func FileOf(f *forum.File) File {
	return File{ID: f.ID, Name: f.Name, Size: f.Size, Width: f.Width, Height: f.Height, Picture: f.Thumb, Href: fileHref(f.ID, f.Name)}
}

func fileHref(id forum.FileID, name string) string {
	return "/f/" + decimal(id) + "/" + url.PathEscape(name)
}

// size says how long a file is.
func size(w text.Words, bytes int64) string {
	if bytes < 1<<20 {
		return w.T("file.kb", "Count", max(1, bytes>>10))
	}
	return w.T("file.mb", "Count", fmt.Sprintf("%.1f", float64(bytes)/(1<<20)))
}
