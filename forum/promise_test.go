package forum_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// The promise in a few lines, kept apart from the SQL that keeps it: a person reads an item
// if the place lets them in today, and they belong today to those its author was shown, and
// had joined by then where that counts; or they wrote it (DESIGN §3).

type modelGroup struct {
	*forum.Group
	board  *forum.Board
	room   *forum.Room
	joined map[int]time.Time // of those who are in
	visits map[int]bool      // of these, the staff for whom it was opened
	circle *forum.Room       // for some of those who are in
	within map[int]time.Time // when each was taken into it
}

type modelItem struct {
	post     forum.PostID
	file     forum.FileID // that hangs on it; 0: none
	topic    *modelItem   // nil: it opens one
	topicID  forum.TopicID
	said     int64 // id of a message in the room
	seq      int64 // of a message in the room; then post is 0
	circle   bool  // it was said in the circle
	group    int   // where it stands
	of       int   // whose members it was written for
	author   int
	gap      bool // others may know that it is there
	gone     bool // taken back
	hidden   bool // by moderators
	whole    bool // with its topic
	reach    forum.Reach
	fromJoin bool
	at       time.Time
}

type model struct {
	*forumtest.World
	t         *testing.T
	r         *rand.Rand
	people    []forum.MemberID // 0 is nobody: the visitor
	certified map[int]bool
	groups    []*modelGroup
	items     []*modelItem
	story     []string
}

func (m *model) level(who int) forum.Reach {
	switch {
	case who == 0:
		return forum.Public
	case m.certified[who]:
		return forum.Certified
	}
	return forum.Registered
}

func (m *model) in(g, who int) bool {
	_, in := m.groups[g].joined[who]
	return in
}

func (m *model) lets(g, who int) bool {
	return m.in(g, who) || forum.Reach(m.groups[g].Visibility) <= m.level(who)
}

// inCircle tells whether somebody is in the circle of a group: who left the group is not, whoever let them in again.
func (m *model) inCircle(g, who int) bool {
	within, is := m.groups[g].within[who]
	joined, in := m.groups[g].joined[who]
	return is && in && !m.groups[g].visits[who] && !joined.After(within) && (m.groups[g].Visibility != forum.CertifiedOnly || m.certified[who])
}

func (m *model) belongs(i *modelItem, who int) bool {
	if i.circle {
		return m.inCircle(i.of, who) && (i.author == who || !i.fromJoin || !m.groups[i.of].within[who].After(i.at))
	}
	if who != 0 && i.author == who || i.reach < forum.Members && i.reach <= m.level(who) {
		return true
	}
	joined, in := m.groups[i.of].joined[who]
	return i.reach == forum.Members && in && (!i.fromJoin || !joined.After(i.at))
}

func (m *model) reads(i *modelItem, who int) bool {
	return !i.gone && (!i.hidden || i.author == who) && m.lets(i.group, who) && m.belongs(i, who) && (i.topic == nil || m.belongs(i.topic, who))
}

// TestPromise walks at random through joining, visiting, leaving, removing, banning, certificates that
// end and begin, widening, narrowing and history rules, with posts, replies and messages in
// between, and compares what each person can read by each door with the model.
func TestPromise(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		seed := uint64(time.Now().UnixNano())
		m := &model{World: w, t: t, r: rand.New(rand.NewPCG(seed, 1)), people: []forum.MemberID{0}, certified: map[int]bool{}}
		for _, name := range []string{"ann", "bob", "eve", "kim"} {
			m.people = append(m.people, w.Member(name).Member)
		}
		for _, slug := range []string{"one", "two"} {
			g, b, r := w.Group(slug, forum.Hidden)
			m.groups = append(m.groups, &modelGroup{g, b, r, map[int]time.Time{}, map[int]bool{}, m.openCircle(g), map[int]time.Time{}})
			exec(t, w, "INSERT INTO levels (member_id, topic_id, board_id, level, since_at) SELECT id, 0, ?, ?, 0 FROM members", b.ID, forum.EveryPost) // all want to be told of all
		}
		for step := 0; step < 170 || len(m.items) < 15 && step < 2000; step++ {
			m.step()
			if step%4 == 3 {
				m.compare()
			}
			if t.Failed() {
				t.Fatalf("seed %d, after:\n%s", seed, fmt.Sprint(m.story[max(0, len(m.story)-25):]))
			}
		}
		if len(m.items) < 15 {
			t.Errorf("only %d items were written", len(m.items))
		}
	})
}

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatalf("%v\n%v", err, m.story)
	}
}

