#!/usr/bin/env python3
"""Strangers and bad networks against the real program: nobody is let in, nothing is lost, nobody else is hurt (docs/testing.md)."""
import base64
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import selectors
import signal
import socket
import ssl
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402
from watch import KIB, MIB, Watch  # noqa: E402

USER, OTHER = "ann@example.org", "bob@example.org"
CUT_OFF = "reason=slow-reader"
LETTER = b"Subject: a letter\r\n\r\nbody\r\n"
MEMORY_FOR_ONE = 16 * MIB  # what one hostile connection may cost at most: far below what it sends, above what the allocator keeps


def plain(name, password=support.PASSWORD):
    return base64.b64encode(b"\0" + name + b"\0" + password.encode())


class Hostile(unittest.TestCase):
    """An office a class, for most strangers leave it as it was; that it still serves is looked at after each test."""

    configuration = ""

    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=[USER, OTHER], configuration=cls.configuration)
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__, None, None, None)

    def setUp(self):
        self.open = self.enter(contextlib.ExitStack())
        self.watch = Watch(self.office)
        self.addCleanup(lambda: self.watch.close())  # whichever it is by then
        self.addCleanup(self.still_serves)

    def enter(self, context):
        self.addCleanup(context.close)
        return context

    def still_serves(self):
        self.assertIsNone(self.office.process.poll(), "the daemon ended")
        for user in (USER, OTHER):
            self.clear(user)

    def clear(self, user):
        with self.client().log_in(user) as pop:
            count = int(pop.command(b"STAT").split()[1])
            for number in range(1, count + 1):
                pop.command(b"DELE %d" % number)
            pop.command(b"QUIT")

    def client(self, **how):
        return self.open.enter_context(raw_pop3.Client(self.office.pop3, **how))

    def post(self, octets=LETTER, user=USER):
        reply, = raw_lmtp.post(self.office.lmtp, [user], octets)
        self.assertTrue(reply.startswith(b"250"), reply)

    def kept(self, user):
        """The files of a user's messages, without the trace in front."""
        folder = self.office.maildir(user)
        return [support.without_trace(path.read_bytes()) if b"\r\n" in path.read_bytes().split(b"\n\n")[0]
                else support.without_trace(support.canonical(path.read_bytes()))
                for where in ("new", "cur") if (folder / where).exists() for path in (folder / where).iterdir()]

    def count(self, user=USER):
        with self.client().log_in(user) as pop:
            count = int(pop.command(b"STAT").split()[1])
            pop.command(b"QUIT")
            return count


