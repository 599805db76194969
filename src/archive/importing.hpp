// Mail of other programs on its way into an account: from an mbox, a Maildir, .eml files. Nothing twice.
#pragma once

#include "archive/ledger.hpp"
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

/// Where imported mail goes. What is imported is a holding of the ledger, and no life: no server ever listed it.
struct import_parts {
    std::string account;
    std::string folder; ///< for what has none of its own
    store::collection& mail;
    ledger& book;
    std::function<void(std::uint64_t messages)> tell{}; ///< after each group
    const std::atomic<bool>* stop = nullptr;            ///< the group at hand is finished
};

struct imported {
    std::uint64_t found = 0;      ///< messages in what was read
    std::uint64_t stored = 0;     ///< durable here, and in the ledger
    std::uint64_t duplicates = 0; ///< the same octets lie in this account already
    std::uint64_t octets = 0;     ///< canonical, of those stored
    /// Lines of an mbox that began with ">From ": read as mboxrd has it, so one ">" was taken off. Where an
    /// older program wrote the file (mboxo), lines of which the sender himself wrote the ">" have lost it.
    std::uint64_t unquoted_lines = 0;
    std::vector<std::string> failed; ///< what could not be read or stored, and why, for people
    bool stopped = false;
};

/// An mbox file (mboxrd; line ends LF or CRLF). `malformed` where it does not begin with "From ".
base::result<imported> import_mbox(disk::directory& from, std::string_view name, const import_parts& into);

/// Every message of a collection (a Maildir), with folders, marks and days of arrival.
base::result<imported> import_collection(store::collection& from, const import_parts& into);

/// One .eml file. Where all its line ends are LF they become CRLF; else it is taken to the octet.
base::result<imported> import_eml(disk::directory& from, std::string_view name, const import_parts& into);

/// Every file that ends in .eml, in this directory and those within (at most 20 deep; links are not followed).
base::result<imported> import_eml_directory(disk::directory& from, const import_parts& into);

} // namespace archive
