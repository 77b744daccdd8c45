package view

import (
	"slices"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
)

// Pages of moderators, owners and staff.

// Manage is /g/{group}/manage: for its moderators. Forms: invite (login, message),
// board (slug, name, description, posting), room (slug, name), remove (member, reason).
type Manage struct {
	Frozen              bool // nobody but moderators speaks there now
	Group               Link
	Slug                string
	MayOwn              bool
	Invite, Board, Room Form
	Asking, Members     []MemberRow
	Addresses           []string // that were invited, whoever they belong to
	Log                 []LogRow
}

// MemberRow is one member in a moderator's or staff's list.
type MemberRow struct {
	Face
	Handle     string
	Role       forum.GroupRole
	Since      forum.Instant
	Standing   forum.MembershipStanding
	Answer     string // to the group's question
	MayRemove  bool
	MayAppoint bool
}

// LogRow is one entry of the log.
type LogRow struct {
	At          forum.Instant
	By          Face
	Act, Reason string // Act: catalogue key "act.ACT"
	Object      string
	Place       string // the group, where the list mixes groups; else ""
}

// Moderation is /moderation: the groups one moderates, what waits there, and what was done.
type Moderation struct {
	Work   Work
	Groups []Link
	Mail   Form // what mail the reader wants. Fields: notices, summary
	Log    []LogRow
}

// Act is a page that asks for a reason before a moderator's or staff's act. Stem is a
// catalogue stem ("lock", "unlock", "remove"). Fields: reason.
type Act struct {
	Form
	Stem, Action, Back, Object string
	Reasons                    bool           // it asks for one of the list, with words; fields then: reason, words, days
	Days                       []string       // how long it lasts: numbers of days, or of hours as "1h"
	Member                     forum.MemberID // whom it is about; 0: nobody
	Group                      forum.GroupID  // whose moderators' words are offered; 0: none
	Plain                      bool           // it asks for no reason
	Titled                     bool           // it asks for a title, too
	Public                     bool           // members of the group read its reason
	Edits                      bool           // it asks for the words of a post: field source
	Source                     string         // as they stand
	Base                       int64          // their version
	Means                      []string       // what it does not reach, in sentences
	Danger                     bool
}

// Slow is /t/{id}/slow. Fields: seconds, reason.
type Slow struct {
	Form
	Action, Back, Object string
}

// Staff is /staff: what the body's staff can open.
type Staff struct {
	Waiting, Members, Certified, Queued int
	Requests                            int
	Administrator, Reviewer, Officer    bool
	Designated                          bool // may look at registrations
	LogOpen                             bool // may look into the security log
	Mute, Deaf                          bool // no mail leaves; none comes in
}

// staffPart is what of the staff's work belongs together.
type staffPart struct {
	name, icon string
	links      []staffLink
}

type staffLink struct{ Href, Text, About string }

// parts are the pages that the reader can open; what waits for them says how much.
func (p Staff) parts(s Shell) (out []staffPart) {
	add := func(name, icon string, may bool, links ...staffLink) {
		if !may || len(links) == 0 {
			return
		}
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, staffPart{name: name, icon: icon})
		}
		out[len(out)-1].links = append(out[len(out)-1].links, links...)
	}
	link := func(href, title, about string) staffLink {
		return staffLink{href, s.T(title), s.T("staff.about-" + about)}
	}
	data := p.Administrator || p.Officer
	add("work", "shield", p.Reviewer, staffLink{"/staff/certification", s.T("certification.title"), s.T("home.waiting", "Count", p.Waiting)})
	add("work", "shield", data, staffLink{"/staff/requests", s.T("request-desk.title"), s.T("staff.requests", "Count", p.Requests)})
	add("work", "shield", p.Administrator, staffLink{"/moderation", s.T("moderation.title"), s.T("staff.cases")}, link("/staff/erasures", "erasures.title", "erasures"), link("/staff/openings", "staff-openings.title", "openings"))
	add("privacy", "lock", data, link("/staff/incidents", "incidents.title", "incidents"), link("/staff/legal", "legal.title", "legal"), link("/staff/data", "processing.title", "data"), link("/staff/retention", "retention.title", "retention"),
		link("/staff/providers", "providers.title", "providers"), link("/staff/policies", "policies.title", "policies"), link("/staff/designations", "designations.title", "designations"))
	add("privacy", "lock", p.Designated, link("/staff/registrations", "registrations.title", "registrations"))
	add("privacy", "lock", p.LogOpen, link("/staff/security-log", "security-log.title", "security-log"))
	add("privacy", "lock", data, link("/staff/log", "log-proof.title", "log"), link("/staff/usage", "usage.title", "usage"))
	add("privacy", "lock", p.Administrator, link("/staff/transparency", "transparency.title", "transparency"))
	add("mail", "mail", p.Administrator, staffLink{"/staff/outbox", s.T("outbox.title"), s.T("staff.queued", "Count", p.Queued)}, link("/staff/messages", "circulars.title", "messages"), link("/staff/mail", "house-mail.title", "house-mail"), link("/staff/dns", "dns.title", "dns"))
	add("house", "settings", p.Administrator, link("/staff/organisation", "body.title", "body"), link("/staff/roles", "roles.title", "roles"), link("/staff/groups/new", "new-group.title", "new-group"), link("/staff/transfer", "transfer.title", "transfer"))
	return out
}

