package web

import (
	"net/mail"
	"strings"

	"peergroups/forum"
	"peergroups/server/view"
)

const houseMailPath = "/staff/mail"

// houseMails are the mails that came to the addresses of the house, for administrators.
func (d *Door) houseMails(r *request) error {
	rows, err := d.Forum.HouseMails(r.ctx, r.actor, forum.Instant(number(r.Query("before"))), arrivalsPerPage)
	if err != nil {
		return err
	}
	var p view.HouseMails
	for _, a := range rows {
		row := view.ArrivalRow{At: a.At, Fate: string(a.Fate), Place: a.Why + "@" + d.Domain, Verdict: a.Verdict}
		if a.Kept {
			row.Href = houseMailPath + "/" + decimal(a.ID)
		}
		p.Rows = append(p.Rows, row)
	}
	s := r.shell(r.words.T("house-mail.title"))
	if len(rows) == arrivalsPerPage {
		s.Next = houseMailPath + "?before=" + decimal(rows[len(rows)-1].At)
	}
	return r.render(view.HouseMailsPage(s, p))
}

// houseMail shows the words of one.
func (d *Door) houseMail(r *request) error {
	a, raw, err := d.Forum.ReadHouseMail(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	p := view.HouseMail{Address: a.Why + "@" + d.Domain, At: a.At, Verdict: a.Verdict, Back: houseMailPath, Raw: houseMailPath + "/" + decimal(a.ID) + "/raw"}
	p.From, p.Subject, p.Text = d.Letters.Skim(raw)
	if a, err := mail.ParseAddress(p.From); err == nil { // it is anybody's mail: its subject must add no field to the answer (RFC 6068, 5)
		p.Answer = "mailto:" + mailtoEscape(a.Address) + "?subject=" + mailtoEscape("Re: "+p.Subject)
	}
	return r.render(view.HouseMailPage(r.shell(r.words.T("house-mail.title")), p))
}

func mailtoEscape(s string) string {
	return strings.NewReplacer("+", "%20", "%40", "@").Replace(queryEscape(s))
}

// rawHouseMail gives one as it came.
func (d *Door) rawHouseMail(r *request) error {
	_, raw, err := d.Forum.ReadHouseMail(r.ctx, r.actor, r.id("id"))
	if err != nil {
		return err
	}
	return r.eml(raw)
}
