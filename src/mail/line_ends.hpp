// From LF on disk to CRLF on the wire and back, losing nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mail {

/// How a message lies on disk (design, section 3).
enum class form {
    lf,          ///< every LF that no CR precedes stands for CRLF
    as_received, ///< the canonical octets themselves
};

/// Streams the stored form to canonical octets: a CR goes before each LF that has none.
/// Chunks may be cut anywhere.
class to_crlf {
public:
    void convert(std::string_view chunk, std::string& out);

private:
    bool after_cr_ = false; // the last octet was CR
};

/// Streams canonical octets to LF form, and tells whether that is still lossless: it is not once a
/// bare LF or a CR CR LF has been seen, which could not be told from CRLF on the way back.
class to_lf {
public:
    void convert(std::string_view chunk, std::string& out);
    /// Writes a CR that was held back at the end of the last chunk. Call once, at the end.
    void finish(std::string& out);
    bool lossless() const { return lossless_; }

private:
    bool held_cr_ = false;  // a CR whose next octet is unknown
    bool after_cr_ = false; // the octet before the held one was a CR; false where none is held
    bool lossless_ = true;
};

/// Counts what to_crlf would write, without writing it.
class crlf_counter {
public:
    void count(std::string_view chunk);
    std::uint64_t octets() const { return octets_; }

private:
    std::uint64_t octets_ = 0;
    bool after_cr_ = false; // the last octet was CR
};

} // namespace mail
