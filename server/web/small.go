package web

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"peergroups/forum"
)

func newKey() string { return rand.Text() }

func queryEscape(s string) string { return url.QueryEscape(s) }

func gzipped(b []byte) []byte { return fasthttp.AppendGzipBytesLevel(nil, b, 3) }

// inside keeps a redirect's target on this site: a path, and nothing that a browser reads
// as another host.
func inside(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.ContainsAny(target, "\\\r\n\t") {
		return "/"
	}
	return target
}

func asError(err error) (*forum.Error, bool) {
	var e *forum.Error
	ok := errors.As(err, &e)
	return e, ok
}

// wall is the machine's clock: for deadlines of the network and for measuring, not for
// anything that is written down.
func wall() time.Time { return time.Now() } //nolint:forbidigo // said above
