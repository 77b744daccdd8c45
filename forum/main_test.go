package forum_test

import (
	"os"
	"testing"

	"peergroups/forum/forumtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	forumtest.StopServers()
	os.Exit(code)
}
