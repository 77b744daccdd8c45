package web

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"peergroups/forum"
	"peergroups/forum/disclose"
	"peergroups/server/view"
)

const (
	maxUpload  = 30 << 20        // bytes of one form with files; larger ones are refused before they are read
	uploadTime = 5 * time.Minute // for one such form to arrive
)

// takesFiles are the paths of forms with files.
var takesFiles = regexp.MustCompile(`^/(files|drafts|account/certification/evidence|staff/organisation/logo|t/[0-9]+/[^/]*|p/[0-9]+/change|g/[^/]+/b/[^/]+/new|g/[^/]+/r/[^/]+)(\?|$)`)

// received lets forms with files be longer than others, from members only: what a visitor
// sends would be read into memory before anybody knows that they are one.
func (d *Door) received(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	if !h.IsPost() || !bytes.HasPrefix(h.ContentType(), []byte(fiber.MIMEMultipartForm)) || !takesFiles.Match(h.RequestURI()) || h.ContentLength() < 0 {
		return fasthttp.RequestConfig{}
	}
	token := sessionCookie.of(h)
	if token == "" {
		return fasthttp.RequestConfig{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
	defer cancel()
	by, err := d.Forum.ActorOf(ctx, token)
	if err != nil || by.Member == 0 || !d.uploads.begin(h, by.Member, d.Now()) {
		return fasthttp.RequestConfig{}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: maxUpload, ReadTimeout: uploadTime}
}

// uploads counts the long forms that arrive now: what a slow one has sent so far stays in memory.
type uploads struct {
	mu sync.Mutex
	of map[*fasthttp.RequestHeader]upload // the header is the connection's own until the request ends
}

type upload struct {
	by    forum.MemberID
	began time.Time
}

const (
	uploadsOfOne = 3
	uploadsOfAll = 12
)

// begin tells whether one more may arrive. One whose end nobody heard of is forgotten with its time.
func (u *uploads) begin(h *fasthttp.RequestHeader, m forum.MemberID, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	theirs := 0
	for of, one := range u.of {
		if now.Sub(one.began) > uploadTime {
			delete(u.of, of)
		} else if one.by == m {
			theirs++
		}
	}
	if len(u.of) >= uploadsOfAll || theirs >= uploadsOfOne {
		return false
	}
	if u.of == nil {
		u.of = map[*fasthttp.RequestHeader]upload{}
	}
	u.of[h] = upload{m, now}
	return true
}

// end is heard of every request, also of one that broke off or was too long.
func (u *uploads) end(h *fasthttp.RequestHeader) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.of, h)
}

// takeFiles takes in what came with a form and does what its buttons say. Field "files" holds the
// ids of those that hang on it; again tells that the form is to be shown once more.
func (r *request) takeFiles(f *view.Form) (again bool, err error) {
	ids := listed[forum.FileID](r.typed("files"))
	trouble := func(err error) error {
		e, ok := asError(err)
		if !ok || e.Kind != forum.Invalid && e.Kind != forum.TooMany {
			return err
		}
		words := r.words.Say(e.Message.Key, e.Message.Args)
		for _, field := range e.Fields {
			words = r.words.Say(field.Message.Key, field.Message.Args)
		}
		if again = true; !strings.Contains(f.Errors["upload"], words) {
			f.Errors = map[string]string{"upload": strings.TrimSpace(f.Errors["upload"] + " " + words)}
		}
		return nil
	}
	if form, err := r.MultipartForm(); err == nil {
		for _, part := range form.File["upload"] {
			b, err := content(part)
			if err != nil {
				return false, err
			}
			file, err := r.d.Forum.AddFile(r.ctx, r.actor, part.Filename, b)
			if err == nil {
				if ids = append(ids, file.ID); file.Thumb && len(file.Traces) > 0 {
					r.cleaned = append(r.cleaned, file.ID)
				}
			} else if other := trouble(err); other != nil {
				return false, other
			} else if forum.KindOf(err) == forum.TooMany { // so it is for the rest
				break
			}
		}
	}
	if id := forum.FileID(number(r.typed("drop"))); id != 0 {
		again, ids = true, slices.DeleteFunc(ids, func(have forum.FileID) bool { return have == id })
		if err := r.d.Forum.DropFile(r.ctx, r.actor, id); err != nil {
			return false, err
		}
	}
	if id := forum.FileID(number(r.typed("clean"))); id != 0 {
		again = true
		if err := r.clean(id); err != nil && forum.KindOf(err) != forum.NotFound { // done already
			if err = trouble(err); err != nil {
				return false, err
			}
		}
	}
	f.Values["files"] = joined(ids)
	return again || r.typed("attach") != "", nil
}

