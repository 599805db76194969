// An account's file: every key, every fault with its line, and that what is written is read again as the same.
#include "config/account_configuration.hpp"
#include "config/key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

using namespace config;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr std::string_view least_account =
    "[server]\nhost = \"pop.example.org\"\n[sign_in]\nuser = \"ann\"\n";

// A value that is not the default for every key that can stand beside the others.
constexpr std::string_view every_account_key = R"([server]
host = "pop.example.org"
port = 1995
tls = "starttls"
trust = "pinned"
ca = "/etc/ca.pem"
pins = ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="]
client_certificate = "/etc/ann.pem"
client_key = "/etc/ann.key"
family = "ipv6"
source_address = "2001:db8::1"
timeout = "90s"
proxy = "http://me%40home:s%2Fe@[2001:db8::2]:3128"
window = 7
messages_per_session = 250
[sign_in]
user = "ann"
authorization = "office"
mechanisms = ["SCRAM-SHA-256", "USER"]
plaintext_allowed = true
password_command = "pass show \"mail\""
[keep]
policy = "days=30"
clock = "message"
guard_percent = 5
guard_messages = 9
second_copy = "/media/backup/mail"
second_copy_same_disk = true
[fetch]
order = "smallest-first"
octets_max = "50M"
every = "5m"
[[rules]]
name = "lists"
when = [{ header = "List-Id", contains = "restante" }, { octets_below = "1M" }]
folder = "Lists"
seen = true
stop = false
[[rules]]
when = [{ header = "Subject", begins = "[ad]" }, { header = "From", ends = "example.com", not = true }]
flagged = true
discard = true
[[rules]]
when = [{ octets_above = "20M" }, { header = "X-Keep", exists = false }, { header = "any-recipient", is = "bob" }]
skip = true
delete_unseen = true
[[deliver]]
kind = "smtp"
to = "mx.example.org:587"
recipients = ["ann@example.org", "bob@example.org"]
sender = "me@example.org"
tls = "implicit"
user = "ann"
password_command = "cat /run/secret"
ca = "/etc/mx.pem"
add_received = true
add_delivered_to = true
instead = true
[[deliver]]
kind = "program"
command = ["/usr/bin/procmail", "-d", "ann"]
)";

// What cannot stand beside the password_command there.
const std::vector<std::string> other_sources_of_a_secret{
    std::string(least_account) + "password_file = \"/f\"\n",
    std::string(least_account) + "password_keyring = true\n",
    std::string(least_account) + "[sign_in.oauth2]\nprovider = \"gmail\"\nclient_id = \"me\"\n"
                                 "client_secret_command = \"s\"\nauthorization_endpoint = \"https://a\"\n"
                                 "device_endpoint = \"https://d\"\ntoken_endpoint = \"https://t\"\n"
                                 "scope = \"pop\"\nca = \"/ca\"\nclient_credentials = true\n"};

std::vector<std::string> every_text()
{
    auto out = other_sources_of_a_secret;
    out.emplace_back(every_account_key);
    return out;
}

using values_of_keys = std::map<std::string, std::vector<std::string>>;

// Each key's value as it would be written; of a key of a list what each entry has.
void add_values(const config::schema& schema, void* values, const std::string& before, values_of_keys& out)
{
    for (const auto& key : schema.keys) {
        const auto path = before + std::string(key.path);
        if (const auto* list = std::get_if<config::tables>(&key.rule))
            list->visit(values, [&](void* entry) { add_values(list->entry(), entry, path + ".", out); });
        else if (!std::holds_alternative<config::forbidden>(key.rule))
            out[path].push_back(config::format_value(key, values));
    }
}

values_of_keys values_in(config::account_configuration account)
{
    values_of_keys out;
    add_values(config::account_schema(), &account, "", out);
    return out;
}

// As add_values() of an entry or a file in which nothing was given.
void add_defaults(const config::schema& schema, const std::string& before, values_of_keys& out)
{
    schema.with_defaults([&](void* values) { add_values(schema, values, before, out); });
    for (const auto& key : schema.keys)
        if (const auto* list = std::get_if<config::tables>(&key.rule))
            add_defaults(list->entry(), before + std::string(key.path) + ".", out);
}

std::size_t line_of(std::string_view text, std::string_view what)
{
    const auto at = text.find(what);
    EXPECT_NE(at, std::string_view::npos) << what;
    return static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n')) + 1;
}

