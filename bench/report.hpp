// What was measured, for people and for programs.
#pragma once

#include "modes.hpp"
#include "options.hpp"

#include <string>

namespace bench {

std::string report_text(const options& asked, const result& measured);
std::string report_json(const options& asked, const result& measured);

} // namespace bench
