#!/usr/bin/env python3
"""How `restante` reads mail as it is sent: each kind of writing against the book, and beside it the forms by the book."""
import base64
import codecs
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector as collecting  # noqa: E402
import script_test  # noqa: E402

NOON = "Mon, 5 Jan 2026 12:00:00 +0000"
END = b"\r\n"
LETTERS = []  # (name, octets, what is expected)


def octets(text):
    return text if isinstance(text, bytes) else text.encode()


def b64(text):
    return base64.b64encode(octets(text)).decode()


def letter(name, *fields, body="words of a letter\r\n", date=NOON, sender="Cleo <cleo@example.org>", **expected):
    """A message; To tells which it is."""
    head = [f"To: {len(LETTERS)}@reading.example", *fields]
    if sender:
        head.insert(0, b"From: " + octets(sender))
    if date:
        head.append("Date: " + date)
    LETTERS.append((name, END.join(octets(each) for each in head) + END + END + octets(body), expected))
    return len(LETTERS) - 1


def whole(name, message, **expected):
    """The same from its first octet on; NUMBER stands for the message's number."""
    LETTERS.append((name, octets(message).replace(b"NUMBER", b"%d" % len(LETTERS)), expected))


def parts(*each, boundary="cut", kind="mixed"):
    lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode(), b""]
    for part in each:
        lines += [b"--" + boundary.encode(), octets(part)]
    return END.join([*lines, b"--" + boundary.encode() + b"--", b""])


def multipart(name, *each, kind="mixed", fields=(), **expected):
    head, body = parts(*each, kind=kind).split(END + END, 1)
    letter(name, *fields, head, body=body, **expected)


def attached(disposition, content_type="application/pdf"):
    return b"Content-Type: " + octets(content_type) + END + b"Content-Disposition: " + octets(disposition) + END + \
        b"Content-Transfer-Encoding: base64\r\n\r\nUEFHRVM="


def named(name, disposition, wanted, content_type="application/pdf", **expected):
    multipart(name, "Content-Type: text/plain\r\n\r\nsee the file", attached(disposition, content_type),
              attachments=[wanted], text=["see the file"], **expected)


# Encoded-words
letter("padded words", f"Subject: =?UTF-8?B?{b64('Größen')}?=\r\n =?utf-8?b?{b64(' der Kisten')}?= =?UTF-8*de?B?{b64(' – neu')}?=",
       subject="Größen der Kisten – neu", found=["kisten", "neu"])
letter("a character in two words of two encodings", "Subject: =?utf-8?Q?K=C3?= =?UTF-8?B?vGNoZQ==?= =?utf-8?q?_und_Bad?=", subject="Küche und Bad")
letter("a group of base64 in two words", f"Subject: =?utf-8?B?{b64('Wörterbuch')[:6]}?= =?utf-8?B?{b64('Wörterbuch')[6:]}?=", subject="Wörterbuch")
letter("padding within a word", f"Subject: =?utf-8?B?{b64('eins ')}{b64('zwei')}?=", subject="eins zwei")
letter("words of two charsets, and text between", "Subject: =?koi8-r?B?8NLJ18XU?= =?iso-8859-15?Q?_=A4?= plus =?utf-8?Q?=E2=82=AC?=", subject="Привет € plus €")
letter("blanks within a word, and a word within text", "Subject: a=?utf-8?Q?b c?=d =?utf-8?X?e?= =?utf-8?Q?f", subject="ab cd =?utf-8?X?e?= =?utf-8?Q?f")
letter("raw octets within a word", b"Subject: =?iso-8859-1?Q?Fr\xf6sche_=E4?= und =?utf-8?Q?Fl\xc3\xb6he?=", subject="Frösche ä und Flöhe")
letter("a name in padded words", sender=f"=?utf-8?B?{b64('Übel')}?= =?utf-8?B?{b64(', Ida')}?=<ida@example.org>", **{"from": '"Übel, Ida" <ida@example.org>'})
letter("quoted words, two senders", sender=f"\"=?utf-8?B?{b64('Zoë')}?= =?utf-8?B?{b64(' Ä')}?=\" <z@example.org>, =?utf-8?Q?=C3=96?= <o@example.org>",
       **{"from": "Zoë Ä <z@example.org>, Ö <o@example.org>"})

