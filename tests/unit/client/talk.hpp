// What the tests of the talk share: a server object over a scripted host, and a sink that keeps what comes.
#pragma once

#include "client/pop3_server.hpp"
#include "support/memory_log.hpp"
#include "support/seeded_random.hpp"
#include "unit/client/scripted_host.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace client_tests {

constexpr std::string_view password = "open-sesame";

struct talk {
    explicit talk(std::vector<std::string> scripts)
    {
        host.scripts.assign(scripts.begin(), scripts.end());
        settings.dial.host = "pop.example.org";
        settings.dial.port = 995;
        settings.sign_in.user = "ann";
        settings.sign_in.secret = [this](bool again) -> base::result<std::string> {
            asked.push_back(again);
            return again ? second_secret : std::string(password);
        };
    }

    client::pop3_server& server()
    {
        if (!server_)
            server_ = std::make_unique<client::pop3_server>(
                settings,
                [this]() -> base::result<std::unique_ptr<net::connection>> {
                    if (host.scripts.empty())
                        return base::fail({.kind = base::failure::network,
                                           .temporary = true,
                                           .peer_text = {},
                                           .operator_text = {}});
                    return std::make_unique<scripted_connection>(host);
                },
                nullptr, random, log);
        return *server_;
    }
    base::result<std::unique_ptr<client::maildrop>> sign_in() { return server().sign_in(); }

    /// Signed in; fails the test otherwise.
    client::maildrop& maildrop()
    {
        auto opened = sign_in();
        if (!opened) throw std::runtime_error(opened.error().operator_text);
        maildrop_ = std::move(*opened);
        return *maildrop_;
    }
    void hang_up() { maildrop_.reset(); }

    scripted_host host;
    client::pop3_server_settings settings;
    std::vector<bool> asked; ///< for the secret
    std::string second_secret{password};
    support::seeded_random random;
    support::memory_log log;

private:
    std::unique_ptr<client::pop3_server> server_;
    std::unique_ptr<client::maildrop> maildrop_;
};

/// A sign-in that works, with and without PIPELINING told.
inline const std::string plain_sign_in = "TLS\n"
                                         "S: +OK ready\n"
                                         "C: CAPA\nS: +OK\nS: USER\nS: UIDL\nS: TOP\nS: .\n"
                                         "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n"
                                         "C: CAPA\nS: +OK\nS: USER\nS: UIDL\nS: TOP\nS: .\n";
inline const std::string pipelining_sign_in =
    "TLS\n"
    "S: +OK ready\n"
    "C: CAPA\nS: +OK\nS: USER\nS: UIDL\nS: TOP\nS: PIPELINING\nS: .\n"
    "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n"
    "C: CAPA\nS: +OK\nS: USER\nS: UIDL\nS: TOP\nS: PIPELINING\nS: .\n";

class keeping_sink final : public client::message_sink {
public:
    struct kept {
        std::uint64_t number = 0;
        std::string octets;
        bool ended = false, doubtful = false;
    };

    base::result<> begin(const client::listed_message& message) override
    {
        messages.push_back({.number = message.number, .octets = {}});
        return {};
    }
    base::result<> octets(std::string_view chunk) override
    {
        if (disk_is_full)
            return base::fail(
                {.kind = base::failure::no_space, .temporary = true, .peer_text = {}, .operator_text = {}});
        messages.back().octets += chunk;
        return {};
    }
    base::result<> end(bool doubtful) override
    {
        if (sync_fails)
            return base::fail(
                {.kind = base::failure::storage, .temporary = true, .peer_text = {}, .operator_text = {}});
        messages.back().ended = true;
        messages.back().doubtful = doubtful;
        return {};
    }
    base::result<> failed(const client::listed_message& message, const base::error& why) override
    {
        failures.push_back(std::to_string(message.number) + " " + why.operator_text);
        return {};
    }

    std::vector<kept> messages;
    std::vector<std::string> failures;
    bool disk_is_full = false;
    bool sync_fails = false;
};

inline std::vector<client::listed_message> numbered(std::uint64_t count)
{
    std::vector<client::listed_message> out;
    for (std::uint64_t number = 1; number <= count; ++number)
        out.push_back({.number = number, .unique_id = {}});
    return out;
}

} // namespace client_tests
