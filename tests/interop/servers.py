#!/usr/bin/env python3
"""Real POP3 servers against restante: Dovecot, Courier, Cyrus, and ours. Nothing lost, nothing twice, to the octet."""
import pathlib
import re
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import peers  # noqa: E402
import post_office  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402
from collector import Collector  # noqa: E402

LETTERS = 200
OLD, YOUNG = "Mon, 06 Jan 2020 10:00:00 +0000", time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())


def letters(count=LETTERS):
    """The samples and more of what servers stumble over: dots, long lines, 8-bit and control octets, all sizes; no two are equal."""
    out = [octets for _, octets in post_office.samples()]
    shapes = (
        lambda n: b"short\r\n",
        lambda n: b".\r\n..\r\n. begins with a dot\r\n" * n + b".\r\n",
        lambda n: b"x" * (500 + 40 * n) + b"\r\n",
        lambda n: "Grüße, ännchen €\r\n".encode() * n,
        lambda n: bytes(octet for octet in range(1, 256) if octet not in b"\r\n") * 3 + b"\r\n",
        lambda n: b"\r\n" * n,
        lambda n: b"line of a letter, not short, not long, as most of them are\r\n" * (n * 12),
        lambda n: b"no line end at the end",
        lambda n: b"From the start of a line\r\n>From too\r\n",
    )
    for number in range(count - len(out)):
        date = OLD if number % 2 else YOUNG
        head = b"From: a@example.net\r\nTo: guest@example.org\r\nDate: %s\r\nMessage-ID: <%d@example.net>\r\nSubject: letter %d\r\n\r\n" % (
            date.encode(), number, number)
        out.append(post_office.canonical(head + shapes[number % len(shapes)](number)))
    return out


class Reference:
    """What a server hands out, by a plain dialogue without restante."""

    def __init__(self, peer, user):
        with raw_pop3.Client(peer.pop3, source="127.0.0.1") as pop:
            if any(line.startswith(b"UTF8") for line in pop.listed(b"CAPA")):
                pop.command(b"UTF8")  # as restante does; Courier hides letters from who does not
            pop.log_in(user, peer.password)
            self.unique_ids = [line.split()[1] for line in pop.listed(b"UIDL")]
            # All at once: some servers answer each command only after the acknowledgement of the last.
            pop.send(b"".join(b"RETR %d\r\n" % number for number in range(1, len(self.unique_ids) + 1)))
            self.octets = [self.message(pop) for _ in self.unique_ids]
            pop.command(b"QUIT")

    @staticmethod
    def message(pop):
        pop.expect(b"+OK")
        lines = [b""]
        while lines[-1] != b".\r\n" or (len(lines) > 2 and not lines[-2].endswith(b"\r\n")):
            lines.append(pop.file.readline())
            if not lines[-1]:
                raise AssertionError("the connection ended within a message")
        return re.sub(rb"(^|\r\n)\.", rb"\1", b"".join(lines[:-1]))

    def __len__(self):
        return len(self.octets)


