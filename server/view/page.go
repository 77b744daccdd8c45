// Package view turns typed page structs into HTML, for browsers and for mails. It asks
// nothing and decides nothing: what a struct holds may be shown to the person it is made
// for; what they may not see is not in it.
//
// One struct and one templ component of the same name stand for each page; the component
// takes the shell and the struct: "templ TopicPage(s Shell, p Topic)".
package view

import (
	"github.com/a-h/templ"

	"peergroups/forum"
	"peergroups/server/text"
)

// Shell is what surrounds every page.
type Shell struct {
	text.Words                 // the reader's language and zone
	Org        Organisation    // whose site this is
	You        You             // the zero value is a visitor
	Title      string          // of the window, without the site's name
	Here       string          // path and query of this page: "sign in and come back"
	Rail       *Rail           // the group around the page; nil: none
	Done       string          // what the last form did, in words, told once; or ""
	Amended    []Amended       // texts of whose amendment the reader is told
	Counting   Counting        // analytics by a third party (P17)
	Problems   []Problem       // what is wrong with the form on this page: the summary
	News       int             // notices that the reader has not read
	Talks      int             // talks in which something waits for them
	Query      string          // what stands in the search field
	NoIndex    bool            // search engines must not keep this page
	NoSnippet  bool            // they may name it, and show nothing of it: its group is confidential
	Chat       bool            // messages of rooms stand on it
	Found      bool            // it is that of a search
	Within     string          // the ids of the places to which that is narrowed, as a query
	Card       string          // address under which others show a preview of it; "": none may be made
	Feed       string          // address of the feed of what is on the page; ""
	Next, Prev string          // addresses of the next and first page, or ""
	Aside      templ.Component // beside the page; nil: nothing
}

// Organisation is the body whose site this is, from its settings.
type Organisation struct {
	Name, Seal, Address, Contact string // Seal: one or two letters; Contact: a mail address
	Site                         string // its own web site, or ""
	Logo                         string // names its picture, or ""
	Trusted                      string // domains that members' links lead to without a notice, one a line
	Registration                 forum.Registering
}

// You are who reads the page.
type You struct {
	ID                              forum.MemberID // 0: a visitor
	Name                            string
	Certified                       bool
	Moderator, Staff, Administrator bool // what they may open; Moderator: of any group
	Keys                            bool // keeps single-key shortcuts on
}

// Counting is what of analytics by a third party is on a page; the zero value is nothing. State: "ask" a visitor; "on": the reader agreed, and may stop;
// "off": they did not, and may agree. ID is that of the measurement, "": it is kept off the page. Page is the pattern of the route, From the address of the
// script.
type Counting struct{ State, ID, Page, From string }

// Problem is one line of the summary above a refused form.
type Problem struct{ Field, Words string } // Field: id of the input, "" if none

// Form keeps what was typed and what is wrong with it, by name of the field.
type Form struct {
	Values map[string]string
	Errors map[string]string // in words
	Key    string            // hidden input "key": the same form twice is one act

	Canned []Canned // words to fill in; field canned, button use

	prefix string // of the ids, where several forms share a page
}

// Link leads somewhere.
type Link struct {
	Href, Text, Icon string // Icon: name in the sprite, or ""
	Here             bool
	New              int // what the reader has not read there
}

// lastOf is the last of the links that leads somewhere.
func lastOf(way []Link) int {
	for i := len(way) - 1; i > 0; i-- {
		if way[i].Href != "" {
			return i
		}
	}
	return 0
}

// Rail lists what is in the group around a page.
type Rail struct {
	Group         Link
	Boards, Rooms []Link
	More          []Link  // list and digest, members, manage
	Others        []Link  // the reader's other groups
	Frozen        string  // why nobody but moderators speaks there now, said on every page of the group; "": they do
	Within        string  // the ids of the places that the page is of, as a query: to search there
	Visits        []Visit // of staff who read along now: said on every page of the group
}

// Audience is the audience line: who reads here, in words, icon and colour.
type Audience struct {
	forum.Audience
	Hidden  bool        // the group is not listed for outsiders: drawn as sealed
	Group   string      // name of the group, for Members
	Class   forum.Class // of the place, on its own line; the zero value on an item's
	Readers int         // people of the circle today; -1: everyone, 0: not counted
	NoMail  bool        // nothing of the place leaves by mail
	People  string      // of a talk: who reads, in words; else ""
}

// guessed tells whether masks hide little: in a small circle its members know each other's words.
func (a Audience) guessed() bool {
	return a.Class == forum.ChathamClass && a.Readers > 0 && a.Readers <= 6
}

// Face is a person as they are shown: initials in a colour made of the id.
type Face struct {
	ID   forum.MemberID
	Name string
}

// TopicRow is one topic in a list.
type TopicRow struct {
	Href, Title    string
	Author, Last   Face
	LastAt         forum.Instant
	Posts          int // that the reader may see
	Unread         int // of them new to the reader; 0 for visitors
	LastByMail     bool
	Pinned, Locked bool
	Special        bool // begun as a special notice
	Answered       bool
	Tags           []Link
	Place          string // "Group · Board", where the list mixes places; else ""
	Audience       Audience
}

// GroupRow is one group in a list.
type GroupRow struct {
	Href, Name, Description string
	Audience                Audience
	Icon                    string
	Hue                     int
	Members                 int // 0: not to be told
	In, Invited             bool
}
