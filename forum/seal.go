package forum

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

// A sealed token is numbers that only this forum can have put together: 7 bytes for each,
// then 16 bytes of HMAC-SHA256 over the purpose and the numbers, in lower-case base32, so
// that mail systems may change its case. Nothing secret is stored. What a token allows is
// decided when it is used.

var tokenText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (f *Forum) seal(purpose string, ids ...int64) string {
	b := packed(ids...)
	return strings.ToLower(tokenText.EncodeToString(append(b, f.mac(purpose, b)...)))
}

func (f *Forum) mac(purpose string, b []byte) []byte {
	h := hmac.New(sha256.New, f.secret)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write(b)
	return h.Sum(nil)[:16]
}

// unseal gives the numbers back; a token that is not ours answers as what does not exist.
func (f *Forum) unseal(purpose, token string, want int) ([]int64, error) {
	b, err := tokenText.DecodeString(strings.ToUpper(token))
	if err != nil || len(b) != 7*want+16 || !hmac.Equal(f.mac(purpose, b[:7*want]), b[7*want:]) {
		return nil, Refuse(Closed, "error.link-over")
	}
	return unpacked(b[:7*want]), nil
}

// packed writes numbers with 7 bytes each, and unpacked reads them.
func packed(ids ...int64) (b []byte) {
	for _, id := range ids {
		b = append(b, binary.BigEndian.AppendUint64(nil, uint64(id))[1:]...)
	}
	return b
}

func unpacked(b []byte) (ids []int64) {
	for one := range slices.Chunk(b, 7) {
		ids = append(ids, int64(binary.BigEndian.Uint64(append([]byte{0}, one...))))
	}
	return ids
}

// ReplyToken names the member and the post of a "reply+TOKEN@" address, and whom its mail says that an answer reaches. It
// is a hint and not a key: the mail must still come from the member's own address.
func (f *Forum) ReplyToken(m MemberID, p PostID, reaches Audience) string {
	b := packed(int64(m), int64(p))
	return strings.ToLower(tokenText.EncodeToString(slices.Concat(b, f.mac("reply", b)[:replyMac], f.replyMark(b, reaches))))
}

// The parts of a reply token; there is room for 64 characters before the "@", "reply+" among them (RFC 5321, 4.5.3.1.1).
const replyLen, replyMac, replyMark = 7 + 7, 13, 3

// replyMark stands for the audience that a mail tells.
func (f *Forum) replyMark(ids []byte, a Audience) []byte {
	b := binary.BigEndian.AppendUint64(slices.Clone(ids), uint64(a.Of))
	return f.mac("reply reaches", append(b, byte(a.Reach), byte(bit(a.FromJoin))))[:replyMark]
}

// ReadReplyToken gives the member and the post of a reply token.
func (f *Forum) ReadReplyToken(token string) (MemberID, PostID, error) {
	ids, _, err := f.openReply(token)
	if err != nil {
		return 0, 0, err
	}
	both := unpacked(ids)
	return MemberID(both[0]), PostID(both[1]), nil
}

// openReply gives the parts of a reply token that is ours.
func (f *Forum) openReply(token string) (ids, mark []byte, err error) {
	b, err := tokenText.DecodeString(strings.ToUpper(token))
	if err != nil || len(b) != replyLen+replyMac+replyMark || !hmac.Equal(f.mac("reply", b[:replyLen])[:replyMac], b[replyLen:replyLen+replyMac]) {
		return nil, nil, Absent()
	}
	return b[:replyLen], b[replyLen+replyMac:], nil
}

// toldBy tells whether the mail whose token it is told its reader that an answer reaches these people.
func (f *Forum) toldBy(token string, a Audience) bool {
	ids, mark, err := f.openReply(token)
	return err == nil && hmac.Equal(mark, f.replyMark(ids, a))
}

// SealLink proves that an address stood in a text of ours, so that the notice page leads
// nowhere else.
func (f *Forum) SealLink(to string) string {
	return strings.ToLower(tokenText.EncodeToString(f.mac("out", []byte(to))))
}

// SealedLink tells whether the seal is that of the address.
func (f *Forum) SealedLink(to, seal string) bool {
	return hmac.Equal([]byte(f.SealLink(to)), []byte(seal))
}

// BoardToken names a member and a board in the links of list mail ("change how it comes").
func (f *Forum) BoardToken(m MemberID, b BoardID) string {
	return f.seal("unsubscribe", int64(m), int64(b))
}

// SetUpToken is the secret of the one-time link that sets up an empty forum.
func (f *Forum) SetUpToken() string { return f.seal("set-up") }

// LinkToken is the secret of a one-time link: of the row id of a token and its purpose.
func (f *Forum) LinkToken(purpose string, id int64) string { return f.seal(purpose, id) }

// concealedLen is what a concealed text is filled up to, in bytes, or a multiple of it: its
// length tells nothing of it.
const concealedLen = 128

// Conceal makes a text that goes out and comes back one that nobody reads or makes but this
// forum. The text holds no zero byte.
func (f *Forum) Conceal(purpose, text string) string {
	return f.concealed(purpose, text, concealedLen)
}

// concealed is Conceal that fills up to another length.
func (f *Forum) concealed(purpose, text string, length int) string {
	plain := append([]byte(text), make([]byte, length-len(text)%length)...)
	return base64.RawURLEncoding.EncodeToString(f.cipher(purpose).Seal(nil, nil, plain, nil))
}

// Reveal gives a concealed text back; "" for what is not ours.
func (f *Forum) Reveal(purpose, token string) string {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return ""
	}
	plain, err := f.cipher(purpose).Open(nil, nil, b, nil)
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(plain), "\x00")
}

// cipher is AES-GCM under a key of the purpose's own.
func (f *Forum) cipher(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(f.mac("conceal "+purpose, nil))
	if err == nil {
		var a cipher.AEAD
		if a, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return a
		}
	}
	panic(err) // only for a key of a wrong length
}
