// Any text as a search: words that cannot be read are told, and SQLite never has an error.
#include "archive/search_words.hpp"

#include "archive/index_schema.hpp"
#include "support/temporary_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void ask(archive::database& file, const std::string& expression)
{
    if (expression.empty()) return;
    archive::statement asked(file, "SELECT rowid FROM words WHERE words MATCH ?");
    asked.bind(1, std::string_view(expression));
    if (!asked.run()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const support::temporary_directory place;
    static const auto file = [] {
        auto opened = archive::open_index(place.path() + "/index.sqlite", {}).value();
        (void)opened->execute(
            "INSERT INTO words VALUES ('ann', 'bob', 'eve', 'tea', 'a.pdf', 'green tea on friday')");
        return opened;
    }();
    const auto words = archive::parse_search_words({reinterpret_cast<const char*>(data), size});
    if (!words) {
        if (words.error().kind != base::failure::malformed) std::abort();
        return 0;
    }
    ask(*file, words->wanted);
    ask(*file, words->unwanted);
    return 0;
}
