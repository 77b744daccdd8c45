package web

import (
	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// drawn are the icons of the signs; what they are called is in the catalogue.
var drawn = map[forum.Sign]string{forum.Thanks: "smile", forum.Agrees: "thumb", forum.Helps: "bulb", forum.ThinksOfYou: "heart"}

// reactionsOf gives all signs with how many gave them.
func reactionsOf(w text.Words, all []forum.Reacted) []view.Reaction {
	out := make([]view.Reaction, len(forum.Signs))
	for i, sign := range forum.Signs {
		out[i] = view.Reaction{Sign: sign, Icon: drawn[sign], Words: w.T("react." + sign.String())}
		for _, r := range all {
			if r.Sign == sign {
				out[i].Count, out[i].Mine = r.Count, r.Mine
			}
		}
	}
	return out
}

// react gives a sign to a post, or takes it back where it was given before.
func (d *Door) react(r *request) error {
	id, sign, verb := forum.PostID(r.id("id")), forum.Sign(choice(r.typed("sign"))), d.Forum.React
	if r.typed("back") != "" {
		verb = d.Forum.Unreact
	}
	if err := verb(r.ctx, r.actor, id, sign); err != nil {
		return err
	}
	return r.to(postPath(id))
}

// reactions lists who reacted to a post.
func (d *Door) reactions(r *request) error {
	post, all, err := d.Forum.ReadReactions(r.ctx, r.actor, forum.PostID(r.id("id")))
	if err != nil {
		return err
	}
	p := view.Reactions{Post: view.Link{Href: postPath(post.ID), Text: post.Title}, Group: view.Link{Href: groupPath(post.GroupSlug), Text: post.GroupName}}
	p.By = reactedBy(r.words, all)
	return r.render(view.ReactionsPage(r.shell(r.words.T("react.title")), p))
}

// reactedBy sorts reactions by their signs.
func reactedBy(w text.Words, all []forum.Reaction) (out []view.ReactedBy) {
	for _, sign := range forum.Signs {
		by := view.ReactedBy{Icon: drawn[sign], Words: w.T("react." + sign.String())}
		for _, one := range all {
			if one.Sign == sign {
				by.People = append(by.People, face(one.ID, one.Name))
			}
		}
		if len(by.People) > 0 {
			out = append(out, by)
		}
	}
	return out
}
