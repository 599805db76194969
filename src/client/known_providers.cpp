// The table of providers: from what they have published; a row may age.
#include "client/known_providers.hpp"

#include <algorithm>
#include <array>

namespace client {

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
