package mail

import (
	"io"
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"peergroups/forum"
	"peergroups/forum/markup"
)

// header is a mail's header, unfolded, not decoded.
type header map[string][]string

// raw gives the first field of a name, or its beginning, in UTF-8.
func (h header) raw(name string) string {
	field := first(h[name])
	return readable(field[:min(len(field), maxField)])
}

// text gives the first field of a name with its encoded words (RFC 2047) decoded.
func (h header) text(name string) string { return decode(h.raw(name)) }

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// readable makes UTF-8 of bytes that came without a charset: what is not UTF-8 is most often Windows-1252.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if out, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
		return strings.ToValidUTF8(out, "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func words() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(in), nil
	}}
}

func decode(s string) string {
	if out, err := words().DecodeHeader(s); err == nil {
		s = out
	}
	return readable(s)
}

func mediaType(s string) (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(s)
	if err != nil && params == nil {
		params = map[string]string{}
	}
	return kind, params
}

// angled is the sender of fields that net/mail refuses: an unquoted name with brackets or dots before the address.
var angled = regexp.MustCompile(`^([^<>]*)<([^<>\s,;"@]+@[^<>\s,;"@]+)>\s*$`)

// inQuotes is what stands in quotes in an address field.
var inQuotes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// sender gives the one address of the one From field, "" where there are several of either: which of them a signature
// speaks for would be anybody's guess.
func (h header) sender() (address, name string) {
	if len(h["From"]) != 1 {
		return "", ""
	}
	if len(h["From"][0]) > maxField { // its beginning might name another one
		return "", ""
	}
	field := h.raw("From")
	parser := mail.AddressParser{WordDecoder: words()}
	list, err := parser.ParseList(field)
	switch {
	case strings.Contains(inQuotes.ReplaceAllString(field, ""), ";"): // a group: others read no sender in it, or another
		return "", ""
	case err == nil && len(list) == 1:
		return canonical(list[0].Address), markup.Line(readable(list[0].Name))
	case err == nil:
		return "", ""
	}
	if m := angled.FindStringSubmatch(field); m != nil {
		return canonical(m[2]), markup.Line(strings.Trim(decode(m[1]), `" `))
	}
	return "", ""
}

// addresses gives the bare addresses of a field, as many as can be read.
func (h header) addresses(name string) []string {
	var all []string
	parser := mail.AddressParser{WordDecoder: words()}
	for _, field := range h[name] {
		list, err := parser.ParseList(readable(field))
		if err != nil { // read what can be read
			for part := range strings.SplitSeq(readable(field), ",") {
				if one, err := parser.Parse(strings.TrimSpace(part)); err == nil {
					list = append(list, one)
				}
			}
		}
		for _, a := range list {
			if c := canonical(a.Address); c != "" && len(all) < maxAddresses {
				all = append(all, c)
			}
		}
	}
	return all
}

// canonical gives an address with its domain in lower case and A-labels; "" where it is none. With a second "@" (it would
// have to be quoted) each reader might take another part for the name or the domain.
func canonical(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at != strings.IndexByte(address, '@') || len(address) > 320 || strings.ContainsAny(address, " \t\r\n\x00") || markup.Neutral(address) != address {
		return ""
	}
	domain, err := domains.ToASCII(strings.TrimSuffix(address[at+1:], "."))
	if err != nil || !domainName.MatchString(domain) {
		return ""
	}
	return address[:at+1] + domain
}

// domains maps as browsers do, but lets underscores be: some mail comes from such hosts.
var (
	domains    = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))
	domainName = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)
)

var idPattern = regexp.MustCompile(`<([\x21-\x3B\x3D\x3F-\x7E]+)>`)

// references are the last of the ids that a mail names: long threads have more than are looked at.
func (h header) references() []string {
	field := first(h["References"])
	all := ids(readable(field[max(0, len(field)-2*maxField):]))
	return all[max(0, len(all)-maxReferences):]
}

// ids lists the message ids of a field without their brackets.
func ids(field string) []string {
	var all []string
	for _, m := range idPattern.FindAllStringSubmatch(field, -1) {
		if len(m[1]) <= maxID {
			all = append(all, m[1])
		}
	}
	return all
}

