package main

import (
	"fmt"
	"testing"
	"time"

	"peergroups/forum"
)

// BenchmarkIncident: a breach concerns 20,000 members, each of whom gets one notice (P29): from the button to the last mail in the sink, which is part of
// the process.
//
//	go test ./server -run XXX -bench 'Incident$' -benchtime 1x
func BenchmarkIncident(b *testing.B) {
	const people = 20_000
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			w := begin(b, dialect, nil)
			w.box.plain.Store(true)
			for from := 0; from < people; from += 500 {
				var all []forum.Registration
				for i := range 500 {
					all = append(all, person(fmt.Sprintf("member%d", from+i)))
				}
				_, err := w.forum.Adopt(b.Context(), w.admin, all)
				w.must(err)
			}
			w.settled()
			held := memory(b)
			b.ResetTimer()
			for i := range b.N {
				id, err := w.forum.OpenIncident(b.Context(), w.admin, forum.IncidentDraft{Title: "A laptop", Words: "It was left on a train.", Found: forum.At(time.Now()), Key: fmt.Sprint(i)})
				w.must(err)
				w.must(w.forum.PickConcerned(b.Context(), w.admin, id, forum.PickDraft{Kind: "all"}))
				w.must(w.forum.WriteIncidentNotice(b.Context(), w.admin, id, forum.IncidentNotice{Language: "en", Subject: "A laptop", Words: text600}))
				before := w.box.got.Load()
				w.must(w.forum.SendIncident(b.Context(), w.admin, id))
				for w.box.got.Load() < before+people {
					time.Sleep(20 * time.Millisecond)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(people*b.N)/b.Elapsed().Seconds(), "mails/s")
			b.ReportMetric(held(), "MB")
		})
	}
}
