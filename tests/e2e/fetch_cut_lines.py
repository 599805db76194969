#!/usr/bin/env python3
"""The line breaks at every step of a real fetch with keep = none: in and after every command, before and in every response, those of
QUIT too, and at many octets inside the messages (T45, T47).

A proxy between `restante` and `restanted` cuts one connection after so many octets in one direction. Either it is back at once, and the run may
begin anew, or it stays away. What must hold: nothing is lost; the next run has every message here once, and none there.
"""
import contextlib
import pathlib
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import script_test  # noqa: E402
from fetch_desk import ACCOUNT, Desk, spread  # noqa: E402

WORKERS = 2
CUTS_INSIDE = 30  # of the messages, spread evenly
UP, DOWN = "from the collector", "from the server"


class Proxy:
    """Between the two on a port of its own. Notes both streams of the first connection, or cuts it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.begin(None)

    def begin(self, server_port, direction=None, octets=None, away_afterwards=False):
        self.server_port, self.direction, self.octets, self.away_afterwards = server_port, direction, octets, away_afterwards
        self.seen = {UP: b"", DOWN: b""}
        self.cut = threading.Event()
        self.guard = threading.Lock()

    def start(self):
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.cut.is_set() and self.away_afterwards:
                near.close()
                continue
            threading.Thread(target=self.pass_on, args=(near,), daemon=True).start()

    def pass_on(self, near):
        far = socket.create_connection(("127.0.0.1", self.server_port))
        # Only the connection under way is cut, and only once.
        limited = self.direction is not None and not self.cut.is_set()
        back = threading.Thread(target=self.pump, args=(far, near, DOWN, limited), daemon=True)
        back.start()
        self.pump(near, far, UP, limited)
        back.join()
        near.close()
        far.close()

    def pump(self, source, target, direction, limited):
        left = self.octets if limited and direction == self.direction else None
        with contextlib.suppress(OSError):
            while not (left == 0):
                octets = source.recv(4096)
                if not octets:
                    break
                self.seen[direction] += octets
                target.sendall(octets[:left])
                if left is not None:
                    left -= len(octets[:left])
        if left == 0:
            self.cut.set()
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def ends_of_lines(stream):
    return [at + 1 for at in range(len(stream)) if stream[at:at + 1] == b"\n"]


def cuts(seen):
    """Every place to cut at: the middle and the end of each command; the beginning of each response and of the dot that ends a
    long one, one octet further, and many places in the messages."""
    commands = ends_of_lines(seen[UP])
    up = {at for begin, end in zip([0, *commands], commands) for at in ((begin + end) // 2, end)}
    stream = seen[DOWN]
    starts = [at for at in ends_of_lines(stream) if stream[at:at + 3] in (b"+OK", b".\r\n") or stream[at:at + 2] == b"+ "]
    messages = stream.index(b"\r\nReturn-Path:"), stream.rindex(b"\r\n.\r\n")
    down = {at + shift for at in starts for shift in (0, 1)}
    down |= {messages[0] + at * (messages[1] - messages[0]) // CUTS_INSIDE for at in range(CUTS_INSIDE)}
    return [(UP, at) for at in sorted(up)] + [(DOWN, at) for at in sorted(down)]


class FetchCutLines(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-fetch-cut-")
        self.addCleanup(scratch.cleanup)
        self.desks = []
        for _ in range(WORKERS):
            proxy = Proxy().start()
            self.addCleanup(proxy.stop)
            desk = Desk(scratch.name, port=proxy.port)
            self.addCleanup(desk.close)
            desk.proxy = proxy
            self.desks.append(desk)

    def sweep(self, what, window):
        for desk in self.desks:
            path = desk.template / f"{ACCOUNT}.toml"
            path.write_text(path.read_text().replace("[server]\n", f"[server]\nwindow = {window}\n", 1))
        first = self.desks[0]
        first.begin()
        first.proxy.begin(first.office.pop3)
        done = first.fetch()
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"QUIT\r\n", first.proxy.seen[UP])
        points = cuts(first.proxy.seen)

        def cut(desk, point):
            (direction, octets), away = point
            where = f"cut after octet {octets} {direction}, {'away' if away else 'back at once'}"
            desk.begin()
            desk.proxy.begin(desk.office.pop3, direction, octets, away)
            done = desk.fetch()
            was_cut = desk.proxy.cut.is_set()
            if desk.lost():
                return was_cut, f"{where}: messages are lost"
            if done.returncode not in (0, 1, 75):
                return was_cut, f"{where}: exit code {done.returncode}: {done.stdout} {done.stderr}"
            if done.returncode == 0 and desk.collector.canonical(ACCOUNT) != desk.expected:
                return was_cut, f"{where}: exit code 0, and not all is here: {done.stdout}"
            desk.proxy.begin(desk.office.pop3)
            wrong = desk.finish()
            return was_cut, wrong and f"{where}: {wrong}; the broken run said {done.stdout} {done.stderr}"

        answers = spread(self.desks, [(point, bool(n % 2)) for n, point in enumerate(points)], cut)
        wrong = [text for _, text in answers if text]
        broken = sum(1 for was_cut, _ in answers if was_cut)
        print(f"{what}: {broken} lines cut at {len(points)} places, {len(wrong)} promises broken")
        self.assertFalse(wrong)
        self.assertGreater(broken, 0.9 * len(answers), "hardly a line was cut")

    def test_one_command_at_a_time(self):
        self.sweep("one command at a time", window=1)

    def test_pipelined(self):
        self.sweep("pipelined", window=100)


if __name__ == "__main__":
    script_test.main()
