package view

import "peergroups/forum"

// Home is the first page. A visitor is told what this is; a member sees what is new.
type Home struct {
	Topics  []TopicRow
	Groups  []GroupRow // a visitor's: public ones; a member's: theirs and those they are invited to
	Rooms   []Link     // a member's rooms
	Mail    []string   // how the member's boards come by mail, a sentence for each way
	Asked   []Link     // ballots that wait for the member
	Waiting int        // for reviewers: members who wait to be certified
	Pause   string     // why mail to the member is paused, as of Mails
}

// Groups lists every group that the reader may know of.
type Groups struct{ Groups []GroupRow }

// Group is the front page of a group.
type Group struct {
	Form                       // the answer to the group's question
	Slug, Name, Description    string
	Rules, Question            string // Rules: of a group that lets the reader in
	Audience                   Audience
	History                    bool // true: later joiners read only what was written from the day they joined
	In, Invited, MayJoin       bool
	MayAsk, Asked              bool
	WhyNot                     string // in words, when one may not join
	MayModerate                bool
	Boards                     []BoardRow
	Rooms                      []Link
	Latest                     []TopicRow
	Members                    []Face // for its members; else nil
	MembersTotal               int
	Visiting                   bool // the reader reads for the staff
	Openings                   bool // they may see who did
	Subscribed, BoardsWithMail int
	Tagged                     bool // it has tags
}

// BoardRow is one board on its group's page.
type BoardRow struct {
	Href, Name, Description string
	Topics                  int // that the reader may see
	LastAt                  forum.Instant
	MayStart                bool // a topic on it
}

// Board is a board's list of topics.
type Board struct {
	Tab                      string        // as Topics'
	Undo                     forum.Instant // of what was just marked as read; 0: nothing
	Group, Name, Description string
	GroupHref, Href          string
	Audience                 Audience
	Topics                   []TopicRow
	MayStart                 bool
	WhyNot                   string // in words, when not
	In                       bool   // a member of the group: sees Mode
	Mode                     forum.Mode
	Notice                   bool       // with Mode: mails tell only that something new is there
	Bare                     bool       // they do in this group, whatever is chosen
	Level                    *LevelForm // nil: a visitor reads
	Address                  string     // mail address of the board; "" for those who may not post
	MayChange                bool       // moderates the group
	Tags                     []Link     // by which the list can be narrowed
	Stubs                    []StubRow
	Feed                     string // address of the feed that everybody may read; "": it is not for everybody
}

// Post is one post as everybody who may read it sees it.
type Post struct {
	ID                  forum.PostID
	Author              Face
	Certified           bool
	At                  forum.Instant
	ByMail, FromArchive bool   // how it came: of a list's archive by the operator
	HTML                string // sanitised by markup.Cook
	ReplyTo             *Face  // whom it answers, and
	ReplyHref           string // "#p42"
	Narrower            *Audience
	MayReply            bool // viewer: shows "Reply"
	Version             int64
	EditedAt            forum.Instant
	Files               []File
	Gone                bool   // taken back: only its place is left
	Mine                bool   // viewer: may change it and take it back
	HiddenWhy           string // of forum.Reasons: hidden by moderators; HTML is "" for who may not read it
	Tended              bool   // its words as they stand are by moderators
	MayHide             bool   // viewer: moderates where it stands, and it is not theirs
	MayReport           bool   // viewer: a member, and not theirs
	MayUnmask           bool   // viewer: moderates where it stands behind a mask
	MayKeep             bool   // viewer: a member
	Folded              bool   // viewer: ignores its author
	Accepted            bool   // it answers its topic
	MayAccept           bool   // viewer: may say so, or that it does not
	MayReact            bool   // viewer
	Reactions           []Reaction
	Poll                *Poll // nil: there is none
}

// Topic is a page of a topic.
type Topic struct {
	ID                     forum.TopicID
	Href, Title            string
	Group, Board           Link
	Audience               Audience
	Rendered               [][]byte // each post by PostArticle, made once and kept
	Total, People          int
	Withheld               int // posts that may be known of, and are not shown
	Last                   Face
	LastAt, OpenedAt       forum.Instant
	Locked, Pinned, Titled bool  // Titled: by moderators
	Special                bool  // begun as a special notice
	Slow                   int   // seconds between two posts of one member; 0: none
	Head                   int64 // forum.TopicPage's, for live pages: data-head of #posts
	MayModerate            bool
	Composer               *Composer // nil: WhyNot says why
	WhyNot, WhyHref        string    // words, and where the reader can mend it ("" if nowhere)
	WhyAct                 string    // words of that link
	Stubs                  []StubRow
	Tags                   []Link
	MayTag                 bool
	Answer                 *Answer // nil: none that the reader may read
	FirstUnread            forum.PostID
	Further                bool // what is new begins on a later page
	Faces                  []Face
	Mode                   forum.Mode
	Level                  *LevelForm // nil: a visitor reads
	In                     bool
	NewerHref, EarliestRef string // pager: the next page, the first page; "" if none
}

// Composer writes a reply or a topic. Fields: title (new topics), source, reply_to, key.
type Composer struct {
	Form
	Action   string
	NewTopic bool
	Audience Audience
	AtOnce   int // readers who get it by mail at once
	Later    int // and in a digest
	ReplyTo  *Face
	Old      string   // that the topic's last post is long ago, in words; or ""
	Topic    bool     // a new one, which can have a poll
	Similar  []Link   // topics that may have asked the same before
	Tags     []Option // of a new topic, to choose of
	Special  bool     // its writer may make a new topic a special notice (field special),
	Noticed  int      // which so many get by mail at once
	Files    []Attached
	Tips     []Tip // what looks like a confidence (P20); posting again with "sure" set goes on
	Max      int
	Note     string   // what was just done to it, in words; or ""
	HTML     string   // how it will look, where that was asked for without scripts; or ""
	Change   []string // of a post that is there (field base): where its copies are, in sentences
	Kept     Kept
	Waits    bool   // for a moderator, before others read it
	Told     string // what is said of who reads it, as it goes back with the form; "": nothing is asked
}

