package web

import (
	"net/url"

	"peergroups/forum"
	"peergroups/server/view"
)

// directory lists the certified members who let the reader find them.
func (d *Door) directory(r *request) error {
	q := forum.DirectoryQuery{Words: r.Query("words"), Area: r.Query("area"), Language: r.Query("language"), Place: r.Query("place"), After: forum.MemberID(number(r.Query("after")))}
	found, err := d.Forum.Directory(r.ctx, r.actor, q)
	if err != nil {
		return err
	}
	p := view.Directory{Form: r.form(), Asked: q.Words+q.Area+q.Language+q.Place != ""}
	again := url.Values{}
	for name, value := range map[string]string{"words": q.Words, "area": q.Area, "language": q.Language, "place": q.Place} {
		if p.Values[name] = value; value != "" {
			again.Set(name, value)
		}
	}
	for _, row := range found.Rows {
		p.Rows = append(p.Rows, view.DirectoryRow{Face: face(row.ID, row.Name), Title: row.Title, Place: row.Place, Areas: row.Areas, Languages: row.Languages})
	}
	s := r.shell(r.words.T("directory.title"))
	if found.More {
		again.Set("after", decimal(found.Rows[len(found.Rows)-1].ID))
		s.Next = "/directory?" + again.Encode()
	}
	return r.render(view.DirectoryPage(s, p))
}

// person is a member's page. Visitors see those whom everybody finds in the directory; of all others, also of
// those there are not, they are asked to log in.
func (d *Door) person(r *request) error {
	a, err := d.Forum.ReadPerson(r.ctx, r.actor, forum.MemberID(r.id("id")))
	if r.actor.Member == 0 && forum.KindOf(err) == forum.NotFound {
		return r.to("/login?next=" + queryEscape(r.OriginalURL()))
	}
	if err != nil {
		return err
	}
	rows, err := d.Forum.TopicsOf(r.ctx, r.actor, a.ID)
	if err != nil {
		return err
	}
	p := view.Person{Face: face(a.ID, a.Name), Title: a.Title, Certified: a.Certified, Topics: topicRows(r.words, rows, true), Mine: a.ID == r.actor.Member, About: a.About}
	p.MaySuspend = r.actor.Has(forum.Administrator) && !p.Mine
	if r.actor.Member != 0 {
		p.Handle, p.Ignored, p.MayIgnore = a.Handle, a.Ignored, !p.Mine
		if p.Blocked, err = d.Forum.IsBlocked(r.ctx, r.actor, a.ID); err != nil {
			return err
		}
	}
	for _, fact := range [][2]string{{"listed.field-place", a.Place}, {"listed.field-areas", a.Areas}, {"listed.field-languages", a.Languages}, {"field.business_address", a.BusinessAddress},
		{"field.business_phone", a.BusinessPhone}, {"field.email", a.Email}, {"field.other_contact", a.OtherContact}} {
		if fact[1] != "" {
			p.Facts = append(p.Facts, view.Fact{Name: r.words.T(fact[0]), Words: fact[1]})
		}
	}
	for i := range a.Groups {
		p.Groups = append(p.Groups, view.Link{Href: groupPath(a.Groups[i].Slug), Text: a.Groups[i].Name, Icon: audienceIcon(&a.Groups[i])})
	}
	return r.render(view.PersonPage(r.shell(a.Name), p))
}

var shownFields = []string{"email_to", "address_to", "phone_to", "contact_to", "listed_to", "place", "areas", "languages", "about"}

func (d *Door) shown(r *request) error { return d.shownPage(r, nil) }

func (d *Door) shownPage(r *request, cause error) error {
	a, err := d.Forum.ReadProfile(r.ctx, r.actor)
	if err != nil {
		return err
	}
	now, err := d.Forum.ReadShowing(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.Showing{Form: r.form(shownFields...), Person: face(r.actor.Member, a.Name), Certified: a.Number != "",
		Email: a.Email, Address: a.BusinessAddress, Phone: a.BusinessPhone, Contact: a.OtherContact}, r.shell(r.words.T("shown.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	} else {
		p.Values = map[string]string{"email_to": decimal(now.EmailTo), "address_to": decimal(now.AddressTo), "phone_to": decimal(now.PhoneTo), "contact_to": decimal(now.ContactTo),
			"listed_to": decimal(now.Listed), "place": now.Place, "areas": now.Areas, "languages": now.Languages, "about": now.About}
	}
	return r.render(view.ShownPage(s, p))
}

func (d *Door) show(r *request) error {
	to := func(field string) forum.Reach {
		for _, c := range forum.Circles {
			if r.typed(field) == decimal(c) {
				return c
			}
		}
		return -1
	}
	err := d.Forum.Show(r.ctx, r.actor, forum.Showing{EmailTo: to("email_to"), AddressTo: to("address_to"), PhoneTo: to("phone_to"), ContactTo: to("contact_to"),
		Listed: to("listed_to"), Place: r.typed("place"), Areas: r.typed("areas"), Languages: r.typed("languages"), About: r.typed("about")})
	if err != nil {
		return d.shownPage(r, err)
	}
	return r.done("/account/shown", "saved")
}
