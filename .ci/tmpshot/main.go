//go:build ignore

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// args: base login outdir then pairs name=path@width[d][js]
func main() {
	base, login, out := os.Args[1], os.Args[2], os.Args[3]
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.ExecPath("/usr/bin/chromium"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	c, stop := chromedp.NewContext(ctx)
	defer stop()
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		if err := chromedp.Do(c, steps...); err != nil {
			fmt.Println("ERR", err)
		}
	}
	do(chromedp.Navigate(base + "/login"))
	if login != "-" {
		do(chromedp.SetValue("[name=login]", login), chromedp.SetValue("[name=password]", os.Getenv("PW")), chromedp.Click("main form button:not([type=button])"))
		time.Sleep(2 * time.Second)
	}
	for _, a := range os.Args[4:] {
		name, rest, _ := strings.Cut(a, "=")
		path, w, _ := strings.Cut(rest, "@")
		js := ""
		w, js, _ = strings.Cut(w, "!")
		dark := strings.HasSuffix(w, "d")
		width, _ := strconv.Atoi(strings.TrimSuffix(w, "d"))
		h := int64(900)
		if _, err := chromedp.Call(c, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(width), Height: h, DeviceScaleFactor: 1}); err != nil {
			fmt.Println(err)
		}
		scheme := "light"
		if dark {
			scheme = "dark"
		}
		_, _ = chromedp.Call(c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		do(chromedp.Navigate(base + path))
		time.Sleep(900 * time.Millisecond)
		if js != "" {
			v, err := chromedp.Run(c, chromedp.Evaluate[string](js))
			fmt.Println(name, v, err)
			time.Sleep(900 * time.Millisecond)
		}
		r, err := chromedp.Call(c, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png"})
		if err != nil {
			fmt.Println(err)
			continue
		}
		_ = os.WriteFile(out+"/"+name+".png", []byte(r.Data), 0o600)
	}
}
