package mail

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	netmail "net/mail"
	"slices"
	"strings"

	"peergroups/forum"
)

// Listed is a member of another list, and how its mail came to them.
type Listed struct {
	Address string
	Mode    forum.Mode
}

const maxList = 16 << 20 // bytes of a list of members

// ErrListTooBig says that a list of members is longer than any list has.
var ErrListTooBig = errors.New("the list of members is too big")

// ReadMembers reads a list of members as Mailman gives it: lines "Name <address>" or addresses (list_members of Mailman 2.1,
// mailman members of 3), a table with a heading (CSV), or the answer of its REST door (JSON). Each address is given once; mode is
// for whom the list does not say it. What holds no address is given back as it stands.
func ReadMembers(r io.Reader, mode forum.Mode) (all []Listed, unread []string, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > maxList {
		return nil, nil, ErrListTooBig
	}
	text := strings.TrimPrefix(readable(string(raw)), "\uFEFF")
	l := memberList{mode: mode, seen: map[string]int{}}
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "["):
		err = l.json([]byte(trimmed))
	case l.table(text):
	default:
		l.lines(text)
	}
	return l.all, l.unread, err
}

type memberList struct {
	mode   forum.Mode
	all    []Listed
	unread []string
	seen   map[string]int
}

// add takes an entry in; how is what the list says of its mail.
func (l *memberList) add(entry, how string) {
	address := ""
	if a, err := netmail.ParseAddress(strings.TrimSpace(entry)); err == nil {
		address = canonical(a.Address)
	} else if m := angled.FindStringSubmatch(strings.TrimSpace(entry)); m != nil {
		address = canonical(m[2])
	}
	if address == "" {
		if entry = strings.TrimSpace(entry); entry != "" {
			l.unread = append(l.unread, entry)
		}
		return
	}
	key := strings.ToLower(address)
	if i, ok := l.seen[key]; ok {
		l.all[i].Mode = l.modeOf(how)
		return
	}
	l.seen[key] = len(l.all)
	l.all = append(l.all, Listed{address, l.modeOf(how)})
}

// modeOf reads how mail came: Mailman's words for it.
func (l *memberList) modeOf(how string) forum.Mode {
	how = strings.ToLower(strings.TrimSpace(how))
	switch {
	case how == "":
		return l.mode
	case strings.HasPrefix(how, "by_") || slices.Contains([]string{"nomail", "disabled", "none", "off"}, how):
		return forum.NoMail
	case strings.Contains(how, "digest"):
		return forum.Daily
	case strings.Contains(how, "special"): // of groups.io
		return forum.Special
	}
	return forum.Each
}

func (l *memberList) lines(text string) {
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, maxList+1)
	for lines.Scan() {
		l.add(lines.Text(), "")
	}
}

// table reads a table whose first line names a column of addresses; else it tells that it is none.
func (l *memberList) table(text string) bool {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	head, err := r.Read()
	column := func(names ...string) int {
		return slices.IndexFunc(head, func(s string) bool { return slices.Contains(names, strings.ToLower(strings.TrimSpace(s))) })
	}
	address, mode, status := column("email", "e-mail", "address", "email address"), column("delivery_mode", "delivery mode", "mode", "delivery"), column("delivery_status", "delivery status", "status")
	if err != nil || address < 0 {
		return false
	}
	cell := func(row []string, i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return row[i]
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			l.unread = append(l.unread, err.Error())
			continue
		}
		l.add(cell(row, address), howOf(cell(row, mode), cell(row, status)))
	}
}

// howOf is a delivery mode, unless the status says that nothing is delivered.
func howOf(mode, status string) string {
	if s := strings.ToLower(strings.TrimSpace(status)); s != "" && s != "enabled" && s != "1" {
		return "disabled"
	}
	return mode
}

type listedJSON struct {
	Email  string `json:"email"`
	Mode   string `json:"delivery_mode"`
	Status string `json:"delivery_status"`
}

func (l *memberList) json(raw []byte) error {
	var page struct {
		Entries []listedJSON `json:"entries"`
	}
	entries := &page.Entries
	var err error
	if bytes.HasPrefix(raw, []byte("[")) {
		err = json.Unmarshal(raw, entries)
	} else {
		err = json.Unmarshal(raw, &page)
	}
	for _, e := range *entries {
		l.add(e.Email, howOf(e.Mode, e.Status))
	}
	return err
}
