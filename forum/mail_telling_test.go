package forum_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// signedDocument is a Word document with its writer's name in its properties and a body.
func signedDocument(t *testing.T, author, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	const open = "http://schemas.openxmlformats.org/"
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + open + `package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + open + `package/2006/relationships"><Relationship Id="r1" Type="` + open + `officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="r2" Type="` + open + `package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"word/document.xml", `<w:document xmlns:w="` + open + `wordprocessingml/2006/main"><w:body><w:p>` + body + `</w:p></w:body></w:document>`},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="` + open + `package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>` + author + `</dc:creator></cp:coreProperties>`},
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
	return b.Bytes()
}

// bytesOf gives the document of a file's bytes, one part of it.
func bytesOf(t *testing.T, w *forumtest.World, by forum.Actor, id forum.FileID) (all string) {
	t.Helper()
	f, err := w.FindFile(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	r, size, err := w.OpenFile(t.Context(), &f, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), size)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		p, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		one, _ := io.ReadAll(p)
		all += string(one)
	}
	return all
}

// TestTellingFilesOfMail: a document that came by mail does not say who wrote it; one with changes in it waits, as it is,
// for its writer's word, and is posted at that.
func TestTellingFilesOfMail(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		shelved(w)
		bob := w.As(s.bob.Member)
		mail := func(id, body string) (*forum.Post, error) {
			return w.ReplyByMail(t.Context(), bob, s.first, forum.Incoming{MessageID: id, Source: "See it.", Files: []forum.IncomingFile{{Name: "offer.docx", Bytes: signedDocument(t, "canary-writer", body)}}})
		}
		p, err := mail("<t1@bob.example>", "<w:r><w:t>We offer half.</w:t></w:r>")
		s.must(err)
		page := s.page(s.ann)
		last := page.Posts[len(page.Posts)-1]
		if got := bytesOf(t, w, s.ann, last.Files[0].ID); last.ID != p.ID || bytes.Contains([]byte(got), []byte("canary-writer")) || !bytes.Contains([]byte(got), []byte("We offer half.")) {
			t.Errorf("the file: %s", got)
		}
		_, err = mail("<t2@bob.example>", `<w:r><w:t>We offer half.</w:t></w:r><w:del w:id="1" w:author="x"><w:r><w:delText>canary-deleted</w:delText></w:r></w:del>`)
		kind(t, "a document with changes", err, forum.Held, "drafts.why.telling")
		drafts, err := w.Drafts(t.Context(), bob)
		s.must(err)
		d, err := w.ReadDraft(t.Context(), bob, drafts[0].ID)
		if err != nil || d.Why != forum.Telling || len(d.Files) != 1 || !bytes.Contains([]byte(bytesOf(t, w, bob, d.Files[0].ID)), []byte("canary-deleted")) {
			t.Fatalf("%+v %v", d, err)
		}
		told, err := w.Disclose(t.Context(), bob, s.group.ID, forum.ByMail)
		s.must(err)
		if _, err := w.Release(t.Context(), bob, d.ID, told.Wording); err != nil {
			t.Error(err)
		}
	})
}
