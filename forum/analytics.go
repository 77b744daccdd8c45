package forum

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// Analytics by a third party are off unless an administrator enters a measurement ID, which the register of processors allows only when it names who
// works on the data (P17). Members are asked by a consent of its own; what visitors are asked stands in server/web/analytics.go.

const (
	analyticsSetting = "analytics-id"
	// AnalyticsService is the name of the service among Providers, and of the consent among Purposes.
	AnalyticsService = "analytics"
)

var measurementID = regexp.MustCompile(`^G-[A-Z0-9]{4,14}$`)

// ReadAnalytics gives the measurement ID; "": analytics are off, or the register names nobody who works on the data.
func (f *Forum) ReadAnalytics(ctx context.Context) (id string, err error) {
	defer during(&err, "read analytics")
	err = one(ctx, f.store.read, &id, "SELECT coalesce(max(s.value), '') FROM settings s WHERE s.name = ? AND EXISTS (SELECT 1 FROM processors p WHERE p.name = ?)", analyticsSetting, AnalyticsService)
	return id, err
}

// SetAnalytics turns analytics on under a measurement ID ("G-…"), or off by "". Administrators only.
func (f *Forum) SetAnalytics(ctx context.Context, by Actor, id string) error {
	return f.write(ctx, "set analytics", func(w *writer) error {
		if err := mayAdminister(by); err != nil {
			return err
		}
		var p problems
		id = strings.ToUpper(strings.TrimSpace(id))
		if id != "" && !measurementID.MatchString(id) {
			p.add("measurement", "error.measurement")
		} else if id != "" {
			var n int
			if err := w.one(&n, "SELECT count(*) FROM processors WHERE name = ?", AnalyticsService); err != nil {
				return err
			}
			if n == 0 {
				p.add("measurement", "error.no-processor")
			}
		}
		if p != nil {
			return p.err()
		}
		if err := w.setting(analyticsSetting, id); err != nil {
			return err
		}
		return w.log(by, "set-analytics", 0, 0, id)
	})
}

// AgreesToAnalytics tells whether the actor's consent to analytics holds.
func (f *Forum) AgreesToAnalytics(ctx context.Context, by Actor) (yes bool, err error) {
	defer during(&err, "agrees to analytics")
	if by.Member == 0 {
		return false, nil
	}
	version := Purposes[slices.IndexFunc(Purposes, func(p Purpose) bool { return p.Name == AnalyticsService })].Version
	err = one(ctx, f.store.read, &yes, "SELECT EXISTS (SELECT 1 FROM consents WHERE member_id = ? AND purpose = ? AND version = ? AND withdrawn_at = 0 AND how = 'given')", by.Member, AnalyticsService, version)
	return yes, err
}
