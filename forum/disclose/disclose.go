// Package disclose finds in a text what looks like a confidence, so that a member can be asked before it is posted
// (policy row P20). It is pure, and it only warns: what is found here may be posted, what is not found is not proven
// harmless. Few false alarms matter as much as hits, since people stop reading warnings.
package disclose

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Kind says what a finding looks like.
type Kind string

// The kinds of confidence.
const (
	Address Kind = "address" // a mail address
	Phone   Kind = "phone"
	Account Kind = "account" // an IBAN
	Case    Kind = "case"    // a court's case number
	Marking Kind = "marking" // "confidential", "without prejudice"
	Party   Kind = "party"   // a name given in the member's settings
	Card    Kind = "card"    // a payment card's number
	Amount  Kind = "amount"  // a sum of money that somebody claims, offers or owes
	Birth   Kind = "birth"   // a day of birth
	Quoted  Kind = "quoted"  // the line above a mail that was pasted in
)

// Finding is one place in the text: bytes Start up to End.
type Finding struct {
	Kind       Kind
	Start, End int
}

// Find lists what looks like a confidence, in order and without overlaps. names are those of parties the member wants
// to be warned of; letter case and accents do not matter. It takes time in proportion to the text.
func Find(text string, names []string) []Finding {
	low := lower(text)
	all := quotes(text)
	if strings.ContainsAny(text, "0123456789") {
		all = merge(merge(merge(all, accounts(text)), cards(text)), dockets(text, low))
	}
	if strings.ContainsAny(text, "@([") {
		all = merge(all, addresses(text, low))
	}
	if strings.ContainsAny(text, "0123456789") { // after addresses, which may hold digits
		all = merge(merge(merge(all, births(text, low)), amounts(text, low)), phones(text, low))
	}
	all = merge(all, markings(text, low))
	return merge(all, parties(text, names))
}

// merge adds findings that do not overlap the ones that are surer.
func merge(sure, more []Finding) []Finding {
	all := slices.Clone(sure)
	i := 0
	for _, f := range more {
		for i < len(sure) && sure[i].End <= f.Start {
			i++
		}
		if i == len(sure) || sure[i].Start >= f.End {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Start, b.Start) })
	return all
}

// matches lists what an expression finds in some spans; a group named "x" is the finding where there is one.
func matches(text string, in []span, kind Kind, e *regexp.Regexp, good func(start, end int) bool) []Finding {
	var found []Finding
	group := max(0, e.SubexpIndex("x"))
	for _, s := range in {
		for _, m := range e.FindAllStringSubmatchIndex(text[s.start:s.end], -1) {
			if start, end := m[2*group]+s.start, m[2*group+1]+s.start; m[2*group] >= 0 && good(start, end) {
				found = append(found, Finding{kind, start, end})
			}
		}
	}
	return found
}

var (
	address = regexp.MustCompile(`[\pL\pN][\pL\pN._%+'-]*(?:@|\s?[(\[]\s?(?:at|apenstaartje)\s?[)\]]\s?)(?:[\pL\pN][\pL\pN-]*(?:\.|\s?[(\[]\s?(?:dot|punt)\s?[)\]]\s?)){1,6}\pL{2,24}`)
	iban    = regexp.MustCompile(`^[A-Za-z]{2}\d\d(?:[ \x{A0}-]?[A-Za-z0-9]){11,34}`)
)

var ats = hinted("@", "(at", "[at", "( at", "[ at", "apenstaart")

func addresses(text, low string) []Finding {
	in := near(low, ats, 4, 80) // what stands before the sign is one word
	return matches(text, in, Address, address, func(int, int) bool { return true })
}

// ibanLengths by country, ISO 13616 (registry of 2024).
const ibanLengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27" +
	"GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29" +
	"RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TN24TR26UA29VA22VG24XK20"

func accounts(text string) []Finding {
	var found []Finding
	for at := 2; at+1 < len(text); at++ {
		start := at - 2
		if !digit(text[at]) || !digit(text[at+1]) || digit(text[at-1]) || digit(text[start]) || start > 0 && alphanumeric(text[start-1]) {
			continue
		}
		m := iban.FindString(text[start:min(len(text), start+120)])
		end := 0
		if m != "" {
			end = ibanEnd(m)
		}
		if end == 0 || word(text, start, start+end) {
			continue
		}
		found = append(found, Finding{Account, start, start + end})
		at = start + end
	}
	return found
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// ibanEnd gives the length of the account number with which s begins, 0 for none.
func ibanEnd(s string) int {
	country := strings.ToUpper(s[:2])
	i := 0
	for ; i < len(ibanLengths) && ibanLengths[i:i+2] != country; i += 4 {
		continue
	}
	if i == len(ibanLengths) {
		return 0
	}
	want := int(ibanLengths[i+2]-'0')*10 + int(ibanLengths[i+3]-'0')
	var digits []byte
	for i := range len(s) {
		if alphanumeric(s[i]) {
			digits = append(digits, s[i])
		}
		if len(digits) == want {
			if mod97(append(digits[4:], digits[:4]...)) != 1 {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

func mod97(digits []byte) int {
	rest := 0
	for _, c := range digits {
		switch {
		case c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c|0x20-'a') + 10) % 97
		}
	}
	return rest
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// word tells that the text goes on with letters or digits before start or after end.
func word(text string, start, end int) bool {
	return start > 0 && alphanumeric(text[start-1]) || end < len(text) && alphanumeric(text[end])
}