letter("semicolons between addresses", "Cc: Bo <bo@example.org>; Cy <cy@example.org>", found=["cc:cy"])
letter("an address in a word", sender="=?utf-8?Q?J=C3=BCrgen_<j=40example.org>?=", **{"from": "Jürgen <j@example.org>"})
letter("a domain in UTF-8", sender="Bea <bea@bücher.example>", **{"from": "Bea <bea@bücher.example>"})

# Charsets: what is sent under a label
for label, text, coded in [
        ("gb2312", "朱镕基", "gbk"), ("GBK", "5 €", b"5 \x80"), ("gb18030", "丂𠀀", "gb18030"), ("x-gbk", "合同", "gbk"),
        ("big5", "‧電話／", "cp950"), ("Big5-HKSCS", "嘅咗", "big5hkscs"), ("euc-jp", "①髙", b"\xad\xa1\xfc\xe2"), ("x-sjis", "㈱纊～", "cp932"),
        ("ks_c_5601-1987", "뷁 쀍", "cp949"), ("iso-2022-jp", "① ｶﾅ ¥", b"\x1b$B-!\x1b(B \x1b(I6E\x1b(B \x1b(J\\\x1b(B"),
        ("iso-2022-jp-2", "日本 韩", b"\x1b$BF|K\\\x1b(B \x1b$A:+\x1b(B"), ("iso-2022-kr", "안녕", "iso2022_kr"), ("hz-gb-2312", "中文 ok", "hz"),
        ("tis-620", "ไทย…", "cp874"), ("iso-8859-11", "ไทย", "cp874"), ("iso-8859-9", "ş €", "cp1254"), ("ISO-8859-8-I", "שלום", "iso8859_8"),
        ("koi8-u", "ґєї", "koi8_u"), ("x-mac-cyrillic", "Привет €", "mac_cyrillic"), ("ibm866", "Привет", "cp866"), ("cp-866", "Мир", "cp866"),
        ("windows-1255", "שָׁלוֹם", "cp1255"), ("unicode-1-1-utf-8", "ähm", "utf-8"), ("UTF8", "ähm", "utf-8"), ("utf-7", "ähm", "utf-7"),
        ("utf-16", "ähm", "utf-16"), ("win-1250", "Łódź", "cp1250"), ("windows1253", "Γειά", "cp1253"), ("Windows_1256", "سلام", "cp1256"),
        ("cp1257", "šķūnis", "cp1257"), ("x-cp1251", "Да", "cp1251"), ("windows-1251-x", "Да", "cp1251"), ("iso8859-5", "Да", "iso8859_5"),
        ("8859-2", "Łódź", "iso8859_2"), ("us-ascii", "“ä”", "cp1252"), ("latin-1", "“ä”", "cp1252"), ("iso-8859-1", "‘5 €’", "cp1252"),
        ("nobody-knows-it", "“ä”", "cp1252"), ("utf8mb4", "ähm", "utf-8"), ("macintosh", "ähm ∆", "mac_roman")]:
    coded = coded if isinstance(coded, bytes) else codecs.encode(text, coded)
    letter("charset " + label, f"Subject: =?{label}?B?{b64(coded)}?=", f"Content-Type: text/plain; charset={label}",
           "Content-Transfer-Encoding: base64", body=b64(coded), subject=text, **({"text": [text]} if label.endswith(("jp", "5", "8", "n")) else {}))
