package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"peergroups/forum"
)

// TestJobsOfFacts: each fact that is mailed or indexed causes exactly these jobs, and they carry numbers only: what is
// said is read when the job runs, by the rights of that moment.
func TestJobsOfFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact forum.Fact
		want []string
	}{
		{forum.Posted{Topic: 1, Post: 2}, []string{`send {"mail":"post","ref":2}`}},
		{forum.PostChanged{Topic: 1, Post: 2}, []string{`notify {"post":2}`}},
		{forum.MemberRegistered{Token: 3}, []string{`send {"mail":"note.confirm-address","ref":3}`}},
		{forum.RegisteredAgain{Token: 4}, []string{`send {"mail":"note.already-registered","ref":4}`}},
		{forum.ResetAsked{Token: 5}, []string{`send {"mail":"note.reset-password","ref":5}`}},
		{forum.MemberCertified{Certificate: 6}, []string{`send {"mail":"note.certified","ref":6}`}},
		{forum.JoinAsked{Entry: 7}, []string{`send {"mail":"note.asked","ref":7}`}},
		{forum.MemberTold{Note: "note.invited", Entry: 8}, []string{`send {"mail":"note.invited","ref":8}`}},
		{forum.AccountNoted{Note: "note.factor-added", Ref: 16}, []string{`send {"mail":"note.factor-added","ref":16}`}},
		{forum.DraftWaits{Note: "note.held", Draft: 9}, []string{`send {"mail":"note.held","ref":9}`}},
		{forum.Answered{Outcome: "help", Received: 10}, []string{`send {"mail":"note.help","ref":10}`}},
		{forum.OpeningNoted{Opening: 15, Note: "note.visit-asked"}, []string{`send {"mail":"note.visit-asked","ref":15}`}},
		{forum.NewsOpened{Kind: "room-news", Mail: 19}, []string{`send {"mail":"room-news","ref":19}`}},
		{forum.ModerationNoted{Ref: 18, Note: "note.queue"}, []string{`send {"mail":"note.queue","ref":18}`}},
		{forum.CircularQueued{Mailing: forum.Mailing{Kind: "circular", Ref: 17}}, []string{`send {"mail":"circular","ref":17}`}},
		{forum.DigestsComposed{Issues: []forum.Issue{{ID: 1, Run: 11}, {ID: 2, Run: 12}, {ID: 3, Run: 11}}}, []string{`send {"mail":"digest","ref":11}`, `send {"mail":"digest","ref":12}`}},
		{forum.DigestsComposed{}, nil}, {forum.Said{}, nil}, {forum.PostReacted{Topic: 1, Post: 2}, nil}, {forum.AnswerAccepted{Topic: 1, Post: 2}, nil}, {forum.SessionsEnded{}, nil}, {forum.GroupChanged{}, nil}, {forum.MemberLeft{}, nil}, {forum.TopicChanged{}, nil}, {forum.CertificateEnded{}, nil},
	} {
		var got []string
		for _, args := range jobsOf(c.fact) {
			raw, err := json.Marshal(args)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, args.Kind()+" "+string(raw))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%T causes %q, want %q", c.fact, got, c.want)
		}
	}
}

// TestSearchedOfFacts: what changes what the search engine should hold, by each fact.
func TestSearchedOfFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fact forum.Fact
		want string
	}{
		{forum.Posted{Topic: 1, Post: 2}, "post 2"}, {forum.PostChanged{Topic: 1, Post: 2}, "post 2"}, {forum.TopicMoved{Topic: 1}, "topic 1"}, {forum.TopicMoved{Topic: 1, Posts: []forum.PostID{2, 3}}, "post 2, post 3"},
		{forum.TopicTagged{Topic: 1}, "topic 1"}, {forum.GroupReclassed{Group: 4}, "group 4"}, {forum.Said{Room: 5, Seq: 1}, ""}, {forum.SaidApart{Messages: []int64{6, 7}}, "message 6, message 7"},
		{forum.RoomKept{Room: 5}, "room 5"}, {forum.TopicChanged{Topic: 1}, ""}, {forum.PostReacted{Topic: 1, Post: 2}, ""}, {forum.MemberJoined{Group: 4}, ""}, {forum.GroupChanged{Group: 4}, ""},
	} {
		var got []string
		for _, s := range searchedOf(c.fact) {
			got = append(got, fmt.Sprint(s.Kind, " ", s.ID))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%T makes %q old, want %q", c.fact, got, c.want)
		}
	}
}

