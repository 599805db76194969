// Reading of certificates: every fault is found at once, and none is only "bad file".
#include "net/tls/certificate.hpp"

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "net/address.hpp"
#include "net/descriptor.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>

namespace net {

namespace {

/// More is no certificate chain; a bound against being pointed at a wrong file.
constexpr std::size_t pem_octets_max = std::size_t{1} << 20U;
/// Others may do nothing with a key, and its group may only read it.
constexpr mode_t key_mode_forbidden = 0037;

struct pem_file {
    std::string text;
    mode_t mode = 0;
};

std::string octal(mode_t mode)
{
    std::array<char, 8> digits{};
    const int octets =
        std::snprintf(digits.data(), digits.size(), "%04o", static_cast<unsigned>(mode & 07777U));
    return {digits.data(), static_cast<std::size_t>(octets)};
}

/// Without a value the reason stands in `found`.
descriptor open_to_read(const std::string& path, int flags, const file_opener& open_unreadable,
                        findings& found)
{
    descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags));
    const int number = errno;
    if (file.valid()) return file;
    if (number == EACCES && open_unreadable) {
        const auto opened = open_unreadable(path);
        if (opened) return descriptor(*opened);
        found.faults.push_back("cannot read " + path + ": " + opened.error().operator_text);
    } else {
        found.faults.push_back("cannot read " + path + ": " + std::strerror(number));
    }
    return {};
}

std::optional<pem_file> read_file(const std::string& path, const file_opener& open_unreadable,
                                  findings& found)
{
    const auto file = open_to_read(path, 0, open_unreadable, found);
    if (!file.valid()) return std::nullopt;
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        found.faults.push_back("cannot read " + path + ": " + std::strerror(errno));
        return std::nullopt;
    }
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > pem_octets_max) {
        found.faults.push_back(path + " is no file of at most 1 MiB; name a PEM file");
        return std::nullopt;
    }
    pem_file read{.text = std::string(static_cast<std::size_t>(status.st_size), '\0'),
                  .mode = status.st_mode};
    std::size_t octets = 0;
    while (octets < read.text.size()) {
        const auto got = ::read(file.get(), read.text.data() + octets, read.text.size() - octets);
        if (got <= 0) break;
        octets += static_cast<std::size_t>(got);
    }
    read.text.resize(octets);
    return read;
}

base::wall_time to_wall_time(const ASN1_TIME* time)
{
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

/// Without it OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*)
{
    return 0;
}

void read_chain(const std::string& path, const file_opener& open_unreadable, certificate& into,
                findings& found)
{
    const auto file = read_file(path, open_unreadable, found);
    if (!file) return;
    ERR_clear_error();
    const auto source = openssl::reading(file->text);
    while (auto* const next = PEM_read_bio_X509(source.get(), nullptr, &no_passphrase, nullptr))
        into.chain.emplace_back(next);
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = openssl::take_error();
    if (into.chain.empty())
        found.faults.push_back(path + " holds no certificate in PEM (BEGIN CERTIFICATE)" +
                               (at_the_end ? "" : ": " + reason));
    else if (!at_the_end)
        found.faults.push_back(path + ": a certificate of the chain is broken: " + reason);
}

void read_key(const std::string& path, const file_opener& open_unreadable, certificate& into, findings& found)
{
    auto file = read_file(path, open_unreadable, found);
    if (!file) return;
    if ((file->mode & key_mode_forbidden) != 0)
        found.faults.push_back(path + " holds a private key and is open to others (mode " +
                               octal(file->mode) + "): chmod 0640 or 0600");
    ERR_clear_error();
    const auto source = openssl::reading(file->text);
    into.key.reset(PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase, nullptr));
    const auto reason = openssl::take_error();
    if (!into.key) {
        const bool locked = file->text.find("ENCRYPTED") != std::string::npos;
        found.faults.push_back(path + (locked
                                           ? " is protected by a passphrase: store it without one, mode 0600"
                                           : " holds no private key in PEM: " + reason));
    }
    OPENSSL_cleanse(file->text.data(), file->text.size());
}

