// Any octets as a message: reading never fails, and shows nothing but clean text.
#include "base/utf8.hpp"
#include "mail/mime/reading.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

void require_clean(std::string_view text)
{
    require(base::is_utf8(text));
    for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n');
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    const mail::mime::limits small{.text_octets_max = 2000, .depth_max = 10, .parts_max = 50};
    for (const auto& within : {mail::mime::limits{}, small}) {
        const mail::mime::reading told = mail::mime::read(message, within);
        require(told.text.size() <= within.text_octets_max);
        for (const std::string_view text : {std::string_view(told.text), std::string_view(told.from),
                                            std::string_view(told.to), std::string_view(told.subject)})
            require_clean(text);
        require(mail::mime::text_of_message(message, within) == told.text);
        std::size_t met = 0;
        mail::mime::each_attachment(
            message,
            [&](const mail::mime::attachment& each, std::string_view octets) {
                require(met < told.attachments.size() && each.octets == octets.size() &&
                        each.octets == told.attachments[met++].octets);
                return true;
            },
            within);
        require(met == told.attachments.size());
        for (const auto& each : told.attachments) {
            const std::string name = mail::mime::safe_file_name(each.name, each.number);
            require_clean(name);
            require(!name.empty() && name.size() <= 200 &&
                    name.find_first_of("/\\\n\t") == std::string::npos);
            require(name[0] != '.' && name[0] != '-');
        }
    }
    return 0;
}
