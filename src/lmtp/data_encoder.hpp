// Puts the dots of DATA in, the opposite of data_decoder (RFC 5321, sections 4.1.1.4 and 4.5.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmtp {

constexpr std::size_t text_line_octets_max =
    998; ///< without CRLF (RFC 5321, section 4.5.3.1.6: 1000 with it)

/// What a message asks of the way it is sent. Chunks may be cut anywhere.
class content_form {
public:
    void take(std::string_view chunk);
    /// Holds octets above 127: needs 8BITMIME (RFC 6152).
    bool eight_bit() const { return eight_bit_; }
    /// Holds a bare CR or LF, a NUL, or a line above the limit: DATA cannot carry it (RFC 5321, sections 2.3.8 and
    /// 4.1.1.4). Call at the end: a CR that nothing follows is bare.
    bool binary() const { return binary_ || after_cr_; }
    std::size_t octets() const { return octets_; }

private:
    bool eight_bit_ = false, binary_ = false, after_cr_ = false;
    std::size_t line_octets_ = 0;
    std::size_t octets_ = 0;
};

/// Streams content that is not binary() to the wire. A bare CR or LF is never let out, because some servers would see
/// the end of the message in it: convert() then gives false, and the data must not be ended.
class data_encoder {
public:
    bool convert(std::string_view chunk, std::string& out);
    /// CRLF where the content lacks it, and the end. False where the content ended with a bare CR.
    bool finish(std::string& out) const;

private:
    enum class position { line_begin, text, after_cr };
    position position_ = position::line_begin;
};

} // namespace lmtp
