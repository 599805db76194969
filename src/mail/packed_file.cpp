// Magic numbers of compressed and encrypted files.
#include "mail/packed_file.hpp"

#include <algorithm>
#include <array>

namespace mail {

namespace {

using namespace std::string_view_literals;

struct packed_form {
    std::string_view beginning;
    std::string_view description;
};
constexpr std::array packed_forms = {
    packed_form{"\x1F\x8B"sv, "compressed (gzip, as by Dovecot's zlib); decompress it first"},
    packed_form{"BZh"sv, "compressed (bzip2); decompress it first"},
    packed_form{"\xFD\x37zXZ\0"sv, "compressed (xz); decompress it first"},
    packed_form{"\x28\xB5\x2F\xFD"sv, "compressed (zstd); decompress it first"},
    packed_form{"\x04\x22\x4D\x18"sv, "compressed (lz4); decompress it first"},
    packed_form{"Dovecot-LZ4\x0D"sv, "compressed (lz4, by Dovecot); decompress it first"},
    packed_form{"CRYPTED\x03\x07"sv, "encrypted by Dovecot; decrypt it first"}};

} // namespace

std::string_view packed_form_of(std::string_view beginning)
{
    const auto found = std::ranges::find_if(
        packed_forms, [&](const packed_form& form) { return beginning.starts_with(form.beginning); });
    return found == packed_forms.end() ? std::string_view() : found->description;
}

} // namespace mail
