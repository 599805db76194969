// Messages that go on: to programs, and to mail servers made of the project's own receiving end.
#include "deliver/mail_target.hpp"
#include "deliver/notice.hpp"
#include "deliver/program_target.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"
#include "unit/deliver/answering_connection.hpp"
#include "unit/lmtp/driver.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace client_tests {
namespace {

deliver::message_source in_pieces(std::string text)
{
    return [text](const std::function<base::result<>(std::string_view)>& into) -> base::result<> {
        for (std::size_t at = 0; at < text.size(); at += 1000)
            if (auto taken = into(std::string_view(text).substr(at, 1000)); !taken) return taken;
        return {};
    };
}

const std::string letter = "From: a@b\r\n\r\n.dot\r\ntext\r\n";

struct program : testing::Test {
    support::temporary_directory folder;
    support::manual_clock clock;
    base::result<> deliver(const std::string& script, const std::string& text,
                           deliver::added_fields added = {},
                           std::chrono::milliseconds limit = std::chrono::seconds(30))
    {
        deliver::program_target target({.name = "program:test",
                                        .argv = {"/bin/sh", "-c", script, "sh", folder.path() + "/out"},
                                        .recipient = "ann@example.org",
                                        .own_name = "here.example",
                                        .added = added,
                                        .limit = limit},
                                       clock);
        return target.deliver(in_pieces(text), text.size());
    }
};

TEST_F(program, gets_the_message_with_lf)
{
    ASSERT_TRUE(deliver("cat > \"$1\"", letter + std::string(200'000, 'x')));
    EXPECT_EQ(support::contents(folder.path() + "/out"),
              "From: a@b\n\n.dot\ntext\n" + std::string(200'000, 'x'));
}

TEST_F(program, gets_more_fields_only_where_asked)
{
    ASSERT_TRUE(deliver("cat > \"$1\"", letter, {.received = true, .delivered_to = true}));
    EXPECT_EQ(
        support::contents(folder.path() + "/out"),
        "Delivered-To: ann@example.org\nReceived: by here.example with POP3\n\tfor <ann@example.org>;\n\t"
        "Thu, 01 Jan 2026 00:00:00 +0000\nFrom: a@b\n\n.dot\ntext\n");
}

TEST_F(program, is_judged_by_its_exit_status)
{
    const auto error = [&](const std::string& script) {
        return deliver("cat > /dev/null; " + script, letter).error();
    };
    EXPECT_TRUE(error("exit 75").temporary);
    EXPECT_FALSE(error("exit 1").temporary);
    EXPECT_FALSE(error("exit 77").temporary);
    EXPECT_TRUE(error("kill -KILL $$").temporary);
}

TEST_F(program, that_does_not_read_is_no_success_and_no_signal)
{
    const auto got = deliver("exit 0", std::string(1'000'000, 'x'));
    ASSERT_FALSE(got);
    EXPECT_TRUE(got.error().temporary);
    EXPECT_FALSE(deliver("exit 1", std::string(1'000'000, 'x')).error().temporary)
        << "its refusal counts all the same";
}

TEST_F(program, that_is_slow_is_killed)
{
    const auto got = deliver("cat > /dev/null; sleep 1000", letter, {}, std::chrono::milliseconds(200));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, base::failure::timed_out);
    EXPECT_TRUE(got.error().temporary);
}

TEST_F(program, that_is_missing_is_not_the_messages_fault)
{
    deliver::program_target target({.name = "program:none", .argv = {folder.path() + "/none"}}, clock);
    EXPECT_TRUE(target.deliver(in_pieces(letter), letter.size()).error().temporary);
}

TEST_F(program, is_not_told_of_a_message_that_could_not_be_read)
{
    deliver::program_target target(
        {.name = "program:test",
         .argv = {"/bin/sh", "-c", "cat > /dev/null; touch \"$1\"", "sh", folder.path() + "/out"}},
        clock);
    const auto got = target.deliver(
        [](const auto& into) -> base::result<> {
            static_cast<void>(into("half"));
            return base::fail({base::failure::storage, true, {}, "EIO"});
        },
        8);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, base::failure::storage);
    EXPECT_FALSE(std::ifstream(folder.path() + "/out").good()) << "the program saw an end";
}

/// Mail servers that the target dials, one after the other.
struct mail_servers {
    std::vector<std::unique_ptr<lmtp_test::driver>> servers{};
    std::size_t commands_until_cut = 1'000'000;
    bool tls = false;

    client::dialler dialler()
    {
        return [this]() -> base::result<std::unique_ptr<net::connection>> {
            lmtp::session_policy policy;
            policy.host_name = "mx.example";
            policy.tls_available = tls;
            servers.push_back(std::make_unique<lmtp_test::driver>(policy));
            auto& server = *servers.back();
            server.feed("");
            return std::make_unique<answering_connection>(
                std::exchange(server.output, {}),
                [this, &server](std::string_view told) -> std::optional<std::string> {
                    if (commands_until_cut == 0) return std::nullopt;
                    --commands_until_cut;
                    server.feed(told);
                    return std::exchange(server.output, {});
                });
        };
    }
};

deliver::mail_target_settings to_ann()
{
    return {
        .name = "lmtp:test to ann", .host = "mx.example", .sender = "", .recipients = {"ann@example.org"}};
}

TEST(mail_target, delivers_to_the_octet_and_keeps_its_connection)
{
    support::manual_clock clock;
    mail_servers office;
    deliver::mail_target target(to_ann(), office.dialler(), clock);
    const std::string big = letter + std::string(300, '.') + "\r\n" + std::string(150'000, '\n');
    for (const auto& text : {letter, big, std::string("no end")})
        ASSERT_TRUE(target.deliver(in_pieces(text), text.size()));
    ASSERT_EQ(office.servers.size(), 1U);
    EXPECT_EQ(office.servers[0]->messages.at(0).content, letter);
    EXPECT_EQ(office.servers[0]->messages.at(1).content, big) << "by BDAT";
    EXPECT_EQ(office.servers[0]->messages.at(2).content, "no end\r\n");
}

TEST(mail_target, opens_a_new_connection_for_one_that_died_between_messages)
{
    support::manual_clock clock;
    mail_servers office;
    deliver::mail_target target(to_ann(), office.dialler(), clock);
    ASSERT_TRUE(target.deliver(in_pieces(letter), letter.size()));
    office.servers[0]->session.end("Idle");
    office.servers[0]->feed("");
    ASSERT_TRUE(target.deliver(in_pieces(letter), letter.size()));
    EXPECT_EQ(office.servers.size(), 2U);
    EXPECT_EQ(office.servers[1]->messages.size(), 1U);
}

TEST(mail_target, cut_at_every_command_it_is_temporary_and_never_a_yes)
{
    support::manual_clock clock;
    for (std::size_t commands = 0; commands < 5; ++commands) {
        mail_servers office;
        office.commands_until_cut = commands;
        deliver::mail_target target(to_ann(), office.dialler(), clock);
        const auto got = target.deliver(in_pieces(letter), letter.size());
        ASSERT_FALSE(got) << commands;
        EXPECT_TRUE(got.error().temporary);
        EXPECT_TRUE(office.servers.at(0)->messages.empty()) << commands;
    }
    mail_servers office;
    office.commands_until_cut = 5;
    EXPECT_TRUE(
        deliver::mail_target(to_ann(), office.dialler(), clock).deliver(in_pieces(letter), letter.size()));
}

TEST(mail_target, a_message_that_cannot_be_read_is_never_ended)
{
    support::manual_clock clock;
    mail_servers office;
    deliver::mail_target target(to_ann(), office.dialler(), clock);
    int readings = 0;
    const auto got = target.deliver(
        [&](const auto& into) -> base::result<> {
            if (++readings == 1) return into(letter);
            static_cast<void>(into("half"));
            return base::fail({base::failure::storage, true, {}, "EIO"});
        },
        letter.size());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, base::failure::storage);
    EXPECT_TRUE(office.servers.at(0)->messages.empty());
}

TEST(mail_target, refusals_name_the_target_and_tell_for_how_long)
{
    support::manual_clock clock;
    mail_servers office;
    deliver::mail_target target(to_ann(), office.dialler(), clock);
    ASSERT_TRUE(target.deliver(in_pieces(letter), letter.size()));
    office.servers[0]->refused_recipients["ann@example.org"] =
        lmtp_test::error_of(base::failure::over_quota, true);
    auto got = target.deliver(in_pieces(letter), letter.size());
    ASSERT_FALSE(got);
    EXPECT_TRUE(got.error().temporary);
    EXPECT_TRUE(got.error().operator_text.starts_with("lmtp:test to ann: "));
    office.servers[0]->refused_recipients["ann@example.org"] =
        lmtp_test::error_of(base::failure::unknown_user);
    EXPECT_FALSE(target.deliver(in_pieces(letter), letter.size()).error().temporary);
    EXPECT_EQ(office.servers.size(), 1U) << "a refusal costs no connection";
}

TEST(mail_target, sends_no_password_without_tls)
{
    support::manual_clock clock;
    mail_servers office;
    auto settings = to_ann();
    settings.user = "ann";
    settings.secret = [] { return base::result<std::string>("pw"); };
    deliver::mail_target target(settings, office.dialler(), clock);
    EXPECT_EQ(target.deliver(in_pieces(letter), letter.size()).error().kind, base::failure::refused);
    EXPECT_TRUE(office.servers.empty());
    settings.user.clear();
    settings.tls = client::tls_mode::starttls;
    deliver::mail_target untrusting(settings, office.dialler(), clock);
    EXPECT_FALSE(untrusting.deliver(in_pieces(letter), letter.size())) << "nobody to trust";
}

TEST(notice, a_command_gets_title_and_text)
{
    const support::temporary_directory folder;
    const std::string out = folder.path() + "/out";
    deliver::command_notice notice({"/bin/sh", "-c", "cat > \"$1\"", "sh", out});
    ASSERT_TRUE(notice.tell({.kind = deliver::news::kind::new_mail, .account = "work\n", .messages = 1}));
    EXPECT_EQ(support::contents(out), "1 new message in work \n");
    ASSERT_TRUE(
        notice.tell({.kind = deliver::news::kind::trouble, .account = "work", .trouble = "no\x1b answer"}));
    EXPECT_EQ(support::contents(out), "Trouble with work\nno? answer\n");
    EXPECT_FALSE(deliver::command_notice({"/bin/false"}).tell({.account = "x"}));
    EXPECT_TRUE(deliver::command_notice({"/bin/true"}).tell({.account = "x"}));
    EXPECT_FALSE(deliver::desktop_notice("/nowhere/notify-send").tell({.account = "x"}));
}

TEST(notice, a_mail_is_a_good_message)
{
    support::manual_clock clock;
    mail_servers office;
    auto target = std::make_shared<deliver::mail_target>(to_ann(), office.dialler(), clock);
    deliver::mail_notice notice(target, "restante@example.org", "ann@example.org", clock);
    ASSERT_TRUE(notice.tell(
        {.kind = deliver::news::kind::trouble, .account = "b\xC3\xBCro", .trouble = "line one\nline two"}));
    const auto& content = office.servers.at(0)->messages.at(0).content;
    EXPECT_TRUE(content.starts_with(
        "From: Restante <restante@example.org>\r\nTo: <ann@example.org>\r\nSubject: =?utf-8?"));
    EXPECT_TRUE(content.ends_with("\r\n\r\nTrouble with b\xC3\xBCro.\r\n\r\nline one\r\nline two\r\n"));
}

} // namespace
} // namespace client_tests
