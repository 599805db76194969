// What `status` answers.
#pragma once

#include "server/shared_state.hpp"
#include "server/summaries.hpp"

#include <span>
#include <string>

namespace server {

/// One JSON object. `metrics_address` is empty where metrics are not served.
std::string status_json(const shared_state& shared, base::steady_time begun,
                        std::span<const open_listener> listeners, const std::string& metrics_address);

} // namespace server
