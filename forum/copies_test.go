package forum_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// Every verb that gives what somebody wrote is a place where a copy could escape. Each stands
// here with the test that asks it in the name of those who may not read: the random walk of
// TestPromise, which asks it for everybody, or one of its own. A verb that is not here fails.
var copiesOf = map[string]string{
	"MailedQuotes": "TestMailedQuotes",
	"ReadTopic":    "TestPromise", "ReadPost": "TestPromise", "FindPost": "TestPromise", "VisiblePosts": "TestPromise", "ReadFeed": "TestPromise", "ReadBoard": "TestPromise",
	"ReadReactions": "TestReactions", "ReadTag": "TestTags", "ReadPublicFeed": "TestPublicFeed", "ReadOwnFeed": "TestOwnFeed", "ScheduledTopics": "TestScheduled", "ReadScheduled": "TestScheduled", "ReadVotes": "TestPoll", "ReadNotices": "TestPromise", "ReadBookmark": "TestBookmarks", "ReadBookmarks": "TestBookmarks", "ReadMessages": "TestPromise", "ReadHistory": "TestPromise", "ReadBallot": "TestPromise",
	"FindFile": "TestPromise", "OwnFiles": "TestFilesOfOthers", "AddFile": "TestFiles",
	"ReadRoom": "TestRoomsStayWithTheirAudience", "SaidBetween": "TestRoomsStayWithTheirAudience", "Say": "TestNobodySpeaksUntold", "SayAsTold": "TestToldMeanwhile",
	"ReadGroup": "TestListsOfANarrowedPlace", "TopicsOf": "TestListsOfANarrowedPlace", "MayFollow": "TestPlacesTellNothing",
	"ReadIssue": "TestDigestsAskEachGate", "ReadDraft": "TestOfThoseWhoLostTheirRight", "Drafts": "TestOfThoseWhoLostTheirRight",
	"ReadMove": "TestPlacesTellNothing", "ReadIdentity": "TestIdentity", "ReadOwnPost": "TestChangePost", "ReadBallots": "TestWhoOpensBallots",
	"ReadManage": "TestBallot", "ReadModeration": "TestPlacesTellNothing",
	"StartTopic": "TestVerbs", "Reply": "TestVerbs", "ReplyByMail": "TestQuotedMail", "PostByMail": "TestVerbs", // give the writer's own back
	"FindBoard": "TestPlacesTellNothing", "FindGroup": "TestPlacesTellNothing", "FindRoom": "TestPlacesTellNothing", "ReadSettings": "TestPlacesTellNothing", // nothing in them
	"ReadApplication": "TestWhoReadsApplications", "ReadReview": "TestWhoReadsApplications", "OpenEvidence": "TestWhoReadsApplications", "Queue": "TestWhoReadsApplications", "Decided": "TestWhoReadsApplications", "ReadFeedback": "TestFeedback",
	"ReadCirculars": "TestWhoReadsCirculars", "ReadCircular": "TestWhoReadsCirculars", "ReadOwnCirculars": "TestWhoReadsCirculars", "ReadOwnCircular": "TestWhoReadsCirculars", "MailedCircular": "TestWhoReadsCirculars",
	"ExportPosts": "TestExport",
	"ReadWaiting": "TestWaiting", "OwnWaiting": "TestWaiting", "ReadOwnWaiting": "TestWaiting", "Rewrite": "TestDeclined",
	"ReadRecord": "TestRecord", "ReadEdited": "TestEdit", "ReadPublicLog": "TestPublicLog", "ReadModeratedMessage": "TestHideMessage",
	"ReadReported": "TestReports", "ReadCase": "TestReports", "ReadWork": "TestWork", "ReadModerated": "TestHide", "ReadObjection": "TestObjection",
	"Arrivals": "TestWhoReadsArrivals", "HouseMails": "TestHouseMail", "FindSaid": "TestCircle", "ReadMinutes": "TestMinutes", "OwnMinutes": "TestMinutes", "PostMinutes": "TestMinutes", "ReadRoomNotices": "TestCalledInARoom", "ReadRoomNews": "TestCalledInARoom", "ReadOwnMessage": "TestChangeMessage", "Strangers": "TestStrangers", "PostStranger": "TestStrangers", "ReadList": "TestPlacesTellNothing",
	"ReadBells": "TestBells", "ReadTalks": "TestTalk", "ReadTalk": "TestTalk", "FindTalk": "TestTalk",
	"Sift": "TestPromise", "VisibleSaid": "TestPromise", "SearchableOf": "TestSearchable", "EachSearchable": "TestSearchable", // for the engine, whose proposals are sifted
	"ReadOwnRequest": "TestRequests", "ReadOwnRequests": "TestRequests", "ReadSentRequest": "TestRequests", "ReadRequest": "TestRequests", "ReadRequests": "TestRequests", "ReadRequestMail": "TestRequests",
	"ReadRequestNote": "TestRequests", "ReadIncident": "TestIncidents", "ReadLegalRequest": "TestLegalRequests", "ReadLegalRequests": "TestLegalRequests", "ReadLegalTold": "TestLegalRequests", "AskBundle": "TestLegalRequests", "ReadIncidents": "TestIncidents", "ReadIncidentMail": "TestIncidents",
	"IndexedPosts": "TestTakeBack", // for the engine and the mail's composer, which ask again for each reader
}

