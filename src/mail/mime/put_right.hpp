// What has to be done to the octets of some messages before they can be read.
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace mail::mime {

struct readable_octets {
    std::string_view octets; ///< of the message as it came, or of `kept`
    bool was_utf_16 = false; ///< so labels of charsets say nothing
};

/// The message as it can be read: UTF-8 where it was kept in UTF-16 as a whole (docs/decisions/0181), with LF or CRLF
/// where its lines end with CR alone or had a CR added twice, without empty lines above its header section. What had to
/// be made for that is added to `kept`.
readable_octets put_right(std::string_view canonical, std::deque<std::string>& kept);

} // namespace mail::mime