for written in ("'iso-8859-7'", '"charset=iso-8859-7"', "charset=iso-8859-7", '" iso-8859-7 "', "iso-8859-7 (Greek)", 'iso-8859-7; charset=utf-8'):
    letter("charset written " + written, "Content-Type: text/plain; charset=" + written, body="Αθήνα".encode("iso8859_7"), text=["Αθήνα"])
for label, coded, text in [("windows-1253", b"\xe1\xd2\xe2", "α\ufffdβ"), ("shift_jis", b"\x82\xa0\x82", "あ\ufffd"), ("shift_jis", b"a\x85\x7cb\x82", "a\ufffd|b\ufffd"),
                           ("euc-kr", b"\xb0\xa1\xff\xb0\xa1", "가\ufffd가"), ("gb2312", b"\xff\xba\xcf", "\ufffd合"), ("utf-8", b"a\xc3z", "a\ufffdz"),
                           ("iso-2022-jp", b"\x1b$B~~\x1b(Bz", "\ufffdz"), ("big5", b"\xa4\xa4\x80\xa4\xe5", "中\ufffd文")]:
    letter("no octet of " + label, f"Subject: =?{label}?B?{b64(coded)}?=", f"Content-Type: text/plain; charset={label}", body=coded, text=[text], subject=text)
letter("half a character ends a word", "Subject: =?shift_jis?B?gqCC?=", subject="あ\ufffd")
for name, page in [("meta charset", b"<meta charset=koi8-r><p>\xf0\xd2\xc9\xd7\xc5\xd4"),
                   ("http-equiv", b"<META content='text/html; charset=KOI8-R' http-equiv=Content-Type><p>\xf0\xd2\xc9\xd7\xc5\xd4"),
                   ("a meta in a comment", b"<!-- <meta charset=utf-8> --><meta charset=koi8-r><p>\xf0\xd2\xc9\xd7\xc5\xd4"), ("an XML declaration", b"<?xml version='1.0' encoding='koi8-r'?><html><p>\xf0\xd2\xc9\xd7\xc5\xd4"),
                   ("a mark of UTF-16", codecs.BOM_UTF16_LE + "<p>Привет".encode("utf-16-le")), ("a mark of UTF-8", codecs.BOM_UTF8 + "<p>Привет".encode()),
                   ("UTF-8 against its meta", "<meta charset=koi8-r><p>Привет".encode()), ("a meta that cannot be", "<meta charset=utf-16><p>Привет".encode())]:
    letter("HTML with " + name, "Content-Type: text/html", "Content-Transfer-Encoding: base64", body=b64(page), text=["Привет"])
letter("Japanese without a charset", body=b"\x1b$B$3$s\x1b(B", text=["こん"])

# Raw octets in headers
letter("a raw subject and sender", b"Subject: " + "Ответ: счёт".encode("cp1251"), "Content-Type: text/plain; charset=windows-1251",
       sender="Иван <ivan@example.org>".encode("cp1251"), subject="Ответ: счёт", **{"from": "Иван <ivan@example.org>"}, body="ответ".encode("cp1251"))
letter("a raw subject in UTF-8 beside a text of another charset", "Subject: Grüße", "Content-Type: text/plain; charset=koi8-r", subject="Grüße")
letter("a raw subject of two charsets", "Subject: Grüße ".encode() + b"Gr\xfc\xdfe", subject="Grüße Grüße")
letter("a raw subject of which a page tells", "Subject: Привет".encode("koi8-r"), "Content-Type: text/html", body="<meta charset=koi8-r>Привет".encode("koi8-r"), subject="Привет")
letter("a raw subject that is not what the text is", b"Subject: Gr\xfc\xdfe", "Content-Type: text/plain; charset=utf-8", subject="Grüße")
letter("raw Japanese of which nothing tells", b"Subject: \x1b$B7oL>\x1b(B 7", sender="\x1b$B;3ED\x1b(B <y@example.org>", subject="件名 7", **{"from": "山田 <y@example.org>"})
multipart("raw fields of which a part tells", b"Content-Type: application/pdf; name=\"" + "合同".encode("gbk") + b".pdf\"\r\n\r\nx",
          b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "见附件".encode("gbk"), fields=[b"Subject: " + "发票".encode("gbk")],
          subject="发票", attachments=["合同.pdf"], text=["见附件"])
