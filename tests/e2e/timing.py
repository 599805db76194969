#!/usr/bin/env python3
"""What a refusal tells by the time it takes: as much for a user as for nobody (docs/testing.md).

Over a Unix socket, whose peers are spared the delay of refusals: what is left is the work of the check itself.
"""
import concurrent.futures
import itertools
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


class Welch(unittest.TestCase):
    """A thousand refusals of each kind: their times are those of one distribution, as far as Welch's test can tell."""

    SAMPLES = 1000
    T_MAX = 4.5
    THREADS = 24
    KINDS = {  # the users file mixes schemes, as a move from another server does
        "wrong": ("ann@example.org", b"wrong", "{SHA512-CRYPT}$6$saltsalt$" + "h" * 86),
        "another scheme": ("cheap@example.org", b"wrong", "{SSHA}" + "A" * 32),
        "disabled": ("bob@example.org", b"right", "{PLAIN}right::::::nologin"),
        "forbidden": ("far@example.org", b"right", "{PLAIN}right::::::allow_nets=192.0.2.0/24"),
        "nobody": ("zoe@example.org", b"wrong", None),
    }

    def refusals(self, port, order, taken):
        with socket.create_connection(("127.0.0.1", port)) as wire, wire.makefile("rb") as file:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            file.readline()
            for kind in order:
                user, password, _ = self.KINDS[kind]
                wire.sendall(b"USER " + user.encode() + b"\r\n")
                file.readline()
                asked = time.monotonic()
                wire.sendall(b"PASS " + password + b"\r\n")
                answer = file.readline()
                taken[kind].append(time.monotonic() - asked)
                if not answer.startswith(b"-ERR [AUTH]"):
                    taken["faults"].append(answer)
                    return

    def test_no_pair_of_refusals_can_be_told_apart(self):
        configuration = ('[pop3]\nlog_in_failures_max = 100\n[limits]\nexempt_networks = ["127.0.0.0/8"]\n'
                         '[deadlines]\nlog_in = "1h"\n')
        with support.PostOffice(users=[], configuration=configuration) as office:
            users = office.root / "users"
            users.write_text("".join(f"{user}:{line}\n" for user, _, line in self.KINDS.values() if line))
            users.chmod(0o600)
            office.run("reload")
            order = [kind for kind in self.KINDS for _ in range(self.SAMPLES)]
            random.Random(9).shuffle(order)
            taken = {kind: [] for kind in (*self.KINDS, "faults")}
            pieces = [order[at:at + 100] for at in range(0, len(order), 100)]
            with concurrent.futures.ThreadPoolExecutor(self.THREADS) as pool:
                list(pool.map(lambda piece: self.refusals(office.pop3, piece, taken), pieces))
        self.assertEqual(taken["faults"], [])
        for one, other in itertools.combinations(self.KINDS, 2):
            t = welch(taken[one], taken[other])
            print(f"{one} / {other}: t = {t:.2f}")
            self.assertLess(abs(t), self.T_MAX, f"{one} and {other}")


def welch(one, other):
    def share(samples):
        return statistics.variance(samples) / len(samples)
    return (statistics.fmean(one) - statistics.fmean(other)) / (share(one) + share(other)) ** 0.5


if __name__ == "__main__":
    script_test.main()
