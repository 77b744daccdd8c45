package forum_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"peergroups/forum"
	"peergroups/forum/forumtest"
)

// written in a list that moved here, long ago and lately.
func archived(id, from, title string, at time.Time, cites ...string) forum.Archived {
	return forum.Archived{MessageID: id, Cites: cites, From: from + "@members.example", Name: strings.ToUpper(from[:1]) + from[1:] + " Test", Title: title, Source: "canary of " + id, At: at}
}

var longAgo = time.Date(2009, 3, 1, 12, 0, 0, 0, time.UTC)

// oldList is a conversation whose threads are told by ids, by a mail that is missing, by a mail that comes late, and by subjects.
func oldList() []forum.Archived {
	reply := archived("subject", "cara", "Fees", longAgo.Add(29*24*time.Hour))
	reply.Answer = true
	late := archived("too-late", "cara", "Fees", longAgo.Add(99*24*time.Hour))
	late.Answer = true
	return []forum.Archived{
		archived("first", "ann", "Fees", longAgo),
		archived("second", "cara", "Fees", longAgo.Add(time.Hour), "first"),
		archived("third", "ann", "Fees and rooms", longAgo.Add(2*time.Hour), "second", "first"),
		archived("new", "cara", "Fees", longAgo.Add(3*time.Hour)),
		reply,
		archived("orphan", "cara", "Rooms", longAgo.Add(4*time.Hour), "missing"),
		archived("sibling", "ann", "Rooms", longAgo.Add(5*time.Hour), "missing"),
		archived("missing", "cara", "Rooms", longAgo.Add(time.Hour)),
		late,
		archived("lately", "cara", "Lately", time.Date(2026, 11, 23, 8, 59, 0, 0, time.UTC)),
		archived("first", "ann", "Fees", longAgo),
	}
}

// standing lists topics with their posts, oldest first.
func standing(t *testing.T, w *forumtest.World, b forum.BoardID) (out []string) {
	t.Helper()
	var rows []struct {
		TopicID forum.TopicID
		Title   string
		Source  string
		N       int
	}
	if err := w.Store.Reader().NewRaw("SELECT p.topic_id, t.title, p.source, p.n FROM posts p JOIN topics t ON t.id = p.topic_id WHERE t.board_id = ? ORDER BY p.topic_id, p.n", b).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		id := r.Source[strings.LastIndex(r.Source, " ")+1:]
		if r.N == 1 {
			out = append(out, r.Title+":"+id)
		} else {
			out[len(out)-1] += " " + id
		}
	}
	return out
}

