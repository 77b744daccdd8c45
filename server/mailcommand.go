package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// smtpTLS is what incoming mail is offered STARTTLS with; nil: it is not offered.
func (c *Config) smtpTLS() (*tls.Config, error) {
	if c.SMTPCert == "" && c.SMTPKey == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.SMTPCert, c.SMTPKey)
	if err != nil {
		return nil, fmt.Errorf("SMTP_CERT and SMTP_KEY: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

const unixSocket = "unix:"

// listenAt opens an address of this machine, or a socket file, which a killed process has left behind or which is new.
func listenAt(address string) (net.Listener, error) {
	path, file := strings.CutPrefix(address, unixSocket)
	if !file {
		return net.Listen("tcp", address)
	}
	if old, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("%s is in use", path), old.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}

// receiveCommand hands a mail to the running forum: what a mail server's pipe runs.
type receiveCommand struct {
	From string    `help:"Sender of the envelope; empty for bounces." placeholder:"ADDRESS"`
	To   []string  `arg:"" help:"Recipients of the envelope."`
	In   io.Reader `kong:"-"`
}

const pipePatience = 5 * time.Minute

// Codes with which a pipe ends, as mail servers know them (sysexits.h).
const (
	exitRefused = 69 // EX_UNAVAILABLE: for good; what was said goes back to the sender
	exitLater   = 75 // EX_TEMPFAIL: the mail stays in the queue
)

// Run gives the mail on standard input to the forum by LMTP. Where the forum is away or busy the mail is to come again.
func (m *receiveCommand) Run(c *Config) error {
	if c.LMTPListen == "" {
		return exit{exitLater, errors.New("set LMTP_LISTEN: the running forum takes mail there")}
	}
	in := m.In
	if in == nil {
		in = os.Stdin
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return exit{exitLater, err}
	}
	network, address := "tcp", c.LMTPListen
	if path, file := strings.CutPrefix(address, unixSocket); file {
		network, address = "unix", path
	}
	conn, err := net.DialTimeout(network, address, 10*time.Second)
	if err != nil {
		return exit{exitLater, err}
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(pipePatience)); err != nil { //nolint:forbidigo // of a socket
		return exit{exitLater, err}
	}
	err = hand(smtp.NewClientLMTP(conn), m.From, m.To, wired(raw))
	var answer *smtp.SMTPError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.Code/100 == 5:
		return exit{exitRefused, err}
	}
	return exit{exitLater, err}
}

// hand does one transaction.
func hand(client *smtp.Client, from string, to []string, raw []byte) error {
	if err := client.Mail(from, nil); err != nil {
		return err
	}
	for _, address := range to {
		if err := client.Rcpt(address, nil); err != nil {
			return err
		}
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}

// wired gives a mail with the line ends of SMTP, without the line that begins one in a mailbox: pipes give it as files hold it.
func wired(raw []byte) []byte {
	if bytes.HasPrefix(raw, []byte("From ")) {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// exit is an error with the code that the program ends with.
type exit struct {
	code int
	error
}

// Unwrap gives the error.
func (e exit) Unwrap() error { return e.error }

// ExitCode implements kong.ExitCoder.
func (e exit) ExitCode() int { return e.code }
