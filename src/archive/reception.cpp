// From the line into temporary files.
#include "archive/reception.hpp"

#include <utility>

namespace archive {

reception::reception(store::collection& target, const base::clock& clock, std::size_t group_messages,
                     settler settle, refusal refused, counter count, const std::atomic<bool>* stop)
    : into_(target),
      clock_(clock),
      group_messages_(group_messages),
      settle_(std::move(settle)),
      refused_(std::move(refused)),
      count_(std::move(count)),
      stop_(stop)
{
}

base::result<> reception::begin(const client::listed_message& message)
{
    auto body = into_.begin_addition();
    if (!body) return note(base::fail(body.error()));
    current_.emplace();
    current_->message = message;
    current_->body = std::move(*body);
    all_.finish();
    header_.finish();
    header_end_ = {};
    return {};
}

base::result<> reception::octets(std::string_view chunk)
{
    const std::string_view header = chunk.substr(0, header_end_.find(chunk));
    header_.add(chunk);
    all_.add(chunk);
    current_->header += header.substr(0, header_octets_max - current_->header.size());
    current_->octets += chunk.size();
    count_(chunk.size());
    return note(current_->body->write(chunk));
}

base::result<> reception::end(bool doubtful)
{
    // Now, while the octets are in the processor's cache still.
    if (auto written = note(current_->body->complete()); !written) return written;
    current_->hash = all_.finish();
    current_->header_hash = header_.finish();
    current_->doubtful = doubtful;
    if (group_.empty()) group_begun_ = clock_.steady_now();
    group_octets_ += current_->octets;
    group_.push_back(std::move(*current_));
    current_.reset();
    const bool full = group_.size() >= group_messages_ || group_octets_ >= group_octets_max ||
                      clock_.steady_now() - group_begun_ >= group_age_max;
    return full ? settle_group() : base::result<>{};
}

base::result<> reception::failed(const client::listed_message& message, const base::error& error)
{
    current_.reset();
    auto settled = note(refused_(message, error));
    settling_failed_ = settling_failed_ || !settled;
    return settled;
}

base::result<> reception::settle_rest()
{
    if (settling_failed_) return base::fail(*trouble_);
    if (trouble_) current_.reset(); // frees what it took of the disk
    auto settled = settle_group();
    return trouble_ ? base::fail(*trouble_) : settled;
}

base::result<> reception::settle_group()
{
    if (group_.empty()) return {};
    group_octets_ = 0;
    auto settled = note(settle_(std::exchange(group_, {})));
    settling_failed_ = settling_failed_ || !settled;
    return settled;
}

base::result<> reception::note(base::result<> done)
{
    if (!done && !trouble_) trouble_ = done.error();
    return done;
}

} // namespace archive
