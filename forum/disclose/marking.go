package disclose

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	// phrase marks a text wherever it stands.
	phrase = `strictly confidential|private (?:and|&) confidential|strictly private|without prejudice save as to costs|legally privileged|privileged and confidential|` +
		`confidential and privileged|not for (?:onward )?distribution|for your eyes only|do not (?:forward|circulate|distribute)|` +
		`strikt vertrouwelijk|strikt persoonlijk|streng vertraulich|strictement confidentiel(?:le)?|estrictamente confidencial|strettamente riservat[oaie]|[śŚ]ci[śŚ]le poufne|niet verspreiden|ne pas diffuser|no difundir|non diffondere|nicht weitergeben`
	// heading is every mediator's daily word, and a marking only where it stands like one.
	heading = `confidential|without prejudice|off the record|privileged|vertrouwelijk|zonder prejudice|vertraulich|confidentiel(?:le)?|confidencial|riservat[oa]|confidenziale|poufne|geheim|sous toutes r[éÉ]serves|embargo(?:ed)?`
)

var (
	phrases = regexp.MustCompile(`\b(?:` + phrase + `)(?:\W|$)`)
	capital = regexp.MustCompile(`\b(?:` + strings.ToUpper(heading) + `)\b`)
	alone   = regexp.MustCompile(`(?m)^[\s>#*_\[(-]{0,12}(?P<x>` + heading + `)(?:[\s*_\])!.]{0,8}$|[*_\])]{0,3}\s?[:–—]|[*_\])]{0,3}\s-\s)`)
	bracket = regexp.MustCompile(`[\[(](?P<x>` + heading + `)[\])]`)
)

// marks are words of which each phrase and heading holds one.
var marks = []string{"confiden", "privileged", "strictly", "prejudice", "record", "distribut", "eyes only", "do not ", "vertrouwelijk", "persoonlijk", "vertraulich", "riservat", "poufne",
	"verspreiden", "diffus", "difundir", "diffondere", "weitergeben", "geheim", "embargo", "toutes r"}

// phraseMarks are those that each phrase holds one of.
var phraseMarks = hinted("strictly ", "private ", "prejudice save", "privileged", "distribut", "eyes only", "do not ", "strikt ", "streng ", "strictement ", "estrictamente ", "strettamente ", "poufne",
	"verspreiden", "diffuser", "difundir", "diffondere", "weitergeben")

var (
	small    = hinted(marks...)
	capitals = hinted(strings.Split(strings.ToUpper(strings.Join(marks, "|")), "|")...)
)

func markings(text, low string) []Finding {
	in := near(low, small, 60, 40)
	yes := func(int, int) bool { return true }
	trimmed := matches(low, near(low, phraseMarks, 24, 24), Marking, phrases, yes)
	for i, f := range trimmed {
		trimmed[i].End = f.Start + len(strings.TrimRightFunc(text[f.Start:f.End], func(r rune) bool { return !unicode.IsLetter(r) }))
	}
	all := merge(nil, trimmed)
	all = merge(all, matches(text, near(text, capitals, 60, 40), Marking, capital, yes))
	bracketed := slices.DeleteFunc(in, func(s span) bool { return !strings.ContainsAny(text[s.start:s.end], "[(") })
	all = merge(all, matches(low, bracketed, Marking, bracket, yes))
	return merge(all, matches(low, beginnings(low, small, 24, 40), Marking, alone, yes))
}
