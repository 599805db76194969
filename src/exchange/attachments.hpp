// Attachments on their way into a folder.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

struct saved_attachment {
    unsigned number = 0;
    std::string name; ///< in the folder
    std::uint64_t octets = 0;
};

/// `vanished` where the message lacks an attachment of these numbers.
base::result<> check_attachments(std::string_view canonical, std::span<const unsigned> numbers);

/// Saves the attachments of these numbers (none: all) of a message under safe names (mail/mime/reading.hpp), in order
/// of the message, beside what lies there, mode 0600; durable on return. What was saved before an error stays, the file
/// at hand does not.
base::result<std::vector<saved_attachment>>
save_attachments(std::string_view canonical, std::span<const unsigned> numbers, disk::directory& target);

} // namespace exchange
