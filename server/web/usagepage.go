package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// usage is what everybody reads while it is published; staffUsage what staff read (P12).
func (d *Door) usage(r *request) error      { return d.usagePage(r, false) }
func (d *Door) staffUsage(r *request) error { return d.usagePage(r, true) }

// staffed tells whether a page is the staff's, and where it stands without its ending.
func (r *request) staffed() (base string, staff bool) {
	if strings.HasPrefix(r.Path(), "/staff/") {
		return "/staff/usage", true
	}
	return "/usage", false
}

func (d *Door) usagePage(r *request, staff bool) error {
	days := int(number(r.Query("days")))
	if !slices.Contains(forum.UsageSpans, days) {
		days = forum.UsageSpans[0]
	}
	u, err := d.Forum.ReadUsage(r.ctx, r.actor, staff, days)
	if err != nil {
		return err
	}
	p := view.Usage{Staff: staff, Public: u.Public, MayPublish: forum.MayAdminister(r.actor) == nil, Dropped: u.Dropped, Span: strconv.Itoa(days)}
	p.Base, _ = r.staffed()
	for _, n := range forum.UsageSpans {
		p.Spans = append(p.Spans, view.Link{Href: p.Base + "?days=" + strconv.Itoa(n), Text: r.words.T("usage.days", "Count", n), Here: n == days})
	}
	for _, kind := range []string{"visits", "posts", "messages", "mail-sent", "mail-failed"} {
		p.Plots = append(p.Plots, r.byDay(&u, kind))
	}
	for _, kind := range []string{"page", "feature", "time", "language", "browser", "system", "site", "network"} {
		p.Plots = append(p.Plots, r.byValue(&u, kind))
	}
	return r.render(view.UsagePage(r.shell(r.words.T("usage.title")), p))
}

// byDay is a plot of a kind without values: a day that is not told has no bar.
func (r *request) byDay(u *forum.Usage, kind string) view.Plot {
	p := view.Plot{ID: kind, ByDay: true, Title: r.words.T("usage.kind-" + kind), Heads: []string{r.words.T("usage.day"), r.words.T("usage.people"), r.words.T("usage.count-" + kind)}}
	most := 0
	for _, day := range u.Days {
		c, told := u.On(day, kind)
		row := view.PlotRow{Label: dayOf(day), Value: -1, Cells: []string{r.words.T("usage.few"), r.words.T("usage.few")}}
		if told {
			row.Value, row.Cells = c.Views, []string{strconv.Itoa(c.People), strconv.Itoa(c.Views)}
			most = max(most, c.Views)
		}
		p.Rows = append(p.Rows, row)
	}
	if most == 0 {
		p.Rows = nil
	}
	p.Words = r.words.T("usage.by-day", "Count", len(p.Rows), "Most", most)
	return p
}

func (r *request) byValue(u *forum.Usage, kind string) view.Plot {
	p := view.Plot{ID: kind, Title: r.words.T("usage.kind-" + kind), Heads: []string{r.words.T("usage.value"), r.words.T("usage.visits"), r.words.T("usage.count-" + kind)}}
	for _, c := range u.Sums(kind) {
		p.Rows = append(p.Rows, view.PlotRow{Label: r.usageValue(kind, c.Value), Value: c.People, Cells: []string{strconv.Itoa(c.People), strconv.Itoa(c.Views)}})
	}
	if len(p.Rows) > 0 {
		p.Words = r.words.T("usage.by-value", "Count", len(p.Rows), "First", p.Rows[0].Label, "Most", p.Rows[0].Value)
	}
	return p
}

func (r *request) usageValue(kind, value string) string {
	switch {
	case value == forum.OtherUse, value == "unknown":
		return r.words.T("usage.is-" + value)
	case kind == "time":
		return r.words.T("usage.time-" + value)
	}
	return value
}

// dayOf is a day as it is written: 2026-11-30.
func dayOf(day int64) string {
	s := decimal(day)
	return s[:4] + "-" + s[4:6] + "-" + s[6:]
}

// exportUsage gives the counts of a page as a table or as JSON.
func (d *Door) exportUsage(r *request) error {
	base, staff := r.staffed()
	u, err := d.Forum.ReadUsage(r.ctx, r.actor, staff, int(number(r.Query("days"))))
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(r.Path(), base)
	r.Set(fiber.HeaderContentDisposition, `attachment; filename="usage`+name+`"`)
	if name == ".json" {
		type row struct {
			Day    string `json:"day"`
			Kind   string `json:"kind"`
			Value  string `json:"value"`
			People int    `json:"people"`
			Views  int    `json:"views"`
		}
		rows := []row{}
		for _, c := range u.Counts {
			rows = append(rows, row{dayOf(c.Day), c.Kind, c.Value, c.People, c.Views})
		}
		b, err := json.Marshal(map[string]any{"least": forum.LeastCounted, "counts": rows})
		if err != nil {
			return err
		}
		r.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
		return r.Send(b)
	}
	rows := [][]string{{"day", "kind", "value", "people", "views"}}
	for _, c := range u.Counts {
		rows = append(rows, []string{dayOf(c.Day), c.Kind, c.Value, strconv.Itoa(c.People), strconv.Itoa(c.Views)})
	}
	r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return r.table(rows)
}

func (d *Door) publishUsage(r *request) error {
	if err := d.Forum.PublishUsage(r.ctx, r.actor, r.typed("public") != ""); err != nil {
		return err
	}
	return r.done("/staff/usage", "saved")
}

// securityLog asks whose requests are to be looked at, and why (P13).
func (d *Door) securityLog(r *request) error {
	may, err := d.Forum.IsDesignated(r.ctx, r.actor, forum.ForSecurityLog)
	if err != nil {
		return err
	}
	if !may {
		return forum.Refuse(forum.Forbidden, "error.not-designated-log")
	}
	return r.render(view.SecurityLogPage(r.shell(r.words.T("security-log.title")), view.SecurityLog{Form: r.form()}))
}

// lookAtSecurityLog shows requests, after it was written down that somebody looks.
func (d *Door) lookAtSecurityLog(r *request) error {
	q := forum.SecurityQuery{Login: r.typed("login"), Address: r.typed("address"), Until: lastDay(r.typed("until")), Reason: r.typed("reason")}
	if from := lastDay(r.typed("from")); from != 0 {
		q.From = forum.At(from.Time().AddDate(0, 0, -1))
	}
	rows, err := d.Forum.LookAtSecurityLog(r.ctx, r.actor, q)
	p, s := view.SecurityLog{Form: r.form("login", "address", "from", "until", "reason")}, r.shell(r.words.T("security-log.title"))
	if err != nil {
		if err := r.refused(err, &p.Form, &s); err != nil {
			return err
		}
		return r.render(view.SecurityLogPage(s, p))
	}
	p.Asked, p.Cut = true, len(rows) == forum.SecurityShown
	for _, l := range rows {
		row := view.SecurityRow{At: l.At.Time().Format(time.DateTime), Address: l.Address, Agent: l.Agent, Method: l.Method, Route: l.Route, Status: strconv.Itoa(l.Status), Who: l.Name}
		switch {
		case l.MemberID == 0:
			row.Who = r.words.T("security-log.visitor")
		case l.Name == "":
			row.Who = r.words.T("looks.former")
		}
		p.Rows = append(p.Rows, row)
	}
	return r.render(view.SecurityLogPage(s, p))
}
