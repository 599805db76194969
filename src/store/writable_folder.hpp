// Names that other programs gave to folders, in a form that every collection can write.
#pragma once

#include <string>
#include <string_view>

namespace store {

/// A part of a folder's name: '_' for what has no writing in a Maildir ('.', '/', control octets, what is no UTF-8),
/// cut where it is too long, and never empty.
std::string writable_folder_part(std::string_view name);

/// A whole name, its parts apart by '/'. Empty parts are left out, and last ones for which there is no room.
std::string writable_folder(std::string_view name);

} // namespace store
