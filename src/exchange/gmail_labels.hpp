// X-Gmail-Labels, the field in which Google's Takeout tells what Gmail knew of a message (decision 0145).
#pragma once

#include "store/collection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace exchange {

struct gmail_told {
    store::message_marks marks;
    bool deleted = false;
    std::string folder;       ///< "" for the main one
    bool more_labels = false; ///< one became the folder, and there are others
};

/// `value`: of the field, unfolded. Gmail writes its own labels in its user's language; all others are the user's.
gmail_told read_gmail_labels(std::string_view value);

/// The labels apart: encoded-words decoded, then separated by commas outside of quotes.
std::vector<std::string> gmail_labels_in(std::string_view value);

} // namespace exchange
