package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
)

// answer is what a test looks at of a response.
type answer struct {
	StatusCode int
	Header     http.Header
}

// upload posts a form with files, as a browser does: pairs of a name and its bytes.
func (w *world) upload(cookie, path string, form url.Values, files ...string) (answer, string) {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for key, values := range form {
		w.must(m.WriteField(key, values[0]))
	}
	for i := 0; i+1 < len(files); i += 2 {
		part, err := m.CreateFormFile("upload", files[i])
		w.must(err)
		_, err = io.WriteString(part, files[i+1])
		w.must(err)
	}
	w.must(m.Close())
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.base.String()+path, &b)
	w.must(err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Origin", w.base.String())
	r.Header.Set("Cookie", cookie)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil { // closed while it was sending
		return answer{}, ""
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header}, string(body)
}

func (w *world) fetch(path, cookie string, headers ...string) (answer, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.base.String()+path, nil)
	w.must(err)
	r.Header.Set("Cookie", cookie)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return answer{res.StatusCode, res.Header}, string(b)
}

// offer is a Word document with a deleted sentence and its writer's name.
func offer(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>We offer half.</w:t></w:r><w:del w:id="1" w:author="canary-writer"><w:r><w:delText>canary-deleted</w:delText></w:r></w:del></w:p></w:body></w:document>`},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>canary-writer</dc:creator></cp:coreProperties>`},
	} {
		f, err := z.Create(part[0])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(f, part[1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	hung     = regexp.MustCompile(`name="files" value="([0-9,]*)"`)
	fileHref = regexp.MustCompile(`"(/f/[0-9]+/[^"?]+)`)
)

// TestFilesOnTheWeb: without scripts, files are put on a form, told about, cleaned and posted; the
// members open them, by page and mail's link; nobody else does.
func TestFilesOnTheWeb(t *testing.T) { onBoth(t, filesOnTheWeb) }

func filesOnTheWeb(t *testing.T, w *world) {
	people := w.members("ann", "bob", "out")
	g, board, _ := w.group("inner", forum.Hidden)
	w.enter(g, w.admin, people["ann"], people["bob"])
	w.must(w.forum.Subscribe(t.Context(), people["bob"], board.ID, forum.Each))
	ann, bob, out := w.session("ann"), w.session("bob"), w.session("out")
	form := url.Values{"title": {"An offer"}, "source": {"See what hangs on it."}, "key": {"k1"}}
	res, page := w.upload(ann, "/g/inner/b/talk/new", form, "offer.docx", offer(t), "evil.svg", "<svg onload=x>")
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "evil.svg” is not of a kind") || !strings.Contains(page, "offer.docx") || !strings.Contains(page, "See what hangs on it.") {
		t.Fatalf("two files, one bad: %d %s", res.StatusCode, content(page))
	}
	if !strings.Contains(page, "<mark>canary-writer</mark>") || !strings.Contains(page, "tracked changes") {
		t.Errorf("what the document tells is not told: %s", content(page))
	}
	form.Set("files", hung.FindStringSubmatch(page)[1])
	if res, page = w.upload(ann, "/g/inner/b/talk/new", form); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "A file that tells more than it shows") {
		t.Errorf("posted with a telling file: %d", res.StatusCode)
	}
	form.Set("clean", form.Get("files"))
	if res, page = w.upload(ann, "/g/inner/b/talk/new", form); res.StatusCode != http.StatusOK || strings.Contains(page, "canary-writer") || hung.FindStringSubmatch(page)[1] != form.Get("files") {
		t.Errorf("cleaned: %d %s", res.StatusCode, content(page))
	}
	form.Del("clean")
	if res, _ = w.upload(ann, "/g/inner/b/talk/new", form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("posted: %d", res.StatusCode)
	}
	topic := res.Header.Get("Location")
	_, page = w.ask("GET", topic, bob)
	href := fileHref.FindStringSubmatch(page)
	if href == nil {
		t.Fatalf("the topic shows no file: %s", content(page))
	}
	file, body := w.fetch(href[1], bob)
	if file.StatusCode != http.StatusOK || !strings.HasPrefix(body, "PK") || strings.Contains(body, "canary") || file.Header.Get("Content-Disposition") != `attachment; filename=offer.docx` ||
		file.Header.Get("X-Content-Type-Options") != "nosniff" || file.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || file.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("bob gets %d %v", file.StatusCode, file.Header)
	}
	for who, cookie := range map[string]string{"a visitor": "", "an outsider": out} {
		foreign, there := w.fetch(href[1], cookie)
		_, absent := w.fetch("/f/7/offer.docx", cookie)
		if foreign.StatusCode != http.StatusNotFound || varying.ReplaceAllString(there, "") != varying.ReplaceAllString(strings.ReplaceAll(absent, "/f/7/", strings.TrimSuffix(href[1], "offer.docx")), "") {
			t.Errorf("%s gets %d", who, foreign.StatusCode)
		}
	}
	if m := w.await("bob@members.example", "An offer"); !strings.Contains(m.Text, href[1]) || !strings.Contains(m.HTML, href[1]) || len(m.Attachments) > 0 {
		t.Errorf("the mail says %s", m.Text)
	}
	w.must(w.forum.Remove(t.Context(), w.admin, g.ID, people["bob"].Member, ""))
	if file, _ := w.fetch(href[1], bob); file.StatusCode != http.StatusNotFound {
		t.Errorf("removed, bob gets %d", file.StatusCode)
	}
}

