// Mail of other programs on its way into an account: from an mbox, a tree of folders, a single file. Nothing twice, and
// nothing left behind without a word.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "ledger/ledger.hpp"
#include "ledger/tags.hpp"
#include "store/collection.hpp"
#include "store/foreign_file.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

/// Where imported mail goes. What is imported is a stored copy of the ledger, and no record: no server ever listed it.
struct import_parts {
    std::string account;
    std::string folder; ///< for what has none of its own
    store::collection& mail;
    ledger::ledger& book;
    std::string aside{}; ///< the directory for damaged files of `mail`; empty: they stay
    std::function<void(std::uint64_t messages)> tell{}; ///< after each group
    const std::atomic<bool>* stop = nullptr;            ///< the group at hand is finished
    const ledger::content_tags* tags = nullptr;         ///< that lie beside it, by content
    bool by_readpst =
        false; ///< readpst wrote the files: see readpst_text.hpp; its .ics and .vcf files are no mail
};

/// What became of all that was there: found = stored + duplicates + failed + not_reached, and what is no mail beside
/// it. Where reading failed on the way, what could not be reached is one of `failed`.
struct imported {
    std::uint64_t found = 0;      ///< messages in what was read
    std::uint64_t stored = 0;     ///< durable here, and in the ledger
    std::uint64_t replaced = 0;   ///< of those stored: in whose place a damaged file lay here
    std::uint64_t duplicates = 0; ///< the same octets lie in this account already: they were read there
    std::uint64_t not_reached =
        0; ///< read, and not stored for the trouble of the archive, a full disk above all
    /// Of the duplicates, those whose octets lie in another folder than they would have gone to: which, and where.
    struct elsewhere {
        std::string label;  ///< as a person finds it in the source
        std::string folder; ///< where the message that is here lies
    };
    std::vector<elsewhere> in_other_folders;
    /// Taken as they are, and perhaps not whole: not as long as their names say, for people.
    std::vector<std::string> cut;
    std::uint64_t not_mail = 0; ///< files that hold none: companions of a mail program, and `passed_over`
    std::uint64_t octets = 0;   ///< canonical, of those stored
    /// Lines of an mbox that began with ">From ": read as mboxrd has it, so one ">" was taken off. Where an
    /// older program wrote the file (mboxo), lines of which the sender himself wrote the ">" have lost it.
    std::uint64_t unquoted_lines = 0;
    std::uint64_t more_labels =
        0; ///< messages that Gmail had under several labels; the first became the folder
    std::vector<std::string> failed;      ///< what could not be read, taken or stored, and why, for people
    std::vector<std::string> no_message;  ///< octets that belong to none, for people; not among `found`
    std::vector<std::string> passed_over; ///< what is no mail, and why, where its name does not tell
    std::vector<std::string>
        not_put_aside; ///< damaged files in whose place good ones are now, and why, for people
    bool stopped = false;
    std::optional<base::error> trouble; ///< the archive's own disk or ledger failed
};

/// An mbox file (mbox_reader.hpp). Messages get the marks that mail programs note in it; one that its user had deleted
/// goes to the folder `Trash`. `malformed` where there are octets and no message.
base::result<imported> import_mbox(disk::directory& directory, std::string_view name,
                                   const import_parts& parts);

/// Lists a tree anew; the paths are below the directory that goes with it.
using list_tree = std::function<base::result<std::vector<store::foreign_file>>()>;

/// Every message of a tree: what lies in Maildirs with marks and days of arrival, files of one message (.eml, .emlx,
/// MH) anywhere, with their folders. Maildirs may be in use: what is renamed or moved meanwhile is found again.
base::result<imported> import_tree(disk::directory& directory, const list_tree& list,
                                   const import_parts& parts);

/// One .eml or .emlx file. Where all its line ends are LF they become CRLF; else it is taken to the octet.
base::result<imported> import_file(disk::directory& directory, std::string_view name,
                                   const import_parts& parts);

} // namespace exchange
