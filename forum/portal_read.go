package forum

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// PortalReader reads an archive from its beginning to its end, and trusts nothing in it: names, order, types, lengths and
// hashes are checked before anybody sees an entry. It holds one entry at a time, of at most portalMost bytes.
type PortalReader struct {
	Manifest PortalManifest
	End      portalEnd // after Next gave io.EOF

	tar      *tar.Reader
	raw, out *counted // packed and unpacked bytes
	unpack   *zstd.Decoder
	chain    chain
	body     bytes.Buffer
	key      []byte
	table    int // of the manifest, whose rows come
	chunk    int // of it
	last     string
	rows     map[string]int64
	files    int
}

// portalEntry is rows of a table, or a file. It holds until the next one.
type portalEntry struct {
	Table *PortalTable // nil: a file
	Rows  [][]any      // int64, string, []byte or nil, as the columns are
	Name  string       // of the file
	Body  []byte
}

// OpenPortal reads the beginning of an archive. passphrase "" is for one that is not encrypted.
func OpenPortal(r io.Reader, passphrase string) (*PortalReader, error) {
	p := &PortalReader{raw: &counted{r: r}, rows: map[string]int64{}, table: -1}
	b := bufio.NewReaderSize(p.raw, 1<<16)
	head, _ := b.Peek(21)
	var in io.Reader = b
	if strings.HasPrefix(string(head), "age-encryption.org/v1") {
		plain, err := openSealed(b, passphrase)
		if err != nil {
			return nil, err
		}
		in = plain
	}
	unpack, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, brokenPortal("%v", err)
	}
	p.unpack, p.out = unpack, &counted{r: unpack}
	p.tar = tar.NewReader(p.out)
	if err := p.begin(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func openSealed(r io.Reader, passphrase string) (io.Reader, error) {
	if passphrase == "" {
		return nil, ErrPortalLocked
	}
	who, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	who.SetMaxWorkFactor(portalWork + 1)
	plain, err := age.Decrypt(r, who)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, ErrPortalPassphrase
	}
	if err != nil {
		return nil, brokenPortal("%v", err)
	}
	return plain, nil
}

// begin reads the manifest, and the key where it is in.
func (p *PortalReader) begin() error {
	name, err := p.take()
	if err != nil {
		return err
	}
	if name != manifestName {
		return brokenPortal("it does not begin with its manifest")
	}
	if p.Manifest, err = manifestOf(p.body.Bytes()); err != nil || !p.Manifest.Key {
		return err
	}
	if name, err = p.take(); err != nil {
		return err
	}
	if name != keyName || p.body.Len() < 32 || p.body.Len() > 4096 {
		return brokenPortal("its key is missing")
	}
	p.key = bytes.Clone(p.body.Bytes())
	return nil
}

// Close lets go of what unpacks.
func (p *PortalReader) Close() { p.unpack.Close() }

// Key is the SECRET_KEY of the portal; nil: it is not in the archive.
func (p *PortalReader) Key() []byte { return p.key }

// take reads the next entry into the buffer.
func (p *PortalReader) take() (name string, err error) {
	h, err := p.tar.Next()
	switch {
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF): //nolint:errorlint // tar gives it bare
		return "", ErrPortalCut
	case err != nil:
		return "", brokenPortal("%v", err)
	case h.Typeflag != tar.TypeReg || len(h.PAXRecords) > 0:
		return "", brokenPortal("%.80q is no plain entry", h.Name)
	case h.Size > portalMost:
		return "", fmt.Errorf("%w: %.80q says it holds %d bytes", ErrPortalBomb, h.Name, h.Size)
	}
	p.body.Reset()
	if _, err := io.CopyN(&p.body, p.tar, h.Size); err != nil { // grows with what is there, not with what is said
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return "", ErrPortalCut
		}
		return "", brokenPortal("%v", err)
	}
	if p.out.n > portalSlack && p.out.n/portalRatio > p.raw.n {
		return "", fmt.Errorf("%w: %d bytes from %d", ErrPortalBomb, p.out.n, p.raw.n)
	}
	if h.Name != endName {
		sum := sha256.Sum256(p.body.Bytes())
		p.chain.add(h.Name, h.Size, sum[:])
	}
	return h.Name, nil
}

// Next gives the next entry; io.EOF after the last, when all of them are what was written.
func (p *PortalReader) Next() (e portalEntry, err error) {
	name, err := p.take()
	if err != nil {
		return e, err
	}
	if m := rowsName.FindStringSubmatch(name); m != nil {
		return p.rowsOf(m[1], m[2])
	}
	if file, is := strings.CutPrefix(name, "files/"); is {
		if !shelfName.MatchString(file) || file <= p.last {
			return e, brokenPortal("%.80q is no name of a file, or out of its order", file)
		}
		p.last = file
		p.files++
		return portalEntry{Name: file, Body: p.body.Bytes()}, nil
	}
	if name == endName {
		return e, p.finish()
	}
	return e, brokenPortal("an entry is called %.80q", name)
}

