package view

import (
	"slices"

	"peergroups/forum"
)

// LevelForm chooses how much the reader is told of a topic or board.
type LevelForm struct {
	Action  string
	Now     forum.Level
	Levels  []forum.Level
	Inherit string // in words, what holds where nothing is chosen here
	From    string // in words, where what holds was chosen
}

// News is /account/news: the reader's notices.
type News struct {
	Rows   []NewsRow
	Unread int
	Undo   forum.Instant // of what was just marked as read; 0: nothing
}

// NewsRow is one notice.
type NewsRow struct {
	Post               forum.PostID
	Href, Title, Place string
	Who                Face
	Why, Note          string // in words; Note: the reader's own
	At                 forum.Instant
	Unread             bool
}

// count is what stands beside the bell.
func (s Shell) count() string {
	if s.News >= forum.MostCounted {
		return decimal(forum.MostCounted-1) + "+"
	}
	return decimal(s.News)
}

// anyNew tells whether something in the list is new to its reader.
func anyNew(rows []TopicRow) bool {
	return slices.ContainsFunc(rows, func(t TopicRow) bool { return t.Unread > 0 })
}

// Keep is the form that keeps a post. Fields: note, on.
type Keep struct {
	Form
	Href, Topic string
	Who         Face
	Kept        bool // already
}

// Bookmarks is /account/bookmarks.
type Bookmarks struct{ Rows []BookmarkRow }

// BookmarkRow is one post that the reader keeps.
type BookmarkRow struct {
	Href, Title, Place string
	Who                Face
	Note, Excerpt, On  string // On: when they are reminded, in words, or ""
	At                 forum.Instant
}

// Ignored is /account/ignored.
type Ignored struct{ People []Face }

// Topics is a list of topics across groups.
type Topics struct {
	Tab    string        // "latest", "new", "unread", "unanswered", "mine"; visitors: "latest"
	Undo   forum.Instant // of what was just marked as read; 0: nothing
	Topics []TopicRow
	Count  int // of what is new, where it stands on this page whole; else 0
}

// counted is the number beside its tab.
func (p Topics) counted() map[string]int { return map[string]int{p.Tab: p.Count} }
