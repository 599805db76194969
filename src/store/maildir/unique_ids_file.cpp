// Reading and writing restante-unique-ids.
#include "store/maildir/unique_ids_file.hpp"

#include "mail/unique_id.hpp"
#include "store/maildir/name.hpp"

#include <utility>

namespace store::maildir {

namespace {

constexpr std::string_view unique_ids_first_line = "restante-unique-ids 1";
constexpr std::uint64_t unique_ids_octets_max = 512ULL << 20; // over three million lines of the longest kind

/// Cuts the first line off `text`, without its end.
std::string_view take_line(std::string_view& text)
{
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

base::result<unique_ids_state> state_by(const base::result<disk::status>& status)
{
    if (status) return unique_ids_state{status->inode, status->octets, status->modified};
    if (status.error().kind == base::failure::vanished) return unique_ids_state{};
    return base::fail(status.error());
}

} // namespace

base::result<unique_ids_state> unique_ids_state_of(disk::directory& maildrop)
{
    return state_by(maildrop.status(unique_ids_name));
}

base::result<unique_ids_state> unique_ids_state_cached(disk::directory& maildrop)
{
    return state_by(maildrop.status_cached(unique_ids_name));
}

base::result<unique_ids> unique_ids::parse(std::string text)
{
    unique_ids out;
    out.text_ = std::make_shared<const std::string>(std::move(text));
    std::string_view rest = *out.text_;
    if (take_line(rest) != unique_ids_first_line)
        return base::fail(
            {.kind = base::failure::malformed,
             .temporary = true,
             .peer_text = {},
             .operator_text = "the file '" + std::string(unique_ids_name) + "' does not begin with '" +
                              std::string(unique_ids_first_line) +
                              "': import the unique-ids again, or remove it and have clients fetch anew"});
    while (!rest.empty()) {
        const auto line = take_line(rest);
        const auto space = line.find(' ');
        const auto id = line.substr(0, space);
        const auto base = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
        const auto name = parse_name(base);
        const bool good = mail::unique_id::parse(id) && name && name->info.empty();
        if (!good || out.by_base_.contains(base) || !out.by_id_.try_emplace(id, base).second)
            ++out.ignored_lines_;
        else
            out.by_base_.emplace(base, id);
    }
    return out;
}

std::string unique_ids::of(std::string_view base) const
{
    if (by_base_.empty()) return unique_id_of(base);
    if (const auto imported = by_base_.find(base); imported != by_base_.end())
        return std::string(imported->second);
    std::string own = unique_id_of(base);
    return by_id_.contains(own) ? hashed_unique_id(base) : own;
}

base::result<unique_ids> read_unique_ids(disk::directory& maildrop)
{
    auto text = disk::read_whole(maildrop, unique_ids_name, unique_ids_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return unique_ids{};
    if (!text) return base::fail(text.error());
    return unique_ids::parse(std::move(*text));
}

base::result<> write_unique_ids(disk::directory& maildrop, const std::vector<unique_id_line>& lines)
{
    std::string text(unique_ids_first_line);
    text += '\n';
    for (const auto& line : lines) {
        text += line.unique_id;
        text += ' ';
        text += line.base;
        text += '\n';
    }
    return disk::replace_whole(maildrop, unique_ids_name, text);
}

} // namespace store::maildir
