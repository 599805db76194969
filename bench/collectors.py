"""The collectors that are compared, each fetching one maildrop of many messages from restanted into a Maildir: wall clock and CPU time."""
import os
import pathlib
import resource
import shutil
import subprocess
import time

from mail import PASSWORD

SECONDS_MAX = 900
ORDINARY_USER = "nobody"
LOST_CHILD_SECONDS, RUNS_AGAIN_MAX = 2, 20  # getmail's


class Collector:
    name = "?"
    program = None
    runs = ("first", "second")

    def __init__(self, scratch, address):
        self.folder = pathlib.Path(scratch) / "collectors" / self.name
        self.host, self.port = address.rsplit(":", 1)

    def missing(self):
        return None if shutil.which(self.program) else f"{self.program} is not installed (packaging/install-packages bench)"

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for place in ("Maildir/new", "Maildir/cur", "Maildir/tmp"):
            (self.folder / place).mkdir(parents=True)
        self.give_away(self.folder)
        self.configure()

    def give_away(self, path):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{ORDINARY_USER}:", path], check=True)

    def run(self, command, **more):
        """As an ordinary user, who has this folder as a home: getmail and fetchmail ask for a name, and getmail refuses root's."""
        become = ["setpriv", f"--reuid={ORDINARY_USER}", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        return subprocess.run([str(word) for word in (*become, *command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS_MAX, env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C"}, **more)

    def configure(self):
        pass

    def command(self):
        raise NotImplementedError

    def kept(self):
        """How many messages lie there now."""
        return sum(len(files) for folder, _, files in os.walk(self.folder / "Maildir"))

    def fetch(self):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = self.run(self.command())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"seconds": time.monotonic() - start, "exit": done.returncode, "kept": self.kept(), "said": done.stdout[-300:].decode(errors="replace"),
                "cpu_seconds": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime}

    def write_private(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        self.give_away(path)
        return path


class Restante(Collector):
    """Its promise is the strongest: every file and its directory entry synced, read again and hashed."""

    name = "restante"

    def __init__(self, scratch, address, program):
        super().__init__(scratch, address)
        self.program = program
        self.archive = self.folder / "archive"

    def configure(self):
        secret = self.write_private("password", PASSWORD + "\n")  # as the others have it in theirs
        self.run([self.program, "--archive", self.archive, "account", "add", "bench", "--server", f"{self.host}:{self.port}", "--tls", "none",
                  "--user", "fetched", "--password-file", secret, "--mechanism", "USER", "--keep", "all", "--yes"],
                 check=True)

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
    """For each message it waits for a child of its own. Where that one has ended already it waits in vain, gives up, and is run again."""

    name = program = "getmail"

    def configure(self):
        self.settings = self.write_private("getmailrc", f"""
[retriever]
type = SimplePOP3Retriever
server = {self.host}
port = {self.port}
username = fetched
password = {PASSWORD}
timeout = {LOST_CHILD_SECONDS}
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

    def fetch(self):
        found = super().fetch()
        for _ in range(RUNS_AGAIN_MAX):
            if found["exit"] == 0 or "waiting child" not in found["said"]:
                break
            more = super().fetch()
            found = {**more, **{name: found[name] + more[name] for name in ("seconds", "cpu_seconds")}}
        return found


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
    runs = ("first",)

    def __init__(self, scratch, address, count):
        super().__init__(scratch, address)
        self.count = count

    def command(self):
        return [self.program, "--silent", "--user", f"fetched:{PASSWORD}", f"pop3://{self.host}:{self.port}/[1-{self.count}]", "--output",
                f"{self.folder}/Maildir/new/#1"]
