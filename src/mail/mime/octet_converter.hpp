// iconv, told to leave nothing out.
#pragma once

#include <iconv.h>

#include <string>
#include <string_view>

namespace mail::mime {

/// Converts from one charset to UTF-8. What is none of the charset becomes U+FFFD.
class octet_converter {
public:
    /// `name` is one that iconv knows; with another, every octet above 0x7F is none of the charset.
    explicit octet_converter(const std::string& name);
    ~octet_converter();
    octet_converter(const octet_converter&) = delete;
    octet_converter& operator=(const octet_converter&) = delete;

    /// A whole text, added to `out`.
    void convert(std::string_view octets, std::string& out);

private:
    bool works() const;
    std::size_t take(std::string_view octets, std::string& out);
    void add_known(std::string_view text, std::string& out) const;
    void put_not_of_charset(std::string_view& octets, std::string& out) const;

    iconv_t handle_;
    std::string name_;
    std::string room_;
};

} // namespace mail::mime
