// Moving over from Dovecot: the unique-ids it gave out, kept.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "store/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// One message of a file `dovecot-uidlist`.
struct dovecot_message {
    std::uint32_t uid = 0;
    std::string_view base;           ///< the file's base name
    std::string_view pop3_unique_id; ///< the 'P' field, which wins over the format; empty where there is none
    std::string_view guid;           ///< the 'G' field; empty where there is none
};

/// The views are into the text that was parsed.
struct dovecot_uidlist {
    std::uint32_t uid_validity = 0;
    std::vector<dovecot_message> messages;
};

/// Versions 1 and 3. malformed where the first line is of neither; other lines that make no sense are left
/// out.
base::result<dovecot_uidlist> parse_dovecot_uidlist(std::string_view text);

/// What `pop3_uidl_format` was set to in Dovecot.
enum class dovecot_unique_id_format {
    uid_and_validity_hexadecimal, ///< %08Xu%08Xv, the default: 16 lower-case digits
    uid_and_validity,             ///< %u-%v
    validity_and_uid,             ///< %v.%u, with the UIDs of Courier and of cyrus too
    file_name,                    ///< %f, the base name
    guid,                         ///< %g, the GUID: the 'G' field, or else the base name
};

/// Nothing where it is none of the above.
std::optional<dovecot_unique_id_format> parse_dovecot_format(std::string_view setting);

std::string dovecot_unique_id(const dovecot_uidlist& list, const dovecot_message& message,
                              dovecot_unique_id_format format);

struct import_report {
    std::size_t imported = 0;
    std::size_t not_listed =
        0;                   ///< messages that Dovecot had not seen yet: they get the unique-id of their name
    std::size_t refused = 0; ///< unique-ids that are malformed or were there before
    std::size_t packed =
        0; ///< messages that nobody can read as they lie (mail::packed_form_of()): not served
    std::string packed_form; ///< how the last of them is packed
};

/// Reads dovecot-uidlist in the maildrop of `name` below `root`, and writes restante-unique-ids (durable) for
/// the messages that are there. `vanished` where there is no maildrop or no dovecot-uidlist. An import
/// replaces the one before.
base::result<import_report> import_dovecot(disk::file_system& files, const std::string& root,
                                           const base::clock& clock, const maildrop_name& name,
                                           dovecot_unique_id_format format);

} // namespace store::maildir