named("a raw name of which its own part tells", b"attachment; filename=\"" + "見積書".encode("cp932") + b".pdf\"", "見積書.pdf", "application/pdf; charset=Shift_JIS")

# The HTML where the text is empty
for name, empty in [("nothing", ""), ("no-break blanks", "\u00a0 \u00a0\r\n"), ("zero width", "\u200b\u200c\ufeff\r\n"), ("entities", "&nbsp;\r\n &nbsp;"), ("ideographic blanks", "\u3000"), ("figure blanks and joiners", "\u2007\u034f\u00ad \u2003&zwnj;")]:
    multipart("a text of " + name, f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{b64(empty)}",
              "Content-Type: text/html\r\n\r\n<p>Ticket for the ferry</p>", kind="alternative", text=["Ticket for the ferry"], from_html=True, found=["ferry"] if name == "nothing" else [])
multipart("a text that is one", "Content-Type: text/plain\r\n\r\n.", "Content-Type: text/html\r\n\r\n<p>Ticket</p>", kind="alternative", text=["."], lacks=["Ticket"],
          parts=["multipart/alternative", ".text/plain", ".text/html"])

# Delimiters
multipart("an inner boundary that goes on where the outer one ends", parts("Content-Type: text/plain\r\n\r\nwithin", boundary="cut--in", kind="related"),
          attached("attachment; filename=kept.pdf"), text=["within"], attachments=["kept.pdf"])
multipart("a line that begins like the last delimiter", "\r\nabove\r\n--cut--not\r\nbelow", text=["above\n--cut--not\nbelow"])
letter("blanks behind the last delimiter", "Content-Type: multipart/mixed; boundary=b", body="--b\r\n\r\nseen\r\n--b-- \t\r\nhidden\r\n", text=["seen"], lacks=["hidden"])

# No empty line
multipart("a part of words alone", "a first line\r\nand one more: with a colon", "Content-Type: text/plain\r\n\r\nsecond", text=["a first line\nand one more: with a colon", "second"])
TOP = f"From: Cleo <cleo@example.org>\r\nTo: NUMBER@reading.example\r\nDate: {NOON}\r\nSubject: no gap\r\n"
for name, rest, words in [("words", "Good day,\r\nsee https://example.org: there\r\n", "Good day,\nsee https"), ("an address", "https://example.org/\r\nfits\r\n", "https://example.org/\nfits"),
                          ("words with colons", "Good day,\r\nTel: 030 1234\r\n", "Good day,\nTel: 030 1234"), ("blanks", " \t\r\nGood day,\r\n\r\nand night\r\n", "Good day,\n\nand night"), ("words and an empty line", "Good day\r\n\r\nand night\r\n", "Good day\n\nand night")]:
    whole("no empty line but " + name, TOP + rest, subject="no gap", text=[words])
whole("a delimiter at once", TOP + parts("\r\nfirst", "\r\nsecond").decode().replace("\r\n\r\n--cut", "\r\n--cut", 1), subject="no gap", text=["first", "second"])
whole("fields behind junk", TOP.replace("Subject", "a line of junk\r\nSubject") + "\r\nbody\r\n", subject="no gap", text=["body"], lacks=["junk"])
whole("a separator before the fields", "From cleo@example.org Mon Jan  5 12:00:00 2026\r\n" + TOP + "\r\nbody\r\n", subject="no gap", lacks=["From cleo"], text=["body"])
whole("a quoted separator", ">From cleo@example.org Mon Jan  5 12:00:00 2026\r\n" + TOP + "\r\nbody\r\n", subject="no gap", lacks=["From cleo"], text=["body"])
whole("a mark of UTF-8 before the first field", "\ufeff" + TOP + "\r\nbody\r\n", **{"from": "Cleo <cleo@example.org>"}, text=["body"])
whole("lines that end with CR alone", (TOP + parts("\r\nfirst\r\nline", attached("attachment; filename=a.pdf")).decode()).replace("\r\n", "\r"),
      subject="no gap", read="2026-01-05T12:00:00Z", text=["first\nline"], attachments=["a.pdf"], saved={"a.pdf": "PAGES"})