// Tip is one thing in a text that may point to a real case.
type Tip struct {
	Kind, Excerpt string // Kind: catalogue key "tip.KIND"
	Start, End    int    // bytes of the field it stands in
}

// Parties is /account/parties. Fields: names, one a line; how many there are is all that is known of them.
type Parties struct {
	Form
	Count int
}

// NewTopic is the page with the composer of a new topic.
type NewTopic struct {
	Group, Board Link
	Composer     Composer
}

// Acknowledge tells who will read what one says in a group, before one says it.
// Fields: door, wording, next, agreed.
type Acknowledge struct {
	Form
	Group, GroupHref string
	Rules            string // what its members should know before they write
	Door             forum.Door
	Audience         Audience
	Gaps             bool // others may know that something is there
	AtOnce, Later    int
	Wording          string // goes back with the form
	Next             string
	Draft, Quoted    string // of a held mail, all that will be posted; else ""
	Title, Place     string // of a held mail: of the topic that it begins or answers, and where that stands
	At               forum.Instant
	Why              string // it is held, in words
	Action, Discard  string // of a held mail; else ""
	Change           string // of a post that came back; else ""
	Files            []File
}

// Register is the registration form; also SetUp's when SetUp is true (fields of the
// organisation come first: org_name, org_address, org_contact). Fields: handle, password,
// name, title, email, business_address, business_phone, other_contact, zone, terms.
type Register struct {
	Form
	SetUp  bool
	Action string
	Zones  []string
	Shown  string // forum.WordingOf the terms
	Facts  []Fact // what was filled in, to look over; nil: it is filled in now
}

// CheckMail says that a mail is under way. Kind is a catalogue stem ("register", "reset").
type CheckMail struct {
	Form
	Kind, Address string
}

// ConfirmAddress ends a registration. Fields: token, password.
type ConfirmAddress struct {
	Form
	Token string
}

// Confirm is a page whose one button does what a link in a mail is for. Stem is a
// catalogue stem ("unsubscribe"), Args fill its words.
type Confirm struct {
	Stem, Action, Token string
	Back                string // where who does not want it goes; or ""
	Args                []any
}

// Forgot asks for a new password; Reset sets it. Fields: login; token, password.
type Forgot struct{ Form }

// Reset sets a new password.
type Reset struct {
	Form
	Token string
}

// Profile is /account: what the member told about themself. Fields: name, title, zone,
// digest_hour, business_address, business_phone, other_contact.
type Profile struct {
	Form
	Handle, Email string
	Zones         []string
	Certificate   string // number, or ""
	Until         forum.Instant
	Earlier       []forum.EarlierDetail
}

// Sessions is /account/sessions.
type Sessions struct {
	Sessions  []Session
	Computers []Computer
	Name      string // that this browser remembers; or ""
}

// Computer is one that stays logged in as the member.
type Computer struct {
	ID                   int64
	Device               string
	Since, SeenAt, Until forum.Instant
}

// Session is one place where the member is logged in.
type Session struct {
	ID, Device    string
	Since, SeenAt forum.Instant
	Current       bool
}

// Mails lists mails: the member's own (/account/mail) or, for staff, the outbox.
type Mails struct {
	Staff    bool
	Mails    []MailRow
	ListMail []string // staff: how much of it is how far, in words; to whom is not theirs to know
	Came     []string // and of mails that came
	Relay    bool     // a relay is set: mails leave; else they stay here to be read
	Days     MailDays // staff
	Pause    string   // their own: why mail to them is paused, "bounces" or "complaint"; "": it is not
}

// MailRow is one mail that was or will be sent.
type MailRow struct {
	About                   string // what it is about; or ""
	Href, Kind, To, Subject string // Subject is "" where the reader may not know it
	Report                  string // where its reader reports it; "": there is nothing to report
	At, SentAt              forum.Instant
	State                   string // catalogue key "mail.state.STATE"
}

// Mail shows one mail as it goes out.
type Mail struct {
	Staff   bool
	Row     MailRow
	Headers [][2]string
	Text    string
	Source  string // address of the HTML part, shown in a sandboxed frame
	Links   []Link // the https links of the mail, because the frame opens none
}

// Person is /m/{id}.
type Person struct {
	Face
	Title, Handle string
	Certified     bool
	Mine          bool // the reader's own
	MaySuspend    bool
	MayIgnore     bool
	Ignored       bool // by the reader
	Blocked       bool // by the reader
	Facts         []Fact
	About         string
	Groups        []Link // that the reader may know of
	Topics        []TopicRow
}

// Fact is a named line.
type Fact struct{ Name, Words string }

// Directory is /directory.
type Directory struct {
	Form
	Asked bool
	Rows  []DirectoryRow
}

// DirectoryRow is one who lists themself.
type DirectoryRow struct {
	Face
	Title, Place, Areas, Languages string
}

// Showing is /account/shown.
type Showing struct {
	Form
	Person    Face
	Certified bool
	// What the member told of themself.
	Email, Address, Phone, Contact string
}

// Trouble is every page that says no, or not now: 403, 404, 409, 410, 422 without a form, 429, 500.
type Trouble struct {
	Status    int
	Words     string
	RequestID string // for 500
	SignIn    bool   // signing in may help
	Kept      string // what was typed and not taken
	Action    string // where it goes once one has signed in, with the Fields
	Fields    [][2]string
	Title     string // key of the heading; "": by the status
}
