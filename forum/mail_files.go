package forum

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"peergroups/forum/disclose"
	"peergroups/forum/markup"
)

// IncomingFile is a file that came with a mail.
type IncomingFile struct {
	Name  string
	Bytes []byte
	Why   string // the key of the words for which its door leaves it out; "": nothing is against it
}

// LeftOut is a file that came with a mail and was not taken, and the words that say why.
type LeftOut struct {
	Name string
	Key  string
	Most int64 // the bound that it passed, where the words name one
}

const (
	mostLeftOut  = 20 // of one mail that are named; the others are counted
	longLeftName = 60 // characters
)

// withFiles has a mail posted with the files that came with it, by the checks and limits of the web. What is refused does
// not keep the text back: it is left out, and the sender is told (leaveOut). What the post did not take in the end, since
// it was refused or the same mail was posted meanwhile, is thrown away.
func (f *Forum) withFiles(ctx context.Context, by Actor, in Incoming, post func(Draft) error) error {
	if gone, err := f.threwAway(ctx, by, in); err != nil || gone {
		return err
	}
	d := in.draft()
	if len(in.Files) == 0 || by.Member == 0 {
		return post(d)
	}
	known, err := f.mailed(ctx, by, d.Key)
	if err != nil {
		return err
	}
	if known {
		return post(d)
	}
	err = f.takeMailed(ctx, by, in, &d)
	taken := d.Files
	if err == nil {
		err = post(d)
	}
	if len(taken) > 0 {
		if e := f.write(context.WithoutCancel(ctx), "drop loose files", func(w *writer) error {
			return w.takeDown("id IN (?) AND author_id = ? AND post_id = 0 AND waiting_id = 0", bun.List(taken), by.Member)
		}); e != nil {
			f.log.Error("drop loose files", "err", e) // the sweep does it
		}
	}
	return err
}

// mailed tells whether a mail was posted already, or waits: the same mail comes again when its sender's server did not hear
// the answer.
func (f *Forum) mailed(ctx context.Context, by Actor, key string) (known bool, err error) {
	defer during(&err, "mailed")
	var n int
	err = one(ctx, f.store.read, &n, `SELECT (SELECT count(*) FROM posts WHERE author_id = ?0 AND key = ?1) + (SELECT count(*) FROM drafts WHERE member_id = ?0 AND key = ?1)
		+ (SELECT count(*) FROM waiting WHERE member_id = ?0 AND key = ?1)`, by.Member, key)
	return n > 0, err
}

// takeMailed takes the files of a mail in, one after the other. An error is one that may be over later, or ours: the mail
// is to come again.
func (f *Forum) takeMailed(ctx context.Context, by Actor, in Incoming, d *Draft) error {
	for tried, came := range in.Files {
		if came.Why != "" {
			d.leftOut = append(d.leftOut, LeftOut{came.Name, came.Why, 0})
			continue
		}
		if len(d.Files) >= mostFiles || tried >= 2*mostFiles { // of a hundred that are refused each would count, and the mail never come
			d.leftOut = append(d.leftOut, LeftOut{came.Name, "error.files-many", mostFiles})
			continue
		}
		file, err := f.addFile(ctx, by, came.Name, came.Bytes, intake{unproved: in.Why == Unproved, unseen: true})
		if err == nil {
			if tells(file) && d.Why == "" {
				d.Why = Telling
			}
			d.Files = append(d.Files, file.ID)
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Kind != Invalid || len(e.Fields) == 0 {
			return err
		}
		why := e.Fields[0].Message
		most, _ := why.Args["Most"].(int)
		d.leftOut = append(d.leftOut, LeftOut{came.Name, why.Key, int64(most)})
	}
	return nil
}

// content are traces that are part of what a document says: whether they go is for its writer to decide.
var content = []disclose.TraceKind{disclose.Changes, disclose.Comments, disclose.Hidden, disclose.Versions, disclose.Embedded}

// withoutTraces takes out of a document who wrote it, when and with what, where nothing else is lost by it: on the web its
// writer is told and asked, by mail nobody is there. Under a mask it would say whose it is.
func (f *Forum) withoutTraces(ctx context.Context, file *File, b []byte) ([]byte, error) {
	if file.Format.Image() || len(file.Traces) == 0 || !file.Cleanable || slices.ContainsFunc(file.Traces, func(t disclose.Trace) bool { return slices.Contains(content, t.Kind) }) {
		return b, nil
	}
	clean := b
	err := f.readers.while(ctx, file.AuthorID, func() error {
		if out, _, err := disclose.Strip(b); err == nil { // else it waits for its writer's word, with its traces
			clean, file.Traces, file.Size = out, nil, int64(len(out))
		}
		return nil
	})
	return clean, err
}

// tells says whether a document tells, besides what it shows, what may do harm.
func tells(file *File) bool {
	return !file.Format.Image() && slices.ContainsFunc(file.Traces, func(t disclose.Trace) bool {
		return slices.Contains(content, t.Kind) || t.Kind == disclose.Author || t.Kind == disclose.Place
	})
}

// answersOfFiles bounds how many mails a day tell of files that were left out. Whoever gets one has just posted.
var answersOfFiles = limit{20, answersByMail.every}

// leaveOut notes which files of a mail were left out, and has its sender told, once for each mail. Where nothing proves who
// sent it, nobody is told: its names are the words of a stranger perhaps, and the page of the draft shows what came along.
func (w *writer) leaveOut(by Actor, d *Draft, post PostID) error {
	if len(d.leftOut) == 0 || d.Why == Unproved {
		return nil
	}
	err := w.spend(answersOfFiles, "files-left-out", by.key())
	if KindOf(err) == TooMany {
		return nil
	}
	if err != nil {
		return err
	}
	left := d.leftOut[:min(len(d.leftOut), mostLeftOut)]
	for i := range left {
		left[i].Name = markup.Excerpt(markup.Line(left[i].Name), longLeftName)
	}
	line, err := json.Marshal(left)
	if err != nil {
		return err
	}
	var id int64
	if err := w.one(&id, `INSERT INTO received (id, member_id, at, message_id, verdict, outcome, object_id, left_out) VALUES (?, ?, ?, ?, '', 'files-left-out', ?, ?)
		ON CONFLICT (member_id, message_id) DO UPDATE SET left_out = excluded.left_out RETURNING id`, w.id(), by.Member, w.now, d.Key, post, string(line)); err != nil {
		return err
	}
	w.state(Answered{Member: by.Member, Received: id, Outcome: "files-left-out"})
	return w.queue("note.files-left-out", id, by.Member)
}

// FilesLeftOut gives which files of a mail of the actor's were left out, and the post that was made of it; 0: it waits.
func (f *Forum) FilesLeftOut(ctx context.Context, by Actor, received int64) (left []LeftOut, post PostID, err error) {
	defer during(&err, "files left out")
	var row struct {
		LeftOut  string
		ObjectID PostID
	}
	if err = one(ctx, f.store.read, &row, "SELECT left_out, object_id FROM received WHERE id = ? AND member_id = ? AND left_out <> ''", received, by.Member); err != nil {
		return nil, 0, err
	}
	return left, row.ObjectID, json.NewDecoder(strings.NewReader(row.LeftOut)).Decode(&left)
}

// Args are what the words say it with.
func (l LeftOut) Args() map[string]any {
	most := l.Most
	if most == 0 {
		most = disclose.MaxBytes >> 20
	}
	return map[string]any{"Name": l.Name, "Most": most}
}
