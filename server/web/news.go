package web

import (
	"strconv"
	"time"

	"peergroups/forum"
	"peergroups/server/view"
)

// newsChoices is where a member says what they are told of, and how.
func (d *Door) newsChoices(r *request) error {
	c, err := d.Forum.ReadNewsChoice(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.NewsChoices{Zone: r.actor.Zone, Form: view.Form{Values: map[string]string{"delay": strconv.Itoa(c.Delay), "quiet_from": strconv.Itoa(c.QuietFrom), "quiet_to": strconv.Itoa(c.QuietTo)}}}
	if c.Bare {
		p.Form.Values["bare"] = "1"
	}
	if c.PausedUntil > forum.At(d.Now()) {
		p.Paused = c.PausedUntil
	}
	for _, y := range forum.NewsKinds {
		p.Kinds = append(p.Kinds, view.NewsKind{Name: y.String(), InApp: c.InApp.Has(y), ByMail: c.ByMail.Has(y)})
	}
	for _, m := range forum.NewsDelays {
		p.Delays = append(p.Delays, strconv.Itoa(m))
	}
	return r.render(view.NewsChoicesPage(r.shell(r.words.T("choices.title")), p))
}

func (d *Door) chooseNews(r *request) error {
	c := forum.NewsChoice{Delay: int(number(r.typed("delay"))), QuietFrom: int(number(r.typed("quiet_from"))), QuietTo: int(number(r.typed("quiet_to"))), Bare: r.typed("bare") != ""}
	for _, y := range forum.NewsKinds {
		if r.typed("in_app_"+y.String()) != "" {
			c.InApp = c.InApp.With(y)
		}
		if r.typed("by_mail_"+y.String()) != "" {
			c.ByMail = c.ByMail.With(y)
		}
	}
	pause := time.Duration(-1)
	if hours := number(r.typed("pause")); hours > 0 {
		pause = time.Duration(min(hours, 24*365)) * time.Hour
	}
	if err := d.Forum.ChooseNews(r.ctx, r.actor, c, pause); err != nil {
		return err
	}
	return r.done("/account/news/choices", "saved")
}

// resumeNews ends a pause.
func (d *Door) resumeNews(r *request) error {
	c, err := d.Forum.ReadNewsChoice(r.ctx, r.actor)
	if err == nil {
		err = d.Forum.ChooseNews(r.ctx, r.actor, c, 0)
	}
	if err != nil {
		return err
	}
	return r.done("/account/news/choices", "saved")
}

// stopNewsPage asks whether news by mail are to be stopped; only its button does it.
func (d *Door) stopNewsPage(r *request) error {
	token := r.Params("token")
	stopped, err := d.Forum.ReadNewsToken(r.ctx, token)
	if err != nil {
		return err
	}
	if stopped {
		return d.newsStopped(r)
	}
	return r.render(view.ConfirmPage(r.shell(r.words.T("stop-news.title")), view.Confirm{Stem: "stop-news", Action: "/unsubscribe/news/" + token, Token: token}))
}

func (d *Door) stopNews(r *request) error {
	if err := d.Forum.StopNews(r.ctx, r.Params("token")); err != nil {
		return err
	}
	return d.newsStopped(r)
}

func (d *Door) newsStopped(r *request) error {
	return r.render(view.HeldPage(r.shell(r.words.T("stop-news.title")), view.Held{Words: r.words.T("stop-news.done"), Href: "/account/news/choices", Act: r.words.T("choices.title")}))
}
