// What the page cache holds is read at once; only what is not there costs a trip to the pool.
#include "server/message_reader.hpp"

#include "server/pool_call.hpp"

#include <sys/uio.h>

#include <algorithm>

namespace server {

std::string_view message_reader::next_at_once()
{
    const int descriptor = message_.descriptor();
    if (at_end() || descriptor < 0) return {};
    auto& stored = buffers_.stored;
    iovec into{.iov_base = stored.data(), .iov_len = stored.size()};
    const auto got = ::preadv2(descriptor, &into, 1, static_cast<off_t>(offset_), RWF_NOWAIT);
    return got > 0 ? advance(stored.data(), static_cast<std::size_t>(got)) : std::string_view{};
}

awaitable<base::result<std::string_view>> message_reader::next()
{
    if (!own_piece_) own_piece_ = std::make_unique_for_overwrite<piece>();
    auto read = [this] { return message_.read(*own_piece_, offset_); };
    auto got = co_await on_pool(disk_pool_, std::move(read));
    if (!got) co_return base::fail(got.error());
    if (*got == 0)
        co_return base::fail({.kind = base::failure::storage,
                              .temporary = true,
                              .peer_text = {},
                              .operator_text = "a stored message ended before its size"});
    co_return advance(own_piece_->data(), *got);
}

std::string_view message_reader::advance(const char* octets, std::size_t count)
{
    // A message that grew since it was opened is sent as it was.
    const auto counted =
        static_cast<std::size_t>(std::min<std::uint64_t>(count, message_.stored_octets() - offset_));
    offset_ += counted;
    return {octets, counted};
}

} // namespace server