// written are the types that hold what somebody wrote, title or text.
var written = regexp.MustCompile(`\b(Post|OwnPost|PlacedPost|TagPage|DigestPost|ChatMessage|Topic|TopicPage|TopicRow|BoardPage|GroupPage|RoomPage|MovePage|HeldDraft|Revision|BallotPage|BallotsPage|IdentityPage|ManagePage|LogRow|File|ApplicationPage|ReviewPage|Evidence|QueueRow|FeedbackPage|CircularRow|CircularPage|ReportPage|CasePage|WorkPage|Notice|Bookmark|ObjectionPage|WaitingRow|WaitingPage|MemberRecord|EditedPost|ScheduledTopic|BoardFeed|PublicLog|ModeratedMessage|Stranger|ArrivalRow|SaidPlace|Minutes|OwnMessage|RoomNotice|RoomNews|Talk|TalksPage|HandedOver|Found|Searchable|Bell|Request|RequestDesk|RequestNote|RequestMailed|Incident|IncidentNotice|LegalRequest|LegalTold)\b`)

// TestPlacesTellNothing: what leads to a place, and what moderators see of it, shows nothing to
// those it does not let in, nor a title to a moderator who may not read it.
func TestPlacesTellNothing(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		s := newTalk(t, w)
		set(t, w, s.group, func(d *forum.GroupDraft) { d.Visibility = forum.Hidden })
		for what, who := range map[string]forum.Actor{"visitor": {}, "certified": w.CertifiedMember("outside")} {
			asked := map[string]error{}
			_, asked["board"] = w.FindBoard(t.Context(), who, "inner", "inner")
			_, asked["group"] = w.FindGroup(t.Context(), who, "inner")
			_, asked["room"] = w.FindRoom(t.Context(), who, "inner", "inner")
			_, _, asked["list"] = w.ReadList(t.Context(), who, "inner")
			_, asked["settings"] = w.ReadSettings(t.Context(), who, "inner")
			_, asked["move"] = w.ReadMove(t.Context(), who, s.topic.ID, 0)
			_, asked["channel"] = w.MayFollow(t.Context(), who, s.topic.ID)
			for place, err := range asked {
				kind(t, what+" asks for the "+place, err, forum.NotFound, "error.not-found")
			}
			_, _, err := w.ReadModeration(t.Context(), who)
			kind(t, what+" asks for the log", err, forum.Forbidden, "error.moderators-only")
		}
		s.must(w.Lock(t.Context(), w.Admin, s.topic.ID, "settled"))
		exec(t, w, "UPDATE topics SET reach = 2, reach_of = 0 WHERE id = ?", s.topic.ID) // for the certified, of whom the moderator is none
		for _, reads := range []func() ([]forum.LogRow, error){
			func() ([]forum.LogRow, error) { _, log, err := w.ReadModeration(t.Context(), w.Admin); return log, err },
			func() ([]forum.LogRow, error) {
				p, err := w.ReadManage(t.Context(), w.Admin, "inner")
				return p.Log, err
			},
		} {
			log, err := reads()
			if err != nil || len(log) == 0 || log[0].Act != "lock" || log[0].Object != "" {
				t.Errorf("the log names %+v %v", log, err)
			}
		}
	})
}

func TestEveryCopyIsAsked(t *testing.T) {
	t.Parallel()
	tests, found := map[string]string{}, map[string]bool{} // the file of each test
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(set, name, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			if strings.HasSuffix(name, "_test.go") {
				tests[f.Name.Name] = string(source)
			} else if givesWhatIsWritten(set, source, f) {
				found[f.Name.Name] = true
			}
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(found)) {
		if test := copiesOf[verb]; test == "" {
			t.Errorf("%s gives what somebody wrote, and no test is named for it", verb)
		} else if !strings.Contains(tests[test], "."+verb+"(") {
			t.Errorf("%s: %s does not ask it", verb, test)
		}
	}
	for verb := range copiesOf {
		if !found[verb] {
			t.Errorf("%s is named, and gives nothing of what is written", verb)
		}
	}
}

// givesWhatIsWritten tells whether a method of the forum has such a type among its results.
func givesWhatIsWritten(set *token.FileSet, source []byte, f *ast.FuncDecl) bool {
	if f.Recv == nil || f.Type.Results == nil {
		return false
	}
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); !ok || star.X.(*ast.Ident).Name != "Forum" {
		return false
	}
	for _, r := range f.Type.Results.List {
		from, to := set.Position(r.Type.Pos()).Offset, set.Position(r.Type.End()).Offset
		if written.Match(source[from:to]) {
			return true
		}
	}
	return false
}