// kept counts the rows that an import writes.
func kept(t *testing.T, w *forumtest.World) (n int) {
	t.Helper()
	if err := w.Store.Reader().NewRaw("SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM topics) + (SELECT count(*) FROM members) + (SELECT count(*) FROM imported) + (SELECT count(*) FROM old_urls) + (SELECT count(*) FROM log_entries)").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestImport: an archive stands with its threads, dates and writers, once, for the members of the group, and nobody is told of it.
func TestImport(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		g, b, _ := w.Group("inner", forum.MembersOnly)
		ann, out := w.Member("ann"), w.CertifiedMember("cara") // cara is a member of the forum, and not of the group
		w.Ready(g, w.Admin, ann)
		must(w.Subscribe(ctx, w.Admin, b.ID, forum.Daily))
		must(w.Subscribe(ctx, ann, b.ID, forum.Each))
		must(w.SetBoardLevel(ctx, ann, b.ID, forum.EveryPost))
		w.Effects.Take()
		before := kept(t, w)
		try, err := w.OpenImport(ctx, w.Admin, *b, "Archive of Old", forum.ImportOptions{Dry: true})
		must(err)
		want := forum.Imported{Mails: 10, Already: 1, Topics: 5, Matched: 3, Unmatched: 7}
		if n, err := try.Take(ctx, oldList()); err != nil || n != want || kept(t, w) != before {
			t.Errorf("a dry run: %+v %v, %d rows", n, err, kept(t, w)-before)
		}
		im, err := w.OpenImport(ctx, w.Admin, *b, "Archive of Old", forum.ImportOptions{})
		must(err)
		if n, err := im.Take(ctx, oldList()); err != nil || n != want {
			t.Errorf("%+v %v", n, err)
		}
		threads := strings.Join(standing(t, w, b.ID), "\n")
		if threads != "Fees:first second third\nFees:new subject\nRooms:orphan sibling missing\nFees:too-late\nLately:lately" {
			t.Error(threads)
		}
		for _, fact := range w.Effects.Take() {
			t.Errorf("%T is told", fact)
		}
		_, err = w.OpenImport(ctx, w.Admin, *b, "Again", forum.ImportOptions{})
		kind(t, "twice", err, forum.Conflict, "error.imported-already")
		counters(t, w)
		quietly(t, w)
		page, err := w.ReadBoard(ctx, ann, "inner", "inner", forum.TopicCursor{})
		must(err)
		fees := page.Topics[len(page.Topics)-1]
		read, err := w.ReadTopic(ctx, ann, fees.ID, 0)
		must(err)
		for i, p := range read.Posts {
			if at := p.PostedAt.Time(); !at.Equal(longAgo.Add(time.Duration(i)*time.Hour)) || p.Reach != forum.Members || p.Of != g.ID || p.Via != forum.FromArchive {
				t.Errorf("%+v", p)
			}
		}
		if read.Posts[0].Author != "Ann Test" || read.Posts[1].Author != "Archive of Old" || !strings.Contains(read.Posts[1].HTML, "<strong>Cara Test</strong>") || strings.Contains(read.Posts[0].HTML, "<strong>") {
			t.Errorf("%+v", read.Posts)
		}
		for what, who := range map[string]forum.Actor{"a visitor": {}, "who wrote it": out} {
			_, err := w.ReadTopic(ctx, who, fees.ID, 0)
			kind(t, what, err, forum.NotFound, "error.not-found")
			for _, p := range read.Posts {
				_, err := w.ReadPost(ctx, who, p.ID)
				kind(t, what, err, forum.NotFound, "error.not-found")
			}
		}
		set(t, w, g, func(d *forum.GroupDraft) { d.Visibility = forum.PublicToRead })
		_, err = w.ReadTopic(ctx, out, fees.ID, 0)
		kind(t, "after it was opened", err, forum.NotFound, "error.not-found")
		_, err = im.Take(ctx, []forum.Archived{archived("more", "ann", "More", longAgo)})
		kind(t, "into an open group", err, forum.Closed, "error.import-open")
	})
}

// counters holds what is counted of each topic against its posts.
func counters(t *testing.T, w *forumtest.World) {
	t.Helper()
	var wrong int
	if err := w.Store.Reader().NewRaw(`SELECT count(*) FROM (SELECT t.id FROM topics t JOIN posts p ON p.topic_id = t.id GROUP BY t.id, t.last_n, t.said, t.people, t.last_post_at, t.mixed, t.posted_at
		HAVING t.last_n <> max(p.n) OR t.said <> count(*) OR t.people <> count(DISTINCT p.author_id) OR t.last_post_at <> max(p.posted_at) OR t.mixed <> CASE WHEN min(p.posted_at) < t.posted_at THEN 1 ELSE 0 END) x`).Scan(t.Context(), &wrong); err != nil || wrong > 0 {
		t.Errorf("%d topics are counted wrongly: %v", wrong, err)
	}
}