# Names
named("sections in any order", "attachment; filename*2=-neu.pdf; filename*0*=\"iso-8859-1'de'%DCber\"; filename*1*=sicht%20", "Übersicht -neu.pdf")
named("words cut into sections", f"attachment; filename*0=\"=?utf-8?B?{b64('Übersichten.pdf')[:9]}\"; filename*1=\"{b64('Übersichten.pdf')[9:]}?=\"", "Übersichten.pdf")
named("padded words", f"attachment; filename=\"=?utf-8?B?{b64('Liste Ö'.encode()[:7])}?=\r\n =?utf-8?B?{b64('Liste Ö'.encode()[7:] + b'.pdf')}?=\"", "Liste Ö.pdf", saved={"Liste Ö.pdf": "PAGES"})
named("words without quotes", f"attachment; filename==?utf-8?B?{b64('Öl.pdf')}?=", "Öl.pdf")
named("an empty name", "attachment; filename=\"\"; filename*=utf-8''", "plan.pdf", "application/pdf; name=plan.pdf")
named("both forms", "attachment; filename=\"?l.pdf\"; filename*=UTF-8''%C3%96l.pdf", "Öl.pdf")
named("a charset that comes late", "attachment; filename*0=\"the plan \"; filename*1*=utf-8''%C3%96.pdf", "the plan Ö.pdf")
named("a charset in quotes", "attachment; filename*=\"utf-8\"''%C3%96l.pdf", "Öl.pdf")
named("broken percent signs", "attachment; filename*=utf-8''100%25%-50%zz%4.pdf", "100%%-50%zz%4.pdf")
named("percent signs without a charset", "attachment; filename*=%C3%96l.pdf", "Öl.pdf")
named("percent signs of no such charset", "attachment; filename*=''%D6l.pdf", "Öl.pdf")
named("a quote that stays open", "attachment; filename=\"left open.pdf; size=9", "left open.pdf")
named("quotes within", "attachment; filename=\"the \"new\" plan.pdf\"; size=9", 'the "new" plan.pdf', saved={"the _new_ plan.pdf": "PAGES"})
named("blanks without quotes", "attachment; filename=the new plan.pdf; size=9", "the new plan.pdf")
named("no semicolon", "attachment filename=\"a.pdf\" size=9", "a.pdf")
named("a slash", "attachment; filename=\"Offer 12/26.pdf\"", "Offer 12/26.pdf", saved={"Offer 12_26.pdf": "PAGES"})
named("a path", "attachment; filename=\"C:\\Users\\cleo\\plan.pdf\"", "C:\\Users\\cleo\\plan.pdf", saved={"plan.pdf": "PAGES"})
named("a sequence that was cut", "attachment; filename*=utf-8''%E2%82.txt", "\ufffd.txt")
named("a quote too few", "attachment; filename*=UTF-8'en%C3%84.pdf", "Ä.pdf")
named("a way out", "attachment; filename*=utf-8''..%2F..%2Fetc%2Fpasswd%00", "../../etc/passwd", saved={"passwd": "PAGES"})

