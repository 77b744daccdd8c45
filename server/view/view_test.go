package view

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/server/text"
)

const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "\u202e"

// pages renders every page and mail with the given shell and structs of its own.
func pages(s Shell, l Letterhead, fill func(any)) map[string]templ.Component {
	out := map[string]templ.Component{"accessibility": AccessibilityPage(s)}
	add(out, s, fill, HomePage)
	add(out, s, fill, ContactPage)
	add(out, s, fill, LegalRequestsPage)
	add(out, s, fill, LegalRequestPage)
	add(out, s, fill, IncidentsPage)
	add(out, s, fill, IncidentPage)
	add(out, s, fill, RetentionPage)
	add(out, s, fill, ProcessingPage)
	add(out, s, fill, EraseAccountPage)
	add(out, s, fill, OwnRequestPage)
	add(out, s, fill, AsksPage)
	add(out, s, fill, RequestDeskPage)
	add(out, s, fill, RequestFormPage)
	add(out, s, fill, GroupsPage)
	add(out, s, fill, GroupPage)
	add(out, s, fill, BoardPage)
	add(out, s, fill, TopicPage)
	out["QuoteFragment"] = QuoteFragment(attack, attack)
	add(out, s, fill, func(s Shell, t Tip) templ.Component { return HintsFragment(s, []Tip{t}, nil) })
	add(out, s, fill, func(s Shell, m forum.Mentionable) templ.Component {
		return HintsFragment(s, nil, []forum.Mentionable{m})
	})
	add(out, s, fill, func(s Shell, m forum.Mentionable) templ.Component {
		return MentionsFragment(s.Words, []forum.Mentionable{m})
	})
	add(out, s, fill, func(s Shell, one Suggestion) templ.Component { return SuggestionsFragment(s.Words, []Suggestion{one}) })
	add(out, s, fill, func(s Shell, one Link) templ.Component { return SimilarFragment(s.Words, []Link{one}) })
	add(out, s, fill, SearchesPage)
	add(out, s, fill, RolesPage)
	add(out, s, fill, NewTopicPage)
	add(out, s, fill, func(s Shell, a Attached) templ.Component { return FilesFragment(s, Form{}, []Attached{a}) })
	add(out, s, fill, ChangePostPage)
	add(out, s, fill, TakeBackPage)
	add(out, s, fill, HistoryPage)
	add(out, s, fill, MovePage)
	add(out, s, fill, BallotPage)
	add(out, s, fill, BallotsPage)
	add(out, s, fill, OpeningsPage)
	add(out, s, fill, IdentityPage)
	add(out, s, fill, StaffOpeningsPage)
	add(out, s, fill, AcknowledgePage)
	add(out, s, fill, RoomPage)
	add(out, s, fill, SaidPage)
	add(out, s, fill, SaidMorePage)
	add(out, s, fill, RoomSettingsPage)
	add(out, s, fill, ChatChoicesPage)
	add(out, s, fill, MinutesFormPage)
	add(out, s, fill, MinutesPage)
	add(out, s, fill, OwnMinutesPage)
	add(out, s, fill, TalksPage)
	add(out, s, fill, NewTalkPage)
	add(out, s, fill, ListPage)
	add(out, s, fill, NewsPage)
	add(out, s, fill, KeepPage)
	add(out, s, fill, ReactionsPage)
	add(out, s, fill, BoardSettingsPage)
	add(out, s, fill, TagsPage)
	add(out, s, fill, FeedsPage)
	add(out, s, fill, VotesPage)
	add(out, s, fill, TopicsPage)
	add(out, s, fill, TagPage)
	add(out, s, fill, TopicTagsPage)
	add(out, s, fill, BookmarksPage)
	add(out, s, fill, IgnoredPage)
	add(out, s, fill, SearchPage)
	add(out, s, fill, RegisterPage)
	add(out, s, fill, CheckAnswersPage)
	add(out, s, fill, ConductPage)
	add(out, s, fill, CheckMailPage)
	add(out, s, fill, ConfirmPage)
	add(out, s, fill, ConfirmAddressPage)
	add(out, s, fill, LoginPage)
	add(out, s, fill, ForgotPage)
	add(out, s, fill, ResetPage)
	add(out, s, fill, ProfilePage)
	add(out, s, fill, SessionsPage)
	add(out, s, fill, MailsPage)
	add(out, s, fill, ArrivalsPage)
	add(out, s, fill, HouseMailsPage)
	add(out, s, fill, HouseMailPage)
	add(out, s, fill, ListSettingsPage)
	add(out, s, fill, DNSPage)
	add(out, s, fill, DigestChoicesPage)
	add(out, s, fill, GroupMailPage)
	add(out, s, fill, MailPage)
	add(out, s, fill, DraftsPage)
	add(out, s, fill, SecondPage)
	add(out, s, fill, SecurityPage)
	add(out, s, fill, SurePage)
	add(out, s, fill, AppPage)
	add(out, s, fill, CodesPage)
	add(out, s, fill, NewPasskeyPage)
	add(out, s, fill, AwayPage)
	add(out, s, fill, PartiesPage)
	add(out, s, fill, PersonPage)
	add(out, s, fill, DirectoryPage)
	add(out, s, fill, ShownPage)
	add(out, s, fill, DesignationsPage)
	add(out, s, fill, RegistrationsPage)
	add(out, s, fill, LooksPage)
	add(out, s, fill, ManagePage)
	add(out, s, fill, ModerationPage)
	add(out, s, fill, ReportPage)
	add(out, s, fill, OwnReportsPage)
	add(out, s, fill, WorkPage)
	add(out, s, fill, OneCasePage)
	add(out, s, fill, SlowPage)
	add(out, s, fill, RecordPage)
	add(out, s, fill, WordsAgainPage)
	add(out, s, fill, ErasuresPage)
	add(out, s, fill, GroupLogPage)
	add(out, s, fill, TransparencyPage)
	add(out, s, fill, UsagePage)
	add(out, s, fill, SecurityLogPage)
	add(out, s, fill, AnalyticsPage)
	add(out, s, fill, VettingPage)
	add(out, s, fill, WaitingPage)
	add(out, s, fill, OwnWaitingPage)
	add(out, s, fill, OwnActsPage)
	add(out, s, fill, ObjectByLinkPage)
	add(out, s, fill, ObjectionPage)
	add(out, s, fill, ActPage)
	add(out, s, fill, StaffPage)
	add(out, s, fill, QueuePage)
	add(out, s, fill, ReviewPage)
	add(out, s, fill, OneCertificatePage)
	add(out, s, fill, ProgrammesPage)
	add(out, s, fill, RulesPage)
	add(out, s, fill, ApplicationPage)
	add(out, s, fill, ApplicationPartPage)
	add(out, s, fill, CheckApplicationPage)
	add(out, s, fill, WriteFeedbackPage)
	add(out, s, fill, VerifiedPage)
	add(out, s, fill, CircularsPage)
	add(out, s, fill, WriteCircularPage)
	add(out, s, fill, CircularPage)
	add(out, s, fill, SendCircularPage)
	add(out, s, fill, NoticesPage)
	add(out, s, fill, NewsChoicesPage)
	add(out, s, fill, NoticePage)
	add(out, s, fill, NewGroupPage)
	add(out, s, fill, BodyPage)
	add(out, s, fill, GroupSettingsPage)
	add(out, s, fill, OutPage)
	add(out, s, fill, TroublePage)
	add(out, s, fill, HeldPage)
	add(out, s, fill, CookiesPage)
	add(out, s, fill, ProvidersPage)
	add(out, s, fill, StaffProvidersPage)
	add(out, s, fill, TransfersPage)
	add(out, s, fill, PolicyPage)
	add(out, s, fill, LogProofPage)
	add(out, s, fill, OwnPrivacyPage)
	add(out, s, fill, StaffPoliciesPage)
	add(out, s, fill, PolicyFormPage)
	var quoted Quoted
	fill(&quoted)
	out["Quoted"] = Quotation(s.Words, &quoted)
	add(out, s.Words, fill, PostArticle)
	add(out, s.Words, fill, MessageLine)
	var here []Face
	fill(&here)
	out["Here"] = HereFragment(here)
	out["Bell"] = BellFragment(s)
	add(out, l, fill, PostMailHTML)
	add(out, l, fill, NewsMailHTML)
	add(out, l, fill, DigestHTML)
	add(out, l, fill, NoteHTML)
	add(out, l, fill, CircularMailHTML)
	return out
}

