package view

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"

	"peergroups/forum"
)

// Login is the login form. Fields: login, password, remember_name, computer, next.
type Login struct {
	Form
	Next       string
	Remembered bool // the name, in this browser
	Passkey    PasskeyAsk
	Service    string // by which one can log in too; or ""
}

// Second asks for the second factor: at login, or in a session that was begun without one.
// Fields: code, next, and what a passkey answers.
type Second struct {
	Form
	Action  string
	Prove   bool // in a session; else at login
	Next    string
	Passkey PasskeyAsk
}

// PasskeyAsk is what the page asks the browser's passkeys; empty: none can be used here.
type PasskeyAsk struct{ Options, State string }

// Security is /account/security.
type Security struct {
	AppSince, AppUsed forum.Instant // 0: no app; not used
	Codes             int           // recovery codes that are left
	Passkeys          []PasskeyRow
	MayPasskey        bool
	NewAddress        string // that waits to be confirmed; or ""
	Has               bool   // any second factor
	Dormant           bool   // has a role that has no effect in this session
	Service           string // by which one can log in too; or ""
	LinkedSince       forum.Instant
	LinkedUsed        forum.Instant // 0: not linked; not used
}

// Away leads a browser to log in elsewhere.
type Away struct {
	Service string
	To      string // address
	Back    string // path
}

// PasskeyRow is one of the member's passkeys.
type PasskeyRow struct {
	ID            int64
	Name          string
	Since, SeenAt forum.Instant
}

// Sure asks for the account's password before something of it is changed. Fields: password, and
// what Ask names.
type Sure struct {
	Form
	Ask          string // "new_password", "email" or ""
	Stem, Action string
	Service      string // that words name
	Danger       bool
	Tab          string      // of the account's pages that it is; "": it is led to from the one about security
	Fields       [][2]string // hidden
	Moving       *MovingOn   // of the data that the member takes along; nil: nothing is announced
}

// App sets up an authenticator app. Field: code.
type App struct {
	Form
	Secret, Link, Asked string
}

// groups breaks a secret into parts that can be typed.
func (a App) groups() string {
	var b strings.Builder
	for i, r := range a.Secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Codes shows new recovery codes, once.
type Codes struct{ Codes []string }

// NewPasskey asks the browser for a new passkey. Field: name, and what the passkey answers.
type NewPasskey struct {
	Form
	Ask PasskeyAsk
}

// quietZone is the empty edge that a QR code needs around it, in modules (ISO/IEC 18004, 9.1).
const quietZone = 4

// qrCode draws a text as a QR code: the box of an SVG and the path of its dark modules. A text
// that is too long has none.
func qrCode(text string) (box, path string) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return "0 0 1 1", ""
	}
	var b strings.Builder
	n := code.Bounds().Dx()
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return fmt.Sprintf("%d %d %d %d", -quietZone, -quietZone, n+2*quietZone, n+2*quietZone), b.String()
}
