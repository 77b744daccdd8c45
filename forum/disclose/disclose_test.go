package disclose

import (
	"slices"
	"strings"
	"testing"
)

var names = []string{"Jan de Vries", "Müller", "O'Neil", "ACME Holding", "Vries", "Li"}

// hits are texts with the kind and the words that must be found, nothing else.
var hits = []struct {
	text string
	kind Kind
	want string
}{
	{"You can reach him at jan.devries@example.org.", Address, "jan.devries@example.org"},
	{"<p.o'brien+work@mail.co.example>", Address, "p.o'brien+work@mail.co.example"},
	{"write to ann [at] firm [dot] example", Address, "ann [at] firm [dot] example"},
	{"jürgen@bücher.example schrieb", Address, "jürgen@bücher.example"},
	{"Mail: x@y.example, please", Address, "x@y.example"},
	{"her number is +31 6 1234 5678", Phone, "+31 6 1234 5678"},
	{"+31(0)6-12345678 is his", Phone, "+31(0)6-12345678"},
	{"+49 (0)221 123456", Phone, "+49 (0)221 123456"},
	{"0031612345678", Phone, "0031612345678"},
	{"bel me op 06-12345678.", Phone, "06-12345678"},
	{"06 12 34 56 78", Phone, "06 12 34 56 78"},
	{"06.12.34.56.78", Phone, "06.12.34.56.78"},
	{"0612345678", Phone, "0612345678"},
	{"020-123 45 67 overdag", Phone, "020-123 45 67"},
	{"(020) 123 4567", Phone, "(020) 123 4567"},
	{"call 020 7946 0018 after six", Phone, "020 7946 0018"},
	{"+44 20 7946 0018", Phone, "+44 20 7946 0018"},
	{"(212) 555-0134", Phone, "(212) 555-0134"},
	{"1-212-555-0134", Phone, "1-212-555-0134"},
	{"212.555.0134", Phone, "212.555.0134"},
	{"Tel. 612 345 678", Phone, "612 345 678"},
	{"WhatsApp: 612345678", Phone, "612345678"},
	{"call her on 555-0134", Phone, "555-0134"},
	{"pay to NL91ABNA0417164300 today", Account, "NL91ABNA0417164300"},
	{"NL91 ABNA 0417 1643 00 and not before", Account, "NL91 ABNA 0417 1643 00"},
	{"DE89 3704 0044 0532 0130 00", Account, "DE89 3704 0044 0532 0130 00"},
	{"IBAN: GB29NWBK60161331926819", Account, "GB29NWBK60161331926819"},
	{"be68539007547034 TNV", Account, "be68539007547034"},
	{"FR14 2004 1010 0505 0001 3M02 606.", Account, "FR14 2004 1010 0505 0001 3M02 606"},
	{"the case C/09/612345 is set down", Case, "C/09/612345"},
	{"C/09/612345 / HA ZA 21-123", Case, "C/09/612345 / HA ZA 21-123"},
	{"rolled as HA ZA 21-123 in The Hague", Case, "HA ZA 21-123"},
	{"KG ZA 20/55", Case, "KG ZA 20/55"},
	{"FA RK 19-4821 (gezag)", Case, "FA RK 19-4821"},
	{"hof 200.123.456/01", Case, "200.123.456/01"},
	{"see 12-cv-3456 for the facts", Case, "12-cv-3456"},
	{"1:21-cv-04567-ABC", Case, "1:21-cv-04567-ABC"},
	{"Case No. 2021/HL/889", Case, "2021/HL/889"},
	{"zaaknummer 9876543 CV", Case, "9876543"},
	{"Zaaknummer: 456123.", Case, "456123"},
	{"dossiernummer 20240311-12", Case, "20240311-12"},
	{"Aktenzeichen 12 O 345/21", Case, "12 O 345/21"},
	{"vor dem LG, 3 O 117/22, verhandelt", Case, "3 O 117/22"},
	{"Az. 5 UF 99/20", Case, "5 UF 99/20"},
	{"RG n° 21/01234", Case, "RG n° 21/01234"},
	{"claim number G00BS123", Case, "G00BS123"},
	{"the family court has ZE21P00123", Case, "ZE21P00123"},
	{"CONFIDENTIAL\nNotes of the caucus", Marking, "CONFIDENTIAL"},
	{"Confidential: do read on", Marking, "Confidential"},
	{"## Without prejudice\n\nWe offer", Marking, "Without prejudice"},
	{"**Vertrouwelijk**\n\nVerslag", Marking, "Vertrouwelijk"},
	{"The letter was headed WITHOUT PREJUDICE.", Marking, "WITHOUT PREJUDICE"},
	{"Private and confidential", Marking, "Private and confidential"},
	{"this is strictly confidential!", Marking, "strictly confidential"},
	{"streng vertraulich – bitte", Marking, "streng vertraulich"},
	{"Subject: offer [confidential]", Marking, "confidential"},
	{"strikt vertrouwelijk", Marking, "strikt vertrouwelijk"},
	{"please do not forward", Marking, "do not forward"},
	{"then jan de vries walked out", Party, "jan de vries"},
	{"JAN DE VRIES's offer", Party, "JAN DE VRIES"},
	{"Frau Muller schwieg", Party, "Muller"},
	{"Mr O’Neil's lawyer", Party, "O’Neil"},
	{"Acme-Holding paid", Party, "Acme-Holding"},
	{"mevrouw Vries", Party, "Vries"},
	{"Dr Li, who", Party, "Li"},
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range hits {
		got := Find(c.text, names)
		if len(got) != 1 || got[0].Kind != c.kind || c.text[got[0].Start:got[0].End] != c.want {
			t.Errorf("%q: %s, want %s %q", c.text, told(c.text, got), c.kind, c.want)
		}
	}
}

