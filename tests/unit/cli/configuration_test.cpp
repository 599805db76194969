// The configuration: every key, every kind of fault, all of them at once, with their lines.
#include "config/configuration.hpp"
#include "config/domain_keys.hpp"
#include "config/schema.hpp"
#include "config/toml_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace std::chrono_literals;
using config::read_configuration;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

// The one fault of a text that has one.
config::fault only_fault(std::string_view text)
{
    const auto faults = read_configuration(text).faults;
    EXPECT_EQ(faults.size(), 1U) << text;
    return faults.empty() ? config::fault() : faults.front();
}

std::string in_toml(const config::key& key, std::string_view value)
{
    const auto dot = key.path.find('.');
    std::string out;
    if (dot != std::string_view::npos) out.append("[").append(key.path.substr(0, dot)).append("]\n");
    return out.append(key.path.substr(dot + 1)).append(" = ").append(value).append("\n");
}

} // namespace

TEST(configuration, an_empty_file_is_the_defaults)
{
    const auto read = read_configuration("");
    EXPECT_THAT(read.faults, IsEmpty());
    for (const auto& key : config::site_keys())
        EXPECT_EQ(config::format_value(key, read.values), config::format_value(key, config::configuration()))
            << key.path;
}

TEST(configuration, deleted_mail_is_held_for_a_week_and_nothing_expires)
{
    const auto policy = read_configuration("").values.site.maildrop;
    EXPECT_EQ(policy.held_for, 168h);
    EXPECT_EQ(policy.expire, std::nullopt);
    EXPECT_EQ(policy.quota_octets, std::nullopt);
}

TEST(configuration, values_come_to_their_places)
{
    const auto read = read_configuration(R"(
host_name = "mail.example.org"
threads = 3
[listeners]
pop3 = ["127.0.0.1:110", "[::1]:110"]
allow_plaintext = true
[maildrops]
held_for = "0"
expire = "90d"
quota_octets = "2G"
quota_messages = 1000
lock = "snapshot"
[pop3]
utf8_fallback = "refuse"
[deadlines]
log_in = "30s"
[log]
format = "json"
level = "warning"
)");
    EXPECT_THAT(read.faults, IsEmpty());
    EXPECT_EQ(read.values.host_name, "mail.example.org");
    EXPECT_EQ(read.values.site.threads, 3U);
    EXPECT_THAT(read.values.listeners.pop3, testing::ElementsAre("127.0.0.1:110", "[::1]:110"));
    EXPECT_TRUE(read.values.listeners.allow_plaintext);
    EXPECT_EQ(read.values.site.maildrop.held_for, 0s);
    EXPECT_EQ(read.values.site.maildrop.expire, 90 * 24h);
    EXPECT_EQ(read.values.site.maildrop.quota_octets, 2ULL << 30U);
    EXPECT_EQ(read.values.site.maildrop.quota_messages, 1000U);
    EXPECT_EQ(read.values.site.maildrop.lock, server::maildrop_lock::snapshot);
    EXPECT_EQ(read.values.site.pop3.fallback, server::utf8_fallback::refuse);
    EXPECT_EQ(read.values.site.deadlines.log_in, 30s);
    EXPECT_EQ(read.values.log.format, config::log_format::json);
    EXPECT_EQ(read.values.log.level, base::severity::warning);
    EXPECT_EQ(read.lines.at("maildrops.held_for"), 8U);
}

TEST(configuration, a_domain_has_settings_of_its_own)
{
    const auto read = read_configuration(R"(
[maildrops]
quota_octets = "1G"
[domains."Example.ORG"]
host_name = "mail.example.org"
quota_octets = "2G"
quota_messages = 0
expire = "never"
held_for = "1d"
login_delay = "30s"
lock = "snapshot"
[domains."empty.example"]
)");
    EXPECT_THAT(read.faults, IsEmpty());
    const auto& own = read.values.site.domains.at("example.org");
    EXPECT_EQ(own, (server::own_settings{.host_name = "mail.example.org",
                                         .quota_octets = 2ULL << 30U,
                                         .quota_messages = 0,
                                         .expire = 0s,
                                         .held_for = 24h,
                                         .login_delay = 30s,
                                         .lock = server::maildrop_lock::snapshot}));
    EXPECT_EQ(read.values.site.domains.at("empty.example"), server::own_settings{});
    EXPECT_EQ(read.values.site.maildrop.quota_octets, 1ULL << 30U);
    const auto again = read_configuration(config::format_domains(read.values));
    EXPECT_THAT(again.faults, IsEmpty());
    EXPECT_EQ(again.values.site.domains, read.values.site.domains);
}

