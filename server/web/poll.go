package web

import (
	"fmt"

	"peergroups/forum"
	"peergroups/server/view"
)

var pollFields = []string{"poll_options", "poll_many", "poll_secret", "poll_until"}

// pollDraft reads what the form of a new topic says of a poll.
func (r *request) pollDraft() forum.PollDraft {
	return forum.PollDraft{Options: r.typed("poll_options"), Many: r.typed("poll_many") != "", Secret: r.typed("poll_secret") != "", Until: r.typed("poll_until")}
}

// pollOf is the poll below a post; nil: there is none.
func (r *request) pollOf(t *forum.TopicPage, p *forum.Post) *view.Poll {
	l := p.Poll
	if l == nil {
		return nil
	}
	over := l.Over(forum.At(r.d.Now()))
	v := &view.Poll{Many: l.Many, Secret: l.Secret, Over: over, Until: l.UntilAt, Voters: l.Voters, Voted: l.Voted, Shown: l.Shown, Named: !l.Secret && l.Voters > 0 && r.actor.Member != 0,
		MayVote: !over && forum.MayVote(r.actor, t, p) == nil, MayClose: !over && forum.MayClosePoll(r.actor, t, p) == nil}
	if over && l.ClosedAt != 0 {
		v.Until = l.ClosedAt
	}
	for _, o := range l.Options {
		v.Options = append(v.Options, view.PollOption{ID: o.ID, Words: o.Words, Votes: o.Votes, Mine: o.Mine})
	}
	return v
}

// pollKey is what a kept copy of a post depends on of its poll.
func pollKey(v *view.Poll) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%+v", *v)
}

// vote chooses options of a poll, or ends it, as the button says.
func (d *Door) vote(r *request) error {
	id := forum.PostID(r.id("id"))
	if r.typed("do") == "close" {
		if err := d.Forum.ClosePoll(r.ctx, r.actor, id); err != nil {
			return err
		}
		return r.to(postPath(id))
	}
	var options []int64
	for _, v := range r.Request().PostArgs().PeekMulti("option") {
		options = append(options, number(string(v)))
	}
	if err := d.Forum.Vote(r.ctx, r.actor, id, options); err != nil {
		return err
	}
	return r.to(postPath(id))
}

// votes lists who voted what.
func (d *Door) votes(r *request) error {
	post, all, err := d.Forum.ReadVotes(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	p := view.Votes{Post: view.Link{Href: postPath(post.ID), Text: post.Title}, Group: view.Link{Href: groupPath(post.GroupSlug), Text: post.GroupName}}
	for _, o := range post.Poll.Options {
		by := view.VotedBy{Words: o.Words}
		for _, v := range all {
			if v.Option == o.ID {
				by.People = append(by.People, face(v.ID, v.Name))
			}
		}
		p.By = append(p.By, by)
	}
	return r.render(view.VotesPage(r.shell(r.words.T("poll.names")), p))
}