// TestWhatBecomesOfAJob: for each kind of error, as it is and wrapped, and for what is no refusal.
func TestWhatBecomesOfAJob(t *testing.T) {
	t.Parallel()
	want := map[forum.Kind]string{forum.Internal: "again", forum.NotFound: "given up", forum.Forbidden: "given up", forum.Invalid: "given up", forum.Conflict: "done", forum.Closed: "given up", forum.Held: "done", forum.TooMany: "later"}
	for kind := forum.Internal; kind <= forum.TooMany; kind++ {
		for _, err := range []error{forum.Refuse(kind, "x"), fmt.Errorf("deep: %w", forum.Refuse(kind, "x"))} {
			if got := became(answer(err)); got != want[kind] {
				t.Errorf("%s: %s, want %s", kind, got, want[kind])
			}
		}
	}
	if len(want) != int(forum.TooMany)+1 {
		t.Errorf("%d kinds", len(want))
	}
	for _, err := range []error{errors.New("disk full"), context.Canceled, context.DeadlineExceeded} {
		if got := answer(err); !errors.Is(got, err) || became(got) != "again" {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func became(err error) string {
	var snooze *river.JobSnoozeError
	var cancel *river.JobCancelError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &snooze):
		return "later"
	case errors.As(err, &cancel):
		return "given up"
	}
	return "again"
}

// TestEveryTickIsDone: what the schedule names, the clock's worker has a line for, and the other way round.
func TestEveryTickIsDone(t *testing.T) {
	t.Parallel()
	named, done := map[string]bool{}, map[string]bool{}
	for name, found := range map[string]map[string]bool{"schedule.go": named, "work.go": done} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "each" || f.Sel.Name == "every") {
					if name, ok := n.Args[0].(*ast.BasicLit); ok {
						found[name.Value] = true
					}
				}
			case *ast.CompositeLit: // {"what", what does it}
				if len(n.Elts) == 2 {
					if lit, ok := n.Elts[0].(*ast.BasicLit); ok {
						found[lit.Value] = true
					}
				}
			}
			return true
		})
	}
	if !reflect.DeepEqual(named, done) || len(named) < 4 {
		t.Errorf("the schedule names %v, the worker does %v", named, done)
	}
	j := &Jobs{Options: Options{Every: time.Minute}}
	if n := len(j.schedule()); n != len(named) {
		t.Errorf("%d periodic jobs", n)
	}
}

// TestDocOf: the engine's document of a post says for whom it is, and whom its readers may know as its author.
func TestDocOf(t *testing.T) {
	t.Parallel()
	is := forum.Searchable{Kind: "post", ID: 7, GroupID: 5, BoardID: 6, TopicID: 8, AuthorID: 9, PostedAt: 1_000_001, Title: "Title", Text: "text", Files: []string{"a.pdf", "b.txt"}, Tags: []forum.TagID{3}}
	is.Audience = forum.Audience{Reach: forum.Members, Of: 5}
	if d := docOf(&is, 4); d.Audience != "group:5" || d.Version != 4 || d.Author != 9 || d.Voice != 9 || d.At.UnixMicro() != 1_000_001 || d.Files != "a.pdf\nb.txt" || len(d.Tags) != 1 || d.Title != "Title" {
		t.Errorf("%+v", d)
	}
	is.FromJoin, is.Class = true, forum.ChathamClass
	if d := docOf(&is, 4); d.Audience != "since:5" || d.Author != 9 || d.Voice != 0 {
		t.Errorf("behind a mask: %+v", d)
	}
}

// TestProgress: what was written of how far an index is built is read again; what is not known is the beginning.
func TestProgress(t *testing.T) {
	t.Parallel()
	for kind := range forum.SearchKinds {
		if k, after := progress(progressAt(kind, 77)); k != kind || after != 77 {
			t.Errorf("%d: %d %d", kind, k, after)
		}
	}
	for _, bad := range []string{"", "post", "post x", "else 4", "post 99999999999999999999"} {
		if k, after := progress(bad); k != 0 || after != 0 {
			t.Errorf("%q: %d %d", bad, k, after)
		}
	}
}

// TestQueueLog: only troubles of the queue are logged, and not that it was told to stop.
func TestQueueLog(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	j := &Jobs{Options: Options{Log: slog.New(slog.NewTextHandler(&b, nil))}}
	log := j.quiet()
	log.Info("chatter")
	log.Error("one", "err", context.Canceled)
	j.ending.Store(true)
	log.Error("two", "err", fmt.Errorf("fetch: %w", context.Canceled))
	log.Warn("three", "err", "disk full")
	if s := b.String(); strings.Contains(s, "chatter") || !strings.Contains(s, "one") || strings.Contains(s, "two") || !strings.Contains(s, "three") {
		t.Error(s)
	}
}
