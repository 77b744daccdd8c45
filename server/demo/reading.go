package demo

import (
	"errors"

	"peergroups/forum"
)

// reading gives the demo's mediator a few notices and a bookmark: the moderator answers in topics of theirs.
func (f *filler) reading() error {
	reader, err := f.ActorFor(f.ctx, f.members[0].Member)
	if err != nil {
		return err
	}
	answers, err := f.ActorFor(f.ctx, f.members[1].Member)
	if err != nil {
		return err
	}
	topics, _, err := f.ReadFeed(f.ctx, reader, forum.Mine, forum.TopicCursor{})
	if err != nil {
		return err
	}
	said := []string{"@" + reader.Handle + " you asked about this in spring. Would you still do it that way?", "That is how we do it, too. Thank you for writing it down."}
	for _, t := range topics {
		if len(said) == 0 {
			break
		}
		post, refused := f.Reply(f.ctx, answers, t.ID, forum.Draft{Source: said[0], Key: f.key()})
		if refused != nil { // not of that group
			continue
		}
		page, err := f.ReadTopic(f.ctx, reader, t.ID, 0)
		if err == nil {
			err = errors.Join(f.SetTopicLevel(f.ctx, reader, t.ID, forum.EveryPost), f.Notify(f.ctx, post.ID, false),
				f.KeepPost(f.ctx, reader, page.Posts[0].ID, forum.BookmarkDraft{Note: "For the next meeting of our practice group", On: f.clock().AddDate(0, 0, 5).Format("2006-01-02")}))
		}
		if err != nil {
			return err
		}
		said = said[1:]
	}
	return nil
}
