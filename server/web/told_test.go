package web

import (
	"reflect"
	"slices"
	"testing"

	"peergroups/forum"
)

// TestToldIsWhole: two messages share their encoding only where they are the same in every field that goes into it; a new field of a message is
// named here as one that does not.
func TestToldIsWhole(t *testing.T) {
	t.Parallel()
	none := []string{"Audience", "Source", "Plain", "Mine", "ForAll", "Whiled", "ReplyTo", "Reacted", "FileCount", "AnswersSome"}
	plain, _ := encodedOf(&forum.ChatMessage{})
	for f := range reflect.TypeFor[forum.ChatMessage]().Fields() {
		var m forum.ChatMessage
		v := reflect.ValueOf(&m).Elem().FieldByIndex(f.Index)
		switch v.Kind() {
		case reflect.String:
			v.SetString("x")
		case reflect.Int, reflect.Int64:
			v.SetInt(1)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Pointer:
			v.Set(reflect.New(f.Type.Elem()))
		case reflect.Slice:
			v.Set(reflect.MakeSlice(f.Type, 1, 1))
		}
		key, may := encodedOf(&m)
		if shared := may && key == plain; shared != slices.Contains(none, f.Name) {
			t.Errorf("%s: two that differ in it share their encoding: %t", f.Name, shared)
		}
	}
}
