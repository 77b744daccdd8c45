package web

import (
	"cmp"
	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) home(r *request) error {
	if ready, err := d.Forum.IsSetUp(r.ctx); err != nil || !ready {
		if err == nil {
			err = r.to("/welcome")
		}
		return err
	}
	if tab := r.tab(); tab != "latest" { // an old address
		return r.to("/" + tab)
	}
	var p view.Home
	rows, more, err := d.Forum.ReadFeed(r.ctx, r.actor, forum.Latest, forum.TopicCursor{})
	if err != nil {
		return err
	}
	p.Topics = topicRows(r.words, rows, true)
	groups, err := d.Forum.ReadGroups(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.In || g.Invited || r.actor.Member == 0 && g.Visibility == forum.PublicToRead {
			p.Groups = append(p.Groups, groupRow(g))
		}
	}
	if r.actor.Member != 0 {
		if err := d.desk(r, &p); err != nil {
			return err
		}
	}
	s := r.shell(r.words.T("home.title"))
	if more {
		s.Next = nextTopics("/latest?", rows)
	}
	if r.actor.Has(forum.Reviewer) || r.actor.Has(forum.Administrator) {
		if p.Waiting, _, _, err = d.Forum.CountCertification(r.ctx, r.actor); err != nil {
			return err
		}
	}
	return r.render(view.HomePage(s, p))
}