var (
	answer = regexp.MustCompile(`(?i)^(?:re|fwd?|aw|wg|sv|vs|vb|tr|rv|antw|antwort|doorst|enc|ref|rif|odp|pd)(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]\s*`)
	tag    = regexp.MustCompile(`^\[[^\[\]]{1,60}\]\s*`)
)

// title takes the answer marks and one list's tag off a subject; where nothing is left, they were the title.
func title(subject string) string {
	s, tags := subject, 0
	for {
		cut := answer.FindString(s)
		if cut == "" && tags == 0 {
			cut = tag.FindString(s)
			tags++
		}
		if cut == "" {
			break
		}
		s = s[len(cut):]
	}
	if s == "" {
		return subject
	}
	return s
}

// automatic tells what a machine made (RFC 3834, and what bounces and older programs say). That a mail asks not to be
// answered by machines (X-Auto-Response-Suppress) does not make it one.
func (h header) automatic(kind string) bool {
	submitted, _, _ := strings.Cut(strings.ToLower(h.raw("Auto-Submitted")), ";")
	if submitted = strings.TrimSpace(submitted); submitted != "" && submitted != "no" {
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond"} {
		if said := strings.ToLower(strings.TrimSpace(h.raw(name))); said != "" && said != "no" {
			return true
		}
	}
	switch strings.ToLower(strings.TrimSpace(h.raw("Precedence"))) {
	case "bulk", "junk", "auto_reply":
		return true
	}
	return kind == "multipart/report" || strings.TrimSpace(h.raw("Return-Path")) == "<>"
}

// lists gives where a mail has been sent around.
func (h header) lists() []string {
	var all []string
	for _, field := range append(h["List-Id"][:len(h["List-Id"]):len(h["List-Id"])], h["X-Loop"]...) {
		id := readable(field)
		if open, shut := strings.LastIndexByte(id, '<'), strings.LastIndexByte(id, '>'); open >= 0 && open < shut {
			id = id[open+1 : shut]
		}
		if id = strings.ToLower(markup.Line(id)); id != "" && len(id) <= maxID && len(all) < maxAddresses {
			all = append(all, id)
		}
	}
	return all
}

// posted finds the address to which one writes to a list (RFC 2369).
var posted = regexp.MustCompile(`(?i)<mailto:([^<>?\s]+)[^<>]*>`)

// ofList tells whether the sender is the address of a list that sent the mail around, as ours do.
func (h header) ofList(from string) bool {
	for _, m := range posted.FindAllStringSubmatch(h.raw("List-Post"), -1) {
		if strings.EqualFold(m[1], from) {
			return true
		}
	}
	return slices.ContainsFunc(h["List-Id"], func(id string) bool {
		return strings.Contains(strings.ToLower(id)+">", "<"+strings.ToLower(strings.Replace(from, "@", ".", 1))+">")
	})
}

// ownID is the form of the ids that our list mail has: of a post, or, as it once was of a topic's first one, of the topic.
var ownID = regexp.MustCompile(`^(post|topic)\.([0-9]{1,18})@(.+)$`)

// nearest are the ids of what a mail answers, the nearest first.
func (in *Incoming) nearest() []string {
	all := slices.Clone(in.References)
	slices.Reverse(all)
	if in.InReplyTo == "" {
		return all
	}
	return append([]string{in.InReplyTo}, slices.DeleteFunc(all, func(id string) bool { return id == in.InReplyTo })...)
}

// mostCited is how many of the ids that a mail names are looked at.
const mostCited = 10

// cites are the posts and topics of ours that a mail names as those that it answers, the nearest first.
func (in *Incoming) cites(domain string) (out []forum.Cited) {
	for _, id := range in.nearest() {
		m := ownID.FindStringSubmatch(id)
		if m == nil || !strings.EqualFold(m[3], domain) || len(out) == mostCited {
			continue
		}
		n, err := strconv.ParseInt(m[2], 10, 64)
		switch {
		case err != nil:
		case m[1] == "post":
			out = append(out, forum.Cited{Post: forum.PostID(n)})
		default:
			out = append(out, forum.Cited{Topic: forum.TopicID(n)})
		}
	}
	return out
}
