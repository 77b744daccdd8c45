package web

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// statuses is the web door's one table from kinds of errors to answers (DESIGN §2).
var statuses = map[forum.Kind]int{
	forum.Internal:  fiber.StatusInternalServerError,
	forum.NotFound:  fiber.StatusNotFound,
	forum.Forbidden: fiber.StatusForbidden,
	forum.Invalid:   fiber.StatusUnprocessableEntity,
	forum.Conflict:  fiber.StatusConflict,
	forum.Closed:    fiber.StatusConflict,
	forum.Held:      fiber.StatusAccepted,
	forum.TooMany:   fiber.StatusTooManyRequests,
}

// kept is what somebody wrote into the form that is refused: nobody's words are lost.
func (r *request) kept() string {
	var words []string
	for _, field := range []string{"title", "source", "text", "answer", "words", "areas", "note", "reasons"} {
		if typed := strings.TrimSpace(r.typed(field)); typed != "" {
			words = append(words, typed)
		}
	}
	return strings.Join(words, "\n\n")
}

type panicked struct{ what any }

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.what) }

// failed answers every error that a handler gives back: a page with safe words.
func (d *Door) failed(c *fiber.Ctx, err error) error {
	status, words := fiber.StatusInternalServerError, forum.Message{Key: "error.internal"}
	var refusal *forum.Error
	var plain *fiber.Error
	switch {
	case errors.As(err, &refusal):
		status, words = statuses[refusal.Kind], refusal.Message
	case errors.As(err, &plain):
		status, words = plain.Code, forum.Message{Key: fmt.Sprintf("error.http-%d", plain.Code)}
	}
	if status >= fiber.StatusInternalServerError {
		attrs := []any{"id", c.Locals("request"), "route", c.Route().Path, "err", err}
		if errors.As(err, new(panicked)) {
			attrs = append(attrs, "stack", string(debug.Stack()))
		}
		d.Log.Error("request failed", attrs...)
	}
	r := d.request(c) // a visitor when the session cannot be read
	ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
	defer cancel()
	r.ctx = ctx // the handler's own is over
	if !r.words.Has(words.Key) {
		words = forum.Message{Key: "error.internal"}
	}
	if token := sessionCookie.read(c); token != "" && r.actor.Member == 0 { // no route led here, which would have asked who it is
		if a, err := d.Forum.ActorOf(ctx, token); err == nil && a.Member != 0 {
			r.actor, r.words = a, d.Words.For(a.Language, a.Zone)
		}
	}
	c.Response().ResetBody()
	c.Status(status)
	c.Set(fiber.HeaderCacheControl, "no-store")
	t := view.Trouble{Status: status, Words: r.words.Say(words.Key, words.Args), SignIn: r.actor.Member == 0 && status != fiber.StatusTooManyRequests}
	if c.Method() == fiber.MethodPost {
		t.Kept = r.kept()
		if t.SignIn && status == fiber.StatusForbidden && t.Kept != "" {
			t.Action, t.Fields, t.Title = c.Path(), r.posted(), "trouble.signed-out"
		}
	}
	if status >= fiber.StatusInternalServerError {
		t.RequestID, _ = c.Locals("request").(string)
	}
	s := r.shell(r.words.T("trouble.title", "Status", status))
	s.NoIndex = true
	r.uncounted(&s)
	return r.render(view.TroublePage(s, t))
}
