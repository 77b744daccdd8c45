package forum

import (
	"context"

	"github.com/uptrace/bun"
)

// pollsOf puts into posts that the actor reads the polls below them, with the numbers that they may see.
func (f *Forum) pollsOf(ctx context.Context, by Actor, posts []Post) error {
	var ids []PostID
	for i := range posts {
		if posts[i].Polled {
			ids = append(ids, posts[i].ID)
		}
	}
	if ids == nil {
		return nil
	}
	var polls []Poll
	if err := f.store.read.scan(ctx, &polls, `SELECT l.post_id, l.many, l.secret = 1 OR p.class = ?0 OR g.class = ?0 AS secret, l.until_at, l.closed_at,
		(SELECT count(DISTINCT r.author_id) FROM votes r WHERE r.post_id = p.id AND ?1) AS voters, EXISTS (SELECT 1 FROM votes mv WHERE mv.post_id = p.id AND mv.author_id = ?2) AS voted
		FROM polls l JOIN posts p ON p.id = l.post_id`+postPlaces+" WHERE l.post_id IN (?3) AND p.erased_at = 0 AND p.reach < 4 AND ?4", ChathamClass, itemGate(by, "r"), by.Member, bun.List(ids), postGate(by)); err != nil {
		return err
	}
	var rows []struct {
		PostID PostID
		PollOption
	}
	if err := f.store.read.scan(ctx, &rows, `SELECT o.post_id, o.id, o.words, (SELECT count(*) FROM votes r WHERE r.option_id = o.id AND ?) AS votes, EXISTS (SELECT 1 FROM votes mv WHERE mv.option_id = o.id AND mv.author_id = ?) AS mine
		FROM poll_options o WHERE o.post_id IN (?) ORDER BY o.post_id, o.n`, itemGate(by, "r"), by.Member, bun.List(ids)); err != nil {
		return err
	}
	for i := range polls {
		poll := &polls[i]
		poll.Shown = !poll.Secret || poll.Over(f.instant()) && poll.Voters >= fewestVotes // while it runs, each look would tell one vote more
		for _, row := range rows {
			if row.PostID == poll.PostID {
				poll.Options = append(poll.Options, row.PollOption)
			}
		}
		poll.conceal()
		for j := range posts {
			if posts[j].ID == poll.PostID {
				posts[j].Poll = poll
			}
		}
	}
	return nil
}

// conceal takes the numbers out where they are not shown.
func (l *Poll) conceal() {
	if l.Shown {
		return
	}
	l.Voters = 0
	for i := range l.Options {
		l.Options[i].Votes = 0
	}
}

// VoteRow is who chose an option.
type VoteRow struct {
	Option int64
	ID     MemberID `bun:"id"`
	Name   string
}

// mostVotes is how many are listed by name.
const mostVotes = 1000

// ReadVotes lists, for members who may read a post, who voted what in the poll below it, where that is not secret.
func (f *Forum) ReadVotes(ctx context.Context, by Actor, id PostID) (p PlacedPost, votes []VoteRow, err error) {
	defer during(&err, "read votes")
	if err = mayKeep(by); err != nil {
		return p, nil, err
	}
	posts, err := f.VisiblePosts(ctx, by, []PostID{id})
	if err != nil || len(posts) == 0 {
		return p, nil, either(err, error(Absent()))
	}
	p = posts[0]
	p.Polled = true
	one := []Post{p.Post}
	if err = f.pollsOf(ctx, by, one); err != nil || one[0].Poll == nil || one[0].Poll.Secret {
		return PlacedPost{}, nil, either(err, error(Absent()))
	}
	p.Post = one[0]
	err = f.store.read.scan(ctx, &votes, `SELECT r.option_id AS option, m.id, m.name FROM votes r JOIN members m ON m.id = r.author_id WHERE r.post_id = ? AND ? ORDER BY m.name, m.id LIMIT ?`, id, itemGate(by, "r"), mostVotes)
	return p, votes, err
}

// MayVote tells a page whether the actor may vote in the poll below a post of a topic, before it is over.
func MayVote(a Actor, page *TopicPage, p *Post) error {
	return mayVote(a, standing{In: page.In, Role: page.Role, MutedUntil: page.MutedUntil}, &page.Group, &lockedPost{PlacedPost: PlacedPost{Post: *p}, LockedAt: page.Topic.LockedAt}, false)
}

// MayClosePoll tells a page whether the actor may end the poll below a post of a topic.
func MayClosePoll(a Actor, page *TopicPage, p *Post) error {
	return mayClosePoll(a, standing{In: page.In, Role: page.Role}, p)
}
