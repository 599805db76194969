// Ranks what is known, told and guessed, and asks in that order.
#include "client/discovery.hpp"

#include "base/ascii.hpp"
#include "base/domain_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace client {

namespace {

using candidates = std::vector<server_candidate>;

constexpr std::uint16_t port_of_tls = 995;   // RFC 8314, section 3.1
constexpr std::uint16_t port_of_plain = 110; // RFC 1939, section 3
/// A domain that names more is no help, and each costs a person's time.
constexpr std::size_t services_max = 8;

bool within(std::string_view host, std::string_view domain)
{
    return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                              host[host.size() - domain.size() - 1] == '.');
}

void add(candidates& out, server_candidate candidate)
{
    const bool known = std::ranges::any_of(
        out, [&](const auto& entry) { return entry.host == candidate.host && entry.port == candidate.port; });
    if (!known) out.push_back(std::move(candidate));
}

bool says_none(const std::vector<net::service_record>& records)
{
    return records.size() == 1 && records.front().target.empty();
}

void add_services(candidates& out, const std::string& domain, std::span<const net::service_record> records,
                  tls_mode tls)
{
    for (const auto& record : records.first(std::min(records.size(), services_max))) {
        if (record.target.empty() || record.port == 0) continue;
        const std::string host = base::lower_case(record.target);
        add(out, {.host = host,
                  .port = record.port,
                  .tls = tls,
                  .source = server_candidate::source::service,
                  .ask_first = !within(host, domain)});
    }
}

void add_guesses(candidates& out, const std::string& domain)
{
    constexpr std::array<std::string_view, 4> prefixes{"pop.", "pop3.", "mail.", ""};
    for (const auto& [port, tls] :
         {std::pair(port_of_tls, tls_mode::implicit), std::pair(port_of_plain, tls_mode::starttls)})
        for (const auto prefix : prefixes)
            add(out, {.host = std::string(prefix) + domain, .port = port, .tls = tls});
}

std::string shown(const server_candidate& candidate)
{
    return candidate.host + " port " + std::to_string(candidate.port);
}

} // namespace

base::result<std::string> domain_of(std::string_view address)
{
    const auto offset = address.rfind('@');
    std::string domain =
        offset == std::string_view::npos ? std::string() : base::lower_case(address.substr(offset + 1));
    if (domain.ends_with('.')) domain.pop_back();
    const auto bad = [](char c) {
        return (c >= 0 && c <= ' ') || c == 0x7F || std::string_view("/\\:@\"'<>()[],;%?#*").contains(c);
    };
    if (offset == 0 || domain.empty() || domain.size() > base::domain_name_octets_max ||
        std::ranges::any_of(domain, bad) || !domain.contains('.') || domain.starts_with('.') ||
        domain.contains(".."))
        return base::fail(
            {base::failure::malformed, false, "no address",
             "that is not a mail address (like ann@example.org); give one, or name the server"});
    return domain;
}

base::result<std::vector<server_candidate>> rank_candidates(const std::string& domain,
                                                            const domain_services& services)
{
    candidates out;
    if (const known_provider* known = find_known_provider(domain)) {
        if (known->host.empty())
            return base::fail({base::failure::refused, false, "no POP3", std::string(known->note)});
        out.push_back({.host = std::string(known->host),
                       .source = server_candidate::source::known,
                       .oauth2 = std::string(known->oauth2),
                       .note = std::string(known->note)});
        return out; // guesses beside it would only be worse
    }
    if (says_none(services.pop3s) && says_none(services.pop3))
        return base::fail({base::failure::refused, false, "no POP3",
                           domain + " says that it has no POP3; name the server if it has one nevertheless"});
    add_services(out, domain, services.pop3s, tls_mode::implicit);
    add_services(out, domain, services.pop3, tls_mode::starttls);
    add_guesses(out, domain);
    return out;
}

base::result<server_candidate> discover(std::string_view address, const service_look_up& look_up,
                                        const server_probe& probe)
{
    const auto domain = domain_of(address);
    if (!domain) return base::fail(domain.error());
    domain_services services;
    if (find_known_provider(*domain) == nullptr) {
        // A name server that is silent hides nothing but a hint: the guesses are still to be tried.
        if (auto found = look_up("_pop3s._tcp." + *domain)) services.pop3s = *std::move(found);
        if (auto found = look_up("_pop3._tcp." + *domain)) services.pop3 = *std::move(found);
    }
    const auto ranked = rank_candidates(*domain, services);
    if (!ranked) return base::fail(ranked.error());
    base::error none{base::failure::vanished, false, "no server",
                     "no POP3 server was found for " + *domain + "; name it. Tried:"};
    for (const auto& candidate : *ranked) {
        const auto good = probe(candidate);
        if (good) return candidate;
        none.temporary = none.temporary || good.error().temporary;
        none.operator_text += "\n  " + shown(candidate) + ": " + good.error().operator_text;
    }
    return base::fail(std::move(none));
}

