package disclose

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// caseNumbers are those whose form alone tells them. What is published (ECLI, neutral citations) is no confidence.
var caseNumbers = []struct {
	hints *hints // in small letters, of which each has one
	e     *regexp.Regexp
}{
	{hinted("c/", "k/", "f/"), regexp.MustCompile(`\b[CKFcf]/\d\d/\d{5,6}(?:\s?/\s?[A-Z]{2}\s?[A-Z]{2,4}\s?\d\d[-/]\d{1,5})?\b`)},                                       // C/09/612345 / HA ZA 21-123
	{hinted("za", "rk", "expl", "verz", "zb"), regexp.MustCompile(`\b(?:HA|KG|FA|EA|JE|HO|CV|BZ)\s?(?:ZA|RK|EXPL|VERZ|ZB)\s?\d\d[-/]\d{1,5}\b`)},                        // HA ZA 21-123
	{hinted("200."), regexp.MustCompile(`\b200\.\d{3}\.\d{3}(?:[/-]\d\d)?\b`)},                                                                                          // Dutch courts of appeal
	{hinted("cv-", "cr-", "mc-", "bk-", "civ-", "fam-", "ap-"), regexp.MustCompile(`(?i)\b(?:\d{1,2}:)?\d{2,4}-?(?:cv|cr|mc|bk|civ|fam|ap)-\d{2,6}(?:-[A-Z]{2,4})?\b`)}, // 12-cv-3456
	{hinted("/0", "/1", "/2", "/9"), regexp.MustCompile(`\b\d{1,3} (?:O|C|F|S|U|T|HKO|Ca|Sa|UF|WF|AR|K|L|B|A) \d{1,5}/\d\d\b`)},                                         // 12 O 345/21
	{hinted("/19", "/20"), regexp.MustCompile(`\b(?:CO|CL|QB|KB|CA|AC)/\d{1,5}/(?:19|20)\d\d\b`)},                                                                       // CO/1234/2022
	{hinted("rg", "r.g."), regexp.MustCompile(`(?i)\b(?:n°\s?)?RG\s?(?:n°\s?)?\d\d/\d{4,6}\b|\bR\.G\.\s?\d{1,6}/(?:19|20)\d\d\b`)},                                      // RG 21/01234, R.G. 4567/2022
}

// countyCourt is what the courts of England give out: G00BS123, ZE21P00123.
var countyCourt = regexp.MustCompile(`^(?:[A-HJ-NP-Z]\d\d[A-Z]{2}\d{3}|(?:FD|ZE|BV|LS|ZC|ZW)\d\d[A-Z]\d{5})$`)

// numbered are words for "case number" and what follows them. They are two, since an expression of more than 500 steps
// runs much slower.
var numbered = []*regexp.Regexp{
	regexp.MustCompile(`(?:\b(?:(?:case|claim|docket|matter|cause|petition|court file|file)\s(?:no\b\.?|nr\b\.?|number|num\b\.?|ref\b\.?|reference)|case\s?#` +
		`|zaaknummer|zaaknr\.?|zaak-?\s?/?\s?rolnummer|rolnummer|rolnr\.?|rekestnummer|dossiernummer|dossiernr\.?|parketnummer|zaak\snr\.?` +
		`|aktenzeichen|gesch[äÄ]ftszeichen|gesch[äÄ]ftsnummer|az\.))` + ofNumber),
	regexp.MustCompile(`(?:\b(?:dossier\sn°|num[éÉ]ro\sde\s(?:dossier|r[ôÔ]le)|n°\sde\s(?:dossier|r[ôÔ]le)|n[úÚ]mero\sde\s(?:expediente|autos|procedimiento)|expediente\sn\.?\s?[°º]?|autos\sn\.?\s?[°º]?` +
		`|procedimiento\s(?:ordinario|abreviado)|juicio\s(?:verbal|ordinario)|diligencias\s(?:previas|urgentes)|causa\sn\.|procedimento\sn\.|(?:n°|num[éÉ]ro)\sde\sparquet` +
		`|numero\sdi\sruolo|r\.g\.\sn\.|sygnatura|sygn\.\sakt))` + ofNumber),
}

const ofNumber = `\s?(?:is|was|ist|:|=)?\s{0,2}(?P<x>[\pL\d][\pL\d./:-]*(?:[ \t][\pL\d./:-]+){0,4})`

// files are words of which each that says "case number" holds one.
var files = hinted("case", "claim", "docket", "matter", "cause", "petition", "file", "zaak", "rol", "rekest", "dossier", "parket", "zeichen", "az.", "r\u00f4le", "expediente", "autos",
	"procedimiento", "ruolo", "r.g.", "sygn", "juicio", "diligencias", "causa", "procedimento", "parquet", "gesch\u00e4ftsnummer")

// ofFiles are parts of words of which each that says "case number" holds one too.
var ofFiles = []string{"no", "nr", "num", "n\u00fam", "n\u00dam", "ref", "#", "zeichen", "n\u00b0", "az.", "expediente", "autos", "procedimi", "procedimento", "juicio", "diligencias", "causa", "r.g.", "sygn"}

func dockets(text, low string) []Finding {
	var all []Finding
	for _, n := range caseNumbers {
		at := slices.DeleteFunc(n.hints.places(low), func(s span) bool { // each number goes on with digits
			return !strings.ContainsAny(low[s.end:min(len(low), s.end+7)], "0123456789")
		})
		all = merge(all, matches(text, around(low, at, 24, 40), Case, n.e, func(start, end int) bool { return end-start > 5 && !published(text, start) }))
	}
	all = merge(all, county(text))
	var said []Finding
	at := slices.DeleteFunc(files.places(low), func(s span) bool {
		by := low[max(0, s.start-16):min(len(low), s.end+18)]
		return !slices.ContainsFunc(ofFiles, func(w string) bool { return strings.Contains(by, w) })
	})
	in, yes := counted(low, around(low, at, 10, 80), 3), func(int, int) bool { return true }
	for _, f := range merge(matches(low, in, Case, numbered[0], yes), matches(low, in, Case, numbered[1], yes)) {
		if end := number(text[f.Start:f.End]); end > 0 && !published(text, f.Start) {
			said = append(said, Finding{Case, f.Start, f.Start + end})
		}
	}
	return merge(all, said)
}

// county looks at words of eight and ten letters and digits only.
func county(text string) (all []Finding) {
	start := -1
	for i := range len(text) + 1 {
		switch {
		case i < len(text) && (alphanumeric(text[i]) || text[i] == '_'):
			if start < 0 {
				start = i
			}
			continue
		case start >= 0 && (i-start == 8 || i-start == 10) && digit(text[i-1]) && countyCourt.MatchString(text[start:i]) && !published(text, start):
			all = append(all, Finding{Case, start, i})
		}
		start = -1
	}
	return all
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
