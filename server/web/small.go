package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"

	"github.com/valyala/fasthttp"

	"peergroups/forum"
	"peergroups/server/view"
)

func newKey() string { return rand.Text() }

func queryEscape(s string) string { return url.QueryEscape(s) }

func gzipped(b []byte) []byte { return fasthttp.AppendGzipBytesLevel(nil, b, 3) }

// links leads the links of members' texts through the notice page.
func (d *Door) links(ctx context.Context) view.Links {
	return view.Links{Own: d.Base.Hostname(), Trusted: d.org.get(ctx, d).Trusted, Seal: d.Forum.SealLink}
}

// out is the notice page of a link that leaves; it leads only where a text of ours does.
func (d *Door) out(r *request) error {
	to := r.Query("to")
	if !d.Forum.SealedLink(to, r.Query("s")) {
		return forum.Absent()
	}
	s := r.shell(r.words.T("out.title", "Org", d.org.get(r.ctx, d).Name))
	s.NoIndex = true
	return r.render(view.OutPage(s, view.Out{To: to}))
}

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
