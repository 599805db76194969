// A stored message in its file.
#pragma once

#include "store/maildir/admission.hpp"
#include "store/stored_message.hpp"

#include <algorithm>
#include <memory>
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

    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
    {
        if (offset >= octets_.stored || into.empty()) return 0;
        const auto wanted = std::min<std::uint64_t>(into.size(), octets_.stored - offset);
        const auto got = file_->read(into.first(static_cast<std::size_t>(wanted)), offset);
        if (got && *got == 0)
            return base::fail({.kind = base::failure::storage,
                               .temporary = true,
                               .peer_text = {},
                               .operator_text = "a message file was cut short while it was read"});
        return got;
    }

    std::size_t read_cached(std::span<char> into, std::uint64_t offset) override
    {
        return file_->read_cached(into, offset);
    }

private:
    std::unique_ptr<disk::file> file_;
    const message_octets octets_;
    const bool as_long_as_named_;
};

} // namespace store::maildir
