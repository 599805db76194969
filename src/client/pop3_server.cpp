// client::server over a real connection: which attempts are made, and with what.
#include "client/pop3_server.hpp"

#include "client/pop3_maildrop.hpp"
#include "client/server_errors.hpp"
#include "client/sign_in.hpp"
#include "sasl/mechanism.hpp"

#include <algorithm>
#include <utility>

namespace client {

namespace {

using base::failure;

/// A line end or NUL in an argument would be a second command, or the end of what the server sees (CVE-2012-0036).
base::result<> check(std::string_view text, std::string_view subject, const std::string& host)
{
    constexpr std::string_view forbidden("\r\n\0", 3);
    if (text.find_first_of(forbidden) == std::string_view::npos) return {};
    return base::fail(refusal(host + ": " + std::string(subject) +
                              " holds a line end or a NUL, which cannot be sent to a server; correct it"));
}

bool wanted(const sign_in_settings& settings, bool (*kind)(std::string_view))
{
    return settings.mechanisms.empty() ||
           std::ranges::any_of(settings.mechanisms,
                               [&](const std::string& mechanism) { return kind(mechanism); });
}

bool takes_secret(std::string_view mechanism)
{
    const auto* const row = sasl::find_mechanism(mechanism); // none: USER or APOP
    return row == nullptr || (!row->needs_certificate() && row->proof != sasl::proof::token);
}

base::result<sign_in_proof> proof_of(const pop3_server_settings& settings, bool again)
{
    const sign_in_settings& sign_in = settings.sign_in;
    sign_in_proof out;
    if (sign_in.token && wanted(sign_in, takes_token)) {
        auto token = sign_in.token(again);
        if (!token) return base::fail(std::move(token.error()));
        if (auto fit = check(*token, "the access token", settings.dial.host); !fit)
            return base::fail(fit.error());
        out.token = std::move(*token);
    }
    const bool token_alone = out.token && sign_in.mechanisms.empty();
    if (sign_in.secret && !token_alone && wanted(sign_in, takes_secret)) {
        auto secret = sign_in.secret(again);
        if (!secret) return base::fail(std::move(secret.error()));
        if (auto fit = check(*secret, "the password", settings.dial.host); !fit)
            return base::fail(fit.error());
        out.secret = std::move(*secret);
    }
    return out;
}

bool same(const sign_in_proof& a, const sign_in_proof& b)
{
    return a.secret == b.secret && a.token == b.token;
}

/// The line did not survive, as against a server that answered.
bool line_is_lost(failure kind)
{
    return kind == failure::closed || kind == failure::network || kind == failure::timed_out ||
           kind == failure::malformed;
}

} // namespace

patience patience::of(std::chrono::milliseconds longest)
{
    patience waits;
    waits.reply = waits.octets = longest;
    for (auto* const wait : {&waits.connect, &waits.greeting, &waits.quit, &waits.bare_dot})
        *wait = std::min(*wait, longest);
    return waits;
}

pop3_server::pop3_server(pop3_server_settings settings, dialler dial,
                         std::shared_ptr<const net::tls_client> tls, base::random& random, base::log& log)
    : settings_(std::move(settings)),
      dial_(std::move(dial)),
      tls_(std::move(tls)),
      random_(random),
      log_(log),
      quirks_(settings_.quirks)
{
}

base::result<std::unique_ptr<maildrop>> pop3_server::sign_in()
{
    if (auto fit = check(settings_.sign_in.user, "the user name", host()); !fit)
        return base::fail(fit.error());
    if (auto fit = check(settings_.sign_in.authorization, "the name to act as", host()); !fit)
        return base::fail(fit.error());
    auto proof = proof_of(settings_, false);
    if (!proof) return base::fail(std::move(proof.error()));

    sign_in_form form{.without_capa = quirks_.no_capa, .token_in_two_lines = false};
    bool asked_again = false;
    for (;;) { // each reason for another line holds once
        auto connection = dial_();
        if (!connection) return base::fail(std::move(connection.error()));
        auto line = std::make_unique<pop3_channel>(std::move(*connection), host());
        sign_in_attempt attempt(settings_, *proof, form, tls_, random_);
        auto abilities = attempt.run(*line, shown_);
        if (abilities) {
            if (form.without_capa) quirks_.no_capa = true;
            return std::make_unique<pop3_maildrop>(std::move(line), std::move(*abilities),
                                                   attempt.capabilities(), quirks_, settings_.patience,
                                                   settings_.window_max, log_);
        }
        base::error& error = abilities.error();
        log_.info("sign-in-failed",
                  {{"host", host()}, {"kind", base::name_of(error.kind)}, {"why", error.operator_text}});
        const bool lost = line_is_lost(error.kind);
        if (lost && attempt.capa_is_suspect() && !form.without_capa) {
            form.without_capa = true;
        } else if (lost && attempt.one_line_is_suspect() && !form.token_in_two_lines) {
            form.token_in_two_lines = true;
        } else if (error.kind == failure::credentials && !asked_again) {
            asked_again = true;
            auto fresh = proof_of(settings_, true);
            if (!fresh || same(*fresh, *proof))
                return base::fail(std::move(error)); // the same again would only count
            proof = std::move(fresh);
        } else {
            return base::fail(std::move(error));
        }
    }
}

namespace {

struct named_quirk {
    std::string_view name;
    bool host_quirks::* flag;
};

constexpr named_quirk named_quirks[] = {{"no-pipelining", &host_quirks::no_pipelining},
                                        {"no-capa", &host_quirks::no_capa},
                                        {"no-top", &host_quirks::no_top}};

} // namespace

std::string host_quirks::text() const
{
    std::string out;
    for (const auto& [name, flag] : named_quirks) {
        if (!(this->*flag)) continue;
        if (!out.empty()) out += ' ';
        out += name;
    }
    return out;
}

host_quirks host_quirks::parse(std::string_view text)
{
    host_quirks out;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        // Words of a later release are skipped: they cost speed, never mail.
        for (const auto& [name, flag] : named_quirks)
            if (word == name) out.*flag = true;
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return out;
}

} // namespace client