// step does one thing that is allowed now.
func (m *model) step() {
	g, who := m.r.IntN(len(m.groups)), 1+m.r.IntN(len(m.people)-1)
	group, a, ctx := m.groups[g], m.As(m.people[who]), m.t.Context()
	m.Pass(time.Minute)
	did := "nothing"
	switch op := m.r.IntN(20); {
	case op < 5 && m.in(g, who) && !group.visits[who]:
		did = m.speak(g, who)
	case op < 6 && !m.in(g, who) && (group.Visibility != forum.CertifiedOnly || m.certified[who]):
		m.must(m.Invite(ctx, m.Admin, group.ID, a.Member))
		m.must(m.Join(ctx, a, group.ID))
		m.must(m.Subscribe(ctx, m.As(a.Member), group.board.ID, forum.Each))
		group.joined[who], did = m.joinedAt(group, who), "joins"
	case op == 6 && m.in(g, who):
		out := []func() error{
			func() error { return m.Leave(ctx, a, group.ID) },
			func() error { return m.Remove(ctx, m.Admin, group.ID, a.Member, "") },
			func() error {
				m.must(m.Ban(ctx, m.Admin, group.ID, a.Member, "for a while"))
				m.compare() // while it lasts
				return m.Unban(ctx, m.Admin, group.ID, a.Member)
			},
		}
		delete(group.joined, who)
		delete(group.visits, who)
		m.must(out[m.r.IntN(len(out))]())
		did = "is out"
	case op == 7 || op == 8:
		set(m.t, m.World, group.Group, func(d *forum.GroupDraft) {
			d.Visibility, d.FromJoin, d.Gaps = forum.Visibility(m.r.IntN(5)), m.r.IntN(2) == 0, m.r.IntN(2) == 0
			did = fmt.Sprintf("changes to %s %t", d.Visibility, d.FromJoin)
		})
	case op == 9 && m.certified[who]:
		_, err := m.Store.Writer().NewRaw("UPDATE certificates SET until_at = ?0, open_until_at = ?0 WHERE member_id = ?1", forum.At(m.Now()), a.Member).Exec(ctx)
		m.must(err)
		m.must(m.EndLapsed(ctx))
		delete(m.certified, who)
		did = "lapses"
	case op == 10 && !m.certified[who]:
		_, err := m.Certify(ctx, m.Admin, a.Member, forum.At(m.Now().AddDate(1, 0, 0)))
		m.must(err)
		m.certified[who], did = true, "is certified"
	case op == 11:
		did = m.takeBack(who)
	case op == 16:
		did = m.ballot(g)
		m.Pass(72 * time.Hour) // no visit is longer
		m.must(m.EndLapsed(ctx))
		for _, g := range m.groups {
			maps.DeleteFunc(g.joined, func(who int, _ time.Time) bool { return g.visits[who] })
			clear(g.visits)
		}
	case op == 17 && !m.in(g, who):
		did = m.visit(g, who)
	case op == 17:
		did = m.around(g, who)
	case op > 17:
		did = m.hide()
	case op > 11:
		did = m.tidy(op)
	}
	m.story = append(m.story, fmt.Sprintf("%d %d %s", g, who, did))
}

func (m *model) joinedAt(g *modelGroup, who int) time.Time {
	var at forum.Instant
	m.must(m.Store.Reader().NewRaw("SELECT joined_at FROM memberships WHERE group_id = ? AND member_id = ?", g.ID, m.people[who]).Scan(m.t.Context(), &at))
	return at.Time()
}

