// Which messages belong together: what they name each other by.
#pragma once

#include "ledger/database.hpp"
#include "mail/mime/reading.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace search {

/// The names that link a message with others, as the index keeps them (16 octets of a hash each): its own Message-ID
/// and those of References, or where there are none the first of In-Reply-To (RFC 5256, section 3, REFERENCES,
/// step 1). Subjects do not link. Of long References the first and the last count.
std::vector<std::string> thread_names(const mail::mime::reading& message);

/// Puts messages into threads, in whatever order they come: a thread is all that is linked, also by a message that
/// is not here. It has the number of the first of its messages that was seen. Belongs into a transaction of the
/// caller.
class thread_writer {
public:
    explicit thread_writer(ledger::database& file);
    /// The thread of message `number`; threads that it links become one.
    base::result<std::int64_t> thread_of(std::int64_t number, const std::vector<std::string>& names);

private:
    base::result<std::vector<std::int64_t>> known_threads(const std::vector<std::string>& names);
    base::result<> join(std::int64_t thread, std::int64_t into);

    ledger::statement find_, name_, join_names_, join_messages_;
};

} // namespace search
