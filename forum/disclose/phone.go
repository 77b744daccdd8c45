package disclose

import (
	"regexp"
	"strings"
)

var (
	card   = regexp.MustCompile(`[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{2,4}|3\d{3}[ -]?\d{6}[ -]?\d{4,5}|2[2-7]\d\d[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}`)
	digits = regexp.MustCompile(`\+?(?:\(\+?)?\d(?:[ \x{A0}\t().\-–/]{0,3}\d){6,22}`)
	date   = regexp.MustCompile(`^(?:\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)?\d\d|(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2})(?:\D|$)`)
	hours  = regexp.MustCompile(`^\d{1,2}\.\d\d ?[-–] ?\d{1,2}\.\d\d`)
	us     = regexp.MustCompile(`^(?:\+?1[-. ])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4}$`)
	cue    = regexp.MustCompile(`(?:\b(?:tel|telefoon|telefon|phone|telephone|t[éÉe]l[éÉe]phone|tel[éÉe]fono|mobile|mobiel|mobil|m[óÓo]vil|cell|gsm|handy|fax|whatsapp|portable|` +
		`call (?:me|him|her|them|us)(?: on| at)?|bel(?: me| hem| haar)?(?: op)?|text (?:me|him|her|them)|(?:appelez|contactez|rappelez)(?:-\pL{2,4})?(?: au)?|ll[aáÁ]m[ae](?:me|lo|la)?(?: al)?|chiam[ia](?:lo|la)?(?: il| al)?)|☎|📞)[.:]{0,2}\s{0,3}\D{0,12}$`)
	money    = regexp.MustCompile(`(?:[€$£¥]|\b(?:eur|usd|gbp|chf|euro))\s?$`)
	moneyEnd = regexp.MustCompile(`^(?:,\d\d|,-|\s?(?:€|%|eur\b|euro|usd\b|gbp\b|chf\b|km\b|m2\b|people\b|personen\b|members\b))`)
	notPhone = regexp.MustCompile(`(?:[a-z]{2}\d\d [a-z]{4}|isbn|issn|doi|kvk|btw|vat|bsn|ecli|rsin|order|invoice|factuur|rechnung|ticket|passcode|meeting id|version|versie|v)[- ]?(?:no|nr|number|nummer)?[.:]{0,2}\s?$`)
)

// phones finds international numbers, national ones that begin with a trunk zero, American ones, and any long number
// that is said to be one. Dates, hours, prices and book numbers are none.
func phones(text, low string) []Finding {
	return matches(text, numerals(text, 7), Phone, digits, func(start, end int) bool { return phone(text, low, start, end) })
}

func phone(text, low string, start, end int) bool {
	s := text[start:end]
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	n := len(strings.Join(parts, ""))
	if n > 15 || n < 7 || many(parts) {
		return false
	}
	before, after := low[max(0, start-40):start], low[end:min(len(low), end+12)]
	if plus := strings.HasPrefix(strings.TrimPrefix(s, "("), "+"); !plus && parts[0][0] != '0' && !us.MatchString(s) && !isSaid(before) {
		return false
	}
	if word(text, start, end) || before != "" && strings.ContainsAny(before[len(before)-1:], "/=_#.,-:@") && !strings.HasSuffix(before, ": ") && !isSaid(before) {
		return false
	}
	if date.MatchString(s) && !paired(s) || hours.MatchString(s) || money.MatchString(before[max(0, len(before)-10):]) || moneyEnd.MatchString(after) || isOther(before) {
		return false
	}
	said := isSaid(before)
	switch {
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

var others = hinted("isbn", "issn", "doi", "kvk", "btw", "vat", "bsn", "ecli", "rsin", "order", "invoice", "factuur", "rechnung", "ticket", "passcode", "meeting id", "version", "versie",
	"v", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

// isOther tells that the words before call it another number.
func isOther(before string) bool {
	before = before[max(0, len(before)-30):]
	return len(others.places(before)) > 0 && notPhone.MatchString(before)
}

var called = hinted("tel", "t\u00e9l", "phone", "mob", "m\u00f3vil", "cell", "gsm", "handy", "fax", "whatsapp", "portable", "call ", "bel", "text ", "appel", "contactez", "llam", "ll\u00e1m", "chiam", "\u260e", "\U0001f4de", "m\u00d3vil", "t\u00c9l", "ll\u00c1m")

// isSaid tells that the words before call it a telephone number.
func isSaid(before string) bool {
	return len(called.places(before)) > 0 && cue.MatchString(before)
}

// paired tells a French number: five pairs, the first of which begins with zero.
func paired(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
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

// cards finds the numbers of payment cards (ISO/IEC 7812): of a known network, with a right check digit.
func cards(text string) []Finding {
	return matches(text, numerals(text, 14), Card, card, func(start, end int) bool { return !word(text, start, end) && luhn(text[start:end]) })
}

func luhn(s string) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		if !digit(s[i]) {
			continue
		}
		d := int(s[i] - '0')
		if n++; n%2 == 0 {
			d = d*2 - d/5*9
		}
		sum += d
	}
	return sum%10 == 0
}
