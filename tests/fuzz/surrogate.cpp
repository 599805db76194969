// Fuzzes the surrogate of a header section: the outcome is ASCII, has the same end, and stays as it is.
#include "mail/surrogate.hpp"

#include "base/utf8.hpp"
#include "mail/header_section.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void must(bool condition, const char* what)
{
    if (condition) return;
    static_cast<void>(std::fprintf(stderr, "broken: %s\n", what));
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    const std::string_view message(reinterpret_cast<const char*>(octets), count);
    const std::string_view header = mail::header_section_of(message);
    const std::string out = mail::surrogate(header);
    must(base::is_ascii(out), "not ASCII");
    must(!mail::internationalised(out), "still internationalised");
    must(mail::surrogate(out) == out, "not stable");
    must(!base::is_ascii(header) || out == header, "an ASCII header was changed");
    if (header == "\r\n" || header.ends_with("\r\n\r\n")) {
        must(out == "\r\n" || out.ends_with("\r\n\r\n"), "the empty line is gone");
        must(mail::header_section_of(out).size() == out.size(), "an empty line came in");
    }
    return 0;
}
