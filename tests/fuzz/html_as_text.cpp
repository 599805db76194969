// Any octets as HTML: the text is clean and keeps its limit.
#include "base/utf8.hpp"
#include "mail/mime/reading.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view html(reinterpret_cast<const char*>(data), size);
    for (const std::size_t most : {std::size_t{50}, std::size_t{1} << 20}) {
        const std::string text = mail::mime::html_as_text(html, most);
        if (text.size() > most || !base::is_utf8(text)) std::abort();
        for (const char c : text)
            if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') std::abort();
    }
    return 0;
}
