#!/usr/bin/python3
"""Reads each mail (*.eml) of a folder with Python's email package, and says what is wrong with it.

Beside a mail NAME.json may stand what was meant by it: Subject, From, FromName, To, ToName, Text, HTML.
"""
import collections
import email
import email.header
import email.policy
import email.utils
import html.parser
import json
import pathlib
import re
import sys
import unicodedata

POLICY = email.policy.default
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
AT_MOST_ONCE = ("Reply-To", "In-Reply-To", "References", "Sender", "Cc", "List-Id", "List-Post", "List-Archive", "List-Help", "List-Owner",
                "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Precedence")
AN_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
A_LINK = r"<(?:mailto:[^\s<>,@]+@[^\s<>,@]+|https?://[^\s<>,]+)>"
LINKS = re.compile(A_LINK + r"(?:, " + A_LINK + r")*")
LIST_ID = re.compile(r"(?:.*\S )?<[a-z0-9_-]+(?:\.[a-z0-9_-]+)*>")
BESIDE = "(each opens a page; nothing happens by opening it)"  # said of links that are words
ACTS = re.compile(r"https?://[^\s<>\"]+?(/(?:unsubscribe|mute|privacy|report|p|confirm|reset)(?:/[^\s<>\"]*)?)(?=[\s<>\"]|$)")


