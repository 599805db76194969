// One attempt on one connection: everything around the proof.
#include "client/sign_in.hpp"

#include "client/server_errors.hpp"

#include <utility>

namespace client {

using base::failure;

sign_in_attempt::sign_in_attempt(const pop3_server_settings& settings, sign_in_proof proof, sign_in_form form,
                                 std::shared_ptr<const net::tls_client> tls, base::random& random)
    : settings_(settings), proof_(std::move(proof)), form_(form), tls_(std::move(tls)), random_(random)
{
}

base::result<server_abilities> sign_in_attempt::run(conversation& line,
                                                    std::optional<net::server_facts>& shown)
{
    line.hide(proof_.secret.value_or("")); // at once: an attempt before may have told it
    line.hide(proof_.token.value_or(""));
    if (settings_.tls == tls_mode::implicit)
        if (auto secured = secure(line, shown); !secured) return base::fail(secured.error());
    if (auto greeted = greet(line); !greeted) return base::fail(greeted.error());
    if (auto learnt = learn(line); !learnt) return base::fail(learnt.error());
    if (settings_.tls == tls_mode::starttls) {
        if (auto secured = stls(line, shown); !secured) return base::fail(secured.error());
        if (auto learnt = learn(line); !learnt) return base::fail(learnt.error());
    }
    if (auto asked = ask_for_utf8(line); !asked) return base::fail(asked.error());
    if (auto proved = prove(line); !proved) return base::fail(proved.error());
    if (auto learnt = learn(line); !learnt) return base::fail(learnt.error());
    capa_open_ = false;
    return abilities(line);
}

base::result<> sign_in_attempt::secure(conversation& line, std::optional<net::server_facts>& shown)
{
    auto facts = line.connection().start_tls(tls_, line.host(), settings_.patience.connect);
    if (!facts) return base::fail(facts.error());
    shown = facts_ = std::move(*facts);
    return {};
}

base::result<> sign_in_attempt::greet(conversation& line)
{
    auto greeting = line.status(settings_.patience.greeting);
    // A server that waits for TLS says nothing, and neither do we: its greeting comes first (RFC 1939, section 4).
    if (!greeting && greeting.error().kind == failure::timed_out && settings_.tls != tls_mode::implicit) {
        auto silence = greeting.error();
        silence.operator_text +=
            "; it sent no greeting: does TLS begin at once on this port (`tls = implicit`, 995)?";
        return base::fail(silence);
    }
    if (!greeting) return base::fail(greeting.error());
    if (!greeting->ok)
        return base::fail(
            error_of(*greeting, answering::greeting, line.host() + ": greeting", line.told(greeting->text)));
    greeting_ = std::move(greeting->text);
    return {};
}

base::result<> sign_in_attempt::learn(conversation& line)
{
    if (form_.without_capa) return {};
    capa_open_ = true;
    const auto reply = line.command(pop3::request::capa, settings_.patience.reply);
    if (!reply) return base::fail(reply.error());
    if (!reply->ok) return {}; // not known there, or not now: what was told before still holds
    pop3::capabilities told;
    told.known = true;
    for (unsigned lines = 0;; ++lines) {
        const auto event = line.next(settings_.patience.reply);
        if (!event) return base::fail(event.error());
        if (std::holds_alternative<pop3::response_end>(*event)) break;
        const auto* const capability = std::get_if<pop3::response_line>(&*event);
        if (!capability || lines == capa_lines_max)
            return base::fail(line.malformed("its CAPA does not end"));
        told.add_line(capability->text);
    }
    capabilities_ = std::move(told);
    capa_open_ = false;
    return {};
}

base::result<> sign_in_attempt::stls(conversation& line, std::optional<net::server_facts>& shown)
{
    const auto refused = [&](std::string_view why) {
        return base::fail(
            {.kind = failure::refused,
             .temporary = false,
             .peer_text = {},
             .operator_text = line.host() + ": " + std::string(why) +
                              "; nothing was told to the server. Use TLS from the start (port 995), or "
                              "ask its operator"});
    };
    if (capabilities_.known && !capabilities_.stls) return refused("the server does not offer STLS");
    const auto reply = line.command(pop3::request::stls, settings_.patience.reply);
    if (!reply) return base::fail(reply.error());
    if (!reply->ok) return refused("the server refused STLS: \"" + line.told(reply->text) + "\"");
    // Whoever sits between may have put answers here that TLS would then seem to vouch for (CVE-2021-22947).
    if (!line.quiet()) return refused("octets came in plain text behind the answer to STLS");
    if (auto secured = secure(line, shown); !secured) return secured;
    capabilities_ = {}; // told in plain text, by anyone (RFC 2595, section 4)
    return {};
}

base::result<> sign_in_attempt::ask_for_utf8(conversation& line)
{
    if (!capabilities_.utf8) return {};
    // Without it a server sends a stand-in for every internationalised message, or refuses it (RFC 6856, section
    // 3). Its -ERR leaves things as they were.
    const auto reply = line.command(pop3::request::utf8, settings_.patience.reply);
    if (!reply) return base::fail(reply.error());
    return {};
}

std::string sign_in_attempt::doing(const conversation& line) const
{
    return line.host() + ": log-in of " + printable(settings_.sign_in.user);
}

sasl::channel sign_in_attempt::channel() const
{
    if (!facts_) return {};
    return {.tls = true,
            .tls_exporter = facts_->tls.exporter,
            .tls_server_end_point = facts_->tls.server_end_point,
            .certificate_identity = {}};
}

server_abilities sign_in_attempt::abilities(const conversation& line) const
{
    server_abilities out{.tls = facts_.has_value(),
                         .tls_text = facts_ ? facts_->tls.version + ", " + facts_->subject : std::string(),
                         .mechanism = mechanism_,
                         .pipelining = capabilities_.pipelining,
                         .top = capabilities_.top,
                         .unique_ids = capabilities_.uidl,
                         .response_codes = capabilities_.resp_codes,
                         .utf8 = capabilities_.utf8,
                         .mechanisms = capabilities_.sasl,
                         .login_delay = {},
                         .expire_days = capabilities_.expire_days,
                         .implementation = line.told(capabilities_.implementation)};
    if (capabilities_.login_delay_seconds)
        out.login_delay = std::chrono::seconds(*capabilities_.login_delay_seconds);
    return out;
}

} // namespace client