// TestPicturesOnTheWeb: what is public is shown small, opened in the browser, and not fetched twice.
func TestPicturesOnTheWeb(t *testing.T) { onBoth(t, picturesOnTheWeb) }

func picturesOnTheWeb(t *testing.T, w *world) {
	ann := w.members("ann")["ann"]
	g, _, _ := w.group("open", forum.PublicToRead)
	w.enter(g, w.admin, ann)
	var b bytes.Buffer
	w.must(png.Encode(&b, image.NewGray(image.Rect(0, 0, 1200, 600))))
	session := w.session("ann")
	res, fragment := w.upload(session, "/files", nil, "räume.png", b.String())
	if res.StatusCode != http.StatusOK || !strings.Contains(fragment, "räume.png") {
		t.Fatalf("the script's upload: %d %s", res.StatusCode, fragment)
	}
	res, _ = w.upload(session, "/g/open/b/talk/new", url.Values{"title": {"Rooms"}, "source": {"Look."}, "key": {"k"}, "files": {hung.FindStringSubmatch(fragment)[1]}})
	_, page := w.ask("GET", res.Header.Get("Location"), "")
	if !strings.Contains(page, `?small=1" width="320" height="160"`) {
		t.Fatalf("a visitor sees %s", content(page))
	}
	href := fileHref.FindStringSubmatch(page)[1]
	whole, _ := w.fetch(href, "")
	small, body := w.fetch(href+"?small=1", "")
	if whole.Header.Get("Content-Disposition") != "inline; filename*=utf-8''r%C3%A4ume.png" || whole.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%v", whole.Header)
	}
	if c, kind, err := image.DecodeConfig(strings.NewReader(body)); err != nil || c.Width != 640 || !strings.HasSuffix(small.Header.Get("Content-Type"), kind) || small.Header.Get("Etag") == whole.Header.Get("Etag") {
		t.Errorf("the small picture: %v %+v %v", err, c, small.Header)
	}
	if again, body := w.fetch(href, "", "If-None-Match", whole.Header.Get("Etag")); again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("the second time: %d", again.StatusCode)
	}
}

// TestLargeForms: a member may send a file of 25 MB; a visitor is cut off at what a form may have.
func TestLargeForms(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.members("ann")
	ann, big := w.session("ann"), strings.Repeat("many words ", 25<<20/11)
	if res, page := w.upload(ann, "/files", nil, "big.txt", big); res.StatusCode != http.StatusOK || !strings.Contains(page, "big.txt") {
		t.Errorf("a member: %d", res.StatusCode)
	}
	for who, cookie := range map[string]string{"a visitor": "", "a made-up session": "__Host-session=" + strings.Repeat("x", 43)} {
		if res, _ := w.upload(cookie, "/files", nil, "big.txt", big); res.StatusCode != http.StatusRequestEntityTooLarge && res.StatusCode != 0 {
			t.Errorf("%s: %d", who, res.StatusCode)
		}
	}
	if res, _ := w.upload(ann, "/files", nil, "a.txt", big, "b.txt", big); res.StatusCode != http.StatusRequestEntityTooLarge && res.StatusCode != 0 {
		t.Errorf("two at once: %d", res.StatusCode)
	}
	small := []string{}
	for n := range 12 {
		small = append(small, fmt.Sprint("n", n, ".txt"), "text")
	}
	if _, page := w.upload(ann, "/files", nil, small...); strings.Count(page, `name="drop"`) != 12 {
		t.Errorf("of twelve files %d are shown", strings.Count(page, `name="drop"`))
	}
	if res, _ := w.upload("", "/register", url.Values{"handle": {"new"}, "name": {"N"}}); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("another form of that kind: %d", res.StatusCode)
	}
}