class Injection(Hostile):
    def handshake(self, wire, cuts=()):
        """Over TLS from here on; the ClientHello goes in pieces, cut at these octets."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.office.tls_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        for start, end in zip((0, *cuts), (*cuts, len(hello))):
            wire.send(hello[start:end])
        while True:
            incoming.write(wire.read_some())
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                continue
        wire.send(outgoing.read())

        def say(octets):
            tls.write(octets)
            wire.send(outgoing.read())
            while True:
                try:
                    return tls.read(64 * KIB)
                except ssl.SSLWantReadError:
                    incoming.write(wire.read_some())

        return say

    def test_nothing_behind_stls_is_executed(self):
        for number, injected in enumerate((b"CAPA\r\n", b"USER ann@example.org\r\nPASS x\r\n", b"CAP", b"\r\n" * 100), 1):
            for cuts in ((), (1,), (5, 6, 50)):
                with self.subTest(injected=injected, cuts=cuts):
                    wire = self.client()
                    wire.send(b"STLS\r\n" + injected)
                    wire.expect(b"+OK")
                    say = self.handshake(wire, cuts)
                    self.assertTrue(say(b"PASS x\r\n").startswith(b"-ERR"), "a USER from before TLS was believed")
                    self.assertRegex(say(b"CAPA\r\n"), rb"^\+OK[^\r]*\r\n(?s:.*)\r\n\.\r\n$")
            self.watch.until_logged("stls-injection", 3 * number)

    def test_plain_text_in_place_of_the_handshake_ends_the_connection(self):
        wire = self.client()
        wire.command(b"STLS")
        wire.send(b"CAPA\r\nUSER ann@example.org\r\n")
        self.assertNotIn(b"+OK", wire.ended())
        self.watch.until_logged("tls-handshake-failed")

    def test_nothing_behind_starttls_is_executed(self):
        for port, hello in ((self.office.lmtp, b"LHLO"), (self.office.smtp, b"EHLO")):
            with self.subTest(hello=hello), raw_lmtp.Dialogue(port) as dialogue:
                dialogue.command(hello + b" client.example.net")
                dialogue.send(b"STARTTLS\r\n" + hello + b" evil.example.net\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<ann@example.org>\r\n")
                dialogue.expect(b"220")
                wire = self.office.tls_context().wrap_socket(dialogue.socket, server_hostname="localhost")
                dialogue.socket, dialogue.file = wire, wire.makefile("rb")
                dialogue.command(b"RCPT TO:<ann@example.org>", b"503")
                dialogue.command(b"MAIL FROM:<sender@example.net>", b"503")
                dialogue.command(b"DATA", b"503")
        self.watch.until_logged("stls-injection", 2)

    FORMS = {"LF.LF": b"\n.\n", "LF.CRLF": b"\n.\r\n", "CR.CR": b"\r.\r", "CRLF.LF": b"\r\n.\n", "CRLF.CR": b"\r\n.\r", "CR.CRLF": b"\r.\r\n",
             "CRLF.CRCRLF": b"\r\n.\r\r\n", "LF.CRLF behind CR": b"\r\r\n.\n", "CRLF NUL.CRLF": b"\r\n\0.\r\n"}

    def smuggle(self, port, hello, message, cuts):
        """Sends the message, cut in pieces, and its end; the replies to the end and to what follows must be one and one."""
        with raw_lmtp.Dialogue(port) as dialogue:
            dialogue.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            dialogue.command(hello + b" client.example.net")
            dialogue.command(b"MAIL FROM:<sender@example.net>")
            dialogue.command(b"RCPT TO:<ann@example.org>")
            dialogue.command(b"DATA", b"354")
            for start, end in zip((0, *cuts), (*cuts, len(message))):
                dialogue.send(message[start:end])
            dialogue.send(b"\r\n.\r\n")
            dialogue.expect(b"250")
            dialogue.command(b"NOOP")
            dialogue.command(b"QUIT", b"221")

    def test_only_crlf_dot_crlf_ends_a_message(self):
        tail = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nin"
        for port, hello in ((self.office.lmtp, b"LHLO"), (self.office.smtp, b"EHLO")):
            for name, form in self.FORMS.items():
                message = b"Subject: outer\r\n\r\nout" + form + tail
                at = message.index(form)
                meant = re.sub(rb"\r\n\.", b"\r\n", message) + b"\r\n"
                for cuts in ((), range(at, at + len(form) + 1)):
                    with self.subTest(protocol=hello, form=name, cuts=list(cuts)):
                        self.smuggle(port, hello, message, cuts)
                        self.assertEqual(self.kept(USER), [meant])
                        self.assertEqual(self.kept(OTHER), [])
                    self.clear(USER)


class Names(Hostile):
    configuration = '[log]\nlevel = "debug"\n'
    ODD = [b"../ann@example.org", b"ann@example.org/../bob@example.org", b"/etc/passwd", b"a/b", b"%u", b"'--", b"*)(", b"ann@example.org.",
           b" ann@example.org", b"ann@example.org\t", b"\xff", b"\xc0\xafann@example.org", b"x" * 200, "\u202enna@example.org".encode(),
           b"ann", b"@example.org", b"ann@", b"ann@@example.org", b"ann+x@example.org", b".", b"..", b"", b"\x1b[2J\x1b]0;owned\x07", b"-", b"root"]
    # A blank at the end of a command means nothing (decision 0116).
    OVER_SASL_ONLY = [b"ann@example.org ", b"x\n2026-01-01T00:00:00Z info log-in user=root", b"x\r\ny", b"a\0b", b"x" * 4000]

    def test_odd_names_open_nothing(self):
        pending = []
        for name in self.ODD:
            pop = self.client()
            pop.send(b"USER " + name + b"\r\nPASS " + support.PASSWORD.encode() + b"\r\n")
            pending.append((b"USER", name, pop))
        for name in self.ODD + self.OVER_SASL_ONLY:
            pop = self.client()
            pop.send(b"AUTH PLAIN\r\n")
            pop.expect(b"+")
            pop.send(plain(name) + b"\r\n")
            pending.append((b"AUTH PLAIN", name, pop))
        # Asked at once and looked at afterwards: each refusal is held back for two seconds.
        for how, name, pop in pending:
            with self.subTest(how=how, name=name):
                pop.send(b"STAT\r\nQUIT\r\n")
                lines = pop.ended().split(b"\r\n")
                self.assertFalse([line for line in lines if re.match(rb"\+OK \d", line)], lines)
                self.assertTrue(any(line.startswith(b"-ERR") for line in lines), lines)
        self.log_is_clean(self.office.complete_log())
        self.assertFalse((self.office.root / "mail/etc").exists())

    @staticmethod
    def lines_of(text):
        """Those of the log, without what a trial as root says beside it, once, at the start."""
        return [line for line in text.removesuffix("\n").split("\n") if not line.startswith("restanted: warning: serving as root")]

    def log_is_clean(self, text):
        for line in self.lines_of(text):
            self.assertRegex(line, r"^\d{4}-\d\d-\d\d", "a stranger began a line of the log")
            self.assertNotRegex(line, "[\x00-\x1f\x7f\u202e]", "a stranger's control character reached the log")
            self.assertLess(len(line), 4096)

    def test_logs_cannot_be_written_by_strangers(self):
        escape = b"\x1b]0;owned\x07 user=root\x1b[2J"
        with raw_lmtp.Dialogue(self.office.lmtp) as lmtp:
            for line in (b"LHLO " + escape, b"LHLO client.example.net", b"MAIL FROM:<\"" + escape + b"\"@example.net>",
                         b"MAIL FROM:<sender@example.net>", b"RCPT TO:<" + escape + b"@example.org>", b"RCPT TO:<nobody@example.org>",
                         b"RCPT TO:<" + b"n" * 900 + b"@example.org>", escape):
                lmtp.send(line + b"\r\n")
                lmtp.reply()
        self.post(b"Subject: " + escape + b"\r\n\r\nsecret-of-the-text\r\n")
        pop = self.client()
        pop.send(escape + b"\r\nAPOP " + escape + b" " + b"0" * 32 + b"\r\nAUTH " + escape + b"\r\nQUIT\r\n")
        pop.ended()
        with self.client().log_in(USER) as reader:
            reader.message(1)
            reader.command(b"QUIT")
        self.log_is_clean(self.office.complete_log())
        for secret in (support.PASSWORD, "secret-of-the-text", plain(USER.encode()).decode()):
            self.assertNotIn(secret, self.office.complete_log())
            self.assertNotIn(secret.encode(), pathlib.Path(f"/proc/{self.office.process.pid}/cmdline").read_bytes())

    def test_a_log_in_json_cannot_be_broken(self):
        with support.PostOffice(users=[], configuration='[log]\nformat = "json"\n') as office:
            with raw_pop3.Client(office.pop3) as pop:
                pop.send(b'AUTH PLAIN\r\n' + plain(b'x","level":"info"}\n{"event":"log-in\x1b') + b"\r\nQUIT\r\n")
                pop.ended()
            for line in self.lines_of(office.complete_log()):
                self.assertIn("event", json.loads(line))


class Sasl(Hostile):
    def broken_exchanges(self):
        """What is sent step by step; None: the client is gone. Each ends without a log-in."""
        first = base64.b64encode(b"n,,n=ann@example.org,r=abcdefgh")
        yield [b"AUTH PLAIN", b"*"]
        yield [b"AUTH PLAIN", b"!!!not base64!!!"]
        yield [b"AUTH PLAIN", plain(USER.encode())[:-3]]
        yield [b"AUTH PLAIN", b"A" * 8193]
        yield [b"AUTH PLAIN", b"A" * 100_000]
        yield [b"AUTH PLAIN", b"="]
        yield [b"AUTH PLAIN", b""]
        yield [b"AUTH PLAIN ="]
        yield [b"AUTH PLAIN " + plain(USER.encode())[:-1]]
        yield [b"AUTH PLAIN", None]
        yield [b"AUTH LOGIN", None]
        yield [b"AUTH LOGIN", base64.b64encode(USER.encode()), None]
        yield [b"AUTH LOGIN", base64.b64encode(USER.encode()), b"*"]
        yield [b"AUTH SCRAM-SHA-256", None]
        yield [b"AUTH SCRAM-SHA-256 " + first, None]
        yield [b"AUTH SCRAM-SHA-256 " + first, b"*"]
        yield [b"AUTH SCRAM-SHA-256", first, base64.b64encode(b"c=biws,r=abcdefgh,p=AAAA")]
        yield [b"AUTH SCRAM-SHA-1", first, b"*"]
        yield [b"AUTH NTLM"]
        yield [b"AUTH"]

    def test_exchanges_that_break_off_leave_nothing_behind(self):
        self.client().log_in(USER).command(b"QUIT")  # whatever is opened once is open now
        self.open.close()
        before = self.watch.descriptors()
        clients = []
        for steps in list(self.broken_exchanges()) * 3:
            pop = self.client()
            clients.append(pop)
            for step in steps:
                if step is None:
                    pop.reset()
                    break
                pop.send(step + b"\r\n")
            else:
                pop.send(b"STAT\r\nQUIT\r\n")
        for pop in clients:
            if not pop.file.closed:
                told = pop.ended()
                self.assertNotRegex(told, rb"\+OK \d", "somebody was let in")
                self.assertIn(b"-ERR", told)
        self.open.close()
        self.watch.until(lambda: self.watch.descriptors() <= before, f"no more than the {before} descriptors of before are open")

    def test_two_log_ins_at_once_are_one(self):
        pop = self.client()
        pop.send(b"AUTH PLAIN\r\n" + plain(USER.encode()) + b"\r\nAUTH PLAIN\r\n" + plain(OTHER.encode()) + b"\r\nSTAT\r\nQUIT\r\n")
        lines = pop.ended().split(b"\r\n")
        self.assertEqual(lines[0][:1], b"+")
        self.assertTrue(lines[1].startswith(b"+OK"), lines)
        self.assertTrue(lines[2].startswith(b"-ERR"), lines)
        self.assertTrue(lines[3].startswith(b"-ERR"), lines)
        self.assertIn(b"+OK 0 0", lines)

    def test_an_initial_response_may_come_octet_by_octet(self):
        pop = self.client()
        for octet in b"AUTH PLAIN\r\n" + plain(USER.encode()) + b"\r\n":
            pop.send(bytes([octet]))
        pop.expect(b"+")
        pop.expect(b"+OK")
        pop.command(b"QUIT")

    def test_a_handshake_that_stalls_is_ended_wherever_it_stalls(self):
        with support.PostOffice(users=[USER], configuration='[deadlines]\ntls_handshake = "1s"\n') as office, Watch(office) as watch:
            before = watch.descriptors()
            tls = office.tls_context().wrap_bio(ssl.MemoryBIO(), out := ssl.MemoryBIO(), server_hostname="localhost")
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            hello = out.read()
            stalled = []
            for octets in (0, 1, 4, 5, 6, 9, len(hello) // 2, len(hello) - 1, len(hello)):
                for port in (office.pop3s, office.pop3):
                    wire = self.enter(raw_pop3.Client(port, greeted=port == office.pop3))
                    if port == office.pop3:
                        wire.command(b"STLS")
                    wire.send(hello[:octets])
                    stalled.append(wire)
            for wire in stalled:
                wire.ended()
                wire.close()
            watch.until(lambda: watch.descriptors() <= before, "the places of the stalled are free")


class Lines(Hostile):
    configuration = '[mail_in]\nmessage_octets_max = "50M"\n'

    def test_lines_of_every_length(self):
        for octets in (254, 255, 256, 257, 511, 512, 513, 1024, 4096, 16 * KIB, 64 * KIB):
            with self.subTest(octets=octets):
                pop = self.client()
                pop.send(b"USER " + b"u" * (octets - 7) + b"\r\nQUIT\r\n")
                self.assertTrue(pop.line().startswith(b"+OK" if octets <= 255 else b"-ERR"))
                pop.expect(b"+OK")
                self.assertEqual(pop.ended(), b"")

    def test_a_line_without_end_costs_no_memory(self):
        for user in (None, USER):
            pop = self.client()
            if user:
                pop.log_in(user)
            before = self.watch.memory()
            for _ in range(64):
                pop.send(b"A" * MIB)
            self.assertEqual(self.count(OTHER), 0)
            self.assertLess(self.watch.memory(), before + MEMORY_FOR_ONE)
            pop.send(b"\r\nQUIT\r\n")
            pop.expect(b"-ERR")
            pop.expect(b"+OK")

    def test_lmtp_lines_of_every_length(self):
        with raw_lmtp.Dialogue(self.office.lmtp) as lmtp:
            lmtp.command(b"LHLO client.example.net")
            for octets in (998, 1000, 2048, 10 * MIB):
                before = self.watch.memory()
                lmtp.command(b"NOOP " + b"x" * octets, b"")
                self.assertLess(self.watch.memory(), before + MEMORY_FOR_ONE)
            lmtp.command(b"NOOP")

    def test_a_message_of_one_line_comes_back_to_the_octet(self):
        # Without "LF.", whose dot goes out doubled (docs/decisions/0011).
        octets = b"Subject: one line\r\n\r\n" + random.Random(1).randbytes(30 * MIB).replace(b"\r\n", b"\r\r").replace(b"\n.", b"\n,") + b"\r\n"
        before = self.watch.memory()
        self.post(octets)
        with self.client().log_in(USER) as pop:
            got, promised = pop.message(1)
            self.assertEqual(len(got), promised)
            sent = support.without_trace(got)
            self.assertEqual(hashlib.sha256(sent).hexdigest(), hashlib.sha256(octets).hexdigest())
            pop.command(b"QUIT")
        self.assertLess(self.watch.memory(), before + MEMORY_FOR_ONE)

    def test_a_line_above_the_size_is_refused_and_not_kept(self):
        with support.PostOffice(users=[USER], configuration='[mail_in]\nmessage_octets_max = "1M"\n') as office, Watch(office) as watch:
            before = watch.memory()
            with raw_lmtp.Dialogue(office.lmtp) as lmtp:
                lmtp.command(b"LHLO client.example.net")
                lmtp.command(b"MAIL FROM:<sender@example.net>")
                lmtp.command(b"RCPT TO:<ann@example.org>")
                lmtp.command(b"DATA", b"354")
                for _ in range(64):
                    lmtp.send(b"A" * MIB)
                self.assertLess(watch.memory(), before + MEMORY_FOR_ONE)
                lmtp.send(b"\r\n.\r\n")
                lmtp.expect(b"552")
            self.assertEqual([path for path in office.maildir(USER).rglob("*") if path.parent.name in ("new", "tmp")], [])


class SlowPeers(Hostile):
    configuration = '[deadlines]\nlog_in = "4s"\nwrite = "2s"\n'
    SLOW = 300

    def test_commands_without_reading_are_not_taken_in(self):
        self.post()
        cut_off = self.office.log().count(CUT_OFF)
        pop = self.client(receive_buffer=4096).log_in(USER)
        before = self.watch.memory()
        pop.socket.setblocking(False)
        commands = memoryview(b"CAPA\r\n" * 100_000 + b"DELE 1\r\nQUIT\r\n")
        sent = self.send_until_refused(pop.socket, commands)
        self.assertLess(self.watch.memory(), before + MEMORY_FOR_ONE)
        self.assertEqual(self.count(OTHER), 0)
        self.watch.until_logged(CUT_OFF, cut_off + 1)
        self.assertGreater(sent, 0)
        self.assertEqual(self.count(), 1, "a QUIT behind replies that nobody took was not reached")

    def send_until_refused(self, wire, octets):
        """Sends what is taken, until all is or nothing more; tells how much."""
        sent = 0
        with selectors.DefaultSelector() as ready:
            ready.register(wire, selectors.EVENT_WRITE)
            while sent < len(octets) and ready.select(1):
                try:
                    sent += wire.send(octets[sent:sent + 64 * KIB])
                except ConnectionError:
                    break
        return sent

    def test_a_slow_reader_is_cut_off_and_nobody_waits_for_it(self):
        self.post(b"Subject: long\r\n\r\n" + b"a line of the long letter\r\n" * 800_000)
        cut_off = self.office.log().count(CUT_OFF)
        slow = self.client(receive_buffer=4096).log_in(USER)
        slow.send(b"RETR 1\r\nDELE 1\r\n")
        slow.expect(b"+OK")
        begun = time.monotonic()
        self.assertEqual(self.count(OTHER), 0)
        self.assertLess(time.monotonic() - begun, 2)
        self.watch.until_logged(CUT_OFF, cut_off + 1)
        self.assertEqual(self.count(), 1)

    def test_slow_loris_is_let_go_while_users_come_and_go(self):
        begun = time.monotonic()
        before = self.watch.descriptors()
        with selectors.DefaultSelector() as ready:
            for _ in range(self.SLOW):
                ready.register(self.client().socket, selectors.EVENT_READ)
            slowest = 0
            while ready.get_map():
                self.assertLess(time.monotonic() - begun, 30, f"{len(ready.get_map())} are still there")
                for key, _ in ready.select(0.2):
                    if not self.alive(key.fileobj):
                        ready.unregister(key.fileobj)
                for key in list(ready.get_map().values()):
                    with contextlib.suppress(OSError):
                        key.fileobj.send(b"U")
                asked = time.monotonic()
                self.assertEqual(self.count(), 0)
                slowest = max(slowest, time.monotonic() - asked)
        self.assertGreater(time.monotonic() - begun, 3, "they were turned away at once: nothing was tested")
        self.assertLess(slowest, 1, "a user had to wait for the slow ones")
        self.open.close()
        self.watch.until(lambda: self.watch.descriptors() <= before, "the places of the slow ones are free")

    def alive(self, wire):
        try:
            return bool(wire.recv(4096))
        except ConnectionError:
            return False


class Endings(Hostile):
    configuration = '[deadlines]\nlock_wait = "2s"\n'

    def setUp(self):
        super().setUp()
        for number in range(3):
            self.post(b"Subject: %d\r\n\r\nbody\r\n" % number)

    def states(self):
        """Where a session can be when its peer goes: what was done so far. None deletes."""
        yield "greeted", lambda pop: None
        yield "named", lambda pop: pop.command(b"USER " + USER.encode())
        yield "password sent", lambda pop: (pop.command(b"USER " + USER.encode()), pop.send(b"PASS " + support.PASSWORD.encode() + b"\r\n"))
        yield "half a password", lambda pop: (pop.command(b"USER " + USER.encode()), pop.send(b"PASS " + support.PASSWORD.encode()))
        yield "within SASL", lambda pop: pop.command(b"AUTH PLAIN", b"+")
        yield "logged in", lambda pop: pop.log_in(USER)
        yield "marked", lambda pop: (pop.log_in(USER), pop.command(b"DELE 1"))
        yield "read and marked", lambda pop: (pop.log_in(USER), pop.message(1), pop.command(b"DELE 1"), pop.command(b"DELE 2"))
        yield "all marked at once", lambda pop: (pop.log_in(USER), pop.send(b"DELE 1\r\nDELE 2\r\nDELE 3\r\n"))
        yield "within RETR", lambda pop: (pop.log_in(USER), pop.send(b"DELE 1\r\nRETR 2\r\n"))
        yield "half a QUIT", lambda pop: (pop.log_in(USER), pop.command(b"DELE 1"), pop.send(b"QUI"))
        yield "QUIT without its end", lambda pop: (pop.log_in(USER), pop.command(b"DELE 1"), pop.send(b"QUIT"))
        yield "QUIT with a CR", lambda pop: (pop.log_in(USER), pop.command(b"DELE 1"), pop.send(b"QUIT\r"))

    def leave_by_rst(self, pop):
        pop.reset()

    def leave_by_fin(self, pop):
        pop.socket.shutdown(socket.SHUT_WR)

    def test_a_peer_that_goes_frees_the_lock_and_deletes_nothing(self):
        for leave in (self.leave_by_rst, self.leave_by_fin):
            for name, reach in self.states():
                with self.subTest(state=name, how=leave.__name__):
                    pop = self.client()
                    reach(pop)
                    leave(pop)
                    begun = time.monotonic()
                    self.assertEqual(self.count(), 3)
                    self.assertLess(time.monotonic() - begun, 1.5, "the lock outlived its holder")

    def test_rst_behind_a_whole_quit_removes_all_marked_or_none(self):
        pop = self.client().log_in(USER)
        pop.command(b"DELE 1")
        pop.command(b"DELE 2")
        pop.send(b"QUIT\r\n")
        pop.reset()
        self.assertIn(self.count(), (1, 3))
        with self.client().log_in(USER) as again:
            last = int(again.command(b"STAT").split()[1])
            self.assertIn(b"Subject: 2", again.message(last)[0])

    def test_the_end_of_the_daemon_deletes_nothing(self):
        for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            with self.subTest(how=how):
                pop = self.client().log_in(USER)
                pop.message(1)
                pop.command(b"DELE 1")
                self.office.stop(how)
                self.assertEqual(pop.ended(), b"")
                self.office.start()
                self.watch.close()
                self.watch = Watch(self.office)
                self.assertEqual(self.count(), 3)


class NoDescriptors(Hostile):
    """EMFILE: the daemon's limit is taken down to what it has open."""

    @contextlib.contextmanager
    def descriptors_out(self, spare=0):
        pid = self.office.process.pid
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        highest = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + spare, usual[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)

    def fill(self):
        """Takes the numbers below the highest that are free: only then is there none left. Sessions of before that are
        still closing free some more, so that one refusal is no proof; several in a row are."""
        taken, refused = [], 0
        while refused < 5 and len(taken) < 50:
            try:
                taken.append(self.client())
                refused = 0
            except (AssertionError, OSError):
                refused += 1
                time.sleep(0.05)
        return taken

    def test_sessions_are_told_and_go_on_afterwards(self):
        self.post()
        pop = self.client().log_in(USER)
        with raw_lmtp.Dialogue(self.office.lmtp) as lmtp:
            lmtp.command(b"LHLO client.example.net")
            with self.descriptors_out():
                taken = self.fill()
                self.assertLess(len(taken), 50, "descriptors never ran out")
                pop.send(b"RETR 1\r\n")
                pop.expect(b"-ERR [SYS/TEMP]")
                lmtp.command(b"MAIL FROM:<sender@example.net>")
                lmtp.send(b"RCPT TO:<ann@example.org>\r\n")
                told = lmtp.reply()
                if told.startswith(b"250"):
                    lmtp.send(b"DATA\r\n")
                    told = lmtp.reply()
                    if told.startswith(b"354"):
                        lmtp.send(LETTER + b".\r\n")
                        told = lmtp.reply()
                self.assertTrue(told.startswith(b"4"), told)
                for one in taken:
                    one.close()
            lmtp.command(b"RSET")
            lmtp.command(b"MAIL FROM:<sender@example.net>")
            lmtp.command(b"RCPT TO:<ann@example.org>")
            lmtp.command(b"DATA", b"354")
            lmtp.send(LETTER + b".\r\n")
            lmtp.expect(b"250")
        pop.message(1)
        pop.command(b"QUIT")
        self.assertEqual(self.count(), 2)

    def test_new_connections_are_turned_away_without_a_spin(self):
        busy = self.watch.processor_seconds()
        with self.descriptors_out():
            taken = self.fill()
            self.assertLess(len(taken), 50, "descriptors never ran out")
            # A thread that turns one away frees its reserve for a moment, in which another thread may accept with it: once a thread.
            greeted, refused = [], 0
            while refused < 5:
                one = socket.create_connection(("127.0.0.1", self.office.pop3), timeout=30)
                # Closed or told, never a greeting; a rest of the accepting loop leaves some in the kernel's queue.
                one.settimeout(0.3)
                told = b""
                with contextlib.suppress(OSError):
                    told = one.recv(512)
                if b"+OK" in told:
                    greeted.append(one)
                    self.assertLessEqual(len(greeted), os.cpu_count())
                else:
                    refused += 1
                    one.close()
            for one in greeted:
                one.close()
        self.assertLess(self.watch.processor_seconds() - busy, 1, "it spins on accept")
        for one in taken:
            one.close()
        self.assertEqual(self.count(), 0)


if __name__ == "__main__":
    script_test.main()
