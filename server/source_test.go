package main

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// TestTriesBehindAProxy: what a client writes into X-Forwarded-For before it reaches our
// proxy does not make it somebody else; and without a proxy it counts for nothing.
func TestTriesBehindAProxy(t *testing.T) {
	t.Parallel()
	w := begin(t, "sqlite", func(c *Config) { c.Proxies = []string{"127.0.0.1", "10.0.0.0/8"} })
	bare := begin(t, "sqlite", nil)
	tries := func(w *world, hops func(i int) string) (refused int) {
		for i := range 62 { // of one source, sixty logins are let through
			form := url.Values{"login": {fmt.Sprintf("nobody%d", i)}, "password": {"x"}}
			if status, _ := w.post("", "/login", form, "X-Forwarded-For", hops(i)); status == http.StatusTooManyRequests {
				refused++
			}
		}
		return refused
	}
	for what, hops := range map[string]func(i int) string{
		"a forged first hop":         func(i int) string { return fmt.Sprintf("1.2.3.%d, 9.9.9.1", i) },
		"junk before it":             func(i int) string { return fmt.Sprintf("junk%d, 9.9.9.2", i) },
		"two of our proxies":         func(i int) string { return fmt.Sprintf("1.2.3.%d, 9.9.9.3, 10.1.2.3", i) },
		"addresses of one IPv6 host": func(i int) string { return fmt.Sprintf("2001:db8::%x", i) },
	} {
		if n := tries(w, hops); n != 2 {
			t.Errorf("%s: %d of 62 were refused, want 2", what, n)
		}
	}
	if n := tries(w, func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }); n != 0 {
		t.Errorf("people of 62 addresses: %d were refused", n)
	}
	if n := tries(bare, func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }); n != 2 {
		t.Errorf("without a proxy: %d of 62 were refused, want 2", n)
	}
}
