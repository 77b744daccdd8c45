package forum

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Who asked for what is kept for thirty days, to look into an incident or to find who misuses the site (P13). An administrator who is named for
// it opens it, with a reason; the log of acts and each member whose rows were shown are told. Addresses are concealed in the store.
//
// But for pages of accounts and of the staff the time of a request is known to the hour: to the second it would say, beside a post behind a mask or a
// secret vote, whose that is.

// Requested is one request, as the web door notes it.
type Requested struct {
	At      Instant
	Address netip.Addr
	Agent   string
	Method  string
	Route   string // pattern
	Status  int
	Member  MemberID // 0: a visitor
	Exact   bool     // the time is kept as it was; else its hour
}

// SecurityShown is how many requests are shown at most.
const SecurityShown = 500

const (
	securityKept  = 30 * 24 * time.Hour
	hourMicros    = 60 * 60 * 1_000_000
	concealedHost = 48 // bytes up to which an address is filled up
)

// HostOf is what an address is known again by: of IPv6 the /64, as a host has all of it.
func HostOf(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		network, _ := a.WithZone("").Prefix(64)
		return network.String()
	}
	return a.String()
}

// hostMark is a keyed hash of it.
func (f *Forum) hostMark(a netip.Addr) string {
	return base64.RawURLEncoding.EncodeToString(f.mac("address", []byte(HostOf(a))))
}

func (w *writer) recordRequests(all []Requested) error {
	hidden := map[netip.Addr][2]string{} // concealing takes longer than writing
	rows, drawn := make([][]any, len(all)), map[[2]int64]int64{}
	for i, a := range all {
		is, known := hidden[a.Address]
		if !known {
			is = [2]string{w.f.concealed("address", a.Address.String(), concealedHost), w.f.hostMark(a.Address)}
			hidden[a.Address] = is
		}
		if !a.Exact {
			a.At -= a.At % hourMicros
		}
		rows[i] = []any{hourID(drawn, a.At, a.Exact), int64(a.At), is[0], is[1], a.Agent, a.Method, a.Route, a.Status, int64(a.Member)}
	}
	return w.insert("security_log (id, at, address, mark, agent, method, route, status, member_id)", rows)
}

// hourID is an id of the hour in which an instant is, and tells no more of it. Those of one commit follow one another from a place that is drawn, for pages
// of which the time is kept apart from the others; two that are the same have the transaction run again.
func hourID(drawn map[[2]int64]int64, i Instant, exact bool) int64 {
	of := [2]int64{int64(i - i%hourMicros), int64(bit(exact))}
	if drawn[of] == 0 {
		drawn[of] = idAt(Instant(of[0])) + rand.Int64N((hourMicros/1000<<10)-10_000)
	}
	drawn[of]++
	return drawn[of]
}

// forgetSecurityLog deletes what is older than thirty days: by ids, which hold the time, so that nothing else is looked at.
func (w *writer) forgetSecurityLog() error {
	return w.exec("DELETE FROM security_log WHERE id < ?", idAt(w.now.add(-securityKept)))
}

// idAt is below every id of what is made from an instant on.
func idAt(i Instant) int64 { return (i.Time().UnixMilli() - idEpoch) << 10 }

// SecurityQuery says what somebody looks for: what a member, or who has an address, asked for in a time.
type SecurityQuery struct {
	Login       string // user ID or mail address; ""
	Address     string // of the network; ""
	From, Until Instant
	Reason      string
}

// SecurityRow is one request; Name "": a visitor, or who is not there any more.
type SecurityRow struct {
	At            Instant
	Address       string
	Agent         string
	Method, Route string
	Status        int
	MemberID      MemberID
	Name          string
}

// LookAtSecurityLog gives the newest 500 requests of a member or an address to an administrator who is named for it. That they looked is written
// down first, with the reason, and each member whose requests they see is shown that (P13). An account that is shut until a legal request is over shows no
// more than one that is erased.
func (f *Forum) LookAtSecurityLog(ctx context.Context, by Actor, q SecurityQuery) (rows []SecurityRow, err error) {
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	if err := f.spend(ctx, looksOfMember, "look", by.key()); err != nil { // also of looks at nobody: they tell who has an account
		return nil, err
	}
	err = f.write(ctx, "look at security log", func(w *writer) error {
		rows = nil
		var is bool
		err := w.one(&is, "SELECT ?", designated(by, ForSecurityLog, w.now))
		if err = either(err, mayLookInto(is)); err != nil {
			return err
		}
		who, which, err := w.securityQuery(&q)
		if err != nil {
			return err
		}
		if err := w.scan(w.ctx, &rows, `SELECT l.at, l.address, l.agent, l.method, l.route, l.status, l.member_id, coalesce(m.name, '') AS name FROM security_log l LEFT JOIN members m ON m.id = l.member_id
			WHERE l.id >= ? AND l.id < ? AND l.at >= ? AND l.at < ? AND coalesce(m.standing, 0) <> ? AND ? ORDER BY l.at DESC, l.route, l.method, l.status LIMIT ?`,
			idAt(q.From-q.From%hourMicros), idAt(q.Until+2*hourMicros), q.From, q.Until, Former, which, SecurityShown); err != nil {
			return err
		}
		seen := map[MemberID]bool{who: who != 0, 0: false}
		for i := range rows {
			rows[i].Address = f.Reveal("address", rows[i].Address)
			seen[rows[i].MemberID] = rows[i].MemberID != 0
		}
		for m, is := range seen {
			if !is {
				continue
			}
			if err := w.exec(`INSERT INTO looks (id, member_id, by_member, at, reason, kind) SELECT ?, m.id, ?, ?, ?, ? FROM members m WHERE m.id = ?`, w.id(), by.Member, w.now, q.Reason, ForSecurityLog, m); err != nil {
				return err
			}
		}
		return w.log(by, "look-security-log", int64(who), 0, q.Reason)
	})
	return rows, err
}

// securityQuery checks what is asked, and gives the member whom it is about, if it is, and the condition on rows l.
func (w *writer) securityQuery(q *SecurityQuery) (who MemberID, which schema.QueryWithArgs, err error) {
	var p problems
	q.Reason = p.reason(q.Reason)
	q.Login, q.Address = strings.TrimSpace(q.Login), strings.TrimSpace(q.Address)
	which = bun.SafeQuery("1 = 1")
	if q.Login == "" && q.Address == "" {
		p.add("login", "error.login-or-address")
	}
	if q.From <= 0 || q.Until <= q.From || q.Until > q.From.add(securityKept+24*time.Hour) {
		p.add("until", "error.security-span")
	}
	if q.Address != "" {
		a, err := netip.ParseAddr(q.Address)
		if err != nil {
			p.add("address", "error.network-address")
		} else {
			which = bun.SafeQuery("l.mark = ?", w.f.hostMark(a))
		}
	}
	if err := p.err(); err != nil || q.Login == "" { // before anything is said about the member
		return 0, which, err
	}
	who, err = w.memberNamed(q.Login)
	if KindOf(err) == NotFound {
		p.add("login", "error.no-such-member")
		return 0, which, p.err()
	}
	return who, bun.SafeQuery("? AND l.member_id = ?", which, who), err
}
