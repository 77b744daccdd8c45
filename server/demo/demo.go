// Package demo fills an empty forum with a believable body of mediators, all of it made up:
// members, groups of every visibility, boards, topics, rooms and list mail. It speaks
// through the same verbs as every door, with a clock that runs through the last months.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	"peergroups/forum"
)

//go:embed talk.txt
var talk string

// Login is a member whom one can try the forum as.
type Login struct{ Role, Handle, Password string }

// Password is everybody's in the demo.
const Password = "try the forum"

var organisation = forum.Organisation{Name: "Chamber of Mediators", Seal: "CM", Address: "70 Example Lane, The Hague", Contact: "privacy@chamber.example"}

var people = strings.Split("Ana Lindqvist|Tomás Rey|Miriam Okafor|Sanne de Jong|Kofi Asante|Lucía Benítez|David Weiss|Amina Yusuf|Jonas Keller|Ingrid Solheim|"+
	"Pieter van Dam|Chiara Moretti|Samuel Adeyemi|Eszter Nagy|Louis Fontaine|Mei Tanaka|Farid Haddad|Katarzyna Nowak|Oliver Brandt|Noor Rahman|"+
	"Helena Costa|Marek Dvořák|Grace Mensah|Anders Holm|Leila Farahani|Thomas Wright|Beatriz Almeida|Yuki Sato|Stefan Ionescu|Fatima El Amrani|"+
	"Hugo Lefèvre|Niamh Byrne|Dimitris Pappas|Johanna Virtanen|Carlos Medina|Elif Demir|Rachel Stern|Mathias Aebi|Zofia Kowalska|Ruth Abrams", "|")

type place struct {
	slug, name, about string
	seen              forum.Visibility
	joining           forum.Joining
	fromJoin          bool
	class             forum.Class
	members           int // of the forty, the first so many in an order of its own
	boards            []boardOf
	rooms             [][3]string // slug, name, what is talked about
}

type boardOf struct {
	slug, name, about string
	talk              []string // areas of talk.txt
	posting           forum.Posting
}

var places = []place{
	{slug: "introductions", name: "Introductions", about: "Who we are and what is going on. Everybody can read here, with or without an account.", seen: forum.PublicToRead, members: 40,
		boards: []boardOf{{"welcome", "Welcome", "Say hello, ask how things work here.", []string{"welcome"}, forum.ByMembers},
			{"news", "News of the chamber", "Seminars, dates and notes from the committees.", []string{"news"}, forum.ByModerators}},
		rooms: [][3]string{{"front-hall", "Front hall", "For whoever is new here"}}},
	{slug: "library", name: "Library", about: "Books, articles and forms, for everybody with an account.", seen: forum.RegisteredOnly, members: 30,
		boards: []boardOf{{"reading", "Reading circle", "One chapter a month, and what we make of it.", []string{"reading"}, forum.ByMembers},
			{"forms", "Forms and clauses", "Wordings that have worked.", []string{"forms"}, forum.ByCertified}}},
	{slug: "practice", name: "Practice exchange", about: "Questions of daily practice among certified mediators.", seen: forum.CertifiedOnly, members: 28,
		boards: []boardOf{{"workplace", "Workplace", "Teams, boards and those who pay.", []string{"workplace"}, forum.ByMembers},
			{"commercial", "Commercial", "Contracts, partners, insurers.", []string{"commercial", "crossborder"}, forum.ByMembers},
			{"online", "Online rooms", "Mediating through a screen.", []string{"online"}, forum.ByMembers}},
		rooms: [][3]string{{"open-hour", "Open hour", "Short questions, any day"}}},
	{slug: "family", name: "Family mediation", about: "For those who work with families. What is written here stays with the members.", seen: forum.MembersOnly, class: forum.GroupClass, joining: forum.ByInvitation, fromJoin: true, members: 24,
		boards: []boardOf{{"questions", "Practice questions", "Ask, and leave out whom it is about.", []string{"family"}, forum.ByMembers},
			{"reflection", "Case reflection", "Thinking aloud about one's own part in it.", []string{"reflection"}, forum.ByMembers},
			{"announcements", "Announcements", "From the moderators.", []string{"announcements"}, forum.ByModerators}},
		rooms: [][3]string{{"open-hour", "Open hour", "Short questions, any day"}, {"supervision", "Peer supervision", "Cases, without names"}}},
	{slug: "ethics", name: "Ethics panel", about: "The panel's own group. It is not listed.", seen: forum.Hidden, class: forum.SealedClass, joining: forum.ByInvitation, members: 7,
		boards: []boardOf{{"guidance", "Requests for guidance", "What colleagues ask the panel.", []string{"ethics"}, forum.ByMembers},
			{"drafts", "Drafts", "Texts under way.", []string{"drafts", "crossborder"}, forum.ByMembers}},
		rooms: [][3]string{{"panel", "Panel", "Between the sittings"}}},
}

