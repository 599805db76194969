// Character by character.
#include "store/writable_folder.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace store {

std::string writable_folder_part(std::string_view name)
{
    constexpr std::size_t part_octets_max =
        60; // of UTF-8, so that the modified UTF-7 of some parts fits into 255 octets
    std::string out;
    while (!name.empty()) {
        const std::size_t octets = std::max<std::size_t>(base::utf8_sequence_octets(name), 1);
        const std::string_view one = name.substr(0, octets);
        name.remove_prefix(octets);
        const auto first = static_cast<unsigned char>(one.front());
        const bool bad = one == "." || one == "/" || first < 0x20 || first == 0x7F || !base::is_utf8(one);
        if (out.size() + octets > part_octets_max) break;
        out += bad ? "_" : one;
    }
    return out.empty() ? "_" : out;
}

std::string_view without_inbox(std::string_view folder)
{
    for (;;) {
        const std::size_t end = std::min(folder.find('/'), folder.size());
        if (!base::equal_ignoring_case(folder.substr(0, end), "INBOX")) return folder;
        folder.remove_prefix(std::min(end + 1, folder.size()));
    }
}

std::string writable_folder(std::string_view name)
{
    constexpr std::size_t octets_max =
        90; // of UTF-8: three times as many of modified UTF-7 are no more than 255
    std::string out;
    while (!name.empty()) {
        const std::string_view one = name.substr(0, name.find('/'));
        name.remove_prefix(std::min(one.size() + 1, name.size()));
        if (one.empty()) continue;
        const std::string part = writable_folder_part(one);
        if (out.size() + 1 + part.size() > octets_max) break;
        out += (out.empty() ? "" : "/") + part;
    }
    return out;
}

} // namespace store
