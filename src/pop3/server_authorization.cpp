// The AUTHORIZATION state: USER, PASS, APOP (RFC 1939, sections 4 and 7), AUTH (RFC 5034), STLS (RFC 2595).
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "pop3/capability.hpp"
#include "pop3/server_machine.hpp"
#include "pop3/status.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace pop3 {
namespace {

/// RFC 1939, section 7: 16 octets as lower-case hexadecimal.
bool is_digest(std::string_view text)
{
    const auto is_hexadecimal = [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); };
    return text.size() == 32 && std::ranges::all_of(text, is_hexadecimal);
}

} // namespace

// --- USER, PASS, APOP -----------------------------------------------------------------------------

server_session::machine::answer server_session::machine::user(std::string_view name)
{
    user_named = false;
    if (!takes_passwords(policy)) return bad(phrase::tls_first);
    if (name.empty()) return bad(phrase::malformed_arguments);
    if (!base::is_utf8(name)) return bad(phrase::not_utf8);
    user_name = name;
    user_named = true;
    ok(phrase::send_password);
    return std::nullopt;
}

server_session::machine::answer server_session::machine::pass(std::string_view secret)
{
    if (!takes_passwords(policy))
        return bad(phrase::tls_first); // for every user and secret alike (RFC 8314, section 4.1)
    if (!std::exchange(user_named, false)) return bad(phrase::user_first);
    if (!base::is_utf8(secret)) { // RFC 6856, section 2.2
        refused(
            {.kind = base::failure::credentials, .temporary = false, .peer_text = {}, .operator_text = {}});
        return std::nullopt;
    }
    turn = pop3::turn::driver;
    return check_password{.user = user_name, .secret = std::string(secret)};
}

server_session::machine::answer server_session::machine::apop(std::string_view argument)
{
    user_named = false;
    const auto halves = split_last(argument);
    if (!halves || !is_digest(halves->second)) return bad(phrase::malformed_arguments);
    if (!base::is_utf8(halves->first)) return bad(phrase::not_utf8);
    user_name = halves->first;
    turn = pop3::turn::driver;
    return check_apop{.user = user_name, .digest = std::string(halves->second)};
}

// --- AUTH -----------------------------------------------------------------------------------------

server_session::machine::answer server_session::machine::auth(std::string_view argument)
{
    user_named = false;
    if (argument.empty()) return list_mechanisms();
    const std::size_t space = argument.find(' ');
    const std::string mechanism = base::upper_case(argument.substr(0, space));
    const auto offered = mechanisms(policy);
    const auto found = std::ranges::find(offered, mechanism, &offered_mechanism::name);
    if (found == offered.end()) return fruitless(phrase::unknown_mechanism);

    sasl_begin begin{.mechanism = mechanism, .initial_response = std::nullopt};
    if (space != std::string_view::npos) {
        if ((*found)->server_first) return bad(phrase::no_initial_response);
        const std::string_view encoded = argument.substr(space + 1);
        begin.initial_response = encoded == "=" ? std::string{} : base::from_base64(encoded);
        // Nothing at all is no base64 here: an empty response is "=".
        if (encoded.empty() || !begin.initial_response) return bad(phrase::not_base64);
    }
    turn = pop3::turn::driver;
    return begin;
}

/// Not in any RFC in force, but old clients ask in this way which mechanisms there are.
server_session::machine::answer server_session::machine::list_mechanisms()
{
    ok(phrase::mechanisms_follow);
    for (const auto* const mechanism : mechanisms(policy)) output.append(mechanism->name).append("\r\n");
    output += ".\r\n";
    return std::nullopt;
}

server_session::machine::answer server_session::machine::sasl_line(const line& from_peer)
{
    const auto response = from_peer.too_long ? std::nullopt : base::from_base64(from_peer.text);
    if (response) {
        turn = pop3::turn::driver;
        return sasl_respond{*response};
    }
    turn = pop3::turn::command;
    if (from_peer.text == "*" && !from_peer.too_long)
        fruitless(phrase::cancelled);
    else
        bad(from_peer.too_long ? phrase::line_too_long : phrase::not_base64);
    return sasl_abort{};
}

// --- STLS -----------------------------------------------------------------------------------------

server_session::machine::answer server_session::machine::stls(std::string_view)
{
    if (policy.tls_active) return bad(phrase::tls_active_already);
    if (!policy.tls_available) return bad(phrase::tls_unavailable);
    ok(phrase::begin_tls);
    turn = pop3::turn::driver;
    return start_tls{.pending_plaintext = input.clear()};
}

void server_session::machine::tls_started()
{
    assert(turn == pop3::turn::driver);
    turn = pop3::turn::command;
    // Whatever came in plain text may be an attacker's (RFC 2595, section 4; RFC 3207, section 4.2).
    input.clear();
    user_name.clear();
    user_named = false;
    utf8_issued = false;
    spoken = &languages().front();
    language_chosen = false;
    policy.tls_active = true;
}

// --- how log-in ends ------------------------------------------------------------------------------

void server_session::machine::logged_in(opened_maildrop opened)
{
    if (turn == pop3::turn::over) return;
    assert(turn == pop3::turn::driver && state == state::authorization);
    turn = pop3::turn::command;
    state = state::transaction;
    bad_commands = 0;
    if (!opened.user.empty()) user_name = std::move(opened.user);
    maildrop.emplace(std::move(opened), policy.fallback == utf8_fallback::surrogate && !utf8_issued);
    ok(phrase::maildrop_summary, {maildrop->count(), maildrop->octets()});
}

void server_session::machine::refused(const base::error& error)
{
    if (turn == pop3::turn::over) return;
    turn = pop3::turn::command;
    err(error);
    // A full server keeps nobody who waits for it to have room.
    if (error.kind == base::failure::overloaded) return close_session(false);
    // A maildrop in use or a database that is down is no guess at a password.
    if (!is_credential_failure(error.kind) && error.kind != base::failure::malformed) return;
    if (++log_in_failures >= policy.log_in_failures_max) close_session(false);
}

void server_session::challenge(std::string_view octets)
{
    if (machine_->turn == turn::over) return;
    assert(machine_->turn == turn::driver);
    machine_->turn = turn::sasl_response;
    // The space is there for an empty challenge, too (RFC 5034, section 4).
    machine_->output.append("+ ").append(base::to_base64(octets)).append("\r\n");
}

} // namespace pop3
