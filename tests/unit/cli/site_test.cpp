// From a configuration to the post office's settings, and the command line over it.
#include "config/schema.hpp"
#include "config/site.hpp"
#include "server/site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

config::reading with(const config::overrides& wishes, std::string_view text = "")
{
    auto out = config::read_configuration(text);
    config::apply(wishes, out);
    config::check_together(out);
    return out;
}

} // namespace

TEST(site, the_default_doors_are_pop3s_and_an_lmtp_socket)
{
    const auto site = config::site_settings(with({.root = "/srv/post"}).values);
    ASSERT_EQ(site.listeners.size(), 2U);
    EXPECT_EQ(site.listeners[0].address.port, 995);
    EXPECT_EQ(site.listeners[0].address.host, "");
    EXPECT_EQ(site.listeners[0].tls, server::tls_mode::implicit);
    EXPECT_EQ(site.listeners[1].address.path, "/srv/post/run/lmtp.sock");
    EXPECT_EQ(site.listeners[1].tls, server::tls_mode::none);
    EXPECT_EQ(site.admin_socket_path, "/srv/post/run/admin.sock");
    EXPECT_EQ(site.tls->certificate.chain_path, "/srv/post/tls/cert.pem");
    EXPECT_EQ(site.tls->certificate.key_path, "/srv/post/tls/key.pem");
    EXPECT_FALSE(site.metrics);
}

TEST(site, a_listener_on_the_command_line_replaces_all_of_the_file)
{
    const auto read = with({.pop3 = {"127.0.0.1:1110"}}, "[listeners]\nsmtp = [\"*:25\"]\n");
    EXPECT_THAT(read.faults, IsEmpty());
    const auto site = config::site_settings(read.values);
    ASSERT_EQ(site.listeners.size(), 1U);
    EXPECT_EQ(site.listeners[0].address.port, 1110);
    EXPECT_EQ(site.listeners[0].tls, server::tls_mode::start_tls);
    EXPECT_FALSE(site.listeners[0].plaintext_allowed);
}

TEST(site, allow_plaintext_is_for_pop3_alone)
{
    const auto read = with({.pop3 = {"127.0.0.1:0"},
                            .pop3s = {"127.0.0.1:0"},
                            .smtp = {"127.0.0.1:0"},
                            .allow_plaintext = true});
    EXPECT_THAT(read.faults, IsEmpty());
    std::vector<bool> allowed;
    for (const auto& each : config::site_settings(read.values).listeners)
        allowed.push_back(each.plaintext_allowed);
    EXPECT_THAT(allowed, ElementsAre(true, false, false));
}

TEST(site, lmtp_takes_an_address_or_a_path)
{
    const auto site =
        config::site_settings(with({.root = "/r", .lmtp = {"127.0.0.1:24", "/a/b.sock", "c.sock"}}).values);
    ASSERT_EQ(site.listeners.size(), 3U);
    EXPECT_EQ(site.listeners[0].address.port, 24);
    EXPECT_EQ(site.listeners[1].address.path, "/a/b.sock");
    EXPECT_EQ(site.listeners[2].address.path, "/r/c.sock");
}

TEST(site, faults_of_options_are_told_under_their_names)
{
    EXPECT_EQ(with({.pop3s = {"nowhere"}}).faults.at(0).key, "--pop3s");
    EXPECT_EQ(with({.pop3 = {"/a/socket"}}).faults.at(0).key, "--pop3");
    EXPECT_EQ(with({.pop3 = {"127.0.0.1:110"}, .metrics = "x"}).faults.at(0).key, "--metrics");
    EXPECT_EQ(with({.root = ""}).faults.at(0).key, "--root");
}

