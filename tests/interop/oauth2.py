#!/usr/bin/env python3
"""OAuth 2.0 against a real OpenID provider (npm oidc-provider): every flow of client::oauth2_client, with a browser made of
urllib; then restante itself, which fetches from a POP3 server that asks that provider about each token."""
import base64
import html
import json
import os
import pathlib
import re
import shutil
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import collector  # noqa: E402
import script_test  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
DRIVER = os.environ.get("OAUTH2_DRIVER", "")
SECONDS_MAX = 90


def setUpModule():
    for program in ("npm", "node", "openssl"):
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")
    global scratch, server, issuer
    scratch = tempfile.TemporaryDirectory(prefix="restante-oidc-")
    folder = pathlib.Path(scratch.name)
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copy(HERE / "oidc" / name, folder)
    installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True,
                               text=True, timeout=240)
    if installed.returncode != 0:
        scratch.cleanup()
        raise unittest.SkipTest("npm ci failed (no registry?): " + installed.stderr[-300:].replace("\n", " "))
    for name in ("ours", "other"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
                        folder / f"{name}.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    server = subprocess.Popen(["node", "server.mjs", "ours.key", "ours.pem"], cwd=folder, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    issuer = json.loads(server.stdout.readline())["issuer"]


def tearDownModule():
    server.stdin.close()
    server.wait(timeout=30)
    server.stdout.close()
    scratch.cleanup()


class Browser:
    """Follows redirects with cookies, and presses the one button of each form."""

    def __init__(self):
        trust = ssl.create_default_context(cafile=f"{scratch.name}/ours.pem")
        # The provider's cookies are for "localhost", which http.cookiejar takes for a name without a domain.
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=trust),
            urllib.request.HTTPCookieProcessor(CookieJar(DefaultCookiePolicy(strict_ns_domain=0))))

    def visit(self, address, form=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        with self.opener.open(address, data, timeout=30) as answer:
            return answer.geturl(), answer.read().decode()

    def agree(self, address):
        """Until a page has no form any more."""
        where, page = self.visit(address)
        for _ in range(8):
            form = re.search(r"<form[^>]*>.*?</form>", page, re.S)
            if not form:
                return page
            action = re.search(r'action="([^"]*)"', form[0])
            fields = {}
            for tag in re.findall(r"<input[^>]*>", form[0]):
                given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
                if "name" in given:
                    fields[given["name"]] = html.unescape(given.get("value", ""))
            for name in ("login", "password"):
                if name in fields:
                    fields[name] = "ann"
            target = urllib.parse.urljoin(where, html.unescape(action[1]) if action else where)
            where, page = self.visit(target, fields)
        raise AssertionError("forms without end: " + page)


def active(access_token):
    """Whether the provider itself takes the token."""
    request = urllib.request.Request(issuer + "/me", headers={"Authorization": "Bearer " + access_token})
    try:
        with Browser().opener.open(request, timeout=30) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


class OAuth2(unittest.TestCase):
    def start(self, flow, *more, ca="ours", client="collector", secret="client-secret"):
        child = subprocess.Popen([DRIVER, flow, issuer, f"{scratch.name}/{ca}.pem", client, secret, *more],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait, SECONDS_MAX)
        self.addCleanup(child.kill)
        return child

    def read(self, child, what):
        line = child.stdout.readline()
        self.assertTrue(line.startswith(what + " "), f"expected {what}, got {line!r}")
        return line[len(what) + 1:].rstrip("\n")

    def tokens(self, child):
        found = json.loads(self.read(child, "tokens"))
        self.assertEqual("no", self.read(child, "stale"))
        self.assertEqual(0, child.wait(SECONDS_MAX))
        return found

    def refused(self, child, kind):
        self.assertEqual(kind, self.read(child, "kind"))
        text = self.read(child, "error")
        self.assertEqual(1, child.wait(SECONDS_MAX))
        self.assertNotIn("client-secret", text)
        return text

    def sign_in(self):
        child = self.start("loopback")
        page = Browser().agree(self.read(child, "address"))
        self.assertIn("Signed in", page)
        return self.tokens(child)

    def test_a_browser_signs_in_with_pkce_and_the_tokens_work(self):
        found = self.sign_in()
        self.assertTrue(active(found["access_token"]))
        self.assertFalse(active(found["access_token"] + "x"))

    def test_strangers_at_the_listener_change_nothing(self):
        child = self.start("loopback")
        address = self.read(child, "address")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
        redirect = query["redirect_uri"][0]
        for bad in ("?code=stolen&state=guess", "?error=access_denied&state=", "favicon.ico", "?code=a&code=b&state=" + query["state"][0]):
            with self.assertRaises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(redirect + bad, timeout=30)
            refusal.exception.close()
            self.assertEqual(404, refusal.exception.code)
        self.assertIn("Signed in", Browser().agree(address))
        self.tokens(child)

    def test_a_person_who_declines_is_told_of(self):
        child = self.start("loopback")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.read(child, "address")).query)
        Browser().visit(query["redirect_uri"][0] + "?error=access_denied&state=" + query["state"][0])
        self.assertIn("declined", self.refused(child, "credentials"))

    def test_a_wrong_code_is_refused_by_the_provider(self):
        child = self.start("loopback")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.read(child, "address")).query)
        Browser().visit(query["redirect_uri"][0] + "?code=made-up&state=" + query["state"][0])
        self.refused(child, "credentials")

    def test_a_refresh_rotates_and_the_old_one_is_dead_after_use(self):
        first = self.sign_in()
        second = self.tokens(self.start("refresh", first["refresh_token"]))
        self.assertTrue(active(second["access_token"]))
        self.assertNotEqual(first["refresh_token"], second["refresh_token"])
        text = self.refused(self.start("refresh", first["refresh_token"]), "credentials")
        self.assertIn("sign in again", text)
        self.assertNotIn(first["refresh_token"], text)

    def test_a_device_gets_its_tokens_when_a_person_agreed(self):
        child = self.start("device")
        address = self.read(child, "address")
        code = self.read(child, "code")
        browser = Browser()
        browser.agree(address + "?user_code=" + code)
        self.assertTrue(active(self.tokens(child)["access_token"]))

    def test_client_credentials_need_no_person(self):
        found = self.tokens(self.start("client-credentials"))
        self.assertNotIn("refresh_token", found)

    def test_a_wrong_secret_is_refused(self):
        self.assertIn("client id or secret", self.refused(self.start("client-credentials", secret="wrong"), "refused"))

    def test_a_grant_that_the_client_has_not_is_refused(self):
        self.refused(self.start("client-credentials", client="no-grants"), "refused")

    def test_a_provider_with_another_certificate_is_not_believed(self):
        self.assertIn("certificate", self.refused(self.start("client-credentials", ca="other"), "refused"))


