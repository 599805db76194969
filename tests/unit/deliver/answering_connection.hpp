// A server behind net::connection that is a function: octets in, octets out.
#pragma once

#include "net/dial/connection.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace client_tests {

/// What the server answers to what it is told; nothing: it hangs up.
using answering = std::function<std::optional<std::string>(std::string_view told)>;

class answering_connection final : public net::connection {
public:
    /// `greeting` is said at once.
    answering_connection(std::string greeting, answering answer)
        : waiting_(std::move(greeting)), answer_(std::move(answer))
    {
    }
    base::result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds) override
    {
        if (waiting_.empty()) return base::fail({base::failure::closed, true, {}, "the server hung up"});
        const std::size_t n = std::min(into.size(), waiting_.size());
        std::copy_n(waiting_.begin(), n, into.begin());
        waiting_.erase(0, n);
        return n;
    }
    base::result<> write(std::string_view octets, std::chrono::milliseconds) override
    {
        if (closed_) return base::fail({base::failure::closed, true, {}, "the server hung up"});
        if (auto said = answer_(octets))
            waiting_ += *said;
        else
            closed_ = true;
        return {};
    }
    base::result<net::server_facts> start_tls(std::shared_ptr<const net::tls_client>, const std::string&,
                                              std::chrono::milliseconds) override
    {
        tls_ = true;
        return net::server_facts{};
    }
    bool tls() const override { return tls_; }
    std::string peer() const override { return "a function"; }
    void close() override { closed_ = true; }

private:
    std::string waiting_;
    answering answer_;
    bool closed_ = false, tls_ = false;
};

} // namespace client_tests
