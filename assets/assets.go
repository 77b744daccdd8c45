// Package assets embeds what browsers fetch (styles, scripts, icons, font) and the message catalogues.
//
// Files are served under names that carry a hash of their content, so that they may be kept for ever. References
// between them (a font in the styles, a module in a module) are rewritten to those names when the set is built, once
// per process; pages therefore need no import map and the content security policy no inline script. The package
// knows nothing of HTTP: the web door turns a File into an answer.
package assets

import (
	"embed"
	"io/fs"
	"sort"
	"sync"
)

//go:embed css js icons fonts text
var embedded embed.FS

// prefix is the folder of all asset URLs.
const prefix = "/assets/"

// File is one asset as it goes over the wire.
type File struct {
	Body        []byte
	Gzip        []byte // nil where compression does not pay (fonts)
	ContentType string
	Hash        string // the first 16 hex digits of SHA-256 of Body: an entity tag
}

// built is the one set of this process; embedded files never change while it runs.
var built = sync.OnceValue(func() *set {
	s, err := build(embedded)
	if err != nil {
		panic(err) // broken at compile time, shown by the first test
	}
	return s
})

// Path gives the URL of an asset by its plain name: "app.css" becomes "/assets/app.1a2b3c4d.css". An unknown name
// gives a URL that answers 404.
func Path(name string) string {
	if p, ok := built().paths[name]; ok {
		return p
	}
	return prefix + "unknown/" + name
}

// Lookup finds the asset for a URL path as Path returned it.
func Lookup(path string) (File, bool) {
	f, ok := built().files[path]
	return f, ok
}

// Icon gives the reference of an icon for the href of an SVG use element: "/assets/sprite.1a2b3c4d.svg#eye".
// An unknown name shows the icon "info".
func Icon(name string) string {
	s := built()
	if !s.icons[name] {
		name = "info"
	}
	return s.paths["sprite.svg"] + "#" + name
}

// Icons lists the names that Icon knows, sorted.
func Icons() []string {
	names := make([]string, 0, len(built().icons))
	for name := range built().icons {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Names lists the plain names of all served assets, sorted.
func Names() []string {
	names := make([]string, 0, len(built().paths))
	for name := range built().paths {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Catalogue holds the message catalogues, one JSON file per language at its root ("en.json").
func Catalogue() fs.FS {
	sub, err := fs.Sub(embedded, "text")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}
