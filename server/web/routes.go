package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"
)

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

// routes are all of them; each is a line in one of four lists.
var routes = slices.Concat(openRoutes, talkRoutes, mailRoutes, staffRoutes)

var openRoutes = []route{
	// Reading.
	{get, "/", anyone, (*Door).home},
	{get, "/latest", anyone, (*Door).latest},
	{get, "/new", member, (*Door).newTopics},
	{get, "/unread", member, (*Door).unread},
	{get, "/unanswered", member, (*Door).unanswered},
	{get, "/mine", member, (*Door).ownTopics},
	{get, "/my/:what", member, (*Door).my},
	{get, "/groups", anyone, (*Door).groups},
	{get, "/g/:group", anyone, (*Door).group},
	{get, "/g/:group/b/:board", anyone, (*Door).board},
	{get, "/g/:group/tags", anyone, (*Door).tags},
	{get, "/g/:group/tags/:tag", anyone, (*Door).tag},
	{get, "/t/:id", anyone, (*Door).topic},
	{get, "/t/:id/:slug", anyone, (*Door).topic},
	{get, "/p/:id", anyone, (*Door).permalink},
	{get, "/p/:id/history", anyone, (*Door).history},
	{get, "/f/:id/:name", anyone, (*Door).file},
	{get, "/g/:group/r/:room", anyone, (*Door).room},
	{get, "/said/:id", anyone, (*Door).saidAt},
	{get, "/said/:id/more", anyone, (*Door).saidMore},
	{get, "/feeds/:group/:board/:form", anyone, (*Door).publicFeed},
	{get, "/feeds/:token/:form", anyone, (*Door).ownFeed},
	{get, "/search", anyone, (*Door).find},
	{get, "/directory", anyone, (*Door).directory},
	{get, "/m/:id", anyone, (*Door).person},
	{get, "/out", anyone, (*Door).out},
	{get, "/privacy", anyone, (*Door).privacy},
	{get, "/privacy/:version", anyone, (*Door).privacy},
	{get, "/cookies", anyone, (*Door).cookiesPage},
	{get, "/providers", anyone, (*Door).providers},
	{get, "/conduct", anyone, (*Door).conduct},
	{get, "/conduct/:version", anyone, (*Door).conduct},
	{get, "/terms", anyone, (*Door).terms},
	{get, "/terms/:version", anyone, (*Door).terms},
	{get, "/account/privacy", member, (*Door).ownPrivacy},
	{post, "/account/privacy", member, (*Door).setConsent},
	{post, "/account/policies", member, (*Door).answerPolicy},
	{get, "/transparency", anyone, (*Door).transparency},
	{get, "/usage", anyone, (*Door).usage},
	{get, "/usage.csv", anyone, (*Door).exportUsage},
	{get, "/usage.json", anyone, (*Door).exportUsage},
	{post, "/analytics", anyone, (*Door).chooseAnalytics},
	{get, "/accessibility", anyone, (*Door).accessibility},
	{get, "/contact", anyone, (*Door).contact},
	{post, "/contact", anyone, (*Door).askRequest},
	{get, "/requests/:token", anyone, (*Door).ownRequest},
	{post, "/requests/:token", anyone, (*Door).goOnWithRequest},
	{get, "/account/requests", member, (*Door).ownRequests},

	// Writing.
	{post, "/g/:group/join", member, (*Door).join},
	{post, "/g/:group/ask", member, (*Door).ask},
	{get, "/g/:group/leave", member, (*Door).leavePage},
	{post, "/g/:group/leave", member, (*Door).leave},
	{get, "/g/:group/acknowledge", member, (*Door).acknowledge},
	{post, "/g/:group/acknowledge", member, (*Door).acknowledged},
	{get, "/g/:group/b/:board/settings", member, (*Door).boardSettings},
	{post, "/g/:group/b/:board/settings", member, (*Door).changeBoard},
	{get, "/g/:group/b/:board/new", member, (*Door).newTopic},
	{post, "/g/:group/b/:board/new", member, (*Door).startTopic},
	{post, "/t/:id/:slug", member, (*Door).reply},
	{get, "/t/:id/tags", member, (*Door).topicTags},
	{post, "/t/:id/tags", member, (*Door).tagTopic},
	{post, "/g/:group/tags/:tag", member, (*Door).changeTag},
	{get, "/t/:id/unread", member, (*Door).firstUnread},
	{post, "/account/read", member, (*Door).allRead},
	{post, "/account/read/undo", member, (*Door).undoAllRead},
	{post, "/g/:group/b/:board/read", member, (*Door).boardRead},
	{post, "/p/:id/react", member, (*Door).react},
	{post, "/p/:id/vote", member, (*Door).vote},
	{get, "/p/:id/votes", member, (*Door).votes},
	{post, "/p/:id/accept", member, (*Door).accept},
	{get, "/p/:id/reactions", member, (*Door).reactions},
	{get, "/p/:id/keep", member, (*Door).keepPage},
	{post, "/p/:id/keep", member, (*Door).keep},
	{post, "/p/:id/drop", member, (*Door).drop},
	{get, "/account/bookmarks", member, (*Door).bookmarks},
	{get, "/account/ignored", member, (*Door).ignoredList},
	{get, "/m/:id/ignore", member, (*Door).ignorePage},
	{post, "/m/:id/ignore", member, (*Door).ignore},
	{post, "/m/:id/heed", member, (*Door).heed},
	{post, "/t/:id/level", member, (*Door).topicLevel},
	{post, "/g/:group/b/:board/feed", member, (*Door).makeFeed},
	{post, "/account/keys", member, (*Door).keepKeys},
	{get, "/account/feeds", member, (*Door).feeds},
	{post, "/account/feeds/:id/end", member, (*Door).endFeed},
	{post, "/g/:group/b/:board/level", member, (*Door).boardLevel},
	{get, "/p/:id/change", member, (*Door).changePage},
	{post, "/p/:id/change", member, (*Door).change},
	{get, "/p/:id/take-back", member, (*Door).takeBackPage},
	{post, "/p/:id/take-back", member, (*Door).takeBack},
	{get, "/report/:kind/:id", member, (*Door).reportPage},
	{post, "/report/:kind/:id", member, (*Door).report},
	{get, "/account/reports", member, (*Door).ownReports},
	{get, "/openings/:id", member, (*Door).identity},
	{post, "/openings/:id", member, (*Door).answerIdentity},
	{get, "/ballots/:id", member, (*Door).ballot},
	{post, "/ballots/:id", member, (*Door).answerBallot},
	{post, "/files", member, (*Door).upload},
	{post, "/p/:id/quote", member, (*Door).quotePart},
	{post, "/hints", member, (*Door).hints},
	{post, "/mentions", member, (*Door).mentions},
	{post, "/search/suggest", anyone, (*Door).suggest},
	{post, "/search/similar", member, (*Door).similar},
	{post, "/search/keep", member, (*Door).keepSearch},
	{post, "/search/forget", member, (*Door).forgetSearches},
	{get, "/account/searches", member, (*Door).searches},
	{post, "/account/searches/:id/drop", member, (*Door).dropSearch},
	{post, "/preview", member, (*Door).preview},
	{post, "/g/:group/r/:room", member, (*Door).say},
	{post, "/said/:id/react", member, (*Door).signSaid},
	{get, "/g/:group/r/:room/settings", member, (*Door).roomSettings},
	{post, "/g/:group/r/:room/settings", member, (*Door).changeRoom},
	{post, "/g/:group/r/:room/lock", member, (*Door).lockRoom},
	{post, "/g/:group/r/:room/archive", member, (*Door).archiveRoom},
	{post, "/g/:group/r/:room/take", member, (*Door).takeIntoCircle},
	{post, "/g/:group/r/:room/leave", member, (*Door).leaveCircle},
	{get, "/g/:group/r/:room/out", member, (*Door).outOfCirclePage},
	{post, "/g/:group/r/:room/out", member, (*Door).outOfCircle},
	{get, "/g/:group/r/:room/mute", member, (*Door).muteInRoomPage},
	{post, "/g/:group/r/:room/mute", member, (*Door).muteInRoom},
	{post, "/g/:group/r/:room/unmute", member, (*Door).unmuteInRoom},
	{get, "/g/:group/r/:room/minutes", member, (*Door).proposeMinutesPage},
	{post, "/g/:group/r/:room/minutes", member, (*Door).proposeMinutes},
	{get, "/minutes/:id", member, (*Door).minutes},
	{post, "/minutes/:id/answer", member, (*Door).answerMinutes},
	{post, "/minutes/:id/post", member, (*Door).postMinutes},
	{post, "/minutes/:id/drop", member, (*Door).dropMinutes},
	{get, "/account/minutes", member, (*Door).ownMinutes},
	{get, "/account/chat", member, (*Door).chatChoices},
	{post, "/account/chat", member, (*Door).chooseChat},
	{get, "/said/:id/change", member, (*Door).saidPage},
	{post, "/said/:id/change", member, (*Door).changeSaid},
	{post, "/said/:id/back", member, (*Door).takeSaidBack},
	{get, "/g/:group/openings", member, (*Door).openings},

	// Accounts.
	{get, "/welcome", anyone, (*Door).welcome},
	{get, "/welcome/:token", anyone, (*Door).welcome},
	{post, "/welcome/:token", anyone, (*Door).setUp},
	{get, "/register", anyone, (*Door).registerPage},
	{post, "/register", anyone, (*Door).register},
	{post, "/register/check", anyone, (*Door).checkRegistration},
	{post, "/register/change", anyone, (*Door).changeRegistration},
	{post, "/register/resend", anyone, (*Door).resend},
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
	{get, "/account/erase", member, (*Door).eraseAccountPage},
	{post, "/account/erase", member, (*Door).eraseAccount},
	{post, "/account/erase/keep", member, (*Door).keepAccount},
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
	{get, "/account/news", member, (*Door).news},
	{post, "/account/news/read", member, (*Door).readNews},
	{post, "/account/news/undo", member, (*Door).unreadNews},
	{get, "/account/news/choices", member, (*Door).newsChoices},
	{post, "/account/news/choices", member, (*Door).chooseNews},
	{post, "/account/news/resume", member, (*Door).resumeNews},
	{get, "/account/notices", member, (*Door).notices},
	{post, "/account/notices", member, (*Door).chooseNotices},
	{get, "/account/notices/:id", member, (*Door).notice},
	{post, "/drafts", member, (*Door).keepWriting},
	{post, "/drafts/discard", member, (*Door).discardWriting},
	{get, "/account/drafts", member, (*Door).drafts},
	{post, "/account/scheduled/:id/discard", member, (*Door).discardScheduled},
	{get, "/account/drafts/:id", member, (*Door).draft},
	{post, "/account/drafts/:id", member, (*Door).release},
	{post, "/account/drafts/:id/discard", member, (*Door).discard},
	{post, "/account/drafts/:id/change", member, (*Door).rewrite},
	{get, "/account/waiting/:id", member, (*Door).ownWait},
	{post, "/account/waiting/:id/take-back", member, (*Door).takeWaiting},
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
	old := d.serve(anyone, d.oldURL)
	d.app.Use(func(c *fiber.Ctx) error {
		if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
			return fiber.ErrNotFound
		}
		return old(c)
	})
}
