// From an account's configuration to where its mail goes besides the archive, and who judges it before.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "deliver/delivery_target.hpp"
#include "deliver/virus_scanner.hpp"
#include "net/interrupt.hpp"

#include <memory>
#include <vector>

namespace collector {

struct delivery_parts {
    std::vector<std::unique_ptr<deliver::delivery_target>> targets;
    std::unique_ptr<deliver::virus_scanner> scanner;
};

base::result<delivery_parts> open_delivery(archive_folder& folder,
                                           const config::account_configuration& account,
                                           const std::shared_ptr<const net::interrupt>& stop);

} // namespace collector