// speak posts, answers or says something, as far as it is allowed, and writes down who was
// shown as its readers.
func (m *model) speak(g, who int) string {
	group, a, ctx := m.groups[g], m.As(m.people[who]), m.t.Context()
	if group.Visibility == forum.CertifiedOnly && !m.certified[who] {
		return "may not speak"
	}
	for _, door := range []forum.Door{forum.OnBoard, forum.InRoom} {
		d, err := m.Disclose(ctx, a, group.ID, door)
		m.must(err)
		m.must(m.Acknowledge(ctx, a, group.ID, door, d.Wording))
	}
	i := &modelItem{group: g, of: g, author: who, reach: min(forum.Reach(group.Visibility), forum.Members), fromJoin: group.FromJoin && group.Visibility >= forum.MembersOnly, gap: group.Gaps && group.Visibility > forum.PublicToRead}
	m.items = append(m.items, i)
	if m.r.IntN(3) == 0 {
		room, words := group.room, "said, @ann @bob @eve @kim"
		if m.inCircle(g, who) && m.r.IntN(2) == 0 {
			room, i.circle, i.reach, i.fromJoin = group.circle, true, forum.InCircle, group.FromJoin
		}
		said, err := m.Say(ctx, a, room.ID, words, m.Key())
		m.must(err)
		i.said, i.seq, i.at = said.ID, said.Seq, said.PostedAt.Time()
		return "says"
	}
	words := draft(m.World, "words")
	if m.r.IntN(3) == 0 {
		file, err := m.AddFile(ctx, a, "notes.txt", []byte("what hangs on it"))
		m.must(err)
		i.file, words.Files = file.ID, []forum.FileID{file.ID}
	}
	for _, t := range m.items {
		if t.group == g && t.topic == nil && t.post != 0 && !t.whole && m.lets(g, who) && m.belongs(t, who) && m.r.IntN(2) == 0 {
			p, err := m.Reply(ctx, a, t.topicID, words)
			m.must(err)
			i.post, i.topic, i.topicID, i.at = p.ID, t, t.topicID, p.PostedAt.Time()
			if i.widerThan(t) { // an answer is for those whom the topic is for
				i.reach, i.of, i.fromJoin = t.reach, t.of, t.fromJoin
			}
			return "replies"
		}
	}
	t, err := m.StartTopic(ctx, a, group.board.ID, words)
	m.must(err)
	p, err := m.ReadTopic(ctx, a, t.ID, 0)
	m.must(err)
	i.post, i.topicID, i.at = p.Posts[0].ID, t.ID, t.PostedAt.Time()
	return "posts"
}

func (i *modelItem) widerThan(t *modelItem) bool {
	switch {
	case i.reach == forum.Members:
		return t.reach == forum.Members && i.of == t.of && !i.fromJoin && t.fromJoin
	case t.reach == forum.Members:
		return i.reach < forum.Certified
	}
	return i.reach < t.reach
}

// compare asks every door for every item in everybody's name.
func (m *model) compare() {
	m.t.Helper()
	var posts []forum.PostID
	for _, i := range m.items {
		if i.post != 0 {
			posts = append(posts, i.post)
			m.must(m.QueuePost(m.t.Context(), i.post)) // whoever may read it now has a notice from now on
		}
	}
	for who, id := range m.people {
		a := forum.Actor{}
		if who != 0 {
			a = m.As(id)
		}
		visible, err := m.VisiblePosts(m.t.Context(), a, posts)
		m.must(err)
		m.told(a, who)
		m.sifted(a, who)
		heard := map[*forum.Room]map[string][]int64{}
		for g, group := range m.groups {
			heard[group.room] = m.hear(a, group, group.room, m.lets(g, who))
			heard[group.circle] = m.hear(a, group, group.circle, m.inCircle(g, who))
		}
		for _, i := range m.items {
			if i.post != 0 && i.topic == nil && !i.whole {
				m.gaps(a, i, who)
			}
			for door, got := range m.doors(a, i, visible, heard) {
				want := m.reads(i, who)
				if door == "mail" {
					want = m.mailed(i, who)
				}
				if got != (want || (door == "id" || door == "file") && i.author == who && !i.gone) { // one's own words stay one's own
					m.t.Errorf("person %d reads item %+v by %s: %t, the promise says %t", who, *i, door, got, want)
				}
			}
		}
	}
}

