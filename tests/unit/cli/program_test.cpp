// The program itself, run as an operator or an MTA runs it.
#include "support/temporary_directory.hpp"
#include "unit/cli/program_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

using testing::HasSubstr;
using testing::Not;

namespace {

struct outcome {
    int code = -1;
    std::string text; ///< both outputs
};

class program : public testing::Test {
protected:
    // Runs `restanted ARGUMENTS` with `input` on its standard input.
    outcome run(const std::string& arguments, std::string_view input = "")
    {
        support::write(folder / "input", input);
        const auto command = std::string(RESTANTED) + " " + arguments + " < " + (folder / "input") + " 2>&1";
        outcome out;
        FILE* pipe = popen(command.c_str(), "r");
        std::array<char, 4096> piece{};
        for (std::size_t got = 0; (got = fread(piece.data(), 1, piece.size(), pipe)) > 0;)
            out.text.append(piece.data(), got);
        const int status = pclose(pipe);
        out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return out;
    }
    std::string root() const { return "--root " + (folder / "post"); }
    void add_user(const std::string& name)
    {
        const auto added = run("user add " + root() + " " + name, "secret\n");
        ASSERT_EQ(added.code, EX_OK) << added.text;
    }
    // The one message that waits in a Maildir.
    std::string only_message(const std::string& maildir)
    {
        std::string out;
        int count = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator(folder / ("post/mail/" + maildir + "/new"))) {
            out = support::contents(entry.path());
            ++count;
        }
        EXPECT_EQ(count, 1);
        return out;
    }

    support::temporary_directory folder;
};

} // namespace

TEST_F(program, a_user_is_added_through_a_pipe_in_a_fresh_folder)
{
    add_user("ann@example.org");
    const auto users = support::contents(folder / "post/users");
    EXPECT_THAT(users, HasSubstr("ann@example.org:"));
    EXPECT_THAT(users, Not(HasSubstr("secret")));
    const auto again = run("user add " + root() + " ann@example.org", "other\n");
    EXPECT_NE(again.code, EX_OK);
    const auto listed = run("user list " + root() + " --json");
    EXPECT_EQ(listed.code, EX_OK);
    EXPECT_THAT(listed.text, HasSubstr("\"name\":\"ann@example.org\""));
    EXPECT_THAT(listed.text, Not(HasSubstr("argon2id$")));
    EXPECT_EQ(run("user remove " + root() + " ann@example.org").code, EX_OK);
    EXPECT_EQ(run("user show " + root() + " ann@example.org").code, EX_NOUSER);
}

TEST_F(program, a_user_needs_a_password)
{
    EXPECT_EQ(run("user add " + root() + " ann", "").code, EX_DATAERR);
    EXPECT_EQ(run("user add " + root() + " ann", "\n").code, EX_DATAERR);
}

TEST_F(program, delivers_into_a_maildir_to_the_octet)
{
    add_user("ann@example.org");
    const auto done = run("deliver " + root() + " -f s@example.net ann@example.org", "Subject: x\n\nhello\n");
    ASSERT_EQ(done.code, EX_OK) << done.text;
    EXPECT_EQ(only_message("example.org/ann"), "Return-Path: <s@example.net>\nDelivered-To: ann@example.org\n"
                                               "Subject: x\n\nhello\n");
}

TEST_F(program, a_message_with_mixed_line_ends_is_kept_as_received)
{
    add_user("bob");
    const std::string message = "Subject: x\r\n\r\nbare\nline\r\n";
    ASSERT_EQ(run("deliver " + root() + " bob", message).code, EX_OK);
    EXPECT_EQ(only_message("bob"), "Delivered-To: bob\r\n" + message);
}

TEST_F(program, the_null_sender_is_a_sender)
{
    add_user("bob");
    ASSERT_EQ(run("deliver " + root() + " -f '' bob", "A: b\n\n").code, EX_OK);
    EXPECT_THAT(only_message("bob"), HasSubstr("Return-Path: <>\n"));
}

