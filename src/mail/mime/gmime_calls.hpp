// The calls of GMime and GLib that we make, found when the first message is read.
#pragma once

#include <gmime/gmime.h>

#include <memory>

namespace mail::mime {

struct gmime_calls {
    decltype(&::g_mime_init) init = nullptr;
    decltype(&::g_mime_filter_basic_new) filter_basic_new = nullptr;
    decltype(&::g_mime_filter_filter) filter_filter = nullptr;
    decltype(&::g_mime_filter_complete) filter_complete = nullptr;
    decltype(&::internet_address_list_parse) internet_address_list_parse = nullptr;
    decltype(&::internet_address_list_to_string) internet_address_list_to_string = nullptr;
    decltype(&::g_object_unref) object_unref = nullptr;
    decltype(&::g_free) free = nullptr;
};

/// Loaded and begun at the first use, by whichever thread comes first; throws where GMime is not installed: without it
/// there is no reading of mail.
const gmime_calls& gmime();

struct gmime_release {
    void operator()(void* object) const { gmime().object_unref(object); }
};
/// An object of GMime's that we own.
template <typename T>
using gmime_object = std::unique_ptr<T, gmime_release>;

} // namespace mail::mime
