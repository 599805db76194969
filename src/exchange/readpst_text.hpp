// What readpst writes of Outlook's messages, made the same in every run (decision 0148).
#pragma once

#include "base/result.hpp"
#include "mail/header_section.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace exchange {

/// Streams one message in canonical form, cut anywhere. readpst draws the numbers in its boundaries by lot; here the
/// first becomes 1, the second 2. The line "Status: RO" by which it tells that a message was read is left out.
class readpst_text {
public:
    using take_octets = std::function<base::result<>(std::string_view)>;
    explicit readpst_text(take_octets sink) : into_(std::move(sink)) {}

    base::result<> octets(std::string_view canonical);
    base::result<> end();

    /// After end(): the header section as it was, or its beginning where that is unusually long.
    const std::string& header() const { return header_; }
    bool was_read() const { return was_read_; }

private:
    base::result<> begin_body();
    base::result<> pass_on(bool at_end);
    std::string steady(std::string_view number);

    take_octets into_;
    mail::header_section_end header_end_;
    std::string header_;
    std::string held_; // not passed on yet: a boundary may be cut
    bool in_body_ = false;
    bool was_read_ = false;
    std::map<std::string, std::string, std::less<>> numbers_;
};

} // namespace exchange
