// Package text turns a message key and arguments into words in the reader's language: for
// pages, mails and errors alike. Dates and times too, in the reader's zone.
package text
