package markup

import (
	"regexp"
	"strings"
)

// The words by which mail programs of some twenty languages mark what they add (\b knows ASCII letters only). Lines are matched one by one, so that no
// expression runs over more than a few hundred bytes.
var (
	marker = regexp.MustCompile(`(?i)^[\s|*\\]*[–—\\-]{2,}\s*reply above this line\s*[–—\\-]{2,}[\s*]*$`)

	// wrote matches a whole line, or two or three joined, that names whom a quote is from.
	wrote = regexp.MustCompile(`(?i)^\W{0,3}(?:` + strings.Join([]string{
		`on\b.{4,300}\bwrote`, `am\b.{4,300}\bschrieb\b.{0,150}`, `am\b.{4,300}\bgeschrieben`, `.{4,200}\bschrieb am\b.{4,100}`, `le\b.{4,300}\ba écrit`,
		`e[ln]\b.{4,300}\bescribió`, `il\b.{4,300}\bha scritto`, `op\b.{4,300}\bschreef\b.{0,150}`, `em\b.{4,300}\bescreveu`, `den\b.{4,300}\bskrev\b.{0,150}`,
		`w dniu\b.{4,300}\bpisze`, `w dniu\b.{4,300}\bnapisał(?:\(a\)|a)?`, `(?:dnia|pon|wt|śr|czw|pt|sob|niedz)\b.{4,300}\bnapisał(?:\(a\)|a)?`,
		`\d{4}[-/.]\d\d?[-/.]\d\d?\b.{4,200}<.{3,100}>(?:のメール)?`, `.{3,100}\bwrote on\b.{4,100}`,
		`op\b.{4,300}\bgeschreven`, `(?:a|no dia|na)\b.{4,300}\bescreveu`, `(?:på|kl)\s.{4,300}\bskrev\b.{0,150}`, `(?:må|ma|ti|on|to|fr|lø|lö|sø|sö)[nsrde]{1,3}\b.{4,300}\bskrev\b.{0,150}`,
		`wiadomość napisana przez\b.{4,300}`, `\d{1,2} \p{L}{3,9}\.? \d{4},? \d\d:\d\d by \S{1,60}@\S{1,60}`, `\d{1,2}\.? ?(?:\p{L}{3,10}|\d{1,2})\.? \d{4}.{4,250}(?:\bskrev\b.{0,150}|<.{3,100}>|написала?(?:\(а\))?|napsala?(?:\(a\))?)`,
		`.{4,200}\bskrev den\b.{4,100}`, `(?:dne|po|út|st|čt|pá|so|ne)\s.{4,300}\bnapsala?(?:\(a\))?`, `.{4,300}\bkirjoitti`, `.{3,150}\bezt írta\b.{4,100}`, `.{4,250}şunu yazdı`,
		`(?:în|pe)\s.{4,300}\ba scris`, `(?:пн|вт|ср|чт|пт|сб|вс),?\s.{4,200}<.{3,100}>`, `\d{1,2}\.\d{1,2}\.\d{4}.{4,200}(?:<.{3,100}>|пишет|написала?(?:\(а\))?|пише)`,
		`(?:пн|вт|ср|чт|пт|сб|нд|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\p{L}*[,.]?\s.{4,250}(?:пишет|написала?(?:\(а\))?|пише)`,
		`\d{4}年.{4,200}(?:<.{3,100}>|のメール|書きました|写道|寫道)`, `.{3,150}[于於]\s?\d{4}年.{4,80}[写寫]道`, `在.{4,200}[写寫]道`,
	}, "|") + `)\s*[:：]\s*$`)
	opens = regexp.MustCompile(`(?i)^\W{0,3}(?:on|am|le|e[lmn]|il|op|den|w dniu|dnia|pon|wt|śr|czw|pt|sob|niedz|\d{4}[-/.年]|\d{1,2}[. ]|wiadomość|no dia|n[ae]|a|på|kl|må|ma|ti|to|fr|lø|lö|sø|sö|dne|po|út|st|čt|pá|so|în|pe|` +
		`пн|вт|ср|чт|пт|сб|вс|нд|по|пя|су|во|在|.{3,80}(?:\b(?:wrote|schrieb|skrev|kirjoitti|ezt)|yazdı|[于於]))`)
	dated = regexp.MustCompile(`\d{1,2}[:.]\d\d|\d{4}|\S@\S`)

	// timed is what a mail program writes before a copy that it does not mark: an address, or the time of day. A year alone
	// stands in what people write ("in 2019 the court wrote:").
	timed = regexp.MustCompile(`\b\d{1,2}[:.h時]\d\d(?:[^\d.]|$)|\S@\S`)

	original = regexp.MustCompile(`(?i)^[>\s]*-{3,}\s*(?:original message|original appointment|ursprüngliche nachricht|originalnachricht|` +
		`message d['’]origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|` +
		`wiadomość oryginalna|oryginalna wiadomość|original-nachricht|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|opprinnelig melding|původní zpráva|původní e-mail|` +
		`исходное сообщение|оригинальное сообщение|元のメッセージ|original message from.{2,80}|原始邮件|原始郵件|alkuperäinen viesti|eredeti üzenet|mesajul original|orijinal mesaj)\s*-{3,}\s*$`)
	forwarded = regexp.MustCompile(`(?i)^[>\s]*-{3,}.{0,10}(?:forwarded|weitergeleitet|transféré|transmis|reenviad|reencaminhad|encaminhad|inoltrat|doorgestuurd|przekazan|vidarebefordra|videresend|přeposlan|předan|пересыл|переслан|転送|转发|轉寄)`)
	rule      = regexp.MustCompile(`^\s*_{10,}\s*$`)

	sender = regexp.MustCompile(`(?i)^[>\s*]*(?:from|von|de|da|van|od|expéditeur|remitente|mittente|afzender|nadawca|absender|från|fra|lähettäjä|odesílatel|от|от кого|відправник|від|feladó|kimden|差出人|送信者|发件人|寄件者)\s?\**\s?[:：]\**\s*\S`)
	label  = regexp.MustCompile(`(?i)^[>\s*]*(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?: el)?|fecha|para|asunto|inviato|data|a|` +
		`oggetto|verzonden|aan|onderwerp|enviada(?: em)?|assunto|wysłano|do|dw|temat|importance|priorität|copie|kopie|skickat|till|ämne|kopia|sendt|til|emne|dato|odesláno|komu|předmět|отправлено|дата|кому|копия|тема|надіслано|` +
		`送信日時|送信日|日時|日付|宛先|件名|发送时间|发送日期|日期|收件人|抄送|主题|主旨|lähetetty|päivämäärä|vastaanottaja|aihe|elküldve|dátum|címzett|tárgy|gönderme tarihi|kime|konu)\s?\**\s?[:：]`)

	// sentAt is the one header that some webmail (GMX) puts above the sender.
	sentAt = regexp.MustCompile(`(?i)^[>\s*]*(?:sent|date|gesendet|datum|envoyé|enviado|fecha|inviato|data|skickat|sendt|odesláno|отправлено|дата|送信日時|日時|发送时间)\s?\**\s?[:：]`)

	// subject is the header that no program leaves out. Whoever writes "From: 9:00" and "To: 17:00" has none.
	subject = regexp.MustCompile(`(?i)^[>\s*]*(?:subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|ämne|emne|předmět|тема|件名|主题|主旨|aihe|tárgy|konu|subiect)\s?\**\s?[:：]`)

	// sameLine is how Yahoo's telephones put the old mail into the same line.
	sameLine = regexp.MustCompile(`^\s*On \w{3}, .{8,80}<\S{1,80}@\S{1,80}>\s?wrote:\s{2,}\S`)

	// product is in each line that a device adds; "sent with love" is its writer's.
	product = regexp.MustCompile(`(?i)i(?:phon|pad|cloud|os)|android|galaxy|samsung|huawei|xiaomi|redmi|pixel|oneplus|nokia|xperia|blackberry|mobi|móvil|celular|cellulare|handy|smartphone|t[eé]l[eé]|tablet|` +
		`device|gerät|toestel|apparat|phone|mail|outlook|yahoo|proton|tuta|thunderbird|k-9|gmx|web\.de|windows|mac\b|aol|spark|\bapp\b|смартфон|телефон|почт`)

	device = regexp.MustCompile(`(?i)^(?:von meine[mr] .{2,40} gesendet|outlook für .{2,120}\b(?:herunterladen|beziehen)|(?:sent (?:from|via|with) |get outlook for |gesendet (?:von|mit|aus) |` +
		`diese nachricht wurde von meine|envoyé (?:de|depuis|à partir) |(?:télécharger|obtenir|obtener|ottieni|scarica|obter o|pobierz|download) outlook |` +
		`enviado (?:desde|do|de|a partir) |inviato (?:da|dal) |verstuurd (?:vanaf|van|met) |verzonden (?:vanaf|met) |wysłan[eo] z |skickat (?:från|med) |sendt (?:fra|med) |odesláno (?:z|ze|pomocí) |отправлено (?:с|из|от) |надіслано з |lähetetty |发自|從我的|` +
		`outlook (?:für|voor|pour|per|para|dla) )[^.!?]{2,60})[.!]?\s*(?:<[^>]{3,80}>|\(https?:[^)]{3,80}\))?$|^(?:.{0,6}(?:iphone|ipad|android|gmail|outlook).{0,20}から送信)$`)
)

