// Each call is tried without waiting where the backend can, and is a job of the pool otherwise.
#include "store/pooled_store.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace store {
namespace {

base::error overloaded()
{
    return {.kind = base::failure::overloaded,
            .temporary = true,
            .peer_text = {},
            .operator_text = "the disk pool's queue is full; more threads or fewer clients help"};
}

/// Has `work` done by the pool, and `done` called with what it returns.
template <typename Value, typename Work>
void run(base::worker_pool& pool, completion<Value> done, Work work)
{
    // Shared, because a job that the pool refuses is destroyed with all that it holds.
    auto waiting = std::make_shared<completion<Value>>(std::move(done));
    const bool taken = pool.submit([waiting, work = std::move(work)]() mutable {
        auto outcome = work();
        // The caller may destroy what `work` refers to as soon as it has the outcome.
        (*waiting)(std::move(outcome));
    });
    if (!taken) (*waiting)(base::fail(overloaded()));
}

/// What need not be waited for any more. A job that a full queue refuses is destroyed here and now.
template <typename Owned>
void destroy_later(base::worker_pool& pool, std::unique_ptr<Owned> owned)
{
    pool.submit([owned = std::move(owned)]() mutable { owned.reset(); });
}

/// A blocking call's outcome as what the caller owns.
template <typename Interface, typename Adapter, typename Blocking>
base::result<std::unique_ptr<Interface>> adapted(base::result<std::unique_ptr<Blocking>> opened,
                                                 base::worker_pool& pool)
{
    if (!opened) return base::fail(std::move(opened).error());
    return std::make_unique<Adapter>(std::move(*opened), pool);
}

class pooled_message final : public message {
public:
    pooled_message(std::unique_ptr<stored_message> stored, base::worker_pool& pool)
        : stored_(std::move(stored)), pool_(pool)
    {
    }

    mail::form form() const override { return stored_->form(); }
    std::uint64_t octets() const override { return stored_->octets(); }
    std::uint64_t stored_octets() const override { return stored_->stored_octets(); }

    void read(std::span<char> buffer, std::uint64_t offset, completion<std::size_t> done) override
    {
        // The file may have grown since it was opened: it is read as it was.
        const auto left = stored_->stored_octets() - offset;
        if (buffer.size() > left) buffer = buffer.first(static_cast<std::size_t>(left));
        if (const std::size_t got = stored_->read_cached(buffer, offset); got > 0) return done(got);
        run<std::size_t>(pool_, std::move(done), [this, buffer, offset]() -> base::result<std::size_t> {
            auto got = stored_->read(buffer, offset);
            if (!got || *got > 0) return got;
            return base::fail({.kind = base::failure::storage,
                               .temporary = true,
                               .peer_text = {},
                               .operator_text = "a stored message ended before its size"});
        });
    }

    void read_header_section(completion<std::string> done) override
    {
        run<std::string>(pool_, std::move(done), [this] { return ::store::read_header_section(*stored_); });
    }

private:
    std::unique_ptr<stored_message> stored_;
    base::worker_pool& pool_;
};

class pooled_maildrop final : public maildrop {
public:
    pooled_maildrop(std::unique_ptr<blocking_maildrop> opened, base::worker_pool& pool)
        : opened_(std::move(opened)), pool_(pool)
    {
    }
    ~pooled_maildrop() override
    {
        if (opened_ && !opened_->closes_without_waiting()) destroy_later(pool_, std::move(opened_));
    }
    pooled_maildrop(const pooled_maildrop&) = delete;
    pooled_maildrop& operator=(const pooled_maildrop&) = delete;

    std::shared_ptr<const mail::listing> listing() const override { return opened_->listing(); }

    void open(std::size_t index, completion<std::unique_ptr<message>> done) override
    {
        if (auto cached = opened_->open_cached(index))
            return done(std::make_unique<pooled_message>(std::move(cached), pool_));
        run<std::unique_ptr<message>>(pool_, std::move(done), [this, index] {
            return adapted<message, pooled_message>(opened_->open(index), pool_);
        });
    }

    void remove(std::span<const std::size_t> indexes, std::string_view session,
                completion<removal> done) override
    {
        run<removal>(pool_, std::move(done),
                     [this, indexes, session] { return opened_->remove(indexes, session); });
    }

