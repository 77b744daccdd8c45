package forum

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A group's list of watched words has a word, or several in a row, or a domain on each line. Words are found whole,
// whatever their case and accents; a domain in the links, with all below it.

const (
	mostWatched = 200 // lines
	longWatched = 60  // characters of one
)

var (
	watchedDomain = regexp.MustCompile(`^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+$`)
	writtenHost   = regexp.MustCompile(`(?i)(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+`)
	linkedHost    = regexp.MustCompile(`(?i)\b(?:https?://|mailto:[^"@\s]*@)([a-z0-9.-]+)`)
)

// watchLines cleans a list: each line once, empty ones gone.
func (p *problems) watchLines(list string) string {
	var out []string
	for line := range strings.Lines(list) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
			p.most("watched", line, longWatched)
		}
	}
	if len(out) > mostWatched {
		p.add("watched", "error.too-many-lines", "Most", mostWatched)
	}
	return strings.Join(out, "\n")
}

// plainWords are the words of a text without case and accents, a space before and behind each.
func plainWords(s string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, r := range norm.NFKD.String(cases.Fold().String(norm.NFKC.String(s))) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\u00ad', unicode.Is(unicode.Cf, r): // accents, and what is not seen
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	b.WriteByte(' ')
	return " " + strings.Join(strings.Fields(b.String()), " ") + " "
}

// watchedIn gives the first line of a list that a text has in its words or links, or what stands beside it (its title, the
// options of its poll) in its words or as a domain; "": none.
func watchedIn(list, beside, text, html string) string {
	if list == "" {
		return ""
	}
	words := plainWords(beside + "\n" + text)
	var hosts []string
	for _, m := range linkedHost.FindAllStringSubmatch(html, -1) {
		hosts = append(hosts, "."+strings.ToLower(strings.Trim(m[1], ".")))
	}
	for _, host := range writtenHost.FindAllString(beside, -1) {
		hosts = append(hosts, "."+strings.ToLower(host))
	}
	for line := range strings.SplitSeq(list, "\n") {
		if domain := strings.ToLower(line); watchedDomain.MatchString(domain) {
			if slices.ContainsFunc(hosts, func(host string) bool { return strings.HasSuffix(host, "."+domain) }) {
				return line
			}
			continue
		}
		if is := plainWords(line); is != "  " && strings.Contains(words, is) {
			return line
		}
	}
	return ""
}
