// A message and its file: one that is kept, read, and one on its way in, written.
#pragma once

#include "mail/line_ends.hpp"
#include "store/maildir/admission.hpp"
#include "store/maildir/temporary_file.hpp"
#include "store/stored_message.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace store::maildir {

class message_file final : public stored_message {
public:
    message_file(std::unique_ptr<disk::file> file, message_octets octets, bool as_long_as_named = true)
        : file_(std::move(file)), octets_(octets), as_long_as_named_(as_long_as_named)
    {
    }

    mail::form form() const override { return octets_.form; }
    std::uint64_t octets() const override { return octets_.canonical; }
    std::uint64_t stored_octets() const override { return octets_.stored; }
    bool as_long_as_named() const override { return as_long_as_named_; }

    base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset) override
    {
        if (offset >= octets_.stored || buffer.empty()) return 0;
        const auto wanted = std::min<std::uint64_t>(buffer.size(), octets_.stored - offset);
        const auto got = file_->read(buffer.first(static_cast<std::size_t>(wanted)), offset);
        if (got && *got == 0)
            return base::fail({.kind = base::failure::storage,
                               .temporary = true,
                               .peer_text = {},
                               .operator_text = "a message file was cut short while it was read"});
        return got;
    }

    std::size_t read_cached(std::span<char> buffer, std::uint64_t offset) override
    {
        return file_->read_cached(buffer, offset);
    }

private:
    std::unique_ptr<disk::file> file_;
    const message_octets octets_;
    const bool as_long_as_named_;
};

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
    base::result<> read_back(const std::function<base::result<>(std::string_view)>& sink);
    /// May still turn into as_received with the next write().
    mail::form form() const { return form_; }
    /// Canonical octets so far.
    std::uint64_t octets() const { return octets_; }
    /// The file; its octets are in form().
    temporary_file& file() { return *file_; }

private:
    base::result<> begin_anew_as_received(std::string_view chunk);
    base::result<> each_as_crlf(const std::function<base::result<>(std::string_view)>& sink);

    std::unique_ptr<temporary_file> file_;
    mail::form form_;
    mail::to_lf to_lf_;
    std::string stored_; ///< of the chunk at hand; kept for its memory
    bool held_cr_ = false;
    bool finished_ = false;
    std::uint64_t octets_ = 0;
};

} // namespace store::maildir
