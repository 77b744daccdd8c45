package demo

import "peergroups/forum"

// report has the mediator report a post in the library, so that one waits for its moderators.
func (f *filler) report() error {
	by, moderator := f.members[0], f.members[1]
	b, err := f.ReadBoard(f.ctx, by, "library", "reading", forum.TopicCursor{})
	if err != nil {
		return err
	}
	for _, row := range b.Topics {
		t, err := f.ReadTopic(f.ctx, by, row.ID, 0)
		if err != nil {
			return err
		}
		for _, p := range t.Posts {
			if p.AuthorID == by.Member || p.AuthorID == moderator.Member || p.AuthorID == f.admin.Member {
				continue
			}
			_, err := f.Report(f.ctx, by, forum.Reported{Kind: forum.ReportedPost, Ref: int64(p.ID)},
				forum.ReportDraft{Reason: "off-topic", Words: "This belongs into the open hour rather than here, I think. Could you have a look?"})
			return err
		}
	}
	return nil
}
