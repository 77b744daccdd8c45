package web

import (
	"peergroups/forum"
	"peergroups/server/view"
)

func (d *Door) roles(r *request) error { return d.rolesPage(r, nil) }

func (d *Door) rolesPage(r *request, cause error) error {
	rows, err := d.Forum.ReadStaff(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.Roles{Form: r.form("login", "role", "reason", "factor_login")}, r.shell(r.words.T("roles.title"))
	for _, row := range rows {
		p.Rows = append(p.Rows, view.RoleRow{Face: face(row.ID, row.Name), Handle: row.Handle, Role: string(row.Role), Since: row.Since, By: row.Granter, Mine: r.actor.Has(row.Role)})
	}
	for _, role := range forum.Roles {
		if r.actor.Has(role) {
			p.May = append(p.May, string(role))
		}
	}
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.RolesPage(s, p))
}

func (d *Door) grant(r *request) error {
	if err := d.Forum.GrantByLogin(r.ctx, r.actor, r.typed("login"), forum.Role(r.typed("role"))); err != nil {
		return d.rolesPage(r, err)
	}
	return r.done("/staff/roles", "granted")
}

// takeFactors takes away what a member lost.
func (d *Door) takeFactors(r *request) error {
	if err := d.Forum.TakeFactorsByLogin(r.ctx, r.actor, r.typed("factor_login"), r.typed("reason")); err != nil {
		return d.rolesPage(r, err)
	}
	return r.done("/staff/roles", "factors-taken")
}

func (d *Door) relieve(r *request) error {
	err := d.Forum.Relieve(r.ctx, r.actor, forum.MemberID(number(r.typed("member"))), forum.Role(r.typed("role")), r.typed("reason"))
	if err != nil {
		return d.rolesPage(r, err)
	}
	return r.done("/staff/roles", "relieved")
}
