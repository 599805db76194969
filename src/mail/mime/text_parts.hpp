// What is text in a message, what lies in it, and which form of it is shown.
#pragma once

#include "mail/mime/structure.hpp"
#include "mail/mime/uuencoded.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace mail::mime {

/// The decoded text of a part as UTF-8, before anything else is done with it: at most `octets_max` octets of it were
/// decoded, and `cut` is set where there are more.
std::string raw_text_of(const part& each, std::size_t octets_max, bool& cut);

/// The name of a uuencoded file, decoded and without quotes; raw octets in one of `labels` (charset.hpp).
std::string name_of(const uuencoded_file& file, const std::vector<std::string>& labels);

/// The charset of a text: what its Content-Type says, else what a page of HTML says of itself; may be empty.
std::string charset_told_by(const part& each);

/// Cuts off `labelled`, a part in base64, the plain text that stands behind it: a mailing list's, or what a broken
/// delimiter did not part from it. Answers that. Where all of it is plain, the label is wrong and goes.
std::optional<part> plain_text_behind(part& labelled);

/// `text` alone, or cut at the uuencoded files in it, which are attachments. What had to be decoded lies in `decoded`.
std::vector<part> text_and_files(const part& text, std::deque<std::string>& decoded);

/// Of a multipart/alternative, the parts from `first` on: HTML goes where a text is beside it that is not empty once
/// it is decoded; other forms are attachments.
void keep_one_form(std::vector<part>& parts, std::size_t first);

} // namespace mail::mime
