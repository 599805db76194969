// Lines with checksums, added to the end of a file.
#include "ledger/unique_id_journal.hpp"

#include "base/encoding.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

namespace ledger {

namespace {

constexpr std::string_view journal_suffix = ".uids";
constexpr std::size_t check_digits = 16; // 64 bits of SHA-256: against accidents, not against people
constexpr std::uint64_t journal_octets_max =
    1'000'000'000;                         // five million messages; more is no journal of ours
constexpr std::string_view no_value = "-"; // stands for an empty field

struct verb_name {
    journal_entry::verb verb;
    std::string_view name;
};
constexpr std::array<verb_name, 6> verb_names{{{journal_entry::verb::has, "has"},
                                               {journal_entry::verb::known, "known"},
                                               {journal_entry::verb::again, "again"},
                                               {journal_entry::verb::gone, "gone"},
                                               {journal_entry::verb::matched, "matched"},
                                               {journal_entry::verb::tagged, "tagged"}}};

std::string check_of(std::string_view text)
{
    return hash_of(text).text().substr(0, check_digits);
}

/// Servers send any octet in a unique-id: what is no graphic ASCII, and '%', becomes %xx.
std::string escaped(std::string_view octets)
{
    if (octets.empty()) return std::string(no_value);
    if (octets == no_value) return "%2d";
    std::string text;
    for (const char octet : octets)
        if (octet > ' ' && octet <= '~' && octet != '%')
            text += octet;
        else
            text += '%' + base::to_hex({&octet, 1});
    return text;
}

std::optional<std::string> unescaped(std::string_view text)
{
    if (text == no_value) return std::string();
    std::string octets;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] != '%') {
            octets += text[index];
            continue;
        }
        const auto octet = base::from_hex(text.substr(index + 1, 2));
        if (!octet || octet->size() != 1) return std::nullopt;
        octets += *octet;
        index += 2;
    }
    return octets;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text)
{
    Number number{};
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::vector<std::string_view> fields_of(std::string_view line)
{
    std::vector<std::string_view> fields;
    for (;;) {
        const std::size_t blank = line.find(' ');
        fields.push_back(line.substr(0, blank));
        if (blank == line.npos) return fields;
        line.remove_prefix(blank + 1);
    }
}

/// Where a time of the line would not fit our clock (292 years), the line is not ours.
std::optional<base::wall_time> time_of(std::string_view text)
{
    constexpr std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
    const auto seconds = number_of<std::int64_t>(text);
    if (!seconds || *seconds > seconds_max || *seconds < -seconds_max) return std::nullopt;
    return base::wall_time(std::chrono::seconds(*seconds));
}

/// All lines have the same fields, so that they can be read by eye: verb, seconds, octets, hash, key, unique-id.
std::optional<journal_entry> entry_of(const std::vector<std::string_view>& fields)
{
    if (fields.size() != 6) return std::nullopt;
    const auto time = time_of(fields[1]);
    const auto octets = number_of<std::uint64_t>(fields[2]);
    const auto hash = unescaped(fields[3]), key = unescaped(fields[4]), unique_id = unescaped(fields[5]);
    if (!time || !octets || !hash || !key || !unique_id) return std::nullopt;
    journal_entry entry{.unique_id = *unique_id, .key = *key, .octets = *octets, .time = *time};
    if (!hash->empty()) entry.hash = content_hash::from_octets(base::from_hex(*hash).value_or(""));
    for (const verb_name& known : verb_names)
        if (known.name == fields[0]) {
            entry.says = known.verb;
            if (entry.says == journal_entry::verb::tagged) std::swap(entry.unique_id, entry.tags);
            return entry;
        }
    return std::nullopt;
}

} // namespace