// NewGroup is /staff/groups/new. Fields: slug, name, description, visibility, joining, from_join.
type NewGroup struct{ Form }

// GroupSettings are a group's, for its owners. Where Sure is set, who may look in would
// change to it, which Means says in sentences.
type GroupSettings struct {
	Form
	Group Link
	Sure  string
	Means []string
}

// Body is /staff/organisation. Fields: name, seal, address, contact.
type Body struct{ Form }

// Roles is /staff/roles. Fields: login, role; reason.
type Roles struct {
	Form
	Rows []RoleRow
	May  []string // roles that the reader may give and take
}

// RoleRow is one who holds a role.
type RoleRow struct {
	Face
	Handle, Role string
	Since        forum.Instant
	By           string // who gave it; "" for the operator
	Mine         bool   // the reader holds it too, and so may take it
}

// reasonHint says who reads the reason.
func reasonHint(p Act) string {
	switch {
	case p.Member != 0:
		return "field.reason-told"
	case p.Public:
		return "field.reason-public"
	}
	return "field.reason-hint"
}

func roleKey(m MemberRow) string {
	switch m.Standing {
	case forum.Invited:
		return "role.invited"
	case forum.Asking:
		return "role.asking"
	case forum.Banned:
		return "role.banned"
	case forum.Lapsed:
		return "role.lapsed"
	}
	if m.Role < forum.Participant {
		return "role.visitor"
	}
	return "role." + [...]string{"participant", "moderator", "owner"}[min(max(m.Role, 0), 2)]
}

func numbers(all []int) (out []string) {
	for _, n := range all {
		out = append(out, decimal(int64(n)))
	}
	return out
}

func slowWords(s Shell) (out []string) {
	for _, n := range forum.Slows {
		out = append(out, slowness(s, n))
	}
	return out
}

// slowness says how much time has to pass.
func slowness(s Shell, seconds int) string {
	switch {
	case seconds == 0:
		return s.T("slow.off")
	case seconds >= 3600:
		return s.T("slow.hours", "Count", seconds/3600)
	}
	return s.T("slow.minutes", "Count", seconds/60)
}

func reasonsOf(tidies bool) []string {
	all := append([]string{""}, forum.Reasons...)
	if tidies {
		all = append(all, forum.Tidied)
	}
	return all
}

func reasonWords(s Shell, tidies bool) []string {
	words := each(s, "reason.", reasonsOf(tidies))
	words[0] = s.T("report.choose")
	return words
}

// logged says a reason of the log in words: acts keep one of a list before what was said, a closed report its outcome.
func logged(w text.Words, act, reason string) string {
	if act == "close-case" {
		if slices.Contains(forum.Outcomes, reason) {
			return w.T("case.outcome-" + reason)
		}
		return reason
	}
	if key, words, ok := strings.Cut(reason, ": "); ok && (slices.Contains(forum.Reasons, key) || key == forum.Tidied) {
		return w.T("reason."+key) + ": " + words
	}
	return reason
}
