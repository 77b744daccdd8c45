package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
)

// oldURL leads from where a mail of an archive stood to its post, for whoever may read that. To others, and where nothing stood,
// there is no such page.
func (d *Door) oldURL(r *request) error {
	id, err := d.Forum.FindOldURL(r.ctx, r.actor, r.Path())
	if forum.KindOf(err) == forum.NotFound {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	return r.to(postPath(id))
}
