// Which parts of a message are read, and which are attachments, where one text is to be shown.
#pragma once

#include "mail/mime/parts.hpp"

#include <vector>

namespace mail::mime {

struct part_use {
    bool shown = false; ///< its text is part of the message's text
    bool saved = false; ///< it is an attachment
};

/// Of each part of `message`, in its order. Texts are shown, files and messages are attachments, and texts with a name
/// are both. Of a multipart/alternative HTML is neither where a text is beside it that is not empty once it is decoded;
/// else such empty texts are neither. Its other forms are attachments.
std::vector<part_use> uses_of(const part_tree& message);

} // namespace mail::mime
