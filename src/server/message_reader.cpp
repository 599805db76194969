// What the page cache holds is read at once; only what is not there costs a trip to the pool.
#include "server/message_reader.hpp"

#include "server/pool_call.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <span>

namespace server {

message_reader::message_reader(store::stored_message& message, base::worker_pool& disk_pool)
    : message_(message),
      disk_pool_(disk_pool),
      piece_(std::make_unique_for_overwrite<std::array<char, piece_octets>>())
{
}

awaitable<base::result<std::string_view>> message_reader::next()
{
    if (offset_ >= message_.stored_octets()) co_return std::string_view{};
    auto got = read_cached();
    if (!got) {
        auto read = [this] { return message_.read(*piece_, offset_); };
        got = co_await on_pool(disk_pool_, std::move(read));
        if (!got) co_return base::fail(got.error());
    }
    if (*got == 0)
        co_return base::fail({.kind = base::failure::storage,
                              .temporary = true,
                              .peer_text = "message could not be read",
                              .operator_text = "a stored message ended before its size"});
    const auto stored =
        std::string_view(piece_->data(), std::min<std::uint64_t>(*got, message_.stored_octets() - offset_));
    offset_ += stored.size();
    if (message_.form() == mail::form::as_received) co_return stored;
    canonical_.clear();
    to_crlf_.convert(stored, canonical_);
    co_return std::string_view(canonical_);
}

/// An error where nothing is cached, or the kernel cannot tell: then the pool reads.
base::result<std::size_t> message_reader::read_cached()
{
    const int descriptor = message_.descriptor();
    if (descriptor >= 0) {
        iovec into{.iov_base = piece_->data(), .iov_len = piece_->size()};
        const auto got = ::preadv2(descriptor, &into, 1, static_cast<off_t>(offset_), RWF_NOWAIT);
        if (got > 0) return static_cast<std::size_t>(got);
    }
    return base::fail(
        {.kind = base::failure::storage, .temporary = true, .peer_text = {}, .operator_text = "not cached"});
}

} // namespace server