TEST_F(program, deliver_answers_an_mta_in_sysexits)
{
    add_user("bob");
    EXPECT_EQ(run("deliver " + root() + " nobody@example.org", "A: b\n\n").code, EX_NOUSER);
    EXPECT_EQ(run("deliver " + root(), "A: b\n\n").code, EX_USAGE);
    support::write(folder / "bad.toml", "root = 3\n");
    EXPECT_EQ(run("deliver --config " + (folder / "bad.toml") + " bob", "A: b\n\n").code, EX_TEMPFAIL);
    support::write(folder / "small.toml",
                   "[maildrops]\nquota_messages = 1\n[mail_in]\nmessage_octets_max = 1024\n");
    const auto small = root() + " --config " + (folder / "small.toml");
    EXPECT_EQ(run("deliver " + small + " bob", std::string(2000, 'x')).code, EX_DATAERR);
    EXPECT_EQ(run("deliver " + small + " bob", "A: b\n\n").code, EX_OK);
    EXPECT_EQ(run("deliver " + small + " bob", "A: b\n\n").code, EX_TEMPFAIL);
}

TEST_F(program, a_disk_that_is_not_mounted_makes_the_mta_wait)
{
    add_user("bob");
    std::filesystem::remove_all(folder / "post/mail");
    const auto done = run("deliver " + root() + " bob", "A: b\n\n");
    EXPECT_EQ(done.code, EX_TEMPFAIL);
    EXPECT_THAT(done.text, HasSubstr("not mounted"));
    EXPECT_FALSE(std::filesystem::exists(folder / "post/mail"));
}

TEST_F(program, check_prints_every_fault)
{
    support::write(folder / "bad.toml",
                   "threads = \"many\"\n[maildrops]\nheld_fro = \"7d\"\n[log]\nlevel = \"loud\"\n");
    const auto done = run("check --config " + (folder / "bad.toml") + " " + root());
    EXPECT_EQ(done.code, EX_CONFIG);
    EXPECT_THAT(done.text, HasSubstr("bad.toml:1: threads: must be a whole number"));
    EXPECT_THAT(done.text, HasSubstr("bad.toml:3: maildrops.held_fro: unknown key"));
    EXPECT_THAT(done.text, HasSubstr("did you mean \"maildrops.held_for\"?"));
    EXPECT_THAT(done.text, HasSubstr("bad.toml:5: log.level: \"loud\" is not one of its words"));
    EXPECT_THAT(done.text, HasSubstr("3 faults"));
}

TEST_F(program, check_shows_the_values_in_force)
{
    support::write(folder / "good.toml", "[maildrops]\nheld_for = \"3d\"\n[limits]\nconnections_max = 10\n");
    const auto good = "--config " + (folder / "good.toml") + " " + root();
    EXPECT_EQ(run("check " + good).code, EX_OK);
    const auto shown = run("check --show " + good);
    EXPECT_THAT(shown.text, HasSubstr("held_for = \"3d\"\n"));
    support::write(folder / "shown.toml", shown.text);
    EXPECT_EQ(run("check --config " + (folder / "shown.toml") + " " + root()).code, EX_OK);
}

TEST_F(program, a_file_that_is_not_there_is_told)
{
    const auto done = run("check --config " + (folder / "nowhere.toml"));
    EXPECT_EQ(done.code, EX_CONFIG);
    EXPECT_THAT(done.text, HasSubstr("cannot be read"));
}

TEST_F(program, help_teaches_and_version_tells)
{
    EXPECT_THAT(run("--help").text, HasSubstr("restanted user add --root"));
    for (const auto& command : program_documents::commands_of(RESTANTED)) {
        if (!command.commands.empty()) continue;
        const auto help = run(command.name + " --help");
        EXPECT_EQ(help.code, EX_OK);
        EXPECT_THAT(help.text, HasSubstr("Examples:")) << command.name;
    }
    EXPECT_THAT(run("--version").text, HasSubstr(RESTANTE_VERSION));
    EXPECT_EQ(run("serv").code, EX_USAGE);
    EXPECT_THAT(run("serv").text, HasSubstr("unknown command \"serv\""));
    EXPECT_THAT(run("user ad").text, HasSubstr("unknown command \"ad\""));
    EXPECT_THAT(run("user").text, Not(HasSubstr("no command \"")));
    EXPECT_EQ(run("").code, EX_USAGE);
}

