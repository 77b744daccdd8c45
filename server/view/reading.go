package view

import "peergroups/forum"

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
