// Files become contents: net opens none.
#include "collector/trust_contents.hpp"

#include "base/ascii.hpp"
#include "disk/path_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace collector {

namespace {

/// "5ed36f99.0": eight hexadecimal digits and a number. Lists of what was revoked ("5ed36f99.r0") are not asked for.
bool is_hashed_name(std::string_view name)
{
    constexpr std::size_t hash_digits = 8;
    if (name.size() < hash_digits + 2 || name[hash_digits] != '.') return false;
    const bool hash = std::ranges::all_of(name.substr(0, hash_digits),
                                          [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); });
    return hash && std::ranges::all_of(name.substr(hash_digits + 1), &base::is_digit);
}

net::pem_file read_pem(const disk::path_reader& reader, const std::string& path, std::size_t mebibytes_max)
{
    auto read = reader.read(path, mebibytes_max);
    if (!read) return {.name = path, .octets = base::fail(read.error())};
    return {.name = path, .octets = std::move(read->octets), .permissions = read->mode};
}

net::authorities_pem read_authorities(const disk::path_reader& reader, const std::string& path)
{
    net::authorities_pem out{.name = path, .files = {}};
    std::error_code unknown;
    if (!std::filesystem::is_directory(path, unknown)) {
        out.files.push_back(read_pem(reader, path, net::authorities_mebibytes_max));
        return out;
    }
    const auto entries = reader.list(path);
    if (!entries) {
        out.files.push_back({.name = path, .octets = base::fail(entries.error())});
        return out;
    }
    for (const auto& entry : *entries)
        if (is_hashed_name(entry.name))
            out.files.push_back(read_pem(reader, path + "/" + entry.name, net::authorities_mebibytes_max));
    return out;
}

} // namespace

net::tls_client_contents read_trust(const config::trust_files& files)
{
    const disk::path_reader reader;
    net::tls_client_contents out;
    if (!files.ca.empty()) out.authorities = read_authorities(reader, files.ca);
    if (!files.client_certificate.empty() || !files.client_key.empty())
        out.certificate = {read_pem(reader, files.client_certificate, net::certificate_mebibytes_max),
                           read_pem(reader, files.client_key, net::certificate_mebibytes_max)};
    return out;
}

} // namespace collector
