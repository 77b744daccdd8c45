package web

// talkRoutes are those of talks; what is said in one goes by the routes of rooms.
var talkRoutes = []route{
	{get, "/talks", member, (*Door).talks},
	{get, "/talks/new", member, (*Door).newTalk},
	{post, "/talks/new", member, (*Door).startTalk},
	{post, "/talks/choice", member, (*Door).chooseTalks},
	{post, "/talks/:id/accept", member, (*Door).acceptTalk},
	{post, "/talks/:id/decline", member, (*Door).declineTalk},
	{get, "/talks/:id/leave", member, (*Door).leaveTalkPage},
	{post, "/talks/:id/leave", member, (*Door).leaveTalk},
	{post, "/g/:group/r/:room/invite", member, (*Door).inviteToTalk},
	{get, "/m/:id/block", member, (*Door).blockPage},
	{post, "/m/:id/block", member, (*Door).block},
	{post, "/m/:id/unblock", member, (*Door).unblock},
}
