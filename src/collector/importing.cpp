// Mail of other programs into an account, to the octet.
#include "collector/importing.hpp"

#include "collector/ledger_care.hpp"
#include "collector/outlook.hpp"
#include "collector/run_report.hpp"
#include "ledger/tags_file.hpp"
#include "store/maildir/foreign_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

namespace collector {

namespace {

base::result<import_report> read_tree(archive_folder& folder, const std::string& path,
                                      const exchange::import_parts& into)
{
    auto top = folder.files().open(path);
    if (!top) return base::fail(top.error());
    // One that cannot be read is reported as a file of the tree.
    const auto read = ledger::read_tags_file(**top);
    if (!read && read.error().kind == base::failure::malformed)
        folder.person().note(absolute_path(path) + ": no tags were taken: " + read.error().operator_text);
    const auto tags = read.value_or(ledger::content_tags());
    exchange::import_parts parts = into;
    parts.tags = &tags;
    auto done = exchange::import_tree(**top, [&] { return store::maildir::list_foreign_tree(**top); }, parts);
    if (!done) return base::fail(done.error());
    return import_report{*std::move(done), absolute_path(path) + "/", {}};
}

base::result<import_report> read_file(archive_folder& folder, const mail_place& source,
                                      const exchange::import_parts& into)
{
    const auto file = named_file(source.path);
    if (!file) return base::fail(file.error());
    auto from = folder.files().open(file->folder);
    if (!from) return base::fail(from.error());
    const bool is_mbox = source.form == mail_form::mbox;
    auto done = is_mbox ? exchange::import_mbox(**from, file->name, into)
                        : exchange::import_file(**from, file->name, into);
    if (!done) return base::fail(done.error());
    return import_report{
        *std::move(done), is_mbox ? absolute_path(source.path) + ": " : file->folder + "/", {}};
}

base::result<import_report> read_outlook(archive_folder& folder, const std::string& path,
                                         const exchange::import_parts& into)
{
    if (const auto file = named_file(path); !file) return base::fail(file.error());
    const auto unpacked = unpack_outlook(path);
    if (!unpacked) return base::fail(unpacked.error());
    exchange::import_parts parts = into;
    parts.by_readpst = true;
    auto read = read_tree(folder, unpacked->top(), parts);
    if (!read) return read;
    read->prefix = absolute_path(path) + ": "; // what is unpacked is gone when this is read
    read->done.found += unpacked->left_out.size();
    std::ranges::copy(unpacked->left_out, std::back_inserter(read->done.failed));
    return read;
}

base::result<import_report> read_source(archive_folder& folder, const mail_place& source,
                                        const exchange::import_parts& into)
{
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(source.path, ignored);
    if (source.form == mail_form::outlook) return read_outlook(folder, source.path, into);
    if (source.form == mail_form::mbox && is_folder) {
        // Apple Mail exports a folder NAME.mbox with a file mbox in it.
        const mail_place within{source.form, source.path + "/mbox"};
        if (std::filesystem::is_regular_file(within.path, ignored)) return read_file(folder, within, into);
        return base::fail(base::permanent_error(
            base::failure::malformed, "a folder is no mbox: name the file, or use --maildir or --eml"));
    }
    if (is_folder) return read_tree(folder, source.path, into);
    if (source.form == mail_form::maildir && std::filesystem::exists(source.path, ignored))
        return base::fail(
            base::permanent_error(base::failure::malformed, "a file is no Maildir: use --mbox or --eml"));
    return read_file(folder, source, into);
}

} // namespace

base::result<account_desk> open_for_import(archive_folder& folder, const std::string& account)
{
    auto desk = open_desk(folder, account);
    if (!desk) return desk;
    auto known = rebuild_where_lost(*desk->book, account, *desk->mail, folder.person().note, {}, nullptr);
    if (!known) return base::fail(known.error());
    return desk;
}

base::result<import_report> import_mail(archive_folder& folder, account_desk& desk,
                                        const import_request& request)
{
    const auto& account = desk.account.archive.name;
    const exchange::import_parts into{.account = account,
                                      .folder = request.folder,
                                      .mail = *desk.mail,
                                      .book = *desk.book,
                                      .aside = folder.damaged_path(account),
                                      .tell = request.progress};
    auto out = read_source(folder, request.source, into);
    if (!out) return out;
    if (out->done.stored > 0)
        if (auto indexed = index_mail(folder, account, request.indexing, nullptr); !indexed)
            out->not_indexed = indexed.error();
    if (auto& trouble = out->done.trouble; trouble && trouble->kind == base::failure::no_space)
        trouble->operator_text = full_disk_text(folder.path(), trouble->operator_text);
    return out;
}

} // namespace collector