std::string format(const journal_entry& entry)
{
    std::string text;
    for (const verb_name& known : verb_names)
        if (known.verb == entry.says) text = known.name;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(entry.time.time_since_epoch()).count();
    text += ' ' + std::to_string(seconds) + ' ' + std::to_string(entry.octets) + ' ';
    text += (entry.hash ? entry.hash->text() : std::string(no_value)) + ' ';
    text += escaped(entry.key) + ' ';
    text += escaped(entry.says == journal_entry::verb::tagged ? entry.tags : entry.unique_id);
    return check_of(text) + ' ' + text + '\n';
}

std::optional<journal_entry> parse_journal_line(std::string_view line)
{
    if (line.size() <= check_digits || line[check_digits] != ' ') return std::nullopt;
    const std::string_view text = line.substr(check_digits + 1);
    if (check_of(text) != line.substr(0, check_digits)) return std::nullopt;
    return entry_of(fields_of(text));
}

std::uint64_t each_journal_entry(std::string_view text, const std::function<void(journal_entry&&)>& tell)
{
    std::uint64_t damaged = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        if (auto entry = parse_journal_line(line))
            tell(std::move(*entry));
        else if (!line.empty())
            ++damaged;
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return damaged;
}

bool is_account_name(std::string_view name)
{
    constexpr std::size_t account_name_octets_max = 64;
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+-";
    return !name.empty() && name.size() <= account_name_octets_max &&
           name.find_first_not_of(letters) == std::string_view::npos && name.front() != '.' &&
           name.front() != '-' && name != "restante" && !name.ends_with(".toml");
}

unique_id_journal::unique_id_journal(disk::file_system& files, std::string folder, std::string_view account)
    : files_(files), folder_(std::move(folder)), name_(std::string(account) + std::string(journal_suffix))
{
}

std::optional<std::string> unique_id_journal::account_of(std::string_view file_name)
{
    if (!file_name.ends_with(journal_suffix) || file_name.size() == journal_suffix.size())
        return std::nullopt;
    return std::string(file_name.substr(0, file_name.size() - journal_suffix.size()));
}

base::result<std::uint64_t> unique_id_journal::octets() const
{
    auto directory = files_.open(folder_);
    if (!directory) return base::fail(directory.error());
    auto status = (*directory)->status(name_);
    if (status) return status->octets;
    if (status.error().kind == base::failure::vanished) return 0;
    return base::fail(status.error());
}

base::result<std::uint64_t> unique_id_journal::append(std::string_view lines)
{
    auto done = append_to_file(lines);
    if (!done) done.error().operator_text = "the journal in " + folder_ + ": " + done.error().operator_text;
    return done;
}

base::result<std::uint64_t> unique_id_journal::append_to_file(std::string_view lines)
{
    auto directory = files_.open(folder_);
    if (!directory) return base::fail(directory.error());
    auto file = (*directory)->open_to_append(name_);
    if (!file) return base::fail(file.error());
    auto status = (*file)->status();
    if (!status) return base::fail(status.error());
    std::uint64_t octets = status->octets;
    // A crash may have left half a line: ours must not become its second half.
    char last = '\n';
    if (octets > 0)
        if (auto got = (*file)->read({&last, 1}, octets - 1); !got) return base::fail(got.error());
    const std::string text = (last == '\n' ? "" : "\n") + std::string(lines);
    if (auto done = (*file)->write(text); !done) return base::fail(done.error());
    if (auto done = (*file)->sync(); !done) return base::fail(done.error());
    if (octets == 0)
        if (auto done = (*directory)->sync(); !done) return base::fail(done.error());
    return octets + text.size();
}

base::result<std::string> unique_id_journal::read(std::uint64_t offset) const
{
    auto directory = files_.open(folder_);
    if (!directory) return base::fail(directory.error());
    auto whole = disk::read_whole(**directory, name_, journal_octets_max);
    if (!whole && whole.error().kind == base::failure::vanished) return std::string();
    if (!whole) return base::fail(whole.error());
    return whole->substr(std::min<std::uint64_t>(offset, whole->size()));
}

} // namespace ledger
