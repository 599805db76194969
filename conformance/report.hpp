// The report as a table by section, as JSON and as JUnit.
#pragma once

#include "conformance/result.hpp"

#include <cstddef>
#include <string>

namespace conformance {

std::size_t deviations_in(const report& of);
std::string report_text(const report& of);
std::string report_json(const report& of);
std::string report_junit(const report& of);

} // namespace conformance
