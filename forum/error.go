package forum

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says what went wrong in the words of the product. Each door has one table from
// kinds to its own answers (DESIGN §2); nothing else maps errors.
type Kind int

// The kinds. NotFound also answers for what the actor may not know to exist.
const (
	Internal Kind = iota
	NotFound
	Forbidden
	Invalid
	Conflict
	Closed
	Held
	TooMany
)

var kindNames = [...]string{"internal", "not found", "forbidden", "invalid", "conflict", "closed", "held", "too many"}

func (k Kind) String() string { return kindNames[k] }

// Message is a key of the message catalogue with its arguments; the door puts it into words.
type Message struct {
	Key  string
	Args map[string]any
}

// FieldError says what is wrong with one field of a form.
type FieldError struct {
	Field   string
	Message Message
}

// Error is what every verb returns when it refuses.
type Error struct {
	Kind    Kind
	Message Message
	Fields  []FieldError
	err     error
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Kind, e.Message.Key)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Field, f.Message.Key)
	}
	if e.err != nil {
		fmt.Fprintf(&b, ": %v", e.err)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.err }

// KindOf tells the kind of any error; what is not an Error is Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Refuse makes a refusal of a kind with a key of the catalogue: for verbs, and for doors.
func Refuse(kind Kind, key string) *Error { return &Error{Kind: kind, Message: Message{Key: key}} }

// either gives the first of two errors.
func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Absent is the one answer for what is not there and for what the actor may not know of.
func Absent() *Error { return Refuse(NotFound, "error.not-found") }

// problems gathers what is wrong with a form, so that all of it is told at once.
type problems []FieldError

func (p *problems) add(field, key string, args ...any) {
	m := Message{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if m.Args == nil {
			m.Args = map[string]any{}
		}
		m.Args[args[i].(string)] = args[i+1]
	}
	*p = append(*p, FieldError{Field: field, Message: m})
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: Message{Key: "error.invalid"}, Fields: p}
}

// Wrong refuses one field of a form: for doors that read it.
func Wrong(field, key string) error {
	var p problems
	p.add(field, key)
	return p.err()
}

// HasField tells whether an error refuses a field with the message of the key.
func HasField(err error, key string) bool {
	var e *Error
	return errors.As(err, &e) && slices.ContainsFunc(e.Fields, func(f FieldError) bool { return f.Message.Key == key })
}

// during names the operation once, by defer, on errors that are not refusals.
func during(err *error, op string) {
	var e *Error
	if *err != nil && !errors.As(*err, &e) {
		*err = fmt.Errorf("%s: %w", op, *err)
	}
}
