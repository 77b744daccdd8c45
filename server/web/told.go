package web

import (
	"strings"
	"sync"

	"peergroups/forum"
	"peergroups/realtime"
)

// told keeps the newest messages as they were encoded, under all that goes into that: what each reader is given was read by their own
// rights, and only where that is the same to the last field the work is not done again.
type told struct {
	mu   sync.Mutex
	kept map[encoded]realtime.Frame
}

// encoded is what of a message goes into its frame (message, frame; TestToldIsWhole).
type encoded struct {
	id, seq, changed, told        int64
	room                          forum.RoomID
	author                        forum.MemberID
	name, html, nonce             string
	posted, edited, erased, until forum.Instant
	class                         forum.Class
	veiled, off                   bool
}

const mostTold = 1024 // messages; when there are more all are let go

// encodedOf gives what goes into the frame of a message; not: something stands beside it, or it holds links, which change with those that
// are trusted.
func encodedOf(m *forum.ChatMessage) (encoded, bool) {
	if m.Answers != nil || len(m.Signs) > 0 || len(m.Files) > 0 || len(m.Mentioned) > 0 || m.HiddenWhy != "" || strings.Contains(m.HTML, "<a") {
		return encoded{}, false
	}
	return encoded{id: m.ID, seq: m.Seq, changed: m.ChangedSeq, told: m.Told, room: m.RoomID, author: m.AuthorID, name: m.Author, html: m.HTML, nonce: m.Nonce,
		posted: m.PostedAt, edited: m.EditedAt, erased: m.ErasedAt, until: m.ExpiresAt, class: m.Class, veiled: m.Veiled, off: m.OffRecord}, true
}

// find gives a message's frame, if it was kept.
func (t *told) find(m *forum.ChatMessage) (realtime.Frame, bool) {
	key, may := encodedOf(m)
	if !may {
		return realtime.Frame{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f, is := t.kept[key]
	return f, is
}

// keep keeps a frame.
func (t *told) keep(m *forum.ChatMessage, f realtime.Frame) {
	key, may := encodedOf(m)
	if !may {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= mostTold {
		t.kept = map[encoded]realtime.Frame{}
	}
	t.kept[key] = f
}
