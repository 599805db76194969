#!/usr/bin/env python3
"""What a refusal tells by the time it takes: as much for a user as for nobody (docs/testing.md).

Over a Unix socket, whose peers are spared the delay of refusals: what is left is the work of the check itself.
"""
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402

USER, DISABLED = "ann@example.org", "bob@example.org"
ROUNDS = 60             # a median of so many bears a busy machine
DIFFERENCE_MAX = 0.25   # of the time of a check; a check left out would be a difference of almost 1
INHERITED = 3           # the first descriptor that sd_listen_fds(3) hands over


class OverUnixSocket(support.PostOffice):
    """The POP3 port is a Unix socket, inherited as from systemd."""

    def launch(self, command, log):
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.root / "pop3.sock"))
        self.listening.listen(16)
        in_shell = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *command]
        return subprocess.Popen(in_shell, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, pass_fds=[INHERITED],
                                env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "pop3"},
                                preexec_fn=lambda: os.dup2(self.listening.fileno(), INHERITED))

    def stop(self, *how):
        self.listening.close()
        return super().stop(*how)


class Timing(unittest.TestCase):
    def refusal(self, office, name):
        """The answer to a wrong password, and the seconds that it took."""
        with socket.socket(socket.AF_UNIX) as wire, wire.makefile("rb") as file:
            wire.settimeout(30)
            wire.connect(str(office.root / "pop3.sock"))
            file.readline()
            wire.sendall(b"USER " + name.encode() + b"\r\n")
            file.readline()
            asked = time.monotonic()
            wire.sendall(b"PASS a wrong password\r\n")
            return file.readline(), time.monotonic() - asked

    def test_users_nobodies_and_the_disabled_are_refused_alike(self):
        with OverUnixSocket(users=[USER, DISABLED], configuration="hash_threads = 1\n") as office:
            self.disable(office, DISABLED)
            names = {"a user": lambda turn: USER, "nobody": lambda turn: f"nobody{turn}@example.org", "disabled": lambda turn: DISABLED}
            taken, answers = {kind: [] for kind in names}, set()
            order = random.Random(9)
            for turn in range(ROUNDS):
                for kind in order.sample(list(names), len(names)):
                    answer, seconds = self.refusal(office, names[kind](turn))
                    answers.add(answer)
                    taken[kind].append(seconds)
        self.assertEqual(len(answers), 1, answers)
        self.assertTrue(answers.pop().startswith(b"-ERR [AUTH]"))
        medians = {kind: statistics.median(seconds) for kind, seconds in taken.items()}
        print("median milliseconds of a refusal: " + ", ".join(f"{kind} {1000 * seconds:.1f}" for kind, seconds in medians.items()))
        self.assertGreater(min(medians.values()), 0.004, "no password was hashed")
        self.assertLess(max(medians.values()) - min(medians.values()), DIFFERENCE_MAX * max(medians.values()))

    def disable(self, office, name):
        """As `usermod --lock` does: no password fits."""
        users = office.root / "users"
        lines = [f"{name}:!{line.split(':', 1)[1]}" if line.startswith(f"{name}:") else line for line in users.read_text().splitlines()]
        users.write_text("\n".join(lines) + "\n")
        office.run("reload")


if __name__ == "__main__":
    script_test.main()
