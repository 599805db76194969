// SASLprep: the form in which names and passwords are compared (RFC 4013).
#include "sasl/prepare.hpp"

#include "base/utf8.hpp"

#include <gsasl.h>

#include <memory>

namespace sasl {

std::optional<std::string> prepare(std::string_view text)
{
    if (text.empty() || text.find('\0') != text.npos || !base::is_utf8(text)) return std::nullopt;
    // GNU SASL 2.2 has the flag upside down: with GSASL_ALLOW_UNASSIGNED it refuses unassigned code points.
    constexpr auto allow_unassigned = static_cast<Gsasl_saslprep_flags>(0);
    char* prepared = nullptr;
    const int verdict = gsasl_saslprep(std::string(text).c_str(), allow_unassigned, &prepared, nullptr);
    const std::unique_ptr<char, void (*)(void*)> owner(prepared, gsasl_free);
    if (verdict != GSASL_OK || prepared == nullptr || *prepared == '\0') return std::nullopt;
    return std::string(prepared);
}

} // namespace sasl