LETTER = b"From: Ann <ann@example.org>\r\nSubject: by token\r\n\r\nIt works.\r\n"


class TokenOnlyServer(socketserver.ThreadingTCPServer):
    """A POP3 server with one letter that takes no password: XOAUTH2 as Microsoft has it, in two lines, and OAUTHBEARER."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mechanism):
        super().__init__(("127.0.0.1", 0), TokenOnlySession)
        self.mechanism, self.tokens = mechanism, []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class TokenOnlySession(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("+OK ready")
        signed_in = False
        for line in self.rfile:
            words = line.decode().split()
            command = words[0].upper() if words else ""
            if command == "CAPA":
                self.say(f"+OK\r\nSASL {self.server.mechanism}\r\nUIDL\r\nTOP\r\nRESP-CODES\r\n.")
            elif command == "AUTH":
                signed_in = self.authenticate(words)
            elif command == "QUIT":
                return self.say("+OK bye")
            elif not signed_in:
                self.say("-ERR sign in first")
            elif command == "LIST":
                self.say(f"+OK\r\n1 {len(LETTER)}\r\n.")
            elif command == "UIDL":
                self.say("+OK\r\n1 letter-one\r\n.")
            elif command in ("RETR", "TOP"):
                self.say("+OK\r\n" + LETTER.decode() + ".")
            else:
                self.say("+OK")

    def authenticate(self, words):
        if len(words) > 2 and self.server.mechanism == "XOAUTH2":
            return self.say("-ERR Protocol error")
        if len(words) == 2:
            self.say("+ ")
            words.append(self.rfile.readline().decode().strip())
        sent = base64.b64decode(words[2]).decode()
        token = re.search("Bearer ([^\x01]*)\x01", sent)[1]
        self.server.tokens.append(token)
        if active(token):
            return self.say("+OK signed in") or True
        self.say("+ " + base64.b64encode(b'{"status":"invalid_token"}').decode())
        self.rfile.readline()
        return self.say("-ERR [AUTH] the token is not good")

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class Restante(unittest.TestCase):
    def account(self, mine, server):
        port = server.server_address[1]
        mine.run("account", "add", "ann", "--server", f"127.0.0.1:{port}", "--tls", "none", "--user", "ann", "--no-check", "--yes")
        text = (mine.archive / "ann.toml").read_text()
        given = f"""
