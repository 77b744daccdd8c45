package disclose

import (
	"regexp"
	"slices"
	"strings"
)

const (
	sum   = `(?:\d{1,3}(?:[.,'’ \x{A0}\x{202F}]\d{3}){1,4}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)`
	scale = `(?:\s?(?:million(?:en|s)?(?:\sd[’'])?|mio\b\.?|mln\b\.?|millones(?:\sde)?|milioni(?:\sdi)?|k\b|m\b|tausend|mila?\b))?`
)

var (
	amount = regexp.MustCompile(`(?P<x>(?:[€£$]|\b(?:eur|gbp|usd|chf)\b)\s?` + sum + scale + `|\b` + sum + scale + `\s?(?:[€£]|(?:eur|gbp|usd|chf|euros?|pounds|dollars|franken|francs)\b))`)
	owed   = regexp.MustCompile(`\b(?:doit|deve|debe|deben|devono|doivent)\s$`)
	stop   = regexp.MustCompile(`[.!?;]\s|\n`)
)

// wanted are beginnings of words by which a sum is somebody's claim, offer or debt, and not a price.
var wanted = []string{"settle", "offer", "propos", "propuesta", "claim", "damages", "compensation", " owe", "maintenance", "alimony", "child support", "severance", "redundancy", "bottom line", " debt",
	"verglich", "vergleich", " bot ", "bietet", "angebot", "forder", "abfindung", "unterhalt", "schaden", "schmerz", "schuld",
	"transig", "transat", " offre", " offri", "indemni", "indennit", "pensi", "créance", "dommages", "prestation compensatoire", " dette",
	"acord", "acuerd", "ofre", "deuda", "reclam", " daños", "mantenimento", " credito", "risarc", "debito", "schik", "vordering", "alimentatie", " bood ", "aanbod"}

// claims are those words and the ones of owed, wherever they stand.
var claims = hinted(append(strings.Split(strings.ReplaceAll(strings.Join(wanted, "|"), " ", ""), "|"), "doit", "deve", "debe", "devono", "doivent", "child", "bottom", "prestation")...)

func isWanted(sentence string) bool {
	return slices.ContainsFunc(wanted, func(w string) bool { return strings.Contains(sentence, w) })
}

// amounts finds sums of money that somebody claims, offers or owes. A price is none: the word must stand in the sentence.
func amounts(text, low string) []Finding {
	const figures = "0123456789"
	at := slices.DeleteFunc(currencies.places(low), func(s span) bool {
		return len(claims.places(low[max(0, s.start-110):min(len(low), s.end+100)])) == 0
	})
	for i, s := range at { // the sum stands behind the sign, or before it
		before, after := max(0, s.start-24), min(len(low), s.end+2)
		if strings.ContainsAny(low[before:s.start], figures) {
			at[i].start = before
		}
		if strings.ContainsAny(low[s.end:after], figures) {
			at[i].end = min(len(low), s.end+32)
		}
	}
	return matches(low, counted(low, around(low, at, 0, 2), 1), Amount, amount, func(start, end int) bool {
		if start > 0 && (alphanumeric(text[start-1]) || strings.ContainsRune(".,", rune(text[start-1]))) {
			return false
		}
		before, after := low[max(0, start-70):start], low[end:min(len(low), end+50)]
		if m := stop.FindAllStringIndex(before, -1); m != nil {
			before = before[m[len(m)-1][1]:]
		}
		if m := stop.FindStringIndex(after); m != nil {
			after = after[:m[0]]
		}
		return isWanted(" "+before) || isWanted(after) || owed.MatchString(before)
	})
}

const (
	month = `\pL{3}\pL*\.?`
	day   = `(?:\d{1,2}(?:st|nd|rd|th|er|[.°º])?(?:\s?[./-]\s?|\s(?:de\s)?)(?:\d{1,2}|` + month + `)(?:\s?[./-]\s?|,?\s(?:de\s)?)(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d|` + month + `\s\d{1,2},?\s(?:19|20)\d\d)\b`
)

var (
	born = regexp.MustCompile(`(?:\bborn|\bd\.?o\.?b\b\.?|\bdate\sof\sbirth|\bbirth\s?date|\bgeb(?:\.|oren)|geburtsdatum|geboortedatum|\bn[éÉ]e?|\bdate\sde\snaissance|` +
		`\bnac(?:id[oa]|i[óÓ])|\bfecha\sde\snacimiento|\bnat[oa](?:\sa\s\pL{2,20})?|\bdata\sdi\snascita)\s?[:=(]?\s?(?:(?:is|was|ist|est|es|[èÈ]|on|the|am|op|le|el|il)\s){0,2}(?P<x>` + day + `)`)
	bornBehind = regexp.MustCompile(`\b(?:am|op)\s(?P<x>` + day + `)\s(?:in\s\pL{2,30}\s)?geboren\b`)
)

var (
	birthWords = hinted("born", "d.o.b", "dob", "birth", "geb", "n\u00e9", "naissance", "nacid", "naci\u00f3", "nacimiento", "nato", "nata", "nascita")
	geboren    = hinted("geboren")
	currencies = hinted("€", "£", "$", "eur", "gbp", "usd", "chf", "pounds", "dollars", "franken", "francs")
)

// births finds days of birth: a date that is said to be one.
func births(text, low string) []Finding {
	at := slices.DeleteFunc(birthWords.places(low), func(s span) bool {
		return len(counted(low, []span{{s.end, min(len(low), s.end+100)}}, 5)) == 0
	})
	in := around(low, at, 10, 48)
	yes := func(int, int) bool { return true }
	return merge(matches(low, counted(low, in, 5), Birth, born, yes), matches(low, counted(low, near(low, geboren, 60, 2), 5), Birth, bornBehind, yes))
}
