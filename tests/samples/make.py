#!/usr/bin/env python3
"""Writes the project's own sample messages: small, odd in one way each. Run it after a change and commit what it wrote."""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
HEAD = b"From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"


def message(subject, body, extra=b""):
    return HEAD + b"Subject: " + subject + b"\r\nMessage-ID: <" + subject.replace(b" ", b"-") + b"@example.org>\r\n" + extra + b"\r\n" + body


UTF8 = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
SAMPLES = {
    "plain": message(b"A plain letter", b"Dear Bob,\r\n\r\nall is well.\r\n\r\nAnn\r\n"),
    "dots": message(b"Dots at line starts", b".\r\n..\r\n...\r\n.hidden\r\n. \r\n.\r\n"),
    "first-octet-dot": b".X-Odd: yes\r\n" + message(b"A dot as the first octet", b"body\r\n"),
    "empty-body": message(b"Nothing to say", b""),
    "header-only": HEAD + b"Subject: No blank line\r\n",
    "no-final-line-end": message(b"Cut short", b"the last line has no end"),
    "eight-bit": message("Grüße".encode(), "Schöne Grüße aus Köln, €5, 😀\r\n".encode(), UTF8),
    "latin1-body": message(b"Old eight bit", b"caf\xe9 cr\xe8me\r\n", b"Content-Type: text/plain; charset=iso-8859-1\r\n"),
    "nul-and-controls": message(b"Control octets", b"before\x00after\x01\x02\x7f\x1b[31m\r\n"),
    "bare-cr": message(b"Bare carriage returns", b"one\rtwo\r\rthree\r\n"),
    "long-line": message(b"A line of 20000 octets", b"x" * 20000 + b"\r\n"),
    "long-header": message(b"A long header", b"body\r\n", b"X-Long: " + b"y" * 9000 + b"\r\n"),
    "many-recipients": message(b"Folded addresses", b"hello all\r\n",
                               b"Cc: " + b",\r\n ".join(b"user%03d@example.org" % n for n in range(60)) + b"\r\n"),
    "multipart": message(b"With an attachment", b"--=_a\r\nContent-Type: text/plain\r\n\r\nSee the picture.\r\n"
                         b"--=_a\r\nContent-Type: image/png; name=\"dot.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                         b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n"
                         b"--=_a--\r\n", b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_a\"\r\n"),
    "from-line-in-body": message(b"From in the body", b"From here on it is easy.\r\n>From there too.\r\n"),
    "blank-lines": message(b"Blank lines", b"\r\n\r\n\r\nend\r\n\r\n\r\n"),
}

for name, octets in SAMPLES.items():
    (HERE / f"{name}.eml").write_bytes(octets)
print(f"{len(SAMPLES)} samples written")
