"""Other people's POP3 servers from Debian, each private to its test: own folder, own ports, own certificate, ends with the test.

Debian's mail servers exclude each other, so those that the machine has not installed are unpacked, with all that they stand on,
into a folder of the test's, and run in a chroot there. That takes root and a Debian mirror, but neither mounts nor name spaces."""
import imaplib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import post_office
import unpacked

PASSWORD = "pass-word-of-guests"
MAIL_UID = 5555  # Dovecot and Courier refuse to serve root's mail
USERS = [f"guest{number}" for number in range(16)]
START_SECONDS_MAX = 60


def make_certificate(folder):
    """A self-made certificate for localhost, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                    certificate, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                   check=True, capture_output=True)
    return certificate, key


def descendants(process):
    """The pids below a process, with their programs' names."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            name, fields = (entry / "stat").read_text().split("(", 1)[1].rsplit(") ", 1)
            parents[int(entry.name)] = (int(fields.split()[1]), name)
        except (OSError, ValueError, IndexError):
            continue  # no process, or one that has just ended
    found, todo = {}, [process]
    while todo:
        above = todo.pop()
        below = {pid: name for pid, (parent, name) in parents.items() if parent == above}
        found.update(below)
        todo += below
    return found


class Peer:
    """`with Dovecot() as peer:` — .pop3 and .pop3s are ports on 127.0.0.1, .certificate is what to trust; .put() fills a maildrop."""

    session_programs = ()  # names of the processes that serve a session
    password = PASSWORD

    def __init__(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("another's mail server starts as root only")
        self._scratch = tempfile.TemporaryDirectory(prefix="restante-peer-")
        self.folder = pathlib.Path(self._scratch.name)
        self.folder.chmod(0o755)
        self.processes = []

    def __enter__(self):
        try:
            self.certificate, self.key = make_certificate(self.folder)
            self.pop3, self.pop3s, self.imap = post_office.free_ports(3)
            self.start()
            for port in (self.pop3, self.pop3s):
                self.wait_for(port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self._scratch.cleanup()

    def launch(self, *command, **options):
        with open(self.folder / "log", "ab") as log:
            # A test that is killed takes its servers along.
            process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *map(str, command)], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, **options)
        self.processes.append(process)
        return process

    def stop(self):
        """First those that watch the others."""
        for process in reversed(self.processes):
            below = descendants(process.pid)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pid in below:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.processes = []

    def wait_for(self, port):
        """Until it greets: each look is a try to connect."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return
            except OSError:
                if any(process.poll() is not None for process in self.processes):
                    break
        raise AssertionError(f"{type(self).__name__} did not start: {self.log()[-3000:]}")

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill_sessions(self):
        """SIGKILL to every process that serves a session; how many there were."""
        killed = 0
        for process in self.processes:
            for pid, name in descendants(process.pid).items():
                if name in self.session_programs:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        return killed

    def tls_context(self):
        return ssl.create_default_context(cafile=str(self.certificate))

    def put_into_maildir(self, maildir, letters):
        """Canonical octets, kept with LF as these servers' own delivery keeps them; bare CR stays."""
        for name in ("cur", "tmp", "new"):
            (maildir / name).mkdir(parents=True, exist_ok=True)
        present = sum(1 for _ in (maildir / "new").iterdir()) + sum(1 for _ in (maildir / "cur").iterdir())
        for number, octets in enumerate(letters, present + 1):
            path = maildir / "new" / f"{1700000000 + number}.M{number}P1.localhost"
            path.write_bytes(octets.replace(b"\r\n", b"\n"))
        for path in (maildir, *maildir.rglob("*")):
            os.chown(path, MAIL_UID, MAIL_UID)


class Dovecot(Peer):
    """The installed dovecot-pop3d."""

    session_programs = ("pop3",)
    unique_ids = "%08Xu%08Xv"
    configuration = ""  # behind what every test has

    def start(self):
        if not shutil.which("dovecot"):
            raise unittest.SkipTest("dovecot-pop3d is not installed")
        (self.folder / "dovecot.conf").write_text(f"""base_dir = {self.folder}/base
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{self.folder}/mail/%u
first_valid_uid = {MAIL_UID}
login_trusted_networks = 127.0.0.0/8
pop3_uidl_format = {self.unique_ids}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  {self.users()}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {self.pop3}
  }}
  inet_listener pop3s {{
    port = {self.pop3s}
    ssl = yes
  }}
}}
{self.configuration}""")
        self.launch("dovecot", "-F", "-c", self.folder / "dovecot.conf")

    def users(self):
        return f"driver = static\n  args = uid={MAIL_UID} gid={MAIL_UID} home={self.folder}/mail/%u allow_all_users=yes"

    def put(self, user, letters):
        self.put_into_maildir(self.folder / "mail" / user, letters)

    def lose_unique_ids(self):
        """As when an administrator changes how they are made."""
        self.unique_ids = "other-%08Xu%08Xv"
        self.stop()
        self.start()
        self.wait_for(self.pop3)


