//go:build !race

package markup

const mega = 1 << 20
