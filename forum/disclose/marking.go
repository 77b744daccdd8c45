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
		`strikt vertrouwelijk|strikt persoonlijk|streng vertraulich|strictement confidentiel|estrictamente confidencial|strettamente riservato|ściśle poufne|niet verspreiden|ne pas diffuser|nicht weitergeben`
	// heading is every mediator's daily word, and a marking only where it stands like one.
	heading = `confidential|without prejudice|off the record|privileged|vertrouwelijk|zonder prejudice|vertraulich|confidentiel(?:le)?|confidencial|riservato|confidenziale|poufne|geheim|embargo(?:ed)?`
)

var (
	phrases = regexp.MustCompile(`(?i)\b(?:` + phrase + `)(?:\W|$)`)
	capital = regexp.MustCompile(`\b(?:` + strings.ToUpper(heading) + `)\b`)
	alone   = regexp.MustCompile(`(?im)^[\s>#*_\[(-]{0,12}(?P<x>` + heading + `)(?:[\s*_\])!.]{0,8}$|[*_\])]{0,3}\s?[:–—]|[*_\])]{0,3}\s-\s)`)
	bracket = regexp.MustCompile(`(?i)[\[(](?P<x>` + heading + `)[\])]`)
)

func markings(text string) []Finding {
	yes := func(int, int) bool { return true }
	trimmed := matches(text, Marking, phrases, yes)
	for i, f := range trimmed {
		trimmed[i].End = f.Start + len(strings.TrimRightFunc(text[f.Start:f.End], func(r rune) bool { return !unicode.IsLetter(r) }))
	}
	all := merge(nil, trimmed)
	for _, e := range []*regexp.Regexp{capital, alone, bracket} {
		all = merge(all, matches(text, Marking, e, yes))
	}
	return all
}
