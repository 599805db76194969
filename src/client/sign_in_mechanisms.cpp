// Which ways to sign in are tried, and in which order.
#include "client/sign_in_mechanisms.hpp"

#include "sasl/mechanism.hpp"

#include <algorithm>

namespace client {

namespace {

bool holds(const std::vector<std::string>& list, std::string_view name)
{
    return std::ranges::find(list, name) != list.end();
}

bool binds_channel(std::string_view mechanism)
{
    const auto* const row = sasl::find_mechanism(mechanism);
    return row != nullptr && row->binds_channel;
}

/// The line and the account have what it needs, and it shows no password to a listener unless that was allowed.
bool usable(std::string_view mechanism, const sign_in_settings& settings, const sign_in_means& means)
{
    const auto* const row = sasl::find_mechanism(mechanism); // none: USER or APOP
    const bool shows = row != nullptr ? row->shows_secret() : mechanism == "USER";
    if (shows && !means.channel.tls && !settings.plaintext_allowed) return false;
    if (row == nullptr) return means.secret;
    if (row->proof == sasl::proof::token) return means.token;
    if (row->needs_certificate()) return means.channel.tls && means.certificate;
    return means.secret && (!row->binds_channel || means.channel.can_bind());
}

/// As the person ordered. Where the server lists its mechanisms, those it lacks are left out, but for tokens: who names
/// one knows of a server that does not list it.
std::vector<std::string> as_ordered(const sign_in_settings& settings, const pop3::capabilities& capabilities,
                                    const sign_in_means& means)
{
    std::vector<std::string> out;
    for (const std::string& mechanism : settings.mechanisms) {
        const bool may_exist = capabilities.sasl.empty() || mechanism == "USER" || mechanism == "APOP" ||
                               takes_token(mechanism) || holds(capabilities.sasl, mechanism);
        if (may_exist && usable(mechanism, settings, means)) out.push_back(mechanism);
    }
    return out;
}

std::vector<std::string> with_token(const sign_in_settings& settings, const pop3::capabilities& capabilities,
                                    const sign_in_means& means)
{
    // A guess only where nothing is listed: each mechanism that is not there counts against the whole address.
    const bool guess = capabilities.sasl.empty();
    std::vector<std::string> out;
    for (const auto& row : sasl::all_mechanisms())
        if (row.proof == sasl::proof::token && (guess || holds(capabilities.sasl, row.name)) &&
            usable(row.name, settings, means))
            out.emplace_back(row.name);
    if (guess) std::ranges::reverse(out); // the older one is the one that more servers have
    return out;
}

/// LOGIN adds nothing to PLAIN or USER, but is all that some servers list.
bool is_only_login(const pop3::capabilities& capabilities)
{
    return capabilities.sasl.size() == 1 && capabilities.sasl.front() == "LOGIN" && !capabilities.user;
}

std::vector<std::string> strongest_first(const sign_in_settings& settings,
                                         const pop3::capabilities& capabilities, const sign_in_means& means)
{
    std::vector<std::string> out;
    for (const auto& row : sasl::all_mechanisms()) {
        if (row.proof == sasl::proof::shared_secret || row.proof == sasl::proof::token) continue;
        if (row.name == "LOGIN" && !(is_only_login(capabilities) && means.channel.tls)) continue;
        if (holds(capabilities.sasl, row.name) && usable(row.name, settings, means))
            out.emplace_back(row.name);
    }
    if (std::ranges::any_of(out, binds_channel))
        std::erase_if(out, [](const std::string& one) { return !binds_channel(one); });
    else if (usable("USER", settings, means))
        out.emplace_back("USER");
    return out;
}

} // namespace

bool takes_token(std::string_view mechanism)
{
    const auto* const row = sasl::find_mechanism(mechanism);
    return row != nullptr && row->proof == sasl::proof::token;
}

std::vector<std::string> mechanisms_to_try(const sign_in_settings& settings,
                                           const pop3::capabilities& capabilities, const sign_in_means& means)
{
    if (!settings.mechanisms.empty()) return as_ordered(settings, capabilities, means);
    return means.token ? with_token(settings, capabilities, means)
                       : strongest_first(settings, capabilities, means);
}

bool wants_two_lines(std::string_view host)
{
    return host == "outlook.office365.com" || host.ends_with(".outlook.com") ||
           host.ends_with(".office365.com");
}

} // namespace client
