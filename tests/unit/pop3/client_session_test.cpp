// The client's session: commands out, replies in, matched in order, however the octets are cut.
#include "pop3/client_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

using namespace pop3;

namespace {

std::string name_of(request kind)
{
    static constexpr std::array names{"greeting", "capa", "stls", "user", "pass", "apop",
                                      "auth",     "stat", "list", "uidl", "top",  "retr",
                                      "dele",     "noop", "rset", "quit", "utf8", "lang"};
    return names.at(static_cast<std::size_t>(kind));
}

/// Events as text, one a line; pieces of a message are joined, since cuts may move them.
class recorder {
public:
    void add(const event& what)
    {
        std::visit([this](const auto& one) { record(one); }, what);
    }
    const std::string& text() const { return text_; }

private:
    void record(const need_response&) {}
    void record(const status_line& s)
    {
        text_ += (s.ok ? "ok " : "err ") + name_of(s.request) + " (" + s.code + ") " + s.text + "\n";
    }
    void record(const auth_challenge& c) { text_ += "challenge " + c.octets + "\n"; }
    void record(const response_line& l) { text_ += "line " + std::string(l.text) + "\n"; }
    void record(const message_octets& m) { text_ += m.octets; }
    void record(const response_end& e) { text_ += e.doubtful ? "end?\n" : "end\n"; }
    void record(const broken& b) { text_ += "broken " + b.reason + "\n"; }
    std::string text_;
};

using cutter = std::function<std::size_t()>;

/// What a session that has sent `commands` makes of `octets`, given in pieces.
std::string events_of(const std::function<void(client_session&)>& commands, std::string_view octets,
                      const cutter& cut)
{
    client_session session;
    commands(session);
    recorder out;
    while (!octets.empty()) {
        const std::size_t n = std::min(octets.size(), cut());
        session.receive(octets.substr(0, n));
        octets.remove_prefix(n);
        for (event what = session.next(); !std::holds_alternative<need_response>(what);
             what = session.next()) {
            out.add(what);
            if (std::holds_alternative<broken>(what)) return out.text();
        }
    }
    return out.text();
}

/// The same whole, octet by octet and cut at random: it must not matter.
std::string events_of(const std::function<void(client_session&)>& commands, std::string_view octets)
{
    const std::string whole = events_of(commands, octets, [] { return std::size_t(-1); });
    EXPECT_EQ(events_of(commands, octets, [] { return std::size_t{1}; }), whole) << "octet by octet";
    for (unsigned seed = 1; seed <= 20; ++seed) {
        std::mt19937 random(seed);
        const auto cut = [&random] { return 1 + random() % 9; };
        EXPECT_EQ(events_of(commands, octets, cut), whole) << "seed " << seed;
    }
    return whole;
}

const std::string greeting = "+OK ready\r\n";
const std::string greeted = "ok greeting () ready\n";

std::string after_greeting(const std::function<void(client_session&)>& commands, std::string_view octets)
{
    const std::string out = events_of(commands, greeting + std::string(octets));
    EXPECT_TRUE(out.starts_with(greeted)) << out;
    return out.substr(std::min(greeted.size(), out.size()));
}

std::string one(request simple, std::string_view octets)
{
    return after_greeting([simple](client_session& s) { s.send(simple); }, octets);
}

std::string retrieved(std::string_view octets)
{
    return after_greeting([](client_session& s) { s.send_retr(1); }, octets);
}

std::string authenticated(std::string_view octets, std::optional<std::string_view> initial = {})
{
    return after_greeting([initial](client_session& s) { s.send_auth("X", initial); }, octets);
}

} // namespace

TEST(client_session, writes_every_command)
{
    client_session s;
    for (const request simple : {request::capa, request::stls, request::stat, request::list, request::uidl,
                                 request::noop, request::rset, request::quit, request::utf8, request::lang})
        EXPECT_TRUE(s.send(simple));
    EXPECT_FALSE(s.send(request::retr));
    EXPECT_FALSE(s.send(request::greeting));
    s.send_user("me");
    s.send_pass(" a b ");
    s.send_apop("me", "c4c9");
    s.send_auth("PLAIN", std::nullopt);
    s.send_auth("PLAIN", "");
    s.send_auth("PLAIN", std::string_view("\0a\0b", 4));
    s.send_auth_response("x");
    s.send_auth_response("");
    s.send_auth_cancel();
    s.send_top(3, 0);
    s.send_retr(18446744073709551615U);
    s.send_dele(5);
    EXPECT_EQ(s.output(),
              "CAPA\r\nSTLS\r\nSTAT\r\nLIST\r\nUIDL\r\nNOOP\r\nRSET\r\nQUIT\r\nUTF8\r\nLANG\r\n"
              "USER me\r\nPASS  a b \r\nAPOP me c4c9\r\nAUTH PLAIN\r\nAUTH PLAIN =\r\nAUTH PLAIN AGEAYg==\r\n"
              "eA==\r\n\r\n*\r\nTOP 3 0\r\nRETR 18446744073709551615\r\nDELE 5\r\n");
    EXPECT_EQ(s.under_way(), 20U); // and the greeting
}

