// Copying with a checksum; the manifest's lines.
#include "cli/backup_files.hpp"

#include "base/encoding.hpp"

#include <openssl/evp.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace cli {

namespace {

constexpr std::string_view first_line = "restante-backup 1";
constexpr std::size_t backup_chunk_octets = 256UL * 1024;
constexpr std::size_t digest_letters = 64;           // SHA-256 in hexadecimal
constexpr std::size_t line_octets_max = 16UL * 1024; // a path of the longest kind, every octet escaped

base::error no_backup(std::string_view reason)
{
    return {base::failure::malformed, false, "not a backup",
            "this is not a complete backup: " + std::string(reason)};
}

class sha256 {
public:
    sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free)
    {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }
    void take(std::string_view octets) { EVP_DigestUpdate(context_.get(), octets.data(), octets.size()); }
    std::string hexadecimal()
    {
        std::string digest(digest_letters / 2, '\0');
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
        return base::to_hex(digest);
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

std::string escaped(std::string_view path)
{
    std::string out;
    for (const char c : path) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet > 0x20 && octet != 0x7F && c != '%')
            out += c;
        else
            out += '%' + base::to_hex(std::string_view(&c, 1));
    }
    return out;
}

std::optional<std::string> unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto octet = base::from_hex(text.substr(i + 1, 2));
        if (!octet || octet->size() != 1) return std::nullopt;
        out += *octet;
        i += 2;
    }
    return out;
}

bool stays_below(std::string_view path)
{
    for (;;) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos)
            return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

/// Cuts the first word off, with the blank behind it.
std::string_view take_word(std::string_view& text)
{
    const auto end = text.find(' ');
    const auto out = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return out;
}

template <typename Number>
bool read_number(std::string_view word, Number& out)
{
    const auto [end, trouble] = std::from_chars(word.data(), word.data() + word.size(), out);
    return trouble == std::errc() && end == word.data() + word.size();
}

} // namespace

std::string format_manifest_line(const backed_up_file& file)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(file.modified.time_since_epoch()).count();
    return file.sha256 + ' ' + std::to_string(file.octets) + ' ' + std::to_string(seconds) + ' ' +
           escaped(file.path) + '\n';
}

base::result<backed_up_file> parse_manifest_line(std::string_view line)
{
    backed_up_file out;
    std::int64_t seconds = 0;
    out.sha256 = take_word(line);
    const bool numbers = read_number(take_word(line), out.octets) && read_number(take_word(line), seconds);
    const auto path = unescaped(line);
    constexpr std::int64_t seconds_max = 9'000'000'000; // beyond it the nanoseconds of wall_time overflow
    if (!numbers || seconds < -seconds_max || seconds > seconds_max || out.sha256.size() != digest_letters ||
        !path || !stays_below(*path))
        return base::fail(no_backup("a line of its manifest is wrong"));
    out.path = *path;
    out.modified = base::wall_time(std::chrono::seconds(seconds));
    return out;
}

base::result<> read_manifest(disk::directory& backup,
                             const std::function<base::result<>(const backed_up_file&)>& visit)
{
    const auto file = backup.open(backup_manifest_name);
    if (!file && file.error().kind == base::failure::vanished)
        return base::fail(no_backup("it has no file " + std::string(backup_manifest_name) +
                                    ", which is written when all else is there; make it again"));
    if (!file) return base::fail(file.error());
    std::string text;
    std::vector<char> chunk(backup_chunk_octets);
    bool begun = false;
    for (std::uint64_t offset = 0;;) {
        const auto got = (*file)->read(chunk, offset);
        if (!got) return base::fail(got.error());
        if (*got == 0) break;
        offset += *got;
        text.append(chunk.data(), *got);
        std::size_t start = 0;
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
            const auto line = std::string_view(text).substr(start, end - start);
            start = end + 1;
            if (!begun && line != first_line) return base::fail(no_backup("another version made it"));
            if (std::exchange(begun, true)) {
                const auto parsed = parse_manifest_line(line);
                if (!parsed) return base::fail(parsed.error());
                if (auto done = visit(*parsed); !done) return done;
            }
        }
        text.erase(0, start);
        if (text.size() > line_octets_max) return base::fail(no_backup("a line of its manifest has no end"));
    }
    if (!begun || !text.empty()) return base::fail(no_backup("its manifest is cut short"));
    return {};
}

base::result<std::unique_ptr<disk::directory>> open_empty(disk::file_system& files, const std::string& path)
{
    if (auto made = files.make_path(path); !made) return base::fail(made.error());
    auto folder = files.open(path);
    if (!folder) return folder;
    bool empty = true;
    auto listed = (*folder)->list([&](std::string_view) { empty = false; });
    if (!listed) return base::fail(listed.error());
    if (!empty)
        return base::fail(
            {base::failure::exists, false, "not empty",
             path + " is not empty, and nothing is written over; move it away, or name another folder"});
    return folder;
}

base::result<disk::directory*> file_copier::folder(const std::string& path)
{
    if (const auto found = open_.find(path); found != open_.end()) return found->second.get();
    const auto slash = path.rfind('/');
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    const auto parent = folder(slash == std::string::npos ? "" : path.substr(0, slash));
    if (!parent) return parent;
    if (auto made = (*parent)->make_directory(name); !made && made.error().kind != base::failure::exists)
        return base::fail(made.error());
    auto opened = (*parent)->open_directory(name);
    if (!opened) return base::fail(opened.error());
    return open_.emplace(path, std::move(*opened)).first->second.get();
}

base::result<backed_up_file> file_copier::copy(disk::directory& directory, std::string_view name,
                                               const std::string& path)
{
    const auto source = directory.open(name);
    if (!source) return base::fail(source.error());
    const auto status = (*source)->status();
    if (!status) return base::fail(status.error());
    const auto slash = path.rfind('/');
    const auto target = folder(slash == std::string::npos ? "" : path.substr(0, slash));
    if (!target) return base::fail(target.error());
    const auto copied = (*target)->create(path.substr(slash == std::string::npos ? 0 : slash + 1));
    if (!copied) return base::fail(copied.error());

    backed_up_file out{.path = path, .sha256 = {}, .octets = 0, .modified = status->modified};
    sha256 sum;
    std::vector<char> chunk(backup_chunk_octets);
    for (;;) {
        const auto got = (*source)->read(chunk, out.octets);
        if (!got) return base::fail(got.error());
        if (*got == 0) break;
        const std::string_view octets(chunk.data(), *got);
        sum.take(octets);
        if (auto written = (*copied)->write(octets); !written) return base::fail(written.error());
        out.octets += *got;
    }
    out.sha256 = sum.hexadecimal();
    if (auto timed = (*copied)->set_modified(status->modified); !timed) return base::fail(timed.error());
    if (auto synced = (*copied)->sync(); !synced) return base::fail(synced.error());
    if (auto closed = (*copied)->close(); !closed) return base::fail(closed.error());
    return out;
}

base::result<> file_copier::settle()
{
    for (auto& [path, directory] : open_)
        if (auto synced = directory->sync(); !synced) return synced;
    std::erase_if(open_, [](const auto& entry) { return !entry.first.empty(); });
    return {};
}

} // namespace cli
