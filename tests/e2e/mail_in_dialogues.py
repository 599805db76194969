#!/usr/bin/env python3
"""The dialogues of tests/transcripts/lmtp with the shipped program, over LMTP, SMTP and TLS; what came is read from the disk."""
import pathlib
import re
import signal
import socket
import ssl
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import mail_in_dialogue  # noqa: E402
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

FOLDER = support.ROOT / "tests/transcripts/lmtp"
USER = "ann@example.com"
# Everyone else whom a dialogue names and who is not refused.
ALIASES = ("ann@x", "bob@example.com", "cid@example.com", "postmaster", '"a(b"@example.com', "文@example.com")


class Office(unittest.TestCase):
    configuration = ""

    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=[USER], configuration='host_name = "mx.example"\n' + cls.configuration)
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__, None, None, None)
        with open(cls.office.root / "users", "a", encoding="utf-8") as file:
            file.writelines(f"{alias}:::::::alias_of={USER}\n" for alias in ALIASES)
        cls.office.run("reload")

    def kept(self):
        """Takes what lies in the maildrop: (with-clause, content) of each message, once."""
        out = set()
        for path in sorted((self.office.maildir(USER) / "new").glob("*")):
            whole = support.canonical(path.read_bytes())
            trace = re.match(support.TRACE, whole)
            out.add((re.search(rb"\bwith (\w+)", trace[0])[1], whole[trace.end():]))
            path.unlink()
        return out


class Dialogues(Office):
    def have(self, dialogue):
        wire = socket.create_connection(("127.0.0.1", self.office.smtp if dialogue.smtp else self.office.lmtp), timeout=30)
        self.addCleanup(wire.close)
        file = wire.makefile("rb")
        self.assertTrue(file.readline().startswith(b"220 "))
        for sent, expected in dialogue.exchanges:
            wire.sendall(sent)
            for line in expected:
                got = file.readline().removesuffix(b"\r\n")
                if got == b"250-STARTTLS" and line != got:  # every TCP listener offers it
                    got = file.readline().removesuffix(b"\r\n")
                self.assertEqual(got, line, sent[:200])
            if expected == [b"220 2.0.0 Ready to start TLS"]:
                context = ssl.create_default_context(cafile=str(self.office.certificate))
                context.check_hostname = False
                wire = context.wrap_socket(wire, server_hostname="mx.example")
                self.addCleanup(wire.close)
                file = wire.makefile("rb")
        if dialogue.closed:
            self.assertEqual(file.readline(), b"")

    def test_each_that_a_live_server_can_be_asked(self):
        live = {path.stem: dialogue for path in sorted(FOLDER.glob("*.lmtp"))
                if (dialogue := mail_in_dialogue.read(path)).not_live is None}
        self.assertGreater(len(live), 20)
        for name, dialogue in live.items():
            with self.subTest(name):
                self.have(dialogue)
                self.assertEqual(self.kept(), {(word, content and support.canonical(content)) for word, content in dialogue.messages})


