#!/usr/bin/env python3
"""GNU SASL's own client against restanted: what it chooses by itself works, bound to the connection where that is on offer.

Debian's gsasl speaks IMAP and SMTP alone, so it makes the SASL messages and the test carries them; TLS and the channel
binding are OpenSSL's s_client (RFC 9266: keying material for EXPORTER-Channel-Binding)."""
import base64
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
PLUS = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
BY_KEY = f'[auth]\nmechanisms = {PLUS + ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"]}\n'.replace("'", '"')


class Line:
    """A program that is spoken to line by line; it is ended with the test."""

    def __init__(self, test, command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, bufsize=0)
        self.heard = b""
        test.addCleanup(self.end)

    def end(self):
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def say(self, line):
        self.process.stdin.write(line + b"\n")

    def until(self, pattern):
        """The match; what comes up to its end is taken."""
        while not (match := re.search(pattern, self.heard)):
            octets = self.process.stdout.read(65536)
            if not octets:
                raise AssertionError(f"no {pattern!r} in {self.heard!r}")
            self.heard += octets
        self.heard = self.heard[match.end():]
        return match


class Wire(Line):
    """POP3 over TLS. .exported is the keying material, .mechanisms what CAPA lists."""

    def __init__(self, test, office, version):
        super().__init__(test, ["openssl", "s_client", "-connect", f"localhost:{office.pop3s}", "-CAfile", office.certificate,
                                "-verify_return_error", f"-{version}", "-crlf", "-nocommands", "-keymatexport",
                                "EXPORTER-Channel-Binding", "-keymatexportlen", "32"])
        self.exported = bytes.fromhex(self.until(rb"Keying material: ([0-9A-F]{64})\n")[1].decode())
        self.until(rb"\n\+OK [^\n]*\n")
        self.say(b"CAPA")
        self.mechanisms = self.until(rb"\nSASL ([^\r\n]*)\r?\n")[1].decode().split()

    def answer(self):
        return self.until(rb"(?:^|\n)((?:\+ |\+OK|-ERR)[^\r\n]*)\r?\n")[1]


class GnuSasl(unittest.TestCase):
    def office(self, configuration):
        office = support.PostOffice(users=[USER], configuration=configuration)
        office.__enter__()
        self.addCleanup(office.__exit__, None, None, None)
        self.assertEqual([b"250"], [r[:3] for r in raw_lmtp.post(office.lmtp, [USER], b"Subject: one\r\n\r\nbody\r\n")])
        return office

    def log_in(self, office, wire, mechanism=None, binding=b""):
        """By `mechanism`, else by the one that GNU SASL chooses of those on offer; returns it.
        GNU SASL 2.2 gives up by itself when it is given a binding for a mechanism without -PLUS."""
        client = Line(self, ["gsasl", "--client", "--authentication-id", USER, "--password",
                             support.PASSWORD, *(["--mechanism", mechanism] if mechanism else [])])
        if not mechanism:
            client.until(rb"supported by server:\n")
            client.say(" ".join(wire.mechanisms).encode())
        chosen = client.until(rb"Using mechanism:\n(\S+)\n")[1].decode()
        client.until(rb"tls-exporter channel binding: ")
        client.say(base64.b64encode(binding))
        if not binding:  # then it asks for the older one
            client.until(rb"tls-unique channel binding: ")
            client.say(b"")
        wire.say(f"AUTH {chosen}".encode())
        while (answer := wire.answer()).startswith(b"+ "):
            if answer[2:].strip():
                client.until(rb"press RET if none\):\n")
                client.say(answer[2:])
            wire.say(client.until(rb"Output from client:\n([^\n]*)\n")[1])
        self.assertTrue(answer.startswith(b"+OK"), f"{chosen}: {answer!r}\n{office.log()[-2000:]}")
        wire.say(b"STAT")
        self.assertTrue(wire.answer().startswith(b"+OK 1 "))
        wire.say(b"QUIT")
        self.assertTrue(wire.answer().startswith(b"+OK"))
        self.assertRegex(office.complete_log(), rf"log-in\b.*\b{re.escape(chosen)}\b")
        return chosen

    def test_by_default_nothing_is_bound_and_its_own_choice_works(self):
        office = self.office("")
        for version in ("tls1_2", "tls1_3"):
            with self.subTest(version):
                wire = Wire(self, office, version)
                self.assertFalse([name for name in wire.mechanisms if name.endswith("-PLUS")])
                self.assertEqual(self.log_in(office, wire), "SCRAM-SHA-256")

    def test_with_the_key_it_is_bound_on_tls_1_3(self):
        office = self.office(BY_KEY)
        wire = Wire(self, office, "tls1_3")
        self.assertEqual(wire.mechanisms[:2], PLUS)
        self.assertEqual(self.log_in(office, wire, binding=wire.exported), PLUS[0])
        for mechanism in PLUS:
            wire = Wire(self, office, "tls1_3")
            self.log_in(office, wire, mechanism, wire.exported)

    def test_with_the_key_the_binding_of_another_connection_is_refused(self):
        office = self.office(BY_KEY)
        wire = Wire(self, office, "tls1_3")
        with self.assertRaisesRegex(AssertionError, r"-ERR \[AUTH\]"):
            self.log_in(office, wire, PLUS[0], bytes(32))

    def test_with_the_key_its_own_choice_works_on_tls_1_2_too(self):
        office = self.office(BY_KEY)
        wire = Wire(self, office, "tls1_2")
        self.assertFalse([name for name in wire.mechanisms if name.endswith("-PLUS")])
        self.assertEqual(self.log_in(office, wire), "SCRAM-SHA-256")


if __name__ == "__main__":
    script_test.main()
