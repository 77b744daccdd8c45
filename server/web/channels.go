package web

import (
	"strings"

	"peergroups/forum"
)

// RoomChannel is the name of the channel of a room.
func RoomChannel(id forum.RoomID) string   { return "room:" + decimal(id) }
func topicChannel(id forum.TopicID) string { return "topic:" + decimal(id) }

// noticesChannel is where a member is told that they have new notices.
func noticesChannel(m forum.MemberID) string { return "notices:" + decimal(m) }

// channel takes the name of a channel apart; what is not ours has no kind.
func channel(name string) (kind string, id int64) {
	kind, digits, _ := strings.Cut(name, ":")
	if id = number(digits); id <= 0 || decimal(id) != digits {
		return "", 0
	}
	return kind, id
}

// about names what a frame is about: a kind and its numbers.
func about[T ~int64](kind string, ids ...T) string {
	digits := make([]string, len(ids))
	for i, id := range ids {
		digits[i] = decimal(id)
	}
	return kind + ":" + strings.Join(digits, ".")
}