class UnpackedPeer(Peer):
    """One that is unpacked into a chroot."""

    packages = ()
    accounts = ()  # (name, uid, gid) that the packages would have made

    def unpack(self):
        self.root = self.folder / "root"
        try:
            unpacked.unpack(self.packages, self.root, self.folder)
            unpacked.furnish(self.root, self.accounts)
        except unpacked.NotToBeHad as refusal:
            raise unittest.SkipTest(str(refusal)) from refusal

    def inside(self, *command, input=None):
        done = subprocess.run(["chroot", str(self.root), *map(str, command)], input=input, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')}{done.stdout.decode(errors='replace')}")
        return done.stdout

    def launch_inside(self, *command, environment=None):
        return self.launch("chroot", self.root, *command, cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})})


class Courier(UnpackedPeer):
    session_programs = ("courierpop3d",)
    packages = ("courier-pop", "courier-authlib-userdb", "courier-mta-", "dma")
    accounts = (("courier", 5001, 5001), ("vmail", MAIL_UID, MAIL_UID))

    def start(self):
        self.unpack()
        etc = self.root / "etc/courier"
        secret = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=PASSWORD.encode(), capture_output=True, check=True).stdout.decode().strip()
        fields = "uid={0}|gid={0}|home=/mail/{1}|mail=/mail/{1}/Maildir|systempw={2}"
        (etc / "userdb").write_text("".join(f"{user}\t" + fields.format(MAIL_UID, user, secret) + "\n" for user in USERS))
        (etc / "userdb").chmod(0o600)
        self.inside("/usr/sbin/makeuserdb")
        daemon = etc / "authdaemonrc"
        daemon.write_text('authmodulelist="authuserdb"\nauthmodulelistorig="authuserdb"\ndaemons=2\nauthdaemonvar=/run/courier/authdaemon\n'
                          'DEBUG_LOGIN=0\nDEFAULTOPTIONS=""\nLOGGEROPTS=""\n')
        pem = etc / "pop3d.pem"
        pem.write_bytes(self.key.read_bytes() + self.certificate.read_bytes())
        pem.chmod(0o600)
        for folder in ("run/courier", "run/courier/authdaemon", "var/lib/courier"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            os.chown(self.root / folder, 5001, 5001)
        os.chown(pem, 5001, 5001)
        self.launch_inside("/usr/lib/courier/courier-authlib/authdaemond")
        environment = {"POP3AUTH": "PLAIN LOGIN", "POP3AUTH_TLS": "PLAIN LOGIN", "POP3_STARTTLS": "YES", "POP3_TLS_REQUIRED": "0", "POP3_PROXY": "0",
                       "COURIERTLS": "/usr/bin/couriertls", "TLS_CERTFILE": "/etc/courier/pop3d.pem", "TLS_VERIFYPEER": "NONE",
                       "MAILDIRPATH": "Maildir", "DEBUG_LOGIN": "0"}
        door = ["/usr/sbin/couriertcpd", "-address=127.0.0.1", "-maxprocs=40", "-maxperip=40", "-nodnslookup", "-noidentlookup"]
        service = ["/usr/lib/courier/courier/courierpop3login", "/usr/lib/courier/courier/courierpop3d", "Maildir"]
        self.launch_inside(*door, self.pop3, *service, environment=environment)
        tls = {**environment, "POP3_TLS": "1", "POP3_STARTTLS": "NO"}
        self.launch_inside(*door, self.pop3s, "/usr/bin/couriertls", "-server", "-tcpd", "-user=courier", *service, environment=tls)

    def put(self, user, letters):
        self.put_into_maildir(self.root / "mail" / user / "Maildir", letters)

    def lose_unique_ids(self):
        """As when its list of them, made at another second, replaces a lost one."""
        for path in (self.root / "mail").glob("*/Maildir/courierpop3dsizelist"):
            listed = path.read_text()
            made_at = listed.split()[2]  # "/VERSION NEXT MADE-AT", which is a part of each unique-id
            path.write_text(listed.replace(made_at, str(int(made_at) + 1)))


class Cyrus(UnpackedPeer):
    session_programs = ("pop3d",)
    packages = ("cyrus-pop3d", "cyrus-imapd", "cyrus-admin", "sasl2-bin", "libsasl2-modules", "libsasl2-modules-db", "dma")
    accounts = (("cyrus", 5002, 8), ("sasl", 5003, 5003))

    def start(self):
        self.unpack()
        etc = self.root / "etc"
        (etc / "imapd.conf").write_text("""configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
altnamespace: no
unixhierarchysep: no
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN LOGIN
sasl_auto_transition: no
popminpoll: 0
popexpiretime: -1
tls_server_cert: /etc/cyrus-certificate.pem
tls_server_key: /etc/cyrus-key.pem
idlesocket: /run/cyrus/socket/idle
notifysocket: /run/cyrus/socket/notify
servername: localhost
""")
        (etc / "cyrus.conf").write_text(f"""START {{
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -r"
}}
SERVICES {{
  imap cmd="/usr/lib/cyrus/bin/imapd" listen="127.0.0.1:{self.imap}" prefork=0
  pop3 cmd="/usr/lib/cyrus/bin/pop3d" listen="127.0.0.1:{self.pop3}" prefork=0
  pop3s cmd="/usr/lib/cyrus/bin/pop3d -s" listen="127.0.0.1:{self.pop3s}" prefork=0
}}
EVENTS {{
}}
""")
        for source, name in ((self.certificate, "cyrus-certificate.pem"), (self.key, "cyrus-key.pem")):
            shutil.copy(source, etc / name)
            os.chown(etc / name, 5002, 8)
        for folder in ("run/cyrus/proc", "run/cyrus/lock", "run/cyrus/socket", "var/lib/cyrus", "var/spool/cyrus/mail"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for folder in ("run/cyrus", "var/lib/cyrus", "var/spool/cyrus"):
            subprocess.run(["chown", "-R", "5002:8", self.root / folder], check=True)
        for user in ("cyrus", *USERS):
            self.inside("/usr/sbin/saslpasswd2", "-p", "-c", "-u", "localhost", user, input=PASSWORD.encode())
        os.chown(etc / "sasldb2", 5002, 5003)
        # The path of its master is /usr/sbin/cyrmaster in Debian.
        self.launch_inside("/usr/sbin/cyrmaster", "-D", "-p", "/run/cyrus-master.pid")
        self.wait_for(self.imap)
        self.made = set()

    def put(self, user, letters):
        """By IMAP; it refuses what its store cannot hold (NUL, bare CR or LF, no header), and that is left out."""
        with imaplib.IMAP4("127.0.0.1", self.imap, timeout=30) as imap:
            imap.login("cyrus", PASSWORD)
            if user not in self.made:
                imap.create(f"user.{user}")
                imap.setacl(f"user.{user}", "cyrus", "lrswipcda")
                self.made.add(user)
            for octets in letters:
                imap.append(f"user.{user}", None, None, octets)


class Restanted(Peer):
    """Ours, beside the others."""

    password = post_office.PASSWORD

    def start(self):
        import raw_lmtp
        self.post = raw_lmtp.post
        self.office = post_office.PostOffice(users=[], root=self.folder / "office", plaintext=True)
        self.office.root.mkdir()
        self.office.add_user(USERS[0])
        line = (self.office.root / "users").read_text()
        assert line.startswith(USERS[0] + ":")
        (self.office.root / "users").write_text("".join(user + line[len(USERS[0]):] for user in USERS))
        self.office.start()
        self.pop3, self.pop3s, self.certificate = self.office.pop3, self.office.pop3s, self.office.certificate

    def stop(self):
        if hasattr(self, "office"):
            self.office.stop()

    def kill_sessions(self):
        """A session is no process here: all of it is killed, and started again on the same ports."""
        self.office.stop(signal.SIGKILL)
        self.office.start()
        return 1

    def put(self, user, letters):
        for octets in letters:
            replies = self.post(self.office.lmtp, [user], octets)
            assert replies[0].startswith(b"250"), replies
