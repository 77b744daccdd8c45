package web

import (
	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

var groupFields = []string{"slug", "name", "description", "rules", "question", "icon", "hue", "visibility", "class", "joining", "roster", "from_join", "no_boards", "no_rooms", "no_list", "hold_mail", "gaps"}

// groupDraft reads the form of a group.
func (r *request) groupDraft() forum.GroupDraft {
	return forum.GroupDraft{Slug: r.typed("slug"), Name: r.typed("name"), Description: r.typed("description"), Rules: r.typed("rules"), Question: r.typed("question"),
		Icon: r.typed("icon"), Hue: int(choice(r.typed("hue"))), Visibility: forum.Visibility(choice(r.typed("visibility"))), Class: forum.Class(choice(r.typed("class"))), Joining: forum.Joining(choice(r.typed("joining"))),
		Roster: forum.Roster(choice(r.typed("roster"))), FromJoin: r.typed("from_join") != "", NoBoards: r.typed("no_boards") != "", NoRooms: r.typed("no_rooms") != "",
		NoList: r.typed("no_list") != "", HoldMail: r.typed("hold_mail") != "", Gaps: r.typed("gaps") != ""}
}

func groupForm(g *forum.Group) map[string]string {
	on := map[bool]string{true: "1"}
	return map[string]string{"slug": g.Slug, "name": g.Name, "description": g.Description, "rules": g.Rules, "question": g.Question, "icon": g.Icon, "hue": decimal(int64(g.Hue)),
		"visibility": decimal(g.Visibility), "class": decimal(g.Class), "joining": decimal(g.Joining), "roster": decimal(g.Roster), "from_join": on[g.FromJoin], "no_boards": on[g.NoBoards],
		"no_rooms": on[g.NoRooms], "no_list": on[g.NoList], "hold_mail": on[g.HoldMail], "gaps": on[g.Gaps]}
}

func (d *Door) groupSettings(r *request) error { return d.settingsPage(r, nil) }

// settingsPage shows a group's settings to its owners. Where who may look in would change it
// says what that means, and asks once more.
func (d *Door) settingsPage(r *request, cause error) error {
	g, err := d.Forum.ReadSettings(r.ctx, r.actor, r.Params("group"))
	if err != nil {
		return err
	}
	path := groupPath(g.Group.Slug)
	p := view.GroupSettings{Group: view.Link{Href: path, Text: g.Group.Name}, Form: view.Form{Values: groupForm(&g.Group.Group), Key: newKey()}}
	s := r.shell(r.words.T("group-settings.title") + " · " + g.Group.Name)
	if cause != nil {
		p.Form = r.form(groupFields...)
		if forum.KindOf(cause) != forum.Held {
			err = r.refused(cause, &p.Form, &s)
		} else {
			err = d.confirmVisibility(r, &g, &p, &s)
		}
		if err != nil {
			return err
		}
	}
	if s.Rail, err = r.rail(&g.Group.Group, true, g.Role, path+"/settings"); err != nil {
		return err
	}
	return r.render(view.GroupSettingsPage(s, p))
}

func (d *Door) confirmVisibility(r *request, g *forum.GroupPage, p *view.GroupSettings, s *view.Shell) error {
	n, err := d.Forum.CountSpread(r.ctx, r.actor, g.Group.ID)
	if err != nil {
		return err
	}
	to := r.groupDraft().Visibility
	p.Sure = decimal(to)
	args := []any{"From", r.words.T(view.VisibilityKey(g.Group.Visibility)), "To", r.words.T(view.VisibilityKey(to)), "Count", n.Items}
	if to.WiderThan(g.Group.Visibility) {
		p.Means = []string{r.words.T("widen.stays", args...), r.words.T("widen.new", args...), r.words.T("widen.told", args...)}
	} else {
		p.Means = []string{r.words.T("narrow.stays", args...), r.words.T("narrow.mailed", "Count", n.Mailed)}
		if g.Group.Visibility == forum.PublicToRead {
			p.Means = append(p.Means, r.words.T("narrow.indexed"))
		}
	}
	r.Status(fiber.StatusUnprocessableEntity)
	words := r.words.T("error.confirm-visibility")
	p.Errors = map[string]string{"sure": words}
	s.Problems = []view.Problem{{Field: "sure", Words: words}}
	return nil
}

func (d *Door) changeGroup(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	sure := forum.Visibility(choice(r.typed("sure")))
	if err := d.Forum.ChangeGroup(r.ctx, r.actor, g.Group.ID, r.groupDraft(), sure); err != nil {
		return d.settingsPage(r, err)
	}
	if r.groupDraft().Visibility.WiderThan(g.Group.Visibility) { // what stands there stays, unless its authors say otherwise
		return r.done(groupPath(g.Group.Slug)+"/ballot", "changed")
	}
	return r.done(groupPath(g.Group.Slug)+"/settings", "changed")
}

// ask puts a request to join before the group's moderators.
func (d *Door) ask(r *request) error {
	g, err := r.inGroup()
	if err != nil {
		return err
	}
	if err := d.Forum.AskToJoin(r.ctx, r.actor, g.Group.ID, r.typed("answer")); err != nil {
		return d.groupPage(r, err)
	}
	return r.done(groupPath(g.Group.Slug), "asked")
}