void expect_everything(const config::account_configuration& read)
{
    const auto& server = read.server;
    EXPECT_EQ(server.dial.host, "pop.example.org");
    EXPECT_EQ(server.dial.port, 1995);
    EXPECT_EQ(server.tls, client::tls_mode::starttls);
    EXPECT_EQ(server.trust.trust, net::trust::pinned);
    EXPECT_EQ(read.trust_files.ca, "/etc/ca.pem");
    EXPECT_EQ(server.trust.pins.size(), 2U);
    EXPECT_EQ(read.trust_files.client_certificate, "/etc/ann.pem");
    EXPECT_EQ(read.trust_files.client_key, "/etc/ann.key");
    EXPECT_EQ(server.dial.family, net::family::ipv6);
    EXPECT_EQ(server.dial.source_address, "2001:db8::1");
    ASSERT_TRUE(server.dial.proxy);
    EXPECT_EQ(server.dial.proxy->kind, net::proxy::kind::http);
    EXPECT_EQ(server.dial.proxy->host, "2001:db8::2");
    EXPECT_EQ(server.dial.proxy->port, 3128);
    EXPECT_EQ(server.dial.proxy->user, "me@home");
    EXPECT_EQ(server.dial.proxy->secret, "s/e");
    EXPECT_EQ(server.patience.reply, std::chrono::seconds(90));
    EXPECT_EQ(server.patience.octets, std::chrono::seconds(90));
    EXPECT_EQ(server.window_max, 7U);
    EXPECT_EQ(read.archive.messages_per_session, 250U);
    EXPECT_EQ(server.sign_in.user, "ann");
    EXPECT_EQ(server.sign_in.authorization, "office");
    EXPECT_THAT(server.sign_in.mechanisms, ElementsAre("SCRAM-SHA-256", "USER"));
    EXPECT_TRUE(server.sign_in.plaintext_allowed);
    EXPECT_EQ(read.secret.kind, config::secret_source::kind::command);
    EXPECT_EQ(read.secret.value, "pass show \"mail\"");
}

void expect_everything_kept(const config::account_configuration& read)
{
    const auto* days = std::get_if<archive::keep_days>(&read.archive.keep);
    ASSERT_NE(days, nullptr);
    EXPECT_EQ(days->days, 30U);
    EXPECT_EQ(days->clock, archive::age_clock::message);
    EXPECT_EQ(read.archive.guard.percent, 5U);
    EXPECT_EQ(read.archive.guard.messages, 9U);
    EXPECT_EQ(read.archive.second_copy, "/media/backup/mail");
    EXPECT_TRUE(read.second_copy_same_disk);
    EXPECT_EQ(read.archive.order, archive::fetch_order::smallest_first);
    EXPECT_EQ(read.archive.octets_max, 50U << 20U);
    EXPECT_EQ(read.every, std::chrono::minutes(5));
}

void expect_every_rule(const std::vector<archive::rule>& rules)
{
    using subject = enum archive::rule_test::subject;
    using match = enum archive::rule_test::match;
    ASSERT_EQ(rules.size(), 3U);
    EXPECT_EQ(rules[0].name, "lists");
    ASSERT_EQ(rules[0].tests.size(), 2U);
    EXPECT_EQ(rules[0].tests[0].header, "List-Id");
    EXPECT_EQ(rules[0].tests[0].match, match::contains);
    EXPECT_EQ(rules[0].tests[0].text, "restante");
    EXPECT_EQ(rules[0].tests[1].subject, subject::octets_below);
    EXPECT_EQ(rules[0].tests[1].octets, 1U << 20U);
    EXPECT_EQ(rules[0].folder, "Lists");
    EXPECT_TRUE(rules[0].seen);
    EXPECT_FALSE(rules[0].flagged);
    EXPECT_FALSE(rules[0].stop);
    ASSERT_EQ(rules[1].tests.size(), 2U);
    EXPECT_EQ(rules[1].tests[0].match, match::begins);
    EXPECT_FALSE(rules[1].tests[0].negated);
    EXPECT_EQ(rules[1].tests[1].match, match::ends);
    EXPECT_TRUE(rules[1].tests[1].negated);
    EXPECT_TRUE(rules[1].flagged && rules[1].discard && rules[1].stop);
    ASSERT_EQ(rules[2].tests.size(), 3U);
    EXPECT_EQ(rules[2].tests[0].subject, subject::octets_above);
    EXPECT_EQ(rules[2].tests[1].match, match::exists);
    EXPECT_TRUE(rules[2].tests[1].negated);
    EXPECT_EQ(rules[2].tests[2].match, match::is);
    EXPECT_TRUE(rules[2].skip && rules[2].delete_unseen);
}

