"""Courier and Cyrus, which cannot be installed beside other mail servers: each is unpacked once and run in a chroot of its own."""
import imaplib
import os
import shutil
import signal
import subprocess

import unpacked
from mail import PASSWORD, UID
from server import READY_SECONDS_MAX, Server, free_ports

CONNECTIONS_MAX = 4000
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class UnpackedServer(Server):
    packages = ()
    accounts = ()  # (name, uid, gid) that the packages would have made

    def __init__(self, scratch, maildrops):
        super().__init__(scratch, maildrops)
        self.root = maildrops.folder / "roots" / self.name  # kept from run to run
        self.mail = self.root / "mail"
        self.processes = []

    def missing(self):
        return None if os.geteuid() == 0 else "only root can change its root"

    def prepare(self, groups=None):
        stamp = self.root.with_suffix(".unpacked")
        if not stamp.exists():
            shutil.rmtree(self.root, ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self.root.parent.mkdir(exist_ok=True)
            unpacked.unpack(self.packages, self.root, self.folder)
            unpacked.furnish(self.root, self.accounts)
            stamp.touch()
        super().prepare(groups)

    def inside(self, *command, input=None, user="0:0"):
        done = subprocess.run(["chroot", f"--userspec={user}", str(self.root), *map(str, command)], input=input, capture_output=True, env={"PATH": PATH})
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')[-300:]}")
        return done.stdout

    def launch(self, *command, environment=None):
        """In a session of its own, so that its whole group can be ended; it ends with this program in any case."""
        with open(self.folder / "log", "ab") as log:
            self.processes.append(subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "prlimit", "--nofile=20000", "chroot", self.root, *map(str, command)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd="/", env={"PATH": PATH, **(environment or {})}, start_new_session=True))
        self.pids = [one.pid for one in self.processes]

    def stop(self):
        for one in reversed(self.processes):
            one.terminate()
            try:
                one.wait(READY_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
            try:
                os.killpg(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # nothing is left of it
        self.processes = []


class Courier(UnpackedServer):
    """A process for each connection, and one more for TLS; it answers each un-pipelined RETR 40 ms late (Nagle and delayed ACK)."""

    name = "courier"
    takes_mail = False
    tells_tls_time = False  # nobody waits for its TLS helpers, so their time is in no account
    log_ins_max, drains_max = 400, 64
    packages = ("courier-pop", "courier-authlib-userdb", "courier-mta-", "dma")
    accounts = (("courier", 5001, 5001), ("vmail", UID, UID))

    def lacks(self, row):
        if row.group == "huge" and row.tls != "none":
            return "takes minutes, and its CPU time under TLS cannot be read"
        return super().lacks(row)

    def configure(self):
        etc = self.root / "etc/courier"
        pop3, pop3s = free_ports(2)
        self.pop3, self.pop3s = f"127.0.0.1:{pop3}", f"127.0.0.1:{pop3s}"
        sha = subprocess.run(["openssl", "dgst", "-sha1", "-binary"], input=PASSWORD.encode(), capture_output=True, check=True).stdout
        secret = "{SHA}" + subprocess.run(["openssl", "base64"], input=sha, capture_output=True, check=True).stdout.decode().strip()
        (etc / "userdb").write_text("".join(f"{user}\tuid={UID}|gid={UID}|home=/mail/{user}|mail=/mail/{user}|systempw={secret}\n"
                                            for user in self.maildrops.everyone))
        (etc / "userdb").chmod(0o600)
        self.inside("/usr/sbin/makeuserdb")
        (etc / "authdaemonrc").write_text('authmodulelist="authuserdb"\nauthmodulelistorig="authuserdb"\ndaemons=5\n'
                                          'authdaemonvar=/run/courier/authdaemon\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=""\nLOGGEROPTS=""\n')
        pem = etc / "pop3d.pem"
        pem.write_bytes(self.key.read_bytes() + self.certificate.read_bytes())
        pem.chmod(0o600)
        for folder in ("run/courier", "run/courier/authdaemon", "var/lib/courier"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for path in ("run/courier", "run/courier/authdaemon", "var/lib/courier", "etc/courier/pop3d.pem"):
            shutil.chown(self.root / path, 5001, 5001)

    def start(self, hashed=False):
        self.launch("/usr/lib/courier/courier-authlib/authdaemond")
        settings = {"POP3AUTH": "PLAIN LOGIN", "POP3AUTH_TLS": "PLAIN LOGIN", "POP3_STARTTLS": "YES", "POP3_TLS_REQUIRED": "0", "POP3_PROXY": "0",
                    "COURIERTLS": "/usr/bin/couriertls", "TLS_CERTFILE": "/etc/courier/pop3d.pem", "TLS_VERIFYPEER": "NONE", "MAILDIRPATH": ".",
                    "DEBUG_LOGIN": "0"}
        service = ["/usr/lib/courier/courier/courierpop3login", "/usr/lib/courier/courier/courierpop3d", "."]
        door = ["/usr/sbin/couriertcpd", "-address=127.0.0.1", f"-maxprocs={CONNECTIONS_MAX}", f"-maxperip={CONNECTIONS_MAX}", "-nodnslookup",
                "-noidentlookup"]
        self.launch(*door, self.pop3.split(":")[1], *service, environment=settings)
        self.launch(*door, self.pop3s.split(":")[1], "/usr/bin/couriertls", "-server", "-tcpd", "-user=courier", *service,
                    environment={**settings, "POP3_TLS": "1", "POP3_STARTTLS": "NO"})
        self.wait_for(self.pop3)


class Cyrus(UnpackedServer):
    """It reads no Maildirs: the mail is written into its own store, once, octet for octet. Of many users it has the first."""

    name = "cyrus"
    reads_maildirs = False
    users_max = 100
    log_ins_max, drains_max = 400, 64
    packages = ("cyrus-pop3d", "cyrus-imapd", "cyrus-admin", "sasl2-bin", "libsasl2-modules", "libsasl2-modules-db", "dma")
    accounts = (("cyrus", 5002, 8), ("sasl", 5003, 5003))
    groups = ("users", "small", "big", "huge", "posted")

    def users(self, group):
        path = self.folder / f"users-of-{group}"
        self.maildrops.write_users(group, path, self.users_max)
        return path

    def lacks(self, row):
        if "idle" in row.mode:
            return f"has only {self.users_max} users"
        if "churn" in row.mode:
            return "keeps what comes in a store that is filled once"
        return super().lacks(row)

    def configure(self):
        etc = self.root / "etc"
        pop3, pop3s, imap, lmtp = free_ports(4)
        self.pop3, self.pop3s, self.imap, self.lmtp = (f"127.0.0.1:{port}" for port in (pop3, pop3s, imap, lmtp))
        (etc / "imapd.conf").write_text("""configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
altnamespace: no
unixhierarchysep: no
hashimapspool: yes
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN LOGIN
sasl_auto_transition: no
popminpoll: 0
popexpiretime: -1
duplicatesuppression: no
tls_server_cert: /etc/cyrus-certificate.pem
tls_server_key: /etc/cyrus-key.pem
tls_session_timeout: 0
idlesocket: /run/cyrus/socket/idle
notifysocket: /run/cyrus/socket/notify
servername: localhost
""")
        children = f"prefork=0 maxchild={CONNECTIONS_MAX}"
        (etc / "cyrus.conf").write_text(f"""START {{
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
}}
SERVICES {{
  imap cmd="/usr/lib/cyrus/bin/imapd" listen="{self.imap}" prefork=0
  pop3 cmd="/usr/lib/cyrus/bin/pop3d -U 1000 -T 60" listen="{self.pop3}" prefork=8 maxchild={CONNECTIONS_MAX}
  pop3s cmd="/usr/lib/cyrus/bin/pop3d -s -U 1000 -T 60" listen="{self.pop3s}" {children}
  lmtp cmd="/usr/lib/cyrus/bin/lmtpd -a -U 1000 -T 60" listen="{self.lmtp}" {children}
}}
EVENTS {{
}}
""")
        for source, name in ((self.certificate, "cyrus-certificate.pem"), (self.key, "cyrus-key.pem")):
            shutil.copy(source, etc / name)
            os.chown(etc / name, 5002, 8)
        stamp = self.root.with_suffix(".filled")
        if not stamp.exists():
            for folder in ("var/lib/cyrus", "var/spool/cyrus"):
                shutil.rmtree(self.root / folder, ignore_errors=True)
            (etc / "sasldb2").unlink(missing_ok=True)
        for folder in ("run/cyrus/proc", "run/cyrus/lock", "run/cyrus/socket", "var/lib/cyrus", "var/spool/cyrus/mail"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for folder in ("run/cyrus", "var/lib/cyrus", "var/spool/cyrus"):
            subprocess.run(["chown", "-R", "5002:8", self.root / folder], check=True)
        if not stamp.exists():
            self.fill()
            stamp.touch()

    def start(self, hashed=False):
        self.launch("/usr/sbin/cyrmaster", "-D", "-p", "/run/cyrus-master.pid")
        self.wait_for(self.pop3)

    def fill(self):
        """Users, mailboxes, messages, and then the indexes of them."""
        users = [user for group in self.groups for user in self.maildrops.groups[group][:self.users_max]]
        for user in ("cyrus", *users):
            self.inside("/usr/sbin/saslpasswd2", "-p", "-c", "-u", "localhost", user, input=PASSWORD.encode())
        os.chown(self.root / "etc/sasldb2", 5002, 5003)
        self.start()
        try:
            self.wait_for(self.imap)
            host, port = self.imap.split(":")
            with imaplib.IMAP4(host, int(port), timeout=READY_SECONDS_MAX) as imap:
                imap.login("cyrus", PASSWORD)
                for user in users:
                    told, why = imap.create(f"user.{user}")
                    if told != "OK":
                        raise RuntimeError(f"Cyrus makes no mailbox for {user}: {why}")
            for user in users:
                self.fill_mailbox(user)
            self.as_cyrus("reconstruct", "-r", "user.*")
        finally:
            self.stop()

    def fill_mailbox(self, user):
        told = self.as_cyrus("mbpath", f"user.{user}").decode().strip()
        place = self.root / told.lstrip("/")
        names = sorted(os.listdir(self.maildrops.mail / user / "cur"))
        for number, name in enumerate(names, 1):
            path = place / f"{number}."
            path.write_bytes((self.maildrops.mail / user / "cur" / name).read_bytes().replace(b"\n", b"\r\n"))
            os.chown(path, 5002, 8)

    def as_cyrus(self, program, *arguments):
        return self.inside(f"/usr/lib/cyrus/bin/{program}", *arguments, user="5002:8")
