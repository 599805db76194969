// One thing to mend in a configuration: where it stands, what is wrong, what to do.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// One thing to mend: where, what is wrong, and what to do.
struct fault {
    std::size_t line = 0; ///< 1-based; 0: the file as a whole, or no file
    std::string key;      ///< "maildrops.held_for"; may be empty
    std::string reason;
    std::string remedy;
};

/// By line, then by key.
void put_in_order(std::vector<fault>& faults);

/// "FILE:LINE: KEY: reason" and, on the next line, "    remedy".
std::string format_fault(const fault& fault, std::string_view file_name);

/// More are only counted: whoever mends the first hundred has found the rest by then.
constexpr std::size_t faults_shown_max = 100;

/// format_fault() of each of the first faults_shown_max; the last text counts those above.
std::vector<std::string> format_faults(std::span<const fault> faults, std::string_view file_name);

// "Did you mean": the known word that is nearest to a mistyped one.

/// The word of `known` that few single edits turn `typed` into (at most a third of its length, and 3); empty
/// where none is near. Words over 100 octets are near to nothing.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> known);

} // namespace config
