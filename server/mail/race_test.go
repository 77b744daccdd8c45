//go:build race

package mail

const raced = 4 // the race detector allocates for itself
