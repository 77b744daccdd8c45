package web

import (
	"net/url"
	"strconv"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// Addresses of places. Ids decide; slugs are for people.
func groupPath(slug string) string               { return "/g/" + slug }
func boardPath(group, board string) string       { return "/g/" + group + "/b/" + board }
func roomPath(group, room string) string         { return "/g/" + group + "/r/" + room }
func postPath(p forum.PostID) string             { return "/p/" + strconv.FormatInt(int64(p), 10) }
func decimal[T ~int64](id T) string              { return strconv.FormatInt(int64(id), 10) }
func face(id forum.MemberID, n string) view.Face { return view.Face{ID: id, Name: n} }

// voice is a face, or the mask of one who speaks under the Chatham House rule.
func voice(w text.Words, id forum.MemberID, name string, veiled bool) view.Face {
	if veiled {
		name = w.T("post.participant", "Mask", name)
	}
	return face(id, name)
}

func topicPath(id forum.TopicID, slug string) string {
	return "/t/" + strconv.FormatInt(int64(id), 10) + "/" + slug
}

// audience is the audience line of a group today. readers: -1 everyone, 0 not counted.
func audience(g *forum.Group, readers int) view.Audience {
	a := view.AudienceIn(g.Audience(), g.ID, g.Visibility, g.Name)
	a.Readers, a.Class, a.NoMail = readers, g.Class, g.NoList
	return a
}

// rail lists what is in the group around a page; here is the path of the page's own place.
func (r *request) rail(g *forum.Group, in bool, role forum.GroupRole, here string) (*view.Rail, error) {
	if g.Talk != forum.NoTalk {
		return nil, nil
	}
	n, err := r.d.Forum.ReadNeighbours(r.ctx, r.actor, g.ID)
	if err != nil {
		return nil, err
	}
	link := func(path, text, icon string) view.Link {
		return view.Link{Href: path, Text: text, Icon: icon, Here: path == here}
	}
	within := url.Values{"group": {decimal(g.ID)}}
	rail := &view.Rail{Group: link(groupPath(g.Slug), g.Name, ""), Visits: visits(n.Visits), Frozen: g.FrozenWhy}
	for _, b := range n.Boards {
		l := link(boardPath(g.Slug, b.Slug), b.Name, "board")
		if rail.Boards = append(rail.Boards, l); l.Here {
			within.Set("board", decimal(b.ID))
		}
	}
	for _, room := range n.Rooms {
		l := link(roomPath(g.Slug, room.Slug), room.Name, "message")
		if l.New = room.Unread; room.ArchivedAt != 0 {
			l.Icon = "file" // put away
		}
		if rail.Rooms = append(rail.Rooms, l); l.Here {
			within.Set("room", decimal(room.ID))
		}
	}
	if in {
		rail.More = append(rail.More, link(groupPath(g.Slug)+"/list", r.words.T("rail.list"), "mail"))
	}
	if in && role >= forum.Participant {
		rail.More = append(rail.More, link(groupPath(g.Slug)+"/log", r.words.T("group-log.title"), "shield"))
	}
	if in && role >= forum.Moderator {
		rail.More = append(rail.More, link(groupPath(g.Slug)+"/queue", r.words.T("work.title"), "flag"), link(groupPath(g.Slug)+"/manage", r.words.T("rail.manage"), "settings"))
	}
	if in && role >= forum.Owner {
		rail.More = append(rail.More, link(groupPath(g.Slug)+"/mail", r.words.T("group-mail.title"), "mail"))
	}
	rail.Within = within.Encode()
	for i := range n.Others {
		rail.Others = append(rail.Others, link(groupPath(n.Others[i].Slug), n.Others[i].Name, audienceIcon(&n.Others[i])))
	}
	return rail, nil
}

func audienceIcon(g *forum.Group) string {
	switch g.Visibility {
	case forum.Hidden:
		return "shield"
	case forum.PublicToRead:
		return "eye"
	default:
		return "lock"
	}
}

// topicRows turns rows of the forum into rows of a page; mixed lists name the place.
func topicRows(w text.Words, rows []forum.TopicRow, mixed bool) []view.TopicRow {
	out := make([]view.TopicRow, len(rows))
	for i, t := range rows {
		out[i] = view.TopicRow{Href: topicPath(t.ID, t.Slug), Title: t.Title, Author: voice(w, t.AuthorID, t.Author, t.Veiled), Last: voice(w, t.LastID, t.Last, t.LastVeiled),
			LastAt: t.LastPostAt, Posts: t.Posts, Unread: t.Unread, LastByMail: t.LastVia == forum.ByMail, Pinned: t.Pinned && !mixed, Locked: t.LockedAt != 0, Special: t.Special, Answered: t.Answered, Tags: tagLinks(t.GroupSlug, t.Tags),
			Audience: view.AudienceIn(t.Audience, t.GroupID, t.GroupVis, t.GroupName)}
		if mixed {
			out[i].Place = t.GroupName + " · " + t.BoardName
		}
	}
	return out
}

// stubRows lead to where what stood in a place is now.
func stubRows(w text.Words, all []forum.Stub) (out []view.StubRow) {
	for _, s := range all {
		out = append(out, view.StubRow{Words: w.T("stub." + s.Kind.String()), Link: view.Link{Href: topicPath(s.ID, s.Slug), Text: s.Title}, At: s.At})
	}
	return out
}

// topicCursor reads "?before=LASTPOST.ID"; nonsense is the beginning.
func (r *request) topicCursor() forum.TopicCursor {
	at, id, _ := cut(r.Query("before"), '.')
	return forum.TopicCursor{LastPostAt: forum.Instant(at), ID: forum.TopicID(id)}
}

func cut(s string, sep byte) (a, b int64, ok bool) {
	for i := range len(s) {
		if s[i] == sep {
			return number(s[:i]), number(s[i+1:]), true
		}
	}
	return 0, 0, false
}

func nextTopics(path string, rows []forum.TopicRow) string {
	last := rows[len(rows)-1]
	return path + "before=" + decimal(last.LastPostAt) + "." + decimal(last.ID)
}

// circle is an audience in a place, by the name of the group that it is for, where the reader may know of it.
func (r *request) circle(a forum.Audience, place *forum.Group) (v view.Audience, err error) {
	v = view.AudienceIn(a, place.ID, place.Visibility, place.Name)
	if a.Reach == forum.Members && a.Of != place.ID {
		v.Group, err = r.d.Forum.GroupName(r.ctx, r.actor, a.Of)
	}
	return v, err
}

// narrower tells whether not everybody in the place reads an item: its own audience is then
// said. One that was written for more people than the place lets in is read by the place's.
func narrower(a forum.Audience, g *forum.Group) bool {
	place := g.Audience()
	return a != place && !a.WiderThan(place)
}

func tail(r *request) string {
	if q := r.Request().URI().QueryString(); len(q) > 0 {
		return "?" + string(q)
	}
	return ""
}

// met puts on a topic's page whom one meets there, where what is new begins, and who was last.
func (r *request) met(t *forum.TopicPage, p *view.Topic) {
	seen := map[view.Face]bool{}
	for i := range t.Posts {
		post := &t.Posts[i]
		who := voice(r.words, post.AuthorID, post.Author, post.Veiled)
		if !seen[who] && len(p.Faces) < 12 {
			seen[who] = true
			p.Faces = append(p.Faces, who)
		}
		if t.Read > 0 && post.N > t.Read && p.FirstUnread == 0 && !post.Mine {
			p.FirstUnread = post.ID
		}
		p.Further = t.Further && t.Read > 0 && p.FirstUnread == 0
		p.Last, p.LastAt = who, post.PostedAt
	}
}
