package demo

import (
	"time"

	"peergroups/forum"
)

var programmes = []string{"Assessment of the Chamber of Mediators", "Qualifying assessment, Institute of Commercial Mediation", "Family mediation assessment, Open University"}

const evidenceText = "Mediations 2021 to 2026, without names\n\n2021: 9, 41 hours\n2022: 11, 52 hours\n2023: 10, 47 hours\n2024: 14, 66 hours\n2025: 12, 58 hours\n"

// applications plans two: one that is handed in and waits for a reviewer, and one under way.
func (f *filler) applications(now time.Time) []event {
	return []event{
		{now.AddDate(0, 0, -4), func() error { return f.apply(f.members[7], true) }},
		{now.AddDate(0, 0, -2), func() error { return f.apply(f.members[11], false) }},
	}
}

func (f *filler) apply(who forum.Actor, whole bool) error {
	var first int64
	for i, name := range programmes {
		id, err := f.AddProgramme(f.ctx, f.admin, name)
		if err != nil {
			return err
		}
		if i == 0 {
			first = id
		}
	}
	if err := f.Apply(f.ctx, who); err != nil {
		return err
	}
	rules, err := f.ReadRules(f.ctx)
	if err != nil {
		return err
	}
	parts := map[string]forum.ApplicationDraft{"training": {ProgrammeID: first, Completed: "2020-11"}, "practice": {Hours: 264, Mediations: 56, Areas: "Workplace, construction, partners in small firms"}}
	if whole {
		parts["you"] = forum.ApplicationDraft{Languages: "English, Dutch", Place: "Rotterdam, the Netherlands"}
		parts["conduct"] = forum.ApplicationDraft{Conduct: rules.ConductVersion()}
	}
	for part, d := range parts {
		if err := f.SaveApplication(f.ctx, who, part, d); err != nil {
			return err
		}
	}
	if !whole {
		return nil
	}
	return f.handIn(who)
}

func (f *filler) handIn(who forum.Actor) error {
	if err := f.AddEvidence(f.ctx, who, "mediations.txt", []byte(evidenceText)); err != nil {
		return err
	}
	if err := f.AskFeedback(f.ctx, who, "Paula Stein", "paula.stein@elsewhere.example"); err != nil {
		return err
	}
	p, err := f.ReadApplication(f.ctx, who)
	if err != nil {
		return err
	}
	if err := f.WriteFeedback(f.ctx, forum.Actor{}, f.FeedbackToken(p.Feedback.ID),
		"I spoke with six parties and two lawyers. Parties say that they were heard and never pressed. The lawyers praise careful preparation. One party would have liked shorter sessions.", false); err != nil {
		return err
	}
	return f.HandIn(f.ctx, who)
}