// quietly tells that nothing leaves the house: no mail, no notice, and no digest, not even of what was written since the last one.
func quietly(t *testing.T, w *forumtest.World) {
	t.Helper()
	w.Pass(9 * 24 * time.Hour)
	w.Effects.Take()
	if _, err := w.ComposeDigests(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	for _, f := range w.Effects.Take() {
		t.Errorf("%T goes out", f)
	}
	var n int
	if err := w.Store.Reader().NewRaw("SELECT (SELECT count(*) FROM notices) + (SELECT count(*) FROM deliveries WHERE kind IN ('post', 'digest', 'news'))").Scan(t.Context(), &n); err != nil || n > 0 {
		t.Errorf("%d notices and mails %v", n, err)
	}
	if _, err := w.IssueOf(t.Context(), 1, w.Admin.Member); forum.KindOf(err) != forum.NotFound {
		t.Error(err)
	}
}

// TestImportBroken: an import that breaks off leaves whole batches, and goes on where it was; what its writer sent by mail is not
// posted again.
func TestImportBroken(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.Hidden)
		ann := w.Member("ann")
		w.Ready(g, w.Admin, ann)
		all := oldList()
		posted := all[0]
		if _, err := w.StartTopic(t.Context(), ann, b.ID, forum.Draft{Title: "Fees", Source: "canary of first", Key: forum.KeyOfMail(posted.MessageID)}); err != nil {
			t.Fatal(err)
		}
		im, err := w.OpenImport(t.Context(), w.Admin, *b, "Archive", forum.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.Take(t.Context(), all[:4]); err != nil {
			t.Fatal(err)
		}
		before := kept(t, w)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := im.Take(ctx, all); !errors.Is(err, context.Canceled) || kept(t, w) != before {
			t.Errorf("broken off: %v, %d rows", err, kept(t, w)-before)
		}
		w.Effects.Fail = errors.New("no jobs")
		if _, err := im.Take(t.Context(), all); err == nil || kept(t, w) != before {
			t.Errorf("in the middle: %v, %d rows", err, kept(t, w)-before)
		}
		w.Effects.Fail = nil
		again, err := w.OpenImport(t.Context(), w.Admin, *b, "Archive", forum.ImportOptions{Resume: true})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := again.Take(t.Context(), all); err != nil || n.Already != 5 || n.Mails != 6 {
			t.Errorf("%+v %v", n, err)
		}
		if got := strings.Join(standing(t, w, b.ID), "\n"); got != "Fees:first second third\nFees:new subject\nRooms:orphan sibling missing\nFees:too-late\nLately:lately" {
			t.Error(got)
		}
	})
}

// TestImportRefused: who may not, and where nothing of an archive goes.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		ann := w.Member("ann")
		for i, c := range []struct {
			v   forum.Visibility
			o   func(*forum.GroupDraft)
			by  *forum.Actor
			k   forum.Kind
			key string
		}{
			{forum.PublicToRead, nil, &w.Admin, forum.Closed, "error.import-open"},
			{forum.RegisteredOnly, nil, &w.Admin, forum.Closed, "error.import-open"},
			{forum.CertifiedOnly, nil, &w.Admin, forum.Closed, "error.import-open"},
			{forum.MembersOnly, func(d *forum.GroupDraft) { d.FromJoin = true }, &w.Admin, forum.Closed, "error.import-from-join"},
			{forum.Hidden, func(d *forum.GroupDraft) { d.Class = forum.ChathamClass }, &w.Admin, forum.Closed, "error.import-masked"},
			{forum.Hidden, nil, &ann, forum.Forbidden, "error.administrators-only"},
		} {
			o := []func(*forum.GroupDraft){}
			if c.o != nil {
				o = append(o, c.o)
			}
			_, b, _ := w.Group(fmt.Sprintf("group-%d", i), c.v, o...)
			before := kept(t, w)
			for _, dry := range []bool{true, false} {
				_, err := w.OpenImport(t.Context(), *c.by, *b, "Archive", forum.ImportOptions{Dry: dry})
				kind(t, fmt.Sprint(i), err, c.k, c.key)
			}
			if kept(t, w) != before {
				t.Error(i, "left something")
			}
		}
		_, err := w.FindForImport(t.Context(), ann, "group-5", "group-5")
		kind(t, "to look for a board", err, forum.Forbidden, "error.administrators-only")
	})
}