TEST(site, keys_are_seen_together)
{
    const auto fault = [](std::string_view text) {
        const auto read = with({}, text);
        return read.faults.empty() ? config::fault() : read.faults.front();
    };
    EXPECT_EQ(fault("group = \"mail\"\n").line, 1U);
    EXPECT_EQ(fault("[log]\ntarget = \"file\"\n").key, "log.target");
    EXPECT_EQ(fault("[log]\nfile = \"/var/log/x\"\n").key, "log.file");
    EXPECT_EQ(fault("[listeners]\nallow_plaintext = true\n").line, 2U);
    EXPECT_THAT(fault("[listeners]\nmetrics = \"*:9995\"\n").reason, HasSubstr("loopback"));
    EXPECT_THAT(fault("[listeners]\nmetrics = \"192.0.2.1:9995\"\n").reason, HasSubstr("loopback"));
    EXPECT_THAT(fault("[listeners]\npop3s = [\"*:995\", \"*:995\"]\n").reason, HasSubstr("twice"));
    EXPECT_THAT(fault("[listeners]\npop3s = []\nlmtp = []\n").reason, HasSubstr("no listener"));
    EXPECT_EQ(fault("[limits]\nearly_drop_start_percent = 90\nearly_drop_full_percent = 80\n").line, 2U);
    EXPECT_EQ(fault("").key, "");
}

TEST(site, inherited_sockets_stand_in_the_place_of_their_name)
{
    const std::vector<config::inherited_socket> sockets{
        {"pop3s", 3, false}, {"pop3s", 4, false}, {"lmtp", 5, true}};
    const auto read = with({}, "[listeners]\npop3 = [\"*:110\"]\nproxy_networks = [\"192.0.2.0/24\"]\n");
    const auto site = config::site_settings(read.values, sockets);
    ASSERT_EQ(site.listeners.size(), 4U);
    EXPECT_EQ(site.listeners[0].inherited_descriptor, std::nullopt);
    EXPECT_EQ(site.listeners[1].inherited_descriptor, 3);
    EXPECT_EQ(site.listeners[1].tls, server::tls_mode::implicit);
    EXPECT_EQ(site.listeners[1].proxy_networks.size(), 1U);
    EXPECT_EQ(site.listeners[2].inherited_descriptor, 4);
    EXPECT_EQ(site.listeners[3].inherited_descriptor, 5);
    EXPECT_EQ(site.listeners[3].service, server::service::lmtp);
    EXPECT_THAT(site.listeners[3].proxy_networks, IsEmpty());
}

TEST(site, what_needs_a_restart_is_named_by_its_key)
{
    const auto before = with({}).values;
    auto now = before;
    now.root = "/elsewhere";
    now.user = now.group = "post";
    now.mail = "/elsewhere/mail";
    now.listeners.pop3 = {"127.0.0.1:110"};
    now.listeners.metrics = "127.0.0.1:9995";
    now.auth = {.users = "others", .success_cache = std::chrono::seconds(1)};
    now.site.threads = now.site.disk_threads = now.site.hash_threads = 7;
    now.site.limits.disk_queue_max = now.site.limits.hash_queue_max = 7;
    auto wanted = config::site_settings(now);
    auto named = server::keep_what_cannot_change(wanted, config::site_settings(before));
    EXPECT_FALSE(wanted.metrics);
    for (auto& key : config::keys_for_restart(before, now)) named.push_back(std::move(key));
    EXPECT_THAT(named, testing::UnorderedElementsAre("root", "user", "group", "threads", "disk_threads",
                                                     "hash_threads", "listeners", "listeners.metrics",
                                                     "auth.users", "auth.success_cache", "maildrops.folder",
                                                     "limits.disk_queue_max", "limits.hash_queue_max"));
    for (const auto& name : named) {
        const auto headings = config::site_schema().headings;
        EXPECT_TRUE(
            std::ranges::any_of(config::site_keys(), [&](const auto& key) { return key.path == name; }) ||
            std::ranges::any_of(headings, [&](const auto& table) { return table.name == name; }))
            << name;
    }
}

TEST(site, another_mode_of_a_socket_needs_a_restart)
{
    const auto before = with({}).values;
    auto now = before;
    now.listeners.socket_mode = "0666";
    auto wanted = config::site_settings(now);
    EXPECT_THAT(server::keep_what_cannot_change(wanted, config::site_settings(before)),
                ElementsAre("listeners"));
}