// desk puts on the first page what a member has in all their groups together.
func (d *Door) desk(r *request, p *view.Home) error {
	var err error
	if p.Pause, err = r.pauseOf(); err != nil {
		return err
	}
	asked, err := d.Forum.OpenQuestions(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, q := range asked {
		p.Asked = append(p.Asked, view.Link{Href: "/ballots/" + decimal(q.ID), Text: r.words.T("home.asked", "Count", q.Count, "Group", q.GroupName, "Day", r.words.Day(q.UntilAt.Time()))})
	}
	if err := d.waiting(r, p); err != nil {
		return err
	}
	if err := d.own(r, p); err != nil {
		return err
	}
	desk, err := d.Forum.ReadDesk(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, room := range desk.Rooms {
		p.Rooms = append(p.Rooms, view.Link{Href: roomPath(room.GroupSlug, room.Slug), Text: room.Name + " · " + room.GroupName, Icon: "message", New: room.Unread})
	}
	for _, way := range []struct {
		mode forum.Mode
		key  string
	}{{forum.Each, "home.mail-each"}, {forum.Daily, "home.mail-daily"}, {forum.Weekly, "home.mail-weekly"}, {forum.Index, "home.mail-index"}, {forum.Special, "home.mail-special"}} {
		if n := desk.Modes[way.mode]; n > 0 {
			p.Mail = append(p.Mail, r.words.T(way.key, "Count", n, "Hour", desk.DigestHour))
		}
	}
	if p.Mail == nil {
		p.Mail = []string{r.words.T("home.mail-none")}
	}
	return nil
}

// own puts there what waits for the member alone.
func (d *Door) own(r *request, p *view.Home) error {
	if asked, err := d.Forum.IsAsked(r.ctx, r.actor); err != nil {
		return err
	} else if asked {
		p.Asked = append(p.Asked, view.Link{Href: ownApplication, Text: r.words.T("home.more-asked")})
	}
	if n, err := d.Forum.CountDrafts(r.ctx, r.actor); err != nil {
		return err
	} else if n > 0 {
		p.Asked = append(p.Asked, view.Link{Href: "/account/drafts", Text: r.words.T("home.drafts", "Count", n)})
	}
	if n, err := d.Forum.CountTalkInvitations(r.ctx, r.actor); err != nil {
		return err
	} else if n > 0 {
		p.Asked = append(p.Asked, view.Link{Href: talksPath, Text: r.words.T("home.talk-asked", "Count", n)})
	}
	return nil
}

func groupRow(g forum.GroupRow) view.GroupRow {
	return view.GroupRow{Href: groupPath(g.Slug), Name: g.Name, Description: g.Description, Audience: audience(&g.Group, 0), Icon: g.Icon, Hue: g.Hue, Members: g.Members, In: g.In, Invited: g.Invited}
}

func (d *Door) groups(r *request) error {
	rows, err := d.Forum.ReadGroups(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.Groups
	for _, g := range rows {
		p.Groups = append(p.Groups, groupRow(g))
	}
	return r.render(view.GroupsPage(r.shell(r.words.T("groups.title")), p))
}

func (d *Door) group(r *request) error { return d.groupPage(r, nil) }

// groupPage shows a group; cause is why a request to join was refused.
func (d *Door) groupPage(r *request, cause error) error {
	g, err := d.Forum.ReadGroup(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return d.goToTalk(r, err)
	}
	p := view.Group{Slug: g.Group.Slug, Name: g.Group.Name, Description: g.Group.Description, Audience: audience(&g.Group.Group, g.Readers),
		History: g.Group.FromJoin, In: g.Group.In, Invited: g.Group.Invited, MayModerate: g.Group.In && g.Role >= forum.Moderator,
		MembersTotal: g.Group.Members, Question: g.Group.Question, Form: r.form("answer")}
	p.Openings, p.Visiting = g.Had == forum.In, g.Had == forum.In && !p.In
	if !g.Group.In {
		why := forum.MayJoin(r.actor, &g.Group.Group, g.Had)
		p.MayJoin, p.MayAsk, p.Asked = why == nil, forum.MayAsk(r.actor, &g.Group.Group, g.Had) == nil, g.Had == forum.Asking
		if why != nil {
			p.WhyNot = r.say(why)
		}
	}
	for _, b := range g.Boards {
		p.Boards = append(p.Boards, view.BoardRow{Href: boardPath(p.Slug, b.Slug), Name: b.Name, Description: b.Description, Topics: b.Topics, LastAt: b.LastAt,
			MayStart: forum.MayStartTopic(r.actor, p.In, g.Role, &g.Group.Group, &b.Board) == nil})
		if g.Modes[b.ID] != forum.NoMail {
			p.BoardsWithMail++
		}
	}
	p.Subscribed = p.BoardsWithMail
	p.Latest = topicRows(r.words, g.Latest, false)
	for _, m := range g.Members {
		p.Members = append(p.Members, face(m.ID, m.Name))
	}
	s := r.shell(p.Name)
	if g.Group.Visibility != forum.PublicToRead {
		r.uncounted(&s)
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	if g.Readable {
		if s.Rail, err = r.rail(&g.Group.Group, p.In, g.Role, groupPath(p.Slug)); err != nil {
			return err
		}
		p.Rooms, p.Rules = s.Rail.Rooms, g.Group.Rules
		tags, err := d.Forum.ReadTags(r.ctx, r.actor, g.Group.ID, false)
		if p.Tagged = len(tags) > 0; err != nil {
			return err
		}
	}
	return r.render(view.GroupPage(s, p))
}

// inBoard is a board whose place lets the actor in, by the slugs in the path.
func (r *request) inBoard() (forum.BoardPage, error) {
	return r.d.Forum.FindBoard(r.ctx, r.actor, r.Params("group"), r.Params("board"))
}

// inGroup is a group that the actor may know of, by the slug in the path.
func (r *request) inGroup() (forum.GroupPage, error) {
	return r.d.Forum.FindGroup(r.ctx, r.actor, r.Params("group"))
}

func (d *Door) join(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := d.Forum.Join(r.ctx, r.actor, g.Group.ID); err != nil {
		return err
	}
	if g.Group.NoBoards || g.Group.NoList {
		return r.done(groupPath(g.Group.Slug), "joined")
	}
	return r.done(groupPath(g.Group.Slug)+"/list", "joined-list") // a list that one does not hear from is none
}

// leavePage asks before one leaves a group: not everybody can come back by themself.
func (d *Door) leavePage(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if !g.Group.In {
		return forum.Absent()
	}
	path := groupPath(g.Group.Slug)
	return r.render(view.ActPage(r.shell(r.words.T("leave.title")), view.Act{Form: r.form(), Stem: "leave", Action: path + "/leave", Back: path, Object: g.Group.Name, Plain: true, Danger: true}))
}

func (d *Door) leave(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := d.Forum.Leave(r.ctx, r.actor, g.Group.ID); err != nil {
		return err
	}
	said := "left"
	switch {
	case g.Had == forum.Invited:
		said = "declined"
	case g.Had == forum.Asking:
		said = "unasked"
	case g.Role == forum.Visitor:
		said = "visited"
	}
	return r.done("/groups", said)
}

func (d *Door) board(r *request) error {
	from, tab := r.topicCursor(), r.tab()
	from.Feed, from.Tag = feeds[tab], r.Query("tag")
	b, err := d.Forum.ReadBoard(r.ctx, r.actor, r.Params("group"), r.Params("board"), from)
	if err != nil {
		return err
	}
	path := boardPath(b.Group.Slug, b.Board.Slug)
	p := view.Board{Tab: tab, Undo: r.undo(), Group: b.Group.Name, Name: b.Board.Name, Description: b.Board.Description, GroupHref: groupPath(b.Group.Slug), Href: path,
		Topics: topicRows(r.words, b.Topics, false), In: b.In, Mode: b.Mode, Notice: b.Notice, Bare: b.Group.Class == forum.SealedClass}
	p.Stubs = stubRows(r.words, b.Stubs)
	p.MayChange = b.In && b.Role >= forum.Moderator
	p.Level = r.levels(path+"/level", b.Chosen, &b.Board, false)
	if p.Tags, err = r.filters(&b, from.Tag); err != nil {
		return err
	}
	readers, err := d.Forum.CountReaders(r.ctx, &b.Group)
	if err != nil {
		return err
	}
	p.Audience = audience(&b.Group, readers)
	if err := cmp.Or(forum.MayStartTopic(r.actor, b.In, b.Role, &b.Group, &b.Board), forum.MayBeHeard(r.actor, b.MutedUntil)); err != nil {
		p.WhyNot = r.say(err)
	} else {
		p.MayStart, p.Address = true, b.Board.Slug+"."+b.Group.Slug+"@"+d.Domain
	}
	s := r.shell(p.Name + " · " + p.Group)
	s.NoSnippet = b.Group.Class > forum.OpenClass
	if b.Group.Visibility == forum.PublicToRead {
		p.Feed = feedPath(b.Group.Slug, b.Board.Slug)
		s.Feed = p.Feed + "/atom.xml"
	}
	if s.Rail, err = r.rail(&b.Group, b.In, b.Role, path); err != nil {
		return err
	}
	first := path + "?show=" + tab
	if from.Tag != "" {
		first += "&tag=" + queryEscape(from.Tag)
	}
	if b.More {
		s.Next = nextTopics(first+"&", b.Topics)
	}
	if r.Query("before") != "" {
		s.Prev = first
	}
	return r.render(view.BoardPage(s, p))
}

func (d *Door) boardMail(r *request) error {
	b, err := r.inBoard()
	if err != nil {
		return err
	}
	if err := r.subscribe(b.Board.ID, &b.Group); err != nil {
		return err
	}
	return r.done(boardPath(b.Group.Slug, b.Board.Slug), "delivery")
}

// subscribe sets how mail should come, as the form says. Where the group's class says what mails tell, the form does not ask,
// and what was chosen stays.
func (r *request) subscribe(b forum.BoardID, g *forum.Group) error {
	s := forum.Subscription{Mode: forum.Mode(choice(r.typed("mode"))), Notice: r.typed("notice") != ""}
	if g.Class == forum.SealedClass {
		return r.d.Forum.Subscribe(r.ctx, r.actor, b, s.Mode)
	}
	return r.d.Forum.ChooseMail(r.ctx, r.actor, b, s)
}

func (d *Door) list(r *request) error {
	g, err := d.Forum.ReadGroup(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	if !g.Group.In {
		return forum.Refuse(forum.Forbidden, "error.join-first")
	}
	profile, err := d.Forum.ReadProfile(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.List{Group: view.Link{Href: groupPath(g.Group.Slug), Text: g.Group.Name}, Slug: g.Group.Slug, Domain: d.Domain, Hour: profile.DigestHour, MayWrite: true, Bare: g.Group.Class == forum.SealedClass}
	for _, b := range g.Boards {
		p.Boards = append(p.Boards, view.ListBoard{ID: b.ID, Name: b.Name, Address: b.Slug + "." + g.Group.Slug + "@" + d.Domain, Mode: g.Modes[b.ID], Notice: g.Notices[b.ID],
			MayStart: forum.MayStartTopic(r.actor, true, g.Role, &g.Group.Group, &b.Board) == nil})
	}
	told, err := d.Forum.Acknowledged(r.ctx, r.actor, &g.Group.Group, forum.ByMail)
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug) + "/list"
	if !told {
		p.NeedsWord = acknowledgePath(g.Group.Slug, forum.ByMail, path)
	}
	if g.Role >= forum.Moderator {
		p.More = append(p.More, view.Link{Href: groupPath(g.Group.Slug) + "/arrivals", Text: r.words.T("arrivals.group-title")})
	}
	if g.Role >= forum.Owner {
		p.More = append(p.More, view.Link{Href: path + "/settings", Text: r.words.T("list-settings.title")})
	}
	s := r.shell(r.words.T("rail.list") + " · " + g.Group.Name)
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path); err != nil {
		return err
	}
	return r.render(view.ListPage(s, p))
}

func (d *Door) setList(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := r.subscribe(forum.BoardID(number(r.typed("board"))), &g.Group.Group); err != nil {
		return err
	}
	if back := r.typed("back"); back != "" {
		return r.done(inside(back), "delivery")
	}
	return r.done(groupPath(g.Group.Slug)+"/list", "delivery")
}

// waiting puts there what waits for those who look after a group, or the body.
func (d *Door) waiting(r *request, p *view.Home) error {
	queues, err := d.Forum.CountQueues(r.ctx, r.actor, 0)
	if err != nil {
		return err
	}
	var all forum.QueueCount
	for _, q := range queues {
		if q.Asking > 0 {
			p.Asked = append(p.Asked, view.Link{Href: groupPath(q.GroupSlug) + "/manage", Text: r.words.T("home.requests", "Count", q.Asking, "Group", q.GroupName)})
		}
		all.Cases, all.Held, all.Objections = all.Cases+q.Cases, all.Held+q.Held, all.Objections+q.Objections
	}
	for _, w := range []struct {
		words string
		n     int
	}{{"home.cases", all.Cases}, {"home.held", all.Held}, {"home.objections", all.Objections}} {
		if w.n > 0 {
			p.Asked = append(p.Asked, view.Link{Href: "/moderation", Text: r.words.T(w.words, "Count", w.n)})
		}
	}
	if n, err := d.Forum.CountNewActs(r.ctx, r.actor); err != nil {
		return err
	} else if n > 0 {
		p.Asked = append(p.Asked, view.Link{Href: "/account/acts", Text: r.words.T("home.acts", "Count", n)})
	}
	openings, err := d.Forum.WaitingOpenings(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, o := range openings {
		if o.Kind == forum.OpensIdentity {
			p.Asked = append(p.Asked, view.Link{Href: "/openings/" + decimal(o.ID), Text: r.words.T("home.identity")})
		} else {
			p.Asked = append(p.Asked, view.Link{Href: "/staff/openings", Text: r.words.T("home.visit")})
		}
	}
	return nil
}
