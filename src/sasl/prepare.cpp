// SASLprep: the form in which names and passwords are compared (RFC 4013).
#include "sasl/prepare.hpp"

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "base/library.hpp"
#include "base/utf8.hpp"

#include <gsasl.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace sasl {

namespace {

struct gnu_sasl {
    decltype(&::gsasl_saslprep) saslprep = nullptr;
    decltype(&::gsasl_free) free = nullptr;
};

/// It brings three others (docs/decisions/0092). The post office is linked with it, so that it cannot be missing there.
const gnu_sasl& loaded()
{
    static const gnu_sasl calls = [] {
        gnu_sasl found;
        base::library library("libgsasl.so.18");
        library.find("gsasl_saslprep", found.saslprep);
        library.find("gsasl_free", found.free);
        if (!library.trouble().empty())
            throw std::runtime_error("GNU SASL cannot be used: " + library.trouble());
        return found;
    }();
    return calls;
}

/// Of ASCII, SASLprep refuses the controls and changes nothing (RFC 4013, sections 2.1 to 2.3).
bool is_prepared_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

std::optional<std::string> prepare(std::string_view text)
{
    if (text.empty() || text.find('\0') != text.npos || !base::is_utf8(text)) return std::nullopt;
    if (is_prepared_ascii(text)) return std::string(text);
    // GNU SASL 2.2 has the flag upside down: with GSASL_ALLOW_UNASSIGNED it refuses unassigned code points.
    constexpr auto allow_unassigned = static_cast<Gsasl_saslprep_flags>(0);
    char* prepared = nullptr;
    const int verdict = loaded().saslprep(std::string(text).c_str(), allow_unassigned, &prepared, nullptr);
    const std::unique_ptr<char, void (*)(void*)> owner(prepared, loaded().free);
    if (verdict != GSASL_OK || prepared == nullptr || *prepared == '\0') return std::nullopt;
    return std::string(prepared);
}

std::optional<std::string> comparable_name(std::string_view name)
{
    auto prepared = prepare(name);
    if (!prepared) return std::nullopt;
    return with_a_labels(base::lower_case(*prepared));
}

std::optional<std::string> with_a_labels(std::string prepared)
{
    const std::size_t offset = prepared.rfind('@');
    if (offset == prepared.npos || base::is_ascii(std::string_view(prepared).substr(offset))) return prepared;
    const auto domain = base::to_a_labels(std::string_view(prepared).substr(offset + 1));
    if (!domain) return std::nullopt;
    prepared.replace(offset + 1, prepared.npos, *domain);
    return prepared;
}

} // namespace sasl
