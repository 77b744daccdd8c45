package web

import "github.com/gofiber/fiber/v2"

const (
	get  = fiber.MethodGet
	post = fiber.MethodPost
)

// route is one line of the table of contents: what comes in, who may use it at all, and
// what answers. What they may read or do there the forum decides.
type route struct {
	method, path string
	who          who
	handler      func(*Door, *request) error
}

var routes = []route{
	// Reading.
	{get, "/", anyone, (*Door).home},
	{get, "/groups", anyone, (*Door).groups},
	{get, "/g/:group", anyone, (*Door).group},
	{get, "/g/:group/b/:board", anyone, (*Door).board},
	{get, "/t/:id", anyone, (*Door).topic},
	{get, "/t/:id/:slug", anyone, (*Door).topic},
	{get, "/p/:id", anyone, (*Door).permalink},
	{get, "/p/:id/history", anyone, (*Door).history},
	{get, "/f/:id/:name", anyone, (*Door).file},
	{get, "/g/:group/r/:room", anyone, (*Door).room},
	{get, "/search", anyone, (*Door).find},
	{get, "/directory", anyone, (*Door).directory},
	{get, "/m/:id", anyone, (*Door).person},
	{get, "/out", anyone, (*Door).out},
	{get, "/privacy", anyone, (*Door).privacy},
	{get, "/cookies", anyone, (*Door).cookiesPage},
	{get, "/providers", anyone, (*Door).providers},
	{get, "/conduct", anyone, (*Door).conduct},
	{get, "/conduct/:version", anyone, (*Door).conduct},
	{get, "/terms", anyone, (*Door).terms},
	{get, "/contact", anyone, (*Door).contact},

	// Writing.
	{post, "/g/:group/join", member, (*Door).join},
	{post, "/g/:group/ask", member, (*Door).ask},
	{get, "/g/:group/leave", member, (*Door).leavePage},
	{post, "/g/:group/leave", member, (*Door).leave},
	{get, "/g/:group/acknowledge", member, (*Door).acknowledge},
	{post, "/g/:group/acknowledge", member, (*Door).acknowledged},
	{get, "/g/:group/b/:board/new", member, (*Door).newTopic},
	{post, "/g/:group/b/:board/new", member, (*Door).startTopic},
	{post, "/t/:id/:slug", member, (*Door).reply},
	{get, "/p/:id/change", member, (*Door).changePage},
	{post, "/p/:id/change", member, (*Door).change},
	{get, "/p/:id/take-back", member, (*Door).takeBackPage},
	{post, "/p/:id/take-back", member, (*Door).takeBack},
	{get, "/openings/:id", member, (*Door).identity},
	{post, "/openings/:id", member, (*Door).answerIdentity},
	{get, "/ballots/:id", member, (*Door).ballot},
	{post, "/ballots/:id", member, (*Door).answerBallot},
	{post, "/files", member, (*Door).upload},
	{post, "/p/:id/quote", member, (*Door).quotePart},
	{post, "/hints", member, (*Door).hints},
	{post, "/preview", member, (*Door).preview},
	{post, "/g/:group/r/:room", member, (*Door).say},
	{post, "/g/:group/b/:board/mail", member, (*Door).boardMail},
	{get, "/g/:group/openings", member, (*Door).openings},
	{get, "/g/:group/list", member, (*Door).list},
	{post, "/g/:group/list", member, (*Door).setList},
	{get, "/unsubscribe/:token", anyone, (*Door).unsubscribePage},
	{post, "/unsubscribe/:token", anyone, (*Door).unsubscribe},
	{get, "/unsubscribe/notices/:token", anyone, (*Door).stopNoticesPage},
	{post, "/unsubscribe/notices/:token", anyone, (*Door).stopNotices},

	// Accounts.
	{get, "/welcome", anyone, (*Door).welcome},
	{get, "/welcome/:token", anyone, (*Door).welcome},
	{post, "/welcome/:token", anyone, (*Door).setUp},
	{get, "/register", anyone, (*Door).registerPage},
	{post, "/register", anyone, (*Door).register},
	{post, "/register/check", anyone, (*Door).checkRegistration},
	{post, "/register/change", anyone, (*Door).changeRegistration},
	{get, "/confirm/:token", anyone, (*Door).confirmPage},
	{post, "/confirm", anyone, (*Door).confirm},
	{get, "/login", anyone, (*Door).loginPage},
	{post, "/login", anyone, (*Door).login},
	{get, "/login/second", anyone, (*Door).second},
	{post, "/login/second", anyone, (*Door).logInSecond},
	{post, "/login/forget", anyone, (*Door).forgetName},
	{post, "/login/passkey", anyone, (*Door).logInPasskey},
	{post, "/login/linked", anyone, (*Door).goToLogIn},
	{get, "/login/linked/back", anyone, (*Door).comeBack},
	{post, "/logout", anyone, (*Door).logout},
	{get, "/forgot", anyone, (*Door).forgotPage},
	{post, "/forgot", anyone, (*Door).forgot},
	{get, "/reset/:token", anyone, (*Door).resetPage},
	{post, "/reset", anyone, (*Door).reset},
	{get, "/address/:token", member, (*Door).newAddressPage},
	{post, "/address", member, (*Door).confirmNewAddress},
	{get, "/account", member, (*Door).account},
	{post, "/account", member, (*Door).changeAccount},
	{get, "/account/shown", member, (*Door).shown},
	{post, "/account/shown", member, (*Door).show},
	{get, "/account/looks", member, (*Door).looks},
	{get, "/account/data", member, (*Door).surePage},
	{post, "/account/data", member, (*Door).download},
	{get, "/account/sessions", member, (*Door).sessions},
	{post, "/account/sessions/end", member, (*Door).endSession},
	{post, "/account/sessions/end-others", member, (*Door).endOthers},
	{post, "/account/sessions/end-all", member, (*Door).endAll},
	{post, "/account/sessions/computer", member, (*Door).endComputer},
	{get, "/account/security", member, (*Door).security},
	{get, "/account/security/app", member, (*Door).surePage},
	{post, "/account/security/app", member, (*Door).beginApp},
	{post, "/account/security/app/confirm", member, (*Door).addApp},
	{get, "/account/security/app/remove", member, (*Door).surePage},
	{post, "/account/security/app/remove", member, (*Door).removeApp},
	{get, "/account/security/codes", member, (*Door).surePage},
	{post, "/account/security/codes", member, (*Door).renewCodes},
	{get, "/account/security/passkey", member, (*Door).surePage},
	{post, "/account/security/passkey", member, (*Door).beginPasskey},
	{post, "/account/security/passkey/add", member, (*Door).addPasskey},
	{get, "/account/security/passkey/remove", member, (*Door).surePage},
	{post, "/account/security/passkey/remove", member, (*Door).removePasskey},
	{get, "/account/security/linked", member, (*Door).surePage},
	{post, "/account/security/linked", member, (*Door).goToLink},
	{get, "/account/security/linked/remove", member, (*Door).surePage},
	{post, "/account/security/linked/remove", member, (*Door).unlinkLogin},
	{get, "/account/security/password", member, (*Door).surePage},
	{post, "/account/security/password", member, (*Door).changePassword},
	{get, "/account/security/address", member, (*Door).surePage},
	{post, "/account/security/address", member, (*Door).askAddress},
	{get, "/account/security/prove", member, (*Door).prove},
	{post, "/account/security/prove", member, (*Door).proveNow},
	{get, "/account/parties", member, (*Door).parties},
	{post, "/account/parties", member, (*Door).addParties},
	{post, "/account/parties/forget", member, (*Door).forgetParties},
	{get, "/account/notices", member, (*Door).notices},
	{post, "/account/notices", member, (*Door).chooseNotices},
	{get, "/account/notices/:id", member, (*Door).notice},
	{get, "/account/mail", member, (*Door).myMail},
	{get, "/account/mail/:kind/:ref/:member", member, (*Door).mail},
	{get, "/account/mail/:kind/:ref/:member/html", member, (*Door).mailHTML},
	{post, "/drafts", member, (*Door).keepWriting},
	{post, "/drafts/discard", member, (*Door).discardWriting},
	{get, "/account/drafts", member, (*Door).drafts},
	{get, "/account/drafts/:id", member, (*Door).draft},
	{post, "/account/drafts/:id", member, (*Door).release},
	{post, "/account/drafts/:id/discard", member, (*Door).discard},

	// Certification.
	{get, "/account/certification", member, (*Door).application},
	{post, "/account/certification", member, (*Door).apply},
	{get, "/account/certification/check", member, (*Door).checkApplication},
	{post, "/account/certification/check", member, (*Door).handIn},
	{get, "/account/certification/withdraw", member, (*Door).withdrawPage},
	{post, "/account/certification/withdraw", member, (*Door).withdrawApplication},
	{post, "/account/certification/listed", member, (*Door).setListed},
	{get, "/account/certification/:part", member, (*Door).applicationPart},
	{post, "/account/certification/:part", member, (*Door).savePart},
	{get, "/evidence/:id/:name", member, (*Door).evidence},
	{get, "/feedback/:token", anyone, (*Door).feedback},
	{post, "/feedback/:token", anyone, (*Door).writeFeedback},
	{get, "/verify/:number", anyone, (*Door).verify},

	// Moderators and staff.
	{get, "/g/:group/manage", member, (*Door).manage},
	{post, "/g/:group/manage/invite", member, (*Door).invite},
	{post, "/g/:group/manage/withdraw", member, (*Door).withdraw},
	{post, "/g/:group/manage/board", member, (*Door).createBoard},
	{post, "/g/:group/manage/room", member, (*Door).createRoom},
	{get, "/g/:group/manage/remove", member, (*Door).removePage},
	{get, "/g/:group/manage/ban", member, (*Door).banPage},
	{post, "/g/:group/manage/remove", member, (*Door).remove},
	{post, "/g/:group/manage/appoint", member, (*Door).appoint},
	{post, "/g/:group/manage/decide", member, (*Door).decide},
	{post, "/g/:group/manage/ban", member, (*Door).ban},
	{post, "/g/:group/manage/unban", member, (*Door).unban},
	{get, "/g/:group/settings", member, (*Door).groupSettings},
	{post, "/g/:group/settings", member, (*Door).changeGroup},
	{get, "/t/:id/lock", member, (*Door).lockPage},
	{post, "/t/:id/lock", member, (*Door).lock},
	{post, "/t/:id/unlock", member, (*Door).unlock},
	{get, "/t/:id/move", member, (*Door).movePage},
	{post, "/t/:id/move", member, (*Door).move},
	{post, "/t/:id/split", member, (*Door).split},
	{post, "/t/:id/merge", member, (*Door).merge},
	{post, "/t/:id/ballot", member, (*Door).askTopic},
	{get, "/g/:group/ballot", member, (*Door).ballots},
	{post, "/g/:group/ballot", member, (*Door).openBallot},
	{get, "/p/:id/identity", member, (*Door).askIdentityPage},
	{post, "/p/:id/identity", member, (*Door).askIdentity},
	{get, "/moderation", member, (*Door).moderation},
	{get, "/staff", member, (*Door).staff},
	{get, "/staff/certification", member, (*Door).queue},
	{get, "/staff/certification/:id", member, (*Door).review},
	{post, "/staff/certification/:id/claim", member, (*Door).claimReview},
	{post, "/staff/certification/:id/release", member, (*Door).releaseReview},
	{post, "/staff/certification/:id/check", member, (*Door).checkReview},
	{post, "/staff/certification/:id/note", member, (*Door).noteReview},
	{post, "/staff/certification/:id/ask", member, (*Door).askReview},
	{post, "/staff/certification/:id/decide", member, (*Door).decideReview},
	{post, "/staff/certification/:id/confirm", member, (*Door).confirmReview},
	{get, "/staff/certificates/:id", member, (*Door).certificate},
	{post, "/staff/certificates/:id/suspend", member, (*Door).suspend},
	{post, "/staff/certificates/:id/lift", member, (*Door).lift},
	{get, "/staff/programmes", member, (*Door).programmes},
	{post, "/staff/programmes", member, (*Door).addProgramme},
	{post, "/staff/programmes/:id", member, (*Door).changeProgramme},
	{get, "/staff/certification-rules", member, (*Door).rules},
	{post, "/staff/certification-rules", member, (*Door).changeRules},
	{get, "/staff/groups/new", member, (*Door).newGroup},
	{post, "/staff/groups/new", member, (*Door).createGroup},
	{get, "/staff/roles", member, (*Door).roles},
	{post, "/staff/roles", member, (*Door).grant},
	{post, "/staff/roles/factors", member, (*Door).takeFactors},
	{post, "/staff/roles/relieve", member, (*Door).relieve},
	{get, "/staff/designations", member, (*Door).designations},
	{post, "/staff/designations", member, (*Door).designate},
	{post, "/staff/designations/end", member, (*Door).endDesignation},
	{get, "/staff/registrations", member, (*Door).registrations},
	{post, "/staff/registrations", member, (*Door).lookAtRegistration},
	{get, "/staff/organisation", member, (*Door).body},
	{post, "/staff/organisation", member, (*Door).describe},
	{get, "/staff/messages", member, (*Door).circulars},
	{get, "/staff/messages/new", member, (*Door).newCircular},
	{post, "/staff/messages/new", member, (*Door).writeCircular},
	{get, "/staff/messages/:id", member, (*Door).circular},
	{get, "/staff/messages/:id/html", member, (*Door).circularHTML},
	{get, "/staff/messages/:id/edit", member, (*Door).editCircular},
	{post, "/staff/messages/:id/edit", member, (*Door).changeCircular},
	{post, "/staff/messages/:id/try", member, (*Door).tryCircular},
	{get, "/staff/messages/:id/send", member, (*Door).sendCircularPage},
	{post, "/staff/messages/:id/send", member, (*Door).sendCircular},
	{get, "/staff/messages/:id/discard", member, (*Door).discardCircularPage},
	{post, "/staff/messages/:id/discard", member, (*Door).discardCircular},
	{get, "/staff/openings", member, (*Door).staffOpenings},
	{post, "/staff/openings", member, (*Door).askVisit},
	{post, "/staff/openings/:id", member, (*Door).answerVisit},
	{get, "/staff/outbox", member, (*Door).outbox},
	{get, "/staff/outbox/:kind/:ref/:member", member, (*Door).mail},
	{get, "/staff/outbox/:kind/:ref/:member/html", member, (*Door).mailHTML},
}

// machines are routes that show no page and ask for nobody's name.
var machines = []struct {
	path    string
	handler func(*Door, *fiber.Ctx) error
}{
	{"/assets/*", (*Door).asset},
	{"/livez", (*Door).livez},
	{"/readyz", (*Door).readyz},
	{"/ws", (*Door).upgrade},
	{"/.well-known/security.txt", (*Door).securityText},
	{"/robots.txt", (*Door).robots},
}

// mount puts the table into the router. Fixed paths stand before those with names in them.
func (d *Door) mount() {
	for _, m := range machines {
		d.app.Get(m.path, func(c *fiber.Ctx) error { return m.handler(d, c) })
	}
	for _, fixed := range []bool{true, false} {
		for _, rt := range routes {
			if (rt.path == "/t/:id/:slug") == fixed {
				continue // the one path that others fit into comes last
			}
			d.app.Add(rt.method, rt.path, d.serve(rt.who, func(r *request) error { return rt.handler(d, r) }))
			if rt.method == get {
				d.app.Add(fiber.MethodHead, rt.path, d.serve(rt.who, func(r *request) error { return rt.handler(d, r) }))
			}
		}
	}
	d.app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
}