func (p *PortalReader) rowsOf(table, number string) (e portalEntry, err error) {
	if p.files > 0 {
		return e, brokenPortal("rows after files")
	}
	if p.table < 0 || p.Manifest.Tables[p.table].Name != table {
		p.chunk = 0
		for p.table++; p.table < len(p.Manifest.Tables) && p.Manifest.Tables[p.table].Name != table; p.table++ {
		}
		if p.table == len(p.Manifest.Tables) {
			p.table--
			return e, brokenPortal("rows of %s, which the manifest does not name, or not there", table)
		}
	}
	if p.chunk++; number != fmt.Sprintf("%08d", p.chunk) {
		return e, brokenPortal("part %s of %s is not the next", number, table)
	}
	e.Table = &p.Manifest.Tables[p.table]
	for line := range bytes.Lines(p.body.Bytes()) {
		row, err := e.Table.row(line)
		if err != nil {
			return e, brokenPortal("row %d of %s: %v", p.rows[table]+1, table, err)
		}
		if e.Rows = append(e.Rows, row); len(e.Rows) > portalRows {
			return e, fmt.Errorf("%w: part %d of %s", ErrPortalBomb, p.chunk, table)
		}
		p.rows[table]++
	}
	return e, shelved(&e)
}

// Raw reads on to the end of the archive, and gives each entry as it stands in it.
func (p *PortalReader) Raw(give func(name string, body []byte)) error {
	for {
		e, err := p.Next()
		switch {
		case errors.Is(err, io.EOF):
			give(endName, p.body.Bytes())
			return nil
		case err != nil:
			return err
		case e.Table == nil:
			give("files/"+e.Name, e.Body)
		default:
			give(fmt.Sprintf("rows/%s/%08d.jsonl", e.Table.Name, p.chunk), p.body.Bytes())
		}
	}
}

// finish compares what was read with what the last entry says was written, and that nothing follows.
func (p *PortalReader) finish() error {
	if err := json.Unmarshal(p.body.Bytes(), &p.End); err != nil {
		return brokenPortal("end: %v", err)
	}
	switch {
	case p.End.Chain != p.chain.text(), p.End.Entries != p.chain.n, p.End.Files != p.files, !maps.Equal(p.End.Rows, p.rows):
		return brokenPortal("its entries are not those that were written: the hash differs")
	}
	if _, err := p.tar.Next(); err != io.EOF { //nolint:errorlint // tar gives it bare
		return brokenPortal("something follows its end")
	}
	var rest [1]byte
	for zeros := 0; ; zeros++ {
		n, err := p.out.Read(rest[:])
		if n > 0 && (rest[0] != 0 || zeros > 1<<16) {
			return brokenPortal("something follows its end")
		}
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return brokenPortal("%v", err)
		}
	}
}

// row reads one line.
func (t *PortalTable) row(line []byte) ([]any, error) {
	row, rest := make([]any, len(t.Columns)), line
	for i := range row {
		if len(rest) == 0 || rest[0] != "[,"[min(i, 1)] {
			return nil, fmt.Errorf("%d values for %d columns", i, len(t.Columns))
		}
		v, after, ok := token(rest[1:])
		if !ok {
			return nil, errKind
		}
		one, err := valueOf(t.Kinds[i], v)
		if err != nil {
			return nil, fmt.Errorf("%s is no %s", t.Columns[i], t.Kinds[i])
		}
		row[i], rest = one, after
	}
	if string(rest) != "]\n" {
		return nil, fmt.Errorf("more than %d values, or no end of the line", len(row))
	}
	return row, nil
}

// token cuts the first value off: a string, an object of one string, or whatever ends before a comma or bracket.
func token(b []byte) (v, rest []byte, ok bool) {
	i := 0
	switch {
	case len(b) == 0:
		return nil, nil, false
	case b[0] == '{':
		if i = bytes.IndexByte(b, '}') + 1; i == 0 {
			return nil, nil, false
		}
	case b[0] == '"':
		for i = 1; ; i++ {
			n := bytes.IndexByte(b[i:], '"')
			if n < 0 {
				return nil, nil, false
			}
			i += n
			slashes := 0
			for b[i-1-slashes] == '\\' { // the string begins with something else
				slashes++
			}
			if slashes%2 == 0 {
				i++
				break
			}
		}
	default:
		if i = bytes.IndexAny(b, ",]"); i < 0 {
			return nil, nil, false
		}
	}
	return b[:i], b[i:], true
}

var errKind = errors.New("no value")

// valueOf reads a value of a kind.
func valueOf(kind string, v []byte) (any, error) {
	switch {
	case len(v) == 0:
		return nil, errKind
	case string(v) == "null":
		return nil, nil //nolint:nilnil // NULL is a value
	case kind == "integer":
		return strconv.ParseInt(string(v), 10, 64)
	case kind == "text" && v[0] == '{':
		var odd struct{ Base64 *[]byte }
		if err := json.Unmarshal(v, &odd); err != nil || odd.Base64 == nil {
			return nil, errKind
		}
		return string(*odd.Base64), nil
	case len(v) < 2 || v[0] != '"':
		return nil, errKind
	}
	s := string(v[1 : len(v)-1])
	if bytes.IndexByte(v, '\\') >= 0 || !utf8.Valid(v) || slices.ContainsFunc(v, func(c byte) bool { return c < ' ' }) {
		if err := json.Unmarshal(v, &s); err != nil {
			return nil, err
		}
	}
	if kind == "text" {
		return s, nil
	}
	return base64.StdEncoding.DecodeString(s)
}
