// What the kernel says of this process and of the disk with the mail.
#pragma once

#include "server/environment.hpp"

#include <string>

namespace cli {

/// Reads /proc/self and asks for the file system of `mail_folder`; waits for the disk. What cannot be had is 0.
server::machine_facts look_at_machine(const std::string& mail_folder);

} // namespace cli
