// A message as --json prints it (docs/json.md).
#pragma once

#include "search/index.hpp"

#include <boost/json/object.hpp>

namespace cli::restante {

boost::json::object message_json(const search::indexed_message& message);

} // namespace cli::restante
