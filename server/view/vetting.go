package view

import "peergroups/forum"

// What waits for moderators before others read it.

// Vetting is /g/{group}/settings/vetting. Fields: first, all, watched. Masked: where it is not told who writes.
type Vetting struct {
	Form
	Group  Link
	Masked bool
}

// WaitingRow is a post that waits. Why ends a catalogue key "waiting.why-WHY".
type WaitingRow struct {
	ID                                        int64
	Href, Title, Place, Why, Claimer, Excerpt string
	Answer, ByMail                            bool // it answers a topic; it came by mail
	Who                                       Face
	At                                        forum.Instant
}

// Waiting is /waiting/{id}, for a moderator. Fields: reason, words.
type Waiting struct {
	Form
	WaitingRow
	Action, Back, HTML, Found string // Found: the watched word in it; "": none
	Files                     []File
	Topic                     Link // that it answers; without Href: it opens one
	Audience                  Audience
	MayWork, Mine             bool
}

// OwnWaiting is /account/waiting/{id}, for who wrote it.
type OwnWaiting struct {
	WaitingRow
	Source, Action string
}

// Drafts lists what waits for the member's word (/account/drafts).
type Drafts struct {
	Drafts    []DraftRow
	Waiting   []WaitingRow // for moderators
	Writings  []WritingRow
	Scheduled []ScheduledRow
}

// DraftRow is one held draft.
type DraftRow struct {
	Href, Title, Place, Excerpt string
	At                          forum.Instant
	Why                         string // in words
}

func acknowledgeHeading(p Acknowledge) string {
	switch {
	case p.Change != "":
		return "drafts.back-heading"
	case p.Draft != "":
		return "drafts.heading"
	}
	return "acknowledge.before-" + doorKey(p.Door)
}

// Held is the 202 page: what happens next.
type Held struct {
	Words, Href, Act string
}
