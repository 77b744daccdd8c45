package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"peergroups/forum"
)

// ErrUndated says that nothing tells when a mail of an archive was sent.
var ErrUndated = errors.New("mail has no date")

// oldest is before the first mail that a list can have.
var oldest = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)

// ReadArchived takes a mail of an archive apart, and tells how many files hang on it: they are left out, since nobody is there to
// be shown what a document tells besides its words. now is the latest time that a mail can bear.
func ReadArchived(b Boxed, now time.Time) (a forum.Archived, files int, err error) {
	in, err := Parse(unobscured(b.Raw))
	if err != nil {
		if in != nil {
			files = len(in.Files)
		}
		return a, files, err
	}
	a = forum.Archived{MessageID: in.MessageID, Answer: answers(in.Subject), From: in.From, Name: in.FromName, Title: in.Title, Source: in.Text, At: in.Date}
	for _, at := range []time.Time{b.At, {}} {
		if a.At.After(oldest) && !a.At.After(now.Add(24*time.Hour)) {
			break
		}
		a.At = at
	}
	if a.At.IsZero() {
		return a, len(in.Files), ErrUndated
	}
	a.Cites = in.nearest()
	if a.MessageID == "" {
		sum := sha256.Sum256([]byte(fmt.Sprint(in.From, "\x00", a.At.Unix(), "\x00", in.Subject, "\x00", in.Text)))
		a.Mark = hex.EncodeToString(sum[:]) + "@archive.invalid"
	}
	return a, len(in.Files), nil
}

// answers tells whether a subject says that a mail answers another.
func answers(subject string) bool {
	return answer.MatchString(subject) || answer.MatchString(tag.ReplaceAllString(subject, ""))
}

// obscuredFrom is the sender as pipermail keeps it: "ann at example.org (Ann Lee)".
var obscuredFrom = regexp.MustCompile(`(?mi)^From:[ \t]*([^\s<>@"]+) at ([^\s<>@"()]+)[ \t]*(?:\((.*)\))?[ \t]*(\r?)$`)

// unobscured gives a mail with a sender that can be read.
func unobscured(raw []byte) []byte {
	end := bytes.Index(raw, []byte("\n\n"))
	if crlf := bytes.Index(raw, []byte("\n\r\n")); crlf >= 0 && (end < 0 || crlf < end) {
		end = crlf
	}
	if end < 0 {
		end = len(raw) - 1
	}
	head := raw[:min(end+1, maxHeader)]
	m := obscuredFrom.FindSubmatchIndex(head)
	if m == nil {
		return raw
	}
	name := ""
	if m[6] >= 0 {
		name = strings.TrimSpace(string(head[m[6]:m[7]]))
	}
	if name != "" && !strings.Contains(name, "=?") {
		name = `"` + strings.NewReplacer(`\`, "", `"`, "").Replace(name) + `"`
	}
	from := fmt.Sprintf("From: %s <%s@%s>%s", name, head[m[2]:m[3]], head[m[4]:m[5]], head[m[8]:m[9]])
	return slices.Concat(raw[:m[0]], []byte(from), raw[m[1]:])
}

// PipermailPath is where pipermail kept the mail of a number of an archive, which counts from 0.
func PipermailPath(prefix string, at time.Time, n int) string {
	return fmt.Sprintf("%s/%s/%06d.html", strings.TrimSuffix(prefix, "/"), at.UTC().Format("2006-January"), n)
}
