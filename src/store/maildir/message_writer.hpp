// Canonical octets on their way into a file: in LF form as long as that loses nothing, else as received.
#pragma once

#include "mail/line_ends.hpp"
#include "store/maildir/temporary_file.hpp"

#include <memory>
#include <string_view>

namespace store::maildir {

/// Calls `each` with the octets of `file` from `offset` on, chunk by chunk.
base::result<> for_each_chunk(temporary_file& file, std::uint64_t offset,
                              const std::function<base::result<>(std::string_view)>& each);

class message_writer {
public:
    /// `form` as_received: do not even try the other.
    explicit message_writer(std::unique_ptr<temporary_file> file, mail::form form = mail::form::lf);

    base::result<> write(std::string_view octets);
    /// Writes what was held back; after the last write(). A second call does nothing.
    base::result<> finish();
    /// Reads what was written as canonical octets, after finish().
    base::result<> read_back(const std::function<base::result<>(std::string_view)>& into);
    /// May still turn into as_received with the next write().
    mail::form form() const { return form_; }
    /// Canonical octets so far.
    std::uint64_t octets() const { return octets_; }
    /// The file; its octets are in form().
    temporary_file& file() { return *file_; }

private:
    base::result<> begin_anew_as_received(std::string_view chunk);
    base::result<> each_as_crlf(const std::function<base::result<>(std::string_view)>& into);

    std::unique_ptr<temporary_file> file_;
    mail::form form_;
    mail::to_lf to_lf_;
    std::string stored_; ///< of the chunk at hand; kept for its memory
    bool held_cr_ = false;
    bool finished_ = false;
    std::uint64_t octets_ = 0;
};

} // namespace store::maildir
