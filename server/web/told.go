package web

import (
	"strings"
	"sync"

	"peergroups/forum"
	"peergroups/realtime"
)

// told keeps the newest messages as they were encoded, under all that the store said of them: what each reader is given
// was read by their own rights, and only where that is the same to the last field the work is not done again.
type told struct {
	mu   sync.Mutex
	kept map[forum.ChatMessage]realtime.Frame
}

const mostTold = 1024 // messages; when there are more all are let go

// find gives a message's frame, if it was kept.
func (t *told) find(m forum.ChatMessage) (realtime.Frame, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, is := t.kept[m]
	return f, is
}

// keep keeps a frame, unless it holds links, which change with those that are trusted.
func (t *told) keep(m forum.ChatMessage, f realtime.Frame) {
	if strings.Contains(m.HTML, "<a") {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= mostTold {
		t.kept = map[forum.ChatMessage]realtime.Frame{}
	}
	t.kept[m] = f
}
