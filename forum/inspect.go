package forum

import (
	"context"
	"errors"
	"path"
	"strings"
	"sync"

	"peergroups/forum/disclose"
	"peergroups/forum/markup"
)

// readers bound how many files are looked through at once: some take seconds of a core. Those of
// one member come one after another, so that nobody's heavy documents make all others wait.
type readers struct {
	all chan struct{}
	of  [64]chan struct{} // members share a turn with few others

	mu    sync.Mutex
	known map[string]looked // by the name of the bytes, which never change under it
}

// looked is what was found in a file. It is kept in this process only, and not for long.
type looked struct {
	traces    []disclose.Trace
	cleanable bool
}

const mostLooked = 1000

func newReaders() *readers {
	r := &readers{all: make(chan struct{}, 2), known: map[string]looked{}}
	for i := range r.of {
		r.of[i] = make(chan struct{}, 1)
	}
	return r
}

// while looks through a file of the member's when it is their turn.
func (r *readers) while(ctx context.Context, m MemberID, look func() error) error {
	for _, turn := range []chan struct{}{r.of[m%MemberID(len(r.of))], r.all} {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return Refuse(TooMany, "error.files-busy")
		}
	}
	return look()
}

func (r *readers) keep(name string, l looked) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= mostLooked {
		clear(r.known)
	}
	r.known[name] = l
}

func (r *readers) kept(name string) (looked, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.known[name]
	return l, ok
}

// take looks through what came in, and gives the bytes to keep: of a picture new ones.
func (f *Forum) take(ctx context.Context, file *File, name string, b []byte) (kept []byte, err error) {
	err = f.readers.while(ctx, file.AuthorID, func() error {
		a, err := disclose.Inspect(name, b)
		if err != nil {
			return err
		}
		if file.Traces, kept = a.Traces, b; a.Format.Image() {
			if kept, _, err = disclose.Strip(b); err != nil {
				return err
			}
			if a, err = disclose.Inspect(name, kept); err != nil {
				return err
			}
		}
		file.Cleanable = a.Cleanable
		file.Name, file.Format = fileName(name, a), a.Format
		file.Size, file.Width, file.Height = int64(len(kept)), int64(a.Width), int64(a.Height)
		return nil
	})
	return kept, err
}

// tells finds what a file that was taken in tells besides what it shows. Of one that is not taken
// any more, since the bounds are narrower now, nothing is said: it still hangs on its form.
func (f *Forum) tells(ctx context.Context, file *File) error {
	if l, ok := f.readers.kept(file.Shelf); ok {
		file.Traces, file.Cleanable = l.traces, l.cleanable
		return nil
	}
	b, err := f.read(ctx, file.Shelf)
	if err != nil {
		return err
	}
	return f.readers.while(ctx, file.AuthorID, func() error {
		a, err := disclose.Inspect(file.Name, b)
		if err == nil {
			file.Traces, file.Cleanable = a.Traces, a.Cleanable
		} else if err = fileProblem(file.Name, err); KindOf(err) != Invalid {
			return err
		}
		f.readers.keep(file.Shelf, looked{file.Traces, file.Cleanable})
		return nil
	})
}

// fileName is the name that a file was given, without folders, control and bidi characters, and with
// the ending of what it is: what it is called decides nothing, and must not lie.
func fileName(name string, a *disclose.Attachment) string {
	name = markup.Line(path.Base(strings.ReplaceAll(name, `\`, "/")))
	ext := path.Ext(name)
	if a.Misnamed || a.Format == disclose.Text && ext != ".md" && ext != ".csv" || ext == "" || strings.Trim(ext, ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		ext = a.Format.Ext()
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"<>|*?:/`, r) {
			return '_'
		}
		return r
	}, strings.TrimSuffix(name, path.Ext(name))), " .")
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[:maxFileName])
	}
	if name == "" {
		name = "file"
	}
	return name + ext
}

// fileProblem says in words why a file is not taken.
func fileProblem(name string, err error) error {
	key := ""
	switch {
	case errors.Is(err, disclose.ErrKind):
		key = "error.file-kind"
	case errors.Is(err, disclose.ErrMacros):
		key = "error.file-macros"
	case errors.Is(err, disclose.ErrLocked):
		key = "error.file-locked"
	case errors.Is(err, disclose.ErrBomb):
		key = "error.file-bomb"
	case errors.Is(err, disclose.ErrUnclean):
		key = "error.file-unclean"
	case errors.Is(err, ErrShelfFull):
		key = "error.files-full"
	case errors.Is(err, disclose.ErrBroken):
		key = "error.file-broken"
	default:
		return err
	}
	var p problems
	p.add("upload", key, "Name", markup.Excerpt(markup.Line(name), 60), "Most", disclose.MaxBytes>>20)
	return p.err()
}
