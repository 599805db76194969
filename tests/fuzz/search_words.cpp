// Any text as a search: what cannot be read is told, and SQLite never has an error.
#include "search/search_words.hpp"

#include "search/index_schema.hpp"
#include "support/kernel_disk.hpp"
#include "support/temporary_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void match(ledger::database& file, const std::string& expression)
{
    if (expression.empty()) return;
    ledger::statement asked(file, "SELECT rowid FROM words WHERE words MATCH ?");
    asked.bind(1, std::string_view(expression));
    if (!asked.run()) std::abort();
}

void ask(ledger::database& file, const search::search_conditions& conditions)
{
    if (conditions.sql.empty()) return;
    ledger::statement asked(file, "SELECT number FROM messages WHERE " + conditions.sql);
    int parameter = 0;
    for (const auto& value : conditions.values) {
        ++parameter;
        if (const auto* number = std::get_if<std::int64_t>(&value))
            asked.bind(parameter, *number);
        else
            asked.bind(parameter, std::string_view(std::get<std::string>(value)));
    }
    if (!asked.run()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const support::temporary_directory place;
    static const auto file = [] {
        auto opened = search::open_index(support::kernel_disk(), place.path() + "/index.sqlite", {}).value();
        if (!opened->execute(
                "INSERT INTO words (rowid, sender, recipients, copies, subject, attachments, body) "
                "VALUES (1, 'ann', 'bob', 'eve', 'tea', 'a.pdf', 'green tea on friday 北京')"))
            std::abort();
        return opened;
    }();
    const base::wall_time now(std::chrono::days(20000));
    const auto words = search::parse_search_words({reinterpret_cast<const char*>(data), size}, now);
    if (!words) {
        if (words.error().kind != base::failure::malformed) std::abort();
        return 0;
    }
    match(*file, words->wanted);
    ask(*file, words->others);
    return 0;
}
