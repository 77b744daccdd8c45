package web

import (
	"context"
	"errors"
	"strings"

	"peergroups/forum"
	"peergroups/realtime"
	"peergroups/server/view"
)

// HubOptions gives the hub of this forum what it asks of the store: gaps, and rights.
func HubOptions(f *forum.Forum, o realtime.Options, words func(key string) string, d func() *Door) realtime.Options {
	o.Fill = func(ctx context.Context, name string, after, before int64) ([]realtime.Frame, error) {
		kind, id := channel(name)
		if kind != "room" {
			return nil, nil
		}
		said, err := f.SaidBetween(ctx, forum.RoomID(id), after, before, 200)
		if err != nil {
			return nil, err
		}
		frames := make([]realtime.Frame, 0, len(said))
		for _, m := range said {
			frame, err := d().shared(ctx, m)
			if err != nil {
				return nil, err
			}
			frames = append(frames, frame)
		}
		return frames, nil
	}
	o.Recheck = func(ctx context.Context, owner, name string) bool {
		actor, err := f.ActorFor(ctx, forum.MemberID(number(owner)))
		if err != nil || owner != "" && actor.Member == 0 {
			return false
		}
		if name == "" {
			if owner != "" {
				d().sweep(ctx, actor.Member)
			}
			return true
		}
		return mayKnow(ctx, f, actor, name) == nil
	}
	o.Dropped = func(name string) []byte {
		return encode(map[string]any{"is": "left", "on": name, "words": words("error.no-longer")})
	}
	o.Tracked = func(name string) bool { kind, _ := channel(name); return kind == "room" }
	return o
}

// mayKnow refuses unless the actor may be on the channel of the name, or told what is about
// what it names.
func mayKnow(ctx context.Context, f *forum.Forum, by forum.Actor, name string) error {
	kind, list, _ := strings.Cut(name, ":")
	var ids []int64
	for digits := range strings.SplitSeq(list, ".") {
		ids = append(ids, number(digits))
	}
	switch {
	case kind == "room":
		return f.MayListen(ctx, by, forum.RoomID(ids[0]))
	case kind == "topic":
		_, err := f.Follow(ctx, by, forum.TopicID(ids[0]))
		return err
	case kind == "said" && len(ids) == 2:
		return f.MayHear(ctx, by, forum.RoomID(ids[0]), ids[1])
	case kind == "hidden" && len(ids) == 2:
		return f.MayMiss(ctx, by, forum.RoomID(ids[0]), ids[1])
	case kind == "notices":
		if by.Member != 0 && ids[0] == int64(by.Member) {
			return nil
		}
	case kind == "posts":
		posts := make([]forum.PostID, len(ids))
		for i, id := range ids {
			posts[i] = forum.PostID(id)
		}
		return f.MaySee(ctx, by, posts...)
	}
	return forum.Absent()
}

// Announce tells open pages what has happened; it is called after each commit. Nothing but
// numbers of topics goes to pages of a board: each then asks again in its reader's name.
func (d *Door) Announce(ctx context.Context, facts []forum.Fact) {
	for _, fact := range facts {
		var err error
		switch f := fact.(type) {
		case forum.Said:
			err = d.announceSaid(ctx, f)
		case forum.Posted:
			err = d.postChanged(ctx, f.Topic, f.Post)
		case forum.PostChanged:
			err = d.postChanged(ctx, f.Topic, f.Post)
		case forum.PostReacted:
			if !f.Apart {
				err = d.postChanged(ctx, f.Topic, f.Post)
			}
		case forum.AnswerAccepted:
			err = d.postChanged(ctx, f.Topic, f.Post)
		case forum.TopicChanged:
			err = d.changed(ctx, f.Topic)
		case forum.TopicTagged:
			err = d.changed(ctx, f.Topic)
		case forum.TopicMoved: // who reads it in one place may not in another
			err = errors.Join(d.changed(ctx, f.Topic, f.Posts...), d.Hub.Revoke(ctx, realtime.Everybody))
		case forum.Noticed:
			for _, m := range f.Members {
				if on := noticesChannel(m); d.Hub.Heard(on) {
					err = errors.Join(err, d.Hub.Publish(ctx, on, realtime.Frame{Data: encode(map[string]any{"is": "changed", "on": on})}))
				}
			}
		case forum.RoomChanged: // how it is used: each page asks for it again
			err = d.Hub.Publish(ctx, RoomChannel(f.Room), realtime.Frame{Data: encode(map[string]any{"is": "renewed", "on": RoomChannel(f.Room)})})
		case forum.CircleLeft:
			err = d.Hub.Revoke(ctx, decimal(f.Member))
		case forum.MemberLeft:
			err = d.Hub.Revoke(ctx, decimal(f.Member))
		case forum.CertificateEnded:
			err = d.Hub.Revoke(ctx, decimal(f.Member))
		case forum.GroupNarrowed:
			err = d.Hub.Revoke(ctx, realtime.Everybody)
		case forum.SessionsEnded:
			err = d.Hub.Revoke(ctx, decimal(f.Member))
		}
		if err != nil {
			d.Log.Warn("announce", "err", err)
		}
	}
}

