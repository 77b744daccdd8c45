package demo

import (
	"fmt"
	"strings"
	"time"

	"peergroups/forum"
)

// read takes talk.txt apart: "# area", then T title, O its opening, R a reply, S said in a room.
func read(text string) map[string]*area {
	out := map[string]*area{}
	var now *area
	for line := range strings.Lines(text) {
		kind, words, _ := strings.Cut(strings.TrimSpace(line), " ")
		words = strings.ReplaceAll(words, `\n`, "\n")
		switch kind {
		case "#":
			now = &area{}
			out[words] = now
		case "T":
			now.topics = append(now.topics, words)
		case "O":
			now.topics[len(now.topics)-1] += "\x00" + words
		case "R":
			now.replies = append(now.replies, words)
		case "S":
			now.said = append(now.said, words)
		}
	}
	return out
}

const topicsOfBoard = 17 // twelve boards: a little more than two hundred topics

// topics plans a board's topics over the months, each with its replies.
func (f *filler) topics(b *forum.Board, about boardOf, inside []forum.Actor) (out []event) {
	replies := append([]string{}, f.talk["generic"].replies...)
	for _, name := range about.talk {
		replies = append(replies, append(f.talk[name].replies, f.talk[name].replies...)...)
	}
	for n := range topicsOfBoard {
		start := f.at.AddDate(0, 0, 3+(236*n)/topicsOfBoard).Add(time.Duration(f.r.IntN(72*60)) * time.Minute)
		if n == topicsOfBoard-1 {
			start = f.at.AddDate(0, 0, 239).Add(time.Duration(f.r.IntN(12*60)) * time.Minute)
		}
		title, words, _ := strings.Cut(f.next(about.talk), "\x00")
		if title == "" {
			month := start.Month()
			title = fmt.Sprintf("%s: %s round", about.name, month)
			words = "Open round for " + month.String() + ". Bring a question, without anything by which somebody could be recognised.\n\n- what are you working on\n- what has surprised you\n- what would you like to read"
		}
		out = append(out, f.topic(b, about, opening{title, words, start}, replies, inside)...)
	}
	return out
}

// next takes the next topic of the first of the areas that has one left; each fourth
// time none, so that there is room for the rounds of the months.
func (f *filler) next(areas []string) string {
	if f.rounds++; f.rounds%4 == 0 {
		return ""
	}
	for _, name := range areas {
		if a := f.talk[name]; len(a.topics) > 0 {
			topic := a.topics[0]
			a.topics = a.topics[1:]
			return topic
		}
	}
	return ""
}

type opening struct {
	title, words string
	at           time.Time
}

// another is anybody but the one who spoke last.
func (f *filler) another(of []forum.Actor, last forum.Actor) forum.Actor {
	for {
		if by := of[f.r.IntN(len(of))]; by.Member != last.Member {
			return by
		}
	}
}

func (f *filler) topic(b *forum.Board, about boardOf, o opening, replies []string, inside []forum.Actor) []event {
	opener := inside[f.r.IntN(len(inside))]
	for about.posting == forum.ByCertified && !opener.Certified {
		opener = inside[f.r.IntN(len(inside))]
	}
	if about.posting == forum.ByModerators {
		opener = inside[f.r.IntN(2)*2] // the administrator or the moderator
	}
	var t *forum.Topic
	var last forum.PostID
	out := []event{{o.at, func() (err error) {
		t, err = f.StartTopic(f.ctx, opener, b.ID, forum.Draft{Title: o.title, Source: o.words, Key: f.key()})
		return err
	}}}
	n := f.r.IntN(9)
	if f.r.IntN(12) == 0 {
		n += 24 // a topic of more than one page
	}
	first, at, before := f.r.IntN(len(replies)), o.at, opener
	for i := range n {
		at = at.Add(time.Duration(20+f.r.IntN(60*9)) * time.Minute)
		words, door, answer := replies[(first+i)%len(replies)], forum.OnBoard, f.r.IntN(3) == 0
		by := f.another(inside, before)
		before = by
		if f.r.IntN(5) == 0 {
			door = forum.ByMail
		}
		out = append(out, event{at, func() error {
			d := forum.Draft{Source: words, Key: f.key(), Door: door}
			if answer {
				d.ReplyTo = last
			}
			p, err := f.Reply(f.ctx, by, t.ID, d)
			if err == nil {
				last = p.ID
			}
			return err
		}})
	}
	// The demo's own people have read what is older than two days.
	return append(out, event{at.Add(48 * time.Hour), func() error {
		for _, m := range f.members[:2] {
			if err := f.MarkRead(f.ctx, m, t.ID, int64(n+1)); err != nil {
				return err
			}
		}
		return nil
	}})
}

// subscriptions plans how a board's posts come: chosen two days ago, so that nobody's first
// digest is of a year.
func (f *filler) subscriptions(b *forum.Board, inside []forum.Actor) (out []event) {
	modes := []forum.Mode{forum.Daily, forum.Each, forum.NoMail, forum.Daily, forum.Weekly, forum.Each, forum.Index, forum.NoMail}
	at := f.at.AddDate(0, 0, 238)
	for i, m := range inside {
		if mode := modes[i%len(modes)]; mode != forum.NoMail {
			out = append(out, event{at, func() error { return f.Subscribe(f.ctx, m, b.ID, mode) }})
		}
	}
	return out
}

// chat plans a few days of talk in a room.
func (f *filler) chat(r *forum.Room, inside []forum.Actor) (out []event) {
	said := f.talk["generic"].said
	var last *forum.ChatMessage
	for day := range 5 {
		at := f.at.AddDate(0, 0, 235+day).Add(time.Duration(60+f.r.IntN(300)) * time.Minute)
		for i := range 8 + f.r.IntN(10) {
			by, words := inside[f.r.IntN(min(len(inside), 9))], said[(day*7+i)%len(said)]
			at = at.Add(time.Duration(20+f.r.IntN(400)) * time.Second)
			answers, sign := f.r.IntN(5) == 0, forum.Signs[f.r.IntN(len(forum.Signs))]
			signs := f.r.IntN(4) == 0
			out = append(out, event{at, func() error {
				l := forum.Line{Source: words, Nonce: f.key()}
				if answers && last != nil && last.AuthorID != by.Member {
					l.ReplyTo = last.ID
				}
				m, err := f.SayAsTold(f.ctx, by, r.ID, l)
				if err != nil {
					return err
				}
				if signs && last != nil && last.AuthorID != by.Member && last.Class != forum.ChathamClass {
					err = f.ReactToSaid(f.ctx, by, last.ID, sign)
				}
				last = m
				return err
			}})
		}
	}
	return out
}

func (f *filler) key() string {
	f.keys++
	return fmt.Sprintf("demo-%d", f.keys)
}
