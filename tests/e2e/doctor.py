#!/usr/bin/env python3
"""restanted doctor: nothing to say of a good installation; each fault in turn has its line, its remedy and its exit code."""
import grp
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import script_test  # noqa: E402
import watch  # noqa: E402

DOCTOR_SECONDS_MAX = 60  # it takes a second, or a few where name servers do not answer
NOBODY = pwd.getpwnam("nobody")


def certificate(folder, name="localhost", days=30):
    key, request, chain = (f"{folder}/{name}" for name in ("key.pem", "request.pem", "cert.pem"))
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", request], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-signkey", key, "-copy_extensions", "copyall", "-days", str(days),
                    "-out", chain], check=True, capture_output=True)
    os.chmod(key, 0o600)


def watch_settled(office):
    with watch.Watch(office) as looking:
        looking.until(lambda: not json.loads(office.run("status", "--json").stdout)["certificate_refused"], "the daemon serves what is on disk")


class Doctor(unittest.TestCase):
    def doctor(self, *words, program=support.PROGRAM):
        done = subprocess.run([program, "doctor", "--json", *map(str, words)], capture_output=True, text=True, timeout=DOCTOR_SECONDS_MAX)
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(findings, done.stderr)
        for each in findings:
            self.assertEqual(sorted(each), ["message", "name", "remedy", "verdict"])
            self.assertIn(each["verdict"], ("ok", "warning", "error"))
        return done.returncode, findings

    def errors(self, findings):
        """Without the daemon's, which is down by design in most tests here."""
        return [each for each in findings if each["verdict"] == "error" and each["name"] != "daemon"]

    def assert_error(self, name, message, code, *words):
        returned, findings = self.doctor(*words)
        errors = self.errors(findings)
        self.assertEqual([each["name"] for each in errors], [name], errors)
        self.assertRegex(errors[0]["message"], message)
        self.assertTrue(errors[0]["remedy"])
        self.assertEqual(returned, code)


