// A collection in a Maildir++: one file a message, read and edited by any mail program meanwhile.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "disk/file_system.hpp"
#include "store/collection.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace store::maildir {

/// Opens the Maildir at `path`; what is missing of it is made, and is durable before the first message in it is. `host`
/// goes into the names of messages, `log` hears of files that are no messages. All references must outlive the
/// collection.
///
/// Keys are base names. Folders are Maildir++ directories with names in modified UTF-7: `malformed` where a part of a
/// name is empty or holds a '.'. Other programs' keywords (letters a to z) are kept by set_marks(). A message with
/// no marks is added to new/, another to cur/. publish_copy() links where both collections are Maildirs of one file
/// system.
base::result<std::unique_ptr<collection>> open_collection(disk::file_system& files, const std::string& path,
                                                          const base::clock& clock, base::random& random,
                                                          base::log& log, std::string_view host);

} // namespace store::maildir
