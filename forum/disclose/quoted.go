package disclose

import (
	"regexp"
	"strings"
)

var (
	original = regexp.MustCompile(`(?i)^-{3,}\s*(?:original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|message d['’]origine|message original|message transféré|` +
		`mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht)\s*-{3,}$`)
	from  = regexp.MustCompile(`(?i)^(?:from|von|de|da|van)\s?:\s*\S`)
	other = regexp.MustCompile(`(?i)^[>\s*]*(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?:\sel)?|fecha|para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp)\s?:\s*\S`)
	wrote = regexp.MustCompile(`(?i)^(?:on\s.{4,250}\swrote|am\s.{4,250}\s(?:schrieb\b.{0,150}|geschrieben)|le\s.{4,250}\sa\sécrit|e[ln]\s.{4,250}\sescribió|il\s.{4,250}\sha\sscritto|op\s.{4,250}\sschreef\b.{0,150})\s?:$`)
)

// quotes finds the lines that mail programs put above an old mail: who pastes one tells what somebody else wrote.
func quotes(text string) []Finding {
	var found []Finding
	for start := 0; start < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		line := strings.TrimLeft(strings.TrimRight(text[start:end], " *\t\r\u00A0"), "> *\t\u00A0")
		if len(line) > 4 && len(line) < 400 && quoting(line, text[end:min(len(text), end+600)]) {
			at := start + strings.Index(text[start:end], line)
			found = append(found, Finding{Quoted, at, at + len(line)})
		}
		start = end + 1
	}
	return found
}

// quoting tells such a line by itself, or by the other headers below it.
func quoting(line, below string) bool {
	switch {
	case line[0] == '-':
		return original.MatchString(line)
	case line[len(line)-1] == ':':
		return strings.ContainsAny(line, "0123456789") && wrote.MatchString(line)
	case !strings.Contains(line[:min(len(line), 7)], ":") || !from.MatchString(line):
		return false
	}
	n := 0
	for next := range strings.Lines(below) {
		if n++; n > 4 {
			break
		}
		if other.MatchString(strings.TrimSpace(next)) {
			return true
		}
	}
	return false
}
