//go:build ignore

// Gate measures what the gate costs: a member's topic page as it is, and with the conditions of
// the gate taken out of its queries, in turns in one run. Nothing in the tree is touched.
//
//	go run .ci/gate.go
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

const file, turns = "forum/audience.go", 7

var (
	gates = regexp.MustCompile(`(?m)^func (placeGate|itemGate|audienceGate|knownGate)\([^)]*\) schema\.QueryWithArgs \{$`)
	rate  = regexp.MustCompile(`topic-member\S*\s.*\s([0-9.]+) requests/s`)
)

func main() {
	dir, err := os.MkdirTemp("", "gate")
	check(err)
	defer os.RemoveAll(dir)
	source, err := os.ReadFile(file)
	check(err)
	open := gates.ReplaceAll(source, []byte("$0\n\tif true {\n\t\treturn bun.SafeQuery(\"1 = 1\")\n\t}"))
	if bytes.Equal(open, source) {
		check(fmt.Errorf("%s has no gates", file))
	}
	check(os.WriteFile(filepath.Join(dir, "open.go"), open, 0o600))
	root, err := os.Getwd()
	check(err)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, file): filepath.Join(dir, "open.go")}})
	check(err)
	check(os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	for name, flags := range map[string][]string{"gated": nil, "open": {"-overlay", filepath.Join(dir, "overlay.json")}} {
		run("go", append(append([]string{"test", "-c", "-o", filepath.Join(dir, name)}, flags...), "./server")...)
	}
	check(os.Chdir("server"))
	got := map[string][]float64{}
	for range turns {
		for _, name := range []string{"gated", "open"} {
			m := rate.FindSubmatch(run(filepath.Join(dir, name), "-test.run", "XXX", "-test.bench", "Pages/topic-member", "-test.benchtime", "3000x"))
			if m == nil {
				check(fmt.Errorf("%s says no rate", name))
			}
			n, err := strconv.ParseFloat(string(m[1]), 64)
			check(err)
			got[name] = append(got[name], n)
		}
	}
	with, without := median(got["gated"]), median(got["open"])
	fmt.Printf("a member's topic page: %.0f/s with the gate, %.0f/s without (medians of %d turns): it costs %.1f %%\n", with, without, turns, 100*(1-with/without))
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

func run(name string, args ...string) []byte {
	cmd := exec.Command(name, args...)
	cmd.Stderr, cmd.Env = os.Stderr, append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	check(err)
	return out
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
