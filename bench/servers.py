"""The servers that are compared: how each is set up, as well as its manual knows, started and stopped."""
import os
import shutil
import signal
import subprocess
import time

from mail import PASSWORD, UID
from server import READY_SECONDS_MAX, Server, descendants, free_ports, runs


def sha512_crypt():
    done = subprocess.run(["openssl", "passwd", "-6", "-salt", "benchsalt", PASSWORD], capture_output=True, text=True, check=True)
    return "{SHA512-CRYPT}" + done.stdout.strip()


class Restante(Server):
    name = "restante"
    hashes = True

    def __init__(self, scratch, maildrops, program):
        super().__init__(scratch, maildrops)
        self.program = program

    def missing(self):
        return None if os.access(self.program, os.X_OK) else f"{self.program} is not built"

    def configure(self):
        ports = free_ports(3)
        self.pop3, self.pop3s, self.lmtp = (f"127.0.0.1:{port}" for port in ports)
        self.config = self.folder / "restanted.toml"
        (self.mail / ".restante-mail-root").touch()
        # Nothing but what keeps one address from being all the clients, as in this benchmark it is.
        self.config.write_text(f"""
[listeners]
pop3 = ["{self.pop3}"]
pop3s = ["{self.pop3s}"]
lmtp = ["{self.lmtp}"]
allow_plaintext = true
[tls]
certificate = "{self.folder}/cert.pem"
key = "{self.folder}/key.pem"
[limits]
connections_max = 60000
unauthenticated_per_address = 60000
connections_per_address = 60000
sessions_per_user_and_address = 60000
mail_in_connections_max = 1000
mail_in_connections_per_address = 1000
deliveries_per_user = 1000
[maildrops]
lock = "exclusive"
""")
        for one in (self.certificate, self.key):
            copied = shutil.copy(one, self.folder)
            os.chmod(copied, 0o600)
        if self.owner is not None:
            for path in (self.folder, *self.folder.iterdir(), self.mail / ".restante-mail-root"):
                os.chown(path, self.owner, self.owner)

    def start(self, hashed=False):
        secret = sha512_crypt() if hashed else "{PLAIN}" + PASSWORD
        users = self.folder / "users"
        users.write_text("".join(f"{name}:{secret}\n" for name in self.maildrops.everyone))
        users.chmod(0o600)
        become = []
        if self.owner is not None:
            os.chown(users, self.owner, self.owner)
            become = ["setpriv", f"--reuid={self.owner}", f"--regid={self.owner}", "--clear-groups"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([*become, self.program, "serve", "--root", self.folder, "--config", self.config],
                                            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        if line != b"ready\n":
            raise RuntimeError(f"restanted said {line!r}: {(self.folder / 'log').read_text()[-2000:]}")
        self.pids = [self.process.pid]


class Null(Server):
    """restante-bench itself, answering from memory."""

    name = "null"
    rows = ("log-in", "log-in, STLS", "log-in, TLS", "drain", "drain, pipelined", "drain, TLS")
    reads_maildirs = takes_mail = has_the_mail = False

    def __init__(self, scratch, maildrops, bench, messages=20, octets=26_000):
        super().__init__(scratch, maildrops)
        self.bench, self.messages, self.octets = bench, messages, octets

    def lacks(self, row):
        return super().lacks(row) or (None if row.name in self.rows else "has no such maildrop")

    def start(self, hashed=False):
        ports = free_ports(2)
        self.pop3, self.pop3s = (f"127.0.0.1:{port}" for port in ports)
        shared = ["--messages", str(self.messages), "--octets", str(self.octets), "--certificate", self.certificate, "--key", self.key]
        self.processes = []
        for address, tls in ((self.pop3, "none"), (self.pop3s, "implicit")):
            one = subprocess.Popen([self.bench, "null", "--server", address, "--tls", tls, *shared], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
            if one.stdout.readline() != b"ready\n":
                raise RuntimeError("the null server does not start")
            self.processes.append(one)
        self.pids = [one.pid for one in self.processes]

    def stop(self):
        for one in self.processes:
            one.kill()
            one.wait()


class Dovecot(Server):
    """Its passwords cached, its processes kept, its file syncs on."""

    name = "dovecot"
    hashes = True
    clients_a_process = 1

    def missing(self):
        if os.geteuid() != 0:
            return "Dovecot is only started by root"
        installed = all(os.path.exists(f"/usr/lib/dovecot/{service}") for service in ("pop3", "lmtp"))
        return None if installed else "dovecot-pop3d and dovecot-lmtpd are not both installed (packaging/install-packages bench)"

    def configure(self):
        pop3, pop3s, lmtp = free_ports(3)
        self.pop3, self.pop3s, self.lmtp = (f"127.0.0.1:{port}" for port in (pop3, pop3s, lmtp))
        self.passwd = self.folder / "passwd"
        self.config = self.folder / "dovecot.conf"
        (self.folder / "state").mkdir()
        self.text = f"""
base_dir = {self.folder}/base
state_dir = {self.folder}/state
log_path = {self.folder}/log
instance_name = restante-bench-{self.name}
protocols = pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self.key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = plain login
login_trusted_networks = 127.0.0.0/8
mail_location = maildir:~/
mail_fsync = always
first_valid_uid = {UID}
mail_uid = {UID}
mail_gid = {UID}
mail_max_userip_connections = 0
passdb {{
  driver = passwd-file
  args = username_format=%u {self.passwd}
}}
userdb {{
  driver = static
  args = uid={UID} gid={UID} home={self.mail}/%u allow_all_users=yes
}}
auth_cache_size = 64M
auth_cache_ttl = 1 hour
auth_cache_verify_password_with_worker = HASHED
auth_worker_max_count = 2
maildir_very_dirty_syncs = yes
pop3_no_flag_updates = yes
default_vsz_limit = 0
default_client_limit = 18000
default_process_limit = 12000
service auth {{
  client_limit = 25000
}}
service anvil {{
  client_limit = 25000
}}
service stats {{
  client_limit = 25000
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
  service_count = 0
  process_min_avail = 2
  process_limit = 2
  client_limit = 9000
}}
service pop3 {{
  service_count = 0
  process_min_avail = 8
  process_limit = 12000
  client_limit = {self.clients_a_process}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
  service_count = 0
}}
"""

    def start(self, hashed=False):
        secret = sha512_crypt() if hashed else "{PLAIN}" + PASSWORD
        self.passwd.write_text("".join(f"{name}:{secret}:{UID}:{UID}::::\n" for name in self.maildrops.everyone))
        self.passwd.chmod(0o644)
        self.config.write_text(self.text.replace("HASHED", "yes" if hashed else "no"))
        subprocess.run(["prlimit", "--nofile=20000", "/usr/sbin/dovecot", "-c", self.config], check=True, stderr=subprocess.DEVNULL)
        self.wait_for(self.pop3)
        told = self.folder / "base/master.pid"
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not (told.exists() and told.read_text().strip()) and time.monotonic() < give_up:
            time.sleep(0.02)
        self.pids = [int(told.read_text())]

    def stop(self):
        """All of its processes are told, for the master would wait a second before it looks after those that are kept."""
        for pid in (*self.pids, *descendants(self.pids)):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass  # the master was quicker
        give_up = time.monotonic() + READY_SECONDS_MAX
        while any(runs(pid) for pid in self.pids):
            if time.monotonic() > give_up:
                raise RuntimeError(f"{self.name} does not end")
            time.sleep(0.02)


class SharedDovecot(Dovecot):
    """The same, with up to 100 sessions in each process."""

    name = "dovecot-shared"
    clients_a_process = 100
