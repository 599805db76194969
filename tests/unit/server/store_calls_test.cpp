// How sessions get on with a store that is slow, gives no answer, or takes a lock away.
#include "base/open_files.hpp"
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>

namespace server::testing {
namespace {

/// Hands every call on; for the tests to change one.
class store_in_front : public store::store {
public:
    explicit store_in_front(::store::store& behind) : behind_(behind) {}

    void ready(::store::completion<> done) override { behind_.ready(std::move(done)); }
    void open_maildrop(const ::store::maildrop_name& name, const ::store::maildrop_policy& policy,
                       ::store::completion<std::unique_ptr<::store::maildrop>> done) override
    {
        behind_.open_maildrop(name, policy, std::move(done));
    }
    void begin_delivery(std::span<const ::store::delivery_recipient> recipients,
                        std::optional<std::uint64_t> octets_expected,
                        ::store::completion<std::unique_ptr<::store::delivery>> done) override
    {
        behind_.begin_delivery(recipients, octets_expected, std::move(done));
    }
    void measure(const ::store::maildrop_name& name, ::store::completion<::store::usage> done) override
    {
        behind_.measure(name, std::move(done));
    }
    void measure_held(const ::store::maildrop_name& name, ::store::completion<::store::usage> done) override
    {
        behind_.measure_held(name, std::move(done));
    }
    void check_quotas(std::span<const ::store::quota_question> questions,
                      ::store::completion<std::vector<base::result<>>> done) override
    {
        behind_.check_quotas(questions, std::move(done));
    }
    void sweep(const ::store::maildrop_name& name, const ::store::maildrop_policy& policy,
               ::store::completion<std::size_t> done) override
    {
        behind_.sweep(name, policy, std::move(done));
    }
    ::store::cache_counts snapshot_counts() const override { return behind_.snapshot_counts(); }

private:
    ::store::store& behind_;
};

/// A memory store of its own, which the store in front asks, for it must be there before the office.
struct own_store {
    base::system_clock clock;
    ::store::memory_store mail{clock};
    base::worker_pool pool{2, 100'000};
    ::store::pooled_store pooled{mail, pool};
};

/// Answers no log-in before all of them have asked: if anything queued them, none would ever be answered.
class gathering_store final : public store_in_front {
public:
    gathering_store(::store::store& behind, std::size_t wanted) : store_in_front(behind), wanted_(wanted) {}
    ~gathering_store() override { answering_.join(); }

    std::size_t asked()
    {
        const std::lock_guard lock(mutex_);
        return asked_.size();
    }
    /// Answers those that have asked.
    void give_up()
    {
        const std::lock_guard lock(mutex_);
        given_up_ = true;
        all_have_asked_.notify_one();
    }

    void open_maildrop(const ::store::maildrop_name& name, const ::store::maildrop_policy& policy,
                       ::store::completion<std::unique_ptr<::store::maildrop>> done) override
    {
        const std::lock_guard lock(mutex_);
        asked_.push_back([this, &name, &policy, done = std::move(done)]() mutable {
            store_in_front::open_maildrop(name, policy, std::move(done));
        });
        if (asked_.size() == wanted_) all_have_asked_.notify_one();
    }

private:
    void answer()
    {
        std::unique_lock lock(mutex_);
        all_have_asked_.wait(lock, [this] { return given_up_ || asked_.size() == wanted_; });
        for (auto& call : asked_) call();
    }

