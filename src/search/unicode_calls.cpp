// GLib's character tables, loaded.
#include "search/unicode_calls.hpp"

#include "base/library.hpp"

#include <stdexcept>

namespace search {

namespace {

unicode_calls found_unicode_calls()
{
    unicode_calls calls;
    base::library in("libglib-2.0.so.0");
    in.find("g_unichar_type", calls.type);
    in.find("g_unichar_get_script", calls.script);
    in.find("g_unichar_fully_decompose", calls.decompose);
    in.find("g_unichar_tolower", calls.lower);
    in.find("g_unichar_digit_value", calls.digit_value);
    if (!in.trouble().empty()) throw std::runtime_error("GLib cannot be used: " + in.trouble());
    return calls;
}

} // namespace

const unicode_calls& unicode()
{
    // As in gmime_calls.cpp: not before main().
    static const unicode_calls calls = found_unicode_calls();
    return calls;
}

} // namespace search
