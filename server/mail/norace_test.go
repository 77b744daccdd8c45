//go:build !race

package mail

const raced = 1
