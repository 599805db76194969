#!/usr/bin/env python3
"""What strangers cannot do: lock out a neighbour, slow down a known user, find out who is a user."""
import base64
import pathlib
import re
import stat
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_pop3  # noqa: E402
import script_test  # noqa: E402

ANN, BOB = "ann@example.org", "bob@example.org"
AT_ONCE_SECONDS = 5  # no delay is in it; a busy machine may be
OFFICE = "127.0.0.1"  # many users are behind this address


def log_in_seconds(office, user, source):
    begun = time.monotonic()
    with raw_pop3.Client(office.pop3, source) as client:
        client.log_in(user)
        return time.monotonic() - begun


def guess(office, user, source, answers):
    with raw_pop3.Client(office.pop3, source) as client:
        client.command(b"USER " + user.encode())
        client.send(b"PASS a wrong password\r\n")
        answers.append(client.line())


class Guessing(unittest.TestCase):
    """With the cache of successes off, so that every log-in is looked at."""

    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=[ANN, BOB], configuration='[auth]\nsuccess_cache = "0"\n')
        cls.office.__enter__()
        cls.addClassCleanup(cls.office.__exit__)

    def guesses(self, attempts):
        """Starts them all; the answers as they come, and what waits for them."""
        answers = []
        threads = [threading.Thread(target=guess, args=(self.office, user, source, answers)) for user, source in attempts]
        for thread in threads:
            thread.start()
        return answers, lambda: [thread.join() for thread in threads]

    def test_twenty_failures_leave_the_address_open_to_others(self):
        answers, wait = self.guesses([(BOB, OFFICE)] * 20)
        while not answers:
            time.sleep(0.05)
        self.assertLess(log_in_seconds(self.office, ANN, OFFICE), AT_ONCE_SECONDS, "while refusals are held back")
        wait()
        self.assertTrue(all(answer.startswith(b"-ERR [AUTH]") for answer in answers), answers)
        self.assertLess(log_in_seconds(self.office, ANN, OFFICE), AT_ONCE_SECONDS)

    def test_guesses_from_many_networks_do_not_delay_whoever_is_known(self):
        log_in_seconds(self.office, ANN, OFFICE)
        answers, wait = self.guesses([(ANN, f"127.77.{network}.1") for network in range(60)])
        self.assertLess(log_in_seconds(self.office, ANN, OFFICE), AT_ONCE_SECONDS)
        wait()
        self.assertLess(log_in_seconds(self.office, ANN, OFFICE), AT_ONCE_SECONDS)
        begun = time.monotonic()
        guess(self.office, ANN, "127.78.1.1", answers)
        self.assertGreater(time.monotonic() - begun, 1.5, "a guess has its price")


class Penalties(unittest.TestCase):
    def test_the_log_names_the_penalty_once(self):
        source = raw_pop3.stranger()
        with support.PostOffice(users=[ANN]) as office:
            with raw_pop3.Client(office.pop3, source) as client:
                for _ in range(3):
                    client.command(b"NONSENSE", b"-ERR")
            for _ in range(5):
                with raw_pop3.Client(office.pop3, source, greeted=False) as client:
                    client.expect(b"-ERR [SYS/TEMP] too many connections")
            lines = [line for line in office.complete_log().splitlines() if re.search(r" penalty times=", line)]
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(f"connections from {source} are closed immediately", lines[0])


class Secret(unittest.TestCase):
    def salt(self, office, name):
        with raw_pop3.Client(office.pop3) as client:
            client.send(b"AUTH SCRAM-SHA-256 " + base64.b64encode(f"n,,n={name},r=0123456789abcdef".encode()) + b"\r\n")
            challenge = base64.b64decode(client.expect(b"+ ")[2:])
            client.send(b"*\r\n")
            client.line()
            return re.search(rb",s=([^,]*)", challenge)[1]

    def test_a_restart_tells_nobody_who_is_a_user(self):
        with support.PostOffice(users=[ANN]) as office:
            secret = office.root / "secret"
            self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
            before = [self.salt(office, name) for name in (ANN, "zoe@example.org")]
            office.stop()
            office.start()
            self.assertEqual([self.salt(office, name) for name in (ANN, "zoe@example.org")], before)

            office.stop()
            for contents, mode in ((b"too short\n", 0o600), (secret.read_bytes(), 0o644)):
                secret.write_bytes(contents)
                secret.chmod(mode)
                with self.assertRaises(AssertionError) as refused:
                    office.start()
                self.assertIn(str(secret), str(refused.exception))
                self.assertEqual(secret.read_bytes(), contents, "never replaced silently")
                office.process.stdout.close()
                office.process = None
                secret.write_bytes(b"00" * 32 + b"\n")


class Refusals(unittest.TestCase):
    def test_exempt_networks_and_forbidden_ones_and_hashes_that_are_too_dear(self):
        configuration = '[auth]\napop = true\n[limits]\nexempt_networks = ["127.5.0.0/16"]\n'
        with support.PostOffice(users=[ANN, BOB], configuration=configuration) as office:
            users = office.root / "users"
            with open(users, "a") as file:
                file.write("dear@example.org:{ARGON2ID}$argon2id$v=19$m=4194304,t=1000,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo\n")
                file.write("short@example.org:{SHA512-CRYPT}$6$saltsalt$\n")
                file.write("far@example.org:{PLAIN}right::::::allow_nets=192.0.2.0/24\n")
                keys = ",".join(["5000001", "c2FsdHNhbHRzYWx0", *[base64.b64encode(bytes(32)).decode()] * 2])
                file.write(f"keys@example.org:{{PLAIN}}right::::::scram_sha_256={keys}\n")
            office.run("reload")

            answers = []
            for user, password in ((ANN, b"wrong"), ("zoe@example.org", b"wrong"), ("dear@example.org", b"x"), ("short@example.org", b"x"),
                                   ("far@example.org", b"right"), ("far@example.org", b"right")):
                begun = time.monotonic()
                with raw_pop3.Client(office.pop3, "127.5.1.1") as client:
                    client.command(b"USER " + user.encode())
                    client.send(b"PASS " + password + b"\r\n")
                    answers.append(client.line())
                self.assertLess(time.monotonic() - begun, 2, f"{user}: an exempt network is not delayed")
            self.assertEqual(len(set(answers)), 1, answers)
            self.assertTrue(answers[0].startswith(b"-ERR [AUTH]"))
            self.assertRegex(office.complete_log(), "password-not-checked.*dear@example.org")

            told = office.run("check", "--config", office.root / "restanted.toml").stderr.decode()
            self.assertRegex(told, "warning: .*line 3: the hash of dear@example.org costs too much.*restanted user passwd")
            self.assertRegex(told, "warning: .*line 4: the hash of short@example.org is cut short")
            self.assertRegex(told, "warning: .*line 6: scram_sha_256 of keys@example.org costs too much")
            self.assertRegex(told, "warning: .*auth.apop is on, but 6 users have no shared_secret")


if __name__ == "__main__":
    script_test.main()
