#!/usr/bin/env python3
"""The fail2ban filter finds who guessed, and nobody else, in what the real server logs, in each form of the log."""
import contextlib
import pathlib
import poplib
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402
import watch  # noqa: E402

USER = "ann@example.org"
FILTER = support.ROOT / "packaging/fail2ban/filter.d/restanted.conf"
# A name that wants its line to be read as a failure of 203.0.113.9, in each form of the log.
FORGERY = ('x address=203.0.113.9 mechanism=USER tls=no kind=credentials', 'x","address":"203.0.113.9","mechanism":"USER","tls":false,"kind":"credentials","')


def addresses_found(log):
    done = subprocess.run(["fail2ban-regex", "--usedns=no", "-o", "ip", log, FILTER], capture_output=True, text=True, check=True)
    return done.stdout.split()


def with_journal_prefix(line):
    """As fail2ban's systemd backend hands a line over; journald takes the priority off."""
    return "Nov 29 15:00:00 mail restanted[123]: " + line.split(">", 1)[-1]


class Fail2ban(unittest.TestCase):
    def fail(self, port, host, name):
        """The answer is held back: the line is logged before."""
        with contextlib.closing(socket.create_connection((host, port), timeout=30)) as wire:
            wire.recv(512)
            wire.sendall(f"USER {name}\r\n".encode())
            wire.recv(512)
            wire.sendall(b"PASS wrong\r\n")
            self.failures += 1
            with watch.Watch(self.office) as looking:
                looking.until(lambda: self.log().count("log-in-failed") >= self.failures, "the failure is logged")

    def log(self):
        return (self.file if self.file else self.office.log_path).read_text()

    def log_of(self, configuration):
        """What a guesser on either address family, a forger and a user who knows the password leave in the log."""
        self.failures = 0
        with tempfile.TemporaryDirectory(prefix="restante-fail2ban-") as folder:
            self.file = pathlib.Path(folder) / "log" if 'target = "file"' in configuration else None
            second, = support.free_ports(1)
            self.office = support.PostOffice(users=[USER], configuration=configuration.replace("FOLDER", folder))
            self.office.extra = ["--pop3", f"[::1]:{second}"]
            with self.office as office:
                self.fail(office.pop3, "127.0.0.1", USER)
                self.fail(second, "::1", "nobody@example.org")
                for name in FORGERY:
                    self.fail(office.pop3, "127.0.0.1", name)
                pop = poplib.POP3("127.0.0.1", office.pop3, timeout=30)
                pop.user(USER)
                pop.pass_(support.PASSWORD)
                pop.quit()
                with watch.Watch(office) as looking:
                    looking.until(lambda: "log-out" in self.log(), "the success is logged")
                return self.log()

    def check(self, configuration, change=lambda line: line):
        lines = self.log_of(configuration).splitlines()
        self.assertTrue(any("log-out" in line for line in lines), "the success is logged")
        with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
            file.write("".join(change(line) + "\n" for line in lines))
            file.flush()
            self.assertEqual(sorted(addresses_found(file.name)), ["127.0.0.1", "127.0.0.1", "127.0.0.1", "::1"])

    def test_key_value_in_a_file(self):
        self.check('[log]\ntarget = "file"\nfile = "FOLDER/log"\n')

    def test_json_in_a_file(self):
        self.check('[log]\ntarget = "file"\nfile = "FOLDER/log"\nformat = "json"\n')

    def test_key_value_in_the_journal(self):
        self.check('[log]\ntarget = "journal"\n', with_journal_prefix)

    def test_json_in_the_journal(self):
        self.check('[log]\ntarget = "journal"\nformat = "json"\n', with_journal_prefix)


if __name__ == "__main__":
    script_test.main()
