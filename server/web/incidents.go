package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/forum/markup"
	"peergroups/server/view"
)

const incidentsPath = "/staff/incidents"

var incidentFields = []string{"title", "words", "effects", "measures", "found", "kind", "group", "names", "from", "until", "language", "subject", "notice", "authority", "version"}

// atUTC reads a time as a browser sends it ("2026-11-30T12:05"), in UTC; 0: it is none.
func atUTC(s string) forum.Instant {
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, s); err == nil {
			return forum.At(t)
		}
	}
	return 0
}

func utcField(i forum.Instant) string { return i.Time().UTC().Format("2006-01-02T15:04") }

func (r *request) incidentDraft() forum.IncidentDraft {
	return forum.IncidentDraft{Title: r.typed("title"), Words: r.typed("words"), Effects: r.typed("effects"), Measures: r.typed("measures"), Found: atUTC(r.typed("found")), Version: number(r.typed("version")), Key: r.key()}
}

func (d *Door) incidentRow(i *forum.Incident) view.IncidentRow {
	return view.IncidentRow{Href: incidentsPath + "/" + decimal(i.ID), Title: i.Title, Found: i.FoundAt, Due: i.DueAt(), Told: i.AuthorityAt != 0 || i.Untold, Late: i.Late(forum.At(d.Now())), Sent: i.SentAt, Closed: i.ClosedAt, Picked: i.Picked}
}

// incidents is the register of breaches (P29).
func (d *Door) incidents(r *request) error { return d.incidentsPage(r, nil) }

func (d *Door) incidentsPage(r *request, cause error) error {
	all, err := d.Forum.ReadIncidents(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.Incidents{Form: r.form(incidentFields...)}, r.shell(r.words.T("incidents.title"))
	for i := range all {
		p.Rows = append(p.Rows, d.incidentRow(&all[i]))
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.IncidentsPage(s, p))
}

func (d *Door) openIncident(r *request) error {
	id, err := d.Forum.OpenIncident(r.ctx, r.actor, r.incidentDraft())
	if err != nil {
		return d.incidentsPage(r, err)
	}
	return r.done(incidentsPath+"/"+decimal(id), "incident-opened")
}

func (d *Door) incident(r *request) error { return d.incidentPage(r, nil) }

func (d *Door) incidentPage(r *request, cause error) error {
	i, err := d.Forum.ReadIncident(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p, s := view.Incident{Form: r.form(incidentFields...), IncidentRow: d.incidentRow(&i), Opener: i.Opener, Authority: i.Authority, Untold: i.Untold, At: i.AuthorityAt, Picks: forum.Picks, Rules: r.rules(i.Picks)}, r.shell(i.Title)
	if r.Method() != fiber.MethodPost || r.typed("do") != "change" {
		for name, value := range map[string]string{"title": i.Title, "words": i.Words, "effects": i.Effects, "measures": i.Measures, "found": utcField(i.FoundAt), "version": decimal(i.Version)} {
			p.Values[name] = value
		}
	}
	for _, n := range i.Notices {
		p.Notices = append(p.Notices, view.IncidentNotice{Language: n.Language, Subject: n.Subject, HTML: d.links(r.ctx).Through(markup.Cook(n.Words, markup.Options{}).HTML)})
		if p.Values["language"] == "" || p.Values["language"] == n.Language && p.Values["notice"] == "" {
			p.Values["language"], p.Values["subject"], p.Values["notice"] = n.Language, n.Subject, n.Words
		}
	}
	if p.Values["language"] == "" {
		p.Values["language"] = r.words.Language()
	}
	for state := forum.Waiting; state <= forum.Paused; state++ {
		if i.States[state] > 0 {
			p.States = append(p.States, r.words.T("outbox.count", "Count", i.States[state], "State", r.words.T("mail.state."+state.String())))
		}
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.IncidentPage(s, p))
}

// rules are the queries by which people were picked, in words.
func (r *request) rules(picks string) (out []string) {
	for line := range strings.Lines(picks) {
		kind, with, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(out, strings.TrimSpace(r.words.T("incident.pick-"+kind)+" "+with))
	}
	return out
}

// keepIncident does what one of the buttons says.
func (d *Door) keepIncident(r *request) error {
	id, done := r.id("id"), "incident-changed"
	var err error
	switch r.typed("do") {
	case "pick":
		err = d.Forum.PickConcerned(r.ctx, r.actor, id, forum.PickDraft{Kind: r.typed("kind"), Group: r.typed("group"), Names: r.typed("names"), From: atUTC(r.typed("from")), Until: atUTC(r.typed("until"))})
		done = "incident-picked"
	case "unpick":
		err, done = d.Forum.UnpickConcerned(r.ctx, r.actor, id), "incident-picked"
	case "notice":
		err, done = d.Forum.WriteIncidentNotice(r.ctx, r.actor, id, forum.IncidentNotice{Language: r.typed("language"), Subject: r.typed("subject"), Words: r.typed("notice")}), "incident-notice"
	case "send":
		err, done = d.Forum.SendIncident(r.ctx, r.actor, id), "incident-sent"
	case "told", "untold":
		err, done = d.Forum.TellAuthority(r.ctx, r.actor, id, r.typed("authority"), r.typed("do") == "untold"), "incident-authority"
	case "close":
		err, done = d.Forum.CloseIncident(r.ctx, r.actor, id), "incident-closed"
	default:
		err = d.Forum.ChangeIncident(r.ctx, r.actor, id, r.incidentDraft())
	}
	if atForm(&err) {
		return d.incidentPage(r, err)
	}
	if err != nil {
		return err
	}
	return r.done(incidentsPath+"/"+decimal(id), done)
}

// incidentProof gives which mails of an incident went when, by the numbers of members.
func (d *Door) incidentProof(r *request) error {
	id := r.id("id")
	if _, err := d.Forum.ReadIncident(r.ctx, r.actor, id); err != nil {
		return err
	}
	rows := [][]string{{"member", "state", "sent_at", "trouble"}}
	for after := forum.MemberID(0); ; {
		some, err := d.Forum.IncidentProof(r.ctx, r.actor, id, after)
		if err != nil {
			return err
		}
		for _, m := range some {
			sent := ""
			if m.SentAt > 0 && m.State == forum.Sent {
				sent = m.SentAt.Time().UTC().Format(time.RFC3339)
			}
			rows, after = append(rows, []string{m.Mark, m.State.String(), sent, m.Trouble}), m.MemberID
		}
		if len(some) == 0 {
			break
		}
	}
	r.Set(fiber.HeaderContentDisposition, "attachment; filename=incident-"+decimal(id)+".csv")
	r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return r.table(rows)
}