func told(text string, found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(string(f.Kind) + " " + text[f.Start:f.End] + "; ")
	}
	return b.String()
}

// talk is what mediators say every day; a warning for any of it teaches them not to read warnings.
var talk = strings.Split(strings.TrimSpace(`
Mediation is confidential, and I say so in the first minute.
Everything said in the room is confidential unless both agree.
The without prejudice rule does not cover threats.
Was the offer made without prejudice or openly?
Is the caucus privileged in your country?
I wrote a confidentiality clause of two lines.
Vertrouwelijkheid geldt ook voor mijn aantekeningen.
Het gesprek is vertrouwelijk en blijft dat.
Vertraulichkeit ist das A und O.
Between 2019 and 2024 I had 312 cases.
In the years 2019-2024 the fee rose by 12.5%.
See you on 03-11-2026 at 10:12 in room 4.
From 01-02-2026 to 05-02-2026 I am away.
On 2026-11-03 we meet, on 2026-12-01 again.
Open 09:00-17:00, on Friday 09.00-12.30.
Le 03.11.2026 à 10h30.
The budget is € 1.250.000,00 in all.
It cost 12,500,000 euros, or 012 345 678 euro as they write it.
EUR 0123456789 would be absurd.
That is 1.000.000.000 of something.
ISBN 978-90-12-34567-8 is worth reading.
ISBN 0-306-40615-2, chapter 3.
ECLI:NL:HR:2019:1234 says the opposite.
ECLI:NL:RBDHA:2021:12345, r.o. 4.12.
[2019] EWHC 1234 (Fam) at paragraph 27.
Halsey v Milton Keynes [2004] EWCA Civ 576.
CJEU, Case C-123/19 on the Mediation Directive.
Article 7 of Directive 2008/52/EC.
Section 9.3.1 of the code, version 2.0.1.
In case number one you would stop, in case number two go on.
The case no longer interests the press.
In my 120 cases of 2023 nobody walked out.
A 50/50 split, then 60/40, and 12/24 months.
1 2 3 4 5 6 7 8 9 10
Meeting ID: 812 3456 7890
See https://example.org/t/0612345678/x and https://example.org/?q=+31612345678
Ask @ana or @peter.vos about it.
Reply to all at once: me @ home.
Rule 408, Form N149, and IBA guideline 4.
KvK 01234567 and btw NL001234567B01
Version 1.2.3.4.5.6.7
Prices went 0.12345678 up.
Room B12, floor 3, seat 00 to 99.
The livres sterling of 1999, de Vriesland, Mullerin and Lithuania.
Jan and de, then Vriesje.
Holding ACME to its word.
NL91 ABNA 0417 1643 01 fails the check.
BTW-nummer NL123456789B01.
Geheimhouding is a clause, geheim an adjective.
Privileged people pay, others do not - a shame.
The embargo was lifted in 2021.
For your eyes it is hard, only paper helps.
We count 100 000 000 hours in Europe.
Version 06.12.34 came out on 6-12-34.
Steps: 1-2-3-4-5-6-7-8
Phone calls before the intake: 3 of 10, in 2019 2020 2021.
I do files number by number, matter by matter.
The 14 days of art. 1:253a BW and 7:900 BW.
The docket is full until 2027.
Call me old-fashioned: in 2025-2026 I still use paper.
`), "\n")

func TestPlainTalkRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	for _, text := range append(talk, strings.Join(talk, " "), strings.Join(talk, "\n\n")) {
		if got := Find(text, names); len(got) != 0 {
			t.Errorf("%.80q: %s", text, told(text, got))
		}
	}
}

func TestFindingsAreInOrderAndApart(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	var want []string
	for _, h := range hits {
		b.WriteString(h.text + "\n\n")
		want = append(want, h.want)
	}
	text := b.String()
	var got []string
	for _, f := range checked(t, text, names) {
		got = append(got, text[f.Start:f.End])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func checked(t *testing.T, text string, names []string) []Finding {
	t.Helper()
	found, at := Find(text, names), 0
	for _, f := range found {
		if f.Start < at || f.End <= f.Start || f.End > len(text) {
			t.Fatalf("%v after %d in %d bytes", f, at, len(text))
		}
		at = f.End
	}
	return found
}

// TestHostileTexts ends within the test only if the work is linear.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0", "06-", "+", "a@", "a@b.", "NL91", "NL91ABNA0417164300 ", "(", "case no. ", "case no. 1234 ", "HA ZA 21-123 ", "Li ", "jan de ", "a", "\n", "CONFIDENTIAL ", "# confidential\n",
		"é", "\xff", "a.b.c.d@", "1 ", "x@y.example ", "tel ", "zaaknummer", "(at)", "e\u0301", "offer € 1 ", "€1", "born 1.1.1990 ", "geboren ", "4111 1111 1111 1111 ", "4111", "From: a\nTo: b\n", "From: a\n", "--------", "On 1 a wrote:\n",
		"confidential", "x-cv-", "case", "za", "/20"} {
		checked(t, strings.Repeat(s, 1<<15/len(s)), names)
	}
}

func FuzzFind(f *testing.F) {
	for _, h := range hits {
		f.Add(h.text, "Jan de Vries")
	}
	for _, s := range talk {
		f.Add(s, "a b c")
	}
	f.Fuzz(func(t *testing.T, text, name string) { checked(t, text, []string{name, "Vries"}) })
}

func BenchmarkFind(b *testing.B) {
	text := strings.Join(talk, " ")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Find(text, names)
	}
}
