package web

import (
	"context"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"peergroups/forum"
	"peergroups/server/view"
)

// Before something is posted, what looks like a confidence is shown to its writer, who may
// have it replaced, mend it, or post it anyway (P20). The check runs here and keeps nothing.

// tips finds what looks like a confidence in fields of a form, unless the writer has seen it
// and goes on. It replaces in the form what the writer asked to have replaced; then, too,
// the form is shown once more: not nil, even if empty.
func (r *request) tips(f *view.Form, fields ...string) (tips []view.Tip, err error) {
	if r.typed("sure") != "" && r.typed("replace") == "" {
		return nil, nil
	}
	replace := r.typed("replace") != ""
	for _, field := range fields {
		found, err := r.d.confidences(r.ctx, r.actor, f.Values[field], r.typed("masked") != "")
		if err != nil {
			return nil, err
		}
		if replace {
			f.Values[field] = replaced(r, f.Values[field], found)
			if found, err = r.d.confidences(r.ctx, r.actor, f.Values[field], r.typed("masked") != ""); err != nil {
				return nil, err
			}
		}
		tips = append(tips, found...)
	}
	if replace && tips == nil {
		tips = []view.Tip{}
	}
	return tips, nil
}

// looked takes in the files of a form and looks for confidences in it; again tells that it is
// to be shown once more before anything is posted.
func (r *request) looked(f *view.Form, fields ...string) (again bool, tips []view.Tip, err error) {
	if again, err = r.takeFiles(f); err != nil || again || r.typed("preview") != "" {
		return true, nil, err
	}
	if tips, err = r.tips(f, fields...); err != nil || r.typed("sure") != "" && r.typed("replace") == "" {
		return false, nil, err
	}
	telling, err := r.telling(f)
	tips = append(tips, telling...)
	return tips != nil, tips, err
}

// telling lists the files that tell more than they show. Where the writer asked to have
// things replaced, what can be taken out of them is.
func (r *request) telling(f *view.Form) (tips []view.Tip, err error) {
	if r.typed("replace") != "" {
		for _, id := range listed[forum.FileID](f.Values["files"]) {
			if err := r.clean(id); err != nil && forum.KindOf(err) != forum.NotFound && forum.KindOf(err) != forum.Invalid {
				return nil, err
			}
		}
	}
	files, err := r.attached(f, -1)
	for _, file := range files {
		if len(file.Traces) > 0 && !file.Posted { // of what is posted they have been asked
			tips = append(tips, view.Tip{Kind: "file", Excerpt: file.Name})
		}
	}
	return tips, err
}

// note says what was replaced and cleaned in a form that is shown once more.
func (r *request) note() string {
	if r.typed("replace") == "" {
		return ""
	}
	return r.words.T("compose.replaced")
}

// again puts on a page that is shown once more what is to be looked at.
func (r *request) again(s *view.Shell, f *view.Form, tips []view.Tip) {
	for field, words := range f.Errors {
		s.Problems = append(s.Problems, view.Problem{Field: field, Words: words})
	}
	if s.Problems = append(s.Problems, r.tipped(tips)...); s.Problems != nil && r.Response().StatusCode() == fiber.StatusOK {
		r.Status(fiber.StatusUnprocessableEntity)
	}
}

// ownNumbers are those of our own addresses, which look like telephones and cards.
var ownNumbers = regexp.MustCompile(`/(?:[ptm]|said)/[0-9]+`)

// confidences finds what looks like one; masked tells that the writer's own name is one, too.
func (d *Door) confidences(ctx context.Context, by forum.Actor, source string, masked bool) (out []view.Tip, err error) {
	if len(source) > 4*forum.MaxSource { // it is refused for its length, in a moment
		return nil, nil
	}
	looked := ownNumbers.ReplaceAllStringFunc(source, func(s string) string { return strings.Repeat("x", len(s)) })
	found, err := d.Forum.FindConfidences(ctx, by, looked)
	for _, f := range found {
		out = append(out, view.Tip{Kind: string(f.Kind), Excerpt: source[f.Start:f.End], Start: f.Start, End: f.End})
	}
	if masked {
		out = append(out, ownName(source, by.Name)...)
	}
	return out, err
}

// ownName finds where a writer tells who they are.
func ownName(source, name string) (out []view.Tip) {
	for _, at := range forum.NamesIn(source, name) {
		out = append(out, view.Tip{Kind: "own-name", Excerpt: source[at[0]:at[1]], Start: at[0], End: at[1]})
	}
	return out
}

// replaced puts words in the place of what was found that say what stood there: the same for
// the same. Markings and pasted mails are the writer's to mend.
func replaced(r *request, source string, found []view.Tip) string {
	var b strings.Builder
	at := 0
	parties := map[string]string{}
	for _, t := range found {
		stem := "replace." + t.Kind
		if !r.words.Has(stem) {
			continue
		}
		words := r.words.T(stem)
		if t.Kind == "party" {
			name := strings.ToLower(t.Excerpt)
			if parties[name] == "" {
				parties[name] = r.words.T("replace.party", "Letter", string(rune('A'+len(parties)%26)))
			}
			words = parties[name]
		}
		b.WriteString(source[at:t.Start] + words)
		at = t.End
	}
	return b.String() + source[at:]
}

// tipped leads the summary of problems to the box under what was found.
func (r *request) tipped(tips []view.Tip) []view.Problem {
	if len(tips) == 0 {
		return nil
	}
	return []view.Problem{{Field: "sure", Words: r.words.T("tip.problem", "Count", len(tips))}}
}

func (d *Door) parties(r *request) error { return d.partiesPage(r, nil) }

func (d *Door) partiesPage(r *request, cause error) error {
	n, err := d.Forum.CountParties(r.ctx, r.actor)
	if err != nil {
		return err
	}
	p, s := view.Parties{Form: r.form("names"), Count: n}, r.shell(r.words.T("parties.title"))
	if cause != nil {
		if err := r.refused(cause, &p.Form, &s); err != nil {
			return err
		}
	}
	return r.render(view.PartiesPage(s, p))
}

func (d *Door) addParties(r *request) error {
	if err := d.Forum.AddParties(r.ctx, r.actor, r.typed("names")); err != nil {
		return d.partiesPage(r, err)
	}
	return r.done("/account/parties", "parties-added")
}

func (d *Door) forgetParties(r *request) error {
	if err := d.Forum.ForgetParties(r.ctx, r.actor); err != nil {
		return err
	}
	return r.done("/account/parties", "parties-forgotten")
}
