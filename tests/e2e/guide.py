#!/usr/bin/env python3
"""docs/operators.md and the README's five minutes, followed word by word on a machine with systemd, Postfix and Dovecot of their own."""
import contextlib
import json
import os
import pathlib
import re
import sys
import time
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
import machine as support  # noqa: E402
import script_test  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("RESTANTED", ROOT / "build/release/bin/restanted"))
CONFIGURATION = "/etc/restante/restanted.toml"
LIVE = "/etc/letsencrypt/live/mail.example.org"
PASSWORD = "correct horse battery staple"
# Needed by the tests alone: what is left is what `install-packages build` brings.
TEST_PACKAGES = ("libgtest-dev", "libgmock-dev", "googletest", "librapidcheck-dev")
WAIT_SECONDS_MAX = 45


def steps():
    """The named blocks of the guide."""
    text = (ROOT / "docs/operators.md").read_text()
    return dict(re.findall(r"^<!-- step: (.*?) -->\n```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def section(page, heading):
    """All shell blocks below a heading."""
    text = (ROOT / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


# Runs in the machine. Each prints what it found; none needs more than Python.
COLLECT = """
import poplib, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
pop = poplib.POP3_SSL("localhost", 995, context=context, timeout=20)
pop.user(sys.argv[2])
pop.pass_(sys.argv[3])
for line in pop.uidl()[1]:
    number, unique_id = line.decode().split()
    subject = [field.decode() for field in pop.retr(int(number))[1] if field.lower().startswith(b"subject: ")][0]
    print(unique_id, subject)
pop.quit()
"""
POST = """
import smtplib, sys
with smtplib.SMTP("127.0.0.1", 25, timeout=40) as sender:
    try:
        sender.sendmail("sender@example.net", [sys.argv[1]], f"From: sender@example.net\\r\\nSubject: {sys.argv[2]}\\r\\n\\r\\nbody\\r\\n")
        print("taken")
    except smtplib.SMTPRecipientsRefused as refusal:
        print("refused", refusal.recipients[sys.argv[1]][0])
"""
# Ends when the condition, a shell command, holds.
UNTIL = "deadline=$((SECONDS + {seconds}))\nuntil {condition}\ndo [ $SECONDS -lt $deadline ] || {{ {otherwise}; exit 1; }}; read -rt 0.1 <> <(:) || true\ndone\n"


class Guide(unittest.TestCase):
    """One machine, one administrator, one test: each step stands on those before it."""

    maxDiff = None

    def setUp(self):
        try:
            self.machine = self.enterContext(support.Machine(ROOT, PROGRAM.parents[1], without=TEST_PACKAGES))
        except support.NotToBeHad as reason:
            self.skipTest(str(reason))
        self.steps, self.followed = steps(), set()
        self.machine.run("mkdir /test")
        for name, text in (("collect", COLLECT), ("post", POST)):
            self.machine.write(f"/test/{name}.py", text)

    def step(self, name):
        self.followed.add(name)
        return self.steps[name]

    def sh(self, script, **options):
        return self.machine.run(script, folder=ROOT, **options)[1]

    def until(self, condition, otherwise="true"):
        self.sh(UNTIL.format(condition=condition, otherwise=otherwise, seconds=WAIT_SECONDS_MAX))

    def build(self, script):
        """Runs the guide's own lines, but puts the finished programs where the compiler would have put them."""
        there = "cmake --build build/release"
        self.assertIn(there, script)
        return self.sh(script.replace(there, "mkdir -p build/release/bin && mount --bind /ready/bin build/release/bin"))

    def set_listeners(self, block):
        """Puts the guide's lines in the place of the configuration's lines of the same keys."""
        heading, *lines = block.splitlines()
        self.assertEqual(heading, "[listeners]")
        for line in lines:
            self.sh(f"sed -i '/^{line.split()[0]} = /d' {CONFIGURATION}; sed -i '/^\\[listeners\\]/r /dev/stdin' {CONFIGURATION}", input=line + "\n")

    def make_certificate(self, generation):
        """As certbot leaves it: archive and live are root's alone, live has links."""
        self.sh(f"""
            umask 077; mkdir -p /etc/letsencrypt/archive/mail.example.org {LIVE}
            cd /etc/letsencrypt/archive/mail.example.org
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=mail.example.org \\
              -addext subjectAltName=DNS:mail.example.org,DNS:localhost -keyout privkey{generation}.pem -out fullchain{generation}.pem 2>/dev/null
            chmod 644 fullchain{generation}.pem
            for name in privkey fullchain; do ln -sf ../../archive/mail.example.org/${{name}}{generation}.pem {LIVE}/$name.pem; done""")

    def collect(self, user="ann@example.org", certificate=f"{LIVE}/fullchain.pem"):
        """Unique-id and subject of all that the maildrop has."""
        lines = self.sh(f"python3 /test/collect.py {certificate} {user} '{PASSWORD}'").splitlines()
        return dict(line.split(" Subject: ") for line in lines)

    def post(self, subject, user="ann@example.org"):
        return self.sh(f"python3 /test/post.py {user} '{subject}'").split()

    def test_is_true_word_by_word(self):
        for part in (self.five_minutes, self.install, self.configure, self.domain, self.privileges, self.doctor, self.certificate_renewal, self.postfix_in_its_chroot, self.postfix_without_chroot,
                     self.postfix_by_tcp, self.postfix_by_pipe, self.dovecot_beside_it, self.reload, self.day_to_day, self.fail2ban, self.backup, self.upgrade):
            started = time.monotonic()
            part()
            print(f"{part.__name__}: {time.monotonic() - started:.1f} s", flush=True)
        self.assertEqual(set(self.steps), self.followed, "every block that has a name must be followed")

    def five_minutes(self):
        """The README's: in the foreground, as root, without a configuration."""
        self.sh("mkdir -p build/release/bin; mount --bind /ready/bin build/release/bin")
        serve, use = section("README.md", "Five minutes to a running post office")
        install, add, start = serve.splitlines()
        self.sh(install)
        self.sh(add, input=f"{PASSWORD}\n")
        self.sh(f"{start} >/test/served 2>&1 & echo $! >/test/pid")
        self.until("grep -q ready /test/served", "cat /test/served")
        said = self.sh(use.replace("--user ann@example.org ", f"--silent --show-error --user 'ann@example.org:{PASSWORD}' "))
        self.assertIn("It works.", said)
        self.sh("kill $(cat /test/pid)")
        self.until("! kill -0 $(cat /test/pid) 2>/dev/null")
        self.sh("umount build/release/bin; rm -rf build/release /tmp/post /usr/local/bin/restanted")

    def install(self):
        self.build(self.step("install"))
        self.sh("systemd-analyze verify restanted.service restanted.socket restanted-certificates.socket restanted-certificates@1.service")
        for unit in ("restanted", "restanted-certificates@1"):
            told = self.sh(f"systemd-analyze security {unit}.service | tail -n 1")
            self.assertLessEqual(float(re.search(r": ([\d.]+)", told).group(1)), 1.5, told)

    def configure(self):
        self.machine.write(CONFIGURATION, self.step("configure"))
        self.make_certificate(1)
        self.sh(self.step("start"))
        for line in self.step("users").splitlines():
            self.sh(f"SECRET='{PASSWORD}'\n{line}", input=f"{PASSWORD}\n{PASSWORD}\n")
        self.assertEqual(self.collect(), {})

    def domain(self):
        self.sh(f"cat >>{CONFIGURATION}; systemctl reload restanted", input=self.step("domain"))
        told = self.sh("restanted user show ann@example.org")
        self.assertRegex(told, r"(?m)^.*quota_octets.*2G.*$")

    def privileges(self):
        """Nothing runs as root; the daemon has no capability, its helper that one, and neither can gain another."""
        for unit, right in (("restanted.service", 0), ("'restanted-certificates@*.service'", 1 << 2)):  # CAP_DAC_READ_SEARCH
            status = self.sh(f"cat /proc/$(systemctl show --property MainPID --value {unit})/status")
            value = dict(re.findall(r"^(\w+):\s+(\w+)", status, re.MULTILINE))
            self.assertNotEqual(value["Uid"], "0")
            self.assertEqual([int(value["CapPrm"], 16), value["NoNewPrivs"]], [right, "1"], unit)

    def doctor(self):
        told = self.machine.run("restanted doctor --json", check=False)[1]
        found = [json.loads(line) for line in told.splitlines()]
        self.assertEqual([line["message"] for line in found if line["name"] in ("certificate", "files", "users") and line["verdict"] == "error"], [])
        self.assertIn(f"{LIVE}/fullchain.pem is readable", told)
        self.sh("systemctl stop restanted-certificates.socket")
        status, told = self.machine.run("restanted doctor", check=False)
        self.assertIn("systemctl enable --now restanted-certificates.socket", told)
        self.assertNotEqual(status, 0)
        self.sh("systemctl enable --now restanted-certificates.socket")
        self.assertGreater(float(self.sh("curl --fail --silent http://127.0.0.1:9995/metrics | sed -n 's/^process_start_time_seconds //p'")), 1e9)

    def certificate_renewal(self):
        self.make_certificate(2)
        fingerprint = "openssl x509 -noout -fingerprint"
        self.until(f'[ "$(openssl s_client -connect localhost:995 </dev/null 2>/dev/null | {fingerprint})" = "$({fingerprint} -in {LIVE}/fullchain.pem)" ]',
                   "journalctl -u restanted --no-pager | tail")
        self.collect()

    def arrives(self, subject):
        """By the road that Postfix has now; strangers' addresses are refused at RCPT."""
        self.assertEqual(self.post(subject), ["taken"])
        self.until(f"grep -rqs 'Subject: {subject}' /var/lib/restante/mail", "journalctl -u 'postfix*' --no-pager | tail -n 30; mailq")
        self.assertIn(subject, self.collect().values())

    def postfix_in_its_chroot(self):
        self.sh("""postconf -e 'myhostname = mx.example.org' 'inet_interfaces = 127.0.0.1' 'mydestination =' 'maillog_file =' 'inet_protocols = ipv4'
                   postconf -e 'smtp_dns_support_level = disabled' 'smtpd_peername_lookup = no'""")
        self.sh("cat >>/etc/postfix/main.cf", input=self.step("postfix main.cf"))
        self.sh(self.step("postfix socket"))
        self.set_listeners(self.step("postfix listener"))
        self.sh(self.step("postfix start"))
        self.arrives("from the chroot")
        self.assertEqual(self.post("to nobody", "nobody@example.org"), ["refused", "550"])

    def other_road(self, name):
        """Postfix and listener as the guide's blocks of that name say."""
        if f"{name}, listener" in self.steps:
            self.set_listeners(self.step(f"{name}, listener"))
            self.sh("systemctl restart restanted")
        self.sh("sed -i '/^virtual_transport/d' /etc/postfix/main.cf; cat >>/etc/postfix/main.cf", input=self.step(f"{name}, main.cf"))
        if f"{name}, master.cf" in self.steps:
            lines = self.step(f"{name}, master.cf")
            self.sh(f"sed -i '/^{lines.split()[0]} /d' /etc/postfix/master.cf; cat >>/etc/postfix/master.cf", input=lines)
        self.sh("systemctl restart postfix")

    def postfix_without_chroot(self):
        self.other_road("postfix without chroot")
        self.arrives("by a socket")

    def postfix_by_tcp(self):
        self.other_road("postfix by TCP")
        self.arrives("by tcp")

    def postfix_by_pipe(self):
        self.other_road("postfix by pipe")
        self.arrives("by a pipe")

    def dovecot_beside_it(self):
        self.machine.write("/etc/dovecot/conf.d/99-restante.conf", self.step("dovecot conf"))
        self.sh("sed -i 's/^!include auth-/#&/' /etc/dovecot/conf.d/10-auth.conf")
        # Debian's package leaves a certificate of its own there.
        self.sh(f"cp -n {LIVE}/fullchain.pem /etc/dovecot/private/dovecot.pem; cp -n {LIVE}/privkey.pem /etc/dovecot/private/dovecot.key")
        self.sh("systemctl start dovecot || { journalctl --no-pager -n 20 -u dovecot; exit 1; }")
        self.sh("""doveadm auth test ann@example.org '""" + PASSWORD + """' </dev/null
                   printf 'Subject: by Dovecot\\n\\nbody\\n' | doveadm save -u ann@example.org""")
        self.assertIn("by Dovecot", self.collect().values())
        self.assertIn("by a pipe", self.sh("doveadm fetch -u ann@example.org hdr.subject ALL"))
        self.sh("systemctl stop dovecot")

    def reload(self):
        self.sh(f"sed -i 's/^quota_octets = .*/quota_octets = \"6G\"/' {CONFIGURATION}; systemctl reload restanted")
        self.sh(f"echo 'nonsense = 1' >>{CONFIGURATION}")
        self.assertNotEqual(self.machine.run("systemctl reload restanted", check=False)[0], 0)
        self.sh(f"sed -i '/^nonsense/d' {CONFIGURATION}; systemctl reload restanted; restanted status")

    def day_to_day(self):
        """The commands in the table: each is one that the program knows, on this configuration."""
        table = (ROOT / "docs/operators.md").read_text().partition("\n## Day to day\n")[2].partition("\n#")[0]
        commands = re.findall(r"`((?:restanted|systemctl) [^`]*)`", table)
        self.assertGreaterEqual(len(commands), 6)
        for command in commands:
            status, said = self.machine.run(command, check=False)
            self.assertNotIn(status, (64, 70, 78, 127), f"{command}: {said}")
        self.sh("curl --fail --silent http://127.0.0.1:9995/health; curl --fail --silent http://127.0.0.1:9995/metrics | grep ^restante_")

    def fail2ban(self):
        self.sh(self.step("fail2ban"))
        told = self.sh("fail2ban-client --dp")
        self.assertIn("restanted", told)

    def backup(self):
        self.sh(self.step("backup"))
        listed = "find . -type f -not -name '.restante-snapshot' -not -name '.restante-lock' | sort | xargs sha256sum"
        mail = [self.sh(f"cd {root}/mail && {listed}") for root in ("/var/lib/restante", "/srv/restante")]
        self.assertEqual(*mail)
        self.assertEqual(self.sh("cmp /var/lib/restante/users /srv/restante/users; stat -c %U /srv/restante/users").strip(), "restante")
        self.sh(f"cmp {CONFIGURATION} /srv/restante/restanted.toml")
        before = self.collect()
        self.root_without_the_unit()
        self.sh(self.step("serve from a restored root"))
        self.assertEqual(self.collect(), before)
        self.sh("restanted deliver ann@example.org", input="Subject: into the restored root\n\nbody\n")
        self.sh("grep -rqs 'Subject: into the restored root' /srv/restante/mail")
        self.assertIn("into the restored root", self.collect().values())

    def root_without_the_unit(self):
        """What the log says where the unit was not told of the root: its line of the unit, and no chown."""
        self.sh(f"cp {CONFIGURATION} /test/kept.toml; sed -i '1i root = \"/srv/restante\"' {CONFIGURATION}")
        self.assertNotEqual(self.machine.run("systemctl restart restanted", check=False)[0], 0)
        said = self.sh("journalctl -u restanted -n 20 --no-pager")
        self.assertIn("ReadWritePaths=/srv/restante", said)
        self.assertNotIn("chown", said)
        self.doctor_while_down()
        self.sh(f"cp /test/kept.toml {CONFIGURATION}; systemctl reset-failed restanted; systemctl restart restanted")

    def doctor_while_down(self):
        self.sh("systemctl stop restanted.service; systemctl start restanted.socket")
        status, told = self.machine.run("restanted doctor", check=False)
        self.assertNotEqual(status, 0)
        self.assertIn("not running", told)
        self.assertIn("systemd listens there (restanted.socket)", told)

    def upgrade(self):
        before = self.collect()
        self.assertGreaterEqual(len(before), 4)
        self.sh("umount build/release/bin; rm -rf build/release")
        pid = "systemctl show --property MainPID --value restanted"
        first = self.sh(pid)
        self.build(self.step("upgrade"))
        self.assertNotEqual(self.sh(pid), first)
        self.assertEqual(self.collect(), before)


if __name__ == "__main__":
    with contextlib.suppress(support.NotToBeHad):  # told by the test, which is then skipped
        support.in_own_mount_namespace()
    script_test.main()