void check_dates(const std::string& path, certificate& of, base::wall_time now, findings& found)
{
    of.valid_from = base::wall_time::min();
    of.valid_until = base::wall_time::max();
    for (const auto& one : of.chain) {
        of.valid_from = std::max(of.valid_from, to_wall_time(X509_get0_notBefore(one.get())));
        of.valid_until = std::min(of.valid_until, to_wall_time(X509_get0_notAfter(one.get())));
    }
    if (of.valid_until < now) found.warnings.push_back(path + " has expired: clients refuse it; renew it");
    if (of.valid_from > now)
        found.warnings.push_back(path + " is not valid yet: clients refuse it; look at this machine's clock");
}

/// A label sequence as host names have it, lower case; a "*." in front may stand for one label.
std::optional<std::string> to_host_name(std::string text)
{
    std::ranges::transform(text, text.begin(), base::lower);
    const auto rest = std::string_view(text).substr(text.starts_with("*.") ? 2 : 0);
    const bool plain =
        rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string_view::npos;
    if (!plain || rest.empty() || rest.front() == '.' || text.size() > base::domain_name_octets_max)
        return std::nullopt;
    return text;
}

/// Whether an entry is a folder, or a link to one. In a folder that we may list and not enter, a link without the
/// ending of a certificate's file counts as one.
bool is_folder(const dirent& entry, int folder, const std::filesystem::path& path)
{
    if (entry.d_type == DT_DIR) return true;
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return false;
    struct stat status{};
    if (::fstatat(folder, entry.d_name, &status, 0) == 0) return S_ISDIR(status.st_mode);
    return errno == EACCES && path.extension() != ".crt" && path.extension() != ".pem" &&
           path.extension() != ".key";
}

std::optional<named_files> named_files_of(const std::filesystem::path& path, bool folder)
{
    if (folder) {
        auto name = to_host_name(path.filename());
        if (!name) return std::nullopt;
        return named_files{.name = *name, .files = {path / "fullchain.pem", path / "privkey.pem"}};
    }
    if (path.extension() != ".crt" && path.extension() != ".pem") return std::nullopt;
    auto name = to_host_name(path.stem());
    if (!name) return std::nullopt;
    auto key = path;
    return named_files{.name = *name, .files = {path, key.replace_extension(".key")}};
}

} // namespace

certificate read_certificate(const certificate_files& files, const file_opener& open_unreadable,
                             base::wall_time now, findings& found)
{
    certificate read;
    read_chain(files.chain_path, open_unreadable, read, found);
    read_key(files.key_path, open_unreadable, read, found);
    if (read.chain.empty()) return read;
    check_dates(files.chain_path, read, now, found);
    if (read.key && X509_check_private_key(read.chain.front().get(), read.key.get()) != 1) {
        openssl::take_error();
        found.faults.push_back(files.key_path + " is not the key of the first certificate in " +
                               files.chain_path +
                               ": the server's own certificate must come first, and the two belong together");
    }
    return read;
}

bool holds_name(const certificate& from, const std::string& name)
{
    auto* const leaf = from.chain.front().get();
    if (parse_address(name)) return X509_check_ip_asc(leaf, name.c_str(), 0) == 1;
    return X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1;
}

bool is_self_signed(const certificate& from)
{
    return X509_self_signed(from.chain.front().get(), 0) == 1;
}

std::vector<named_files> list_names_folder(const std::string& folder, const file_opener& open_unreadable,
                                           findings& found)
{
    std::vector<named_files> names;
    auto opened = open_to_read(folder, O_DIRECTORY, open_unreadable, found);
    if (!opened.valid()) return names;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(opened.get()), &::closedir);
    if (!entries) {
        found.faults.push_back("cannot read the folder of certificates " + folder + ": " +
                               std::strerror(errno));
        return names;
    }
    const int number = opened.release();                     // closedir() closes it
    while (const dirent* entry = ::readdir(entries.get())) { // nobody else has this DIR
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        const auto path = std::filesystem::path(folder) / name;
        if (auto named = named_files_of(path, is_folder(*entry, number, path)))
            names.push_back(std::move(*named));
    }
    std::ranges::sort(names, {}, &named_files::name);
    return names;
}

} // namespace net