    void close(completion<> done) override
    {
        if (opened_->closes_without_waiting()) {
            opened_.reset();
            return done({});
        }
        run<void>(pool_, std::move(done), [this]() -> base::result<> {
            opened_.reset();
            return {};
        });
    }

    void on_lost(std::move_only_function<void()>) override {
    } // a lock of the kernel is held until it is released

private:
    std::unique_ptr<blocking_maildrop> opened_;
    base::worker_pool& pool_;
};

class pooled_delivery final : public delivery {
public:
    pooled_delivery(std::unique_ptr<blocking_delivery> begun, base::worker_pool& pool)
        : begun_(std::move(begun)), pool_(pool)
    {
    }
    ~pooled_delivery() override
    {
        // What was written of an unfinished message is unlinked: the disk's time, not the thread's.
        if (begun_) destroy_later(pool_, std::move(begun_));
    }
    pooled_delivery(const pooled_delivery&) = delete;
    pooled_delivery& operator=(const pooled_delivery&) = delete;

    void write(std::string_view octets, completion<> done) override
    {
        gathered_ += octets;
        if (gathered_.size() < gathered_octets) return done({});
        run<void>(pool_, std::move(done), [this] {
            auto written = begun_->write(gathered_);
            gathered_.clear();
            return written;
        });
    }

    void commit(completion<outcomes> done) override
    {
        run<outcomes>(pool_, std::move(done), [this]() -> base::result<outcomes> {
            const auto begun = std::move(begun_); // destroyed here: its clearing up is no job of its own
            if (auto written = begun->write(gathered_); !written) return base::fail(written.error());
            return begun->commit();
        });
    }

private:
    static constexpr std::size_t gathered_octets = 256 * 1024; // most messages then need one job of the pool

    std::unique_ptr<blocking_delivery> begun_;
    base::worker_pool& pool_;
    std::string gathered_;
};

} // namespace

void pooled_store::ready(completion<> done)
{
    run<void>(pool_, std::move(done), [this] { return mail_.ready(); });
}

void pooled_store::open_maildrop(const maildrop_name& name, const maildrop_policy& policy,
                                 completion<std::unique_ptr<maildrop>> done)
{
    if (auto cached = mail_.open_maildrop_cached(name, policy))
        return done(std::make_unique<pooled_maildrop>(std::move(cached), pool_));
    run<std::unique_ptr<maildrop>>(pool_, std::move(done), [this, &name, &policy] {
        return adapted<maildrop, pooled_maildrop>(mail_.open_maildrop(name, policy), pool_);
    });
}

void pooled_store::begin_delivery(std::span<const delivery_recipient> recipients,
                                  std::optional<std::uint64_t> octets_expected,
                                  completion<std::unique_ptr<delivery>> done)
{
    run<std::unique_ptr<delivery>>(pool_, std::move(done), [this, recipients, octets_expected] {
        return adapted<delivery, pooled_delivery>(mail_.begin_delivery(recipients, octets_expected), pool_);
    });
}

void pooled_store::measure(const maildrop_name& name, completion<usage> done)
{
    run<usage>(pool_, std::move(done), [this, &name] { return mail_.measure(name); });
}

void pooled_store::measure_held(const maildrop_name& name, completion<usage> done)
{
    run<usage>(pool_, std::move(done), [this, &name] { return mail_.measure_held(name); });
}

void pooled_store::check_quotas(std::span<const quota_question> questions,
                                completion<std::vector<base::result<>>> done)
{
    using outcomes = std::vector<base::result<>>;
    run<outcomes>(pool_, std::move(done), [this, questions]() -> base::result<outcomes> {
        outcomes out;
        out.reserve(questions.size());
        for (const auto& question : questions)
            out.push_back(mail_.check_quota(question.name, question.policy, question.octets));
        return out;
    });
}

void pooled_store::sweep(const maildrop_name& name, const maildrop_policy& policy,
                         completion<std::size_t> done)
{
    run<std::size_t>(pool_, std::move(done), [this, &name, &policy] { return mail_.sweep(name, policy); });
}

} // namespace store
