package view

import "peergroups/forum"

// Tags is the list of a group's tags. Fields: name, slug.
type Tags struct {
	Form
	Group   Link
	Tags    []TagRow
	MayKeep bool // moderates the group
}

// TagRow is one tag in it.
type TagRow struct {
	ID         forum.TagID
	Href, Name string
	Topics     int // that the reader may see
	Followed   bool
}

// Tag is the page of a tag. Field: name.
type Tag struct {
	Form
	Group      Link
	Href, Name string
	Followed   bool
	Topics     []TopicRow
	MayKeep    bool
}

// TopicTags chooses the tags of a topic.
type TopicTags struct {
	Form
	Group, Topic Link
	Action       string
	Tags         []Option
}
