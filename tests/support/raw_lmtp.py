"""Posting exact octets: no library between the test and the wire, so that bare LF, NUL and bare CR go as they are."""
import re
import socket


class Dialogue:
    """Commands out, replies in, over a connected socket."""

    def __init__(self, port, greeting=b"220"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.socket.makefile("rb")
        self.greeting = self.expect(greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def reply(self):
        """One reply, all its lines, without the last line end."""
        lines = []
        while True:
            line = self.file.readline()
            lines.append(line)
            if not line or line[3:4] != b"-":
                return b"".join(lines).rstrip(b"\r\n")

    def expect(self, code):
        got = self.reply()
        if not got.startswith(code):
            raise AssertionError(f"expected {code!r}, got {got!r}")
        return got

    def command(self, line, code=b"250"):
        self.send(line + b"\r\n")
        return self.expect(code)


def stuffed(octets):
    """Dot-stuffed and ended; dots count as line starts only behind CRLF (RFC 5321, section 4.5.2)."""
    body = re.sub(rb"(^|(?<=\r\n))\.", rb"..", octets)
    return body + (b"" if body.endswith(b"\r\n") or not body else b"\r\n") + b".\r\n"


def post(port, recipients, octets, sender="sender@example.net", hello=b"LHLO"):
    """Delivers by LMTP; one reply a recipient, in order."""
    with Dialogue(port) as lmtp:
        lmtp.command(hello + b" client.example.net")
        lmtp.command(b"MAIL FROM:<" + sender.encode() + b">")
        for recipient in recipients:
            lmtp.command(b"RCPT TO:<" + recipient.encode() + b">")
        lmtp.command(b"DATA", b"354")
        lmtp.send(stuffed(octets))
        replies = [lmtp.reply() for _ in (recipients if hello == b"LHLO" else [1])]
        lmtp.command(b"QUIT", b"221")
        return replies
