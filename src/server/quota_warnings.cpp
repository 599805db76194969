// A message in a maildrop that warns its owner before mail is refused.
#include "server/quota_warnings.hpp"

#include "lmtp/trace.hpp"
#include "server/policies.hpp"
#include "server/store_call.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace server {
namespace {

// Whether a maildrop is over its share takes a scan of it where it is. That is believed for so long, and two
// deliveries that cross the line together warn once.
constexpr std::chrono::seconds over_believed_for{60};

/// `share` percent of a quota, without an overflow.
std::optional<std::uint64_t> share_of(const std::optional<std::uint64_t>& quota, unsigned share)
{
    if (!quota) return std::nullopt;
    return *quota / 100 * share + *quota % 100 * share / 100;
}

/// The site's policy for that account, with the share for its quota; none where nothing is limited.
std::optional<store::maildrop_policy> share_policy(const settings& site, const auth::account& account)
{
    auto policy = maildrop_policy(site, account);
    const unsigned share = site.mail_in.quota_warning_percent;
    if (share == 0 || (!policy.quota_octets && !policy.quota_messages)) return std::nullopt;
    policy.quota_octets = share_of(policy.quota_octets, share);
    policy.quota_messages = share_of(policy.quota_messages, share);
    return policy;
}

unsigned percent_of(std::uint64_t used, const std::optional<std::uint64_t>& quota)
{
    if (!quota || *quota == 0) return 0;
    return static_cast<unsigned>(
        std::min<std::uint64_t>(used / std::max<std::uint64_t>(*quota / 100, 1), 100));
}

std::string in_words(std::uint64_t octets)
{
    constexpr std::uint64_t mebibyte = 1U << 20U;
    if (octets >= 10 * mebibyte) return std::to_string(octets / mebibyte) + " MiB";
    return std::to_string((octets + 1023) / 1024) + " KiB";
}

std::string fullness(const store::usage& used, const store::maildrop_policy& policy)
{
    std::string out;
    if (policy.quota_octets)
        out += "It holds " + in_words(used.octets) + " of " + in_words(*policy.quota_octets) + ".\r\n";
    if (policy.quota_messages)
        out += "It holds " + std::to_string(used.messages) + " of " + std::to_string(*policy.quota_messages) +
               " messages.\r\n";
    return out;
}

std::string header_for(const settings& site, const std::string& user, base::wall_time now)
{
    const auto ticks = std::to_string(now.time_since_epoch().count());
    const std::string sender = "postmaster@" + site.host_name;
    return "Return-Path: <>\r\nDelivered-To: " + user + "\r\nDate: " + lmtp::date_time(now) + "\r\nFrom: <" +
           sender + ">\r\nTo: <" + user + ">\r\nMessage-ID: <quota-warning." + ticks + "@" + site.host_name +
           ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
           "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
}

} // namespace

awaitable<std::vector<auth::account>> quota_warnings::below(const settings& site,
                                                            std::span<const auth::account> accounts)
{
    std::vector<auth::account> asked;
    for (const auto& account : accounts)
        if (share_policy(site, account) && !over_lately(account.name)) asked.push_back(account);
    const auto over = co_await are_over(site, asked);
    std::vector<auth::account> out;
    for (std::size_t index = 0; index < asked.size(); ++index)
        if (over[index])
            note_over(asked[index].name);
        else
            out.push_back(asked[index]);
    co_return out;
}

awaitable<void> quota_warnings::warn(const settings& site, std::span<const auth::account> accounts)
{
    std::vector<auth::account> asked;
    for (const auto& account : accounts)
        if (share_policy(site, account)) asked.push_back(account);
    const auto over = co_await are_over(site, asked);
    for (std::size_t index = 0; index < asked.size(); ++index)
        if (over[index] && note_over(asked[index].name)) co_await deliver_warning(site, asked[index]);
}

/// Of accounts that have a share. One call for all of them: a message may be for hundreds.
awaitable<std::vector<bool>> quota_warnings::are_over(const settings& site,
                                                      const std::vector<auth::account>& accounts)
{
    std::vector<bool> out(accounts.size());
    if (accounts.empty()) co_return out;
    std::vector<store::quota_question> questions;
    questions.reserve(accounts.size());
    for (const auto& account : accounts)
        questions.push_back({{account.name}, *share_policy(site, account), 0});
    const auto check = [&](store::completion<std::vector<base::result<>>> done) {
        mail_.check_quotas(questions, std::move(done));
    };
    const auto outcomes = co_await store_call<std::vector<base::result<>>>(check);
    if (!outcomes) co_return out;
    for (std::size_t index = 0; index < out.size(); ++index)
        out[index] = !(*outcomes)[index] && (*outcomes)[index].error().kind == base::failure::over_quota;
    co_return out;
}

bool quota_warnings::over_lately(const std::string& user)
{
    const std::lock_guard lock(mutex_);
    const auto found = over_.find(user);
    if (found == over_.end()) return false;
    if (clock_.steady_now() - found->second < over_believed_for) return true;
    over_.erase(found);
    return false;
}

/// True where it was not noted before.
bool quota_warnings::note_over(const std::string& user)
{
    const std::lock_guard lock(mutex_);
    return over_.insert_or_assign(user, clock_.steady_now()).second;
}

/// Without a quota of its own: it is small, and is wanted where there is hardly any room. What goes wrong is no failure
/// of the delivery that it follows.
awaitable<void> quota_warnings::deliver_warning(const settings& site, const auth::account& account)
{
    const store::maildrop_name name{account.name};
    const auto measure = [&](store::completion<store::usage> done) { mail_.measure(name, std::move(done)); };
    const auto used = co_await store_call<store::usage>(measure);
    if (!used) co_return;
    auto policy = maildrop_policy(site, account);
    const unsigned percent = std::max(percent_of(used->octets, policy.quota_octets),
                                      percent_of(used->messages, policy.quota_messages));
    const std::string body =
        "Subject: Your mailbox is " + std::to_string(percent) + " % full\r\n\r\nThe mailbox of " +
        account.name + " is " + std::to_string(percent) + " % full.\r\n" + fullness(*used, policy) +
        "\r\nWhen it is full, new mail is refused. Fetch your mail and let your mail program\r\n"
        "delete it on the server, or ask the postmaster for more room.\r\n";
    policy.quota_octets.reset();
    policy.quota_messages.reset();
    const std::array recipients{store::delivery_recipient{
        .name = name, .policy = policy, .header = header_for(site, account.name, clock_.now())}};
    const auto begin = [&](store::completion<std::unique_ptr<store::delivery>> done) {
        mail_.begin_delivery(recipients, body.size(), std::move(done));
    };
    const auto delivery = co_await store_call<std::unique_ptr<store::delivery>>(begin);
    if (!delivery) co_return;
    const auto write = [&](store::completion<> done) { (*delivery)->write(body, std::move(done)); };
    const auto written = co_await store_call<void>(write);
    if (!written) co_return;
    const auto commit = [&](store::completion<store::delivery::outcomes> done) {
        (*delivery)->commit(std::move(done));
    };
    co_await store_call<store::delivery::outcomes>(commit);
}

} // namespace server
