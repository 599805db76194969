// One file after the other; what cannot be read is handed over as its fault.
#include "cli/disk_certificates.hpp"

#include "base/ascii.hpp"
#include "base/domain_name.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

namespace {

/// The table of names is fixed when it is read; a client cannot make it grow.
constexpr std::size_t names_max = 10000;

/// A name served by SNI and the files that hold its certificate.
struct named_files {
    std::string name;
    server::certificate_files files;
};

/// A label sequence as host names have it, lower case; a "*." in front may stand for one label.
std::optional<std::string> to_host_name(const std::string& text)
{
    auto name = base::lower_case(text);
    const auto rest = std::string_view(name).substr(name.starts_with("*.") ? 2 : 0);
    const bool plain =
        rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string_view::npos;
    if (!plain || rest.empty() || rest.front() == '.' || name.size() > base::domain_name_octets_max)
        return std::nullopt;
    return name;
}

std::optional<named_files> named_files_of(const std::filesystem::path& path, std::optional<bool> known_folder)
{
    const auto ending = path.extension();
    const bool is_chain = ending == ".crt" || ending == ".pem";
    // In a folder that we may list and not enter, a link without the ending of a certificate's file counts as a folder.
    if (known_folder.value_or(!is_chain && ending != ".key")) {
        auto name = to_host_name(path.filename());
        if (!name) return std::nullopt;
        return named_files{.name = *std::move(name), .files = {path / "fullchain.pem", path / "privkey.pem"}};
    }
    auto name = is_chain ? to_host_name(path.stem()) : std::nullopt;
    if (!name) return std::nullopt;
    auto key = path;
    return named_files{.name = *std::move(name), .files = {path, key.replace_extension(".key")}};
}

/// In the order of the names.
base::result<std::vector<named_files>> list_names(const disk::path_reader& reader, const std::string& folder)
{
    const auto entries = reader.list(folder);
    if (!entries) return base::fail(entries.error());
    std::vector<named_files> names;
    for (const auto& entry : *entries)
        if (auto named = named_files_of(std::filesystem::path(folder) / entry.name, entry.is_folder))
            names.push_back(*std::move(named));
    std::ranges::sort(names, {}, &named_files::name);
    return names;
}

net::pem_file read_pem(const disk::path_reader& reader, const std::string& path, std::size_t mebibytes_max)
{
    auto read = reader.read(path, mebibytes_max);
    if (!read) return {.name = path, .octets = base::fail(read.error())};
    return {.name = path, .octets = std::move(read->octets), .permissions = read->mode};
}

net::certificate_pem read_pair(const disk::path_reader& reader, const server::certificate_files& files)
{
    return {read_pem(reader, files.chain_path, net::certificate_mebibytes_max),
            read_pem(reader, files.key_path, net::certificate_mebibytes_max)};
}

void read_names(const disk::path_reader& reader, const std::string& folder, net::tls_contents& contents)
{
    const auto names = list_names(reader, folder);
    if (!names) {
        contents.faults.push_back(names.error().operator_text);
        return;
    }
    if (names->size() > names_max) {
        contents.faults.push_back(folder + " holds more than " + std::to_string(names_max) +
                                  " certificates; use wildcard names or several servers");
        return;
    }
    for (const auto& [name, files] : *names) {
        if (!contents.names.empty() && contents.names.back().name == name)
            contents.faults.push_back(folder + " holds two certificates for " + name + "; remove one");
        else
            contents.names.push_back({.name = name, .certificate = read_pair(reader, files)});
    }
}

} // namespace

net::tls_contents disk_certificates::read(const server::tls_files& files)
{
    net::tls_contents out;
    out.state = state(files);
    out.certificate = read_pair(reader_, files.certificate);
    if (!files.client_ca_path.empty())
        out.client_authorities = {
            .name = files.client_ca_path,
            .files = {read_pem(reader_, files.client_ca_path, net::authorities_mebibytes_max)}};
    if (!files.names_folder.empty()) read_names(reader_, files.names_folder, out);
    return out;
}

std::string disk_certificates::state(const server::tls_files& files)
{
    std::vector<std::string> paths{files.certificate.chain_path, files.certificate.key_path,
                                   files.client_ca_path, files.names_folder};
    if (!files.names_folder.empty())
        if (const auto names = list_names(reader_, files.names_folder))
            for (const auto& named : *names) {
                paths.push_back(named.files.chain_path);
                paths.push_back(named.files.key_path);
            }
    std::string out;
    for (const auto& path : paths)
        if (!path.empty()) out += reader_.state(path);
    return out;
}

} // namespace cli
