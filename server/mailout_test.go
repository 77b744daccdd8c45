package main

import (
	"strings"
	"testing"

	"peergroups/forum"
)

// TestNobodyWritesPlaceholders: no words of a post become its reader's token.
func TestNobodyWritesPlaceholders(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", nil)
	member := w.members("otto")["otto"]
	inner, board, _ := w.group("inner", forum.MembersOnly)
	w.enter(inner, w.admin, member)
	w.must(w.forum.Subscribe(t.Context(), member, board.ID, forum.Each))
	_, err := w.forum.StartTopic(t.Context(), w.admin, board.ID, forum.Draft{Title: "Trap", Source: "Look at https://evil.example/0unsubscribe0 and 0unsubscribe0.", Key: w.key()})
	w.must(err)
	mail := w.await("otto@members.example", "Trap")
	_, token, _ := strings.Cut(strings.Trim(mail.GetHeader("List-Unsubscribe"), "<>"), "/unsubscribe/")
	for part, words := range map[string]string{"text": mail.Text, "HTML": mail.HTML} {
		if n := strings.Count(words, token); n != 1 || strings.Count(words, "0unsubscribe0") < 2 || token == "" {
			t.Errorf("the %s holds the reader's token %d times:\n%s", part, n, words)
		}
	}
}