// sifted compares what a search counts for somebody, of everything that an engine could propose, with what they may read, and has them
// proposed no less than that.
func (m *model) sifted(a forum.Actor, who int) {
	m.t.Helper()
	all := make([]forum.Searched, len(m.items))
	for n, i := range m.items {
		all[n] = forum.Searched{Kind: "post", ID: int64(i.post)}
		if i.post == 0 {
			all[n] = forum.Searched{Kind: "message", ID: i.said}
		}
	}
	found, err := m.Sift(m.t.Context(), a, all)
	m.must(err)
	var said []int64
	for _, i := range m.items {
		if i.post == 0 {
			said = append(said, i.said)
		}
	}
	heard, err := m.VisibleSaid(m.t.Context(), a, said)
	m.must(err)
	proposed := proposedTo(m.t, m.World, a)
	for n, i := range m.items {
		want := m.reads(i, who) && !i.hidden // what is hidden is searched by nobody
		if got := slices.ContainsFunc(found, func(f forum.Found) bool { return f.Kind == all[n].Kind && f.ID == all[n].ID }); got != want {
			m.t.Errorf("person %d is counted item %+v: %t, the promise says %t", who, *i, got, want)
		}
		if got := slices.ContainsFunc(heard, func(c forum.SaidPlace) bool { return c.ID == i.said }); i.post == 0 && got != want {
			m.t.Errorf("person %d is shown item %+v: %t, the promise says %t", who, *i, got, want)
		}
		if want && !proposed[all[n]] {
			m.t.Errorf("person %d is not proposed item %+v", who, *i)
		}
	}
}

