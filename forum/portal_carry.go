package forum

import (
	"slices"
	"strings"
)

// What goes into an archive of the whole portal is decided by the register of data: each table of Data is carried whole, or
// named here with what is otherwise, and why.
type carriage struct {
	table string
	why   string
	keyed bool              // carried only together with the SECRET_KEY, without which nobody can use it
	where string            // condition of the rows that are carried; "": none is, if it is not keyed
	as    map[string]string // SQL in the place of a column
}

// carriages are the exceptions.
var carriages = []carriage{
	{table: "schema_migrations", why: "the store that takes the portal over has its own"},
	{table: "sessions", why: "everybody logs in anew"},
	{table: "computers", why: "everybody logs in anew"},
	{table: "login_steps", why: "a login under way ends"},
	{table: "tokens", why: "links of mails that are under way lead to the old portal"},
	{table: "attempts", why: "what counts against limits ends within a day"},
	{table: "held_handles", why: "holds of user IDs end within two days"},
	{table: "search_marks", why: "the index is built anew"},
	{table: "portal_imports", why: "it says how far an import of this store is"},
	{table: "usage_days", why: "the salt of a day that runs ends with it", where: "t.counted_at > 0"},
	{table: "usage_views", why: "what a day was used for is counted where it was"},
	{table: "security_log", why: "it ends within thirty days, and its addresses are concealed under the SECRET_KEY"},
	{table: "processors", why: "each body has its own contracts with those who work for it, and names them before data goes there"},
	{table: "settings", why: "the mark of the shelf stays with its folder", where: "t.name <> 'shelf'"},
	{table: "parties", why: "names of parties are kept as hashes under the SECRET_KEY: members give them anew", keyed: true},
	{table: "authenticators", why: "secrets of apps are concealed under the SECRET_KEY: members set up their second factor anew", keyed: true},
	{table: "recovery_codes", why: "recovery codes are hashes under the SECRET_KEY: members make new ones", keyed: true},
	{table: "passkeys", why: "passkeys are concealed under the SECRET_KEY: members add them anew", keyed: true},
	{table: "deliveries", why: "mails that wait are carried as held back, so that nobody gets an old mail", where: "1 = 1",
		as: map[string]string{"state": "CASE WHEN t.state IN (0, 1) THEN 5 ELSE t.state END"}},
	{table: "notices", why: "mails about what is new that wait are not sent again", where: "1 = 1", as: map[string]string{"mail_due": "0"}},
	{table: "room_notices", why: "mails about what is new that wait are not sent again", where: "1 = 1", as: map[string]string{"mail_due": "0"}},
}

// LostWithoutKey says what an archive without the SECRET_KEY does not bring over, besides the tables that it leaves out.
var LostWithoutKey = []string{
	"Addresses of feeds, links in old mails and reply addresses of old mails do not work any more; members find new ones on their pages.",
	"Chosen words of posts that are quoted in others are not shown as said; the quotation leads to the post.",
	"Names behind the Chatham House rule are other ones than before; each still stands for one person in one topic.",
	"Heads of the log that were published cannot be looked up any more; the log itself is whole, and can be checked.",
}

func carriageOf(table string) carriage {
	i := slices.IndexFunc(carriages, func(c carriage) bool { return c.table == table })
	if i < 0 {
		return carriage{table: table, where: "1 = 1"}
	}
	return carriages[i]
}

// rows is the condition of the rows that are carried; "": none.
func (c *carriage) rows(key bool) string {
	if c.keyed && key {
		return "1 = 1"
	}
	return c.where
}

// source is the SQL of a column.
func (c *carriage) source(column string) string {
	if s := c.as[column]; s != "" {
		return s
	}
	return `t."` + column + `"`
}

// declaredTables lists the tables of the register in its order, and their columns sorted.
func declaredTables() (names []string, columns map[string][]string) {
	columns = map[string][]string{}
	for _, d := range Data {
		if columns[d.Table] == nil {
			names = append(names, d.Table)
		}
		columns[d.Table] = append(columns[d.Table], d.Columns...)
	}
	for _, c := range columns {
		slices.SortFunc(c, strings.Compare)
	}
	return names, columns
}

// inOrder puts tables so that each follows those that it refers to, and else as the register has them.
func inOrder(names []string, refers map[string][]string) (out []string) {
	done := map[string]bool{}
	var put func(name string)
	put = func(name string) {
		if done[name] {
			return
		}
		done[name] = true
		for _, before := range refers[name] {
			if slices.Contains(names, before) {
				put(before)
			}
		}
		out = append(out, name)
	}
	for _, name := range names {
		put(name)
	}
	return out
}