TEST(configuration, faults_in_the_settings_of_domains_are_told_with_their_lines)
{
    const auto read = read_configuration(R"([domains."example.org"]
quota = "1G"
expire = "soon"
[domains.example.com]
held_for = "1d"
[domains."a@b"]
)");
    ASSERT_EQ(read.faults.size(), 4U);
    const std::size_t lines[] = {2, 3, 4, 6};
    for (std::size_t at = 0; at < 4; ++at) EXPECT_EQ(read.faults[at].line, lines[at]) << read.faults[at].key;
    EXPECT_THAT(read.faults[2].remedy, HasSubstr("[domains.\"example.com\"]"));
    EXPECT_THAT(only_fault("domains = 3\n").remedy, HasSubstr("[domains"));
}

TEST(configuration, all_faults_are_told_at_once_with_their_lines)
{
    const auto read = read_configuration(R"(threads = "many"
[maildrops]
heldfor = "7d"
expire = "7 days"
lock = "exclusiv"
[limits]
connections_max = 0
[nonsense]
)");
    ASSERT_EQ(read.faults.size(), 6U);
    const std::size_t lines[] = {1, 3, 4, 5, 7, 8};
    for (std::size_t at = 0; at < 6; ++at) EXPECT_EQ(read.faults[at].line, lines[at]) << read.faults[at].key;
    EXPECT_THAT(read.faults[1].remedy, HasSubstr("did you mean \"maildrops.held_for\"?"));
    EXPECT_THAT(read.faults[2].remedy, HasSubstr("\"7d\""));
    EXPECT_THAT(read.faults[3].remedy, HasSubstr("did you mean \"exclusive\"?"));
    for (const auto& fault : read.faults) EXPECT_FALSE(fault.remedy.empty()) << fault.key;
}

TEST(configuration, every_key_refuses_a_value_of_another_kind)
{
    for (const auto& key : config::site_keys()) {
        const auto fault = only_fault(in_toml(key, "1979-05-27"));
        EXPECT_EQ(fault.key, key.path);
        EXPECT_FALSE(fault.remedy.empty()) << key.path;
    }
}

TEST(configuration, every_key_takes_its_own_default)
{
    for (const auto& key : config::site_keys()) {
        const auto read =
            read_configuration(in_toml(key, config::format_value(key, config::configuration())));
        EXPECT_THAT(read.faults, IsEmpty()) << key.path;
    }
}

TEST(configuration, a_key_in_the_wrong_table_is_told_where_it_belongs)
{
    EXPECT_THAT(only_fault("held_for = \"7d\"\n").remedy, HasSubstr("\"maildrops.held_for\""));
    EXPECT_THAT(only_fault("[pop3]\nquota_octets = \"1G\"\n").remedy,
                HasSubstr("\"maildrops.quota_octets\""));
}

TEST(configuration, a_table_given_as_a_value_is_a_fault)
{
    EXPECT_THAT(only_fault("maildrops = 3\n").remedy, HasSubstr("[maildrops]"));
}

TEST(configuration, a_bare_number_is_no_duration)
{
    EXPECT_THAT(only_fault("[maildrops]\nheld_for = 7\n").reason, HasSubstr("must be a duration"));
    EXPECT_THAT(read_configuration("[maildrops]\nheld_for = 0\n").faults, IsEmpty());
}

TEST(configuration, values_out_of_bounds_are_faults)
{
    EXPECT_THAT(only_fault("[deadlines]\nidle = \"9m\"\n").remedy,
                HasSubstr("\"10m\"")); // RFC 1939, section 3
    EXPECT_EQ(only_fault("[maildrops]\nquota_octets = -1\n").key, "maildrops.quota_octets");
    EXPECT_EQ(only_fault("[mail_in]\nmessage_octets_max = 0\n").key, "mail_in.message_octets_max");
    EXPECT_EQ(only_fault("threads = 9223372036854775807\n").key, "threads");
}

