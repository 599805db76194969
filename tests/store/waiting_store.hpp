// The suite's way to ask a store with completions: waits for each call on the calling thread.
#pragma once

#include "store/blocking_store.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <memory>
#include <utility>

namespace conformance {

/// The outcome of a call; `begin` is called with the completion to pass on.
template <typename Value, typename Begin>
base::result<Value> wait_for(Begin begin)
{
    std::promise<base::result<Value>> outcome;
    begin(
        store::completion<Value>([&outcome](base::result<Value> got) { outcome.set_value(std::move(got)); }));
    return outcome.get_future().get();
}

class waiting_message final : public store::stored_message {
public:
    explicit waiting_message(std::unique_ptr<store::message> message) : message_(std::move(message)) {}

    mail::form form() const override { return message_->form(); }
    std::uint64_t octets() const override { return message_->octets(); }
    std::uint64_t stored_octets() const override { return message_->stored_octets(); }
    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
    {
        if (offset >= stored_octets() || into.empty()) return 0;
        return wait_for<std::size_t>([&](auto done) { message_->read(into, offset, std::move(done)); });
    }

private:
    std::unique_ptr<store::message> message_;
};

class waiting_maildrop final : public store::blocking_maildrop {
public:
    explicit waiting_maildrop(std::unique_ptr<store::maildrop> maildrop) : maildrop_(std::move(maildrop)) {}
    ~waiting_maildrop() override
    {
        EXPECT_TRUE(wait_for<void>([&](auto done) { maildrop_->close(std::move(done)); }));
    }

    std::shared_ptr<const mail::listing> listing() const override { return maildrop_->listing(); }
    base::result<std::unique_ptr<store::stored_message>> open(std::size_t index) override
    {
        auto opened = wait_for<std::unique_ptr<store::message>>(
            [&](auto done) { maildrop_->open(index, std::move(done)); });
        if (!opened) return base::fail(opened.error());
        return std::make_unique<waiting_message>(std::move(*opened));
    }
    base::result<store::removal> remove(std::span<const std::size_t> indexes,
                                        std::string_view session) override
    {
        return wait_for<store::removal>(
            [&](auto done) { maildrop_->remove(indexes, session, std::move(done)); });
    }

private:
    std::unique_ptr<store::maildrop> maildrop_;
};

class waiting_delivery final : public store::blocking_delivery {
public:
    explicit waiting_delivery(std::unique_ptr<store::delivery> delivery) : delivery_(std::move(delivery)) {}

    base::result<> write(std::string_view octets) override
    {
        return wait_for<void>([&](auto done) { delivery_->write(octets, std::move(done)); });
    }
    std::vector<base::result<std::string>> commit() override
    {
        return wait_for<store::delivery::outcomes>([&](auto done) { delivery_->commit(std::move(done)); })
            .value();
    }

private:
    std::unique_ptr<store::delivery> delivery_;
};

/// `behind` answers what only an operator's command asks, which the contract with completions has not.
class waiting_store final : public store::blocking_store {
public:
    waiting_store(store::store& asked, store::blocking_store& behind) : asked_(asked), behind_(behind) {}

    base::result<> ready() override
    {
        return wait_for<void>([&](auto done) { asked_.ready(std::move(done)); });
    }
    base::result<std::unique_ptr<store::blocking_maildrop>>
    open_maildrop(const store::maildrop_name& name, const store::maildrop_policy& policy) override
    {
        auto opened = wait_for<std::unique_ptr<store::maildrop>>(
            [&](auto done) { asked_.open_maildrop(name, policy, std::move(done)); });
        if (!opened) return base::fail(opened.error());
        return std::make_unique<waiting_maildrop>(std::move(*opened));
    }
    base::result<std::unique_ptr<store::blocking_delivery>>
    begin_delivery(std::span<const store::delivery_recipient> recipients,
                   std::optional<std::uint64_t> octets_expected) override
    {
        auto begun = wait_for<std::unique_ptr<store::delivery>>(
            [&](auto done) { asked_.begin_delivery(recipients, octets_expected, std::move(done)); });
        if (!begun) return base::fail(begun.error());
        return std::make_unique<waiting_delivery>(std::move(*begun));
    }
    base::result<store::usage> measure(const store::maildrop_name& name) override
    {
        return wait_for<store::usage>([&](auto done) { asked_.measure(name, std::move(done)); });
    }
    base::result<store::usage> measure_held(const store::maildrop_name& name) override
    {
        return wait_for<store::usage>([&](auto done) { asked_.measure_held(name, std::move(done)); });
    }
    base::result<> check_quota(const store::maildrop_name& name, const store::maildrop_policy& policy,
                               std::uint64_t octets) override
    {
        const std::array questions{store::quota_question{name, policy, octets}};
        const auto outcomes = wait_for<std::vector<base::result<>>>(
            [&](auto done) { asked_.check_quotas(questions, std::move(done)); });
        return outcomes ? outcomes->at(0) : base::fail(outcomes.error());
    }
    base::result<std::size_t> sweep(const store::maildrop_name& name,
                                    const store::maildrop_policy& policy) override
    {
        return wait_for<std::size_t>([&](auto done) { asked_.sweep(name, policy, std::move(done)); });
    }
    base::result<store::undeletion> undelete(const store::maildrop_name& name,
                                             const store::undelete_request& which) override
    {
        return behind_.undelete(name, which);
    }
    base::result<store::usage> end_holding(const store::maildrop_name& name,
                                           base::wall_time deleted_until) override
    {
        return behind_.end_holding(name, deleted_until);
    }
    store::cache_counts snapshot_counts() const override { return asked_.snapshot_counts(); }

private:
    store::store& asked_;
    store::blocking_store& behind_;
};

} // namespace conformance
