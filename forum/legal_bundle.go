package forum

import (
	"archive/zip"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// A bundle is a ZIP: scope.txt (JSON), data/SECTION.jsonl (a row on a line), files, and last manifest.json with the SHA-256 of each of them, and
// manifest.sig, an Ed25519 signature of the manifest's bytes under a key whose public half the transparency page shows.

// BundleFile is a line of the manifest.
type BundleFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// BundleKey is the public key under which bundles are signed, as hex. Its private half follows from the secret key.
func (f *Forum) BundleKey() string {
	return hex.EncodeToString(f.bundleKey().Public().(ed25519.PublicKey)) //nolint:forcetypeassert // it is one
}

func (f *Forum) bundleKey() ed25519.PrivateKey {
	h := hmac.New(sha256.New, f.secret)
	h.Write([]byte("legal bundles\x00"))
	return ed25519.NewKeyFromSeed(h.Sum(nil))
}

// timesOf are the columns that say when a row came to be, the first that a section has counts.
var timesOf = []string{"posted_at", "written_at", "said_at", "at", "queued_at", "added_at", "created_at", "started_at", "granted_at", "from_at"}

// legalSections are the sections that a scope names, each within its span.
func legalSections(l *LegalRequest) (out []section) {
	for _, part := range LegalParts {
		if !slices.Contains(strings.Fields(l.Parts), part.Name) {
			continue
		}
		for i := range sections {
			s := sections[i]
			if !slices.Contains(part.sections, s.called()) {
				continue
			}
			if s.table == "files" { // a file belongs to what it hangs on
				s.whose = "(" + s.whose + ") AND t." + map[string]string{"posts": "post_id", "messages": "message_id"}[part.Name] + " > 0"
				s.name = "files_of_" + part.Name
			}
			s.place = "" // titles and names of places may be others' words, or of before
			columns, _ := s.declared()
			if at := slices.IndexFunc(timesOf, func(c string) bool { return slices.Contains(columns, c) }); at >= 0 && part.Name != "account" {
				s.whose = fmt.Sprintf("(%s) AND t.%[2]s >= %[3]d AND t.%[2]s < %[4]d", s.whose, timesOf[at], l.FromAt, l.UntilAt)
			}
			out = append(out, s)
		}
	}
	return out
}

// AskBundle lets a bundle be written, by one of those who may decide: while the decision to comply is young. Each time is logged.
func (f *Forum) AskBundle(ctx context.Context, by Actor, id int64) (l LegalRequest, err error) {
	err = f.write(ctx, "ask bundle", func(w *writer) error {
		if l, err = w.legalRequest(by, id); err != nil {
			return err
		}
		if !l.MayBundle() || l.AgreedAt.add(legalWithin) < w.now {
			return Refuse(Closed, "error.legal-bundle")
		}
		return either(w.seasonedAny(by.Member), w.log(by, "take-legal-bundle", id, 0, l.Parts))
	})
	return l, err
}

// bundle is one that is written.
type bundle struct {
	zip   *zip.Writer
	files []BundleFile
}

// tallied counts and hashes what is written of one file.
type tallied struct {
	io.Writer
	hash.Hash
	n int64
}

func (c *tallied) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.Hash.Write(b[:n])
	c.n += int64(n)
	return n, err
}

// put writes one file.
func (b *bundle) put(name string, at time.Time, write func(io.Writer) error) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	c := &tallied{Writer: w, Hash: sha256.New()}
	if err := write(c); err != nil {
		return err
	}
	b.files = append(b.files, BundleFile{name, c.n, hex.EncodeToString(c.Sum(nil))})
	return nil
}

// WriteBundle writes what AskBundle gave, as the member themself would be given it: nothing of others, and nothing beyond the scope. The hash of its
// manifest is kept when all of it is written. It is made while it is taken and stands nowhere.
func (f *Forum) WriteBundle(ctx context.Context, by Actor, l LegalRequest, to io.Writer) (err error) {
	defer during(&err, "write bundle")
	of, err := f.ActorFor(ctx, l.MemberID)
	if err != nil {
		return err
	}
	of.Member = l.MemberID // also of one who is suspended
	at, b := f.now().UTC(), bundle{zip: zip.NewWriter(to)}
	if err := b.put("scope.txt", at, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(map[string]any{"authority": l.Authority, "basis": l.Basis, "reference": l.Reference, "member": l.Handle, "parts": strings.Fields(l.Parts),
			"from": l.FromAt.Time().UTC().Format(time.RFC3339), "before": l.UntilAt.Time().UTC().Format(time.RFC3339), "made_at": at.Format(time.RFC3339)})
	}); err != nil {
		return err
	}
	for _, s := range legalSections(&l) {
		if err := f.bundleSection(ctx, &b, &s, of, at); err != nil {
			return err
		}
	}
	manifest, err := json.MarshalIndent(b.files, "", " ")
	if err != nil {
		return err
	}
	seal := func(text []byte) func(io.Writer) error {
		return func(w io.Writer) error { _, err := w.Write(text); return err }
	}
	signature := hex.EncodeToString(ed25519.Sign(f.bundleKey(), manifest))
	if err := errors.Join(b.put("manifest.json", at, seal(manifest)), b.put("manifest.sig", at, seal([]byte(signature+"\n"+f.BundleKey()+"\n"))), b.zip.Close()); err != nil {
		return err
	}
	sum := sha256.Sum256(manifest)
	return f.write(ctx, "keep manifest", func(w *writer) error {
		return either(w.exec("UPDATE legal_requests SET bundled_at = ?, bundled_by = ?, manifest = ? WHERE id = ?", w.now, by.Member, hex.EncodeToString(sum[:]), l.ID), w.log(by, "legal-bundle", l.ID, 0, hex.EncodeToString(sum[:])))
	})
}

func (f *Forum) bundleSection(ctx context.Context, b *bundle, s *section, of Actor, at time.Time) error {
	if err := b.put("data/"+s.called()+".jsonl", at, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		var last []any
		for more := true; more; {
			rows, next, err := s.rows(ctx, f.store.read, of, last)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if err := lines.Encode(row); err != nil {
					return err
				}
			}
			last, more = next, len(rows) == mostOfDownload
		}
		return nil
	}); err != nil || !s.files {
		return err
	}
	for last, more := int64(0), true; more; {
		var rows []struct {
			ID          int64 `bun:"id"`
			Name, Shelf string
		}
		if err := f.store.read.scan(ctx, &rows, "SELECT t.id, t.name, t.shelf FROM "+s.table+" AS t WHERE ("+s.whose+") AND t.id > ?1 ORDER BY t.id LIMIT ?2", of.Member, last, mostOfDownload); err != nil {
			return err
		}
		for _, row := range rows {
			last = row.ID
			r, _, err := f.shelf.Get(ctx, row.Shelf)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			if err := errors.Join(b.put(s.path(row.ID, row.Name), at, func(w io.Writer) error { _, err := io.Copy(w, struct{ io.Reader }{r}); return err }), r.Close()); err != nil {
				return err
			}
		}
		more = len(rows) == mostOfDownload
	}
	return nil
}
