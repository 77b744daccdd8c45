package forum

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// The archive of a whole portal (P27), by which another body takes it over, or the same one brings it back. It is a tar,
// packed by zstd and, where asked, encrypted by age under a passphrase. Its entries stand in this order:
//
//	manifest.json            PortalManifest: version, schema, tables with their columns
//	key                      the SECRET_KEY, only where it was asked for and the archive is encrypted
//	rows/TABLE/00000001.jsonl  rows, one a line: a JSON array of the values in the manifest's order of columns
//	files/NAME               what hangs on posts, messages and applications, under its name on the shelf
//	end.json                 portalEnd: how many entries and rows there are, and the hash of them all
//
// A whole number is a JSON number, a text a string, bytes a string of base64, and a text that is no valid UTF-8, or holds a
// zero byte, {"base64": "…"}. Tables stand so that a row follows those that it refers to, and rows by their primary key:
// two archives of the same rows are the same but for the manifest.

// PortalVersion is the version of the archive's form: another number is another form.
const PortalVersion = 1

// PortalManifest is the first entry of an archive.
type PortalManifest struct {
	Format       string            `json:"format"` // "peergroups-portal"
	Version      int               `json:"version"`
	Program      string            `json:"program"`      // that wrote it
	Schema       string            `json:"schema"`       // the last migration of its store
	MadeAt       time.Time         `json:"made_at"`      // of the snapshot
	Organisation string            `json:"organisation"` // whose portal it is
	Purpose      string            `json:"purpose"`      // "backup" or "transfer"
	To           string            `json:"to,omitempty"` // the body that takes it over, as members were told
	Key          bool              `json:"key"`          // SECRET_KEY is in it
	Tables       []PortalTable     `json:"tables"`
	LeftOut      map[string]string `json:"left_out"` // what is not in it: table, and why
}

// PortalTable is a table of an archive.
type PortalTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Kinds   []string `json:"kinds"` // of each: "integer", "text" or "bytes"
}

const (
	portalFormat   = "peergroups-portal"
	portalBackup   = "backup"
	portalTransfer = "transfer"
	manifestName   = "manifest.json"
	keyName        = "key"
	endName        = "end.json"

	portalChunk = 1 << 20   // bytes of rows after which an entry ends
	portalMost  = 64 << 20  // bytes of one entry: the longest mail or file, and room
	portalRows  = 200_000   // rows of one entry
	portalRatio = 2000      // unpacked bytes to one packed
	portalSlack = 256 << 20 // unpacked bytes that need no such ratio
)

// portalEnd is the last entry.
type portalEnd struct {
	Entries int              `json:"entries"` // before this one
	Rows    map[string]int64 `json:"rows"`    // by table
	Files   int              `json:"files"`
	Absent  []string         `json:"absent"` // names that a row of the snapshot has and the shelf had not any more
	Chain   string           `json:"chain"`  // over name, length and SHA-256 of each entry and what was before it
}

// Errors of an archive. Each is one that an operator is told of as it is.
var (
	ErrPortalBroken     = errors.New("the archive is damaged, or not one of a portal")
	ErrPortalCut        = errors.New("the archive ends before its end: it was cut off")
	ErrPortalNewer      = errors.New("the archive was made by a newer version of this program")
	ErrPortalPassphrase = errors.New("the archive is encrypted under another passphrase")
	ErrPortalLocked     = errors.New("the archive is encrypted: give its passphrase")
	ErrPortalBomb       = errors.New("the archive unpacks to more than it may")
)

func brokenPortal(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrPortalBroken}, args...)...)
}

// shelfName is what the forum calls bytes on the shelf (rand.Text in lower case), with the mark of a small picture.
var (
	shelfName = regexp.MustCompile(`^[a-z2-7]{20,40}(` + thumbOf + `)?$`)
	rowsName  = regexp.MustCompile(`^rows/([a-z_]{1,60})/([0-9]{8})\.jsonl$`)
)

// chain is the running hash over entries.
type chain struct {
	sum [sha256.Size]byte
	n   int
}

func (c *chain) add(name string, size int64, body []byte) {
	h := sha256.New()
	h.Write(c.sum[:])
	h.Write([]byte(name))
	h.Write([]byte{0})
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(size)))
	h.Write(body)
	h.Sum(c.sum[:0])
	c.n++
}

func (c *chain) text() string { return hex.EncodeToString(c.sum[:]) }

// portalWriter writes entries one after another; it holds none.
type portalWriter struct {
	tar    *tar.Writer
	chain  chain
	closes []io.Closer // inner first
}

// newPortalWriter begins an archive on w, encrypted where there is a passphrase.
func newPortalWriter(w io.Writer, passphrase string) (*portalWriter, error) {
	p := &portalWriter{}
	if passphrase != "" {
		to, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, err
		}
		to.SetWorkFactor(portalWork)
		sealed, err := age.Encrypt(w, to)
		if err != nil {
			return nil, err
		}
		p.closes, w = []io.Closer{sealed}, sealed
	}
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, err
	}
	p.tar = tar.NewWriter(packed)
	p.closes = slices.Insert(p.closes, 0, io.Closer(p.tar), io.Closer(packed))
	return p, nil
}

// portalWork is what a passphrase costs to try, as a power of two (scrypt).
const portalWork = 17

// entry writes one, whose bytes are read from r.
func (p *portalWriter) entry(name string, size int64, r io.Reader) error {
	if err := p.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}); err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(p.tar, h), r); err != nil {
		return err
	}
	p.chain.add(name, size, h.Sum(nil))
	return nil
}

func (p *portalWriter) bytes(name string, b []byte) error {
	if len(b) > portalMost {
		return fmt.Errorf("%s is larger than an archive takes (%d bytes)", name, len(b))
	}
	return p.entry(name, int64(len(b)), bytes.NewReader(b))
}

func (p *portalWriter) close() error {
	for _, c := range p.closes {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// manifestOf reads a manifest strictly.
func manifestOf(b []byte) (m PortalManifest, err error) {
	var v struct{ Format string }
	if json.Unmarshal(b, &v) != nil || v.Format != portalFormat {
		return m, brokenPortal("no manifest of a portal")
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, brokenPortal("manifest: %v", err)
	}
	if m.Version > PortalVersion {
		return m, fmt.Errorf("%w (version %d of the archive; this program reads up to %d)", ErrPortalNewer, m.Version, PortalVersion)
	}
	if m.Version < 1 || m.Purpose != portalBackup && m.Purpose != portalTransfer {
		return m, brokenPortal("version %d, made for %.40q", m.Version, m.Purpose)
	}
	seen := map[string]bool{}
	for _, t := range m.Tables {
		columns := map[string]bool{}
		for _, c := range t.Columns {
			columns[c] = true
		}
		if seen[t.Name] || len(t.Columns) == 0 || len(columns) != len(t.Columns) || len(t.Kinds) != len(t.Columns) {
			return m, brokenPortal("manifest: table %q", t.Name)
		}
		seen[t.Name] = true
		for _, k := range t.Kinds {
			if k != "integer" && k != "text" && k != "bytes" {
				return m, brokenPortal("manifest: %s has a column of the kind %q", t.Name, k)
			}
		}
	}
	return m, nil
}
