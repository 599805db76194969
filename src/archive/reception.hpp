// Messages as they come in: into additions, hashed on the way, handed on in groups.
#pragma once

#include "base/clock.hpp"
#include "client/maildrop.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/header_hash.hpp"
#include "mail/header_section.hpp"
#include "store/collection.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace archive {

/// One message, received whole.
struct arrival {
    client::listed_message message;
    std::unique_ptr<store::addition> body;
    ledger::content_hash hash;
    std::string header_hash;
    std::string header; ///< the header section, as far as header_octets_max goes
    std::uint64_t octets = 0;
    bool doubtful = false;
};

// A group is closed at the first of these, or with so many messages as fetch.hpp says.
inline constexpr std::uint64_t group_octets_max = 16u << 20; ///< what a power cut may make us fetch again
inline constexpr std::chrono::seconds group_age_max{2};
/// For rules and the date. Longer header sections exist as attacks only.
inline constexpr std::size_t header_octets_max = 256u << 10;

class reception final : public client::message_sink {
public:
    using settler = std::function<base::result<>(std::vector<arrival>)>;
    using refusal = std::function<base::result<>(const client::listed_message&, const base::error&)>;
    using counter = std::function<void(std::uint64_t octets)>;

    /// `settle` is given each group that is full, `refused` each message that the server will not give, `count` the
    /// octets
    /// that come. Errors of `settle`, of `refused` and of the collection are ours, not the line's: see trouble().
    /// `stop`: once it is set, no further message is asked for.
    reception(store::collection& target, const base::clock& clock, std::size_t group_messages, settler settle,
              refusal refused, counter count, const std::atomic<bool>* stop = nullptr);

    base::result<> begin(const client::listed_message& message) override;
    base::result<> octets(std::string_view chunk) override;
    base::result<> end(bool doubtful) override;
    base::result<> failed(const client::listed_message& message, const base::error& error) override;
    bool wants_more() const override { return stop_ == nullptr || !*stop_; }

    /// Settles what is whole, also after the line broke, or the disk had no room for the next message. Nothing where
    /// settling had failed before. Answers trouble(), if any.
    base::result<> settle_rest();
    /// What our own side answered: the first error, if any.
    const std::optional<base::error>& trouble() const { return trouble_; }
    /// The message that had begun and did not end.
    const std::optional<arrival>& under_way() const { return current_; }

private:
    base::result<> settle_group();
    base::result<> note(base::result<> done);

    store::collection& into_;
    const base::clock& clock_;
    const std::size_t group_messages_;
    settler settle_;
    refusal refused_;
    counter count_;
    const std::atomic<bool>* const stop_;
    bool settling_failed_ = false;
    std::optional<arrival> current_;
    ledger::content_hasher all_;
    ledger::header_hasher header_;
    mail::header_section_end header_end_;
    std::vector<arrival> group_;
    std::uint64_t group_octets_ = 0;
    base::steady_time group_begun_;
    std::optional<base::error> trouble_;
};

} // namespace archive