TEST(client_session, refuses_an_argument_that_is_a_second_command)
{
    client_session s;
    for (const std::string_view bad : {"a\rb", "a\nb", "a\r\nDELE 1"}) {
        EXPECT_FALSE(s.send_user(bad));
        EXPECT_FALSE(s.send_pass(bad));
        EXPECT_FALSE(s.send_apop(bad, "d"));
        EXPECT_FALSE(s.send_apop("u", bad));
        EXPECT_FALSE(s.send_auth(bad, std::nullopt));
    }
    EXPECT_FALSE(s.send_pass(std::string_view("a\0b", 3)));
    EXPECT_EQ(s.output(), "");
    EXPECT_EQ(s.under_way(), 1U);
}

TEST(client_session, an_initial_response_that_makes_the_line_too_long_is_not_sent)
{
    // "AUTH X " and CRLF are 9 octets; base64 of 183 octets has 244, of 184 it has 248.
    client_session s;
    EXPECT_TRUE(s.send_auth("X", std::string(183, 'a')));
    EXPECT_EQ(s.output().size(), 253U);
    s.output().clear();
    EXPECT_FALSE(s.send_auth("X", std::string(184, 'a')));
    EXPECT_EQ(s.output(), "");
}

TEST(client_session, status_lines)
{
    EXPECT_EQ(one(request::noop, "+OK\r\n"), "ok noop () \n");
    EXPECT_EQ(one(request::noop, "-ERR\r\n"), "err noop () \n");
    EXPECT_EQ(one(request::noop, "+ok Done\n"), "ok noop () Done\n");
    EXPECT_EQ(one(request::noop, "-Err  [sys/temp]  wait \r\n"), "err noop (SYS/TEMP) wait \n");
    EXPECT_EQ(one(request::noop, "-ERR [IN-USE]\r\n"), "err noop (IN-USE) \n");
    EXPECT_EQ(one(request::noop, "-ERR [in use] x\r\n"), "err noop () [in use] x\n");
    EXPECT_EQ(one(request::noop, "-ERR [] x\r\n"), "err noop () [] x\n");
    EXPECT_EQ(one(request::noop, "-ERR [AUTH x\r\n"), "err noop () [AUTH x\n");
    EXPECT_EQ(one(request::stat, "+OK\t 2   320\r\n"), "ok stat () 2   320\n");
}

TEST(client_session, a_reply_that_is_none_breaks_the_session)
{
    for (const std::string_view bad :
         {"OK\r\n", "\r\n", "+OKAY\r\n", "-ERROR\r\n", "+ more\r\n", "* OK\r\n", "220 x\r\n"})
        EXPECT_TRUE(one(request::noop, bad).starts_with("broken ")) << bad;
    EXPECT_EQ(one(request::noop, "\x1b[31m\xff<html>\r\n"), "broken not a POP3 reply: \"?[31m?<html>\"\n");
    EXPECT_EQ(one(request::noop, std::string(500, 'x') + "\r\n"),
              "broken not a POP3 reply: \"" + std::string(60, 'x') + "\"\n");
}

TEST(client_session, octets_that_nobody_asked_for_break_it)
{
    EXPECT_EQ(one(request::noop, "+OK\r\n+OK again\r\n"), "ok noop () \nbroken octets without a command\n");
    EXPECT_EQ(after_greeting([](client_session&) {}, "+OK\r\n"), "broken octets without a command\n");
}

TEST(client_session, listings)
{
    EXPECT_EQ(one(request::list, "+OK 2\r\n1 5\r\n2 6\n.\r\n"), "ok list () 2\nline 1 5\nline 2 6\nend\n");
    EXPECT_EQ(one(request::uidl, "+OK\n1 a\n.\n"), "ok uidl () \nline 1 a\nend\n") << "bare LFs";
    EXPECT_EQ(one(request::lang, "+OK\r\n.\r\n"), "ok lang () \nend\n");
}