// flat trims a line and makes its no-break spaces (French has them before a colon) plain ones.
func flat(line string) string {
	return strings.TrimSpace(strings.NewReplacer("\u00A0", " ", "\u202F", " ").Replace(line))
}

func isDevice(line string) bool {
	return len(line) < 400 && device.MatchString(flat(line)) && product.MatchString(line)
}

// attribution gives how many lines from i on say whom a quote is from: 0 to 3.
func (l *letter) attribution(i int) int8 {
	if isBlank(l.lines[i]) || len(l.lines[i]) > 400 || !opens.MatchString(strings.TrimSpace(l.lines[i])) {
		return 0
	}
	joined := ""
	for n := 1; n <= 3 && i+n <= len(l.lines); n++ {
		line := flat(l.lines[i+n-1])
		if line == "" || len(line) > 400 || n > 1 && isQuote(line) {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + line)
		if (strings.HasSuffix(joined, ":") || strings.HasSuffix(joined, "：")) && wrote.MatchString(joined) {
			return int8(n)
		}
	}
	return 0
}

// isHeaderBlock tells the start of what Outlook and its kin put above the old mail. What somebody forwards is meant
// to be read, so it does not count.
func (l *letter) isHeaderBlock(i int) bool {
	line := l.lines[i]
	if len(line) < 200 && original.MatchString(line) || sameLine.MatchString(line[:min(len(line), 400)]) {
		return true
	}
	if rule.MatchString(line) {
		n := l.next(i + 1)
		return n >= 0 && n-i <= 3 && l.headers(n) && !l.isForwarded(i)
	}
	return l.headers(i) && !l.isForwarded(i)
}

// headers tells a sender line with at least two other header lines right below it, the subject among them or an address.
func (l *letter) headers(i int) bool {
	if len(l.lines[i]) > 400 || !sender.MatchString(flat(l.lines[i])) {
		return false
	}
	found, named := 0, strings.Contains(l.lines[i], "@")
	for k := i + 1; k < len(l.lines) && k <= i+7; k++ {
		if len(l.lines[k]) < 1000 && label.MatchString(flat(l.lines[k])) {
			found++
			named = named || subject.MatchString(flat(l.lines[k]))
		}
	}
	return found >= 2 && named
}

func (l *letter) isForwarded(i int) bool {
	for k := i - 1; k >= 0 && k >= i-3; k-- {
		if forwarded.MatchString(l.lines[k]) {
			return true
		}
	}
	return false
}
