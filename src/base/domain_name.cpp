// Domain names, made ASCII.
#include "base/domain_name.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace base {

namespace {

error no_domain_name(std::string_view why)
{
    return {
        .kind = failure::malformed, .temporary = false, .peer_text = {}, .operator_text = std::string(why)};
}

} // namespace

result<std::string> to_a_labels(std::string_view name)
{
    if (is_ascii(name)) return lower_case(name);
    if (name.contains('\0')) return fail(no_domain_name("it holds NUL"));
    char* converted = nullptr;
    const int outcome =
        ::idn2_to_ascii_8z(std::string(name).c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&::idn2_free)> ascii(converted, &::idn2_free);
    if (outcome != IDN2_OK) return fail(no_domain_name(::idn2_strerror(outcome)));
    auto labels = lower_case(ascii.get());
    if (labels.starts_with('.') || labels.contains("..")) return fail(no_domain_name("a label is empty"));
    return labels;
}

} // namespace base