TEST(client_session, lines_lose_one_dot)
{
    EXPECT_EQ(one(request::capa, "+OK\r\n.X\r\n..\r\n...\r\n\r\n.\r\n"),
              "ok capa () \nline X\nline .\nline ..\nline \nend\n");
}

TEST(client_session, no_body_behind_an_err)
{
    const auto commands = [](client_session& s) {
        s.send_retr(1);
        s.send_top(2, 0);
        s.send(request::uidl);
        s.send(request::noop);
    };
    EXPECT_EQ(after_greeting(commands, "-ERR a\r\n-ERR b\r\n-ERR c\r\n+OK d\r\n"),
              "err retr () a\nerr top () b\nerr uidl () c\nok noop () d\n");
}

TEST(client_session, messages_come_unstuffed)
{
    EXPECT_EQ(retrieved("+OK\r\nA: b\r\n\r\n..x\r\n...\r\nc\r\n.\r\n"),
              "ok retr () \nA: b\r\n\r\n.x\r\n..\r\nc\r\nend\n");
    EXPECT_EQ(retrieved("+OK\r\n.\r\n"), "ok retr () \nend\n");
    EXPECT_EQ(retrieved("+OK\r\n..\r\n.\r\n"), "ok retr () \n.\r\nend\n");
}

TEST(client_session, a_dot_that_was_not_stuffed_costs_the_dot_only)
{
    EXPECT_EQ(retrieved("+OK\r\n.x\r\n.\rx\r\n.\r\n"), "ok retr () \nx\r\n\rx\r\nend\n");
}

