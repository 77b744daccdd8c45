package view

import (
	"slices"

	"peergroups/forum"
	"peergroups/server/text"
)

// CircularMail is a service message as it is mailed.
type CircularMail struct {
	Kind, Title, To     string // in words
	HTML, Plain         string
	Needful, Asked      bool
	Href                string // of it on the reader's own pages
	Change, Unsubscribe string // Unsubscribe is "" where nothing stops it
}

// why says why it came.
func (m CircularMail) why() string {
	if m.Needful {
		return "circular.why-needful"
	}
	if m.Asked {
		return "circular.why-asked"
	}
	return "circular.why"
}

// CircularMailText is CircularMailHTML in plain text.
func CircularMailText(l Letterhead, m CircularMail) string {
	s := l.Org.Name + " · " + m.Kind + "\n\n" + fold(m.Plain) + "\n" + fold(l.T("circular.sent-to", "Circle", m.To)+"\n"+l.T(m.why(), "Kind", m.Kind)) +
		"\n" + l.T("mail.online") + ": " + m.Href + "\n" + l.T("circular.change") + ": " + m.Change + "\n"
	if m.Unsubscribe != "" {
		s += l.T("circular.stop", "Kind", m.Kind) + ": " + m.Unsubscribe + "\n"
	}
	return s + l.imprint()
}

// CircleWords says to whom a service message goes. A group that the reader may not know of is not named.
func CircleWords(w text.Words, c forum.Circle, group string) string {
	if c == forum.ToGroup && group != "" {
		return w.T("addressed.group-named", "Group", group)
	}
	if c.String() == "" {
		return w.T("error.choose")
	}
	return w.T("addressed." + c.String())
}

// Circulars is /staff/messages.
type Circulars struct{ Rows []CircularLine }

// CircularLine is one service message in a list.
type CircularLine struct {
	Href, Subject, Kind, To string
	State                   string // catalogue key "circular.state-STATE"; "": the list is a member's own
	Who                     string // wrote or sent it
	At                      forum.Instant
}

// WriteCircular is the form of a service message. Fields: kind, circle, group, subject, source,
// version, key.
type WriteCircular struct {
	Form
	Action, Back       string
	Kinds              []NoticeKind
	Groups, GroupWords []string
}

// NoticeKind is one kind of service message, in words.
type NoticeKind struct {
	Name, Words, What string
	Needful, Asked    bool          // Asked: it comes only to those who asked for it
	Off               bool          // the reader does not want it
	Since             forum.Instant // when they said so
}

// Circular is one service message on the pages of the staff: a draft, or with its report.
type Circular struct {
	Href, Subject, Kind, To string
	State                   string // catalogue key "circular.state-STATE": "draft", "sending" or "sent"
	Needful, Asked          bool
	HTML                    string
	Mail                    Mail   // as it goes out, to the reader
	Who                     string // wrote it, or sent it
	At                      forum.Instant
	Report                  []string // how far it is, in numbers; none: they are not for the reader
}

// SendCircular asks once more before one is sent. Fields: version.
type SendCircular struct {
	Form
	Href, Subject, Kind, To string
	Needful, Asked          bool
	Version                 string
	People                  int // -1: not for the reader to know
}

// Notices is /account/notices: which service messages a member wants, and those that came. Fields:
// of each kind that can be stopped, "get_KIND".
type Notices struct {
	Kinds    []NoticeKind
	Messages []CircularLine
}

// stoppable are the kinds that come unless somebody stops them.
func (n Notices) stoppable() []NoticeKind {
	return slices.DeleteFunc(slices.Clone(n.Kinds), func(k NoticeKind) bool { return k.Asked })
}

// Notice is one service message on its reader's own pages.
type Notice struct {
	Subject, Kind, To string
	Needful, Asked    bool
	HTML              string
	At                forum.Instant
}

// reachKey says whether a message reaches those, too, who do not want such ones.
func reachKey(needful, asked bool) string {
	switch {
	case needful:
		return "circular.needful"
	case asked:
		return "circular.asked"
	}
	return "circular.optional"
}
