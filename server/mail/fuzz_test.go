package mail

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzHeader: whatever stands in a header, what is read of it is one line of UTF-8 each, bounded, and reads the same again.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{"Ann Lee <ann@members.example>", `"ann@members.example" <eve@evil.example>`, "Friends: ann@members.example;", "a@b, c@d", "=?utf-8?q?Re=3A_x?=", "Re: [Family] AW: x",
		"<a@b> <c@d>", "ann(comment)@members.example", "Ann [Lee & Co.] <ann@members.example>", "<@relay.example:ann@members.example>", "Re^2: x", "=?iso-2022-jp?B?GyRCRHREZBsoQg==?=", "ann@b\xfccher.example", "Family <family.forum.example>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := header{"From": {s}, "To": {s, s}, "List-Id": {s}, "X-Loop": {s}, "Subject": {s}}
		from, name := h.sender()
		to, lists := h.addresses("To"), h.lists()
		for _, one := range append(append(append([]string{from, name}, to...), lists...), ids(readable(s))...) {
			if strings.ContainsAny(one, "\r\n\x00") || !utf8.ValidString(one) {
				t.Errorf("%q of %q", one, s)
			}
		}
		for _, address := range append(to, from) {
			if address != "" && canonical(address) != address {
				t.Errorf("%q is read as %q", address, canonical(address))
			}
		}
		for _, id := range ids(readable(s)) {
			if len(id) > maxID || strings.ContainsAny(id, "<> ") || len(ids("<"+id+">")) != 1 {
				t.Errorf("id %q", id)
			}
		}
		if len(to) > maxAddresses || len(lists) > maxAddresses {
			t.Errorf("%d addresses, %d lists", len(to), len(lists))
		}
		subject := h.text("Subject")
		if got := title(subject); !strings.HasSuffix(subject, got) || got == "" && subject != "" {
			t.Errorf("title %q of %q", got, subject)
		}
	})
}

// FuzzDecode: whatever a part says to be packed and written in, text comes out, and not more of it than went in.
func FuzzDecode(f *testing.F) {
	for _, label := range []string{"", "utf-8", "utf-7", "iso-2022-jp", "gb18030", "koi8-r", "windows-1252", "us-ascii", "utf-16", "hz-gb-2312", "x-martian", "replacement"} {
		f.Add([]byte("Gr\xf6\xdfe +AOk- \x1b$BD4Dd\x1b(B"), label, "8bit")
	}
	f.Add([]byte("SGVsbG8=\nIHdvcmxk"), "utf-8", "base64")
	f.Add([]byte("=C3=A9t=C3=A9 =\n=ZZ="), "utf-8", "quoted-printable")
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nText\n-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n"), "", "")
	f.Fuzz(func(t *testing.T, b []byte, label, encoding string) {
		raw := unpacked(b, encoding)
		if len(raw) > len(b) {
			t.Errorf("%d bytes of %d", len(raw), len(b))
		}
		text := decoded(raw, label)
		if !utf8.ValidString(text) || len(text) > 6*len(raw)+16 {
			t.Errorf("%d bytes of %d: %q", len(text), len(raw), text)
		}
		if clear := unsigned(text); len(clear) > len(text) {
			t.Errorf("%q grew", text)
		}
	})
}