class Visible(html.parser.HTMLParser):
    """What a reader of the HTML sees, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.said, self.links, self.hidden = [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("style", "title", "script"):
            self.hidden.append(tag)
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag in ("td", "p", "br", "div", "tr", "li", "h1", "h2", "h3", "th"):
            self.said.append(" ")

    def handle_endtag(self, tag):
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data):
        if not self.hidden:
            self.said.append(data)


def words(text):
    """The words of a text, without addresses of pages and without marks."""
    text = re.sub(r"(?:https?://|mailto:)\S+", " ", unicodedata.normalize("NFC", text))
    return re.findall(r"\w+", text.lower())


class Judge:
    def __init__(self):
        self.faults, self.mails, self.parts, self.within, self.compared = collections.defaultdict(list), 0, 0, 0, 0
        self.name = ""

    def wrong(self, what):
        self.faults[what].append(self.name)

    def wire(self, raw):
        if raw.count(b"\r\n") != raw.count(b"\n") or raw.count(b"\r\n") != raw.count(b"\r"):
            self.wrong("a line does not end in CRLF")
        if max(map(len, raw.split(b"\r\n"))) > 998:
            self.wrong("a line is longer than 998")
        if not raw.isascii() or b"\0" in raw:
            self.wrong("it is not ASCII")

    def fields(self, msg, inner):
        for name, value in msg.items():
            for defect in getattr(value, "defects", ()):
                self.wrong(f"{name}: {defect!r}")
            if not str(value).strip() or re.search(r"[\r\n\0]", str(value)):
                self.wrong(f"{name} is empty, or more than a line")
        for name in ONCE:
            if len(msg.get_all(name, [])) != 1:
                self.wrong(f"{name} is there {len(msg.get_all(name, []))} times")
        for name in AT_MOST_ONCE:
            if len(msg.get_all(name, [])) > 1:
                self.wrong(f"{name} is there more than once")
        if msg["From"] and len(msg["From"].addresses) != 1 or msg["To"] and len(msg["To"].addresses) != 1:
            self.wrong("From or To is not one address")
        if msg["Date"] and msg["Date"].datetime is None:
            self.wrong("Date cannot be read")
        ids = [AN_ID.findall(str(msg[f] or "")) for f in ("Message-ID", "In-Reply-To", "References")]
        if len(ids[0]) != 1 or len(ids[1]) > 1 or ids[1] and ids[1][0] not in ids[2] or ids[0][0] in ids[2]:
            self.wrong("the ids do not fit each other")
        self.list(msg)

    def list(self, msg):
        if msg["List-Id"] and not LIST_ID.fullmatch(str(msg["List-Id"])):
            self.wrong(f"List-Id {msg['List-Id']}")
        for name in ("List-Post", "List-Archive", "List-Help", "List-Owner", "List-Unsubscribe"):
            value = msg[name]
            if value and not LINKS.fullmatch(str(value)) and not (name == "List-Post" and value == "NO"):
                self.wrong(f"{name} {value}")
        if msg["List-Unsubscribe-Post"]:
            if msg["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" or "<http" not in str(msg["List-Unsubscribe"]):
                self.wrong("List-Unsubscribe-Post has nothing to post to")
            for signature in msg.get_all("DKIM-Signature", []):
                if "list-unsubscribe-post" not in re.sub(r"\s", "", str(signature).lower()):
                    self.wrong("List-Unsubscribe-Post is not signed (RFC 8058)")

    def part(self, part):
        self.parts += 1
        for defect in part.defects:
            self.wrong(repr(defect))
        kind = part.get_content_type()
        if kind == "multipart/digest":
            for one in part.iter_parts():
                self.within += 1
                if one.get_content_type() != "message/rfc822":
                    self.wrong(f"a digest holds {one.get_content_type()}")
                else:
                    self.mail(one.get_content(), inner=True)
        elif part.is_multipart():
            for one in part.iter_parts():
                self.part(one)
        elif part.get_content_maintype() == "text":
            if part.get_content_charset() != "utf-8":
                self.wrong("a text is not in UTF-8")
            part.get_content(errors="strict")
        else:
            self.wrong(f"a part of {kind}")

    def alike(self, msg):
        plain, rich = msg.get_body(("plain",)), msg.get_body(("html",))
        if plain is None:
            self.wrong("there is no text")
        if plain is None or rich is None:
            return
        kinds = [p.get_content_type() for p in msg.iter_parts()]
        if msg.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
            self.wrong(f"the parts are {kinds}")
        seen = Visible()
        seen.feed(rich.get_content())
        said, shown = set(words(re.sub(r"(?m)^ *\d+\. ", "", plain.get_content()))), set(words(" ".join("".join(seen.said).split()).replace(BESIDE, "")))
        self.compared += 1
        # The text numbers what the HTML lists; the HTML has the subject as its title, a word where the text has an address, and says of a digest how often it comes.
        said_only, shown_only = said - shown, shown - said - set(words(str(msg["Subject"]))) - {"privacy", "daily", "weekly"}
        if said_only or shown_only:
            self.wrong(f"the text alone says {sorted(said_only)[:12]}, the HTML alone {sorted(shown_only)[:12]}")
        apart = set(ACTS.findall(plain.get_content())) ^ set(ACTS.findall(" ".join(seen.links)))
        if apart:
            self.wrong(f"the text and the HTML do not lead to the same: {sorted(apart)[:4]}")

    def mail(self, msg, inner=False):
        self.fields(msg, inner)
        self.part(msg)
        self.alike(msg)

    def meant(self, msg, bare, meant):
        sender, to = msg["From"].addresses[0], msg["To"].addresses[0]
        squeezed = lambda s: "".join(s.split())  # before 3.13 the policy puts blanks between the encoded words of a name (RFC 2047, 6.2)
        for what, got, want in (("Subject", str(msg["Subject"]), meant["Subject"].replace("=?", "= ?")), ("From", sender.addr_spec, meant["From"]), ("the sender's name", sender.display_name, meant["FromName"].replace("=?", "= ?")),
                                ("To", to.addr_spec, meant["To"]), ("the recipient's name", to.display_name, meant["ToName"].replace("=?", "= ?"))):
            if squeezed(got) != squeezed(want):
                self.wrong(f"{what} says {got!r}, and {want!r} was meant")
        for field, want in (("From", meant["FromName"]), ("To", meant["ToName"])):
            if "=?" not in bare[field]:
                continue
            name = email.utils.parseaddr(bare[field])[0]
            got = str(email.header.make_header(email.header.decode_header(name)))
            if " ".join(got.split()) != " ".join(want.replace("=?", "= ?").split()):
                self.wrong(f"{field} says {got!r}, and {want!r} was meant")
        for kind, want in (("plain", meant["Text"]), ("html", meant["HTML"])):
            body = msg.get_body((kind,))
            if body is not None and body.get_content().replace("\r\n", "\n").rstrip("\n") != want.replace("\r\n", "\n").rstrip("\n"):
                self.wrong(f"the {kind} text is not what was meant")

    def file(self, path):
        self.name = path.name
        self.mails += 1
        raw = path.read_bytes()
        self.wire(raw)
        email.message_from_bytes(raw, policy=email.policy.strict)  # raises what it finds
        msg = email.message_from_bytes(raw, policy=POLICY)
        self.mail(msg)
        beside = path.with_suffix(".json")
        if beside.exists():
            self.meant(msg, email.message_from_bytes(raw), json.loads(beside.read_text()))


def main(folder):
    judge = Judge()
    for path in sorted(pathlib.Path(folder).glob("*.eml")):
        try:
            judge.file(path)
        except Exception as e:  # a defect that the strict policy raises, or a mail that breaks the package
            judge.wrong(f"{type(e).__name__}: {e}")
    for what, names in judge.faults.items():
        print(f"{what}: {len(names)} mails, {', '.join(names[:3])}")
    print(f"{judge.mails} mails of {judge.parts} parts, {judge.within} of them within others; text and HTML compared in {judge.compared}; {len(judge.faults)} kinds of faults")
    return 1 if judge.faults or not judge.mails else 0


sys.exit(main(sys.argv[1]))