// changed tells the open pages of a topic to ask for it again, each in its reader's name;
// where it is about some posts, those whose readers may read one of them: that something was
// written is not for others either.
func (d *Door) changed(ctx context.Context, t forum.TopicID, posts ...forum.PostID) error {
	f := realtime.Frame{Data: encode(map[string]any{"is": "changed", "on": topicChannel(t)})}
	if len(posts) > 0 {
		f.For = about("posts", posts...)
	}
	return d.Hub.Publish(ctx, topicChannel(t), f)
}

// postChanged asks about each reader only where not all who follow the topic may read the post.
func (d *Door) postChanged(ctx context.Context, t forum.TopicID, p forum.PostID) error {
	apart, err := d.Forum.IsApart(ctx, p)
	if err == nil && !apart {
		return d.changed(ctx, t)
	}
	return errors.Join(err, d.changed(ctx, t, p))
}

func (d *Door) announceSaid(ctx context.Context, f forum.Said) error {
	if !d.Hub.Heard(RoomChannel(f.Room)) {
		return nil
	}
	said, err := d.Forum.SaidBetween(ctx, f.Room, f.Seq-1, f.Seq+1, 1)
	if err != nil || len(said) == 0 {
		return err
	}
	frame, err := d.shared(ctx, said[0])
	if err != nil {
		return err
	}
	err = d.Hub.Publish(ctx, RoomChannel(f.Room), frame)
	if m := said[0]; err == nil && m.AnswersSome != 0 { // those who may read what it answers ask for it in their own name
		err = d.Hub.Publish(ctx, RoomChannel(f.Room), realtime.Frame{Data: encode(map[string]any{"is": "again", "on": RoomChannel(m.RoomID), "of": m.Seq}), For: about("said", int64(m.RoomID), m.AnswersSome)})
	}
	return err
}

// shared is a message as all on a room's channel get it. What was said to other people than
// those of today goes out as a hint without words, to those who may read it: each asks for it
// in their own name.
func (d *Door) shared(ctx context.Context, m forum.ChatMessage) (realtime.Frame, error) {
	if m.HiddenWhy != "" { // only who could read it is told that it is gone
		f, err := d.frame(ctx, m)
		f.For = about("hidden", int64(m.RoomID), m.Seq)
		return f, err
	}
	if !m.ForAll {
		return realtime.Frame{Seq: m.Told, Data: encode(map[string]any{"is": "changed", "on": RoomChannel(m.RoomID)}), For: about("said", int64(m.RoomID), m.Seq)}, nil
	}
	return d.frame(ctx, m)
}

// catchUp reads what the holder of the session may read after a message; when that is not
// the newest, a last empty frame moves them there.
func (d *Door) catchUp(ctx context.Context, token string, id forum.RoomID, after int64) ([]realtime.Frame, error) {
	actor, err := d.Forum.ActorOf(ctx, token)
	if err != nil {
		return nil, err
	}
	last, err := d.Forum.LastSeq(ctx, id) // before they are read: what is said in between is not passed over
	if err != nil {
		return nil, err
	}
	const limit = 200
	said, err := d.Forum.ReadMessages(ctx, actor, id, after, limit)
	if err != nil {
		return nil, err
	}
	frames := make([]realtime.Frame, 0, len(said)+1)
	for _, m := range said {
		f, err := d.frame(ctx, m)
		if err != nil {
			return nil, err
		}
		frames = append(frames, f)
		after = m.Told
	}
	if len(said) < limit && last > after {
		frames = append(frames, realtime.Frame{Seq: last})
	}
	return frames, nil
}

// frame encodes a message as everybody in the room gets it, in the body's first language: as it was said; where it was changed since, or
// shown again, what it is now; or that it is hidden.
func (d *Door) frame(ctx context.Context, m forum.ChatMessage) (realtime.Frame, error) {
	if m.HiddenWhy != "" {
		return realtime.Frame{Seq: m.Told, Data: encode(map[string]any{"is": "hidden", "on": RoomChannel(m.RoomID), "seq": m.Told, "of": m.Seq})}, nil
	}
	if f, is := d.told.find(&m); is {
		return f, nil
	}
	is := "message"
	if m.Told != m.Seq {
		is = "altered"
	}
	var b strings.Builder
	w := d.Words.For("en", "UTC")
	if err := view.MessageLine(w, message(w, d.links(ctx), m)).Render(ctx, &b); err != nil {
		return realtime.Frame{}, err
	}
	f := realtime.Frame{Seq: m.Told, Data: encode(map[string]any{"is": is, "on": RoomChannel(m.RoomID), "seq": m.Told, "of": m.Seq, "id": m.ID, "nonce": m.Nonce, "html": b.String()})}
	d.told.keep(&m, f)
	return f, nil
}
