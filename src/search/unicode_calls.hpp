// What GLib knows of characters, found when the first one beyond ASCII is met.
#pragma once

#include <glib.h>

namespace search {

struct unicode_calls {
    decltype(&::g_unichar_type) type = nullptr;
    decltype(&::g_unichar_get_script) script = nullptr;
    decltype(&::g_unichar_fully_decompose) decompose = nullptr;
    decltype(&::g_unichar_tolower) lower = nullptr;
    decltype(&::g_unichar_digit_value) digit_value = nullptr;
};

/// Throws where GLib is not installed.
const unicode_calls& unicode();

} // namespace search
