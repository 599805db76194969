// Policy lines to a session policy.
#include "transcripts/policy.hpp"

#include "sasl/mechanism.hpp"

#include <sstream>
#include <stdexcept>
#include <vector>

namespace transcripts {
namespace {

std::vector<std::string> split_words(std::string_view text)
{
    std::vector<std::string> out;
    std::istringstream in{std::string(text)};
    for (std::string one; std::getline(in, one, ',');) out.push_back(one);
    return out;
}

std::vector<pop3::offered_mechanism> mechanisms_named(const std::string& names)
{
    std::vector<pop3::offered_mechanism> out;
    for (const auto& name : split_words(names)) {
        const auto* const row = sasl::find_mechanism(name);
        if (row == nullptr) throw std::runtime_error("no mechanism is named " + name);
        out.push_back({.name = name, .shows_secret = row->shows_secret(), .server_first = row->server_first});
    }
    return out;
}

/// What a transcript need not say.
pop3::session_policy default_policy()
{
    pop3::session_policy out;
    out.host_name = "pop.example.net";
    out.implementation = "Restante-test";
    out.plaintext_allowed = true;
    out.mechanisms = out.tls_mechanisms = mechanisms_named("PLAIN,LOGIN");
    return out;
}

} // namespace

std::optional<std::uint32_t> days_of(const std::string& text)
{
    if (text == "never") return std::nullopt;
    return static_cast<std::uint32_t>(std::stoul(text));
}

pop3::session_policy session_policy_of(const transcript& file)
{
    pop3::session_policy out = default_policy();
    for (const auto& [key, value] : file.policy) {
        const bool yes = value == "yes";
        if (key == "host")
            out.host_name = value;
        else if (key == "implementation")
            out.implementation = value;
        else if (key == "apop")
            out.apop_timestamp = value;
        else if (key == "tls_active")
            out.tls_active = yes;
        else if (key == "tls_available")
            out.tls_available = yes;
        else if (key == "plaintext")
            out.plaintext_allowed = yes;
        else if (key == "mechanisms")
            out.mechanisms = mechanisms_named(value);
        else if (key == "tls_mechanisms")
            out.tls_mechanisms = mechanisms_named(value);
        else if (key == "expire")
            out.expire.days = days_of(value);
        else if (key == "expire_per_user")
            out.expire.per_user = yes;
        else if (key == "login_delay")
            out.login_delay.seconds = std::chrono::seconds(std::stoul(value));
        else if (key == "login_delay_per_user")
            out.login_delay.per_user = yes;
        else if (key == "fallback") {
            using enum pop3::utf8_fallback;
            out.fallback = value == "refuse" ? refuse : value == "surrogate" ? surrogate : as_is;
        } else if (key == "languages")
            out.languages = split_words(value);
        else if (key == "bad_commands_before_login")
            out.bad_commands_before_login = static_cast<unsigned>(std::stoul(value));
        else if (key == "bad_commands_after_login")
            out.bad_commands_after_login = static_cast<unsigned>(std::stoul(value));
        else if (key == "log_in_failures_max")
            out.log_in_failures_max = static_cast<unsigned>(std::stoul(value));
        else
            throw std::runtime_error("no policy is named " + key);
    }
    return out;
}

} // namespace transcripts