class Running(Doctor):
    """With a daemon that serves: started once, under the root alone, as the fixed point of the command has it."""

    @classmethod
    def setUpClass(cls):
        cls.office = support.PostOffice(users=["ann"], configuration='host_name = "localhost"\n[limits]\nconnections_max = 100\nexempt_networks = ["127.0.0.0/8"]\n')  # each look is a connection
        cls.addClassCleanup(cls.office.__exit__, None, None, None)
        cls.office.__enter__()
        cls.file = cls.office.root / "restanted.toml"
        cls.listeners = (f'[listeners]\npop3 = ["127.0.0.1:{cls.office.pop3}"]\npop3s = ["127.0.0.1:{cls.office.pop3s}"]\n'
                         f'lmtp = ["127.0.0.1:{cls.office.lmtp}"]\nsmtp = ["127.0.0.1:{cls.office.smtp}"]\nallow_plaintext = true\n')
        cls.good = f'root = "{cls.office.root}"\n' + cls.file.read_text() + cls.listeners

    def setUp(self):
        self.file.write_text(self.good)

    def words(self):
        return "--config", self.file

    def test_a_good_installation_has_no_error(self):
        code, findings = self.doctor(*self.words())
        self.assertEqual([each for each in findings if each["verdict"] == "error"], [])
        self.assertEqual(code, 0)
        verdicts = {}
        for each in findings:
            verdicts.setdefault(each["name"], []).append(each["verdict"])
        for name in ("configuration", "daemon", "files", "users", "root", "run folder", "mail folder", "open files"):
            self.assertEqual(verdicts[name], ["ok"], name)
        self.assertEqual(verdicts["listener"], ["ok"] * 5)  # with the metrics
        for name in ("certificate", "disk space", "clock", "host name", "service records", "mail transfer"):
            self.assertIn(name, verdicts)

    def test_the_root_alone_is_enough(self):
        code, findings = self.doctor("--root", self.office.root)
        self.assertIn("version", next(each for each in findings if each["name"] == "daemon")["message"])
        told = [each["message"] for each in findings if each["name"] == "listener"]
        office = self.office
        for port in (office.pop3, office.pop3s, office.lmtp, office.smtp, office.metrics):
            self.assertTrue(any(f":{port} answers" in each for each in told), told)
        self.assertEqual(len(told), 5, "the daemon's own listeners, and not the defaults")
        self.assertEqual([each["message"] for each in findings if each["name"] == "mail transfer" and "run/lmtp.sock" in each["message"]], [])
        self.assertEqual({each["name"] for each in self.errors(findings)} - {"certificate"}, set())  # it is for another host name
        self.assertIn(code, (0, 78))

    def test_a_certificate_that_the_running_daemon_refuses(self):
        key = self.office.root / "tls/key.pem"
        kept = key.read_text()
        self.addCleanup(watch_settled, self.office)
        self.addCleanup(key.write_text, kept)
        key.write_text("nothing\n")
        with watch.Watch(self.office) as looking:
            looking.until(lambda: json.loads(self.office.run("status", "--json").stdout)["certificate_refused"], "the daemon sees the files")
        code, findings = self.doctor(*self.words())
        told = [each for each in self.errors(findings) if each["name"] == "certificate" and "running daemon" in each["message"]]
        self.assertEqual((code, len(told)), (78, 1), findings)

    def test_a_users_file_that_broke_under_the_daemon(self):
        users = self.office.root / "users"
        self.addCleanup(users.chmod, 0o600)
        users.chmod(0o644)
        code, findings = self.doctor(*self.words())
        told = next(each for each in findings if each["name"] == "users")
        self.assertIn("stay in force until a restart; the next start will fail", told["remedy"])
        self.assertIn(code, (66, 78))

    def test_text_for_people(self):
        done = subprocess.run([support.PROGRAM, "doctor", "--config", self.file], capture_output=True, text=True, timeout=DOCTOR_SECONDS_MAX)
        self.assertRegex(done.stdout, r"(?m)^ok       mail folder: ")
        self.assertRegex(done.stdout, r"(?m)^warning  certificate: .* is self-signed\n         get one")

    def test_a_broken_configuration(self):
        self.file.write_text(self.good + "colour = 1\n")
        self.assert_error("configuration", r"restanted\.toml:\d+: .*colour", 78, *self.words())
        self.file.write_text(self.good + "[\n")
        self.assert_error("configuration", "not TOML", 78, *self.words())

    def test_a_listener_that_nobody_serves(self):
        port, = support.free_ports(1)
        self.file.write_text(self.good.replace("smtp = [", f'smtp = ["127.0.0.1:{port}", '))
        self.assert_error("listener", f"127.0.0.1:{port} does not answer", 69, *self.words())

    def test_a_listener_that_answers_otherwise(self):
        self.file.write_text(self.good.replace("smtp = [", f'smtp = ["127.0.0.1:{self.office.metrics}", '))
        self.assert_error("listener", "127.0.0.1:", 69, *self.words())

    def test_a_certificate_for_another_name(self):
        self.file.write_text(self.good.replace("localhost", "mail.example.org", 1))
        self.assert_error("certificate", "does not hold the name mail.example.org", 78, *self.words())

    def test_certificates_of_every_kind_of_fault(self):
        folder = self.office.root / "other"
        folder.mkdir(exist_ok=True)
        self.file.write_text(self.good + '[tls]\ncertificate = "other/cert.pem"\nkey = "other/key.pem"\n')
        certificate(folder, days=-1)
        self.assert_error("certificate", "has expired", 78, *self.words())
        certificate(folder)
        self.assertEqual(self.doctor(*self.words())[0], 0)
        certificate(folder, days=3)
        code, findings = self.doctor(*self.words())
        self.assertEqual(code, 0)
        self.assertTrue(any(each["verdict"] == "warning" and "2 more days" in each["message"] for each in findings))

    def test_too_many_connections_for_the_open_files(self):
        self.file.write_text(self.good.replace("= 100", "= 1000000"))
        code, findings = self.doctor(*self.words())
        self.assertEqual((code, self.errors(findings)), (0, []))
        self.assertEqual([each["verdict"] for each in findings if each["name"] == "open files"], ["warning"])