// TestFolder: the shelf on disk keeps what is put whole, knows no other paths, and clears what
// a killed process left half written.
func TestFolder(t *testing.T) {
	t.Parallel()
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "files")
	f := folder{root: dir}
	if names, err := f.Names(ctx, time.Now()); err != nil || names != nil {
		t.Errorf("before anything is there: %v %v", names, err)
	}
	if err := f.Put(ctx, "abcdefgh-small", []byte("bytes")); err != nil {
		t.Fatal(err)
	}
	r, size, err := f.Get(ctx, "abcdefgh-small")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "bytes" || size != 5 || r.Close() != nil {
		t.Errorf("%q %d %v", b, size, err)
	}
	for _, name := range []string{"", "short", "../../etc/passwd", "abcdefgh/../x", "ABCDEFGHIJ", "abcdefgh.part"} {
		_, _, err := f.Get(ctx, name)
		if put, drop := f.Put(ctx, name, nil), f.Drop(ctx, name); err == nil || errors.Is(err, fs.ErrNotExist) || put == nil || drop == nil {
			t.Errorf("%q is a name: %v %v %v", name, err, put, drop)
		}
	}
	half := filepath.Join(dir, "ab", "abcdefghi.part")
	if err := os.WriteFile(half, []byte("ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	if names, err := f.Names(ctx, time.Now().Add(time.Hour)); err != nil || fmt.Sprint(names) != "[abcdefgh-small]" {
		t.Errorf("%v %v", names, err)
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what was half written is still there")
	}
	if names, err := f.Names(ctx, time.Now().Add(-time.Hour)); err != nil || names != nil {
		t.Errorf("an hour ago there was %v %v", names, err)
	}
	if err := errors.Join(f.Drop(ctx, "abcdefgh-small"), f.Drop(ctx, "abcdefgh-small")); err != nil {
		t.Error(err)
	}
	if _, _, err := f.Get(ctx, "abcdefgh-small"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("dropped: %v", err)
	}
}

// TestFullDisk: files leave the database its room. The form says so, keeps what was typed and what hangs
// on it, and nothing of the file is left.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "files")
	free, err := freeBytes(t.TempDir())
	if err != nil || free == 0 {
		t.Fatalf("%d bytes free: %v", free, err)
	}
	if err := (folder{dir, free * 2}).Put(t.Context(), "abcdefgh", []byte("bytes")); !errors.Is(err, forum.ErrShelfFull) {
		t.Errorf("put on a full disk: %v", err)
	}
	if names, err := (folder{root: dir}).Names(t.Context(), time.Now().Add(time.Hour)); err != nil || names != nil {
		t.Errorf("left: %v %v", names, err)
	}
}

// TestPlacesOfUploads: who sends short forms, or names themself in our header, frees no place.
func TestPlacesOfUploads(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	w.members("ann")
	cookie := w.session("ann")
	var open []net.Conn
	slow := func() { // says that it sends a lot, and never ends
		c, err := net.Dial("tcp", w.base.Host)
		w.must(err)
		t.Cleanup(func() { _ = c.Close() })
		open = append(open, c)
		_, err = fmt.Fprintf(c, "POST /files HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 20000000\r\n\r\n--b", w.base.Host, w.base, cookie)
		w.must(err)
	}
	big := strings.Repeat("many words ", 2<<20/11)
	refused := func() bool {
		res, _ := w.upload(cookie, "/files", nil, "big.txt", big)
		return res.StatusCode == http.StatusRequestEntityTooLarge || res.StatusCode == 0
	}
	w.eventually("one more is refused", func() bool {
		slow() // the server may have lost patience with an earlier one before it read its head
		return refused()
	})
	for range 5 {
		w.upload(cookie, "/files", nil, "small.txt", "text")
		w.ask("GET", "/", cookie)
		w.post(cookie, "/preview", url.Values{"source": {"x"}})
	}
	if !refused() {
		t.Error("short forms freed the places of slow ones")
	}
	for _, c := range open {
		_ = c.Close()
	}
	w.eventually("those that broke off left their places", func() bool { return !refused() })
	for range 5 {
		if res, _ := w.upload(cookie, "/files", nil, "huge.txt", strings.Repeat("x", 31<<20)); res.StatusCode != http.StatusRequestEntityTooLarge && res.StatusCode != 0 {
			t.Errorf("31 MB: %d", res.StatusCode)
		}
	}
	if refused() {
		t.Error("forms that were too long kept their places")
	}
}
