// Mail on its way out: an mbox file, a folder of .eml files, another Maildir. The archive stays as it is.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/tags.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

/// One message to export: of a query's result, or of a whole account.
struct export_wish {
    store::collection* source = nullptr;
    std::string key;
    std::optional<ledger::content_hash>
        stored_as{}; ///< what the ledger says that it is; none: it does not know
    const std::map<ledger::content_hash, std::string>* tags =
        nullptr; ///< of its account, by content (tags.hpp)
};

/// Every message of an account, oldest arrival first.
base::result<std::vector<export_wish>> everything_in(store::collection& mail);

struct exported {
    std::uint64_t messages = 0; ///< written now
    std::uint64_t there_before =
        0;                     ///< the same octets lay there already, under this name or in this collection
    std::uint64_t octets = 0;  ///< canonical, of those written
    std::uint64_t inexact = 0; ///< that an mbox cannot give back as they were (mbox.hpp says which)
    std::vector<std::string> vanished; ///< keys: removed by another program meanwhile
    std::vector<std::string> damaged;  ///< passed over, since they cannot be read, and why, for people
    std::vector<std::string> changed;  ///< written, but other octets than were stored: cut short, or edited
    ledger::content_tags tags{};       ///< of all that is there now; "" where it has none
    bool stopped = false;
};

struct export_watch {
    std::function<void(std::uint64_t done, std::uint64_t total)> tell{};
    const std::atomic<bool>* stop = nullptr;
};

/// One mboxrd file. It has its name only when it is whole and durable; `exists` where the name is taken. Marks,
/// tags and folders stand in fields before the message's own (mbox_marks.hpp), which an import takes off again. A
/// stopped export leaves no file.
base::result<exported> export_mbox(const std::vector<export_wish>& wishes, disk::directory& target,
                                   std::string_view name, const export_watch& watch);

/// The same entries, one after the other, to wherever `sink` writes.
base::result<exported> export_mbox(const std::vector<export_wish>& wishes,
                                   const std::function<base::result<>(std::string_view)>& sink,
                                   const export_watch& watch);

/// A file for each message, "2026-01-31 Subject.eml", with the canonical octets, so CRLF line ends; folders as
/// directories. Beside what lies there, never over it, and not again where it lies there. Durable on return.
base::result<exported> export_eml(const std::vector<export_wish>& wishes, disk::directory& target,
                                  const export_watch& watch);

/// Into another collection: folders, marks and days of arrival go along; what it holds already is not put there again.
/// In groups, durable on return.
base::result<exported> export_collection(const std::vector<export_wish>& wishes, store::collection& target,
                                         const export_watch& watch);

} // namespace exchange
