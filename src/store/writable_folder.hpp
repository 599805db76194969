// Names that other programs gave to folders, in a form that every collection can write.
#pragma once

#include <string>
#include <string_view>

namespace store {

/// A part of a folder's name: '_' for what has no writing in a Maildir ('.', '/', control octets, what is no UTF-8),
/// cut where it is too long, and never empty.
std::string writable_folder_part(std::string_view name);

/// The name without INBOX as its first part, in any letter case: IMAP's name for the main folder (RFC 9051, section
/// 5.1), below which Courier and Cyrus show all others. "INBOX" → "", "Inbox/Sent" → "Sent".
std::string_view without_inbox(std::string_view folder);

/// A whole name, its parts apart by '/'. Empty parts are left out, and last ones for which there is no room.
std::string writable_folder(std::string_view name);

} // namespace store
