// What the ledger knows of an account's messages, held against a file of which it does not know the octets.
#pragma once

#include "base/result.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace ledger {

class known_contents {
public:
    static base::result<known_contents> read(ledger& book, const std::string& account);
    /// These octets are no known message's, and yet the size or the header section is one's: rather a damaged copy of
    /// that than a message of its own. Never where the ledger knows nothing of the account.
    bool contradict(const content_hash& hash, const stored_copy& file) const;
    bool knows(const content_hash& hash) const { return hashes_.contains(hash); }
    bool knows_one_of(std::uint64_t octets) const { return octets_.contains(octets); }

private:
    void add(const content_hash& hash, std::uint64_t octets, const std::optional<std::string>& header_hash);

    std::set<content_hash> hashes_;
    std::set<std::uint64_t> octets_;
    std::set<std::string> header_hashes_;
};

} // namespace ledger
