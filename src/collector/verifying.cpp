// An account's mail and its second copy, read to the last octet.
#include "collector/verifying.hpp"

#include "collector/second_copies.hpp"
#include "ledger/known_contents.hpp"

#include <algorithm>

namespace collector {

namespace {

/// Where a message must lie in the second copy that is not there, its damaged file stays: it may be all that is left.
bool lacks_nothing(const archive::copy_verification& found)
{
    return found.lacking == 0 && !found.stopped &&
           std::ranges::none_of(found.differences, [](const ledger::difference& difference) {
               return difference.kind == ledger::difference_kind::copy_missing;
           });
}

/// It is not as long as its name says, and a message of the size that the name tells is known.
bool is_cut_copy(store::collection& copy, const std::string& key, const ledger::known_contents& known)
{
    const auto message = copy.open(key);
    if (!message || (*message)->as_long_as_named()) return false;
    const auto listed = copy.find(key);
    return listed && known.knows_one_of(listed->octets);
}

/// Puts damaged files of the second copy aside, into restante-damaged in it.
base::result<std::vector<ledger::difference>> put_damaged_aside(const account_desk& desk, bool sealed,
                                                                store::collection& copy,
                                                                archive::copy_verification& found)
{
    std::vector<ledger::difference> out;
    if (found.differences.empty() || !lacks_nothing(found)) return out;
    const auto& account = desk.account.archive;
    const auto known = ledger::known_contents::read(*desk.book, account.name);
    if (!known) return base::fail(known.error());
    const auto aside = account.second_copy + "/restante-damaged";
    for (auto& difference : found.differences) {
        const auto read = ledger::hash_kept(copy, account.name, difference.key);
        const bool cut = is_cut_copy(copy, difference.key, *known);
        const bool damaged = read ? cut || (!sealed && known->contradict(read->first, read->second))
                                  : read.error().kind == base::failure::malformed;
        if (!damaged) continue;
        if (auto done = copy.set_aside(difference.key, aside); !done) {
            difference.what_to_do = "it could not be put aside: " + done.error().operator_text;
            continue;
        }
        difference.repaired = true;
        difference.what_to_do =
            std::string(cut ? "a message of the size that its name tells is there" : "a good copy is there") +
            "; the damaged file lies in " + aside + " now";
        out.push_back(difference);
    }
    std::erase_if(found.differences, &ledger::difference::repaired);
    return out;
}

ledger::verify_wish wish_of(const verify_request& request, std::string_view doing)
{
    return {.repair = request.repair, .tell = [&request, doing](std::uint64_t done, std::uint64_t total) {
                if (request.progress) request.progress(done, total, doing);
            }};
}

base::result<copy_verdict> verify_copy(archive_folder& folder, account_desk& desk,
                                       const verify_request& request)
{
    const auto& account = desk.account.archive;
    copy_verdict out{.path = account.second_copy};
    auto copy = open_second_copy(folder, desk.account, *desk.book);
    if (!copy) out.unusable = copy.error();
    if (!copy || !*copy) return out;
    put_out_tags(folder, desk.account, *desk.book, folder.person().note);
    auto found =
        archive::verify_second_copy(account.name, *desk.mail, **copy, *desk.book, folder.clock().now(),
                                    wish_of(request, "verifying the second copy"));
    if (!found) return base::fail(found.error());
    if (request.repair) {
        auto put_aside = put_damaged_aside(desk, folder.encrypted(), **copy, *found);
        if (!put_aside) return base::fail(put_aside.error());
        out.put_aside = std::move(*put_aside);
    }
    out.found = std::move(*found);
    return out;
}

} // namespace

base::result<account_verdict> verify_account(archive_folder& folder, const verify_request& request)
{
    auto desk = open_desk(folder, request.account);
    if (!desk) return base::fail(desk.error());
    const auto began = folder.clock().now();
    auto mail = ledger::verify(request.account, *desk->mail, *desk->book, wish_of(request, "verifying"));
    if (!mail) return base::fail(mail.error());
    auto copy = verify_copy(folder, *desk, request);
    if (!copy) return base::fail(copy.error());
    account_verdict out{.mail = std::move(*mail), .copy = std::move(*copy), .not_noted = {}};
    if (auto noted = ledger::note_verified(*desk->book, request.account, out.mail, began); !noted)
        out.not_noted = noted.error();
    return out;
}

} // namespace collector