# Texts
letter("a text field of a form", "Content-Type: text/html", body="<textarea>seashore</textarea>", text=["seashore"])
letter("a page of XHTML", "Content-Type: application/xhtml+xml", body="<html><p>seashore</p></html>", text=["seashore\n"], from_html=True)
letter("a piece of a message", "Content-Type: message/partial; id=x; number=1; total=2", body="Subject: s\r\n\r\nseashore\r\n", text=["seashore"])
letter("a boundary with a comment", "Content-Type: multipart/mixed; boundary=b(comment)", body="--b\r\n\r\nseen\r\n--b--\r\n", text=["seen"], lacks=["--b"])
letter("an unknown text", "Content-Type: text/x-notes", body="a note of the seashore\r\n", text=["seashore"], found=["seashore"])
multipart("a form of text that is a file", "Content-Type: text/plain\r\n\r\nmeet me", "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR", kind="alternative", text=["meet me"], lacks=["VCALENDAR"], attachments=[""])
letter("blanks that were added to quoted-printable", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", body="Gr=C3= \r\n=BC=C3=9Fe \r\n", text=["Grüße\n"])
letter("soft line ends with DelSp", "Content-Type: text/plain; format=flowed; DelSp=Yes; charset=utf-8", body="a light \r\nhouse\r\n>> quoted \r\n>> words\r\n> less \r\nplain\r\n", text=["a lighthouse\n>> quotedwords\n> less\nplain"], found=["lighthouse"])
letter("soft line ends", "Content-Type: text/plain; format=\"flowed\"", body="one \r\ntwo \r\nthree\r\n  stuffed\r\n > no quote\r\n-- \r\nCleo \r\nB.\r\n", text=["one two three\n stuffed\n> no quote\n-- \nCleo B.\n"])
letter("no soft line ends", body="one \r\ntwo\r\n", text=["one \ntwo"])

# uuencode
letter("files in a text", body="above\r\nbegin 644 one.txt\r\n#8V%T\r\n`\r\nend\r\nbetween\r\nbegin-base64 600 two words.txt\r\nZG9n\r\n====\r\nbegin 0644 empty\r\n`\r\nend\r\nbelow\r\n",
       text=["above", "between", "below"], lacks=["#8V", "ZG9n"], attachments=["one.txt", "two words.txt", "empty"], saved={"one.txt": "cat", "two words.txt": "dog", "empty": ""})
letter("names of files in a text", body="begin 644 =?utf-8?q?=C3=84.bin?=\r\n#8V%T\r\n`\r\nend\r\nbegin 644 \"a b.bin\"\r\n#8V%T\r\n`\r\nend\r\n", attachments=["Ä.bin", "a b.bin"])
letter("a file in an encoded text", "Content-Transfer-Encoding: base64", body=b64("above\r\nbegin 644 one.txt\r\n#8V%T\r\n \r\nend\r\n"), text=["above"], attachments=["one.txt"], saved={"one.txt": "cat"})
letter("no file", body="begin 644 of them\r\nwords in lower case\r\nend\r\nbegin the day\r\nbegin 644 cut.txt\r\n#8V%T\r\n", text=["begin 644 of them\nwords in lower case\nend\nbegin the day\nbegin 644 cut.txt\n#8V%T"], attachments=[])

# Messages in messages, and reports
INNER = "Subject: =?utf-8?Q?f=C3=BCr_dich?=\r\nFrom: x@example.org\r\n\r\nwords of the forwarded one = all\r\n"
for encoding, coded in [("base64", b64(INNER)), ("quoted-printable", INNER.replace("=", "=3D").replace("words", "wor=\r\nds")), ("base64", INNER)]:
    multipart("a message in " + encoding, f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{coded}", text=["x@example.org: für dich", "words of the forwarded one = all"], attachments=["für dich.eml"], found=["forwarded"] if coded != INNER else [])
DEEP = f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\nSubject: middle\r\n\r\n{b64(INNER)}"
multipart("a message in base64 in a message in base64", f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{b64(DEEP)}", attachments=["middle.eml", "für dich.eml"], text=["words of the forwarded"],
          parts=["multipart/mixed", ".message/rfc822", "..message/rfc822", "...text/plain"])
for kind, report in [("message/delivery-status", "Final-Recipient: rfc822; nobody@example.net"), ("message/disposition-notification", "Final-Recipient: rfc822;nobody@example.net"), ("text/rfc822-headers", "X-Failed: nobody@example.net")]:
    multipart("a report of " + kind, "Content-Type: text/plain\r\n\r\nit came to nothing", f"Content-Type: {kind}\r\n\r\n{report}\r\n\r\nAction: failed", kind="report; report-type=x", text=["it came to nothing", "nobody@example.net"], found=["nobody@example.net"])

# Dates
for written, read in [
        ("Mon, 5 Jan 2026 12:34:56 +0100", "2026-01-05T11:34:56Z"), ("5 Jan 26 12:34 EST", "2026-01-05T17:34:00Z"), ("Mon, 5 Jan 126 12:34:56 -0000", "2026-01-05T12:34:56Z"),
        ("Sun, 6 Nov 94 08:49:37 GMT", "1994-11-06T08:49:37Z"), ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"), ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
        ("Sun Nov  6 08:49:37 CET 1994", "1994-11-06T07:49:37Z"), ("Fri, 30 Jun 2017 23:59:60 +0000", "2017-07-01T00:00:00Z"), ("2026-01-05T12:34:56.789+01:00", "2026-01-05T11:34:56Z"),
        ("2026-01-05 12:34:56Z", "2026-01-05T12:34:56Z"), ("2026/01/05 12:34:56 +0100", "2026-01-05T11:34:56Z"), ("20260105T123456Z", "2026-01-05T12:34:56Z"), ("Mon, 5 Jan 2026 12.34.56 +0100", "2026-01-05T11:34:56Z"),
        ("05.01.2026 12:34:56 +0100", "2026-01-05T11:34:56Z"), ("Mon 5 JANUARY 2026 12:34:56", "2026-01-05T12:34:56Z"), ("Mar, 11 Feb 2025 12:34:56 +0100", "2025-02-11T11:34:56Z"), ("Di, 9 Dez 2025 12 :34 :56 +0100", "2025-12-09T11:34:56Z"), ("1736080496", "2025-01-05T12:34:56Z"), ("Mon,5 jan 2026 12:34:56 +01", "2026-01-05T11:34:56Z"),
        ("Mon, 5 Jan (of (this) year) 2026 12:34:56 +0100 (CET)", "2026-01-05T11:34:56Z"), ("2026 Jan 5 12:34:56 PST", "2026-01-05T20:34:56Z"), ("Mon, 05 Jan 2026 02:34:56 PM GMT+0200", "2026-01-05T12:34:56Z"),
        ("Mon, 5 Jan 2026 12:34:56 0530", "2026-01-05T07:04:56Z"), ("Jan 5, 2026 12:34:56 UT", "2026-01-05T12:34:56Z"), ("Mon, 5-Jan-2026 12:34:56 -0330", "2026-01-05T16:04:56Z"), ("Mon, 5 Jan 2026", "2026-01-05T00:00:00Z"), ("Thu, 29 Feb 2024 00:00:00 Z", "2024-02-29T00:00:00Z")]:
    letter("date " + written, date=written, read=read)
HOPS = ["Received: from a.example by b.example (x; y) id 1;\r\n\tMon, 5 Jan 2026 12:34:56 +0100 (CET; winter)", "Received: from c.example by a.example; Sun, 4 Jan 2026 12:34:56 +0100"]
for name, written in [("none", None), ("words", "the day before"), ("no such day", "30 Feb 2026 12:00:00 +0000"), ("far ahead", "Mon, 5 Jan 2126 12:00:00 +0000"), ("before mail was", "Thu, 1 Jan 1903 12:00:00 +0000"), ("empty", "")]:
    letter("date " + name, *HOPS, date=written, read="2026-01-05T11:34:56Z")
letter("a topmost hop without a date", "Received: by d.example id 2", *HOPS, date=None, read="2026-01-05T11:34:56Z")
CONTROLS = letter("what drives a terminal", "Subject: \x1b[2J\x1b]52;c;eA==\x07 \u009b31m", body=b"\x1b[31m \x9b \x7f Gr\xc3\xbc\xc3\x9fe\tend\r\n")


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(collecting.Collector())
        cls.scratch = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="restante-reading-")))
        folder = cls.scratch / "letters"
        folder.mkdir()
        for number, (_, message, _) in enumerate(LETTERS):
            (folder / f"{number}.eml").write_bytes(message)
        cls.collector.add("mail", 1, "cleo@example.org", "not asked for", options=("--no-check",))
        cls.collector.run("import", "mail", "--eml", folder)
        listed = [json.loads(line) for line in cls.collector.run("list", "--json", "--limit", "1000").stdout.splitlines()]
        cls.listed = {int(each["to"].split("@")[0]): each for each in listed}

    def test_all_letters_are_there(self):
        self.assertEqual(sorted(self.listed), list(range(len(LETTERS))))

    def expect_list(self, number, expected):
        for name, field in (("subject", "subject"), ("from", "from"), ("read", "date")):
            if name in expected:
                self.assertEqual(self.listed[number][field], expected[name])

    def expect_show(self, number, expected):
        told = json.loads(self.collector.run("show", "--peek", "--json", str(self.listed[number]["number"])).stdout)
        for words in expected.get("text", []):
            self.assertIn(words, told["text"])
        for words in expected.get("lacks", []):
            self.assertNotIn(words, told["text"])
        if "attachments" in expected:
            self.assertEqual([each["name"] for each in told["attachments"]], expected["attachments"])
        if "parts" in expected:
            self.assertEqual(["." * each["depth"] + each["content_type"] for each in told["parts"]], expected["parts"])
        if "from_html" in expected:
            self.assertEqual(told["text_from_html"], expected["from_html"])

    def expect_saved(self, number, wanted):
        folder = self.scratch / str(number)
        folder.mkdir()
        self.collector.run("save", str(self.listed[number]["number"]), "--to", folder)
        self.assertEqual({path.name: path.read_text() for path in folder.iterdir()}, wanted)

    def test_each_is_read(self):
        for number, (name, _, expected) in enumerate(LETTERS):
            with self.subTest(name):
                self.expect_list(number, expected)
                if expected.keys() & {"text", "lacks", "attachments", "parts", "from_html"}:
                    self.expect_show(number, expected)
                if "saved" in expected:
                    self.expect_saved(number, expected["saved"])

    def test_what_was_decoded_is_found(self):
        for number, (name, _, expected) in enumerate(LETTERS):
            for words in expected.get("found", []):
                with self.subTest(name, words=words):
                    found = [json.loads(line) for line in self.collector.run("search", "--json", "--limit", "1000", words).stdout.splitlines()]
                    self.assertIn(self.listed[number]["number"], [each["number"] for each in found])

    def test_raw_octets_go_to_a_pipe_and_not_to_a_terminal(self):
        command = ["show", "--raw", "--peek", str(self.listed[CONTROLS]["number"])]
        self.assertEqual(self.collector.run(*command).stdout, LETTERS[CONTROLS][1])
        terminal, end = pty.openpty()
        try:
            subprocess.run([collecting.PROGRAM, "--archive", self.collector.archive, *command], stdout=end, check=True, timeout=60)
            seen = os.read(terminal, 65536)
        finally:
            os.close(terminal)
            os.close(end)
        self.assertIn("Subject: ^[[2J^[]52;c;eA==^G <C2><9B>31m\r\n".encode(), seen)
        self.assertIn("\r\n^[[31m <9B> ^? Grüße\tend\r\n".encode(), seen)


if __name__ == "__main__":
    script_test.main()
