// Asked for in strides, settled in groups.
#include "archive/receiving.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace archive {

namespace {

constexpr std::size_t waiting_max = 1; // each holds its messages' files open

} // namespace

serial_queue::serial_queue(bool beside)
{
    if (!beside) return;
    try {
        thread_.emplace([this] { work(); });
    } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch)
        // No thread is to be had: whoever gives a job does it.
    }
}

serial_queue::~serial_queue()
{
    if (!thread_) return;
    {
        const std::lock_guard guard(mutex_);
        over_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
    thread_->join();
}

base::result<> serial_queue::give(job next)
{
    if (!thread_) {
        ++given_;
        if (!trouble_)
            if (auto done = next(); !done) trouble_ = done.error();
        return outcome();
    }
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return waiting_.size() < waiting_max || trouble_; });
    if (trouble_) return outcome();
    waiting_.push_back(std::move(next));
    ++given_;
    guard.unlock();
    changed_.notify_all();
    return {};
}

base::result<> serial_queue::wait_for(std::uint64_t jobs)
{
    if (!thread_) return outcome();
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return done_ >= jobs || (trouble_ && !working_); });
    return outcome();
}

base::result<> serial_queue::outcome() const
{
    if (trouble_) return base::fail(*trouble_);
    return {};
}

void serial_queue::work()
{
    std::unique_lock guard(mutex_);
    for (;;) {
        changed_.wait(guard, [this] { return over_ || !waiting_.empty(); });
        if (over_) return;
        job next = std::move(waiting_.front());
        waiting_.pop_front();
        working_ = true;
        guard.unlock();
        changed_.notify_all();
        auto done = next();
        next = nullptr; // what it holds goes here, on this thread
        guard.lock();
        working_ = false;
        ++done_;
        if (!done) {
            trouble_ = done.error();
            waiting_.clear();
        }
        changed_.notify_all();
    }
}

namespace {

// Messages asked for in one go, and whose intention is made durable together.
constexpr std::size_t stride_messages = 256;
// The same on a disk that is full, and so many are made durable together there: a failure costs no more than these.
constexpr std::size_t tight_messages = 8;

} // namespace

base::result<> settling::intend(std::span<const std::size_t> indexes)
{
    return line_.give([this, indexes] { return record_intentions(indexes); });
}

base::result<> settling::settle(std::vector<arrival> group)
{
    return line_.give([this, group = std::move(group)]() mutable {
        return settle_group(run_, session_, std::move(group));
    });
}

base::result<> settling::fail(std::uint64_t number, std::string reason, bool temporary)
{
    return line_.give([this, number, reason = std::move(reason), temporary] {
        return settle_failure(run_, session_.plan.numbered(number), reason, temporary);
    });
}

base::result<> settling::record_intentions(std::span<const std::size_t> indexes)
{
    std::vector<ledger::message_record> records;
    for (const std::size_t i : indexes) {
        const client::listed_message& message = session_.plan.messages[i].message;
        if (!has_own_name(message)) continue; // known by its content alone, which is not here yet
        ledger::message_record intended = run_.known.record_of(message);
        if (intended.stage >= ledger::stage::stored)
            continue; // fetched again to be compared: what is kept stays known
        intended.stage = ledger::stage::intended;
        intended.note.clear();
        if (!intended.hash) intended.octets = message.octets.value_or(0);
        records.push_back(std::move(intended));
    }
    return run_.known.record(records);
}

message_receiver::message_receiver(const run_inputs& inputs, progress_meter& progress, client::maildrop& drop,
                                   const fetch_plan& plan, settling& settling, bool tight)
    : inputs_(inputs),
      progress_(progress),
      drop_(drop),
      plan_(plan),
      settling_(settling),
      stride_messages_(tight ? tight_messages : stride_messages),
      group_messages_(tight ? tight_messages : inputs.parts.group_messages)
{
}

run_step message_receiver::receive(std::span<const std::size_t> indexes)
{
    const auto next_stride = [&] { return indexes.first(std::min(stride_messages_, indexes.size())); };
    // How many jobs there are up to that which makes the next stride's intentions durable.
    std::uint64_t intentions = 1;
    if (auto given = of_ours(settling_.intend(next_stride())); !given) return given;
    while (!indexes.empty() && !inputs_.stopping()) {
        const auto now = next_stride();
        indexes = indexes.subspan(now.size());
        if (auto intended = of_ours(settling_.wait_for(intentions)); !intended) return intended;
        // While these come: what is intended is durable before it is asked for, and nobody waits for that.
        if (!indexes.empty() && !inputs_.stopping())
            if (auto given = of_ours(settling_.intend(next_stride())); !given) return given;
        intentions = settling_.given();
        if (auto done = receive_stride(now); !done) return done;
    }
    return of_ours(settling_.wait());
}

run_step message_receiver::receive_stride(std::span<const std::size_t> indexes)
{
    std::vector<client::listed_message> messages;
    for (const std::size_t i : indexes) messages.push_back(plan_.messages[i].message);
    reception sink(
        inputs_.parts.mail, inputs_.parts.clock, group_messages_,
        [&](std::vector<arrival> group) { return settling_.settle(std::move(group)); },
        [&](const client::listed_message& message, const base::error& error) {
            return settling_.fail(message.number, "the server refused it: " + error.operator_text,
                                  error.temporary);
        },
        [&](std::uint64_t octets) { progress_.advance("fetching", 0, octets); }, inputs_.parts.stop);
    const auto received = drop_.retrieve(messages, sink);
    const auto whole = sink.settle_rest(); // also after the line broke
    if (sink.trouble()) {
        // A disk without room for the next message may have some for the ledger: what came before is settled.
        if (auto settled = of_ours(settling_.wait()); !settled) return settled;
        return of_ours(base::fail(*sink.trouble()));
    }
    if (!whole) return of_ours(whole);
    if (received) return {};
    // A message in whose middle the line broke may be the reason for it.
    if (sink.under_way())
        if (auto noted = of_ours(settling_.fail(
                sink.under_way()->message.number,
                "the connection broke in the middle of it: " + received.error().operator_text, false));
            !noted)
            return noted;
    if (auto settled = of_ours(settling_.wait()); !settled) return settled;
    return of_the_line(received);
}

} // namespace archive
