package demo

import (
	"errors"

	"peergroups/forum"
)

// tools shows what a group can put to use: tags, a poll, and a question with its accepted answer.
func (f *filler) tools() error {
	admin, err := f.ActorFor(f.ctx, f.admin.Member)
	if err != nil {
		return err
	}
	g, err := f.FindGroup(f.ctx, admin, "practice")
	if err == nil {
		err = errors.Join(f.AddTag(f.ctx, admin, g.Group.ID, "Caucus", "caucus"), f.AddTag(f.ctx, admin, g.Group.ID, "Fees", "fees"), f.AddTag(f.ctx, admin, g.Group.ID, "First session", "first-session"))
	}
	if err != nil {
		return err
	}
	tags, err := f.ReadTags(f.ctx, admin, g.Group.ID, false)
	if err != nil {
		return err
	}
	board, err := f.ReadBoard(f.ctx, admin, "practice", "workplace", forum.TopicCursor{})
	if err != nil {
		return err
	}
	for i, t := range board.Topics {
		if i%4 != 3 {
			err = errors.Join(err, f.TagTopic(f.ctx, admin, t.ID, []forum.TagID{tags[i%len(tags)].ID}))
		}
	}
	_, asked := f.StartTopic(f.ctx, admin, board.Board.ID, forum.Draft{Title: "Which evening for the January exchange?", Source: "An hour and a half, online. Choose every evening that you could come.",
		Poll: forum.PollDraft{Options: "Tuesday the 12th\nWednesday the 13th\nThursday the 14th", Many: true}, Tags: []forum.TagID{tags[0].ID}, Key: f.key()})
	return errors.Join(err, asked, f.accepted())
}

// accepted has who asked accept the first answer of somebody else, in a few topics of the board for questions.
func (f *filler) accepted() error {
	board, err := f.ReadBoard(f.ctx, f.admin, "family", "questions", forum.TopicCursor{})
	if err != nil {
		return err
	}
	for _, t := range board.Topics[:min(6, len(board.Topics))] {
		asker, err := f.ActorFor(f.ctx, t.AuthorID)
		if err != nil {
			return err
		}
		page, err := f.ReadTopic(f.ctx, asker, t.ID, 0)
		if err != nil {
			return err
		}
		for _, p := range page.Posts[1:] {
			if p.AuthorID == asker.Member {
				continue
			}
			if err := f.AcceptAnswer(f.ctx, asker, p.ID, false); err != nil {
				return err
			}
			break
		}
	}
	return nil
}