class Folder:
    """A folder on which no daemon runs."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="restante-doctor-")
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name) / "post"
        self.port, = support.free_ports(1)
        self.file = pathlib.Path(scratch.name) / "restanted.toml"
        self.configure("")
        os.chmod(scratch.name, 0o755)

    def configure(self, more):
        self.file.write_text(f'root = "{self.root}"\nhost_name = "localhost"\n{more}'
                             f'[listeners]\nlmtp = []\npop3s = ["127.0.0.1:{self.port}"]\n[limits]\nconnections_max = 100\n')

    def words(self):
        return "--config", self.file

    def make(self):
        subprocess.run([support.PROGRAM, "user", "add", *map(str, self.words()), "ann"], input=b"secret\n", check=True, capture_output=True)
        os.makedirs(self.root / "tls", exist_ok=True)
        certificate(self.root / "tls")


class Stopped(Folder, Doctor):
    def test_nothing_was_started_here_yet(self):
        code, findings = self.doctor(*self.words())
        self.assertFalse(self.root.exists(), "doctor changes nothing")
        self.assertEqual([each for each in findings if each["verdict"] == "error"], [])
        self.assertEqual([each["verdict"] for each in findings if each["name"] in ("users", "root", "mail folder", "daemon")], ["warning"] * 4)
        self.assertEqual(code, 0)

    def test_the_faults_of_the_disk(self):
        self.make()
        code, findings = self.doctor(*self.words())
        self.assertEqual((code, self.errors(findings)), (69, []))
        down = next(each for each in findings if each["name"] == "daemon")
        self.assertEqual((down["verdict"], down["message"].partition(":")[0]), ("error", "not running"))

        marker = self.root / "mail/.restante-mail-root"
        marker.rename(self.root / "kept")
        self.assert_error("mail folder", "not mounted", 75, *self.words())
        (self.root / "kept").rename(marker)

        os.utime(self.root / "mail", (4e9, 4e9))
        self.assert_error("clock", "in the future", 71, *self.words())
        os.utime(self.root / "mail")

        shutil.move(self.root / "run", self.root / "ran")
        self.assert_error("run folder", "is not there", 66, *self.words())
        shutil.move(self.root / "ran", self.root / "run")

    def test_the_faults_of_the_users(self):
        self.make()
        users = self.root / "users"
        kept = users.read_text()
        users.write_text("nothing\n")
        code, findings = self.doctor(*self.words())
        self.assertEqual(code, 78)
        self.assertTrue(any(each["name"] == "users" and "has no ':'" in each["message"] for each in findings))
        users.unlink()
        code, findings = self.doctor(*self.words())
        self.assertTrue(any(each["name"] == "users" and each["verdict"] == "error" for each in findings))
        self.assertIn(code, (66, 78))
        users.write_text("")
        users.chmod(0o600)
        code, findings = self.doctor(*self.words())
        self.assertEqual([each["verdict"] for each in findings if each["name"] == "users"], ["warning"])
        users.write_text(kept)

    def test_a_port_that_another_program_has(self):
        self.make()
        with socket.create_server(("127.0.0.1", self.port)):
            self.assert_error("listener", "is in use by another program", 69, *self.words())


@unittest.skipUnless(os.geteuid() == 0, "only root may look as another user")
class AsRoot(Folder, Doctor):
    """A test of its own for ctest: without root it is skipped as a whole."""

    def test_what_the_daemons_user_may_not_read_and_write(self):
        self.make()
        self.configure(f'user = "nobody"\ngroup = "{grp.getgrgid(NOBODY.pw_gid).gr_name}"\n')
        subprocess.run(["chown", "-R", f"{NOBODY.pw_uid}:{NOBODY.pw_gid}", self.root], check=True)
        code, findings = self.doctor(*self.words())
        self.assertEqual((code, self.errors(findings)), (69, []))
        os.chown(self.root / "mail", 0, 0)
        self.assert_error("mail folder", "does not belong to the user nobody", 77, *self.words())
        os.chown(self.root / "mail", NOBODY.pw_uid, NOBODY.pw_gid)
        os.chown(self.root / "tls/key.pem", 0, 0)
        code, findings = self.doctor(*self.words())
        self.assertEqual(code, 78)
        self.assertTrue(any(each["verdict"] == "error" and "key.pem" in each["message"] for each in findings))

    def give_to_nobody(self, more=""):
        self.group = grp.getgrgid(NOBODY.pw_gid).gr_name
        self.make()
        self.configure(f'user = "nobody"\ngroup = "{self.group}"\n{more}')
        subprocess.run(["chown", "-R", f"{NOBODY.pw_uid}:{NOBODY.pw_gid}", self.root], check=True)

    def check(self):
        return subprocess.run([support.PROGRAM, "check", *map(str, self.words())], capture_output=True, text=True)

    def serve(self):
        return subprocess.run([support.PROGRAM, "serve", *map(str, self.words())], capture_output=True, text=True, timeout=30)

    def test_a_users_file_that_is_missing_has_one_remedy_everywhere(self):
        self.give_to_nobody()
        (self.root / "users").unlink()
        remedy = f"install -o nobody -g {self.group} -m 600 /dev/null {self.root}/users"
        _, findings = self.doctor(*self.words())
        self.assertIn(remedy, next(each for each in findings if each["name"] == "users")["message"])
        self.assertIn(remedy, self.check().stderr)
        self.assertIn(remedy, self.serve().stderr)

    def test_a_users_file_of_another_owner(self):
        self.give_to_nobody()
        os.chown(self.root / "users", 0, 0)
        told = f"{self.root}/users belongs to the user root, and the user nobody cannot read it: chown nobody:{self.group} {self.root}/users"
        _, findings = self.doctor(*self.words())
        self.assertIn(told, next(each for each in findings if each["name"] == "users")["message"])
        self.assertIn(told, self.check().stderr)
        self.assertIn(told, self.serve().stderr)

    def test_a_configuration_that_the_daemons_user_may_not_read(self):
        self.give_to_nobody()
        self.file.chmod(0o600)
        told = f"{self.file} cannot be read by the user nobody"
        code, findings = self.doctor(*self.words())
        said = next(each for each in self.errors(findings))
        self.assertIn(told, said["message"])
        self.assertIn(f"chown root:{self.group} {self.file} && chmod 640 {self.file}", said["remedy"])
        self.assertEqual(code, 77)
        checked = self.check()
        self.assertEqual(checked.returncode, 78)
        self.assertIn(told, checked.stderr)
        self.file.chmod(0o644)
        self.assertEqual(self.check().returncode, 0)

    def test_the_helper_that_reads_certificates_is_stopped(self):
        self.give_to_nobody()
        closed = self.root.parent / "closed"
        closed.mkdir(mode=0o700)
        certificate(closed)
        self.file.write_text(self.file.read_text() + f'[tls]\ncertificate = "{closed}/cert.pem"\nkey = "{closed}/key.pem"\n')
        self.addCleanup(os.environ.pop, "RESTANTE_CERTIFICATES")
        os.environ["RESTANTE_CERTIFICATES"] = place = str(self.root.parent / "certificates.sock")
        self.assert_error("certificate", "nobody answers on " + place, 69, *self.words())
        _, findings = self.doctor(*self.words())
        self.assertEqual(self.errors(findings)[0]["remedy"], "systemctl enable --now restanted-certificates.socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as helper:
            helper.bind(place)
            os.chmod(place, 0o666)
            helper.listen()
            _, findings = self.doctor(*self.words())
        self.assertEqual(self.errors(findings), [])

    def test_status_is_closed_to_other_users(self):
        self.give_to_nobody()
        os.chmod(self.root, 0o700)
        done = subprocess.run(["setpriv", "--reuid=1", "--regid=1", "--clear-groups", support.PROGRAM, "status", *map(str, self.words())],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("only root and restanted's own user may", done.stderr)

    def test_a_port_that_systemd_holds_for_the_daemon(self):
        self.make()
        self.assertIn("in use by another program", self.held_by("python3"))
        self.assertRegex(self.held_by("systemd"), r"systemd listens there \(restanted.socket\)")

    def held_by(self, name):
        """What is said of the port where a first process of that name listens on it."""
        script = (f"import pathlib, socket, subprocess\npathlib.Path('/proc/self/comm').write_text('{name}')\n"
                  f"with socket.create_server(('127.0.0.1', {self.port})):\n"
                  f"    subprocess.run({[str(support.PROGRAM), 'doctor', '--json', *map(str, self.words())]})\n")
        done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", script], capture_output=True, text=True)
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        return next(each["message"] for each in findings if each["name"] == "listener")

    def test_a_socket_that_postfix_does_not_reach(self):
        pwd.getpwnam("postfix")  # packaging/install-packages test brings it
        self.make()
        self.file.write_text(self.file.read_text().replace("lmtp = []", 'lmtp = ["run/lmtp.sock"]'))
        os.chmod(self.root, 0o700)
        self.assert_error("mail transfer", "postfix does not reach", 77, *self.words())
        os.chmod(self.root, 0o711)
        os.chmod(self.root / "run", 0o711)
        code, findings = self.doctor(*self.words())
        self.assertEqual([each["verdict"] for each in findings if each["name"] == "mail transfer"], ["ok"])
        self.assertEqual((code, self.errors(findings)), (69, []))


if __name__ == "__main__":
    script_test.main()
