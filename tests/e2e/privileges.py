#!/usr/bin/env python3
"""restanted as root starts it: whom it becomes, which rights it keeps, and what it never does for a user who plants links."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402

NOBODY = 65534
SECONDS_MAX = 60
AS_NOBODY = 'user = "nobody"\n'


def free_low_port():
    for port in range(1023, 600, -1):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no port below 1024 is free")


def status_of(process):
    """What the kernel says of each thread: /proc/PID/status as dictionaries."""
    for path in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
        yield dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", path.read_text(), re.M))


@unittest.skipUnless(os.geteuid() == 0, "root alone can start it as root")
class StartedByRoot(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        os.chmod(self.folder, 0o755)
        self.root = self.folder / "post"
        self.root.mkdir(mode=0o700)

    def configuration(self, text=""):
        path = self.folder / "restanted.toml"
        path.write_text(f'root = "{self.root}"\n' + text)
        return path

    def serve(self, *arguments, before=()):
        """A start that ends by itself."""
        command = [*before, support.PROGRAM, "serve", *arguments]
        return subprocess.run([str(a) for a in command], capture_output=True, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL)

    def started(self, *arguments, before=()):
        command = [str(a) for a in (*before, support.PROGRAM, "serve", *arguments)]
        log = open(self.folder / "log", "wb")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, SECONDS_MAX)
        self.addCleanup(process.terminate)
        self.assertEqual(process.stdout.readline(), b"ready\n", (self.folder / "log").read_text())
        return process


class Privileges(StartedByRoot):
    def has_no_rights(self, process):
        threads = list(status_of(process))
        self.assertGreater(len(threads), 1)
        for thread in threads:
            with self.subTest(thread=thread["Name"]):
                self.assertEqual(set(thread["Uid"].split()), {str(NOBODY)})
                self.assertEqual(set(thread["Gid"].split()), {str(NOBODY)})
                self.assertIn(thread["Groups"], ("", str(NOBODY)))
                for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                    self.assertEqual(int(thread[name], 16), 0, name)
                self.assertEqual(thread["NoNewPrivs"], "1")
        return threads

    def test_root_without_a_user_is_refused_with_the_remedy(self):
        done = self.serve("--config", self.configuration())
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn(b'user = "restante"', done.stderr)
        self.assertEqual(list(self.root.iterdir()), [])
        checked = subprocess.run([str(support.PROGRAM), "check", "--config", str(self.configuration())], capture_output=True)
        self.assertEqual(checked.returncode, 78, checked.stderr)

    def test_a_trial_says_loudly_that_it_is_root(self):
        process = self.started("--root", self.root, "--pop3s", "127.0.0.1:0")
        self.assertIn("warning: serving as root", (self.folder / "log").read_text())
        for thread in status_of(process):
            self.assertEqual((int(thread["CapBnd"], 16), thread["NoNewPrivs"]), (0, "1"))
        process.terminate()
        process.wait(SECONDS_MAX)
        self.assertIn("serving-as-root", (self.folder / "log").read_text())

    def test_root_becomes_the_user_and_keeps_no_right(self):
        port = free_low_port()
        self.root.rmdir()  # root makes it, for the user
        process = self.started("--config", self.configuration(AS_NOBODY), "--pop3s", f"127.0.0.1:{port}", "--lmtp", "run/lmtp.sock")
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX):
            for thread in self.has_no_rights(process):
                self.assertEqual(int(thread["CapBnd"], 16), 0)
        for path in (self.root, *self.root.rglob("*")):
            self.assertEqual(path.lstat().st_uid, NOBODY, path)
        self.assertEqual(subprocess.run([str(support.PROGRAM), "reload", "--config", str(self.configuration(AS_NOBODY))],
                                        capture_output=True).returncode, 0)

    def test_root_becomes_who_owns_the_folder(self):
        os.chown(self.root, NOBODY, NOBODY)
        self.has_no_rights(self.started("--config", self.configuration(), "--pop3s", "127.0.0.1:0"))

    def test_ambient_and_inheritable_capabilities_are_given_up(self):
        os.chown(self.root, NOBODY, NOBODY)
        port = free_low_port()
        before = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=+net_bind_service,+chown",
                  "--ambient-caps=+net_bind_service,+chown")
        self.has_no_rights(self.started("--root", self.root, "--pop3s", f"127.0.0.1:{port}", before=before))


class Links(StartedByRoot):
    """The daemon's user plants a link where root would follow it."""

    def setUp(self):
        super().setUp()
        os.chown(self.root, NOBODY, NOBODY)
        self.victim = self.folder / "victim"
        self.victim.mkdir(mode=0o700)
        for name in ("lock", "file", "key.pem"):
            (self.victim / name).write_text("untouched\n")
            os.chmod(self.victim / name, 0o600)
        self.before = self.victims()

    def victims(self):
        return {str(path): (path.lstat().st_uid, path.lstat().st_gid, path.lstat().st_mode, path.lstat().st_size)
                for path in (self.victim, *sorted(self.victim.rglob("*")))}

    def is_refused(self, text=AS_NOBODY):
        for command in (("serve",), ("deliver", "ann"), ("user", "list"), ("sweep",)):
            done = subprocess.run([str(support.PROGRAM), *command, "--config", str(self.configuration(text))], capture_output=True,
                                  input=b"Subject: x\n\nbody\n", timeout=SECONDS_MAX)
            if command == ("serve",):
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, rb"Permission denied|symbolic link|[Nn]ot a directory|not a regular file", done.stderr)
            self.assertEqual(self.victims(), self.before, command)

    def plant(self, name, to):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        os.chown(path.parent, NOBODY, NOBODY)
        path.symlink_to(to)
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def test_run_is_a_link(self):
        self.plant("run", self.victim)
        self.is_refused()

    def test_the_lock_is_a_link(self):
        self.plant("run/lock", self.victim / "lock")
        self.is_refused()

    def test_mail_is_a_link(self):
        self.plant("mail", self.victim)
        self.is_refused()

    def test_the_users_file_is_a_link(self):
        self.plant("users", self.victim / "file")
        self.is_refused()

    def test_the_folder_of_the_certificate_is_a_link(self):
        self.plant("tls", self.victim)
        self.is_refused()

    def test_the_log_is_a_link(self):
        self.plant("log", self.victim / "file")
        self.is_refused(AS_NOBODY + '[log]\ntarget = "file"\nfile = "log"\n')

    def test_the_log_is_a_hard_link(self):
        os.link(self.victim / "file", self.root / "log")
        self.before = self.victims()
        self.is_refused(AS_NOBODY + '[log]\ntarget = "file"\nfile = "log"\n')

    def test_a_socket_lies_behind_a_link(self):
        self.plant("sockets", self.victim)
        self.is_refused(AS_NOBODY + '[listeners]\npop3s = ["127.0.0.1:0"]\nlmtp = ["sockets/lmtp.sock"]\n')


if __name__ == "__main__":
    script_test.main()
