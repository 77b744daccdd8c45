package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peergroups/forum"
)

// cameBack are mails that come back as different servers write them, and what each says.
var cameBack = map[string]forum.Bounce{
	"postfix-unknown-user":        {Return: forum.HardReturn, Status: "5.1.1"},
	"postfix-domain-not-found":    {Return: forum.HardReturn, Status: "5.4.4"},
	"postfix-delayed-greylisting": {},
	"postfix-expired":             {Return: forum.SoftReturn, Status: "4.4.1"},
	"postfix-delivered":           {},
	"exim-unknown-user":           {Return: forum.HardReturn, Status: "5.0.0"},
	"exim-old-plain":              {Return: forum.HardReturn},
	"exim-old-quota":              {Return: forum.SoftReturn},
	"exchange-not-found":          {Return: forum.HardReturn, Status: "5.1.10"},
	"exchange-access-denied":      {Return: forum.HardReturn, Status: "5.4.1"},
	"outlook-mailbox-full":        {Return: forum.SoftReturn, Status: "5.2.2"},
	"gmail-disabled":              {Return: forum.HardReturn, Status: "5.2.1"},
	"gmail-too-much":              {Return: forum.SoftReturn, Status: "5.2.1"},
	"gmail-dmarc":                 {Return: forum.SoftReturn, Status: "5.7.26"},
	"qmail-no-mailbox":            {Return: forum.HardReturn, Status: "5.1.1"},
	"qmail-remote-busy":           {Return: forum.SoftReturn, Status: "4.2.2"},
	"sendmail-unknown-user":       {Return: forum.HardReturn, Status: "5.1.1"},
	"yahoo-disabled":              {Return: forum.HardReturn, Status: "5.0.0"},
	"yahoo-plain-policy":          {Return: forum.SoftReturn, Status: "5.7.9"},
	"mimecast-rejected":           {Return: forum.SoftReturn, Status: "5.0.0"},
	"mimecast-unknown":            {Return: forum.HardReturn, Status: "5.0.0"},
	"spam-refused-550-51":         {Return: forum.SoftReturn, Status: "5.1.0"},
	"too-big":                     {Return: forum.SoftReturn, Status: "5.3.4"},
	"two-addresses-one-arrived":   {},
	"two-addresses-milder":        {Return: forum.SoftReturn, Status: "5.2.2"},
	"report-in-base64":            {Return: forum.HardReturn, Status: "5.1.2"},
	"mixed-instead-of-report":     {Return: forum.HardReturn, Status: "5.1.1"},
	"truncated":                   {Return: forum.UnclearReturn},
	"truncated-in-report":         {Return: forum.HardReturn, Status: "5.1.1"},
	"vacation-disguised":          {},
	"vacation-unmarked":           {Return: forum.UnclearReturn},
	"vacation-with-house-number":  {Return: forum.UnclearReturn},
	"address-of-a-machine":        {Return: forum.SoftReturn, Status: "5.0.0"},
	"daemon-with-number":          {Return: forum.HardReturn},
	"says-nothing":                {Return: forum.UnclearReturn},
	"receipt":                     {},
	"arf-abuse":                   {Return: forum.Complaint},
	"arf-return-path":             {Return: forum.Complaint},
	"arf-fraud":                   {Return: forum.Complaint},
	"arf-not-spam":                {},
	"arf-auth-failure":            {},
	"arf-redacted":                {Return: forum.Complaint},
}

// bounced is one of them, to the return address with the token.
func bounced(t testing.TB, name, token string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "bounces", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return crlf([]byte(strings.ReplaceAll(string(raw), "{token}", token)))
}

func TestReadBounce(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) != len(cameBack) {
		t.Errorf("%d files, %d in the table: %v", len(files), len(cameBack), err)
	}
	for name, want := range cameBack {
		raw := bounced(t, name, strings.Repeat("a", 56))
		if got := ReadBounce(raw); got != want {
			t.Errorf("%s: %v %s, want %v %s", name, got.Return, got.Status, want.Return, want.Status)
		}
		if got := ReadBounce([]byte(strings.ReplaceAll(string(raw), "\r\n", "\n"))); got != want {
			t.Errorf("%s with bare line ends: %v", name, got)
		}
	}
}

// TestReadGiantBounce: what is nested without end, or large, is read in no time and as far as it goes.
func TestReadGiantBounce(t *testing.T) {
	t.Parallel()
	report := string(bounced(t, "postfix-unknown-user", "a"))
	head, _, _ := strings.Cut(report, "\r\n\r\n")
	var nested strings.Builder
	for range 5000 {
		nested.WriteString("Content-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\n")
	}
	for what, c := range map[string]struct {
		raw  string
		want forum.Return
	}{
		"nested":                {"From: mailer-daemon@x.example\r\n" + nested.String(), forum.UnclearReturn},
		"many parts":            {head + "\r\n\r\n" + strings.Repeat("--=_b1\r\nContent-Type: text/plain\r\n\r\nx\r\n", 50_000), forum.UnclearReturn},
		"many fields":           {head + "\r\n\r\n--=_b1\r\nContent-Type: message/delivery-status\r\n\r\n" + strings.Repeat("A: b\r\n\r\n", 100_000), 0},
		"a long line":           {head + "\r\n\r\n--=_b1\r\nContent-Type: message/delivery-status\r\n\r\nStatus: " + strings.Repeat("5.1.1 ", 1_000_000), 0},
		"behind a large text":   {head + "\r\n\r\n--=_b1\r\nContent-Type: text/plain\r\n\r\n" + strings.Repeat("x\r\n", 1_000_000) + report, forum.UnclearReturn},
		"before a large mail":   {strings.Replace(report, "--=_b1--", strings.Repeat("x\r\n", 1_000_000), 1), forum.HardReturn},
		"words without end":     {"From: a@x.example\r\n\r\n" + strings.Repeat("550 ", 1_000_000), forum.UnclearReturn},
		"not a mail":            {strings.Repeat("\x00", 1000), forum.UnclearReturn},
		"nothing":               {"", forum.UnclearReturn},
		"a boundary of nothing": {"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n--\r\n", forum.UnclearReturn},
	} {
		if got := ReadBounce([]byte(c.raw)); got.Return != c.want {
			t.Errorf("%s: %v %s", what, got.Return, got.Status)
		}
	}
}

// FuzzBounce: whatever comes back is read, and says one of the few things that it can say.
func FuzzBounce(f *testing.F) {
	for name := range cameBack {
		f.Add(bounced(f, name, "a"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := ReadBounce(raw)
		if got.Return < 0 || got.Return > forum.Complaint || len(got.Status) > 20 && got.Status[0] != '4' && got.Status[0] != '5' {
			t.Errorf("%+v", got)
		}
	})
}
