// The extra fields of a user's line that mean something here; all others are left alone.
#pragma once

#include "auth/user_directory.hpp"

#include <string>
#include <string_view>

namespace auth {

/// Takes one field into `user`. What is wrong with it, for the operator and without its value; empty where
/// nothing is. A key that is not ours is skipped.
std::string take_extra_field(std::string_view key, std::string_view value, user& into);

/// The field's value is a secret: never shown.
bool is_secret_field(std::string_view key);

} // namespace auth
