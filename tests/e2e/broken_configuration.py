#!/usr/bin/env python3
"""A configuration file that is broken or enormous: the running daemon is still seen, and `check` ends soon and prints little."""
import pathlib
import poplib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
CHECK_SECONDS_MAX = 20  # it takes a fraction of a second; quadratic work takes minutes
FAULTS_SHOWN_MAX = 100


class BrokenConfiguration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="restante-broken-")
        cls.addClassCleanup(scratch.cleanup)
        cls.good = f'host_name = "mail.example.org"\nroot = "{scratch.name}"\n'
        cls.office = support.PostOffice(users=[USER], root=scratch.name, configuration=cls.good)
        cls.addClassCleanup(cls.office.__exit__, None, None, None)
        cls.office.__enter__()
        cls.file = pathlib.Path(scratch.name) / "restanted.toml"

    def tearDown(self):
        self.file.write_text(self.good)

    def ask(self, *words):
        """By the file alone, as an operator whose root stands in it does."""
        return self.office.run(words[0], "--config", self.file, *words[1:], root=False, check=False)

    def assert_daemon_is_seen(self):
        status = self.ask("status", "--json")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertIn(b'"version"', status.stdout)
        pop = poplib.POP3("127.0.0.1", self.office.pop3, timeout=30)
        self.addCleanup(pop.close)
        pop.user(USER)
        pop.pass_(support.PASSWORD)
        who = self.ask("who")
        self.assertEqual(who.returncode, 0, who.stderr)
        self.assertIn(USER.encode(), who.stdout)
        self.assertEqual(self.ask("kick", USER).returncode, 0)
        return status

    def test_the_daemon_is_seen_while_the_file_is_broken(self):
        for name, broken in (("no TOML below", self.good + "[listeners\n"), ("no TOML above", "=\n" + self.good),
                             ("unknown key", self.good + "colour = 1\n"), ("bad value", self.good + 'threads = "many"\n'),
                             ("no TOML at all", self.good + "\0\1\2\n")):
            with self.subTest(name):
                self.file.write_text(broken)
                status = self.assert_daemon_is_seen()
                self.assertIn(b"has errors", status.stderr)

    def test_reload_prints_the_errors_that_the_daemon_found_and_changes_nothing(self):
        self.file.write_text(self.good + "colour = 1\n[log\n")
        done = self.ask("reload")
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr.decode(), r"restanted\.toml:4: this is not TOML")
        self.file.write_text(self.good)
        self.assertEqual(self.ask("reload").returncode, 0)

    def test_root_on_the_command_line_is_enough(self):
        self.file.write_text("root = \n")
        done = self.office.run("status", "--config", self.file)
        self.assertIn(b"version", done.stdout)

    def check(self, *arguments):
        done = subprocess.run([support.PROGRAM, "check", *arguments], capture_output=True, timeout=CHECK_SECONDS_MAX)
        self.assertEqual(done.returncode, 78)
        return done.stderr.decode(errors="replace")

    def test_check_refuses_a_mail_folder_that_holds_other_things(self):
        for folder in (".", "./", "run", "tls/x", "users", "secret", "..", "/", "x/.."):
            self.file.write_text(f'{self.good}[maildrops]\nfolder = "{folder}"\n')
            told = self.check("--config", self.file)
            self.assertRegex(told, r"maildrops.folder: .* maildrops would lie among it", folder)

    def assert_is_short(self, text):
        self.assertLessEqual(len(text.splitlines()), 2 * FAULTS_SHOWN_MAX + 4)
        self.assertLess(max(map(len, text.splitlines())), 2000)

    def test_check_ends_soon_and_prints_little(self):
        kinds = {"unknown keys": "".join(f"host{at}=1\n" for at in range(60_000)),
                 "unknown tables": "".join(f"[x{at}]\na = 1\n" for at in range(60_000)),
                 "long keys": "".join(f"{'k' * 4000}{at:05} = 1\n" for at in range(200)),
                 "deep tables": "".join(f"[{'a.' * 1900}b{at:05}]\n" for at in range(200)),
                 "a long list": 'listeners.pop3 = [\n' + '"x",\n' * 150_000 + "]\n",
                 "mechanisms": 'auth.mechanisms = [\n' + '"x",\n' * 150_000 + "]\n"}
        for name, text in kinds.items():
            with self.subTest(name):
                self.assertLess(len(text), 1 << 20)
                self.file.write_text(text)
                self.assert_is_short(self.check("--config", self.file))
        self.file.write_text(kinds["unknown keys"])
        self.assertIn("and 59900 more errors", self.check("--config", self.file, "--root", self.file.parent))

    def test_check_sums_up_the_errors_of_a_users_file(self):
        with tempfile.TemporaryDirectory(prefix="restante-users-") as root:
            users = pathlib.Path(root, "users")
            users.write_text("nothing\n" * 100_000)
            users.chmod(0o600)
            text = self.check("--root", root)
        self.assert_is_short(text)
        self.assertIn("line 99: ", text)
        self.assertIn("and 99901 more errors", text)


if __name__ == "__main__":
    script_test.main()
