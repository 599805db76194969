// One encrypted file, being written or read.
#pragma once

#include "disk/file_system.hpp"
#include "disk/sealed/secret_octets.hpp"

#include <memory>
#include <string>

namespace disk {

/// `name` is for error texts.
base::result<std::unique_ptr<file>> create_sealed_file(std::unique_ptr<file> under,
                                                       const std::shared_ptr<const secret_octets>& key,
                                                       std::string name);
/// Reads and checks the head; `malformed` where it is none.
base::result<std::unique_ptr<file>> open_sealed_file(std::unique_ptr<file> under,
                                                     const std::shared_ptr<const secret_octets>& key,
                                                     std::string name);

} // namespace disk
