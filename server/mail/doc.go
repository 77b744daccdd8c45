// Package mail is the mail door: SMTP in, parsing, authentication of the sender; building, signing and relaying out.
// What a mail may do is not decided here but by the forum's verbs.
package mail
