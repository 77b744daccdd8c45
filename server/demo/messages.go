package demo

import (
	"time"

	"peergroups/forum"
)

// messages are two service messages that were sent, and a draft.
func (f *filler) messages(now time.Time) (out []event) {
	for _, m := range []struct {
		before time.Duration
		kept   bool // as a draft
		forum.CircularDraft
	}{
		{26 * 24 * time.Hour, false, forum.CircularDraft{Kind: "features", Circle: forum.ToCertified, Subject: "Replies by mail now stand in the topic at once", Key: "demo-features",
			Source: "Dear colleagues,\n\nwhat you answer **by mail** now stands in its topic within seconds. Two hints:\n\n- write above the quoted text,\n- leave out whom it is about, as on the boards.\n\nThe secretariat"}},
		{9 * 24 * time.Hour, false, forum.CircularDraft{Kind: "functionality", Circle: forum.ToAll, Subject: "A short break on Sunday night", Key: "demo-break",
			Source: "The forum is away for about **half an hour** on Sunday from 23:00. Mail that you send meanwhile is kept and posted afterwards.\n\nThe secretariat"}},
		{time.Hour, true, forum.CircularDraft{Kind: "help-desk", Circle: forum.ToAll, Subject: "When the help desk answers in December", Key: "demo-desk",
			Source: "From 21 December on the help desk answers on Mondays and Thursdays only."}},
	} {
		out = append(out, event{now.Add(-m.before), func() error {
			id, err := f.WriteCircular(f.ctx, f.admin, m.CircularDraft)
			if err != nil || m.kept {
				return err
			}
			return f.SendCircular(f.ctx, f.admin, id, 1)
		}})
	}
	return out
}
