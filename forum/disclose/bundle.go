package disclose

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"
	"time"
)

// member is a file in an archive.
type member struct {
	name string
	data []byte
}

// bundle is an archive as office programs write them, unpacked.
type bundle struct {
	members []member
	at      map[string]int // by name in small letters
}

// unpacked reads an archive within the limits. Names that lead elsewhere or stand twice are refused.
func unpacked(b []byte) (*bundle, error) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, errors.Join(ErrBroken, err)
	}
	if len(r.File) > maxEntries {
		return nil, ErrBomb
	}
	o, left := &bundle{at: map[string]int{}}, maxUnpacked
	for _, f := range r.File {
		switch low := strings.ToLower(f.Name); {
		case f.Flags&1 != 0:
			return nil, ErrLocked
		case strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0:
			continue
		case strings.ContainsAny(f.Name, "\\\x00") || f.Name != path.Clean(f.Name) || path.IsAbs(f.Name) || f.Name == "." || strings.HasPrefix(f.Name, "../") || f.Name == "..":
			return nil, fmt.Errorf("%w: a name leads elsewhere", ErrBroken)
		default:
			if _, twice := o.at[low]; twice {
				return nil, fmt.Errorf("%w: a name stands twice", ErrBroken)
			}
			o.at[low] = len(o.members)
		}
		data, err := unpack(f, left)
		if err != nil {
			return nil, err
		}
		left -= len(data)
		o.members = append(o.members, member{f.Name, data})
	}
	return o, nil
}

// unpack reads one entry of at most so many bytes; what its header says of its size is not believed.
func unpack(f *zip.File, most int) ([]byte, error) {
	if most > 1<<20 && f.CompressedSize64 < maxUnpacked/maxRatio {
		most = min(most, max(1<<20, int(f.CompressedSize64)*maxRatio))
	}
	r, err := f.Open()
	if err != nil {
		return nil, errors.Join(ErrBroken, err)
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	switch {
	case len(data) > most:
		return nil, ErrBomb
	case err != nil:
		return nil, errors.Join(ErrBroken, err)
	}
	return data, nil
}

// get gives a member's bytes, nil where there is none.
func (o *bundle) get(name string) []byte {
	i, ok := o.at[strings.ToLower(name)]
	if !ok {
		return nil
	}
	return o.members[i].data
}

// packedAgain writes an archive that tells nothing of when and by what it was made. A member called "mimetype" is not
// compressed, as OpenDocument (part 3, 3.3) wants it.
func packedAgain(members []member) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		var to io.Writer
		var err error
		if m.name == "mimetype" {
			n := uint64(len(m.data))
			to, err = w.CreateRaw(&zip.FileHeader{Name: m.name, CRC32: crc32.ChecksumIEEE(m.data), CompressedSize64: n, UncompressedSize64: n})
		} else {
			to, err = w.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		}
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(m.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
