package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// set is everything served, built once.
type set struct {
	files map[string]File   // by URL path
	paths map[string]string // plain name → URL path
	icons map[string]bool
}

var (
	// reference matches what one asset calls another by: url(font.woff2) in styles, "./live.js" in modules.
	reference = regexp.MustCompile(`url\(([a-z0-9-]+\.[a-z0-9]+)\)|"\./([a-z0-9-]+\.js)"`)
	symbol    = regexp.MustCompile(`<symbol id="([a-z-]+)"`)
	types     = map[string]string{
		".css":   "text/css; charset=utf-8",
		".js":    "text/javascript; charset=utf-8",
		".svg":   "image/svg+xml",
		".woff2": "font/woff2",
	}
)

// builder hashes files after those they refer to.
type builder struct {
	set  *set
	raw  map[string][]byte // plain name → content
	open map[string]bool   // being built now: a second visit is a cycle
}

// build reads every servable file of fsys and gives each its hashed name.
func build(fsys fs.FS) (*set, error) {
	b := &builder{
		set:  &set{files: map[string]File{}, paths: map[string]string{}, icons: map[string]bool{}},
		raw:  map[string][]byte{},
		open: map[string]bool{},
	}
	if err := fs.WalkDir(fsys, ".", b.read(fsys)); err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	for name := range b.raw {
		if _, err := b.add(name); err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
	}
	for _, m := range symbol.FindAllSubmatch(b.raw["sprite.svg"], -1) {
		b.set.icons[string(m[1])] = true
	}
	return b.set, nil
}

// read gathers the files that have a content type; licences and catalogues are not served.
func (b *builder) read(fsys fs.FS) fs.WalkDirFunc {
	return func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || types[path.Ext(file)] == "" {
			return err
		}
		name := path.Base(file)
		if b.raw[name] != nil {
			return fmt.Errorf("two files are named %s", name)
		}
		b.raw[name], err = fs.ReadFile(fsys, file)
		return err
	}
}

// add puts one file, and first what it refers to, into the set and returns its URL path.
func (b *builder) add(name string) (string, error) {
	if done, ok := b.set.paths[name]; ok {
		return done, nil
	}
	body, ok := b.raw[name]
	if !ok {
		return "", fmt.Errorf("%s does not exist", name)
	}
	if b.open[name] {
		return "", fmt.Errorf("%s refers to itself in a circle", name)
	}
	b.open[name] = true
	ext := path.Ext(name)
	if ext == ".css" || ext == ".js" {
		var err error
		if body, err = b.rewrite(name, body); err != nil {
			return "", err
		}
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:8])
	url := prefix + strings.TrimSuffix(name, ext) + "." + hash[:8] + ext
	b.set.paths[name] = url
	b.set.files[url] = File{Body: body, Gzip: pack(body), ContentType: types[ext], Hash: hash}
	return url, nil
}

// rewrite replaces references by hashed names; they stay relative, as all assets share one folder.
func (b *builder) rewrite(name string, body []byte) ([]byte, error) {
	var failed error
	out := reference.ReplaceAllFunc(body, func(found []byte) []byte {
		m := reference.FindSubmatch(found)
		target := string(m[1]) + string(m[2])
		url, err := b.add(target)
		if err != nil {
			failed = fmt.Errorf("%s: %w", name, err)
			return found
		}
		return bytes.Replace(found, []byte(target), []byte(path.Base(url)), 1)
	})
	return out, failed
}

// pack compresses body, or returns nil where that saves less than a tenth.
func pack(body []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	if out.Len() > len(body)*9/10 {
		return nil
	}
	return out.Bytes()
}
