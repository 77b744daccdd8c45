package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"peergroups/forum"
)

// What comes back is read at its beginning: a report says what it says before the mail that it is about.
const (
	maxBack      = 1 << 20
	maxBackText  = 64 << 10 // of one part
	maxBackField = 2 << 10  // of what goes on with a field
	maxBackParts = 20       // in all
	maxBackDepth = 3
)

// back gathers the parts of a mail that came back.
type back struct {
	status, feedback []string // bodies of message/delivery-status and message/feedback-report
	text             string   // the first that is to be read
	parts            int
	report           string // of what the mail is one
	automatic        bool
	daemon           bool // a mail server made it, by what it says of itself
}

// ReadBounce gives what a mail to a return address says. Its Return is 0 where nothing came back: mail that is late or
// arrived, answers of people and of machines in their place, receipts.
func ReadBounce(raw []byte) forum.Bounce {
	raw = raw[:min(len(raw), maxBack)]
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return forum.Bounce{Return: forum.UnclearReturn}
	}
	b := &back{}
	h := textproto.MIMEHeader(m.Header)
	_, params := mediaType(h.Get("Content-Type"))
	b.report = strings.ToLower(params["report-type"])
	submitted := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted")))
	b.automatic = strings.HasPrefix(submitted, "auto-replied") || h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != ""
	b.daemon = h.Get("X-Failed-Recipients") != "" || daemons.MatchString(h.Get("From"))
	b.walk(h, m.Body, 1)
	switch {
	case b.report == "feedback-report":
		return b.complaint()
	case b.report == "disposition-notification":
		return forum.Bounce{}
	case len(b.status) > 0:
		return b.delivery()
	case b.report == "delivery-status":
		return forum.Bounce{Return: forum.UnclearReturn} // broken off before it says more
	}
	return b.words()
}

var daemons = regexp.MustCompile(`(?i)mailer[-_]?daemon|postmaster|mail delivery (sub)?system|mail administrator`)

// walk gathers a part and those in it, but not what is in a mail that is enclosed.
func (b *back) walk(h textproto.MIMEHeader, body io.Reader, depth int) {
	if b.parts++; b.parts > maxBackParts || depth > maxBackDepth {
		return
	}
	kind, params := mediaType(h.Get("Content-Type"))
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		r := multipart.NewReader(body, params["boundary"])
		for params["boundary"] != "" {
			p, err := r.NextRawPart()
			if err != nil {
				return
			}
			b.walk(p.Header, p, depth+1)
		}
	case kind == "message/delivery-status" || kind == "message/global-delivery-status":
		b.status = append(b.status, beginning(h, body))
	case kind == "message/feedback-report":
		b.feedback = append(b.feedback, beginning(h, body))
	case (kind == "" || kind == "text/plain" || kind == "text/html") && strings.TrimSpace(b.text) == "":
		b.text = beginning(h, body)
	}
}

// beginning reads the beginning of a part; what is broken is read as far as it goes.
func beginning(h textproto.MIMEHeader, body io.Reader) string {
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, _ := io.ReadAll(io.LimitReader(body, maxBackText))
	return strings.ReplaceAll(strings.ToValidUTF8(string(text), "\uFFFD"), "\r\n", "\n")
}

// complaint reads a report by the reader of a mail, or their provider (RFC 5965). That something is no spam is no
// complaint, nor that it was signed wrongly.
func (b *back) complaint() forum.Bounce {
	for _, part := range b.feedback {
		for _, group := range groups(part) {
			switch kind, _, _ := strings.Cut(strings.ToLower(group["feedback-type"]), ";"); strings.TrimSpace(kind) {
			case "abuse", "fraud", "opt-out", "opt-out-list":
				return forum.Bounce{Return: forum.Complaint}
			}
		}
	}
	return forum.Bounce{}
}

// delivery reads what a mail server reports (RFC 3464). Where it is about several addresses, to which ours was led on, the
// mildest counts: nothing came back where one of them got it.
func (b *back) delivery() (out forum.Bounce) {
	failed := false
	for _, part := range b.status {
		for _, group := range groups(part) {
			action := strings.ToLower(firstWord(group["action"]))
			if action == "" && group["final-recipient"] == "" {
				continue // about the mail as a whole
			}
			switch action {
			case "delayed":
				continue
			case "delivered", "relayed", "expanded":
				return forum.Bounce{}
			}
			is := judged(firstWord(group["status"]), group["diagnostic-code"])
			if !failed || is.Return > out.Return {
				out = is
			}
			failed = true
		}
	}
	return out
}

// words reads what is no report: by a line in which a mail server gives its answer, before the mail that is enclosed.
func (b *back) words() forum.Bounce {
	text := b.text
	if at := enclosed.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	if b.automatic && !b.daemon {
		return forum.Bounce{} // somebody is away
	}
	if m := statusLine.FindStringSubmatchIndex(text); m != nil {
		return judged(text[m[2]:m[3]], text[max(0, m[0]-around):min(len(text), m[1]+around)])
	}
	if m := replyLine.FindStringSubmatch(text); m != nil && b.daemon { // people have house numbers
		return judged("", m[0])
	}
	return forum.Bounce{Return: forum.UnclearReturn}
}

const around = 200 // bytes before and behind a status are the words of it

var (
	enclosed = regexp.MustCompile(`(?im)^[-=_ >]*(below this line is a copy|this is a copy of|original message|copy of the message|the body of the message|return-path:|received: )`)
	// statusLine finds an enhanced status behind an SMTP code, in brackets, or named as one.
	statusLine = regexp.MustCompile(`(?i)(?:\b[45]\d\d:?[ -]+#?|[(\[]#?|\bstatus:?\s*)([45]\.\d{1,3}\.\d{1,3})` + noAddress)
	// replyLine finds an answer of SMTP without one.
	replyLine = regexp.MustCompile(`(?im)^.{0,200}(?:^|[\s:'">(])([45][0-5]\d)[ -]+[^\s\d].*(?:\n[ \t]+.*)*`)
)

// groups gives the fields of the groups of a report, which empty lines part; names in lower case.
func groups(text string) (out []map[string]string) {
	var group map[string]string
	var last string
	for line := range strings.SplitSeq(text, "\n") {
		switch name, value, is := strings.Cut(line, ":"); {
		case strings.TrimSpace(line) == "":
			group = nil
		case line[0] == ' ' || line[0] == '\t':
			if group != nil && last != "" && len(group[last]) < maxBackField {
				group[last] += " " + strings.TrimSpace(line)
			}
		case is && len(out) < 100:
			if group == nil {
				group = map[string]string{}
				out = append(out, group)
			}
			last = strings.ToLower(strings.TrimSpace(name))
			group[last] = strings.TrimSpace(value)
		}
	}
	return out
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s)+" ", " ")
	return strings.TrimSuffix(word, ";")
}
