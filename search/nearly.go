package search

import "strings"

const mostTexts = 50_000 // words of the texts that are looked at for a better spelling

// Nearly answers the query with each word that stands in none of the texts replaced by the
// word of the texts that is spelled nearly so. It knows no words but those of the texts: give
// it what the reader sees. Not ok: there is nothing better.
func Nearly(query string, texts []string) (better string, ok bool) {
	query = cut(strings.ToValidUTF8(query, " "), maxQueryRunes)
	spelled, times := vocabulary(texts)
	asked, _ := tokens(query)
	var out strings.Builder
	done := 0
	for _, t := range asked[:min(len(asked), maxQueryWords)] {
		if t.from < done || excluded(query, t.from) || isStop(t.word) || forgiven(len([]rune(t.word))) == 0 {
			continue
		}
		if word := better1(t.word, times); word != "" {
			out.WriteString(query[done:t.from])
			out.WriteString(spelled[word])
			done, ok = t.to, true
		}
	}
	out.WriteString(query[done:])
	if !ok {
		return "", false
	}
	return out.String(), true
}

// excluded says whether the word at a byte has a minus before it.
func excluded(query string, at int) bool { return at > 0 && query[at-1] == '-' }

// vocabulary is how the texts' words are written, and how often.
func vocabulary(texts []string) (spelled map[string]string, times map[string]int) {
	spelled, times = map[string]string{}, map[string]int{}
	left := mostTexts
	for _, text := range texts {
		all, _ := tokens(cut(text, left*8))
		for _, t := range all {
			if left--; left < 0 {
				return spelled, times
			}
			times[t.word]++
			if _, ok := spelled[t.word]; !ok {
				spelled[t.word] = strings.ToLower(text[t.from:t.to])
			}
		}
	}
	return spelled, times
}

// better1 is the word nearest to one that does not stand in the texts; of equally near ones
// that which is said most.
func better1(word string, times map[string]int) string {
	m := newMatcher(newPlan(Query{Text: word}))
	best, errors := "", 0
	for other, n := range times {
		if other == "" || len(m.word(other)) > 0 {
			return ""
		}
		d, ok := nearness(word, other)
		if !ok || len(other) < minStem {
			continue
		}
		if best == "" || d < errors || d == errors && (n > times[best] || n == times[best] && other < best) {
			best, errors = other, d
		}
	}
	return best
}