// filler is the work under way.
type filler struct {
	*forum.Forum
	ctx     context.Context
	at      time.Time
	r       *rand.Rand
	admin   forum.Actor
	members []forum.Actor
	talk    map[string]*area
	keys    int
	rounds  int
}

type area struct{ topics, replies, said []string } // topics: title \x00 opening

// Fill makes the body as it is at the given time. The store must be migrated and empty;
// files stand on the shelf.
func Fill(ctx context.Context, store *forum.Store, shelf forum.Shelf, now time.Time) ([]Login, error) {
	f := &filler{ctx: ctx, at: now.AddDate(0, 0, -240), r: rand.New(rand.NewPCG(7, 42)), talk: read(talk)}
	f.Forum = forum.New(store, forum.Options{Now: f.clock, Shelf: shelf})
	if err := f.register(); err != nil {
		return nil, fmt.Errorf("demo members: %w", err)
	}
	var all []event
	for i := range places {
		events, err := f.open(&places[i], i)
		if err != nil {
			return nil, fmt.Errorf("demo group %s: %w", places[i].slug, err)
		}
		all = append(all, events...)
	}
	all = append(append(all, f.applications(now)...), f.messages(now)...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].at.Before(all[j].at) })
	for _, e := range all {
		if e.at.After(now.Add(-time.Minute)) {
			continue
		}
		f.at = e.at
		if err := e.do(); err != nil {
			return nil, fmt.Errorf("demo talk: %w", err)
		}
	}
	f.at = now.Add(-30 * time.Second)
	if err := f.report(); err != nil {
		return nil, fmt.Errorf("demo report: %w", err)
	}
	if err := errors.Join(f.reading(), f.tools(), f.talks(), f.circle()); err != nil {
		return nil, fmt.Errorf("demo notices: %w", err)
	}
	return f.logins(), nil
}

// clock moves a little at each look, so that nothing happens at once.
func (f *filler) clock() time.Time {
	f.at = f.at.Add(3 * time.Millisecond)
	return f.at
}

// Staff is the address of the demo's administrator: of a domain that is nobody's (RFC 2606).
const Staff = "secretariat@members.example"

// Handles are those of the mediator, the moderator and the administrator.
func Handles() []string {
	all := adopted()
	return []string{all[0].Handle, all[1].Handle, "secretariat"}
}

func (f *filler) logins() []Login {
	return []Login{{"mediator", f.members[0].Handle, Password}, {"moderator", f.members[1].Handle, Password}, {"administrator", f.admin.Handle, Password}}
}

// register makes the members: all confirmed, three quarters of them certified.
func (f *filler) register() error {
	id, err := f.SetUp(f.ctx, f.SetUpToken(), registration("Secretariat", "secretariat"), organisation)
	if err != nil {
		return err
	}
	if f.admin, err = f.ActorFor(f.ctx, id); err != nil {
		return err
	}
	ids, err := f.Adopt(f.ctx, f.admin, adopted())
	if err != nil {
		return err
	}
	for i, id := range ids {
		if i%4 != 3 || i == 3 {
			if _, err := f.Certify(f.ctx, f.admin, id, forum.At(f.at.AddDate(2, 0, i*9))); err != nil {
				return err
			}
		}
		a, err := f.ActorFor(f.ctx, id)
		if err != nil {
			return err
		}
		f.members = append(f.members, a)
	}
	return f.certifyStaff()
}