void expect_every_target(const config::account_configuration& read)
{
    ASSERT_EQ(read.targets.size(), 2U);
    const auto& smtp = read.targets[0];
    EXPECT_EQ(smtp.kind, config::target_configuration::kind::smtp);
    EXPECT_EQ(smtp.destination, "mx.example.org:587");
    EXPECT_THAT(smtp.recipients, ElementsAre("ann@example.org", "bob@example.org"));
    EXPECT_EQ(smtp.sender, "me@example.org");
    EXPECT_EQ(smtp.tls, client::tls_mode::implicit);
    EXPECT_EQ(smtp.user, "ann");
    EXPECT_EQ(smtp.password_command, "cat /run/secret");
    EXPECT_EQ(smtp.ca, "/etc/mx.pem");
    EXPECT_TRUE(smtp.add_received && smtp.add_delivered_to);
    EXPECT_EQ(read.targets[1].kind, config::target_configuration::kind::program);
    EXPECT_THAT(read.targets[1].command, ElementsAre("/usr/bin/procmail", "-d", "ann"));
    EXPECT_TRUE(read.archive.delivers_instead);
}

void expect_one_fault(const std::string& text, std::string_view where, const std::string& key,
                      const std::string& reason)
{
    const auto read = config::read_account("work", text);
    ASSERT_EQ(read.faults.size(), 1U)
        << text << (read.faults.empty() ? "" : config::format_fault(read.faults[0], "f"));
    EXPECT_EQ(read.faults[0].line, line_of(text, where)) << text;
    EXPECT_EQ(read.faults[0].key, key);
    EXPECT_THAT(read.faults[0].reason, HasSubstr(reason));
    EXPECT_NE(read.faults[0].remedy, "");
}

} // namespace

TEST(account_file, least_that_is_needed_has_safe_defaults)
{
    const auto read = config::read_account("work", least_account);
    ASSERT_THAT(read.faults, IsEmpty());
    EXPECT_EQ(read.values.archive.name, "work");
    EXPECT_EQ(read.values.server.tls, client::tls_mode::implicit);
    EXPECT_EQ(read.values.server.dial.port, 995);
    EXPECT_EQ(read.values.server.trust.trust, net::trust::verified);
    EXPECT_FALSE(read.values.server.sign_in.plaintext_allowed);
    EXPECT_EQ(read.values.secret.kind, config::secret_source::kind::ask);
    EXPECT_TRUE(std::holds_alternative<archive::keep_all>(read.values.archive.keep));
    EXPECT_EQ(read.values.archive.guard.percent, 20U);
    EXPECT_EQ(read.values.archive.guard.messages, 500U);
    EXPECT_FALSE(read.values.archive.delivers_instead);
}

TEST(account_file, every_key_is_read)
{
    const auto read = config::read_account("work", every_account_key);
    ASSERT_THAT(read.faults, IsEmpty()) << config::format_fault(read.faults.front(), "file");
    expect_everything(read.values);
    expect_everything_kept(read.values);
    expect_every_rule(read.values.archive.rules);
    expect_every_target(read.values);
}

TEST(account_file, every_key_that_is_written_is_read_again)
{
    const auto written = config::format_account(config::read_account("work", every_account_key).values);
    const auto read = config::read_account("work", written);
    ASSERT_THAT(read.faults, IsEmpty()) << written;
    expect_everything(read.values);
    expect_everything_kept(read.values);
    expect_every_rule(read.values.archive.rules);
    expect_every_target(read.values);
    EXPECT_EQ(config::format_account(read.values), written);
}

// Over the rows of the schema: a new key without a line in every_account_key fails here.
TEST(account_file, every_row_has_a_value_here_that_is_written_and_read_again)
{
    values_of_keys defaults;
    add_defaults(config::account_schema(), "", defaults);
    std::set<std::string> never_given;
    for (const auto& [path, each] : defaults) never_given.insert(path);
    for (const auto& text : every_text()) {
        const auto first = config::read_account("work", text);
        ASSERT_THAT(first.faults, IsEmpty()) << text;
        const auto given = values_in(first.values);
        const auto again = config::read_account("work", config::format_account(first.values));
        EXPECT_EQ(values_in(again.values), given);
        for (const auto& [path, each] : given)
            if (std::ranges::any_of(each, [&](const auto& value) { return value != defaults[path].front(); }))
                never_given.erase(path);
    }
    EXPECT_THAT(never_given, IsEmpty());
}