class Duties(Office):
    configuration = "[mail_in]\nmessage_octets_max = 4096\nrecipients_max = 100\n"

    def dialogue(self, hello=b"LHLO"):
        wire = raw_lmtp.Dialogue(self.office.lmtp if hello == b"LHLO" else self.office.smtp)
        self.addCleanup(wire.__exit__)
        wire.command(hello + b" client.example")
        return wire

    def test_a_hundred_recipients_and_no_more_than_the_limit(self):
        lmtp = self.dialogue()
        lmtp.command(b"MAIL FROM:<sender@example.org>")
        for number in range(100):
            lmtp.command(b"RCPT TO:<ann+%d@example.com>" % number)
        lmtp.command(b"RCPT TO:<ann+100@example.com>", b"452 4.5.3 ")
        lmtp.command(b"RSET")

    def test_a_loop_is_found(self):
        lmtp = self.dialogue()
        lmtp.command(b"MAIL FROM:<sender@example.org>")
        lmtp.command(b"RCPT TO:<ann@example.com>")
        lmtp.command(b"DATA", b"354")
        lmtp.send(b"Received: x\r\n" * 150 + b"\r\nbody\r\n.\r\n")
        lmtp.expect(b"554 5.4.6 ")
        self.assertEqual(self.kept(), set())

    def test_size_at_mail_and_after_the_data(self):
        lmtp = self.dialogue()
        lmtp.command(b"MAIL FROM:<sender@example.org> SIZE=5000", b"552 5.3.4 ")
        lmtp.command(b"MAIL FROM:<sender@example.org> SIZE=10")
        lmtp.command(b"RCPT TO:<ann@example.com>")
        lmtp.command(b"DATA", b"354")
        lmtp.send(b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 80 + b".\r\n")
        lmtp.expect(b"552 5.3.4 ")
        self.assertEqual(self.kept(), set())

    def test_half_a_message_is_not_delivered(self):
        for whole_lines in (b"Subject: x\r\n\r\nhalf\r\n", b"Subject: x\r\n\r\nhalf\r\n."):
            lmtp = self.dialogue()
            lmtp.command(b"MAIL FROM:<sender@example.org>")
            lmtp.command(b"RCPT TO:<ann@example.com>")
            lmtp.command(b"DATA", b"354")
            lmtp.send(whole_lines)
            lmtp.socket.shutdown(socket.SHUT_WR)
            lmtp.file.read()
        self.assertEqual(self.kept(), set())

    def test_a_group_in_one_segment_is_answered_in_order(self):
        lmtp = self.dialogue()
        lmtp.send(b"MAIL FROM:<sender@example.org>\r\nRCPT TO:<nobody@example.com>\r\nRCPT TO:<ann@example.com>\r\nDATA\r\n")
        for code in (b"250 2.1.0", b"550 5.1.1", b"250 2.1.5", b"354"):
            lmtp.expect(code)
        lmtp.send(b"Subject: pipelined\r\n\r\nbody\r\n.\r\nQUIT\r\n")
        for code in (b"250 2.0.0", b"221 2.0.0"):
            lmtp.expect(code)
        self.assertEqual(self.kept(), {(b"LMTP", b"Subject: pipelined\r\n\r\nbody\r\n")})

    def closed_to_new_clients(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.office.lmtp), timeout=5).close()
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                pass  # the listener closed while this waited to be taken
        self.fail("the listener stays open")

    def test_the_end_of_the_server_comes_behind_the_message_under_way(self):
        lmtp = self.dialogue()
        lmtp.command(b"MAIL FROM:<sender@example.org>")
        lmtp.command(b"RCPT TO:<ann@example.com>")
        lmtp.command(b"DATA", b"354")
        self.office.process.send_signal(signal.SIGTERM)
        try:
            self.closed_to_new_clients()
            lmtp.send(b"Subject: last\r\n\r\nbody\r\n.\r\n")
            lmtp.expect(b"250 2.0.0 ")
            lmtp.expect(b"421 4.3.2 ")
        finally:
            self.office.stop()
            self.office.start()
        self.assertEqual(self.kept(), {(b"LMTP", b"Subject: last\r\n\r\nbody\r\n")})

    def over_tls(self):
        wire = self.dialogue()
        wire.command(b"STARTTLS", b"220")
        wire.file.close()
        context = ssl.create_default_context(cafile=str(self.office.certificate))
        context.check_hostname = False
        wire.socket = context.wrap_socket(wire.socket)
        wire.file = wire.socket.makefile("rb")
        wire.command(b"LHLO client.example")
        return wire

    def dialogues_that_wait(self):
        """One in each state in which nothing is under way."""
        fresh = raw_lmtp.Dialogue(self.office.smtp)
        self.addCleanup(fresh.__exit__)
        greeted = self.dialogue(b"EHLO")
        half_a_line = self.dialogue()
        half_a_line.send(b"MAIL FR")
        asked = self.dialogue()
        asked.command(b"MAIL FROM:<>")
        asked.command(b"RCPT TO:<ann@example.com>")
        return {"fresh": fresh, "greeted": greeted, "half a line": half_a_line, "recipients": asked, "TLS": self.over_tls()}

    def test_whoever_waits_is_told_of_the_servers_end(self):
        waiting = self.dialogues_that_wait()
        with socket.create_connection(("127.0.0.1", self.office.pop3), timeout=30) as pop3, pop3.makefile("rb") as lines:
            self.assertTrue(lines.readline().startswith(b"+OK"))
            self.office.process.send_signal(signal.SIGTERM)
            try:
                for name, wire in waiting.items():
                    with self.subTest(name):
                        wire.expect(b"421 4.3.2 mx.example ")
                        self.assertEqual(wire.reply(), b"")
                self.assertEqual(lines.read(), b"")  # POP3 has no unsolicited response
            finally:
                self.office.stop()
                self.office.start()
        self.assertEqual(self.kept(), set())


class Idle(Office):
    configuration = '[deadlines]\nmail_in_idle = "1s"\n'

    def test_who_idles_too_long_is_told_so(self):
        for port in (self.office.smtp, self.office.lmtp):
            with raw_lmtp.Dialogue(port) as wire:
                wire.expect(b"421 4.4.2 mx.example ")
                self.assertEqual(wire.reply(), b"")


if __name__ == "__main__":
    script_test.main()
