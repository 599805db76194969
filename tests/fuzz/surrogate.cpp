// Fuzzes the surrogate of a header section: the outcome is ASCII, has the same end, and stays as it is.
#include "mail/surrogate.hpp"

#include "base/utf8.hpp"
#include "fuzz/require.hpp"
#include "mail/header_section.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    const std::string_view message(reinterpret_cast<const char*>(octets), count);
    const std::string_view header = mail::header_section_of(message);
    const std::string out = mail::surrogate(header);
    require(base::is_ascii(out), "not ASCII");
    require(!mail::internationalised(out), "still internationalised");
    require(mail::surrogate(out) == out, "not stable");
    require(!base::is_ascii(header) || out == header, "an ASCII header was changed");
    if (header == "\r\n" || header.ends_with("\r\n\r\n")) {
        require(out == "\r\n" || out.ends_with("\r\n\r\n"), "the empty line is gone");
        require(mail::header_section_of(out).size() == out.size(), "an empty line came in");
    }
    return 0;
}
