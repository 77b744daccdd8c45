package view

import (
	"strconv"

	"github.com/a-h/templ"

	"peergroups/forum"
	"peergroups/server/text"
)

// Room is a chat room.
type Room struct {
	ID              forum.RoomID
	Name, Href      string
	Topic           string // what is talked about
	Told            string // what is said of who reads what one says now
	Me              string // as the reader's own messages are signed while they are sent
	Group           Link
	Audience        Audience
	Rules           []string // for how long what is said stays, who reads it later, who speaks
	Messages        []Message
	Earlier, Later  string // addresses of what was said before and after, or ""
	Newest          string // of the newest, where they are not shown
	Fresh           string // words above the first that the reader has not read: its Seq is FreshAt
	FreshAt         int64
	FreshFrom       string // address of the first that they have not read, where it is not shown
	Word, Date      string // what is looked for
	Looks           bool   // something is: the messages are what was found
	MaySpeak        bool
	Tips            []Tip // in what was said without scripts
	WhyNot, WhyHref string
	WhyAct          string
	ShutWhy         string // why the room is shut, as its moderators say; or ""
	Form            Form   // fields: text, key, reply_to
	Answers         *Message
	Here            []Face
	MaxText         int
	EnterBreaks     bool
	Signs           []Reaction // to choose of; none: nobody reacts there
	Kept            int64      // version of the draft that stands in the form
	Settings        string
	Circle          bool
	OffRecord       bool
	Fellows         []Fellow
	Files           []Attached
	Minutes         bool      // what is said can become minutes
	Talk            *TalkSide // nil: it is a room of a group
	In              bool
}

// Fellow is one of a circle.
type Fellow struct {
	Face
	Out string // address of the form that takes them out; "": not by the reader
}

// Message is one thing said in a room.
type Message struct {
	ID     int64
	Seq    int64
	Author Face
	At     forum.Instant
	HTML   string
	Nonce  string
	More   bool   // by the same person shortly after: without face and name
	Day    string // words above the first of a day, or ""

	Told               int64         // the place in the room's order at which it became what it is
	EditedAt, ErasedAt forum.Instant // by its author; 0: not
	Until              forum.Instant // when it is erased by the clock; 0: not
	OffRecord          bool
	Mine               bool // the reader said it
	Answers            *Cited
	Signs              []Reaction
	Files              []File

	HiddenWhy string // ends a catalogue key "reason.WHY": hidden by moderators; "": not
}

// Cited is what a message answers.
type Cited struct {
	ID, Seq int64
	Name    string
	Words   string
	Until   forum.Instant
}

// until is the end of a message in milliseconds, for scripts.
func until(i forum.Instant) string { return strconv.FormatInt(i.Time().UnixMilli(), 10) }

// Said is /said/{id}/change. Fields: text, base.
type Said struct {
	Form
	Room   Link
	Action string
	Tips   []Tip
	Masked bool // the reader speaks behind a mask there
}

// SaidMore is /said/{id}/more: a message with what can be done about it.
type SaidMore struct {
	Room, Group Link
	Message     Message
	Signs       []Reaction // all of them; none: nobody reacts there
	MayReact    bool
	By          []ReactedBy
	Acts        []Link
}

// RoomSettings is /g/{group}/r/{room}/settings. Fields: name, topic, from_join, keep, off_record, slow.
type RoomSettings struct {
	Form
	Group, Room      Link
	Circle           bool
	Locked, Archived bool
	Muted            []Fellow
}

func keeps() (out []string) {
	for _, k := range forum.Keeps {
		out = append(out, decimal(k))
	}
	return out
}

// KeepWords says for how long what is said in a room stays.
func KeepWords(w text.Words, k forum.Keep) string {
	switch k {
	case forum.KeepAlways:
		return w.T("room.keep-always")
	case forum.KeepWhilePeople:
		return w.T("room.keep-while-people")
	case 24:
		return w.T("room.keep-day")
	}
	return w.T("room.keep-days", "Count", int(k/24))
}

func keepWords(s Shell) (out []string) {
	for _, k := range forum.Keeps {
		out = append(out, KeepWords(s.Words, k))
	}
	return out
}

func pauses() (out []string) {
	for _, n := range forum.Pauses {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

// PauseWords says how long a pause between two messages is.
func PauseWords(w text.Words, key string, seconds int) string {
	if seconds >= 60 {
		return w.T(key+"-minutes", "Count", seconds/60)
	}
	return w.T(key, "Count", seconds)
}

func pauseWords(s Shell) (out []string) {
	for _, n := range forum.Pauses {
		if n == 0 {
			out = append(out, s.T("room.no-pause"))
			continue
		}
		out = append(out, PauseWords(s.Words, "room.pause", n))
	}
	return out
}

// ChatChoices is /account/chat. Fields: enter_breaks, unseen, untyped.
type ChatChoices struct{ Form }

// undone is the act that a form offers: what undoes it, where it is so.
func undone(how string, is bool) string {
	if is {
		return "un" + how
	}
	return how
}

// sayWords are those of the field: a talk is no room.
func sayWords(p Room) string {
	if p.Talk != nil {
		return "room.say-talk"
	}
	return "room.say"
}

// found says how much was found of what is looked for.
func found(s Shell, p Room) string {
	if p.Word == "" {
		return s.T("room.since-day", "Day", p.Date)
	}
	return s.T("room.found", "Count", len(p.Messages), "Words", p.Word)
}

// chat is a shell with an aside, of a page with messages of rooms.
func (s Shell) chat(aside templ.Component) Shell {
	s.Chat = true
	if aside != nil {
		s.Aside = aside
	}
	return s
}