TEST(configuration, texts_are_checked)
{
    EXPECT_EQ(only_fault("host_name = \"not a host\"\n").key, "host_name");
    EXPECT_EQ(only_fault("host_name = \"a..b\"\n").key, "host_name");
    EXPECT_EQ(only_fault("host_name = \"a.b.\"\n").key, "host_name");
    EXPECT_EQ(only_fault("root = \"relative\"\n").key, "root");
    EXPECT_EQ(only_fault("user = \"-rf\"\n").key, "user");
    EXPECT_EQ(only_fault("[listeners]\npop3s = [\"*:995\", \"nowhere\"]\n").key, "listeners.pop3s");
    EXPECT_EQ(only_fault("[listeners]\npop3s = \"*:995\"\n").key, "listeners.pop3s");
    EXPECT_EQ(only_fault("[listeners]\nproxy_networks = [\"192.0.2.0/33\"]\n").key,
              "listeners.proxy_networks");
    EXPECT_EQ(only_fault("[listeners]\nsocket_mode = \"0999\"\n").key, "listeners.socket_mode");
    EXPECT_THAT(only_fault("[auth]\nmechanisms = [\"SCRAM-SHA-265\"]\n").reason, HasSubstr("SCRAM-SHA-256"));
}

TEST(configuration, what_is_not_toml_is_a_fault_with_a_line)
{
    const auto fault = only_fault("threads = 1\nlisteners = [\n");
    EXPECT_GE(fault.line, 2U);
    EXPECT_THAT(fault.reason, HasSubstr("not TOML"));
    EXPECT_EQ(only_fault(std::string_view("a\0b", 3)).line, 1U);
    EXPECT_EQ(only_fault("threads = 1\nthreads = 2\n").line, 2U);
}

TEST(configuration, what_is_too_large_is_not_read)
{
    EXPECT_THAT(only_fault(std::string(config::configuration_octets_max + 1, '\n')).reason,
                HasSubstr("1 MiB"));
    EXPECT_EQ(only_fault("\n[" + std::string(config::configuration_line_octets_max, 'a') + "]").line, 2U);
    std::string deep = "a";
    while (deep.size() < config::configuration_line_octets_max - 4) deep += ".a";
    EXPECT_EQ(read_configuration("[" + deep + "]\n").faults.size(), 1U);
}

TEST(configuration, a_fault_is_told_on_clean_lines)
{
    const config::fault fault{12, "a\x1b[31m", "is \"x\ny\"", "mend it"};
    EXPECT_EQ(config::format_fault(fault, "f.toml"), "f.toml:12: a?[31m: is \"x?y\"\n    mend it");
    EXPECT_EQ(config::format_fault({0, "", "cannot be read", ""}, "f.toml"), "f.toml: cannot be read");
}

TEST(configuration, seeks_a_likely_word_for_those_errors_alone_that_are_printed)
{
    std::string text;
    for (int each = 100; each < 1000; ++each) text += "host_name" + std::to_string(each) + " = 1\n";
    const auto faults = read_configuration(text).faults;
    ASSERT_EQ(faults.size(), 900U);
    const auto with_a_word = std::ranges::count_if(
        faults, [](const config::fault& each) { return each.remedy == "did you mean \"host_name\"?"; });
    EXPECT_EQ(with_a_word, 100);
    EXPECT_EQ(faults.front().remedy, "did you mean \"host_name\"?"); // those that come first are printed
    const auto printed = config::format_faults(faults, "x.toml");
    ASSERT_EQ(printed.size(), 101U);
    EXPECT_EQ(printed.back(), "x.toml: and 800 more errors");
}

TEST(configuration, a_key_of_any_length_is_printed_short)
{
    const auto fault = only_fault("\"" + std::string(4000, 'k') + "\" = 1\n");
    EXPECT_LT(config::format_fault(fault, "x.toml").size(), 1000U);
}
