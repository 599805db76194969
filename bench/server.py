"""What every server of a comparison has: its folder, its ports, its mail, and a way to start and stop it."""
import pathlib
import shutil
import signal
import socket
import subprocess
import time

READY_SECONDS_MAX = 30


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def make_certificate(folder):
    key, certificate = folder / "key.pem", folder / "cert.pem"
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "3650", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return certificate, key


def runs(pid):
    """Whether a process is there, and not only waits to be waited for: what an orphan's new parent may do late."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pids):
    """All processes below these."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(") ", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # no process, or one that has just ended
    found, above = [], set(pids)
    while below := {pid for pid, parent in parents.items() if parent in above}:
        found += below
        above = below
    return found


class Server:
    """prepare() once, then start() and stop(), again and again; between them .pids, and .pop3, .pop3s, .lmtp are "ADDRESS:PORT" or None."""

    name = "?"
    hashes = False  # whether it can be started with hashed passwords
    takes_mail = True
    has_the_mail = True  # so that what it sends can be compared
    reads_maildirs = True
    tells_tls_time = True  # whether its CPU time under TLS can be read from its processes
    log_ins_max, drains_max = 10_000, 2000  # sessions of a row: fewer for those that take long

    def __init__(self, scratch, maildrops):
        self.folder = pathlib.Path(scratch) / self.name
        self.mail = self.folder / "mail"
        self.maildrops = maildrops
        self.certificate, self.key = make_certificate(pathlib.Path(scratch))
        self.owner = maildrops.owner
        self.process = None
        self.pids = []
        self.pop3 = self.pop3s = self.lmtp = None

    def missing(self):
        """Why it cannot be had here; None where it can."""
        return None

    def lacks(self, row):
        """Why a row is not for it; None where it is."""
        if row.hashed and not self.hashes:
            return "is not set up with hashed passwords"
        if ("deliver" in row.mode or "churn" in row.mode) and not self.takes_mail:
            return "takes no mail over LMTP"
        if row.state == "untouched" and not self.reads_maildirs and "deliver" not in row.mode:
            return "knows its own mail from the delivery on"
        return None

    def prepare(self, groups=None):
        """With the mail of these groups of users, or of all."""
        self.fetch_mail(groups)
        self.configure()

    def fetch_mail(self, groups):
        """A folder with the mail in it, and nothing else. Mail that an earlier run left in order is taken as it is."""
        kept = self.folder / "kept"
        self.state = f"{self.maildrops.state} {sorted(groups or self.maildrops.groups)}"
        if kept.exists() and kept.read_text() == self.state and self.mail.exists():
            for path in self.folder.iterdir():
                if path != self.mail:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.reads_maildirs:
            self.maildrops.copy(self.mail, groups)

    def keep_mail(self):
        """At the end of a run: each maildrop holds what it should, or is made again before that matters."""
        (self.folder / "kept").write_text(self.state)

    def configure(self):
        pass

    def start(self, hashed=False):
        raise NotImplementedError

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(READY_SECONDS_MAX)
        self.process = None

    def forget(self, group):
        """Maildrops as at first contact: the mail, and nothing that the server has found out about it. It is not running."""
        if self.reads_maildirs:
            self.maildrops.copy_group(group, self.mail)

    def read_mail(self, group):
        """Has the kernel hold all of it, under the names of this server: else whoever comes first reads the disk for the others."""
        for user in self.maildrops.groups[group] if self.reads_maildirs else []:
            for path in (self.mail / user).glob("[nc][eu][wr]/*"):
                path.read_bytes()

    def users(self, group):
        """The file of a group's users, for restante-bench."""
        return self.maildrops.folder / group

    def wait_for(self, address):
        host, port = address.rsplit(":", 1)
        give_up = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                with socket.create_connection((host, int(port)), timeout=1) as greeted:
                    greeted.settimeout(READY_SECONDS_MAX)
                    if greeted.recv(1):
                        return
            except OSError:
                pass
            if time.monotonic() > give_up:
                raise RuntimeError(f"{self.name} does not answer on {address}")
            time.sleep(0.02)
