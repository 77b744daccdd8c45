package mail

import (
	"context"
	"strings"

	"peergroups/forum"
	"peergroups/server/text"
	"peergroups/server/view"
)

// account fills in a note about the reader's own account, or about factors that were taken away.
func (p *Postman) account(ctx context.Context, n *view.Note, a forum.Actor, ref int64, w text.Words) error {
	n.Href = p.link("/account/security")
	switch n.Stem {
	case "new-address":
		n.Href = p.link("/address/" + p.Forum.LinkToken("new-address", ref))
	case "account-erasing", "account-kept":
		n.Href = p.link("/account/erase")
		if n.Stem == "account-erasing" {
			e, err := p.Forum.ReadAccountErasure(ctx, a)
			if err != nil || e.Pending == nil { // taken back meanwhile
				return forum.Absent()
			}
			n.Args = append(n.Args, "Day", w.Day(e.Pending.DueAt.Time()))
		}
	case "account-erased":
		n.Href = ""
	case "old-address", "address-wanted": // their reader may not be who holds the account
		n.Href = ""
	case "factors-taken", "factors-taken-of", "role-given", "role-given-of", "role-taken", "role-taken-of":
		t, err := p.Forum.ReadTaken(ctx, a, ref)
		if err != nil {
			return err
		}
		if t.By == "" {
			t.By = w.T("note.operator")
		}
		n.Args = append(n.Args, "Whom", t.Whom, "By", t.By)
		if strings.HasPrefix(n.Stem, "role-") {
			role, why, _ := strings.Cut(t.Reason, ": ")
			n.Args, t.Reason = append(n.Args, "Role", w.T("staff-role."+role)), why
		}
		n.Args = append(n.Args, "Reason", t.Reason)
		if strings.HasSuffix(n.Stem, "-of") {
			n.Href = p.link("/staff/roles")
		}
	}
	return nil
}