    const std::size_t wanted_;
    std::mutex mutex_;
    std::condition_variable all_have_asked_;
    std::vector<std::move_only_function<void()>> asked_;
    bool given_up_ = false;
    std::thread answering_{[this] { answer(); }};
};

constexpr std::size_t sessions_max = 10'000;

/// The clients, in a process of their own, for both ends in one would be more open files than many systems allow. Reads
/// the port from `from`; exits with 0 where every log-in succeeded.
[[noreturn]] void log_all_in(int from)
{
    std::uint16_t port = 0;
    if (::read(from, &port, sizeof port) != sizeof port) std::_Exit(2);
    std::vector<std::unique_ptr<wire_client>> clients;
    for (std::size_t count = 0; count < sessions_max; ++count) {
        clients.push_back(std::make_unique<wire_client>(port));
        if (!clients.back()->line().starts_with("+OK")) std::_Exit(3);
        if (!clients.back()->command("USER ann").starts_with("+OK")) std::_Exit(4);
        clients.back()->send("PASS ann's secret\r\n");
    }
    for (auto& client : clients) {
        if (!client->line().starts_with("+OK")) std::_Exit(5);
        client->reset(); // leaves no TIME-WAIT behind
    }
    std::_Exit(0);
}

TEST(store_calls, of_ten_thousand_sessions_wait_side_by_side)
{
    constexpr std::uint64_t open_files = sessions_max + 500;
    ASSERT_GE(base::raise_open_files(open_files), open_files) << "the hard limit of open files is too low";
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    const pid_t client = ::fork(); // before there is any thread
    ASSERT_GE(client, 0);
    if (client == 0) log_all_in(pipe[0]);
    own_store own;
    gathering_store slow(own.pooled, sessions_max);
    office_under_test one(
        [](settings& site) {
            site.maildrop.lock = maildrop_lock::snapshot;
            site.limits.connections_max = 5 * sessions_max; // far from where connections are dropped early
            site.limits.sessions_per_user_and_address = sessions_max;
            site.limits.hash_queue_max = 5 * sessions_max;
            site.deadlines.log_in = site.deadlines.log_in_stressed = std::chrono::minutes(10);
        },
        {}, {}, {.mail = &slow});
    const std::uint16_t port = one.port(door::pop3);
    EXPECT_EQ(::write(pipe[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
    int status = -1;
    EXPECT_EQ(::waitpid(client, &status, 0), client);
    EXPECT_EQ(status, 0) << slow.asked() << " have asked";
    slow.give_up(); // no call may be left when the office goes
    for (const int end : pipe) ::close(end);
}

/// Gives out maildrops whose lock the test can take away, and that answer a removal as it says.
class moody_store final : public store_in_front {
public:
    using store_in_front::store_in_front;

    void open_maildrop(const ::store::maildrop_name& name, const ::store::maildrop_policy& policy,
                       ::store::completion<std::unique_ptr<::store::maildrop>> done) override
    {
        store_in_front::open_maildrop(
            name, policy,
            [this, done = std::move(done)](base::result<std::unique_ptr<::store::maildrop>> opened) mutable {
                if (!opened) return done(base::fail(opened.error()));
                done(std::make_unique<moody_maildrop>(*this, std::move(*opened)));
            });
    }
    void ready(::store::completion<> done) override
    {
        ++times_asked;
        if (silent) {
            const std::lock_guard lock(mutex_);
            unanswered_.push_back(std::move(done));
            return;
        }
        if (not_ready) return done(base::fail(failure(base::failure::storage)));
        done({});
    }

    void take_the_lock_away()
    {
        const std::lock_guard lock(mutex_);
        lost_();
    }

    /// Answers what was asked while it was silent.
    void speak()
    {
        silent = false;
        const std::lock_guard lock(mutex_);
        for (auto& done : unanswered_) done({});
        unanswered_.clear();
    }

    std::atomic<bool> not_ready = false, silent = false;
    std::atomic<int> times_asked = 0;
    std::optional<base::failure> removal_fails;

private:
    static base::error failure(base::failure kind)
    {
        return {.kind = kind, .temporary = true, .peer_text = {}, .operator_text = "the cluster says so"};
    }

    class moody_maildrop final : public ::store::maildrop {
    public:
        moody_maildrop(moody_store& owner, std::unique_ptr<::store::maildrop> opened)
            : owner_(owner), opened_(std::move(opened))
        {
        }
        std::shared_ptr<const mail::listing> listing() const override { return opened_->listing(); }
        void open(std::size_t index, ::store::completion<std::unique_ptr<::store::message>> done) override
        {
            opened_->open(index, std::move(done));
        }
        void remove(std::span<const std::size_t> indexes, std::string_view session,
                    ::store::completion<::store::removal> done) override
        {
            if (owner_.removal_fails) return done(base::fail(failure(*owner_.removal_fails)));
            opened_->remove(indexes, session, std::move(done));
        }
        void close(::store::completion<> done) override { opened_->close(std::move(done)); }
        void on_lost(std::move_only_function<void()> lost) override
        {
            const std::lock_guard lock(owner_.mutex_);
            owner_.lost_ = std::move(lost);
        }

    private:
        moody_store& owner_;
        std::unique_ptr<::store::maildrop> opened_;
    };

    std::mutex mutex_;
    std::move_only_function<void()> lost_;
    std::vector<::store::completion<>> unanswered_;
};

void post_to_ann(::store::memory_store& mail)
{
    const std::array<::store::delivery_recipient, 1> to{{{.name = {"ann"}, .policy = {}, .header = {}}}};
    auto delivery = mail.begin_delivery(to, std::nullopt).value();
    ASSERT_TRUE(delivery->write("Subject: a\r\n\r\n"));
    ASSERT_TRUE(delivery->commit().at(0));
}

TEST(store_calls, end_the_session_whose_lock_was_lost_and_remove_nothing)
{
    own_store own;
    post_to_ann(own.mail);
    moody_store moody(own.pooled);
    office_under_test one({}, {}, {}, {.mail = &moody});
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    EXPECT_TRUE(client.command("DELE 1").starts_with("+OK"));
    moody.take_the_lock_away();
    EXPECT_TRUE(client.closed());
    one.stop_and_wait();
    EXPECT_EQ(own.mail.measure({"ann"})->messages, 1U);
    EXPECT_EQ(one.log.count("reason=lost-lock"), 1U);
}

TEST(store_calls, that_give_no_answer_are_no_success)
{
    own_store own;
    post_to_ann(own.mail);
    moody_store moody(own.pooled);
    moody.removal_fails = base::failure::outcome_unknown;
    office_under_test one({}, {}, {}, {.mail = &moody});
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    client.command("DELE 1");
    const auto reply = client.command("QUIT");
    EXPECT_TRUE(reply.starts_with("-ERR")) << reply;
    EXPECT_NE(reply.find("log in again to see"), std::string::npos) << reply;
    EXPECT_EQ(one.log.count("update-failed"), 1U);
}

std::string health(const office_under_test& one)
{
    const auto address = one.shared_state->metrics_address();
    wire_client client(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    client.send("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
    return client.line();
}

TEST(store_calls, say_at_health_whether_mail_can_be_served)
{
    own_store own;
    moody_store moody(own.pooled);
    office_under_test one({}, {}, {}, {.mail = &moody});
    EXPECT_EQ(health(one), "HTTP/1.1 200 OK");
    moody.not_ready = true;
    EXPECT_EQ(health(one), "HTTP/1.1 503 Service Unavailable");
    EXPECT_EQ(one.log.count("store-not-ready"), 1U);
}

TEST(store_calls, that_hang_have_one_job_for_all_who_ask_at_health)
{
    own_store own;
    moody_store moody(own.pooled);
    office_under_test one({}, {}, {}, {.mail = &moody});
    moody.silent = true;
    for (int round = 0; round < 3; ++round) EXPECT_EQ(health(one), "HTTP/1.1 503 Service Unavailable");
    EXPECT_EQ(moody.times_asked, 1);
    moody.speak();
    EXPECT_EQ(health(one), "HTTP/1.1 200 OK");
}

} // namespace
} // namespace server::testing