class CuttingRelay:
    """Hands octets on, and calls `cut` once, when so many have come from the server."""

    def __init__(self, port, octets, cut):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.target, self.left, self.cut = self.listener.getsockname()[1], port, octets, cut
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads[0].start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(30)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=30)
            except OSError:
                client.close()
                continue
            self.threads.append(threading.Thread(target=self.hand_on_both_ways, args=(client, server), daemon=True))
            self.threads[-1].start()

    def hand_on_both_ways(self, client, server):
        with client, server:
            asking = threading.Thread(target=self.hand_on, args=(client, server, False), daemon=True)
            asking.start()
            self.hand_on(server, client, True)
            asking.join(30)

    def hand_on(self, source, sink, counted):
        try:
            while octets := source.recv(4096):
                if counted and self.cut:
                    self.left -= len(octets)
                    if self.left <= 0:
                        cut, self.cut = self.cut, None
                        cut()
                sink.sendall(octets)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Server:
    """The same for each server; every test has a maildrop of its own."""

    users = iter(peers.USERS)

    @classmethod
    def setUpClass(cls):
        cls.peer = cls.kind()
        cls.peer.__enter__()
        cls.addClassCleanup(cls.peer.__exit__)
        cls.letters = letters()

    def setUp(self):
        self.user = next(self.users)
        self.collector = self.open_collector()

    def open_collector(self):
        collector = Collector()
        self.addCleanup(collector.__exit__)
        return collector

    def fill(self, given=None):
        self.peer.put(self.user, given or self.letters)
        return Reference(self.peer, self.user)

    def add(self, name, tls="none", keep="all", port=None, collector=None, options=()):
        port = port or (self.peer.pop3s if tls == "implicit" else self.peer.pop3)
        host = "127.0.0.1" if tls == "none" else "localhost"
        trust = () if tls == "none" else ("--ca", self.peer.certificate)
        (collector or self.collector).add(name, port, self.user, self.peer.password, tls=tls, host=host, keep=keep,
                                            options=("--no-check", *trust, *options))

    def assert_holds(self, reference, name, collector=None):
        """To the octet; letters that are equal are held once."""
        got = (collector or self.collector).canonical(name)
        wanted = sorted(set(reference.octets))
        self.assertEqual(len(got), len(wanted))
        for ours, theirs in zip(got, wanted):
            self.assertEqual(ours, theirs)

    def inodes(self, name):
        return {path.stat().st_ino for path in (self.collector.archive / name).glob("**/*") if path.parent.name in ("new", "cur")}

    def test_keeps_all_by_each_kind_of_tls_and_holds_it_once(self):
        reference = self.fill()
        # What a server's store cannot hold it refuses; most of it must be there, or the test is about nothing.
        self.assertGreaterEqual(len(reference), LETTERS - 8)
        self.add("plain")
        told = self.collector.fetch("plain")
        self.assertEqual((told["on_server"], told["stored"], told["deleted"], told["well"]), (len(reference), len(reference), 0, True), told)
        self.assert_holds(reference, "plain")
        again = self.collector.fetch("plain")
        self.assertEqual((again["stored"], again["stored_before"], again["warnings"]), (0, len(reference), []), again)
        for tls in ("starttls", "implicit"):
            with self.subTest(tls):
                self.add(tls, tls=tls)
                self.assertTrue(self.collector.fetch(tls)["well"])
                self.assert_holds(reference, tls)
                self.assertEqual(self.inodes(tls), self.inodes("plain"), "a second copy of the octets")
        self.assertEqual(self.collector.run("verify").returncode, 0)
        self.assertEqual(Reference(self.peer, self.user).octets, reference.octets)

    def test_keeps_none(self):
        reference = self.fill()
        self.add("mail", tls="starttls", keep="none")
        told = self.collector.fetch("mail", options=("--yes",))
        self.assertEqual((told["stored"], told["deleted"], told["deletion_unknown"], told["well"]), (len(reference), len(reference), 0, True), told)
        self.assertEqual(len(Reference(self.peer, self.user)), 0)
        self.assert_holds(reference, "mail")
        self.assertEqual(self.collector.run("verify").returncode, 0)

    def test_keeps_the_newest(self):
        reference = self.fill(self.letters[16:76])
        self.add("mail", keep="newest=25")
        told = self.collector.fetch("mail", options=("--yes",))
        self.assertEqual(told["deleted"], len(reference) - 25, told)
        self.assertEqual(Reference(self.peer, self.user).octets, reference.octets[-25:])
        self.assert_holds(reference, "mail")
        self.assertEqual(self.collector.fetch("mail", options=("--yes",))["deleted"], 0)

    def test_keeps_the_young_by_their_own_date(self):
        reference = self.fill(self.letters[16:76])
        self.add("mail", keep="days=30", options=("--clock", "message"))
        self.collector.fetch("mail", options=("--yes",))
        self.assertEqual(Reference(self.peer, self.user).octets, [octets for octets in reference.octets if OLD.encode() not in octets])
        self.assert_holds(reference, "mail")

    def test_adopts_what_was_imported(self):
        reference = self.fill(self.letters[16:76])
        self.add("first")
        self.collector.fetch("first")
        exported = self.collector.archive.parent / "exported"
        self.collector.run("export", "--maildir", exported, "--account", "first")
        other = self.open_collector()
        self.add("mail", collector=other)
        other.run("import", "mail", "--maildir", exported)
        other.run("adopt", "mail")
        told = other.fetch("mail")
        self.assertEqual((told["stored"], told["stored_before"], told["deleted"]), (0, len(reference), 0), told)
        self.assert_holds(reference, "mail", other)

    def test_survives_the_death_of_its_session(self):
        reference = self.fill()
        killed = []
        relay = CuttingRelay(self.peer.pop3, sum(map(len, reference.octets)) // 3, lambda: killed.append(self.peer.kill_sessions()))
        self.addCleanup(relay.close)
        self.add("mail", port=relay.port, keep="none")
        told = self.collector.fetch("mail", options=("--yes",), codes=(0, 75))
        self.assertEqual(len(killed), 1)
        self.assertGreater(killed[0], 0)
        while not told["well"]:
            self.assertTrue(told["temporary"], told)
            before = told
            told = self.collector.fetch("mail", options=("--yes",), codes=(0, 75))
            self.assertGreater(told["stored"] + told["deleted"], 0, f"no progress: {before} {told}")
        self.assert_holds(reference, "mail")
        self.assertEqual(len(Reference(self.peer, self.user)), 0)
        self.assertEqual(self.collector.run("verify").returncode, 0)


class UniqueIdsLost:
    """For servers whose unique-ids can be lost."""

    def test_outlives_the_loss_of_all_unique_ids(self):
        reference = self.fill(self.letters[16:116])
        self.add("mail")
        self.assertEqual(self.collector.fetch("mail")["warnings"], [])
        # From now on it may delete what it has; the loss must keep it from that.
        path = self.collector.archive / "mail.toml"
        path.write_text(re.sub(r'policy = "all"', 'policy = "none"', path.read_text()))
        self.peer.lose_unique_ids()
        after = Reference(self.peer, self.user)
        self.assertFalse(set(after.unique_ids) & set(reference.unique_ids))
        self.assertIn('policy = "none"', path.read_text())
        told = self.collector.fetch("mail", options=("--yes",), codes=(0, 1, 75))
        self.assertEqual(told["deleted"], 0, told)
        self.assertTrue(told["warnings"], told)
        self.assert_holds(reference, "mail")
        self.assertEqual(len(Reference(self.peer, self.user)), len(reference))


class Dovecot(UniqueIdsLost, Server, unittest.TestCase):
    kind = peers.Dovecot


class Courier(UniqueIdsLost, Server, unittest.TestCase):
    kind = peers.Courier


class Cyrus(Server, unittest.TestCase):
    kind = peers.Cyrus


class Restanted(Server, unittest.TestCase):
    kind = peers.Restanted


if __name__ == "__main__":
    script_test.main()
