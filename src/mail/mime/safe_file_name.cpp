// A name that a stranger chose, made harmless.
#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/reading.hpp"

#include <algorithm>
#include <array>

namespace mail::mime {
namespace {

constexpr std::size_t name_octets_max = 200;     // NAME_MAX is 255: " (2)" and what tools put behind it fit
constexpr std::size_t extension_octets_max = 20; // kept where a name is cut

/// Windows opens a device for these, whatever stands behind the dot.
constexpr std::array<std::string_view, 6> devices = {"con", "prn", "aux", "nul", "conin$", "conout$"};

std::string lower_stem(std::string_view name)
{
    std::string stem = base::lower_case(name.substr(0, name.find('.')));
    stem.erase(std::min(stem.size(), stem.find_last_not_of(' ') + 1));
    return stem;
}

bool is_device(std::string_view name)
{
    const std::string stem = lower_stem(name);
    if (std::ranges::find(devices, stem) != devices.end()) return true;
    return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
           base::is_digit(stem[3]);
}

/// It names a place in a file system: from the root, from a drive, from a home, or upwards.
bool is_path(std::string_view wish)
{
    if (wish.starts_with('/') || wish.starts_with('\\') || wish.starts_with("~/")) return true;
    if (wish.size() > 2 && base::is_letter(wish[0]) && wish[1] == ':' && (wish[2] == '\\' || wish[2] == '/'))
        return true;
    for (const std::string_view up : {"../", "..\\", "./", ".\\"})
        if (wish.starts_with(up)) return true;
    return wish.find("/../") != std::string_view::npos || wish.find("\\..\\") != std::string_view::npos;
}

/// Without what a file system or a shell takes for something else.
std::string harmless_characters(std::string_view wish)
{
    std::string name;
    const std::string line = clean_line(wish);
    for (std::string_view rest = line; !rest.empty();) {
        const std::size_t octets = std::max<std::size_t>(1, base::utf8_sequence_octets(rest));
        const std::string_view character = rest.substr(0, octets);
        if (!base::is_control(character))
            name += character.find_first_of("<>:\"|?*/\\") == 0 ? "_" : character;
        rest.remove_prefix(octets);
    }
    return name;
}

void trim(std::string& name)
{
    name.erase(0, std::min(name.size(), name.find_first_not_of(" .-~")));
    const auto last = name.find_last_not_of(" .");
    name.erase(last == std::string::npos ? 0 : last + 1);
}

std::string cut_before_extension(const std::string& name)
{
    if (name.size() <= name_octets_max) return name;
    const auto dot = name.rfind('.');
    const bool keeps = dot != std::string::npos && name.size() - dot <= extension_octets_max;
    const std::string extension = keeps ? name.substr(dot) : "";
    std::string stem(cut_text(name.substr(0, keeps ? dot : name.size()), name_octets_max - extension.size()));
    return stem + extension;
}

} // namespace

std::string safe_file_name(std::string_view wish, unsigned number)
{
    if (is_path(wish)) wish.remove_prefix(wish.find_last_of("/\\") + 1);
    std::string name = harmless_characters(wish);
    trim(name);
    if (is_device(name)) name.insert(0, "_");
    name = cut_before_extension(name);
    trim(name); // the cut may have left a space or a dot at the end
    return name.empty() ? "attachment-" + std::to_string(number) : name;
}

} // namespace mail::mime
