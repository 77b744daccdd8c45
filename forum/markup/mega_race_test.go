//go:build race

package markup

const mega = 1 << 16 // the race detector makes regular expressions twenty times slower
