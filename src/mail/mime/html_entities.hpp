// Character references of HTML (HTML Standard, section 13.5).
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// Character references decoded: `&amp;`, `&#228;`, `&#xE4;`; what is none stays. Without a semicolon those of Latin-1
/// count, the most used of them even where letters follow (`&nbspx`).
std::string with_entities_decoded(std::string_view text);

/// The same of an attribute, in which `&copy=2` and `&regs` are parts of an address.
std::string attribute_decoded(std::string_view value);

} // namespace mail::mime
