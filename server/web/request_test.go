package web

import (
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// TestPagesAreCopied: what a page was made in is another reader's page before this one is on its way.
func TestPagesAreCopied(t *testing.T) {
	t.Parallel()
	app := fiber.New()
	c := app.AcquireCtx(&fasthttp.RequestCtx{})
	defer app.ReleaseCtx(c)
	made := []byte("hers")
	if err := (&request{Ctx: c, d: &Door{}}).html(made); err != nil {
		t.Fatal(err)
	}
	copy(made, "his!")
	if got := string(c.Response().Body()); got != "hers" {
		t.Errorf("she is sent %q", got)
	}
}
