// Mail on its way out: an mbox file, a folder of .eml files, another Maildir. The archive stays as it is.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace archive {

/// One message to export: of a query's result, or of a whole account.
struct export_wish {
    store::collection* from = nullptr;
    std::string key;
};

/// Every message of an account, oldest arrival first.
base::result<std::vector<export_wish>> everything_in(store::collection& mail);

struct exported {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;          ///< canonical
    std::uint64_t inexact = 0;         ///< that an mbox cannot give back as they were (mbox.hpp says which)
    std::vector<std::string> vanished; ///< keys: removed by another program meanwhile
    bool stopped = false;
};

struct export_watch {
    std::function<void(std::uint64_t done, std::uint64_t all)> tell{};
    const std::atomic<bool>* stop = nullptr;
};

/// One mboxrd file. It has its name only when it is whole and durable; `exists` where the name is taken. Marks
/// and folders are not in it: a header field for them would change the messages. A stopped export leaves no file.
base::result<exported> export_mbox(const std::vector<export_wish>& what, disk::directory& into,
                                   std::string_view name, const export_watch& watch);

/// A file for each message, "2026-01-31 Subject.eml", with the canonical octets, so CRLF line ends; folders as
/// directories. Beside what lies there, never over it. Durable on return.
base::result<exported> export_eml(const std::vector<export_wish>& what, disk::directory& into,
                                  const export_watch& watch);

/// Into another collection: folders, marks and days of arrival go along. In groups, durable on return.
base::result<exported> export_collection(const std::vector<export_wish>& what, store::collection& into,
                                         const export_watch& watch);

} // namespace archive
