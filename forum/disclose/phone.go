package disclose

import (
	"regexp"
	"strings"
)

var (
	digits = regexp.MustCompile(`\+?(?:\(\+?)?\d(?:[ \x{A0}\t().\-–/]{0,3}\d){6,22}`)
	groups = regexp.MustCompile(`\d+`)
	date   = regexp.MustCompile(`^(?:\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d\d|(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2})(?:\D|$)`)
	hours  = regexp.MustCompile(`^\d{1,2}\.\d\d ?[-–] ?\d{1,2}\.\d\d`)
	us     = regexp.MustCompile(`^(?:\+?1[-. ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4}$`)
	cue    = regexp.MustCompile(`(?i)(?:\b(?:tel|telefoon|telefon|phone|telephone|t[ée]l[ée]phone|tel[ée]fono|mobile|mobiel|mobil|cell|gsm|handy|fax|whatsapp|portable|` +
		`call (?:me|him|her|them|us)(?: on| at)?|bel(?: me| hem| haar)?(?: op)?|text (?:me|him|her|them))|☎|📞)[.:]{0,2}\s{0,3}\D{0,12}$`)
	money    = regexp.MustCompile(`(?i)(?:[€$£¥]|\b(?:eur|usd|gbp|chf|euro))\s?$`)
	moneyEnd = regexp.MustCompile(`(?i)^(?:,\d\d|,-|\s?(?:€|%|eur\b|euro|usd\b|gbp\b|chf\b|km\b|m2\b|people\b|personen\b|members\b))`)
	notPhone = regexp.MustCompile(`(?i)(?:[a-z]{2}\d\d [a-z]{4}|isbn|issn|doi|kvk|btw|vat|bsn|ecli|rsin|order|invoice|factuur|rechnung|ticket|passcode|meeting id|version|versie|v)[- ]?(?:no|nr|number|nummer)?[.:]{0,2}\s?$`)
)

// phones finds international numbers, national ones that begin with a trunk zero, American ones, and any long number
// that is said to be one. Dates, hours, prices and book numbers are none.
func phones(text string) []Finding {
	return matches(text, Phone, digits, func(start, end int) bool { return phone(text, start, end) })
}

func phone(text string, start, end int) bool {
	s := text[start:end]
	before, after := text[max(0, start-40):start], text[end:min(len(text), end+12)]
	if word(text, start, end) || before != "" && strings.ContainsAny(before[len(before)-1:], "/=_#.,-:@") && !strings.HasSuffix(before, ": ") && !cue.MatchString(before) {
		return false
	}
	if date.MatchString(s) && !paired(s) || hours.MatchString(s) || money.MatchString(before) || moneyEnd.MatchString(after) || notPhone.MatchString(before) {
		return false
	}
	parts := groups.FindAllString(s, -1)
	n := len(strings.Join(parts, ""))
	said := cue.MatchString(before)
	switch {
	case n > 15 || n < 7 || many(parts):
		return false
	case us.MatchString(s) || said && !years(parts):
		return true
	case strings.HasPrefix(strings.TrimPrefix(s, "("), "+"):
		return n >= 8 && parts[0][0] != '0'
	case strings.HasPrefix(parts[0], "00"):
		return n >= 10 && n <= 15 && strings.Trim(s, "0 ") != ""
	case parts[0] == "0": // "0-306-40615-2" is a book, "0.123456789" a share
		return strings.HasPrefix(s, "(0)") && n >= 9
	case parts[0][0] == '0':
		return n >= 9 && n <= 12 && parts[0] != "000"
	}
	return false
}

// paired tells a French number: five pairs, the first of which begins with zero.
func paired(s string) bool {
	parts := groups.FindAllString(s, -1)
	for _, p := range parts {
		if len(p) != 2 {
			return false
		}
	}
	return len(parts) == 5 && s[0] == '0'
}

// many tells a row of numbers rather than one: more groups than phone numbers have.
func many(parts []string) bool { return len(parts) > 7 }

// years tells "2019-2024".
func years(parts []string) bool {
	for _, p := range parts {
		if len(p) != 4 || p[:2] != "19" && p[:2] != "20" {
			return false
		}
	}
	return true
}
