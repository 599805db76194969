// All dialogues with one server.
#pragma once

#include "conformance/result.hpp"
#include "conformance/settings.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace conformance {

/// A dialogue's name and what it proves.
struct dialogue_title {
    std::string name, title, sections;
};
std::vector<dialogue_title> dialogues_of(const settings& asked);

/// `progress` is called with the name of each dialogue before it. Throws trouble where the server cannot be asked
/// at all, and std::runtime_error where a transcript cannot be read.
report run(const settings& asked, const std::function<void(const std::string&)>& progress);

} // namespace conformance