TEST_F(program, without_a_daemon_there_is_nobody_to_ask)
{
    for (const auto* command : {"who", "status", "reload", "kick ann"}) {
        const auto done = run(std::string(command) + " " + root());
        EXPECT_EQ(done.code, EX_UNAVAILABLE) << command;
        EXPECT_THAT(done.text, HasSubstr("running")) << command;
    }
}

TEST_F(program, a_certificate_that_is_not_there_is_told_by_its_line_and_with_a_remedy)
{
    support::write(folder / "tls.toml",
                   "root = \"" + (folder / "post") +
                       "\"\n[tls]\ncertificate = \"/nowhere/chain.pem\"\nkey = \"/nowhere/key.pem\"\n");
    const auto done = run("check " + root() + " --config " + (folder / "tls.toml"));
    EXPECT_EQ(done.code, EX_CONFIG);
    EXPECT_THAT(done.text, HasSubstr("tls.toml:3: tls.certificate: cannot read /nowhere/chain.pem"));
    EXPECT_THAT(done.text, HasSubstr("tls.toml:4: tls.key: cannot read /nowhere/key.pem"));
    EXPECT_THAT(done.text, HasSubstr("get it first"));
}

TEST_F(program, what_is_imported_must_be_there)
{
    add_user("bob");
    const auto done = run("import-unique-ids " + root() + " bob");
    EXPECT_EQ(done.code, EX_NOINPUT);
    EXPECT_THAT(done.text, HasSubstr(folder / "post/mail"));
}

TEST_F(program, import_unique_ids_ends_with_65_where_messages_are_packed)
{
    add_user("bob");
    const auto maildrop = folder / "post/mail/bob";
    for (const auto* const part : {"/cur", "/new", "/tmp"})
        std::filesystem::create_directories(maildrop + part);
    support::write(maildrop + "/cur/1732460000.M1P1.host:2,S", "\x1F\x8B\x08");
    support::write(maildrop + "/dovecot-uidlist", "3 V1795533569 N3 Gx\n1 W18 :1732460000.M1P1.host\n");
    const auto done = run("import-unique-ids " + root() + " bob");
    EXPECT_EQ(done.code, EX_DATAERR);
    EXPECT_THAT(done.text, HasSubstr("bob: 1 unique-id kept"));
    EXPECT_THAT(
        done.text,
        HasSubstr("1 message will not be served, since nobody can read them as they lie: compressed (gzip"));
}

TEST_F(program, check_tells_of_the_file_that_it_did_not_find)
{
    if (std::filesystem::exists("/etc/restante/restanted.toml")) FAIL() << "this machine has a post office";
    EXPECT_THAT(run("check").text, HasSubstr("/etc/restante/restanted.toml is not there"));
}

TEST_F(program, undelete_and_sweep_work_without_a_daemon)
{
    add_user("bob");
    ASSERT_EQ(run("deliver " + root() + " bob", "A: b\n\n").code, EX_OK);
    EXPECT_THAT(run("sweep " + root()).text, HasSubstr("bob: 0 messages removed"));
    EXPECT_THAT(run("undelete " + root() + " bob --since 2h").text, HasSubstr("bob: 0 messages put back"));
    EXPECT_EQ(run("sweep " + root() + " --held").text,
              "bob: 0 held messages removed, 0 octets freed; 0 messages removed\n");
    EXPECT_THAT(run("sweep " + root() + " --held-older-than 1d bob").text,
                HasSubstr("bob: 0 held messages removed"));
    EXPECT_EQ(run("sweep " + root() + " --held-older-than yesterday").code, EX_DATAERR);
    EXPECT_EQ(run("sweep " + root() + " --held --held-older-than 1d").code, EX_USAGE);
    EXPECT_EQ(run("undelete " + root() + " bob --since yesterday").code, EX_DATAERR);
    EXPECT_EQ(run("undelete " + root() + " nobody").code, EX_NOUSER);
}

TEST_F(program, serve_refuses_a_listener_that_is_none)
{
    const auto done = run("serve " + root() + " --pop3s nowhere");
    EXPECT_EQ(done.code, EX_CONFIG);
    EXPECT_THAT(done.text, HasSubstr("--pop3s"));
}