TEST(account_file, every_source_of_a_secret_is_written_and_read_again)
{
    for (const auto& [line, kind, value] :
         {std::tuple{"password_command = \"c d\"", config::secret_source::kind::command, "c d"},
          std::tuple{"password_file = \"/f\"", config::secret_source::kind::file, "/f"},
          std::tuple{"password_keyring = true", config::secret_source::kind::keyring, ""},
          std::tuple{"", config::secret_source::kind::ask, ""}}) {
        const auto first = config::read_account("work", std::string(least_account) + line + "\n");
        ASSERT_THAT(first.faults, IsEmpty()) << line;
        const auto again = config::read_account("work", config::format_account(first.values));
        ASSERT_THAT(again.faults, IsEmpty()) << line;
        EXPECT_EQ(again.values.secret.kind, kind) << line;
        EXPECT_EQ(again.values.secret.value, value) << line;
    }
}

TEST(account_file, oauth2_is_written_and_read_again)
{
    const auto first = config::read_account("work", other_sources_of_a_secret.back());
    ASSERT_THAT(first.faults, IsEmpty());
    for (const auto& of :
         {first.values, config::read_account("work", config::format_account(first.values)).values}) {
        EXPECT_EQ(of.secret.kind, config::secret_source::kind::oauth2);
        EXPECT_EQ(of.oauth2.provider, "gmail");
        EXPECT_EQ(of.oauth2.client_id, "me");
        EXPECT_EQ(of.oauth2.client_secret_command, "s");
        EXPECT_EQ(of.oauth2.authorization_endpoint, "https://a");
        EXPECT_EQ(of.oauth2.device_endpoint, "https://d");
        EXPECT_EQ(of.oauth2.token_endpoint, "https://t");
        EXPECT_EQ(of.oauth2.scope, "pop");
        EXPECT_EQ(of.oauth2.ca, "/ca");
        EXPECT_TRUE(of.oauth2.client_credentials);
    }
}

TEST(account_file, ports_follow_tls_where_none_is_told)
{
    const auto port_of = [](const std::string& tls) {
        const auto text = "[server]\nhost = \"h\"\ntls = \"" + tls + "\"\n[sign_in]\nuser = \"a\"\n";
        return config::read_account("work", text).values.server.dial.port;
    };
    EXPECT_EQ(port_of("implicit"), 995);
    EXPECT_EQ(port_of("starttls"), 110);
    EXPECT_EQ(port_of("none"), 110);
}

TEST(account_file, a_wrong_value_is_told_with_its_line_and_what_to_write)
{
    const std::string start(least_account);
    const auto server = [](const std::string& line) {
        return "[server]\nhost = \"h\"\n" + line + "\n[sign_in]\nuser = \"a\"\n";
    };
    expect_one_fault(server("port = 0"), "port", "server.port", "1 to 65535");
    expect_one_fault(server("port = \"995\""), "port", "server.port", "whole number");
    expect_one_fault(server("tls = \"ssl\""), "tls", "server.tls", "\"ssl\"");
    expect_one_fault(server("trust = \"all\""), "trust", "server.trust", "\"all\"");
    expect_one_fault(server("pins = \"sha256/x\""), "pins", "server.pins", "list of texts");
    expect_one_fault(server("pins = [1]"), "pins", "server.pins", "list of texts");
    expect_one_fault(server("family = \"ipv5\""), "family", "server.family", "\"ipv5\"");
    expect_one_fault(server("proxy = \"ftp://x:1\""), "proxy", "server.proxy", "ftp://x:1");
    expect_one_fault(server("window = 0"), "window", "server.window", "1 to 1000");
    expect_one_fault(server("ca = true"), "ca", "server.ca", "must be a text");
    expect_one_fault(start + "plaintext_allowed = \"yes\"\n", "plaintext", "sign_in.plaintext_allowed",
                     "true or false");
    expect_one_fault(start + "[keep]\npolicy = \"days=\"\n", "policy", "keep.policy", "is not a policy");
    expect_one_fault(start + "[keep]\nclock = \"now\"\n", "clock", "keep.clock", "\"now\"");
    expect_one_fault(start + "[keep]\nguard_percent = 101\n", "guard", "keep.guard_percent", "0 to 100");
    expect_one_fault(start + "[fetch]\noctets_max = \"big\"\n", "octets_max", "fetch.octets_max", "octets");
    expect_one_fault(start + "[fetch]\nevery = \"soon\"\n", "every", "fetch.every", "duration");
    expect_one_fault(start + "[fetch]\norder = \"random\"\n", "order", "fetch.order", "\"random\"");
    expect_one_fault(start + "[fetch]\norder = 1\n", "order", "fetch.order", "must be a text");
}

