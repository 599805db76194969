// Who may write a file that we obey.
#pragma once

#include "base/result.hpp"

#include <string>

namespace collector {

/// An account file names commands that are run: whoever may change it, or the folder that it lies in, acts as its
/// owner. `refused` where what `path` names belongs neither to us nor to root, or may be written by all, or by a group
/// that is not the owner's private one: ours, with our name, and nobody else a member (decision 0171). The error says
/// which command mends it. What cannot be looked at is left to who opens it.
base::result<> check_only_we_write(const std::string& path);

} // namespace collector
