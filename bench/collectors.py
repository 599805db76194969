"""The collectors that are compared, each fetching one maildrop of many messages from restanted into a Maildir: wall clock and CPU time."""
import os
import pathlib
import shlex
import shutil
import subprocess
import time

from mail import PASSWORD

SECONDS_MAX = 900


class Collector:
    name = "?"
    program = None

    def __init__(self, scratch, address):
        self.folder = pathlib.Path(scratch) / "collectors" / self.name
        self.host, self.port = address.rsplit(":", 1)

    def missing(self):
        return None if shutil.which(self.program) else f"{self.program} is not installed"

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for place in ("Maildir/new", "Maildir/cur", "Maildir/tmp"):
            (self.folder / place).mkdir(parents=True)
        self.configure()

    def configure(self):
        pass

    def command(self):
        raise NotImplementedError

    def kept(self):
        """How many messages lie there now."""
        return sum(len(files) for folder, _, files in os.walk(self.folder / "Maildir"))

    def fetch(self):
        before, start = os.times(), time.monotonic()
        done = subprocess.run([str(word) for word in self.command()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS_MAX, env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C"})
        after = os.times()
        return {"seconds": time.monotonic() - start, "exit": done.returncode, "kept": self.kept(), "said": done.stdout[-300:].decode(errors="replace"),
                "cpu_seconds": after.children_user - before.children_user + after.children_system - before.children_system}

    def write_private(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path


class Restante(Collector):
    """Its promise is the strongest: every file and its directory entry synced, read again and hashed."""

    name = "restante"

    def __init__(self, scratch, address, program):
        super().__init__(scratch, address)
        self.program = program
        self.archive = self.folder / "archive"

    def configure(self):
        subprocess.run([self.program, "--archive", self.archive, "account", "add", "bench", "--server", f"{self.host}:{self.port}", "--tls", "none",
                        "--user", "fetched", "--password-command", "printf %s " + shlex.quote(PASSWORD), "--mechanism", "USER", "--keep", "all", "--yes"],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def command(self):
        return [self.program, "--archive", self.archive, "fetch", "bench"]

    def kept(self):
        return sum(len(files) for folder, _, files in os.walk(self.archive / "bench") if os.path.basename(folder) in ("new", "cur"))


class Mpop(Collector):
    name = program = "mpop"

    def configure(self):
        self.settings = self.write_private("mpoprc", f"""
account bench
host {self.host}
port {self.port}
user fetched
password {PASSWORD}
tls off
auth user
keep on
pipelining on
received_header off
uidls_file {self.folder}/uidls
delivery maildir {self.folder}/Maildir
""")

    def command(self):
        return [self.program, "--quiet", "--file", self.settings, "bench"]


class Getmail(Collector):
    name = program = "getmail"

    def configure(self):
        self.settings = self.write_private("getmailrc", f"""
[retriever]
type = SimplePOP3Retriever
server = {self.host}
port = {self.port}
username = fetched
password = {PASSWORD}
[destination]
type = Maildir
path = {self.folder}/Maildir/
[options]
read_all = false
delete = false
received = false
delivered_to = false
verbose = 0
""")

    def command(self):
        return [self.program, "--getmaildir", self.folder, "--rcfile", self.settings]


class Fetchmail(Collector):
    """Fetchmail writes no Maildir: each message goes to a program, here one that only stores it, and nothing is synced."""

    name = program = "fetchmail"

    def configure(self):
        keeper = self.folder / "keep"
        keeper.write_text(f"#!/bin/sh\nexec cat > {self.folder}/Maildir/new/$$\n")
        keeper.chmod(0o755)
        self.settings = self.write_private("fetchmailrc", f"""
set idfile "{self.folder}/ids"
poll {self.host} protocol POP3 port {self.port} uidl
  user "fetched" password "{PASSWORD}" keep sslproto '' mda "{keeper}"
""")

    def command(self):
        return [self.program, "--silent", "--auth", "password", "--pidfile", self.folder / "pid", "--fetchmailrc", self.settings]

    def fetch(self):
        found = super().fetch()
        found["exit"] = 0 if found["exit"] == 1 else found["exit"]  # 1: nothing new
        return found


class Curl(Collector):
    """It keeps no account of what it has, so it has no second run; and it syncs nothing."""

    name = program = "curl"

    def __init__(self, scratch, address, count):
        super().__init__(scratch, address)
        self.count = count

    def command(self):
        return [self.program, "--silent", "--user", f"fetched:{PASSWORD}", f"pop3://{self.host}:{self.port}/[1-{self.count}]", "--output",
                f"{self.folder}/Maildir/new/#1"]