// clean takes out of a file what it tells, and remembers to say so.
func (r *request) clean(id forum.FileID) error {
	err := r.d.Forum.CleanFile(r.ctx, r.actor, id)
	if err == nil {
		r.cleaned = append(r.cleaned, id)
	}
	return err
}

// weighty are the traces that may do harm, the worst first; the others are named without details.
var weighty = []disclose.TraceKind{disclose.Changes, disclose.Comments, disclose.Hidden, disclose.Versions, disclose.Embedded, disclose.Author, disclose.Place}

// traces gathers what a file tells by kind.
func traces(found []disclose.Trace) (out []view.Trace) {
	for _, kind := range append(weighty, disclose.Preview, disclose.Time, disclose.Device, disclose.Properties) {
		var what []string
		there := false
		for _, t := range found {
			if t.Kind == kind {
				if there = true; t.What != "" && len(what) < 5 {
					what = append(what, t.What)
				}
			}
		}
		if !slices.Contains(weighty, kind) {
			what = nil
		}
		if there {
			out = append(out, view.Trace{Kind: string(kind), What: strings.Join(what, ", ")})
		}
	}
	return out
}

func content(part *multipart.FileHeader) ([]byte, error) {
	file, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxUpload))
}

func listed[T ~int64](list string) (out []T) {
	for word := range strings.SplitSeq(list, ",") {
		if id := T(number(word)); id > 0 && len(out) < 50 && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func joined[T ~int64](ids []T) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = decimal(id)
	}
	return strings.Join(words, ",")
}

// own are the actor's files of a list, looked through once in a request: that may take a while.
func (r *request) own(list string) ([]forum.File, error) {
	if r.files == nil || r.listed != list {
		all, err := r.d.Forum.OwnFiles(r.ctx, r.actor, listed[forum.FileID](list))
		if err != nil {
			return nil, err
		}
		r.files, r.listed = append([]forum.File{}, all...), list
	}
	return r.files, nil
}

// attached are the files that hang on a form, of a new post or of one that is there (-1: of
// any), with what they tell besides what they show. What is gone, or hangs on another post, is
// taken off: it must not stand in the way.
func (r *request) attached(f *view.Form, of forum.PostID) (out []view.Attached, err error) {
	own, err := r.own(f.Values["files"])
	if err != nil {
		return nil, err
	}
	var there []forum.FileID
	for i := range own {
		file := &own[i]
		if of >= 0 && file.PostID != 0 && file.PostID != of {
			continue
		}
		there = append(there, file.ID)
		out = append(out, view.Attached{File: view.FileOf(file), Posted: file.PostID != 0, Cleanable: file.Cleanable,
			Traces: traces(file.Traces), Cleaned: slices.Contains(r.cleaned, file.ID)})
	}
	f.Values["files"] = joined(there)
	return out, nil
}

func filesOf(files []forum.File) (out []view.File) {
	for i := range files {
		out = append(out, view.FileOf(&files[i]))
	}
	return out
}

// upload answers the composer's script with the list of files as it is then.
func (d *Door) upload(r *request) error {
	f := r.form()
	if _, err := r.takeFiles(&f); err != nil {
		return err
	}
	attached, err := r.attached(&f, -1)
	if err != nil {
		return err
	}
	return r.render(view.FilesFragment(r.shell(""), f, attached))
}

// file sends a file to whoever may read its post. A browser shows pictures, which were made
// here, and saves all else: nothing of it runs or is guessed at (SECURITY fact 11).
func (d *Door) file(r *request) error {
	file, err := d.Forum.FindFile(r.ctx, r.actor, forum.FileID(r.id("id")))
	if err != nil {
		return err
	}
	small := r.Query("small") != ""
	tag := strconv.Quote(file.Shelf[:12] + strconv.FormatBool(small))
	r.Set(fiber.HeaderETag, tag)
	r.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	if r.Get(fiber.HeaderIfNoneMatch) == tag {
		return r.SendStatus(fiber.StatusNotModified)
	}
	b, size, err := d.Forum.OpenFile(r.ctx, &file, small)
	if err != nil {
		return err
	}
	how, kind := "attachment", file.Format.MIME()
	if file.Thumb {
		how = "inline"
	}
	r.Set(fiber.HeaderContentType, kind)
	r.Set(fiber.HeaderContentDisposition, mime.FormatMediaType(how, map[string]string{"filename": file.Name}))
	if !small {
		return r.stream(b, int(size))
	}
	defer func() { _ = b.Close() }()
	picture, err := io.ReadAll(b)
	if err != nil {
		return err
	}
	r.Set(fiber.HeaderContentType, http.DetectContentType(picture)) // it may be of another format
	return r.Send(picture)
}

func idsOf(files []forum.File) (out []forum.FileID) {
	for _, file := range files {
		out = append(out, file.ID)
	}
	return out
}
