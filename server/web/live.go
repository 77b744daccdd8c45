package web

import (
	"context"

	"peergroups/forum"
	"peergroups/realtime"
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
			frame, err := d().frame(ctx, m)
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
		if owner != "" && name == "" {
			d().sweep(ctx, actor.Member)
		}
		kind, id := channel(name)
		switch kind {
		case "room":
			err = f.MayListen(ctx, actor, forum.RoomID(id))
		case "topic":
			_, err = f.MayFollow(ctx, actor, forum.TopicID(id))
		}
		return err == nil
	}
	o.Dropped = func(name string) []byte {
		return encode(map[string]any{"is": "left", "on": name, "words": words("error.no-longer")})
	}
	o.Tracked = func(name string) bool { kind, _ := channel(name); return kind == "room" }
	return o
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
			err = d.Hub.Publish(ctx, topicChannel(f.Topic), realtime.Frame{Data: encode(map[string]any{"is": "changed", "on": topicChannel(f.Topic)})})
		case forum.TopicChanged:
			err = d.Hub.Publish(ctx, topicChannel(f.Topic), realtime.Frame{Data: encode(map[string]any{"is": "changed", "on": topicChannel(f.Topic)})})
		case forum.MemberLeft:
			err = d.Hub.Revoke(ctx, decimal(f.Member))
		case forum.SessionsEnded:
			err = d.Hub.Revoke(ctx, decimal(f.Member))
		}
		if err != nil {
			d.Log.Warn("announce", "err", err)
		}
	}
}

func (d *Door) announceSaid(ctx context.Context, f forum.Said) error {
	said, err := d.Forum.SaidBetween(ctx, f.Room, f.Seq-1, f.Seq+1, 1)
	if err != nil || len(said) == 0 {
		return err
	}
	frame, err := d.frame(ctx, said[0])
	if err != nil {
		return err
	}
	return d.Hub.Publish(ctx, roomChannel(f.Room), frame)
}