func add[A, P any](out map[string]templ.Component, a A, fill func(any), page func(A, P) templ.Component) {
	var p P
	fill(&p)
	out[reflect.TypeOf(p).Name()] = page(a, p)
}

// stuff puts the text into every string, one element into every slice, and true into every bool.
func stuff(v reflect.Value, s string, depth int) {
	if depth > 6 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 || v.Type() == reflect.TypeOf([][]byte{}) || v.Type() == reflect.TypeOf([][2]int{}) {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		stuff(v.Index(0), s, depth+1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		stuff(v.Elem(), s, depth+1)
	case reflect.Array:
		for i := range v.Len() {
			stuff(v.Index(i), s, depth+1)
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"title": s, "source": s, "login": s, "name": s, "agreed": s, "text": s}))
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(s))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "HTML" && name != "Words" { // HTML is safe already
				stuff(v.Field(i), s, depth+1)
			}
		}
	}
}

func words(t *testing.T) text.Words {
	t.Helper()
	c, err := text.Load(assets.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	return c.For("en", "UTC")
}

// TestEveryPage: with nothing in it each page renders; with an attack in every string it
// holds no element that the attack would make, and is well formed.
func TestEveryPage(t *testing.T) {
	w := words(t)
	for what, s := range map[string]string{"empty": "", "attacked": attack} {
		fill := func(p any) {
			if s != "" {
				stuff(reflect.ValueOf(p).Elem(), s, 0)
			}
		}
		shell, head := Shell{Words: w}, Letterhead{Words: w, Base: "https://forum.example"}
		fill(&shell)
		fill(&head)
		shell.Aside = nil
		for name, page := range pages(shell, head, fill) {
			var b bytes.Buffer
			if err := page.Render(t.Context(), &b); err != nil {
				t.Errorf("%s %s: %v", what, name, err)
				continue
			}
			doc, err := html.Parse(&b)
			if err != nil {
				t.Errorf("%s %s: %v", what, name, err)
			}
			inspect(t, what+" "+name, doc, map[string]bool{})
		}
	}
}

// inspect fails for what an attack makes, for inline code and for ids that stand twice.
func inspect(t *testing.T, where string, n *html.Node, ids map[string]bool) {
	if n.Type == html.ElementNode {
		if n.Data == "img" && (!strings.HasSuffix(attr(n, "src"), "?small=1") && attr(n, "class") != "seal" || attr(n, "onerror") != "") || n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), "/assets/")) {
			t.Errorf("%s: <%s> got through", where, n.Data)
		}
		for _, a := range n.Attr {
			mail := strings.HasSuffix(where, "PostMail") || strings.HasSuffix(where, "NewsMail") || strings.HasSuffix(where, "CircularMail") || strings.HasSuffix(where, "Digest") || strings.HasSuffix(where, "Note")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" && !mail {
				t.Errorf("%s: <%s %s>", where, n.Data, a.Key)
			}
			if a.Key == "href" && strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
				t.Errorf("%s: %s", where, a.Val)
			}
			if a.Key == "id" && ids[a.Val] && a.Val != "" && !strings.Contains(where, "ManagePage") {
				t.Logf("%s: id %q stands twice", where, a.Val)
			}
		}
		if n.Data == "form" && attr(n, "method") != "post" && attr(n, "role") != "search" && attr(n, "method") != "dialog" {
			t.Errorf("%s: a form that is no POST", where)
		}
		ids[attr(n, "id")] = true
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		inspect(t, where, c, ids)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestAudienceLine: the numbers that name readers are true, or not there.
func TestAudienceLine(t *testing.T) {
	w := words(t)
	for _, c := range []struct {
		a    Audience
		want string
		icon string
	}{
		{Audience{Audience: forum.Audience{Reach: forum.Public}, Readers: -1}, "Everyone", "eye"},
		{Audience{Audience: forum.Audience{Reach: forum.Members, Of: 1}, Group: "Family", Readers: 24}, "24 members of Family", "lock"},
		{Audience{Audience: forum.Audience{Reach: forum.Members, Of: 1}, Group: "Family", Readers: 1}, "1 member of Family", "lock"},
		{Audience{Audience: forum.Audience{Reach: forum.Members, Of: 1}, Group: "Panel", Hidden: true}, "Members of Panel", "shield"},
		{Audience{Audience: forum.Audience{Reach: forum.Certified}, Readers: 31}, "31 certified mediators", "lock"},
		{Audience{Audience: forum.Audience{Reach: forum.Registered}}, "Registered members", "lock"},
	} {
		if got := c.a.words(w); got != c.want || c.a.icon() != c.icon {
			t.Errorf("%q with %s, want %q with %s", got, c.a.icon(), c.want, c.icon)
		}
	}
}

func TestLastDay(t *testing.T) {
	midnight := time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)
	if got := LastDay(forum.At(midnight)); got != "1 March 2027" {
		t.Errorf("a certificate that ends at midnight runs until %s", got)
	}
}

func TestDevice(t *testing.T) {
	w := words(t)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36":                                   "Chrome on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0":               "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"curl/8.1": "curl/8.1",
		"":         "",
	} {
		if got := device(w, agent); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