// certifyStaff has a reviewer certify the administrator, who cannot do it themself.
func (f *filler) certifyStaff() error {
	whom := f.members[4].Member
	if err := f.Grant(f.ctx, f.admin, whom, forum.Reviewer); err != nil {
		return err
	}
	reviewer, err := f.ActorFor(f.ctx, whom)
	if err != nil {
		return err
	}
	if _, err := f.Certify(f.ctx, reviewer, f.admin.Member, forum.At(f.at.AddDate(3, 0, 0))); err != nil {
		return err
	}
	f.admin, err = f.ActorFor(f.ctx, f.admin.Member)
	return err
}

func adopted() (out []forum.Registration) {
	for i, name := range people {
		first, _, _ := strings.Cut(name, " ")
		r := registration(name, strings.ToLower(plain.Replace(first)))
		if i%3 == 2 {
			r.Zone = "Asia/Tokyo" // it is morning for somebody at any time: there are digests to see
		}
		out = append(out, r)
	}
	return out
}

var plain = strings.NewReplacer("á", "a", "í", "i", "é", "e", "è", "e", "ř", "r", "É", "E")

func registration(name, handle string) forum.Registration {
	return forum.Registration{Handle: handle, Password: Password, Name: name, Email: handle + "@members.example", Language: "en", Zone: "Europe/Amsterdam"}
}

type event struct {
	at time.Time
	do func() error
}

// open makes a group with its members, boards and rooms, and plans what is said there.
func (f *filler) open(p *place, nth int) ([]event, error) {
	g, err := f.CreateGroup(f.ctx, f.admin, forum.GroupDraft{Slug: p.slug, Name: p.name, Description: p.about, Visibility: p.seen, Class: p.class, Joining: p.joining, FromJoin: p.fromJoin})
	if err != nil {
		return nil, err
	}
	inside := append([]forum.Actor{f.admin}, f.pick(p.members, nth)...)
	for i, m := range inside {
		if err := f.enter(g, m, i); err != nil {
			return nil, err
		}
	}
	var events []event
	for _, b := range p.boards {
		d := forum.BoardDraft{Slug: b.slug, Name: b.name, Description: b.about, Posting: b.posting}
		if b.slug == "questions" {
			d.Kind = forum.Question
		}
		board, err := f.CreateBoard(f.ctx, f.admin, g.ID, d)
		if err != nil {
			return nil, err
		}
		events = append(events, f.subscriptions(board, inside)...)
		events = append(events, f.topics(board, b, inside)...)
	}
	for _, r := range p.rooms {
		d := forum.RoomDraft{Name: r[1], Topic: r[2]}
		if r[0] == "supervision" {
			d.Keep = 90 * 24
		}
		room, err := f.OpenRoom(f.ctx, f.admin, g.ID, r[0], d)
		if err != nil {
			return nil, err
		}
		events = append(events, f.chat(room, inside)...)
	}
	return events, nil
}

// pick gives so many members: the first two always, since they are the demo's logins, and
// only certified ones where the group is small.
func (f *filler) pick(n, nth int) []forum.Actor {
	out := append([]forum.Actor{}, f.members[:2]...)
	for i := 2; i < len(f.members) && len(out) < n; i++ {
		m := f.members[(i*(nth*2+1))%len(f.members)]
		if m.Member != out[0].Member && m.Member != out[1].Member && (m.Certified || n >= 30) && !contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

func contains(all []forum.Actor, m forum.Actor) bool {
	for _, a := range all {
		if a.Member == m.Member {
			return true
		}
	}
	return false
}

// enter lets a member in, has them told who reads along, and makes the second a moderator.
func (f *filler) enter(g *forum.Group, m forum.Actor, i int) error {
	if m.Member != f.admin.Member {
		if g.Joining == forum.ByInvitation {
			if err := f.Invite(f.ctx, f.admin, g.ID, m.Member); err != nil {
				return err
			}
		}
		if err := f.Join(f.ctx, m, g.ID); err != nil {
			return err
		}
	}
	for _, door := range []forum.Door{forum.OnBoard, forum.ByMail, forum.InRoom} {
		d, err := f.Disclose(f.ctx, m, g.ID, door)
		if err != nil {
			return err
		}
		if err := f.Acknowledge(f.ctx, m, g.ID, door, d.Wording); err != nil {
			return err
		}
	}
	if i == 2 {
		return f.Appoint(f.ctx, f.admin, g.ID, m.Member, forum.Moderator)
	}
	return nil
}
