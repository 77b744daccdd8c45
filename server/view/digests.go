package view

// DigestChoices is when and how digests come. Fields: digest_hour, digest_days, digest_on, digest_form. Days: a bit for each day that
// is ticked, Monday first.
type DigestChoices struct {
	Form
	Days   int
	Groups []List // of the member: how their boards' posts come
}

// on tells whether a day is ticked.
func (p DigestChoices) on(day int) bool { return p.Days&(1<<day) != 0 }

var weekdays = []string{"0", "1", "2", "3", "4", "5", "6"}

var digestForms = []string{"0", "1", "2"}
