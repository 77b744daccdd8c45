package disclose

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	// phrase marks a text wherever it stands.
	phrase = `strictly confidential|private (?:and|&) confidential|strictly private|without prejudice save as to costs|legally privileged|privileged and confidential|` +
		`confidential and privileged|not for (?:onward )?distribution|for your eyes only|do not (?:forward|circulate|distribute)|` +
		`strikt vertrouwelijk|strikt persoonlijk|streng vertraulich|strictement confidentiel(?:le)?|estrictamente confidencial|strettamente riservat[oaie]|ściśle poufne|niet verspreiden|ne pas diffuser|no difundir|non diffondere|nicht weitergeben`
	// heading is every mediator's daily word, and a marking only where it stands like one.
	heading = `confidential|without prejudice|off the record|privileged|vertrouwelijk|zonder prejudice|vertraulich|confidentiel(?:le)?|confidencial|riservat[oa]|confidenziale|poufne|geheim|sous toutes réserves|embargo(?:ed)?`
)

var (
	phrases = regexp.MustCompile(`(?i)\b(?:` + phrase + `)(?:\W|$)`)
	capital = regexp.MustCompile(`\b(?:` + strings.ToUpper(heading) + `)\b`)
	alone   = regexp.MustCompile(`(?im)^[\s>#*_\[(-]{0,12}(?P<x>` + heading + `)(?:[\s*_\])!.]{0,8}$|[*_\])]{0,3}\s?[:–—]|[*_\])]{0,3}\s-\s)`)
	bracket = regexp.MustCompile(`(?i)[\[(](?P<x>` + heading + `)[\])]`)
)

// marks are words of which each phrase and heading holds one.
var marks = []string{"confiden", "privileged", "strictly", "prejudice", "record", "distribut", "eyes only", "do not ", "vertrouwelijk", "persoonlijk", "vertraulich", "riservat", "poufne",
	"verspreiden", "diffus", "difundir", "diffondere", "weitergeben", "geheim", "embargo", "toutes r"}

func markings(text, low string) []Finding {
	in := near(low, marks, 60, 40)
	yes := func(int, int) bool { return true }
	trimmed := matches(text, in, Marking, phrases, yes)
	for i, f := range trimmed {
		trimmed[i].End = f.Start + len(strings.TrimRightFunc(text[f.Start:f.End], func(r rune) bool { return !unicode.IsLetter(r) }))
	}
	all := merge(nil, trimmed)
	for _, e := range []*regexp.Regexp{capital, bracket} {
		all = merge(all, matches(text, in, Marking, e, yes))
	}
	if len(in) > 0 { // by lines, which spans would cut
		all = merge(all, matches(text, []span{{0, len(text)}}, Marking, alone, yes))
	}
	return all
}
