package mail

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Signer is our DKIM key: RSA or Ed25519, whose public half stands at {Selector}._domainkey.{Domain}.
type Signer struct {
	Domain, Selector string
	Key              crypto.Signer
}

// Sign puts a DKIM signature (RFC 6376) above a built letter. With a nil Signer the letter stays as it is.
func Sign(raw []byte, s *Signer) ([]byte, error) {
	if s == nil {
		return raw, nil
	}
	var out bytes.Buffer
	out.Grow(len(raw) + 1024)
	err := dkim.Sign(&out, bytes.NewReader(raw), &dkim.SignOptions{
		Domain: s.Domain, Selector: s.Selector, Signer: s.Key, HeaderKeys: oversigned(raw),
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return nil, fmt.Errorf("sign letter: %w", err)
	}
	return out.Bytes(), nil
}

// signedFields are signed once more than they are there, so that none can be added (RFC 6376, 8.15).
var signedFields = []string{"From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "List-Id", "List-Post", "List-Archive", "List-Help", "List-Owner", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"}

// oversigned names the fields to sign of a mail.
func oversigned(raw []byte) []string {
	keys := slices.Clone(signedFields)
	for line := range bytes.Lines(raw) {
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		if i := slices.IndexFunc(signedFields, func(f string) bool { return strings.EqualFold(f, string(name)) }); i >= 0 {
			keys = append(keys, signedFields[i])
		}
	}
	return keys
}
