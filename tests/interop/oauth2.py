#!/usr/bin/env python3
"""client::oauth2_client against a real OpenID provider (npm oidc-provider): every flow, with a browser made of urllib."""
import html
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
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

    def active(self, access_token):
        """Whether the provider itself takes the token."""
        request = urllib.request.Request(issuer + "/me", headers={"Authorization": "Bearer " + access_token})
        try:
            with Browser().opener.open(request, timeout=30) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    def sign_in(self):
        child = self.start("loopback")
        page = Browser().agree(self.read(child, "address"))
        self.assertIn("Signed in", page)
        return self.tokens(child)

    def test_a_browser_signs_in_with_pkce_and_the_tokens_work(self):
        found = self.sign_in()
        self.assertTrue(self.active(found["access_token"]))
        self.assertFalse(self.active(found["access_token"] + "x"))

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
        self.assertTrue(self.active(second["access_token"]))
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
        self.assertTrue(self.active(self.tokens(child)["access_token"]))

    def test_client_credentials_need_no_person(self):
        found = self.tokens(self.start("client-credentials"))
        self.assertNotIn("refresh_token", found)

    def test_a_wrong_secret_is_refused(self):
        self.assertIn("client id or secret", self.refused(self.start("client-credentials", secret="wrong"), "refused"))

    def test_a_grant_that_the_client_has_not_is_refused(self):
        self.refused(self.start("client-credentials", client="no-grants"), "refused")

    def test_a_provider_with_another_certificate_is_not_believed(self):
        self.assertIn("certificate", self.refused(self.start("client-credentials", ca="other"), "refused"))


if __name__ == "__main__":
    script_test.main()
