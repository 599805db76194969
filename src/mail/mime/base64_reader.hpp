// Base64 as mail has it: cut anywhere, with junk in it, padded in its middle.
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// Fed in any cuts. What is no digit says nothing, but for the padding: behind it the next group begins (texts that
/// were encoded piece by piece and joined).
class base64_reader {
public:
    void add(std::string_view text, std::string& out);
    /// The octets of a last group that lacks its padding.
    void finish(std::string& out);

private:
    unsigned bits_ = 0;
    unsigned digits_ = 0;
};

} // namespace mail::mime
