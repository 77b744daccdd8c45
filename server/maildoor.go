package main

import (
	"context"
	"fmt"
	"net"

	"peergroups/server/mail"
	"peergroups/server/text"
)

// mailOut builds what composes mail and hands it to the relay, where there is one.
func (s *server) mailOut(c *Config, p parts, words *text.Catalogue, domain string) (postman *mail.Postman, err error) {
	postman = &mail.Postman{Forum: s.forum, Words: words, Base: s.base, Domain: domain, Now: p.Now, Log: p.Log}
	if c.SMTPURL != "" {
		if s.relay, err = mail.NewRelay(c.SMTPURL, mail.RelayOptions{Now: p.Now, Log: p.Log}); err != nil {
			return nil, err
		}
		postman.Relay = s.relay
		if s.signers, err = c.signers(domain); err != nil {
			return nil, err
		}
		postman.Signers = s.signers
		s.undo = append(s.undo, func(context.Context) error { s.relay.Close(); return nil })
	}
	return postman, nil
}

// mailIn builds the SMTP door.
func (s *server) mailIn(c *Config, p parts, words *text.Catalogue, domain string) error {
	if c.SMTPListen == "off" && c.LMTPListen == "" {
		return nil
	}
	inbox := &mail.Inbox{Forum: s.forum, Words: words, Domain: domain, Base: s.base.String(), Log: p.Log,
		Judge: func(ctx context.Context, e mail.Envelope, from string, raw []byte) mail.Verdict {
			return mail.Judge(ctx, p.Resolver, e, from, raw)
		}}
	if c.LMTPListen != "" {
		s.lmtp = mail.NewServer(mail.ServerOptions{Domain: domain, Door: inbox, Log: p.Log, LMTP: true, MaxPerAddress: 100})
	}
	if c.SMTPListen == "off" {
		return nil
	}
	offered, err := c.smtpTLS()
	if err != nil {
		return err
	}
	s.smtp = mail.NewServer(mail.ServerOptions{Domain: domain, Door: inbox, Log: p.Log, TLS: offered})
	return nil
}

const smtpDefault = "127.0.0.1:2525"

// openMail lets mail in, by SMTP and LMTP.
func (s *server) openMail(c *Config, p parts) error {
	if s.smtp != nil {
		at, err := net.Listen("tcp", c.SMTPListen)
		switch {
		case err == nil:
			s.mailAt = at.Addr().String()
			go s.run("mail", func() error { return s.smtp.Serve(at) })
			s.undo = append(s.undo, s.smtp.Shutdown)
		case c.SMTPListen == smtpDefault: // nobody asked for it
			p.Log.Warn("mail does not come in", "err", err)
		default:
			return err
		}
	}
	if s.lmtp != nil {
		at, err := listenAt(c.LMTPListen)
		if err != nil {
			return fmt.Errorf("LMTP_LISTEN: %w", err)
		}
		go s.run("mail", func() error { return s.lmtp.Serve(at) })
		s.undo = append(s.undo, s.lmtp.Shutdown)
	}
	return nil
}
