package mail

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"

	"peergroups/forum"
)

// What an answer says of an address (RFC 3463). Only what says that there is no such address, or that it is shut, is hard;
// what was refused for what it is, or for who sends it, says nothing of the address, whatever its code.

// noAddress ends a status: what goes on with a number is an address of a machine.
const noAddress = `(?:[^\d.]|\.(?:\D|$)|$)`

var (
	inWords  = regexp.MustCompile(`(?:^|[^\d.])([45]\.\d{1,3}\.\d{1,3})` + noAddress)
	byNumber = regexp.MustCompile(`(?:^|[\s:;'">(])([45][0-5]\d)(?:[\s:-]|$)`)
	policies = regexp.MustCompile(`(?i)spam|polic|block|black ?list|dnsbl|\brbl\b|(is|grey|gray) ?listed|dmarc|\bspf\b|dkim|reputation|content|virus|malware|relay|authenticat|sender|unsolicited|prohibited|too many|\brate\b|throttl|banned`)
	full     = regexp.MustCompile(`(?i)quota|mailbox (is )?full|full mailbox|over ?quota|storage|too (large|big)|size limit`)
	unknown  = regexp.MustCompile(`(?i)(user|mailbox|recipient|address|account|addressee|inbox)( \S+){0,4} (is )?(unknown|not found|not exist|doesn'?t exist|unavailable|disabled|invalid|inactive|no longer|not known|not recogni[sz]ed|not listed|rejected)|(unknown|no such|invalid|non-?existent|no) (user|mailbox|recipient|address|account|person|local)|(host|domain)( \S+){0,4} not found|user doesn'?t have|no mailbox here|bad destination`)
)

// judged reads an enhanced status with the words beside it; "": there is none.
func judged(status, words string) forum.Bounce {
	if _, _, ok := parts(status); !ok || strings.HasSuffix(status, ".0.0") {
		if m := inWords.FindStringSubmatch(words); m != nil && !strings.HasSuffix(m[1], ".0.0") {
			status = m[1]
		}
	}
	subject, detail, ok := parts(status)
	if !ok || subject == 0 && detail == 0 {
		return bare(status, words)
	}
	out := forum.Bounce{Return: forum.SoftReturn, Status: status}
	if status[0] != '5' {
		return out
	}
	ours := policies.MatchString(words)
	switch {
	case subject == 1 && (detail == 1 || detail == 2 || detail == 3 || detail == 4 || detail == 6 || detail == 10),
		subject == 1 && detail == 0 && !ours, // used of addresses, and of senders
		subject == 2 && detail == 1 && !ours, // shut; or it gets too much at a time
		subject == 4 && detail == 4 && !ours, // no such domain
		subject == 4 && detail == 1 && shut.MatchString(words):
		out.Return = forum.HardReturn
	}
	return out
}

// shut is how one large house says that it has no such address, under a code of the network.
var shut = regexp.MustCompile(`(?i)recipient address rejected: access denied`)

// bare reads an answer that has a number alone, or words alone.
func bare(status, words string) forum.Bounce {
	out := forum.Bounce{Return: forum.UnclearReturn, Status: status}
	number := 0
	if m := byNumber.FindStringSubmatch(words); m != nil {
		number, _ = strconv.Atoi(m[1])
	}
	switch permanent := number/100 == 5 || number == 0 && strings.HasPrefix(status, "5"); {
	case number/100 == 4 || strings.HasPrefix(status, "4"):
		out.Return = forum.SoftReturn
	case !permanent:
	case policies.MatchString(words) || full.MatchString(words):
		out.Return = forum.SoftReturn
	case unknown.MatchString(words) || number == 550 || number == 551 || number == 553:
		out.Return = forum.HardReturn
	default:
		out.Return = forum.SoftReturn
	}
	return out
}

// parts gives the second and third number of an enhanced status.
func parts(status string) (subject, detail int, ok bool) {
	p := strings.Split(status, ".")
	if len(p) != 3 || p[0] != "4" && p[0] != "5" {
		return 0, 0, false
	}
	subject, err1 := strconv.Atoi(p[1])
	detail, err2 := strconv.Atoi(p[2])
	return subject, detail, err1 == nil && err2 == nil
}

// ofAddress is what the relay's answer to an address says of it, where it says something: the answer can be about us, too,
// and would pause the mail of everybody.
func ofAddress(err error) forum.Bounce {
	var at refusal
	var answer *smtp.SMTPError
	if !errors.As(err, &at) || !at.ofAddress || !errors.As(err, &answer) {
		return forum.Bounce{}
	}
	status, words := "", fmt.Sprint(answer.Code, " ", answer.Message)
	if e := answer.EnhancedCode; e[0] > 0 {
		status = fmt.Sprintf("%d.%d.%d", e[0], e[1], e[2])
	}
	is := judged(status, words)
	if subject, _, _ := parts(is.Status); is.Return != forum.HardReturn && answer.Code/100 == 5 && subject != 2 {
		return forum.Bounce{}
	}
	return is
}