namespace {

constexpr std::string_view app_password =
    "the usual password is not taken: make an app password in the account's security settings";
constexpr std::string_view switch_on = "switch POP3 on in the settings of the web mail first";
constexpr std::string_view app_and_switch =
    "switch POP3 on in the settings of the web mail, and make an app password for it";

constexpr std::array rows{
    known_provider{"gmail.com googlemail.com", "pop.gmail.com", "gmail",
                   "switch POP on in Gmail's settings; sign in with a browser, or with an app password"},
    known_provider{
        "outlook.* hotmail.* live.* msn.com passport.com", "outlook.office365.com", "microsoft",
        "passwords are not taken: sign in with a browser or a code; switch POP on in Outlook's settings"},
    known_provider{"yahoo.* ymail.com rocketmail.com", "pop.mail.yahoo.com", "yahoo", app_password},
    known_provider{"aol.* aim.com verizon.net", "pop.aol.com", "", app_password},
    known_provider{"gmx.de gmx.net gmx.at gmx.ch", "pop.gmx.net", "", switch_on},
    known_provider{"gmx.com gmx.us gmx.co.uk gmx.fr gmx.es mail.com email.com", "pop.gmx.com", "", switch_on},
    known_provider{"web.de", "pop3.web.de", "", switch_on},
    known_provider{"t-online.de magenta.de", "securepop.t-online.de", "",
                   "the password for mail programs is another than that of the customer centre"},
    known_provider{"freenet.de", "mx.freenet.de", "", ""},
    known_provider{"fastmail.com fastmail.fm", "pop.fastmail.com", "", app_password},
    known_provider{"zoho.com zohomail.com", "pop.zoho.com", "", app_and_switch},
    known_provider{"zoho.eu zohomail.eu", "pop.zoho.eu", "", app_and_switch},
    known_provider{"mail.ru bk.ru inbox.ru list.ru internet.ru", "pop.mail.ru", "", app_password},
    known_provider{"yandex.ru ya.ru", "pop.yandex.ru", "", app_and_switch},
    known_provider{"yandex.com", "pop.yandex.com", "", app_and_switch},
    known_provider{"orange.fr wanadoo.fr", "pop.orange.fr", "", ""},
    known_provider{"free.fr", "pop.free.fr", "", ""},
    known_provider{"laposte.net", "pop.laposte.net", "", ""},
    known_provider{"posteo.de posteo.net posteo.org", "posteo.de", "", ""},
    known_provider{"mailbox.org", "pop3.mailbox.org", "", ""},
    known_provider{"seznam.cz", "pop3.seznam.cz", "", ""},
    known_provider{"wp.pl", "pop3.wp.pl", "", switch_on},
    known_provider{"libero.it", "popmail.libero.it", "", ""},
    known_provider{"qq.com foxmail.com", "pop.qq.com", "",
                   "switch POP3 on in the web mail; the authorisation code it shows is the password"},
    known_provider{"163.com", "pop.163.com", "",
                   "switch POP3 on in the web mail; the authorisation code it shows is the password"},
    known_provider{"icloud.com me.com mac.com", "", "", "Apple's mail has no POP3, only IMAP"},
    known_provider{"proton.me protonmail.com pm.me", "", "", "Proton's mail has no POP3"},
    known_provider{"tutanota.com tutanota.de tuta.com tuta.io", "", "", "Tuta's mail has no POP3"},
};

static_assert(std::ranges::all_of(rows, [](const known_provider& row) {
    return !row.domains.empty() && (!row.host.empty() || !row.note.empty()) && !row.host.contains(' ');
}));

bool has(std::string_view pattern, std::string_view domain)
{
    if (!pattern.ends_with('*')) return pattern == domain;
    pattern.remove_suffix(1); // "yahoo."
    if (!domain.starts_with(pattern)) return false;
    // yahoo.fr and yahoo.co.uk, but no yahoo.evil.example
    domain.remove_prefix(pattern.size());
    const auto dot = domain.find('.');
    return !domain.empty() && domain.size() <= 6 &&
           (dot == std::string_view::npos ||
            (dot <= 3 && domain.find('.', dot + 1) == std::string_view::npos));
}

} // namespace

const known_provider* find_known_provider(std::string_view domain)
{
    const auto found = std::ranges::find_if(rows, [&](const known_provider& row) {
        std::string_view left = row.domains;
        while (!left.empty()) {
            const std::string_view pattern = left.substr(0, left.find(' '));
            if (has(pattern, domain)) return true;
            left.remove_prefix(std::min(pattern.size() + 1, left.size()));
        }
        return false;
    });
    return found == rows.end() ? nullptr : &*found;
}

} // namespace client
