// What a host was seen to do badly, as words that a ledger can keep.
#include "client/pop3_server.hpp"

namespace client {

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
