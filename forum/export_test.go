package forum

import (
	"testing"
	"time"
)

// Tests make thousands of accounts, so that a password costs them the least.
const leastPasses, leastKiB = 1, 8

var realPasses, realKiB = argonPasses, argonKiB

func init() { argonPasses, argonKiB = leastPasses, leastKiB }

// RealPasswords lets a benchmark hash as the program does.
func RealPasswords(b *testing.B) {
	argonPasses, argonKiB = realPasses, realKiB
	b.Cleanup(func() { argonPasses, argonKiB = leastPasses, leastKiB })
}

// KeyOfMail is the key of a post that was made of a mail.
func KeyOfMail(id string) string { return keyOfMail(id) }

// ExpiryRules are the period and the table of each rule.
func ExpiryRules() (out [][2]string) {
	for _, e := range expiries {
		out = append(out, [2]string{e.Period, e.Table})
	}
	return out
}

// MadeAt is the time in an id.
func MadeAt(id int64) time.Time { return time.UnixMilli(id>>10 + idEpoch).UTC() }

// EmptiedWith are the tables whose rows of a member go when their account does.
func EmptiedWith() (tables []string) {
	for _, o := range ofAccount {
		if o.set == "" {
			tables = append(tables, o.table)
		}
	}
	return tables
}
