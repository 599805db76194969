// Attachments on their way into a folder.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace archive {

struct saved_attachment {
    unsigned number = 0;
    std::string name; ///< in the folder
    std::uint64_t octets = 0;
};

/// Saves attachment `number` (none: all) of a message under a safe name (mail/mime/reading.hpp), beside what
/// lies there, mode 0600; durable on return. What was saved before an error stays, the file at hand does not.
base::result<std::vector<saved_attachment>>
save_attachments(std::string_view canonical, std::optional<unsigned> number, disk::directory& into);

} // namespace archive
