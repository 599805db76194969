#!/usr/bin/env python3
"""Real POP3 clients from Debian against restanted: what was posted comes back, is deleted when asked, and only then."""
import os
import pathlib
import poplib
import pty
import re
import select
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

USER = "ann@example.org"
CLIENT_SECONDS_MAX = 60


class Client(unittest.TestCase):
    """A post office with the samples in Ann's maildrop, and a scratch folder for the client."""

    # Samples that this client itself changes, each with what it does to it.
    changed_by_client = {}

    def setUp(self):
        self.office = self.enterContext_(support.PostOffice(users=[USER], configuration=support.AS_IT_CAME))
        self.scratch = pathlib.Path(self.enterContext_(tempfile.TemporaryDirectory(prefix="restante-client-")))
        self.letters = support.samples()
        for _, octets in self.letters:
            self.assertEqual([b"250"], [r[:3] for r in raw_lmtp.post(self.office.lmtp, [USER], octets)])

    def enterContext_(self, manager):  # unittest has its own from Python 3.11
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def run_client(self, command, text=None, environment=None, statuses=(0,)):
        done = subprocess.run([str(c) for c in command], input=text, capture_output=True, timeout=CLIENT_SECONDS_MAX,
                              env={**os.environ, "HOME": str(self.scratch), **(environment or {})})
        self.assertIn(done.returncode, statuses, f"{command[0]}: {done.stderr.decode(errors='replace')}{done.stdout.decode(errors='replace')[-2000:]}"
                      f"\n{self.office.log()[-3000:]}")
        return done

    def write(self, name, text):
        path = self.scratch / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def assert_collected(self, collected):
        """`collected`: canonical octets in any order."""
        got = sorted(support.without_trace(support.canonical(octets)) for octets in collected)
        self.assertEqual(len(got), len(self.letters))
        for name, octets in self.letters:
            if name not in self.changed_by_client:
                self.assertIn(octets, got, f"{name} did not come back to the octet")

    def waiting(self):
        """How many messages wait now, by a session of the test's own."""
        pop = poplib.POP3("127.0.0.1", self.office.pop3, timeout=30)
        pop.user(USER)
        pop.pass_(support.PASSWORD)
        count, _ = pop.stat()
        pop.quit()
        return count


