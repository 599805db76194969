// By way of the ledger, which writes them into its journal as well.
#include "collector/second_copy_tags.hpp"

#include "ledger/tags.hpp"
#include "ledger/tags_file.hpp"

#include <vector>

namespace collector {

namespace {

base::result<ledger::content_tags> tags_of_account(ledger::ledger& book, const std::string& account)
{
    ledger::content_tags out;
    const auto told =
        book.each_tagged([&](std::string_view each, const ledger::content_hash& hash, std::string_view tags) {
            if (each == account) out.emplace(hash, tags);
        });
    if (!told) return base::fail(told.error());
    return out;
}

base::result<> write_tags_of(archive_folder& folder, const std::string& account, ledger::ledger& book,
                             const std::string& path)
{
    const auto tags = tags_of_account(book, account);
    if (!tags) return base::fail(tags.error());
    auto where = folder.sealed_files().open(path);
    if (!where) return base::fail(where.error());
    return ledger::write_tags_file(**where, *tags);
}

} // namespace

base::result<> take_in_tags(archive_folder& folder, const std::string& account, ledger::ledger& book,
                            const std::string& path)
{
    auto where = folder.sealed_files().open(path);
    if (!where && where.error().kind == base::failure::vanished) return {}; // the first run makes it
    if (!where) return base::fail(where.error());
    const auto there = ledger::read_tags_file(**where);
    if (!there) return base::fail(there.error());
    const auto here = tags_of_account(book, account);
    if (!here) return base::fail(here.error());
    std::vector<ledger::tagging> those;
    for (const auto& [hash, tags] : *there)
        if (!here->contains(hash)) those.push_back({account, hash, {.added = ledger::tags_in(tags)}});
    return book.tag(those);
}

void put_out_tags(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book,
                  const std::function<void(const std::string&)>& tell)
{
    const auto& path = account.archive.second_copy;
    const auto done = write_tags_of(folder, account.archive.name, book, path);
    if (!done && tell)
        tell(account.archive.name + ": the tags could not be put into the second copy in " + path + ": " +
             done.error().operator_text);
}

} // namespace collector
