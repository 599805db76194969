// What `status` answers.
#pragma once

#include "server/office.hpp"

#include <string>

namespace server {

/// One JSON object.
std::string status_json(const office& shared, base::steady_time begun);

} // namespace server
