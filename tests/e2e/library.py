#!/usr/bin/env python3
"""librestante as others have it: installed into a prefix, its headers whole, both examples built against it and run."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import post_office as support  # noqa: E402
import raw_lmtp  # noqa: E402
import script_test  # noqa: E402

BUILD = pathlib.Path(os.environ.get("RESTANTE_BUILD", support.ROOT / "build/release"))
COMPILER = os.environ.get("CXX", "g++")
USER = "ann@example.org"
MESSAGE = b"Subject: hello\r\n\r\n.\r\nHow are you?\r\n"
# What a program with sockets of its own must not get from the protocol's archive.
INPUT_AND_OUTPUT = {"socket", "connect", "bind", "listen", "accept", "accept4", "send", "sendmsg", "recv", "recvmsg", "poll", "open", "open64", "fopen"}
WITH_CLIENT = r"""
#include <restante/client/pop3_server.hpp>
#include <restante/version.hpp>

#include <cstdlib>
#include <iostream>

int main(int, char** words)
{
    client::pop3_server_settings settings;
    settings.dial.host = "127.0.0.1";
    settings.dial.port = static_cast<std::uint16_t>(std::atoi(words[1]));
    settings.tls = client::tls_mode::none;
    settings.sign_in.user = words[2];
    settings.sign_in.plaintext_allowed = true;
    settings.sign_in.secret = [&](bool) { return base::result<std::string>(std::getenv("POP3_PASSWORD")); };
    base::system_random random;
    base::null_log log;
    const auto stop = std::make_shared<const net::interrupt>();
    client::pop3_server server(settings, [&] { return net::dial(settings.dial, stop); }, nullptr, random, log);
    auto maildrop = server.sign_in();
    if (!maildrop) {
        std::cerr << maildrop.error().operator_text << '\n';
        return 1;
    }
    std::cout << (*maildrop)->list().value().messages.size() << " by " RESTANTE_VERSION "\n";
}
"""


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=100, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout.decode()[-3000:]}{done.stderr.decode()[-3000:]}")
    return done.stdout


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="restante-library-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", "librestante")
        cls.include = cls.prefix / "include"
        cls.headers = sorted(path.relative_to(cls.include).as_posix() for path in (cls.include / "restante").rglob("*.hpp"))
        cls.package_files = next(cls.prefix.rglob("restante.pc")).parent
        cls.office = support.PostOffice(users=[USER])
        cls.addClassCleanup(cls.office.__exit__, None, None, None)
        cls.office.__enter__()
        raw_lmtp.post(cls.office.lmtp, [USER], b"Subject: first\r\n\r\nolder\r\n")
        raw_lmtp.post(cls.office.lmtp, [USER], MESSAGE)

    def flags(self, package):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.package_files)}
        return run("pkg-config", "--cflags", "--libs", package, env=environment).decode().split()

    def build_by_pkg_config(self, source, package):
        program = self.folder / pathlib.Path(source).stem
        run(COMPILER, "-std=c++23", "-Wall", "-Wextra", "-Werror", "-o", program, source, *self.flags(package))
        return program

    def with_password(self, *command, password=support.PASSWORD):
        return subprocess.run([str(word) for word in command], env={**os.environ, "POP3_PASSWORD": password}, capture_output=True, timeout=60)

    def test_headers_include_only_what_is_installed(self):
        self.assertGreater(len(self.headers), 20)
        for header in self.headers:
            text = (self.include / header).read_text()
            self.assertNotRegex(text, r'#\s*include "', header)
            for included in re.findall(r"#\s*include <(restante/[^>]+)>", text):
                self.assertIn(included, self.headers, f"{header} includes {included}")

    def test_headers_compile_beside_a_programs_own(self):
        """The program has a base/error.hpp of its own, which none of them includes."""
        own = self.folder / "own/base"
        own.mkdir(parents=True)
        (own / "error.hpp").write_text("#error the program's own header was taken for the library's\n")
        source = self.folder / "headers.cpp"
        source.write_text("".join(f"#include <{header}>\n" for header in self.headers))
        run(COMPILER, "-std=c++23", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{own.parent}", f"-I{self.include}", source)

    def test_the_protocol_does_no_input_or_output(self):
        archive = next(self.prefix.rglob("librestante.a"))
        wanted = set(re.findall(r"^ +U (\w+)$", run("nm", "-u", archive).decode(), re.MULTILINE))
        self.assertIn("memcpy", wanted)
        self.assertEqual(wanted & INPUT_AND_OUTPUT, set())

    def check_client(self, program):
        done = self.with_password(program, "127.0.0.1", self.office.pop3, USER)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertTrue(support.came_back(done.stdout, MESSAGE), done.stdout)
        done = self.with_password(program, "127.0.0.1", self.office.pop3, USER, password="wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"the server refused: Wrong user name or password", done.stderr)

    def check_server(self, program):
        def dialogue(*commands):
            return subprocess.run([str(program)], input=b"".join(line + b"\r\n" for line in commands), capture_output=True, timeout=60)

        done = dialogue(b"USER ann", b"PASS wrong", b"USER ann", b"PASS secret", b"LIST", b"RETR 2", b"TOP 1 0", b"DELE 1", b"QUIT")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(re.sub(rb"\+OK[^\r]*", b"+OK", done.stdout).split(b"\r\n"), [
            b"+OK", b"+OK", b"-ERR [AUTH] Wrong user name or password", b"+OK", b"+OK", b"+OK", b"1 32", b"2 24", b".",
            b"+OK", b"Subject: dots", b"", b"..", b"...", b".", b"+OK", b"Subject: hello", b"", b".", b"+OK", b"+OK", b""])
        done = dialogue(b"USER ann")
        self.assertEqual((done.returncode, done.stdout.count(b"+OK")), (0, 2))  # gone without QUIT

    def test_examples_by_cmake(self):
        sources, build = next(self.prefix.rglob("examples/CMakeLists.txt")).parent, self.folder / "examples"
        run("cmake", "-S", sources, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={COMPILER}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
        run("cmake", "--build", build)
        self.check_client(build / "pop3_client")
        self.check_server(build / "pop3_server")

    def test_examples_by_pkg_config(self):
        for name, check in (("pop3_client", self.check_client), ("pop3_server", self.check_server)):
            source = support.ROOT / f"examples/{name}.cpp"
            self.assertLess(len(source.read_text().splitlines()), 60)
            check(self.build_by_pkg_config(source, "restante-protocol"))

    def test_the_client_signs_in(self):
        source = self.folder / "with_client.cpp"
        source.write_text(WITH_CLIENT)
        done = self.with_password(self.build_by_pkg_config(source, "restante"), self.office.pop3, USER)
        self.assertRegex(done.stdout.decode(), r"^2 by \d+\.\d+\.\d+\n$", done.stderr)

    def test_a_version_that_breaks_things_is_refused(self):
        project = self.folder / "asks"
        project.mkdir()
        for wanted, taken in (("0.1.0", True), ("0.2", False), ("1.0", False)):
            (project / "CMakeLists.txt").write_text(
                f"cmake_minimum_required(VERSION 3.25)\nproject(asks CXX)\nfind_package(restante {wanted} REQUIRED)\n"
                "if(NOT TARGET restante::librestante)\n  message(FATAL_ERROR none)\nendif()\n")
            done = subprocess.run(["cmake", "-S", project, "-B", self.folder / f"asked-{wanted}", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                                   f"-DCMAKE_CXX_COMPILER={COMPILER}"], capture_output=True, timeout=100)
            self.assertEqual(done.returncode == 0, taken, done.stderr.decode())


if __name__ == "__main__":
    script_test.main()
