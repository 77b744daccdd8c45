package web

import (
	"strconv"

	"peergroups/forum"
	"peergroups/server/view"
)

const mailSettings = "/account/mail/digests"

var digestFields = []string{"digest_hour", "digest_days", "digest_on", "digest_form"}

func (d *Door) digestChoices(r *request) error { return d.digestChoicesPage(r, nil) }

// digestChoicesPage is where a member says when and how digests come; cause is why a choice was refused.
func (d *Door) digestChoicesPage(r *request, cause error) error {
	c, err := d.Forum.ReadDigestChoice(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p := view.DigestChoices{Days: c.DigestDays, Form: view.Form{Values: map[string]string{
		"digest_hour": strconv.Itoa(c.DigestHour), "digest_on": strconv.Itoa(c.DigestOn), "digest_form": decimal(c.DigestForm)}, Key: newKey()}}
	s := r.shell(r.words.T("mail-settings.title"))
	if cause != nil {
		p.Form, p.Days = r.form(digestFields...), r.days()
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	all, err := d.Forum.OwnSubscriptions(r.ctx, r.actor)
	if err != nil {
		return err
	}
	for _, b := range all {
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Slug != b.GroupSlug {
			p.Groups = append(p.Groups, view.List{Group: view.Link{Href: groupPath(b.GroupSlug), Text: b.GroupName}, Slug: b.GroupSlug, Bare: b.GroupClass == forum.SealedClass})
		}
		g := &p.Groups[len(p.Groups)-1]
		g.Boards = append(g.Boards, view.ListBoard{ID: b.BoardID, Name: b.BoardName, Mode: b.Mode, Notice: b.Notice, Back: mailSettings})
	}
	return r.render(view.DigestChoicesPage(s, p))
}

// days reads the days that are ticked, a bit for each.
func (r *request) days() (days int) {
	for _, day := range r.ticks("digest_days") {
		if n, err := strconv.Atoi(day); err == nil && n >= 0 && n < 7 {
			days |= 1 << n
		}
	}
	return days
}

func (d *Door) chooseDigest(r *request) error {
	whole := func(field string) int {
		if n, err := strconv.Atoi(r.typed(field)); err == nil {
			return n
		}
		return -1
	}
	c := forum.DigestChoice{DigestHour: whole("digest_hour"), DigestDays: r.days(), DigestOn: whole("digest_on"), DigestForm: forum.DigestForm(whole("digest_form"))}
	if err := d.Forum.ChooseDigest(r.ctx, r.actor, c); err != nil {
		return d.digestChoicesPage(r, err)
	}
	return r.done(mailSettings, "saved")
}

// muteTopicPage asks whether a topic is to be muted, by a link in one of its mails; it names nothing: the link is enough.
func (d *Door) muteTopicPage(r *request) error {
	token := r.Params("token")
	if err := d.Forum.CheckTopicToken(token); err != nil {
		return err
	}
	return r.render(view.ConfirmPage(r.shell(r.words.T("mute-topic.title")), view.Confirm{Stem: "mute-topic", Action: "/mute/" + token, Token: token}))
}

func (d *Door) muteTopic(r *request) error {
	if err := d.Forum.MuteByLink(r.ctx, r.Params("token")); err != nil {
		return err
	}
	return r.render(view.HeldPage(r.shell(r.words.T("mute-topic.title")), view.Held{Words: r.words.T("mute-topic.done"), Href: "/", Act: r.words.T("nav.home")}))
}

// aboutMails says what each of the reader's own mails is about: of a post its topic, as far as they may read it now; of a digest
// up to when.
func (r *request) aboutMails(rows []forum.DeliveryRow) (map[forum.Mailing]string, error) {
	about := map[forum.Mailing]string{}
	var posts []forum.PostID
	var issues []int64
	for _, m := range rows {
		switch {
		case m.MemberID != r.actor.Member:
		case m.Kind == "post":
			posts = append(posts, forum.PostID(m.Ref))
		case m.Kind == "digest":
			issues = append(issues, m.Ref)
		}
	}
	seen, err := r.d.Forum.VisiblePosts(r.ctx, r.actor, posts)
	if err != nil {
		return nil, err
	}
	for i := range seen {
		if seen[i].Class < forum.SealedClass {
			about[forum.Mailing{Kind: "post", Ref: int64(seen[i].ID)}] = seen[i].Title
		}
	}
	own, err := r.d.Forum.OwnIssues(r.ctx, r.actor, issues)
	for _, i := range own {
		about[forum.Mailing{Kind: "digest", Ref: i.Run}] = r.words.T("digests.span", "From", r.words.When(i.FromAt.Time()), "To", r.words.When(i.ToAt.Time()))
	}
	return about, err
}