// proposedTo is what an engine would propose to the actor, of everything that it holds.
func proposedTo(t testing.TB, w *forumtest.World, a forum.Actor) map[forum.Searched]bool {
	t.Helper()
	r, err := w.Readership(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	out := map[forum.Searched]bool{}
	for _, kind := range forum.SearchKinds {
		all, err := w.EachSearchable(t.Context(), kind, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			reads := a.Member != 0 && s.AuthorID == a.Member || slices.ContainsFunc(r.Circles, func(c forum.ReaderTerm) bool { return c.Term == s.Term() && c.From <= s.PostedAt })
			out[forum.Searched{Kind: kind, ID: s.ID}] = reads && slices.Contains(r.Places, int64(s.GroupID))
		}
	}
	return out
}

// told compares what somebody has notices of: of what others wrote, all that they may read, and nothing else.
func (m *model) told(a forum.Actor, who int) {
	m.t.Helper()
	got := map[forum.PostID]bool{}
	for from, more := (forum.NoticeCursor{}), true; more; {
		var rows []forum.Notice
		var err error
		rows, more, err = m.ReadNotices(m.t.Context(), a, from)
		m.must(err)
		for _, n := range rows {
			got[n.ID], from = true, forum.NoticeCursor{MadeAt: n.MadeAt, Post: n.ID}
		}
	}
	said, err := m.ReadRoomNotices(m.t.Context(), a)
	m.must(err)
	n, err := m.CountNotices(m.t.Context(), a)
	m.must(err)
	bells, err := m.ReadBells(m.t.Context(), a)
	m.must(err)
	rung := map[forum.RoomID]bool{}
	for _, b := range bells {
		rung[forum.RoomID(b.Ref)] = true
	}
	for g, group := range m.groups {
		if in := m.inCircle(g, who); in != rung[group.circle.ID] {
			m.t.Errorf("person %d has a bell of the circle of group %d: %t, is in it: %t", who, g, !in, in)
		}
	}
	if n != min(len(got)+len(said)+len(bells), forum.MostCounted) {
		m.t.Errorf("person %d has %d notices, and %d are counted", who, len(got)+len(said)+len(bells), n)
	}
	for _, of := range said {
		at := slices.IndexFunc(m.items, func(i *modelItem) bool { return i.said == of.ID })
		if !m.reads(m.items[at], who) || m.items[at].author == who {
			m.t.Errorf("person %d is told of what was said: %+v", who, *m.items[at])
		}
	}
	for _, i := range m.items {
		if i.post == 0 || who == 0 {
			continue
		}
		if want := m.reads(i, who) && i.author != who; got[i.post] && !want || want && !got[i.post] && m.mailed(i, who) {
			m.t.Errorf("person %d is told of item %+v: %t, the promise says %t", who, *i, got[i.post], want)
		}
	}
}

// gaps compares how many posts of a topic somebody may only know of.
func (m *model) gaps(a forum.Actor, topic *modelItem, who int) {
	want := 0
	for _, i := range m.items {
		if i.topicID == topic.topicID && i.gap && !i.gone && !i.hidden && !m.belongs(i, who) && m.lets(topic.group, who) && m.belongs(topic, who) {
			want++
		}
	}
	if page, _ := m.ReadTopic(m.t.Context(), a, topic.topicID, 0); page.Withheld != want {
		m.t.Errorf("person %d is told of %d posts in %+v, the promise says %d", who, page.Withheld, *topic, want)
	}
}

func (m *model) doors(a forum.Actor, i *modelItem, visible []forum.PlacedPost, heard map[*forum.Room]map[string][]int64) map[string]bool {
	if i.post == 0 {
		room, out := m.groups[i.group].room, map[string]bool{}
		if i.circle {
			room = m.groups[i.group].circle
		}
		for door, seqs := range heard[room] {
			out[door] = slices.Contains(seqs, i.seq)
		}
		_, err := m.FindSaid(m.t.Context(), a, i.said)
		out["address"] = err == nil
		out["ear"] = m.MayHear(m.t.Context(), a, room.ID, i.seq) == nil
		return out
	}
	own, byID := m.ReadPost(m.t.Context(), a, i.post)
	_, _, byLink := m.FindPost(m.t.Context(), a, i.post)
	if i.gone || i.hidden && a.Member != m.people[i.author] { // its place is left; its words must not be
		byLink = forum.Absent()
	}
	var posts []forum.Post // of all pages: merged topics grow long
	for after, more := forum.PostID(0), true; more; {
		page, _ := m.ReadTopic(m.t.Context(), a, i.topicID, after)
		if posts, more = append(posts, page.Posts...), page.More; more {
			after = posts[len(posts)-1].ID
		}
	}
	rows, _, err := m.ReadFeed(m.t.Context(), a, forum.Latest, forum.TopicCursor{})
	m.must(err)
	out := map[string]bool{"search": slices.ContainsFunc(visible, func(p forum.PlacedPost) bool { return p.ID == i.post }), "id": byID == nil && own.HTML != "", "link": byLink == nil,
		"page": slices.ContainsFunc(posts, func(p forum.Post) bool { return p.ID == i.post && p.HTML+p.Plain+p.Source != "" })}
	if i.hidden && !i.gone { // whoever could read it finds its place, and no word
		i.hidden = false
		want := m.reads(i, slices.Index(m.people, a.Member))
		i.hidden = true
		if got := slices.ContainsFunc(posts, func(p forum.Post) bool { return p.ID == i.post && p.HiddenWhy == "spam" }); got != want {
			m.t.Errorf("person %d finds the place of %+v: %t", slices.Index(m.people, a.Member), *i, got)
		}
	}
	to, err := m.Recipients(m.t.Context(), i.post, forum.Each, 0, 100)
	m.must(err)
	out["mail"] = slices.ContainsFunc(to, func(r forum.Recipient) bool { return r.Member == a.Member })
	_, _, err = m.ReadHistory(m.t.Context(), a, i.post)
	out["history"] = err == nil
	if i.file != 0 {
		_, err := m.FindFile(m.t.Context(), a, i.file)
		out["file"] = err == nil
	}
	if i.topic == nil && !i.gone && !i.hidden {
		board, err := m.ReadBoard(m.t.Context(), a, m.groups[i.group].Slug, m.groups[i.group].board.Slug, forum.TopicCursor{})
		if board.More {
			return out
		}
		out["board"] = err == nil && slices.ContainsFunc(board.Topics, func(r forum.TopicRow) bool { return r.ID == i.topicID })
	}
	if i.topic == nil && !i.gone && !i.hidden && len(rows) < 30 {
		out["feed"] = slices.ContainsFunc(rows, func(r forum.TopicRow) bool { return r.ID == i.topicID })
	}
	return out
}

// takeBack has somebody take back one of their posts.
func (m *model) takeBack(who int) string {
	for _, i := range m.items {
		if i.author != who || i.post == 0 || i.gone || m.r.IntN(3) != 0 {
			continue
		}
		alone := i.topic == nil
		for _, o := range m.items {
			alone = alone && (o.topicID != i.topicID || o.author == who || o.gone || o.post == 0)
		}
		m.must(m.TakeBack(m.t.Context(), m.As(m.people[who]), i.post))
		i.gone, i.whole = true, alone
		for _, o := range m.items {
			if alone && o.topic == i {
				o.gone = true
			}
		}
		return "takes back"
	}
	return "nothing"
}

// tidy has the owner of both groups move, split or merge topics, as far as they may read them.
func (m *model) tidy(op int) string {
	var topics, replies []*modelItem
	for _, i := range m.items {
		switch {
		case i.post == 0 || i.whole || i.topic != nil && i.topic.whole:
		case i.topic == nil:
			topics = append(topics, i)
		case !i.hidden && m.ownerReads(i) && m.ownerReads(i.topic):
			replies = append(replies, i)
		}
	}
	if len(topics) < 2 {
		return "nothing"
	}
	ctx, t, into := m.t.Context(), topics[m.r.IntN(len(topics))], topics[m.r.IntN(len(topics))]
	if !m.ownerReads(t) || !m.ownerReads(into) || t == into {
		return "nothing"
	}
	if op == 14 && len(replies) > 0 {
		i := replies[m.r.IntN(len(replies))]
		fresh, err := m.SplitTopic(ctx, m.Admin, i.topicID, "Split", []forum.PostID{i.post})
		m.must(err)
		i.topic, i.topicID = nil, fresh
		return "is split off"
	}
	if op == 15 {
		m.must(m.MergeTopics(ctx, m.Admin, t.topicID, into.topicID, "same"))
		for _, i := range m.items {
			if i == t || i.topic == t {
				i.topic, i.topicID, i.group = into, into.topicID, into.group
			}
		}
		return "is merged"
	}
	to := m.r.IntN(len(m.groups))
	m.must(m.MoveTopic(ctx, m.Admin, t.topicID, m.groups[to].board.ID, "there"))
	for _, i := range m.items {
		if i == t || i.topic == t {
			i.group = to
		}
	}
	return "is moved"
}

// ownerReads: they are in both groups from the beginning, without a certificate.
func (m *model) ownerReads(i *modelItem) bool { return i.reach != forum.Certified }

// ballot asks all authors of a group, lets them answer as it falls, and ends it.
func (m *model) ballot(g int) string {
	ctx, group := m.t.Context(), m.groups[g]
	id, err := m.OpenBallot(ctx, m.Admin, group.ID, 0, 3)
	if forum.KindOf(err) == forum.Conflict {
		return "nothing to ask"
	}
	m.must(err)
	reach, fromJoin := min(forum.Reach(group.Visibility), forum.Members), group.FromJoin && group.Visibility >= forum.MembersOnly
	var yes []*modelItem
	for who := range m.people {
		if who == 0 {
			continue
		}
		p, err := m.ReadBallot(ctx, m.As(m.people[who]), id)
		if forum.KindOf(err) == forum.NotFound {
			continue
		}
		m.must(err)
		each := map[forum.BallotRef]forum.Answer{}
		for _, asked := range p.Items {
			ref := forum.BallotRef{Kind: asked.Kind, ID: asked.ItemID}
			each[ref] = forum.Answer(m.r.IntN(4))
			for _, i := range m.items {
				if i.circle && asked.Kind == forum.BallotMessage && i.said == ref.ID {
					m.t.Errorf("a ballot asks about what was said in a circle: %+v", *i)
				}
				if i.author == who && i.group == g && each[ref] == forum.Yes && (asked.Kind == forum.BallotPost && int64(i.post) == ref.ID || asked.Kind == forum.BallotMessage && i.said == ref.ID) {
					yes = append(yes, i)
				}
			}
		}
		m.must(m.AnswerBallot(ctx, m.As(m.people[who]), id, forum.BallotAnswers{Each: each}))
	}
	m.compare() // nothing has changed yet
	m.Pass(4 * 24 * time.Hour)
	m.must(m.RunBallots(ctx))
	for _, i := range yes {
		i.reach, i.of, i.fromJoin = reach, g, fromJoin
	}
	return fmt.Sprintf("asks, and %d say yes", len(yes))
}

// openCircle opens a room for a circle of a group; the administrator is in it.
func (m *model) openCircle(g *forum.Group) *forum.Room {
	r, err := m.OpenRoom(m.t.Context(), m.Admin, g.ID, "circle", forum.RoomDraft{Name: "Circle", Circle: true})
	m.must(err)
	return r
}

// around takes somebody into the circle of a group, or out of it.
func (m *model) around(g, who int) string {
	group, ctx := m.groups[g], m.t.Context()
	switch {
	case m.inCircle(g, who) && m.r.IntN(3) == 0:
		delete(group.within, who)
		m.must(m.LeaveCircle(ctx, m.As(m.people[who]), group.circle.ID))
		return "leaves the circle"
	case !m.inCircle(g, who) && m.in(g, who) && !group.visits[who] && group.Visibility != forum.CertifiedOnly: // of whom the administrator is none
		m.must(m.TakeIntoCircle(ctx, m.Admin, group.circle.ID, m.As(m.people[who]).Handle))
		group.within[who] = m.Now()
		return "is taken into the circle"
	}
	return "nothing"
}

// hear gives the numbers of what somebody reads in a room, by each door that lists it.
func (m *model) hear(a forum.Actor, group *modelGroup, room *forum.Room, lets bool) map[string][]int64 {
	ctx := m.t.Context()
	said, err := m.ReadMessages(ctx, a, room.ID, 0, 1000)
	if forum.KindOf(err) != forum.NotFound || lets {
		m.must(err)
	}
	out := map[string][]int64{"room": seqsOf(said), "search": nil, "page": nil}
	for door, at := range map[string]forum.SaidCursor{"page": {From: 1}, "search": {Word: "said"}} {
		for more := true; more; {
			p, err := m.ReadRoom(ctx, a, group.Slug, room.Slug, at)
			if forum.KindOf(err) == forum.NotFound && !lets {
				break
			}
			m.must(err)
			all := seqsOf(p.Messages)
			out[door] = append(out[door], all...)
			if more = door == "page" && p.Later || door == "search" && p.Earlier; more {
				at.From, at.Before = all[len(all)-1]+1, all[len(all)-1]
			}
		}
	}
	return out
}

func seqsOf(said []forum.ChatMessage) (out []int64) {
	for _, c := range said {
		out = append(out, c.Seq)
	}
	return out
}
