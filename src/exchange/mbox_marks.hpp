// The marks that mail programs keep in the header sections of an mbox, for want of a better place.
#pragma once

#include "store/collection.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

/// What the header section of a message in an mbox tells of it.
struct mbox_marks {
    store::message_marks marks;
    bool deleted = false; ///< by its user, and still in the file
    std::vector<std::string> tags{};
    std::string folder;       ///< that it asks for by itself; empty: none
    bool more_labels = false; ///< of Gmail's labels one became the folder, and there are others
};

/// Where messages go that their users had deleted.
inline constexpr std::string_view deleted_folder = "Trash";

/// Reads Status and X-Status (UW IMAP, Dovecot, mutt), X-Mozilla-Status (Thunderbird), X-Keywords (Dovecot)
/// and X-Mozilla-Keys (Thunderbird), and X-Gmail-Labels (Google's
/// Takeout; decision 0145). `header` is a header section with LF or CRLF line ends.
mbox_marks read_mbox_marks(std::string_view header);

// What our own export writes before a message's fields (decision 0146), and our own import takes off again, so that the
// message is the same to the octet: "Status: RO", "X-Status: AF" and, where it has tags or lay in a folder,
// "X-Keywords: todo work" and "X-Restante-Folder: Lists". Where the message has such fields of its own, all four lines
// stand before them, some of them empty, so that the first ones are always ours.

/// Canonical lines; empty where there is nothing to tell and `header`, the whole section, has no such fields itself.
std::string format_mbox_marks(const store::message_marks& marks, std::string_view tags,
                              std::string_view folder, std::string_view header);

struct own_mbox_marks {
    std::size_t octets = 0; ///< of the lines
    store::message_marks marks;
    std::vector<std::string> tags{};
    std::string folder;
};
inline constexpr std::size_t own_mbox_marks_octets_max = 3072; ///< the lines are never longer
/// Nothing where `header` does not begin with exactly such lines.
std::optional<own_mbox_marks> read_own_mbox_marks(std::string_view header);

// X-Gmail-Labels, the field in which Google's Takeout tells what Gmail knew of a message (decision 0145).

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
