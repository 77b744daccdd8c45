package web

import (
	"cmp"
	"slices"

	"peergroups/forum"
	"peergroups/server/view"
)

// ownPrivacy is where a member sees what they agreed to, and decides about their data (P22, P25).
func (d *Door) ownPrivacy(r *request) error {
	all, err := d.Forum.ReadConsents(r.ctx, r.actor)
	if err != nil {
		return err
	}
	var p view.OwnPrivacy
	for _, purpose := range forum.Purposes {
		if purpose.Needed || purpose.Name == forum.AnalyticsService && d.analyticsID(r) == "" {
			continue
		}
		o := view.Optional{Name: purpose.Name, Title: r.purpose(purpose.Name), Words: r.consentWords(purpose.Name), Hash: forum.WordingOf(r.consentWords(purpose.Name)), On: forum.Consents(all, purpose.Name)}
		if i := slices.IndexFunc(all, func(c forum.Consent) bool { return c.Purpose == purpose.Name }); i >= 0 {
			o.Since = all[i].GivenAt
		}
		p.Optional = append(p.Optional, o)
	}
	answers, err := d.Forum.ReadPolicyAnswers(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for i := range answers {
		p.Answers = append(p.Answers, view.Answered{Amended: r.amendedOf(&answers[i].PolicyText), Answer: cmp.Or(answers[i].Answer, "none")})
	}
	for _, c := range all {
		p.Consents = append(p.Consents, view.Consented{Title: r.purpose(c.Purpose), How: r.words.T("consent.how-" + c.How), Version: c.Version, Words: c.Words, Hash: c.Hash, At: c.GivenAt, Over: c.WithdrawnAt})
	}
	if p.Moving, err = d.movingOn(r); err != nil {
		return err
	}
	if p.Erased, err = d.Forum.PendingErasure(r.ctx, r.actor); err != nil {
		return err
	}
	return r.render(view.OwnPrivacyPage(r.shell(r.words.T("own-privacy.title")), p))
}

// purpose names what is agreed to.
func (r *request) purpose(name string) string {
	if slices.Contains(forum.Policies, name) {
		return r.words.T(name + ".title")
	}
	return r.words.T("consent." + name)
}

// consentWords are the words that somebody agrees to.
func (r *request) consentWords(name string) string {
	return r.words.T("consent."+name+"-words", "Org", r.d.org.get(r.ctx, r.d).Name)
}

func (d *Door) setConsent(r *request) error {
	purpose, yes := r.typed("purpose"), r.typed("yes") != ""
	var words string
	if yes && r.words.Has("consent."+purpose+"-words") {
		if words = r.consentWords(purpose); r.typed("shown") != forum.WordingOf(words) {
			return r.done("/account/privacy", "consent-reworded")
		}
	}
	if err := d.Forum.SetConsent(r.ctx, r.actor, purpose, words, yes); err != nil {
		return err
	}
	if purpose == forum.AnalyticsService && !yes {
		clearForeign(r.Ctx)
	}
	done := "consent-withdrawn"
	if yes {
		done = "consent-given"
	}
	return r.done("/account/privacy", done)
}