TEST(client_session, line_ends_nul_and_endless_lines_come_as_they_came)
{
    const std::string odd = std::string("a\rb\0c\xff\n\r\r\n\n", 11) + std::string(20'000, 'x') + "\r\n";
    EXPECT_EQ(retrieved("+OK\r\n" + odd + ".\r\n"), "ok retr () \n" + odd + "end\n");
}

TEST(client_session, a_reply_within_a_letter_is_none)
{
    for (const std::string_view dot : {"\n.\n", "\n.\r\n", "\r\n.\n"}) {
        const std::string letter = "a" + std::string(dot) + "+OK\r\nb\r\n";
        EXPECT_EQ(retrieved("+OK\r\n" + letter + ".\r\n"), "ok retr () \n" + letter + "end\n");
        EXPECT_EQ(retrieved("+OK\r\na" + std::string(dot)),
                  "ok retr () \na" + std::string(dot.substr(0, dot.find('.'))))
            << "more may come";
    }
    EXPECT_EQ(retrieved("+OK\na\n.\n"), "ok retr () \na\nend\n") << "a server that ends all lines with LF";
}

TEST(client_session, tells_of_a_line_of_one_dot_within_a_letter)
{
    client_session s;
    s.send_retr(1);
    s.send_retr(2);
    s.receive(greeting + "+OK\r\na\n.\nb\r\n.\r\n+OK\r\na\n..\nb\r\n.\r\n");
    std::vector<bool> passed;
    for (event what = s.next(); !std::holds_alternative<need_response>(what); what = s.next())
        if (std::holds_alternative<response_end>(what)) passed.push_back(s.passed_dot_line());
    EXPECT_EQ(passed, (std::vector{true, false}));
}

TEST(client_session, tells_whether_a_bare_dot_may_be_text)
{
    for (const auto& [octets, text] :
         std::initializer_list<std::pair<std::string_view, bool>>{{"+OK\r\na\n.", true},
                                                                  {"+OK\r\na\n.\r", true},
                                                                  {"+OK\r\na\n.\n", true},
                                                                  {"+OK\r\na\n.\r\n", true},
                                                                  {"+OK\r\na\r\n.\n", true},
                                                                  {"+OK\r\na\r\n.", false},
                                                                  {"+OK\r\na\r\n.\r", false},
                                                                  {"+OK\na\n.", false}}) {
        client_session s;
        s.send_retr(1);
        s.receive(greeting + std::string(octets));
        while (!std::holds_alternative<need_response>(s.next())) {
        }
        EXPECT_TRUE(s.at_bare_dot()) << octets;
        EXPECT_EQ(s.bare_dot_may_be_text(), text) << octets;
    }
}

TEST(client_session, commands_in_any_number_under_way)
{
    constexpr int messages = 500;
    const auto commands = [](client_session& s) {
        for (int i = 1; i <= messages; ++i) {
            s.send_retr(static_cast<std::uint64_t>(i));
            s.send_dele(static_cast<std::uint64_t>(i));
        }
        s.send(request::quit);
    };
    std::string octets, expected;
    for (int i = 1; i <= messages; ++i) {
        const std::string n = std::to_string(i);
        octets += i % 7 == 0 ? "-ERR none\r\n" : "+OK\r\n..body " + n + "\r\n+OK\r\n.\r\n";
        expected += i % 7 == 0 ? "err retr () none\n" : "ok retr () \n.body " + n + "\r\n+OK\r\nend\n";
        octets += "+OK " + n + "\r\n";
        expected += "ok dele () " + n + "\n";
    }
    EXPECT_EQ(after_greeting(commands, octets + "+OK bye\r\n"), expected + "ok quit () bye\n");
}

TEST(client_session, tells_how_many_are_under_way)
{
    client_session s;
    s.send(request::noop);
    s.send_retr(1);
    EXPECT_EQ(s.under_way(), 3U);
    s.receive(greeting + "+OK\r\n+OK\r\n.");
    for (unsigned left : {2U, 1U, 1U}) {
        EXPECT_TRUE(std::holds_alternative<status_line>(s.next()));
        EXPECT_EQ(s.under_way(), left);
    }
    EXPECT_TRUE(std::holds_alternative<need_response>(s.next()));
    EXPECT_EQ(s.buffered(), 1U);
    s.receive("\r\n");
    EXPECT_TRUE(std::holds_alternative<response_end>(s.next()));
    EXPECT_EQ(s.under_way(), 0U);
    EXPECT_EQ(s.buffered(), 0U);
}

TEST(client_session, message_octets_are_views_into_what_was_received)
{
    client_session s;
    s.send_retr(1);
    s.receive(greeting + "+OK\r\n");
    s.next();
    s.next();
    std::string body;
    for (int i = 0; i < 1000; ++i) body += "a line of a letter, as they come\r\n";
    s.receive(body);
    const event first = s.next();
    ASSERT_TRUE(std::holds_alternative<message_octets>(first));
    EXPECT_EQ(std::get<message_octets>(first).octets, body) << "one piece for all lines without a dot";
}

// --- bounds ---------------------------------------------------------------------------------------------

TEST(client_session, an_endless_line_breaks_it)
{
    const std::string long_text(status_line_octets_max, 'x');
    EXPECT_EQ(one(request::noop, "+OK " + long_text + "\r\n"), "broken a line that does not end\n");
    EXPECT_EQ(one(request::list, "+OK\r\n" + long_text + "\r\n"),
              "ok list () \nbroken a line that does not end\n");
    EXPECT_EQ(one(request::list, "+OK\r\n" + long_text.substr(2) + "\r\n.\r\n"),
              "ok list () \nline " + long_text.substr(2) + "\nend\n");
    EXPECT_EQ(authenticated("+ " + std::string(challenge_line_octets_max, 'a') + "\r\n"),
              "broken a line that does not end\n");
}

TEST(client_session, nothing_is_kept_once_it_is_broken)
{
    client_session s;
    s.receive("garbage\r\n" + std::string(1000, 'x'));
    EXPECT_TRUE(std::holds_alternative<broken>(s.next()));
    s.receive(std::string(1000, 'x'));
    EXPECT_EQ(s.buffered(), 0U);
    EXPECT_TRUE(std::holds_alternative<broken>(s.next()));
}

// --- STLS -----------------------------------------------------------------------------------------------

TEST(client_session, plain_text_behind_the_yes_to_stls_is_seen_and_breaks_it)
{
    client_session s;
    s.send(request::stls);
    s.receive(greeting + "+OK go\r\n+OK injected\r\n");
    s.next();
    EXPECT_TRUE(std::get<status_line>(s.next()).ok);
    EXPECT_GT(s.buffered(), 0U);
    EXPECT_TRUE(std::holds_alternative<broken>(s.next()));
}

TEST(client_session, goes_on_behind_stls)
{
    client_session s;
    s.send(request::stls);
    s.receive(greeting + "+OK go\r\n");
    s.next();
    EXPECT_TRUE(std::get<status_line>(s.next()).ok);
    EXPECT_EQ(s.buffered(), 0U);
    s.send(request::capa);
    s.receive("+OK\r\nUIDL\r\n.\r\n");
    EXPECT_TRUE(std::get<status_line>(s.next()).ok);
    EXPECT_EQ(std::get<response_line>(s.next()).text, "UIDL");
}

// --- AUTH -----------------------------------------------------------------------------------------------

TEST(client_session, challenges)
{
    EXPECT_EQ(authenticated("+ \r\n+ YWJj\r\n+OK in\r\n", ""), "challenge \nchallenge abc\nok auth () in\n");
    EXPECT_EQ(authenticated("+\r\n-ERR [auth] no\r\n"), "challenge \nerr auth (AUTH) no\n");
    EXPECT_EQ(authenticated("+   YWJj \r\n"), "challenge abc\n") << "doubled blanks";
}

TEST(client_session, an_ok_before_anything_was_said_is_a_challenge)
{
    EXPECT_EQ(authenticated("+OK\r\n-ERR no\r\n"), "challenge \nerr auth () no\n");
    EXPECT_EQ(authenticated("+OK YWJj\r\n"), "challenge abc\n");
    EXPECT_EQ(authenticated("+OK go on.\r\n"), "challenge \n");
    EXPECT_EQ(authenticated("+OK YWJj\r\n", "x"), "ok auth () YWJj\n");
    client_session s;
    s.send_auth("X", std::nullopt);
    s.receive(greeting + "+OK\r\n");
    s.next();
    EXPECT_TRUE(std::holds_alternative<auth_challenge>(s.next()));
    s.send_auth_response("me");
    s.receive("+OK\r\n");
    EXPECT_TRUE(std::get<status_line>(s.next()).ok);
}

TEST(client_session, a_challenge_that_is_no_base64_is_cancelled)
{
    client_session s;
    s.send_auth("X", "x");
    s.receive(greeting + "+ Y*Jj\r\n-ERR ok\r\n");
    s.next();
    s.output().clear();
    const event what = s.next();
    ASSERT_TRUE(std::holds_alternative<status_line>(what));
    EXPECT_FALSE(std::get<status_line>(what).ok);
    EXPECT_EQ(s.output(), "*\r\n");
    EXPECT_EQ(authenticated("+ ?\r\n+ ?\r\n"), "broken a challenge behind the end of the exchange\n");
}

TEST(client_session, a_challenge_outside_of_auth_breaks_it)
{
    EXPECT_TRUE(
        after_greeting([](client_session& s) { s.send_pass("x"); }, "+ YWJj\r\n").starts_with("broken"));
}

// --- the end that some servers forget -------------------------------------------------------------------

namespace {

std::string end_of(std::string_view before, std::string_view behind)
{
    client_session s;
    s.send_retr(1);
    s.send(request::noop);
    s.receive(greeting + "+OK\r\n");
    s.receive(before);
    recorder out;
    const auto run = [&] {
        for (event what = s.next(); !std::holds_alternative<need_response>(what); what = s.next()) {
            out.add(what);
            if (std::holds_alternative<broken>(what)) return;
        }
    };
    run();
    if (!s.at_bare_dot()) return "not at a bare dot";
    s.end_at_bare_dot();
    EXPECT_FALSE(s.at_bare_dot());
    for (const char octet : behind) {
        run();
        s.receive({&octet, 1});
    }
    run();
    return out.text();
}

} // namespace

TEST(client_session, a_bare_dot_may_be_taken_for_the_end)
{
    const std::string expected = greeted + "ok retr () \na\r\nend?\nok noop () late\n";
    EXPECT_EQ(end_of("a\r\n.", "+OK late\r\n"), expected);
    EXPECT_EQ(end_of("a\r\n.", "\r\n+OK late\r\n"), expected);
    EXPECT_EQ(end_of("a\r\n.", "\n+OK late\r\n"), expected);
    EXPECT_EQ(end_of("a\r\n.\r", "\n+OK late\r\n"), expected);
    EXPECT_EQ(end_of("a\r\n.\r", "+OK late\r\n"), expected);
    EXPECT_EQ(end_of("a\r\n.", ""), greeted + "ok retr () \na\r\nend?\n");
    EXPECT_EQ(end_of("a\r\n.\n", "+OK late\r\n"), expected);
    EXPECT_EQ(end_of("a\n.\r\n", ""), greeted + "ok retr () \na\nend?\n");
    for (const std::string_view no : {"", "a", "a.", "a\r\n", "a\r\n..", "a\r\n.x"})
        EXPECT_EQ(end_of(no, ""), "not at a bare dot") << no;
}

TEST(client_session, an_end_at_no_bare_dot_changes_nothing)
{
    client_session s;
    s.send(request::noop);
    s.receive(greeting + "+OK");
    s.next();
    s.end_at_bare_dot();
    s.receive("\r\n");
    EXPECT_TRUE(std::holds_alternative<status_line>(s.next()));
}
