"""A restanted of one's own for a test: fresh folder, free ports, real process, ends with the test."""
import os
import pathlib
import re
import signal
import ssl
import subprocess
import tempfile
import time

from ports import free_ports, release

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("RESTANTED", ROOT / "build/release/bin/restanted"))
PASSWORD = "correct horse battery staple"
READY_SECONDS_MAX = 30
# For clients without UTF8 that are to get internationalised mail to the octet; the default is a surrogate (RFC 6856).
AS_IT_CAME = '[pop3]\nutf8_fallback = "as-is"\n'


class PostOffice:
    """`with PostOffice() as office:` — .pop3 .pop3s .lmtp .smtp .metrics are ports on 127.0.0.1."""

    _lines = {}  # of the users file, by name: keys for a password take two seconds to derive, once is enough

    def __init__(self, users=("ann@example.org", "bob@example.org"), root=None, configuration="", plaintext=True, uid=None):
        self._scratch = None if root else tempfile.TemporaryDirectory(prefix="restante-test-")
        self.root = pathlib.Path(root or self._scratch.name)
        self.users, self.configuration, self.plaintext, self.uid = users, configuration, plaintext, uid
        self.configuration_path = self.root / "restanted.toml"
        self.pop3, self.pop3s, self.lmtp, self.smtp, self.metrics = free_ports(5)
        self.process = None
        self.extra = []  # further words for serve

    def __enter__(self):
        for user in self.users:
            self._plant_user(user)
        if self.configuration:
            self.configuration_path.write_text(self.configuration)
        if self.uid:
            subprocess.run(["chown", "-R", f"{self.uid}:{self.uid}", self.root], check=True)
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self._scratch:
            self._scratch.cleanup()
        release((self.pop3, self.pop3s, self.lmtp, self.smtp, self.metrics))

    def run(self, *arguments, input=None, check=True, root=True):
        """A sub-command of restanted on this office's folder."""
        words = 2 if arguments[0] == "user" else 1
        folder = ["--root", self.root] if root else []
        command = [PROGRAM, *arguments[:words], *folder, *arguments[words:]]
        done = subprocess.run([str(a) for a in command], input=input, capture_output=True)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done

    def _plant_user(self, name):
        users = self.root / "users"
        if name not in self._lines:
            self.add_user(name)
            self._lines[name] = next(line for line in users.read_text().splitlines() if line.startswith(f"{name}:"))
            return
        users.touch(mode=0o600)
        with open(users, "a") as file:
            file.write(self._lines[name] + "\n")

    def add_user(self, name, password=PASSWORD):
        self.run("user", "add", name, input=password.encode() + b"\n")

    def start(self):
        self.log_path = self.root / "test.log"
        command = [*self._as_user(), PROGRAM, "serve", "--root", self.root, "--pop3", f"127.0.0.1:{self.pop3}", "--pop3s",
                   f"127.0.0.1:{self.pop3s}", "--lmtp", f"127.0.0.1:{self.lmtp}", "--smtp", f"127.0.0.1:{self.smtp}",
                   "--metrics", f"127.0.0.1:{self.metrics}"]
        if self.plaintext:
            command.append("--allow-plaintext")
        if self.configuration:
            command += ["--config", self.configuration_path]
        command += self.extra
        with open(self.log_path, "ab") as log:
            self.process = self.launch([str(a) for a in command], log)
        line = self.process.stdout.readline()
        if line != b"ready\n":
            self.process.wait(READY_SECONDS_MAX)
            raise AssertionError(f"restanted said {line!r} instead of ready:\n{self.log()}")

    def launch(self, command, log):
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)

    def _as_user(self):
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups"] if self.uid else []

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("restanted did not end within 40 s of being asked to")
        if self.process:
            self.process.stdout.close()
        return self.process.returncode if self.process else None

    def log(self):
        return self.log_path.read_text(errors="replace")

    def complete_log(self):
        """The log with all that happened before this call: lines are written by a thread of their own, in their order."""
        mark = re.compile(r"\brequest\W+status\b")
        seen = len(mark.findall(self.log()))
        self.run("status")
        deadline = time.monotonic() + 30
        while len(mark.findall(self.log())) == seen:
            if time.monotonic() > deadline:
                raise AssertionError("what `status` logs never came:\n" + self.log()[-4000:])
            time.sleep(0.005)
        return self.log()

    def maildir(self, user):
        local, _, domain = user.partition("@")
        return self.root / "mail" / domain / local if domain else self.root / "mail" / local

    @property
    def certificate(self):
        return self.root / "tls/cert.pem"

    def tls_context(self):
        context = ssl.create_default_context(cafile=str(self.certificate))
        return context


def canonical(octets):
    """The octets that a message has on the wire: CRLF line ends, and one at the end."""
    octets = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def without_trace(octets):
    """The message without the header lines that the post office put in front of it."""
    lines = octets.split(b"\r\n")
    at = 0
    for name in (b"return-path:", b"delivered-to:", b"received:"):
        if at < len(lines) and lines[at].lower().startswith(name):
            at += 1
            while at < len(lines) and lines[at][:1] in (b" ", b"\t"):
                at += 1
    return b"\r\n".join(lines[at:])


TRACE = rb"Return-Path: [^\r\n]*\r\nDelivered-To: [^\r\n]*\r\nReceived: [^\r\n]*\r\n([ \t][^\r\n]*\r\n)*"


def came_back(octets, original):
    """`octets` are the trace that delivery adds, and then `original`, to the octet."""
    return octets.endswith(original) and re.fullmatch(TRACE, octets[:len(octets) - len(original)]) is not None


def samples():
    """The project's own messages, as (name, canonical octets)."""
    return [(path.name, canonical(path.read_bytes())) for path in sorted((ROOT / "tests/samples").glob("*.eml"))]