class Curl(Client):
    def fetch(self, *options, tls=True, number=""):
        config = self.write("curl.conf", f'user = "{USER}:{support.PASSWORD}"\n')
        scheme, port = ("pop3s", self.office.pop3s) if tls else ("pop3", self.office.pop3)
        return self.run_client(["curl", "--silent", "--show-error", "--config", config, "--cacert", self.office.certificate,
                                *options, f"{scheme}://localhost:{port}/{number}", "--resolve", f"localhost:{port}:127.0.0.1"]).stdout

    def test_collects_over_tls_and_stls(self):
        self.assert_collected([self.fetch(number=n) for n in range(1, len(self.letters) + 1)])
        stls = self.fetch("--ssl-reqd", tls=False, number=1)
        self.assertEqual(support.without_trace(stls), self.letters[0][1])

    def test_lists_and_deletes(self):
        listing = self.fetch().decode().split()
        self.assertEqual(len(listing) // 2, len(self.letters))
        self.fetch("--request", "DELE", "--head", number=1)
        self.assertEqual(self.waiting(), len(self.letters) - 1)

    def test_authenticates_by_each_mechanism_it_knows(self):
        for mechanism in ("PLAIN", "LOGIN"):
            self.assertTrue(self.fetch("--login-options", f"AUTH={mechanism}"), mechanism)


class Mpop(Client):
    def mpop(self, authentication, keep="on", tls="tls_starttls off", port=None, received="off"):
        secret = self.write("secret", support.PASSWORD + "\n")
        maildir = self.scratch / f"Maildir-{authentication}"
        for folder in ("new", "cur", "tmp"):
            (maildir / folder).mkdir(parents=True, exist_ok=True)
        config = self.write("mpoprc", f"""defaults
tls on
{tls}
tls_trust_file {self.office.certificate}
account default
host localhost
port {port or self.office.pop3s}
user {USER}
passwordeval cat {secret}
auth {authentication}
keep {keep}
received_header {received}
uidls_file {self.scratch}/uidls-{authentication}
delivery maildir {maildir}
""")
        self.run_client(["mpop", "-C", config])
        return [path.read_bytes() for path in (maildir / "new").iterdir()]

    def test_collects_by_each_mechanism(self):
        for authentication in ("user", "plain", "scram-sha-1", "scram-sha-256", "login"):
            with self.subTest(authentication):
                self.assert_collected(self.mpop(authentication))

    def test_collects_by_stls_and_deletes(self):
        self.assert_collected(self.mpop("scram-sha-256", keep="off", tls="tls_starttls on", port=self.office.pop3))
        self.assertEqual(self.waiting(), 0)

    def test_fetches_nothing_twice(self):
        self.assertEqual(len(self.mpop("user")), len(self.letters))
        self.assertEqual(len(self.mpop("user")), len(self.letters))


class Fetchmail(Client):
    changed_by_client = {
        "no-final-line-end.eml": "adds nothing, but folds the last line's end",
        "nul-and-controls.eml": "cuts lines at NUL",
        "header-only.eml": "adds the missing blank line",
        "first-octet-dot.eml": "reads the header as fields only",
        "bare-cr.eml": "drops carriage returns",
        "long-header.eml": "splits lines at its buffer",
        "long-line.eml": "splits lines at its buffer",
        "many-recipients.eml": "rewrites addresses in long fields",
    }

    def fetchmail(self, *options):
        letters = self.scratch / "letters"
        letters.mkdir(exist_ok=True)
        keeper = self.write("keep.sh", f'#!/bin/sh\nexec cat >"$(mktemp {letters}/XXXXXXXX)"\n')
        keeper.chmod(0o700)
        rc = self.write("fetchmailrc", f"""set invisible
poll localhost service {self.office.pop3s} protocol pop3
  user "{USER}" password "{support.PASSWORD}"
  ssl sslproto "TLS1.2+" sslcertck sslcertfile "{self.office.certificate}"
  no rewrite pass8bits no mimedecode mda "{keeper}"
""")
        self.run_client(["fetchmail", "--fetchmailrc", rc, "--nodetach", *options], environment={"FETCHMAILHOME": str(self.scratch)},
                        statuses=(0, 1))
        return [path.read_bytes() for path in letters.iterdir()]

    def test_collects_and_keeps(self):
        self.assert_collected(self.fetchmail("--keep", "--uidl"))
        self.assertEqual(self.waiting(), len(self.letters))

    def test_collects_and_deletes(self):
        self.assert_collected(self.fetchmail("--nokeep"))
        self.assertEqual(self.waiting(), 0)


class Getmail(Client):
    def getmail(self, delete, trace="false"):
        maildir = self.scratch / "Maildir"
        for folder in ("new", "cur", "tmp"):
            (maildir / folder).mkdir(parents=True, exist_ok=True)
        certificate = self.write("certificate.pem", self.office.certificate.read_text())
        rc = self.write("getmailrc", f"""[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = {self.office.pop3s}
username = {USER}
password = {support.PASSWORD}
ca_certs = {certificate}
[destination]
type = Maildir
path = {maildir}/
[options]
delete = {delete}
read_all = false
received = {trace}
delivered_to = {trace}
""")
        command = ["getmail", "--getmaildir", self.scratch, "--rcfile", rc]
        if os.geteuid() == 0:  # getmail refuses to deliver as root
            subprocess.run(["chown", "-R", "nobody:nogroup", self.scratch], check=True)
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        self.run_client(command)
        return [path.read_bytes() for path in (maildir / "new").iterdir()]

    changed_by_client = {
        "bare-cr.eml": "turns bare carriage returns into line ends",
        "nul-and-controls.eml": "Python's email package splits at control octets",
        "first-octet-dot.eml": "Python's email package moves what is no header field",
        "header-only.eml": "adds the missing blank line",
        "long-header.eml": "folds", "long-line.eml": "poplib limits", "blank-lines.eml": "email package",
        "multipart.eml": "email package", "latin1-body.eml": "email package", "eight-bit.eml": "email package",
    }

    def test_collects_and_keeps_then_deletes(self):
        first = self.getmail("false")
        self.assertEqual(self.waiting(), len(first))
        self.assertEqual(len(self.getmail("false")), len(first), "a second run fetched again")
        self.getmail("true")
        self.assertEqual(self.waiting(), len(self.letters) - len(first))
        self.assertGreaterEqual(len(first), len(self.letters) - 1, "getmail may refuse the 20000-octet line only")


class Fdm(Client):
    changed_by_client = {"nul-and-controls.eml": "cuts lines at NUL"}

    def fdm(self, kept, keep="keep", settings="set no-received"):
        """`kept`: what its configuration says of where the mail goes, such as 'maildir "PATH"'."""
        rc = self.write("fdm.conf", f"""set lock-file "{self.scratch}/fdm.lock"
{settings}
account "ann" pop3s server "localhost" port {self.office.pop3s} user "{USER}" pass "{support.PASSWORD}"
  new-only cache "{self.scratch}/fdm-cache" no-verify {keep}
action "kept" {kept}
match all action "kept"
""")
        command = ["fdm", "-f", rc, "fetch"]
        if os.geteuid() == 0:  # without a user of that name it delivers nothing as root
            subprocess.run(["chown", "-R", "nobody:nogroup", self.scratch], check=True)
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        self.run_client(command, environment={"USER": "nobody"})

    def test_collects_and_keeps_then_deletes(self):
        maildir = self.scratch / "Maildir"
        self.fdm(f'maildir "{maildir}"')
        self.assert_collected([path.read_bytes() for path in (maildir / "new").iterdir()])
        self.assertEqual(self.waiting(), len(self.letters))
        self.fdm(f'maildir "{maildir}"')
        self.assertEqual(len(list((maildir / "new").iterdir())), len(self.letters))


class ClawsMail(Client):
    """For take_over.py. In a display of its own; its windows are seen by nobody. The password stands in its configuration as old versions had it."""
    changed_by_client = {}

    def claws(self):
        home = self.scratch / "home"
        self.settings = home / ".claws-mail"
        self.inbox = home / "Mail" / "inbox"
        self.settings.mkdir(parents=True)
        for folder in ("inbox", "sent", "draft", "queue", "trash"):
            (home / "Mail" / folder).mkdir(parents=True)
        self.write("home/.claws-mail/clawsrc", "[Common]\nconfig_version=0\nwork_offline=0\n")
        self.write("home/.claws-mail/accountrc", f"""[Account: 1]
account_name=ann
is_default=1
name=Ann
address={USER}
protocol=0
receive_server=127.0.0.1
smtp_server=127.0.0.1
user_id={USER}
use_apop_auth=0
ssl_pop=0
set_popport=1
pop_port={self.office.pop3}
password={support.PASSWORD}
remove_mail=0
receive_at_get_all=1
filter_on_receive=0
inbox=#mh/Mailbox/inbox
""")
        self.write("home/.claws-mail/folderlist.xml", """<?xml version="1.0" encoding="UTF-8"?>
<folderlist><folder type="mh" name="Mailbox" path="Mail" collapsed="0">
<folderitem type="inbox" name="inbox" path="inbox" /><folderitem type="outbox" name="sent" path="sent" />
<folderitem type="draft" name="draft" path="draft" /><folderitem type="queue" name="queue" path="queue" />
<folderitem type="trash" name="trash" path="trash" /></folder></folderlist>
""")
        environment = {**os.environ, "HOME": str(home), "TMPDIR": str(self.scratch)}
        with open(self.scratch / "claws.log", "wb") as log:
            claws = subprocess.Popen(["xvfb-run", "-a", "dbus-run-session", "claws-mail", "--alternate-config-dir", self.settings, "--receive-all"],
                                     env=environment, stdout=log, stderr=log, start_new_session=True)
        self.addCleanup(claws.wait)
        self.addCleanup(lambda: claws.poll() is None and os.killpg(claws.pid, 9))
        self.state = self.settings / "uidl" / f"127.0.0.1-{USER}"
        deadline = time.monotonic() + CLIENT_SECONDS_MAX
        while not (self.state.exists() and len(self.collected()) == len(self.letters)):
            self.assertLess(time.monotonic(), deadline, (self.scratch / "claws.log").read_text(errors="replace")[-2000:])
            time.sleep(0.1)
        os.killpg(claws.pid, 15)
        claws.wait(CLIENT_SECONDS_MAX)
        self.assert_collected([path.read_bytes() for path in self.collected()])

    def collected(self):
        return [path for path in self.inbox.iterdir() if path.name.isdigit()]

class Mutt(Client):
    """With its defaults for log-in: it tries whatever is on offer."""

    PROGRAM = "mutt"

    def test_fetches_into_its_mailbox_over_tls(self):
        self.fetch(f"pops://{{}}@localhost:{self.office.pop3s}", "no")

    def test_fetches_into_its_mailbox_over_stls(self):
        self.fetch(f"pop://{{}}@localhost:{self.office.pop3}", "yes")

    def fetch(self, host, starttls):
        mailbox = self.write("mbox", "")
        rc = self.write("muttrc", f"""set pop_host="{host.format(USER.replace('@', '%40'))}"
set pop_user="{USER}"
set pop_pass="{support.PASSWORD}"
set pop_delete=yes
set ssl_starttls={starttls}
set certificate_file={self.office.certificate}
set spoolfile={mailbox}
set folder={self.scratch}
set mbox_type=mbox
set sort=mailbox-order
set quit=yes
set confirmappend=no
set wait_key=no
set header_cache=""
push "<fetch-mail><exit>"
""")
        screen = self.in_a_terminal([self.PROGRAM, "-n", "-F", str(rc), "-f", str(mailbox)])
        text = mailbox.read_bytes()
        self.assertEqual(len(re.findall(rb"^Delivered-To: ", text, re.M)), len(self.letters), f"its screen: {screen[-1500:]!r}")
        self.assertEqual(self.waiting(), 0)

    def in_a_terminal(self, command):
        """Runs a full-screen program until it ends; what it drew."""
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(TERM="xterm", HOME=str(self.scratch), LINES="24", COLUMNS="80")
            os.execvp(command[0], command)
        deadline, screen = time.monotonic() + CLIENT_SECONDS_MAX, b""
        while time.monotonic() < deadline:
            readable, _, _ = select.select([terminal], [], [], 1)
            try:
                if readable:
                    screen += os.read(terminal, 65536)
            except OSError:
                break
        else:
            os.kill(child, 9)
            self.fail(f"{command[0]} did not end; its last screen: {screen[-1500:]!r}")
        os.waitpid(child, 0)
        os.close(terminal)
        return screen


class NeoMutt(Mutt):
    PROGRAM = "neomutt"


class Poplib(Client):
    def session(self, tls):
        if tls:
            return poplib.POP3_SSL("localhost", self.office.pop3s, context=self.office.tls_context(), timeout=30)
        pop = poplib.POP3("localhost", self.office.pop3, timeout=30)
        pop.stls(self.office.tls_context())
        return pop

    def test_every_command_it_has(self):
        for tls in (True, False):
            pop = self.session(tls)
            capabilities = pop.capa()
            for name in ("TOP", "UIDL", "USER", "SASL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "IMPLEMENTATION", "UTF8", "EXPIRE"):
                self.assertIn(name, capabilities)
            pop.utf8()
            pop.user(USER)
            pop.pass_(support.PASSWORD)
            count, octets = pop.stat()
            self.assertEqual(count, len(self.letters))
            sizes = [int(line.split()[1]) for line in pop.list()[1]]
            self.assertEqual(sum(sizes), octets)
            ids = [line.split()[1] for line in pop.uidl()[1]]
            self.assertEqual(len(set(ids)), count)
            for number, (name, letter) in enumerate(self.letters, 1):
                if max(map(len, letter.split(b"\r\n"))) > 2048:
                    continue  # poplib itself refuses lines over 2048 octets
                lines = pop.retr(number)[1]
                got = b"\r\n".join(lines) + b"\r\n"
                self.assertEqual(support.without_trace(got), letter, name)
                self.assertEqual(len(got), sizes[number - 1], name)
            self.assertTrue(pop.top(1, 0)[1])
            pop.dele(1)
            self.assertEqual(pop.stat()[0], count - 1)
            pop.rset()
            pop.noop()
            self.assertEqual(pop.stat()[0], count)
            pop.quit()
        self.assertEqual(self.waiting(), len(self.letters))

    def test_wrong_password_is_told_as_such(self):
        pop = self.session(True)
        pop.user(USER)
        with self.assertRaisesRegex(poplib.error_proto, r"-ERR \[AUTH\]"):
            pop.pass_("wrong")
        pop.close()


class NetPop3(Client):
    SCRIPT = r"""
use strict; use warnings; use Net::POP3;
my ($port, $ca, $user, $password, $folder) = @ARGV;
my $pop = Net::POP3->new('localhost', Port => $port, Timeout => 30, SSL => 1, SSL_ca_file => $ca) or die "connect: $@";
my $count = $pop->login($user, $password); die 'login: ' . $pop->message unless defined $count;
my $ids = $pop->uidl or die 'uidl';
for my $number (sort { $a <=> $b } keys %{$pop->list}) {
    my $lines = $pop->get($number) or die "get $number";
    open my $out, '>:raw', "$folder/$number" or die $!; print $out @$lines; close $out or die $!;
    $pop->delete($number) or die "delete $number";
}
die 'ids' unless keys %$ids == $count;
$pop->quit or die 'quit';
"""

    def test_collects_and_deletes(self):
        folder = self.scratch / "letters"
        folder.mkdir()
        script = self.write("collect.pl", self.SCRIPT)
        self.run_client(["/usr/bin/perl", script, self.office.pop3s, self.office.certificate, USER, support.PASSWORD, folder])
        self.assert_collected([path.read_bytes() for path in folder.iterdir()])
        self.assertEqual(self.waiting(), 0)


if __name__ == "__main__":
    script_test.main()
