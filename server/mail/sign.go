package mail

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Signer is one of our DKIM keys: RSA or Ed25519, whose public half stands at {Selector}._domainkey.{Domain}.
type Signer struct {
	Domain, Selector string
	Key              crypto.Signer
}

// Sign puts a DKIM signature (RFC 6376; of Ed25519, RFC 8463) of each signer above a built letter. None speaks of another, so
// that each passes alone.
func Sign(raw []byte, signers ...*Signer) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(raw) + 1024*len(signers))
	keys := oversigned(raw)
	for _, s := range signers {
		one, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: s.Domain, Selector: s.Selector, Signer: s.Key, HeaderKeys: keys,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		})
		if err != nil {
			return nil, fmt.Errorf("sign letter: %w", err)
		}
		_, err = one.Write(raw)
		if err := errors.Join(err, one.Close()); err != nil {
			return nil, fmt.Errorf("sign letter: %w", err)
		}
		out.WriteString(one.Signature())
	}
	out.Write(raw)
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
