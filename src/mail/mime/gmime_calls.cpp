// GMime, loaded and begun.
#include "mail/mime/gmime_calls.hpp"

#include "base/library.hpp"

#include <stdexcept>

namespace mail::mime {

namespace {

gmime_calls found_calls()
{
    gmime_calls calls;
    base::library library("libgmime-3.0.so.0");
    library.find("g_mime_init", calls.init);
    library.find("g_mime_filter_basic_new", calls.filter_basic_new);
    library.find("g_mime_filter_filter", calls.filter_filter);
    library.find("g_mime_filter_complete", calls.filter_complete);
    library.find("internet_address_list_parse", calls.internet_address_list_parse);
    library.find("internet_address_list_to_string", calls.internet_address_list_to_string);
    library.find("g_object_unref", calls.object_unref);
    library.find("g_free", calls.free);
    if (!library.trouble().empty()) throw std::runtime_error("GMime cannot be used: " + library.trouble());
    calls.init(); // never undone: what other threads still hold would go with it
    return calls;
}

} // namespace

const gmime_calls& gmime()
{
    // Not a static initialiser: that would run in every program that links this room, before main().
    static const gmime_calls calls = found_calls();
    return calls;
}

} // namespace mail::mime
