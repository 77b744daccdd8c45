package forum

import (
	"slices"
	"time"
)

// Who may do what about applications and certificates; see policy.go.

// mayRenew: a certificate that is suspended, or runs for long, stands in the way of another.
func mayRenew(c *Certificate, now Instant) error {
	switch {
	case c.ID == 0 || c.OpenUntilAt <= now:
		return nil
	case c.SuspendedAt != 0:
		return Refuse(Closed, "error.certificate-suspended")
	case c.UntilAt > now.add(renewWithin*24*time.Hour):
		return Refuse(Closed, "error.renew-later")
	}
	return nil
}

// mayFill: what was handed in is fixed, but for what more is asked of.
func mayFill(a *Application, part string) error {
	switch {
	case !slices.Contains(ApplicationParts, part):
		return Absent()
	case a.State != Filling && (a.State != MoreAsked || !a.asked(part)):
		return Refuse(Closed, "error.application-fixed")
	}
	return nil
}

func mayHandIn(a *Application) error {
	if a.State != Filling && a.State != MoreAsked {
		return Refuse(Closed, "error.application-fixed")
	}
	return nil
}

// mayDecide: who is made a reviewer to decide is none; whom the set-up made one is.
func mayDecide(ripe bool) error {
	if !ripe {
		return Refuse(Forbidden, "error.reviewer-too-new")
	}
	return nil
}

// mayJudge: nobody decides about themself, nor about somebody for whom they stand up.
func mayJudge(a Actor, whom MemberID, vouched bool) error {
	if err := mayCertify(a, whom); err != nil {
		return err
	}
	if vouched {
		return Refuse(Forbidden, "error.you-vouched")
	}
	return nil
}

// mayClaim: one reviewer works on it, for as long as they do.
func mayClaim(a Actor, ap *Application, now Instant) error {
	switch {
	case ap.State != HandedIn && ap.State != MoreAsked:
		return Refuse(Closed, "error.application-decided")
	case ap.ClaimedBy != 0 && ap.ClaimedBy != a.Member && now < ap.ClaimedAt.add(claimRests):
		return Refuse(Conflict, "error.application-claimed")
	}
	return nil
}

func mayWorkOn(a Actor, ap *Application) error {
	switch {
	case ap.State != HandedIn && ap.State != MoreAsked:
		return Refuse(Closed, "error.application-decided")
	case ap.ClaimedBy != a.Member:
		return Refuse(Forbidden, "error.claim-first")
	}
	return nil
}

// mayConfirm: the second is somebody else than the first.
func mayConfirm(a Actor, ap *Application) error {
	switch {
	case ap.State != Proposed:
		return Refuse(Closed, "error.application-decided")
	case ap.DecidedBy == a.Member:
		return Refuse(Forbidden, "error.second-person")
	}
	return nil
}

// mayLeave: what an independent person wrote stays.
func mayLeave(came bool) error {
	if came {
		return Refuse(Closed, "error.feedback-came")
	}
	return nil
}

// mayWriteFeedback: what is to be written by another is not the applicant's to write.
func mayWriteFeedback(a Actor, applicant MemberID) error {
	if a.Member == applicant {
		return Refuse(Forbidden, "error.feedback-yourself")
	}
	return nil
}
