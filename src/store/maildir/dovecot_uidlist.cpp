// Dovecot's file, line by line.
#include "store/maildir/dovecot_uidlist.hpp"

#include "mail/unique_id.hpp"
#include "store/maildir/admission.hpp"
#include "store/maildir/name.hpp"
#include "store/maildir/scan.hpp"
#include "store/maildir/unique_ids_file.hpp"

#include <charconv>
#include <unordered_map>
#include <unordered_set>

namespace store::maildir {

namespace {

constexpr std::string_view uidlist_name = "dovecot-uidlist";
constexpr std::uint64_t uidlist_octets_max = 1ULL << 30; // over five million messages

std::string_view take_until(std::string_view& text, char end)
{
    const auto offset = text.find(end);
    const auto out = text.substr(0, offset);
    text.remove_prefix(offset == std::string_view::npos ? text.size() : offset + 1);
    return out;
}

std::optional<std::uint32_t> to_number(std::string_view text)
{
    std::uint32_t out = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

/// "3 V1275660208 N25022 G3085f01b…"
std::optional<std::uint32_t> validity_of_version_3(std::string_view line)
{
    while (!line.empty()) {
        const auto field = take_until(line, ' ');
        if (field.starts_with('V')) return to_number(field.substr(1));
    }
    return std::nullopt;
}

/// "<uid> [<key><value> …] :<file name>"
std::optional<dovecot_message> parse_version_3(std::string_view line)
{
    dovecot_message out;
    const auto uid = to_number(take_until(line, ' '));
    if (!uid || *uid == 0) return std::nullopt;
    out.uid = *uid;
    while (!line.empty() && !line.starts_with(':')) {
        const auto field = take_until(line, ' ');
        if (field.starts_with('P')) out.pop3_unique_id = field.substr(1);
        if (field.starts_with('G')) out.guid = field.substr(1);
    }
    if (line.empty()) return std::nullopt;
    out.base = line.substr(1);
    return out;
}

/// "<uid> <file name>"
std::optional<dovecot_message> parse_version_1(std::string_view line)
{
    const auto uid = to_number(take_until(line, ' '));
    if (!uid || *uid == 0) return std::nullopt;
    return dovecot_message{.uid = *uid, .base = line, .pop3_unique_id = {}, .guid = {}};
}

/// Eight lower-case digits, as Dovecot's %08X prints them.
std::string to_hexadecimal(std::uint32_t number)
{
    char digits[8];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
    const std::string_view written(digits, static_cast<std::size_t>(end - digits));
    return std::string(sizeof digits - written.size(), '0').append(written);
}

base::error unknown_version()
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text = "dovecot-uidlist: unknown version in its first line (known: 1 and 3)"};
}

} // namespace

base::result<dovecot_uidlist> parse_dovecot_uidlist(std::string_view text)
{
    std::string_view first = take_until(text, '\n');
    const auto version = take_until(first, ' ');
    if (version != "1" && version != "3") return base::fail(unknown_version());
    const bool is_version_1 = version == "1";
    // Version 1 has the UIDVALIDITY and the next UID after the version.
    const auto validity = is_version_1 ? to_number(take_until(first, ' ')) : validity_of_version_3(first);
    if (!validity) return base::fail(unknown_version());
    dovecot_uidlist out;
    out.uid_validity = *validity;
    while (!text.empty()) {
        const auto line = take_until(text, '\n');
        auto message = is_version_1 ? parse_version_1(line) : parse_version_3(line);
        if (!message) continue;
        message->base = message->base.substr(0, message->base.find(':'));
        if (parse_name(message->base)) out.messages.push_back(*message);
    }
    return out;
}

std::optional<dovecot_unique_id_format> parse_dovecot_format(std::string_view setting)
{
    using enum dovecot_unique_id_format;
    if (setting == "%08Xu%08Xv") return uid_and_validity_hexadecimal;
    if (setting == "%u-%v") return uid_and_validity;
    if (setting == "%v.%u") return validity_and_uid;
    if (setting == "%f") return file_name;
    if (setting == "%g") return guid;
    return std::nullopt;
}

std::string dovecot_unique_id(const dovecot_uidlist& list, const dovecot_message& message,
                              dovecot_unique_id_format format)
{
    using enum dovecot_unique_id_format;
    if (!message.pop3_unique_id.empty()) return std::string(message.pop3_unique_id);
    const auto uid = std::to_string(message.uid);
    const auto validity = std::to_string(list.uid_validity);
    switch (format) {
    case uid_and_validity_hexadecimal: return to_hexadecimal(message.uid) + to_hexadecimal(list.uid_validity);
    case uid_and_validity: return uid + '-' + validity;
    case validity_and_uid: return validity + '.' + uid;
    case file_name: return std::string(message.base);
    case guid: return std::string(message.guid.empty() ? message.base : message.guid);
    }
    return {};
}

namespace {

/// What cannot be opened now is the log's matter once it is served.
void note_packed(folders& maildrop, folder folder, std::string_view name, import_report& report)
{
    const auto file = maildrop.in(folder).open(std::string(name));
    if (!file) return;
    const auto reason = reason_unreadable(**file);
    if (!reason || reason->empty()) return;
    ++report.packed;
    report.packed_form = *reason;
}

} // namespace

base::result<import_report> import_dovecot(disk::file_system& files, const std::string& root,
                                           const base::clock& clock, const maildrop_name& name,
                                           dovecot_unique_id_format format)
{
    places places(files, root);
    auto maildrop = places.open(name, purpose::inspect);
    if (!maildrop) return base::fail(maildrop.error());
    const auto text = disk::read_whole(*maildrop->maildrop, uidlist_name, uidlist_octets_max);
    if (!text) return base::fail(text.error());
    const auto list = parse_dovecot_uidlist(*text);
    if (!list) return base::fail(list.error());
    std::unordered_map<std::string_view, const dovecot_message*> listed;
    for (const auto& message : list->messages) listed.emplace(message.base, &message);
    const auto scanned = scan_names(*maildrop, clock);
    if (!scanned) return base::fail(scanned.error());

    import_report out;
    std::vector<unique_id_line> lines;
    std::unordered_set<std::string> given;
    for (const auto& one : scanned->found.names) {
        const auto base = scanned->found.base(one);
        note_packed(*maildrop, one.folder, scanned->found.name(one), out);
        const auto known = listed.find(base);
        if (known == listed.end()) {
            ++out.not_listed;
            continue;
        }
        auto id = dovecot_unique_id(*list, *known->second, format);
        const bool writable = base.find('\n') == std::string_view::npos; // the file has lines
        if (!writable || !mail::unique_id::parse(id) || !given.insert(id).second) {
            ++out.refused;
            continue;
        }
        lines.push_back({std::move(id), std::string(base)});
    }
    out.imported = lines.size();
    if (auto written = write_unique_ids(*maildrop->maildrop, lines); !written)
        return base::fail(written.error());
    return out;
}

} // namespace store::maildir
