package web

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// retention says how long what is kept, what would go now by each rule, and what went in the last year (P33).
func (d *Door) retention(r *request) error { return d.retentionPage(r, nil) }

func (d *Door) retentionPage(r *request, cause error) error {
	rules, err := d.Forum.RetentionReport(r.ctx, r.actor)
	if err != nil {
		return err
	}
	went, err := d.Forum.ReadExpired(r.ctx, r.actor)
	if err != nil {
		return err
	}
	days, err := d.Forum.ReadPeriods(r.ctx)
	if err != nil {
		return err
	}
	s := r.shell(r.words.T("retention.title"))
	var p view.Retention
	for _, x := range rules {
		p.Rules = append(p.Rules, view.ExpiryRow{What: r.words.T("data.what."+x.Table) + " · " + r.words.T("retention.of-"+x.Period), Period: forum.PeriodWords(r.words.T, days[x.Period]), Rows: x.Rows, Oldest: x.Oldest})
	}
	for _, w := range went {
		p.Went = append(p.Went, view.WentRow{Day: w.Day, What: r.words.T("data.what." + w.OfTable), Rows: w.N})
	}
	for _, per := range forum.Periods {
		f := view.PeriodForm{Form: view.Form{Values: map[string]string{"days": strconv.Itoa(days[per.Name])}}, Name: per.Name, What: r.words.T("retention.of-" + per.Name), Now: forum.PeriodWords(r.words.T, days[per.Name]), Least: per.Least, Most: per.Most}
		if cause != nil && r.typed("period") == per.Name {
			f.Form = r.form("days", "reason")
			if err := r.refused(cause, &f.Form, &s); err != nil {
				return err
			}
		}
		p.Periods = append(p.Periods, f)
	}
	if cause != nil && len(s.Problems) == 0 {
		return cause
	}
	return r.render(view.RetentionPage(s, p))
}

func (d *Door) setPeriod(r *request) error {
	days, err := strconv.Atoi(strings.TrimSpace(r.typed("days")))
	if err != nil {
		days = -1 // out of all bounds
	}
	if err := d.Forum.SetPeriod(r.ctx, r.actor, r.typed("period"), days, r.typed("reason")); err != nil {
		return d.retentionPage(r, err)
	}
	return r.done("/staff/retention", "saved")
}

// processing is the record of processing, from the registers (GDPR, Article 30).
func (d *Door) processing(r *request) (view.Processing, error) {
	var p view.Processing
	if err := forum.MayPublishPolicy(r.actor); err != nil {
		return p, err
	}
	days, err := d.Forum.ReadPeriods(r.ctx)
	if err != nil {
		return p, err
	}
	yes := map[bool]string{true: r.words.T("processing.yes"), false: r.words.T("processing.no")}
	for _, row := range slices.Concat(forum.Data, forum.Copies) {
		if row.Kind == forum.NotPersonal {
			continue
		}
		p.Rows = append(p.Rows, view.ProcessingRow{Table: row.Table, Columns: strings.Join(row.Columns, " "), What: r.words.T("data.what." + row.Table), Kind: r.words.T("data.kind-" + string(row.Kind)), Purpose: r.words.T(row.Purpose),
			Retention: forum.RetentionWords(r.words.T, days, row.Retention), Export: yes[row.Export], Erasure: r.words.T("data.erasure." + row.Erasure)})
	}
	choices, err := d.Forum.CountChoices(r.ctx, r.actor)
	if err != nil {
		return p, err
	}
	for _, c := range choices {
		what := r.purpose(c.Name)
		if c.How == "opted-out" {
			what = r.words.T("notice." + c.Name)
		}
		p.Choices = append(p.Choices, [3]string{what, r.words.T("processing.is-" + c.How), strconv.Itoa(c.N)})
	}
	p.Providers, err = d.usedProviders(r)
	return p, err
}

func (d *Door) processingPage(r *request) error {
	p, err := d.processing(r)
	if err != nil {
		return err
	}
	return r.render(view.ProcessingPage(r.shell(r.words.T("processing.title")), p))
}

// processingFile gives the record for other programs.
func (d *Door) processingFile(r *request) error {
	p, err := d.processing(r)
	if err != nil {
		return err
	}
	switch r.Params("form") {
	case "json":
		r.Set(fiber.HeaderContentDisposition, "attachment; filename=processing.json")
		r.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
		b, err := json.MarshalIndent(map[string]any{"organisation": d.org.get(r.ctx, d).Name, "made_at": r.words.ISO(d.Now()), "data": p.Rows, "choices": p.Choices, "processors": p.Providers}, "", "  ")
		if err != nil {
			return err
		}
		return r.Send(b)
	case "csv":
		r.Set(fiber.HeaderContentDisposition, "attachment; filename=processing.csv")
		r.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
		rows := [][]string{{"table", "columns", "what", "kind", "purpose", "retention", "export", "erasure"}}
		for _, d := range p.Rows {
			rows = append(rows, []string{d.Table, d.Columns, d.What, d.Kind, d.Purpose, d.Retention, d.Export, d.Erasure})
		}
		return r.table(rows)
	}
	return forum.Absent()
}

// table sends rows as CSV, in which no cell is taken for a formula by a program that opens it.
func (r *request) table(rows [][]string) error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), r.SendString(b.String()))
}
