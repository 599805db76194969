// What a transcript says of the listener, as the machine takes it.
#pragma once

#include "pop3/server_session.hpp"
#include "transcripts/transcript.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace transcripts {

/// The policy that the file asks for, with the defaults that README.md names. Throws std::runtime_error for a
/// key that there is not.
pop3::session_policy session_policy_of(const transcript& file);

/// A number of days; none for "never".
std::optional<std::uint32_t> days_of(const std::string& text);

} // namespace transcripts