// TestImportedWords: no address stays, nobody is called or quoted, and nobody becomes who stands for those who are not here.
func TestImportedWords(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.Hidden)
		w.Ready(g, w.Admin)
		other, err := w.StartTopic(t.Context(), w.Admin, b.ID, draft(w, "other"))
		if err != nil {
			t.Fatal(err)
		}
		var quoted forum.PostID
		if err := w.Store.Reader().NewRaw("SELECT id FROM posts WHERE topic_id = ?", other.ID).Scan(t.Context(), &quoted); err != nil {
			t.Fatal(err)
		}
		m := archived("words", "cara", "To cara.lee@old.example", longAgo)
		m.Name = "cara *at* <b>home</b>"
		m.Source = fmt.Sprintf("@admin see\n\nhttps://forum.example/p/%d\n\nOn Monday, cara at old.example wrote:\n\n> From: dan+x at old.example\n> \"Dan\" <dan@old.example>, mailto:eve@old.example\n\nWe meet at home.", quoted)
		im, err := w.OpenImport(t.Context(), w.Admin, *b, "Archive of list@old.example", forum.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := im.Take(t.Context(), []forum.Archived{m, {Mark: "long", From: "x@y.example", Name: "who@y.example", Source: strings.Repeat("ä", forum.MaxSource+9), At: longAgo}}); err != nil || n.Mails != 2 || n.Cut != 1 {
			t.Fatalf("%+v %v", n, err)
		}
		var posts []struct{ Title, Source, Html, Name, Handle string }
		if err := w.Store.Reader().NewRaw("SELECT t.title, p.source, p.html, m.name, m.handle FROM posts p JOIN topics t ON t.id = p.topic_id JOIN members m ON m.id = p.author_id WHERE p.via = 3 ORDER BY p.id").Scan(t.Context(), &posts); err != nil || len(posts) != 2 {
			t.Fatal(posts, err)
		}
		p := posts[0]
		for _, never := range []string{"old.example", "<b>", "mention", fmt.Sprintf(`href="https://forum.example/p/%d"`, quoted)} {
			if strings.Contains(p.Title+p.Source+p.Name, never) && never != "<b>" || strings.Contains(p.Html, never) {
				t.Errorf("%q in %+v", never, p)
			}
		}
		for _, ever := range []string{"cara@… wrote", "dan+x@…", "mailto:eve@…", "We meet at home."} {
			if !strings.Contains(p.Source, ever) {
				t.Errorf("%q is not in %q", ever, p.Source)
			}
		}
		if strings.Contains(posts[1].Source, "who") || len([]rune(posts[1].Source)) != forum.MaxSource {
			t.Errorf("%.40q", posts[1].Source)
		}
		if _, err := w.LogIn(t.Context(), p.Handle, "", "device", "source"); err == nil {
			t.Error("somebody is logged in as the archive")
		}
		if _, err := w.MemberByLogin(t.Context(), p.Handle); forum.KindOf(err) != forum.NotFound {
			t.Error("found by name:", err)
		}
		var id forum.MemberID
		if err := w.Store.Reader().NewRaw("SELECT id FROM members WHERE handle = ?", p.Handle).Scan(t.Context(), &id); err != nil {
			t.Fatal(err)
		}
		if a := w.As(id); a.Member != 0 {
			t.Errorf("acts as %+v", a)
		}
	})
}

// TestOldURLs: an old address leads there who may read the post, and is to all others as one that never was.
func TestOldURLs(t *testing.T) {
	t.Parallel()
	forumtest.On(t, func(t *testing.T, w *forumtest.World) {
		g, b, _ := w.Group("inner", forum.Hidden)
		ann, out := w.Member("ann"), w.CertifiedMember("out")
		w.Ready(g, w.Admin, ann)
		im, err := w.OpenImport(t.Context(), w.Admin, *b, "Archive", forum.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		all := oldList()
		all[1].OldPath = "/pipermail/old/2009-March/000001.html"
		if _, err := im.Take(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		urls := []forum.OldURL{{"/message/first", "first"}, {"/message/none", "none"}, {"/message/late", "missing"}, {"no path", "first"}}
		if n, err := w.KeepOldURLs(t.Context(), w.Admin, b.ID, urls); err != nil || n != 2 {
			t.Error(n, err)
		}
		_, err = w.KeepOldURLs(t.Context(), ann, b.ID, urls)
		kind(t, "by a member", err, forum.Forbidden, "error.administrators-only")
		for _, path := range []string{"/message/first", "/message/late", all[1].OldPath} {
			if id, err := w.FindOldURL(t.Context(), ann, path); err != nil || id == 0 {
				t.Error(path, err)
			}
			for _, who := range []forum.Actor{{}, out} {
				_, err := w.FindOldURL(t.Context(), who, path)
				kind(t, path, err, forum.NotFound, "error.not-found")
			}
		}
		_, err = w.FindOldURL(t.Context(), ann, "/message/none")
		kind(t, "of nothing", err, forum.NotFound, "error.not-found")
		id, _ := w.FindOldURL(t.Context(), ann, "/message/first")
		if err := w.TakeBack(t.Context(), ann, id); err != nil {
			t.Fatal(err)
		}
		_, err = w.FindOldURL(t.Context(), ann, "/message/first")
		kind(t, "taken back", err, forum.NotFound, "error.not-found")
	})
}