[sign_in.oauth2]
client_id = "collector"
client_secret_command = "printf client-secret"
device_endpoint = "{issuer}/device/auth"
authorization_endpoint = "{issuer}/auth"
token_endpoint = "{issuer}/token"
scope = "openid offline_access"
ca = "{scratch.name}/ours.pem"
"""
        (mine.archive / "ann.toml").write_text(text.replace("\n[keep]", given + "\n[keep]"))

    def sign_in(self, mine):
        with subprocess.Popen([collector.PROGRAM, "--archive", mine.archive, "account", "sign-in", "ann"], stdout=subprocess.PIPE,
                              text=True) as child:
            told = re.fullmatch(r"Open (\S+) in any browser and type the code (\S+)\n", child.stdout.readline())
            Browser().agree(told[1] + "?user_code=" + told[2])
            child.stdout.read()
            self.assertEqual(0, child.wait(SECONDS_MAX))

    def fetches_by(self, mechanism):
        with TokenOnlyServer(mechanism) as server, collector.Collector() as mine:
            self.account(mine, server)
            refused = mine.run("fetch", "ann", check=False)
            self.assertEqual(77, refused.returncode)
            self.assertIn(b"restante account sign-in ann", refused.stderr)
            self.sign_in(mine)
            self.assertEqual(1, mine.fetch("ann")["stored"])
            self.assertEqual([LETTER], mine.canonical("ann"))
            self.token_is_renewed(mine, server)
            server.shutdown()

    def token_is_renewed(self, mine, server):
        """A token near its end is renewed before it is used; what lies on the disk is for its owner alone."""
        kept = mine.archive / ".restante/ann.tokens"
        self.assertEqual(0o600, kept.stat().st_mode & 0o777)
        tokens = json.loads(kept.read_text())
        ends = next(key for key, value in tokens.items() if key not in ("access_token", "refresh_token"))
        tokens[ends] = 1 if isinstance(tokens[ends], int) else "2020-01-01T00:00:00Z"
        kept.write_text(json.dumps(tokens))
        self.assertEqual(1, mine.fetch("ann")["stored_before"])
        self.assertNotEqual(tokens["access_token"], server.tokens[-1])
        told = mine.run("fetch", "ann", "--verbose")
        for token in server.tokens + [json.loads(kept.read_text())["refresh_token"]]:
            self.assertNotIn(token.encode(), told.stdout + told.stderr)

    def test_it_signs_in_by_xoauth2_in_two_lines(self):
        self.fetches_by("XOAUTH2")

    def test_it_signs_in_by_oauthbearer(self):
        self.fetches_by("OAUTHBEARER")


if __name__ == "__main__":
    script_test.main()
