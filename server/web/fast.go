package web

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
)

// cachedTopic answers a visitor's topic page from the copy made for visitors in the same
// language, after one small query that decides whether a visitor may read it now and gives
// the versions of everything the copy was made of (DESIGN §3). Not sent: go on and make it.
func (d *Door) cachedTopic(r *request, id forum.TopicID, after forum.PostID) (sent bool, err error) {
	v, err := d.Forum.PublicTopic(r.ctx, id, after)
	if err != nil {
		return false, err
	}
	r.cacheKey = fmt.Sprintf("%s\x00%v\x00%v\x00%s", r.Request().URI().RequestURI(), v, d.org.get(r.ctx, d), r.words.Language()+r.amendedKey()+r.countingKey())
	return d.sendCopy(r)
}

// sendCopy sends the copy kept under the request's key, compressed where that is read.
func (d *Door) sendCopy(r *request) (bool, error) {
	zipped := strings.Contains(r.Get(fiber.HeaderAcceptEncoding), "gzip")
	key := r.cacheKey
	if zipped {
		key += "\x00gzip"
	}
	body, ok := d.pages.get(key)
	if !ok {
		return false, nil
	}
	r.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	if zipped {
		r.Set(fiber.HeaderContentEncoding, "gzip")
	}
	return true, r.Send(body)
}

// keepCopy keeps a visitor's page for the next visitor.
func (d *Door) keepCopy(r *request, body []byte) {
	if r.cacheKey == "" || r.actor.Member != 0 || r.Response().StatusCode() != fiber.StatusOK {
		return
	}
	d.pages.put(r.cacheKey, append([]byte(nil), body...))
	d.pages.put(r.cacheKey+"\x00gzip", gzipped(body))
}
