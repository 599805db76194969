// GMime, loaded and begun.
#include "mail/mime/gmime_calls.hpp"

#include "base/library.hpp"

#include <stdexcept>

namespace mail::mime {

namespace {

gmime_calls found_calls()
{
    gmime_calls calls;
    base::library in("libgmime-3.0.so.0");
    in.find("g_mime_init", calls.init);
    in.find("g_mime_filter_basic_new", calls.filter_basic_new);
    in.find("g_mime_filter_filter", calls.filter_filter);
    in.find("g_mime_filter_complete", calls.filter_complete);
    in.find("internet_address_list_parse", calls.internet_address_list_parse);
    in.find("internet_address_list_to_string", calls.internet_address_list_to_string);
    in.find("g_object_unref", calls.object_unref);
    in.find("g_free", calls.free);
    if (!in.trouble().empty()) throw std::runtime_error("GMime cannot be used: " + in.trouble());
    calls.init(); // never undone: what other threads still hold would go with it
    return calls;
}

} // namespace

const gmime_calls& gmime()
{
    // Not a static initialiser: that would run in every programme that links this room, before main().
    static const gmime_calls calls = found_calls();
    return calls;
}

} // namespace mail::mime
