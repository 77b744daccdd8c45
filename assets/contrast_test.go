package assets

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

var token = regexp.MustCompile(`--([a-z-]+): light-dark\(oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\), oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)\)`)

// luminance gives the relative luminance (WCAG 2.2) of an oklch colour; the sRGB primaries weigh as there.
func luminance(l, c, h float64) float64 {
	a, b := c*math.Cos(h*math.Pi/180), c*math.Sin(h*math.Pi/180)
	cube := func(x float64) float64 { return x * x * x }
	L, M, S := cube(l+.3963377774*a+.2158037573*b), cube(l-.1055613458*a-.0638541728*b), cube(l-.0894841775*a-1.2914855480*b)
	clip := func(x float64) float64 { return math.Min(1, math.Max(0, x)) }
	red := clip(4.0767416621*L - 3.3077115913*M + .2309699292*S)
	green := clip(-1.2684380046*L + 2.6097574011*M - .3413193965*S)
	blue := clip(-.0041960863*L - .7034186147*M + 1.7076147010*S)
	return .2126*red + .7152*green + .0722*blue
}

func contrast(a, b float64) float64 {
	return (math.Max(a, b) + .05) / (math.Min(a, b) + .05)
}

// TestContrast checks each pair of tokens that the styles lay upon each other, in both schemes.
func TestContrast(t *testing.T) {
	t.Parallel()
	css, _ := Lookup(Path("app.css"))
	light, dark := map[string]float64{}, map[string]float64{}
	for _, m := range token.FindAllSubmatch(css.Body, -1) {
		var n [6]float64
		for i := range n {
			n[i], _ = strconv.ParseFloat(string(m[i+2]), 64)
		}
		light[string(m[1])], dark[string(m[1])] = luminance(n[0]/100, n[1], n[2]), luminance(n[3]/100, n[4], n[5])
	}
	text := map[string][]string{
		"ink":       {"paper", "raised", "sunken", "mark", "accent-wash", "open-wash", "closed-wash", "sealed-wash", "danger-wash", "good-wash"},
		"quiet":     {"paper", "raised", "sunken", "accent-wash", "open-wash"},
		"accent":    {"paper", "raised", "sunken", "accent-wash", "on-accent", "open-wash", "good-wash"},
		"open":      {"open-wash", "paper", "raised"},
		"closed":    {"closed-wash", "paper", "raised"},
		"sealed":    {"sealed-wash", "paper", "raised"},
		"danger":    {"paper", "raised", "danger-wash"},
		"good":      {"paper", "raised", "good-wash"},
		"paper":     {"ink"},
		"on-accent": {"accent"},
	}
	need := func(scheme string, of map[string]float64, a, b string, least float64) {
		if of[a] == of[b] || contrast(of[a], of[b]) < least {
			t.Errorf("%s: %s on %s is %.2f, needs %.1f", scheme, a, b, contrast(of[a], of[b]), least)
		}
	}
	for a, grounds := range text {
		for _, b := range grounds {
			need("light", light, a, b, 4.5)
			need("dark", dark, a, b, 4.5)
		}
	}
	for _, ground := range []string{"paper", "raised", "sunken"} {
		need("light", light, "edge", ground, 3)
		need("dark", dark, "edge", ground, 3)
	}
}
