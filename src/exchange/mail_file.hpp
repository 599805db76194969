// What a file of another program holds, told by its name and first octets.
#pragma once

#include "store/collection.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exchange {

enum class mail_file_kind {
    message,   ///< one message and nothing else
    emlx,      ///< Apple Mail's: a length, the message, a property list
    companion, ///< what a mail program keeps beside its mail: indexes, states, locks
    empty,
    refused, ///< mail, or perhaps, that cannot be taken as it lies: `why`
    not_mail,
};

struct mail_file {
    mail_file_kind kind = mail_file_kind::not_mail;
    std::string reason{};
};

inline constexpr std::size_t mail_file_head_octets =
    4096; ///< how much of a file evaluate_mail_file() wants to see

/// `name` without its folder. `in_maildir`: it lies where every file is a message, so its contents need not look so.
/// `numbered`: it is a message by its number, in a folder of MH.
mail_file evaluate_mail_file(std::string_view name, std::string_view head, bool in_maildir, bool numbered);

/// Why nothing can read this as mail: compressed, encrypted, another program's container. Empty where nothing is known.
std::string foreign_container(std::string_view head);

/// The first line of an .emlx file: how many octets the message has, and where it begins.
struct emlx_beginning {
    std::uint64_t message_octets = 0;
    std::size_t message_offset = 0;
};
std::optional<emlx_beginning> read_emlx_beginning(std::string_view head);

/// The property list behind the message of an .emlx file.
struct emlx_flags {
    store::message_marks marks;
    bool deleted = false;
};
/// Line ends and blanks before it: programs whose length leaves out the last line end write them behind the message.
std::size_t octets_before_property_list(std::string_view octets);
/// Whether `octets` are a property list, or nothing but line ends: else the length before the message is wrong.
bool is_property_list(std::string_view octets);
emlx_flags read_emlx_flags(std::string_view property_list);

} // namespace exchange
