// Domain names, made ASCII.
#include "base/domain_name.hpp"

#include "base/ascii.hpp"
#include "base/library.hpp"
#include "base/utf8.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace base {

namespace {

error no_domain_name(std::string_view reason)
{
    return permanent_error(failure::malformed, std::string(reason));
}

/// libidn2 brings another one, of 2 MiB of tables, and few names need it (docs/decisions/0092).
struct idn2_calls {
    decltype(&::idn2_to_ascii_8z) to_ascii = nullptr;
    decltype(&::idn2_to_unicode_8z8z) to_unicode = nullptr;
    decltype(&::idn2_strerror) strerror = nullptr;
    decltype(&::idn2_free) free = nullptr;
    std::string trouble;
};

const idn2_calls& idn2()
{
    static const idn2_calls calls = [] {
        idn2_calls found;
        library libidn2("libidn2.so.0");
        libidn2.find("idn2_to_ascii_8z", found.to_ascii);
        libidn2.find("idn2_to_unicode_8z8z", found.to_unicode);
        libidn2.find("idn2_strerror", found.strerror);
        libidn2.find("idn2_free", found.free);
        found.trouble = libidn2.trouble();
        return found;
    }();
    return calls;
}

result<std::string> converted(std::string_view name, int (*function)(const char*, char**, int), int flags)
{
    if (name.contains('\0')) return fail(no_domain_name("it holds NUL"));
    if (!idn2().trouble.empty()) return fail(no_domain_name("libidn2 cannot be used: " + idn2().trouble));
    char* made = nullptr;
    const int outcome = function(std::string(name).c_str(), &made, flags);
    const std::unique_ptr<char, decltype(&::idn2_free)> owner(made, idn2().free);
    if (outcome != IDN2_OK) return fail(no_domain_name(idn2().strerror(outcome)));
    return std::string(made);
}

} // namespace

result<std::string> to_a_labels(std::string_view name)
{
    if (is_ascii(name)) return lower_case(name);
    const auto ascii = converted(name, idn2().to_ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (!ascii) return ascii;
    auto labels = lower_case(*ascii);
    if (labels.starts_with('.') || labels.contains("..")) return fail(no_domain_name("a label is empty"));
    return labels;
}

result<std::string> to_u_labels(std::string_view name)
{
    if (!lower_case(name).contains("xn--")) return std::string(name);
    return converted(name, idn2().to_unicode, 0);
}

} // namespace base
