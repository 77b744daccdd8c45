package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"peergroups/assets"
	"peergroups/forum"
	"peergroups/server/mail"
	"peergroups/server/text"
)

// importMembersCommand invites the members of another list.
type importMembersCommand struct {
	Group  string `required:"" help:"Name of the group in its address." placeholder:"GROUP"`
	As     string `required:"" help:"User ID or address of the owner of the group who invites." placeholder:"LOGIN"`
	Mode   string `enum:"regular,digest,special,nomail" default:"regular" help:"How the list's mail came to those of whom the file does not say it: regular, digest, special (special notices only) or nomail."`
	DryRun bool   `help:"Invite nobody, and count."`
	File   string `arg:"" type:"existingfile" help:"List of members as Mailman gives it: lines, a table (CSV) or JSON."`
}

var modes = map[string]forum.Mode{"regular": forum.Each, "digest": forum.Daily, "special": forum.Special, "nomail": forum.NoMail}

// Run invites them.
func (c *importMembersCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	return withForum(config, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		return worded(c.invite(ctx, f, out))
	})
}

func (c *importMembersCommand) invite(ctx context.Context, f *forum.Forum, out io.Writer) error {
	by, g, err := ownerNamed(ctx, f, c.As, c.Group)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	all, unread, err := mail.ReadMembers(file, modes[c.Mode])
	if err != nil {
		return err
	}
	counts := map[forum.Mode]int{}
	fresh, had := 0, 0
	var refused []string
	for _, l := range all {
		counts[l.Mode]++
		if c.DryRun {
			continue
		}
		switch is, err := f.InviteFromList(ctx, by, g.ID, l.Address, l.Mode); {
		case forum.KindOf(err) == forum.Internal && err != nil:
			return err
		case err != nil:
			refused = append(refused, l.Address+": "+worded(err).Error())
		case is:
			fresh++
		default:
			had++
		}
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	say("%d addresses: %d get each mail, %d digests, %d special notices only, %d none.", len(all), counts[forum.Each], counts[forum.Daily], counts[forum.Special], counts[forum.NoMail])
	for _, line := range unread {
		say("No address: %q", line)
	}
	for _, line := range refused {
		say("Not invited: %s", line)
	}
	if c.DryRun {
		say("Nobody was invited.")
		return nil
	}
	say("%d invited, %d were already. The mails go out when the forum runs; addresses of nobody here get none: tell them to register.", fresh, had)
	return nil
}

// ownerNamed finds an owner of a group, and the group, by what they may know.
func ownerNamed(ctx context.Context, f *forum.Forum, login, group string) (by forum.Actor, g forum.Group, err error) {
	id, err := f.MemberByLogin(ctx, login)
	if err == nil {
		by, err = f.ActorFor(ctx, id)
	}
	if err != nil {
		return by, g, fmt.Errorf("%s: no active member of that name", login)
	}
	p, err := f.ReadSettings(ctx, by, group)
	if err != nil {
		return by, g, fmt.Errorf("%s owns no group %s", login, group)
	}
	return by, p.Group.Group, nil
}

// exportCommand writes a board as an mbox.
type exportCommand struct {
	Board string `required:"" help:"Which, as its address names it." placeholder:"GROUP/BOARD"`
	As    string `required:"" help:"User ID or address of the owner of the group who reads." placeholder:"LOGIN"`
}

// Run writes it.
func (c *exportCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	return withForum(config, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		group, board, _ := strings.Cut(c.Board, "/")
		by, _, err := ownerNamed(ctx, f, c.As, group)
		if err != nil {
			return err
		}
		p, err := f.FindBoard(ctx, by, group, board)
		if err != nil {
			return fmt.Errorf("%s: no such board; give GROUP/BOARD", c.Board)
		}
		postman, err := config.archivist(f)
		if err != nil {
			return err
		}
		n, err := postman.Export(ctx, by, p.Board.ID, out)
		log.Info("written", "posts", n)
		return err
	})
}

// archivist writes posts as mails that nobody sends.
func (c *Config) archivist(f *forum.Forum) (*mail.Postman, error) {
	words, err := text.Load(assets.Catalogue())
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, err
	}
	domain := c.MailDomain
	if domain == "" {
		if domain = base.Hostname(); domain == "" {
			domain = "localhost"
		}
	}
	return &mail.Postman{Forum: f, Words: words, Base: base, Domain: domain, Now: time.Now}, nil //nolint:forbidigo // nothing is dated by it
}

// exportMembersCommand writes the members of a group as a table.
type exportMembersCommand struct {
	Group string `required:"" help:"Name of the group in its address." placeholder:"GROUP"`
	As    string `required:"" help:"User ID or address of the owner of the group who sees them." placeholder:"LOGIN"`
}

// Run writes them.
func (c *exportMembersCommand) Run(config *Config, out io.Writer, log *slog.Logger) error {
	return withForum(config, log, func(ctx context.Context, _ *forum.Store, f *forum.Forum) error {
		by, g, err := ownerNamed(ctx, f, c.As, c.Group)
		if err != nil {
			return err
		}
		return worded(writeMembers(ctx, f, by, g.ID, out))
	})
}

var roleNames = map[forum.GroupRole]string{forum.Participant: "member", forum.Moderator: "moderator", forum.Owner: "owner"}

func writeMembers(ctx context.Context, f *forum.Forum, by forum.Actor, g forum.GroupID, out io.Writer) error {
	table := csv.NewWriter(out)
	if err := table.Write([]string{"name", "user_id", "role", "since"}); err != nil {
		return err
	}
	for after := forum.MemberID(0); ; {
		rows, err := f.ExportMembers(ctx, by, g, after)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			table.Flush()
			return table.Error()
		}
		for _, m := range rows {
			if err := table.Write([]string{cell(m.Name), cell(m.Handle), roleNames[m.Role], m.Since.Time().UTC().Format(time.DateOnly)}); err != nil {
				return err
			}
			after = m.ID
		}
	}
}

// cell keeps a spreadsheet from taking what somebody calls themself for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
