package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"peergroups/forum"
)

// TestRoomEditedInPlace: ↑ in an empty box changes one's last words where they stand: Enter saves, Escape gives up, and what is refused is said
// there; others see the new words at once. What is said on a new day begins with its name.
func TestRoomEditedInPlace(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	people := w.members("otto", "rita")
	g, _, room := w.group("inner", forum.MembersOnly)
	w.enter(g, w.admin, people["otto"], people["rita"])
	ctx := t.Context()
	w.must(w.forum.ChangeRoom(ctx, w.as(w.admin.Member), room.ID, forum.RoomDraft{Name: "Hall of inner", Topic: "What we need for the first joint session, and who brings it", Keep: 7 * 24, FromJoin: true, Slow: 10}))
	for i := range 12 {
		w.offset.Add(int64(time.Minute))
		_, err := w.forum.Say(ctx, w.as(people[[]string{"otto", "rita"}[i/2%2]].Member), room.ID, fmt.Sprintf("message %d: shall we begin with what both sides agree on already?", i), w.key())
		w.must(err)
	}
	w.offset.Add(int64(24 * time.Hour))
	window := w.browsers()
	otto, rita := window("otto"), window("rita")
	for _, b := range []*browser{otto, rita} {
		b.login(b.who)
		b.open("/g/inner/r/hall")
		w.eventually("online", func() bool { return b.now(`String(document.querySelector("[data-state]").hidden)`) == "true" })
	}
	otto.roomShot("room")
	otto.do(chromedp.Focus("#text"), chromedp.KeyEvent(kb.ArrowUp))
	w.eventually("the line is a form", func() bool { return otto.now(`document.activeElement.id`) == "own" })
	if got := otto.now(`document.activeElement.value + "|" + document.querySelectorAll("#text, .edit").length + location.pathname`); got != "message 9: shall we begin with what both sides agree on already?|2/g/inner/r/hall" {
		t.Errorf("he changes %q", got)
	}
	otto.roomShot("room-edit")
	otto.do(chromedp.KeyEvent(" never saved"), chromedp.KeyEvent(kb.Escape))
	if got := otto.now(`document.activeElement.id + document.querySelectorAll(".edit, .editing").length`); got != "text0" {
		t.Errorf("given up, there is %q", got)
	}
	edit := func(words string) {
		t.Helper()
		otto.do(chromedp.KeyEvent(kb.ArrowUp))
		w.eventually("the line is a form again", func() bool { return otto.now(`document.activeElement.id`) == "own" })
		otto.now(`document.getElementById("own").value = ""`)
		otto.do(chromedp.KeyEvent(words + kb.Enter))
	}
	edit("call +49 170 1234567 before nine")
	otto.sees("Post it as it is")
	if got := rita.now(`document.body.innerText`); strings.Contains(got, "1234567") {
		t.Error("it is said before he looked at what is in it")
	}
	otto.do(chromedp.KeyEvent(kb.Escape))
	edit("with the fees, first")
	rita.sees("with the fees, first")
	otto.sees("with the fees, first")
	w.eventually("he is back in the box", func() bool {
		return otto.now(`document.activeElement.id + document.querySelectorAll(".edit, .editing").length`) == "text0"
	})
	said, err := w.forum.ReadMessages(ctx, w.as(people["rita"].Member), room.ID, 0, 99)
	w.must(err)
	if m := said[9]; m.Plain != "with the fees, first" || m.EditedAt == 0 {
		t.Errorf("it is %+v", m)
	}

	days := func(b *browser) string {
		return b.now(`[...document.querySelectorAll("#log .day:not(.fresh), #log .say")].slice(-3).map(e => e.className.split(" ")[0] + (e.matches(".day") ? e.textContent : "")).join()`)
	}
	_, err = w.forum.Say(ctx, w.as(people["rita"].Member), room.ID, "good morning", w.key())
	w.must(err)
	otto.sees("good morning")
	live := days(otto)
	otto.open("/g/inner/r/hall")
	if loaded := days(otto); live != loaded || !strings.HasPrefix(live, "say,day") {
		t.Errorf("live it is %s, loaded %s", live, loaded)
	}
}

// roomShot keeps a picture of what one sees of a page, where SHOTS names a folder.
func (b *browser) roomShot(name string) {
	b.w.t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	for _, at := range [][2]int64{{360, 640}, {1440, 900}} {
		for _, scheme := range []string{"dark", "light"} {
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			b.w.must(err)
			b.do(chromedp.EmulateViewport(at[0], at[1]))
			png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			b.w.must(err)
			b.w.must(os.WriteFile(fmt.Sprintf("%s/%s-%d-%s.png", dir, name, at[0], scheme), png, 0o600))
		}
	}
}
