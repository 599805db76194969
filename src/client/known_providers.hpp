// The mail providers that many people have: where their POP3 is and what they want of a person.
#pragma once

#include <string_view>

namespace client {

struct known_provider {
    std::string_view domains; ///< "gmx.de gmx.net"; "yahoo.*" means every domain that begins so
    std::string_view host;    ///< POP3 with TLS on port 995; empty: there is no POP3
    std::string_view oauth2;  ///< a preset, where OAuth 2.0 is the way in; else empty
    std::string_view note;    ///< for people; may be empty
};

/// The one that has `domain` (in lower case); null where none does.
const known_provider* find_known_provider(std::string_view domain);

} // namespace client