TEST(account_file, zero_and_plain_octets_need_no_quotes)
{
    const auto read = config::read_account(
        "work",
        std::string(least_account) +
            "[fetch]\noctets_max = 1000\nevery = 0\n[[rules]]\nwhen = [{ octets_above = 7 }]\nskip = true\n");
    ASSERT_THAT(read.faults, IsEmpty());
    EXPECT_EQ(read.values.archive.octets_max, 1000U);
    EXPECT_EQ(read.values.every.count(), 0);
    EXPECT_EQ(read.values.archive.rules.at(0).tests.at(0).octets, 7U);
    const auto no_limit =
        config::read_account("work", std::string(least_account) + "[fetch]\noctets_max = \"0\"\n");
    ASSERT_THAT(no_limit.faults, IsEmpty());
    EXPECT_FALSE(no_limit.values.archive.octets_max);
}

TEST(account_file, a_key_has_one_fault)
{
    expect_one_fault("[server]\nhost = 3\n[sign_in]\nuser = \"a\"\n", "host", "server.host",
                     "must be a text");
    expect_one_fault("server = 3\n[sign_in]\nuser = \"a\"\n", "server", "server", "is a table");
}

TEST(account_file, the_clock_belongs_to_the_policy_wherever_it_stands)
{
    const auto read = config::read_account("work", std::string(least_account) +
                                                       "[keep]\nclock = \"message\"\npolicy = \"days=3\"\n");
    ASSERT_THAT(read.faults, IsEmpty());
    EXPECT_EQ(std::get<archive::keep_days>(read.values.archive.keep).clock, archive::age_clock::message);
}

TEST(account_file, what_turns_a_test_round_twice_leaves_it)
{
    const auto read = config::read_account(
        "work", std::string(least_account) +
                    "[[rules]]\nwhen = [{ header = \"To\", exists = false, not = true }]\nskip = true\n");
    ASSERT_THAT(read.faults, IsEmpty());
    EXPECT_FALSE(read.values.archive.rules.at(0).tests.at(0).negated);
}

TEST(account_file, what_is_missing_is_told)
{
    expect_one_fault("[sign_in]\nuser = \"a\"\n", "[sign_in]", "server", "is missing");
    expect_one_fault("[server]\nhost = \"h\"\n", "[server]", "sign_in", "is missing");
    expect_one_fault("[server]\n[sign_in]\nuser = \"a\"\n", "[server]", "server.host", "is missing");
    expect_one_fault("[server]\nhost = \"h\"\n[sign_in]\n", "[sign_in]", "sign_in.user", "is missing");
    const std::string start(least_account);
    expect_one_fault(start + "[sign_in.oauth2]\nprovider = \"gmail\"\n", "[sign_in.oauth2]",
                     "sign_in.oauth2.client_id", "is missing");
    expect_one_fault(start + "[sign_in.oauth2]\nclient_id = \"x\"\n", "[sign_in.oauth2]",
                     "sign_in.oauth2.provider", "is missing");
}

TEST(account_file, a_password_in_the_file_is_refused_and_never_repeated)
{
    const auto text = std::string(least_account) + "password = \"swordfish\"\n";
    const auto read = config::read_account("work", text);
    ASSERT_FALSE(read.faults.empty());
    for (const auto& fault : read.faults) {
        EXPECT_EQ(fault.line, 5U);
        EXPECT_EQ(fault.key, "sign_in.password");
        EXPECT_THAT(config::format_fault(fault, "f"), testing::Not(HasSubstr("swordfish")));
    }
    EXPECT_THAT(read.faults, Contains(Field(&config::fault::remedy, HasSubstr("password_command"))));
}

TEST(account_file, two_sources_of_a_password_are_refused)
{
    const auto text = std::string(least_account) + "password_command = \"a\"\npassword_keyring = true\n";
    expect_one_fault(text, "user", "sign_in.user", "more than one source");
}

