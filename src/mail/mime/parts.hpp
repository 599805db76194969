// The parts of a message as a tree, whatever it is then read for: HTML stays HTML, and nothing is left out.
//
// GMime's own parser has no bound on the parts, header fields and levels that it makes objects of; this has, and finds
// them in one pass, as views of the message (docs/decisions/0070). What lies within an encoding, a message in base64 or
// a file in a text, is decoded once and kept beside them.
#pragma once

#include "mail/mime/decoding.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// What a hostile message may cost.
struct limits {
    std::size_t text_octets_max = 4u << 20; ///< of the text of a reading (reading.hpp)
    unsigned depth_max = 50;                ///< a multipart or message that lies deeper is not opened
    unsigned parts_max = 1000;
};

/// One part of a message (RFC 2045, section 2.4). Texts are UTF-8; those of the sender may be hostile.
struct part {
    enum class kind {
        container, ///< a multipart; or what was cut, since it holds files or plain text that it does not declare
        message, ///< message/rfc822 and its like: has the message as its one child, unless a limit was met
        text,    ///< is read in its place: text/* but HTML, and the reports of machines
        html,    ///< is read in its place: text/html, application/xhtml+xml
        file,    ///< everything else, also a text that is an attachment
    };
    part::kind kind = kind::file;
    std::string
        content_type{}; ///< "text/plain": lower case, printable ASCII; what it is where the field is missing
    std::string
        charset{}; ///< as the part says, lower case; of a message: of raw octets in its header section
    bool also_file = false; ///< of a text or HTML: it has a name, or says that it is an attachment
    bool flowed = false, delete_space = false; ///< of a text: format=flowed, DelSp=yes (RFC 3676)
    std::string disposition{}; ///< "inline", "attachment" (RFC 2183): lower case; empty: it says none
    std::string name{}; ///< of its file, or a message's subject: one line without controls (safe_file_name())
    std::string content_id{}; ///< without angle brackets, one line: what "cid:" in HTML refers to (RFC 2392)
    transfer_encoding encoding = transfer_encoding::identity;
    std::string_view header{}; ///< its own header section; empty where it has none
    std::string_view octets{}; ///< its body, still encoded: decode()
    unsigned depth = 0;        ///< 0: the message itself
    std::size_t end = 0;       ///< where, in part_tree::parts, the parts that lie in this one end
};

/// A message and all parts in it. Views in it are of the message that was given, and of `kept`.
struct part_tree {
    part_tree() = default;
    part_tree(const part_tree&) = delete; // views would be of the other one
    part_tree& operator=(const part_tree&) = delete;
    part_tree(part_tree&&) noexcept = default;
    part_tree& operator=(part_tree&&) noexcept = default;
    ~part_tree() = default;

    /// In the order of the message, each before those that lie in it: the first is the message itself, and of the part
    /// at N the parts within stand from N + 1 to its `end`.
    std::vector<part> parts;
    std::string charset{}; ///< the first that a text names: raw octets of header fields are in it
    bool cut = false;      ///< a limit was met: there are more
    std::deque<std::string>
        kept{}; ///< octets that had to be decoded, or put right, before they could be read
};

/// Never fails: what cannot be parsed is a text. `canonical` is the whole message, and must outlive the tree. There is
/// always one part, and there are never more than `parts_max`.
part_tree parts_of(std::string_view canonical, const limits& within = {});

struct part_text {
    std::string utf8; ///< well-formed, and nothing but that: with its controls, HTML as HTML
    bool cut = false; ///< it is longer
};

/// The text of a part of kind text or html: decoded, at most `octets_max` octets of it, and its charset applied
/// (charset.hpp).
part_text text_of(const part& text, std::size_t octets_max);

// What has to be done to the octets of some messages before they can be read.

struct readable_octets {
    std::string_view octets; ///< of the message as it came, or of `kept`
    bool was_utf_16 = false; ///< so labels of charsets say nothing
};

/// The message as it can be read: UTF-8 where it was kept in UTF-16 as a whole (docs/decisions/0181), with LF or CRLF
/// where its lines end with CR alone or had a CR added twice, without empty lines above its header section. What had to
/// be made for that is added to `kept`.
readable_octets put_right(std::string_view canonical, std::deque<std::string>& kept);

} // namespace mail::mime
