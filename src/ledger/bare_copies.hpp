// Held messages found by what a server shows of them, where another program put fields on top of its copy.
#pragma once

#include "base/result.hpp"
#include "ledger/added_fields.hpp"
#include "ledger/ledger.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ledger {

/// A held message whose header section is the server's, but for added fields.
struct bare_match {
    content_hash hash;
    stored_copy held;
    std::uint64_t server_octets = 0; ///< what the server's message has if the bodies are equal
};

/// The copies of one account. The header section of each is read once, with the first question.
class bare_copies {
public:
    bare_copies(const std::string& account, ledger& book, store::collection& mail)
        : account_(account), book_(book), mail_(mail)
    {
    }

    /// One for each content. Errors are the ledger's; a message that cannot be read matches nothing.
    base::result<std::vector<bare_match>> find(const bare_message& served);

private:
    base::result<> read_all();
    std::optional<bare_message> header_of(const std::string& key);

    const std::string& account_;
    ledger& book_;
    store::collection& mail_;
    bool read_ = false;
    std::multimap<std::string, held_content> by_sender_fields_;
};

} // namespace ledger