TEST(account_file, a_key_that_is_none_is_told_with_what_may_be_meant)
{
    const auto read = config::read_account("work", std::string(least_account) + "[keep]\npolciy = \"all\"\n");
    ASSERT_EQ(read.faults.size(), 1U);
    EXPECT_EQ(read.faults[0].line, 6U);
    EXPECT_EQ(read.faults[0].key, "keep.polciy");
    EXPECT_THAT(read.faults[0].remedy, HasSubstr("did you mean \"keep.policy\"?"));
    expect_one_fault("top = 1\n" + std::string(least_account), "top", "top", "unknown key");
    expect_one_fault(std::string(least_account) +
                         "[[rules]]\nwhen = [{ octets_above = \"1\", x = 1 }]\nskip = true\n",
                     "when", "rules.when.x", "unknown key");
}

TEST(account_file, faults_come_all_at_once_in_the_order_of_their_lines)
{
    const auto read = config::read_account(
        "work",
        "[server]\nhost = \"h\"\nport = -1\ntls = \"x\"\n[sign_in]\nusr = \"a\"\n[keep]\npolicy = 3\n");
    std::vector<std::size_t> lines;
    for (const auto& fault : read.faults) lines.push_back(fault.line);
    EXPECT_TRUE(std::ranges::is_sorted(lines));
    EXPECT_THAT(lines, ElementsAre(3U, 4U, 5U, 6U, 8U));
}

TEST(account_file, a_rule_that_would_meet_every_message_or_do_nothing_is_refused)
{
    const std::string start(least_account);
    expect_one_fault(start + "[[rules]]\nskip = true\n", "[[rules]]", "rules.when", "every message");
    expect_one_fault(start + "[[rules]]\nwhen = [{ header = \"From\", is = \"a\" }]\n", "[[rules]]",
                     "rules.name", "does nothing");
    expect_one_fault(start + "[[rules]]\nwhen = [{ header = \"From\" }]\nskip = true\n", "header",
                     "rules.when.header", "needs one of");
    expect_one_fault(start +
                         "[[rules]]\nwhen = [{ header = \"From\", is = \"a\", ends = \"b\" }]\nskip = true\n",
                     "header", "rules.when.header", "needs one of");
    expect_one_fault(start + "[[rules]]\nwhen = [{ is = \"a\" }]\nskip = true\n", "is", "rules.when.header",
                     "must be one of");
    expect_one_fault(
        start + "[[rules]]\nwhen = [{ header = \"A\", is = \"a\", octets_above = \"1K\" }]\nskip = true\n",
        "header", "rules.when.header", "must be one of");
    expect_one_fault(start + "[rules]\nskip = true\n", "[rules]", "rules", "list of tables");
}

TEST(account_file, a_target_without_a_place_is_refused)
{
    const std::string start(least_account);
    expect_one_fault(start + "[[deliver]]\nkind = \"lmtp\"\nrecipients = [\"a@b\"]\n", "[[deliver]]",
                     "deliver.to", "is missing");
    expect_one_fault(start + "[[deliver]]\nkind = \"lmtp\"\nto = \"/s\"\n", "[[deliver]]",
                     "deliver.recipients", "is missing");
    expect_one_fault(start + "[[deliver]]\nkind = \"program\"\n", "[[deliver]]", "deliver.command",
                     "is missing");
    expect_one_fault(start + "[[deliver]]\nkind = \"imap\"\nto = \"x\"\nrecipients = [\"a\"]\n", "kind",
                     "deliver.kind", "\"imap\"");
    EXPECT_THAT(config::read_account("work", start + "[[deliver]]\nkind = \"mbox\"\nto = \"/m\"\n").faults,
                IsEmpty());
}

TEST(account_file, what_is_no_toml_is_told_with_its_line)
{
    const auto read = config::read_account("work", std::string(least_account) + "[keep\n");
    ASSERT_EQ(read.faults.size(), 1U);
    EXPECT_EQ(read.faults[0].line, 5U);
    EXPECT_THAT(read.faults[0].reason, HasSubstr("not TOML"));
}

TEST(account_file, one_that_is_too_large_is_not_read)
{
    const auto read = config::read_account("work", std::string((1U << 20U) + 1, '#'));
    ASSERT_EQ(read.faults.size(), 1U);
    EXPECT_THAT(read.faults[0].reason, HasSubstr("1 MiB"));
}
