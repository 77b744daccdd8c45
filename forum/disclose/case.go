package disclose

import (
	"regexp"
	"strings"
	"unicode"
)

// caseNumbers are those whose form alone tells them. What is published (ECLI, neutral citations) is no confidence.
var caseNumbers = []*regexp.Regexp{
	regexp.MustCompile(`\b[CKFcf]/\d\d/\d{5,6}(?:\s?/\s?[A-Z]{2}\s?[A-Z]{2,4}\s?\d\d[-/]\d{1,5})?\b`),      // C/09/612345 / HA ZA 21-123
	regexp.MustCompile(`\b(?:HA|KG|FA|EA|JE|HO|CV|BZ)\s?(?:ZA|RK|EXPL|VERZ|ZB)\s?\d\d[-/]\d{1,5}\b`),       // HA ZA 21-123
	regexp.MustCompile(`\b200\.\d{3}\.\d{3}(?:[/-]\d\d)?\b`),                                               // Dutch courts of appeal
	regexp.MustCompile(`(?i)\b(?:\d{1,2}:)?\d{2,4}-?(?:cv|cr|mc|bk|civ|fam|ap)-\d{2,6}(?:-[A-Z]{2,4})?\b`), // 12-cv-3456
	regexp.MustCompile(`\b\d{1,3} (?:O|C|F|S|U|T|HKO|Ca|Sa|UF|WF|AR|K|L|B|A) \d{1,5}/\d\d\b`),              // 12 O 345/21
	regexp.MustCompile(`\b[A-HJ-NP-Z]\d\d[A-Z]{2}\d{3}\b`),                                                 // G00BS123, county courts
	regexp.MustCompile(`\b(?:FD|ZE|BV|LS|ZC|ZW)\d\d[A-Z]\d{5}\b`),                                          // ZE21P00123, family courts
	regexp.MustCompile(`(?i)\b(?:n°\s?)?RG\s?(?:n°\s?)?\d\d/\d{4,6}\b`),                                    // RG 21/01234
}

// numbered is a word for "case number" and what follows it.
var numbered = regexp.MustCompile(`(?i)(?:\b(?:(?:case|claim|docket|matter|cause|petition|court file|file)\s(?:no\b\.?|nr\b\.?|number|num\b\.?|ref\b\.?|reference)|case\s?#` +
	`|zaaknummer|zaaknr\.?|zaak-?\s?/?\s?rolnummer|rolnummer|rolnr\.?|rekestnummer|dossiernummer|dossiernr\.?|parketnummer|zaak\snr\.?` +
	`|aktenzeichen|geschäftszeichen|az\.|dossier\sn°|numéro\sde\s(?:dossier|rôle)|n°\sde\s(?:dossier|rôle)|número\sde\s(?:expediente|autos|procedimiento)|expediente\sn[°º.]|autos\sn[°º.]` +
	`|numero\sdi\sruolo|r\.g\.\sn\.|sygnatura|sygn\.\sakt))\s?(?:is|was|ist|:|=)?\s{0,2}(?P<x>[\pL\d][\pL\d./:-]{0,30}(?:[ \t][\pL\d./:-]{1,20}){0,4})`)

func dockets(text string) []Finding {
	var all []Finding
	for _, e := range caseNumbers {
		all = merge(all, matches(text, Case, e, func(start, end int) bool { return end-start > 5 && !published(text, start) }))
	}
	var said []Finding
	for _, m := range numbered.FindAllStringSubmatchIndex(text, -1) {
		x := 2 * numbered.SubexpIndex("x")
		if end := number(text[m[x]:m[x+1]]); end > 0 && !published(text, m[x]) {
			said = append(said, Finding{Case, m[x], m[x] + end})
		}
	}
	return merge(all, said)
}

// number gives the length of the case number with which s begins: words up to the last that holds a digit, of at least
// three digits in all; 0 for none. Lower-case words without digits are the sentence going on.
func number(s string) int {
	end, at, count := 0, 0, 0
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "\t", " "), " ") {
		found := 0
		for _, r := range part {
			if r >= '0' && r <= '9' {
				found++
			}
		}
		if found == 0 && (len(part) > 5 || strings.IndexFunc(part, unicode.IsLower) >= 0 && len(part) > 2) {
			break
		}
		at += len(part)
		if count += found; found > 0 {
			end = at
		}
		at++
	}
	if count < 3 {
		return 0
	}
	return len(strings.TrimRight(s[:end], ".,:/-"))
}

// published tells numbers within a citation of what a court itself made public.
func published(text string, at int) bool {
	before := strings.ToUpper(text[max(0, at-24):at])
	return strings.Contains(before, "ECLI:") || strings.HasSuffix(before, "CASE C-")
}
