// One message from an MTA's pipe into the maildrops that an address leads to.
#pragma once

#include "auth/user_directory.hpp"
#include "base/result.hpp"
#include "server/settings.hpp"
#include "store/blocking_store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct piped_message {
    std::string octets;                ///< canonical
    std::optional<std::string> sender; ///< of an mbox "From " line that stood in front
};

/// Text whose line ends are all LF becomes text with CRLF; any other stays as it is, to the octet. An mbox
/// "From " line in front, which some MTAs add, is taken off.
piped_message take_piped(std::string octets);

/// There are line ends, and none of them is CRLF.
bool has_only_bare_line_feeds(std::string_view octets);

/// Delivers into the maildrop of each route. Header lines in front: Return-Path where the sender is known
/// (empty: the null sender), and Delivered-To. The first failure is the error, after all others were tried.
base::result<> deliver_piped(store::blocking_store& mail, const std::vector<auth::route>& routes,
                             const server::settings& site, const piped_message& message,
                             const std::optional<std::string>& sender);

/// The exit code of sysexits.h that makes an MTA do right by the error: bounce for an unknown user or a
/// message that can never be kept, try again for all else, over quota too.
int delivery_exit_code(const base::error& error);

} // namespace cli
