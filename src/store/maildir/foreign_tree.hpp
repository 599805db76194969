// The Maildirs of other programs, in whatever layout: Maildir++, folders in folders (Dovecot's "fs" layout, mbsync's
// "Verbatim"), Thunderbird's .sbd, KMail's .directory; with or without new/ and tmp/, which git and archives drop.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "store/collection.hpp"
#include "store/foreign_file.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// Every file of the tree, in the order of the paths, and what cannot be listed or is no file as `unread`; directories
/// are not told. Links are not followed. An error only where the top itself cannot be listed.
base::result<std::vector<foreign_file>> list_foreign_tree(disk::directory& top);

/// A file's name without its flags, and these. The flags stand behind ':', or what stands for it where a disk or
/// program allows none (';', '!', '_', U+F03A and its kin), and "2,".
struct foreign_name {
    std::string_view base;
    message_marks marks;
};
foreign_name read_foreign_name(std::string_view name);

/// The folder that a directory of the tree stands for, such as "Lists/C++" for ".Lists.C++", "Lists/C++" or
/// "Lists.sbd/C++". Where a part has no writing in a Maildir ('.', control octets, no UTF-8), '_' stands for it.
std::string foreign_folder_of(std::string_view path);

} // namespace store::maildir
