// A message for people at a terminal: its people, subject, text and attachments. In the collector only.
#pragma once

#include "base/clock.hpp"
#include "mail/mime/parts.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mail::mime {

/// One attachment, or any part that is not the text.
struct attachment {
    unsigned number = 0;      ///< from 1, in the order of the message
    std::string name;         ///< as the sender wrote it, decoded, one line; may be empty, may be hostile
    std::string content_type; ///< "application/pdf"
    std::uint64_t octets = 0; ///< decoded
};

/// Decoded to UTF-8 throughout; control characters but TAB and LF are taken out, so a terminal is safe.
struct reading {
    std::string from, to, cc, reply_to, subject, message_id, in_reply_to;
    std::vector<std::string> references;
    std::optional<base::wall_time> date;     ///< what Date says, where it can be read
    std::optional<base::wall_time> received; ///< what the topmost Received says
    std::string text;                        ///< the text parts; where there are none, text/html as text
    bool text_from_html = false;
    std::vector<attachment> attachments;
    bool cut = false; ///< a limit was met (see limits): not all of the text is here
};

/// Never fails: what cannot be parsed is shown as it is. At most `text_octets_max` octets of text.
reading read(const part_tree& message, std::size_t text_octets_max = limits{}.text_octets_max);

/// The same of a message whose parts nobody else asks for. `canonical` is the whole of it.
reading read(std::string_view canonical, const limits& within = {});

/// The text alone that read() would give.
std::string text_of_message(std::string_view canonical, const limits& within = {});

/// The date alone that read() would give.
std::optional<base::wall_time> date_of_message(std::string_view canonical);

/// The date to show: what Date says; where that cannot be read or lies further ahead of the arrival than clocks go
/// wrong, what the topmost Received says; else the arrival.
base::wall_time dated(const reading& message, base::wall_time arrival);

/// Every attachment with its decoded octets, in the order of the message; the octets of one at a time are in memory.
/// `take` says whether to go on. The sizes and numbers are those that read() gives.
void each_attachment(const part_tree& message,
                     const std::function<bool(const attachment&, std::string_view octets)>& take);

/// HTML as text: links as "text <address>" where they differ, lists, quotes, tables by rows; nothing is fetched.
std::string html_as_text(std::string_view html, std::size_t octets_max);

/// A file name that is safe everywhere: of a path the last component, '_' for a slash that makes none, no control, no
/// leading dot or dash, no reserved device name, no direction override, at most 200 octets; "attachment-N" where
/// nothing is left.
std::string safe_file_name(std::string_view wish, unsigned number);

// Which parts of a message are read, and which are attachments, where one text is to be shown.

struct part_use {
    bool shown = false; ///< its text is part of the message's text
    bool saved = false; ///< it is an attachment
};

/// Of each part of `message`, in its order. Texts are shown, files and messages are attachments, and texts with a name
/// are both. Of a multipart/alternative HTML is neither where a text is beside it that is not empty once it is decoded;
/// else such empty texts are neither. Its other forms are attachments.
std::vector<part_use> uses_of(const part_tree& message);

} // namespace mail::mime
