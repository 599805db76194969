// Parsing of paths.
#include "lmtp/path.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace lmtp {
namespace {

/// RFC 5322, section 3.2.3.
bool is_atext(char c)
{
    return base::is_letter_or_digit(c) || (c != '\0' && std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c));
}

bool is_printable_or_space(char c)
{
    return c >= 0x20 && c < 0x7F;
}

/// A place in the text; each take_… moves over what it names and tells whether it was there.
class cursor {
public:
    explicit cursor(std::string_view text) : rest_(text) {}

    std::string_view rest() const { return rest_; }
    std::string_view since(std::string_view earlier_rest) const
    {
        return earlier_rest.substr(0, earlier_rest.size() - rest_.size());
    }

    bool take(char c)
    {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// One octet that `wanted` allows, or one non-ASCII character that is no control.
    template <typename Predicate>
    bool take_character(Predicate wanted)
    {
        const std::size_t octets = base::utf8_sequence_octets(rest_);
        if (octets == 0) return false;
        if (octets == 1 ? !wanted(rest_.front()) : base::is_control(rest_.substr(0, octets))) return false;
        rest_.remove_prefix(octets);
        return true;
    }

    template <typename Predicate>
    bool take_run(Predicate wanted)
    {
        const std::size_t before = rest_.size();
        while (take_character(wanted)) {
        }
        return rest_.size() != before;
    }

private:
    std::string_view rest_;
};

/// Dot-string; with `dots_anywhere` also "a..b" and "a.".
bool take_dot_string(cursor& cursor, bool dots_anywhere)
{
    if (dots_anywhere) return cursor.take_run([](char c) { return is_atext(c) || c == '.'; });
    do {
        if (!cursor.take_run(is_atext)) return false;
    } while (cursor.take('.'));
    return true;
}

bool is_dot_string(std::string_view text)
{
    cursor cursor(text);
    return take_dot_string(cursor, false) && cursor.rest().empty();
}

/// Quoted-string of at least one character; `meaning` is what it says without quotes and backslashes.
bool take_quoted_string(cursor& cursor, std::string& meaning)
{
    if (!cursor.take('"')) return false;
    while (!cursor.take('"')) {
        const bool quoted_pair = cursor.take('\\');
        const std::string_view before = cursor.rest();
        if (!cursor.take_character(is_printable_or_space)) return false;
        if (quoted_pair && !base::is_ascii(cursor.since(before))) return false;
        meaning += cursor.since(before);
    }
    return !meaning.empty();
}

/// Domain. The underscore is no letter of a domain, and yet in use.
bool take_domain(cursor& cursor)
{
    const auto inner = [](char c) { return base::is_letter_or_digit(c) || c == '-' || c == '_'; };
    do {
        const std::string_view label_begin = cursor.rest();
        if (!cursor.take_run(inner)) return false;
        const std::string_view label = cursor.since(label_begin);
        if (label.starts_with('-') || label.ends_with('-')) return false;
    } while (cursor.take('.'));
    return true;
}

/// address-literal; what stands in the brackets is nothing we would connect to, so it is not looked into.
bool take_address_literal(cursor& cursor)
{
    const auto dcontent = [](char c) { return c > 0x20 && c < 0x7F && c != '[' && c != '\\' && c != ']'; };
    const std::string_view begin = cursor.rest();
    return cursor.take('[') && cursor.take_run(dcontent) && cursor.take(']') &&
           base::is_ascii(cursor.since(begin));
}

/// A-d-l ":", where there is one.
bool take_source_route(cursor& cursor)
{
    if (!cursor.rest().starts_with('@')) return true;
    do {
        if (!cursor.take('@') || !(take_domain(cursor) || take_address_literal(cursor))) return false;
    } while (cursor.take(','));
    return cursor.take(':');
}

/// Local-part in its simplest form.
bool take_local_part(cursor& cursor, path_kind kind, std::string& out)
{
    const std::string_view begin = cursor.rest();
    if (!begin.starts_with('"')) {
        if (!take_dot_string(cursor, kind == path_kind::reverse)) return false;
        out = cursor.since(begin);
        return true;
    }
    std::string meaning;
    if (!take_quoted_string(cursor, meaning)) return false;
    out = is_dot_string(meaning) ? meaning : cursor.since(begin);
    return true;
}

bool take_mailbox(cursor& cursor, path_kind kind, std::string& out)
{
    if (!take_local_part(cursor, kind, out)) return false;
    const std::string_view domain_begin = cursor.rest();
    if (cursor.take('@') && !(take_domain(cursor) || take_address_literal(cursor))) return false;
    out += cursor.since(domain_begin);
    return true;
}

} // namespace

std::expected<parsed_path, path_fault> parse_path(std::string_view text, path_kind kind)
{
    parsed_path out;
    cursor cursor(text);
    if (!cursor.take('<')) return std::unexpected(path_fault::syntax);
    const bool null_path = kind == path_kind::reverse && cursor.rest().starts_with('>');
    if (!null_path && !(take_source_route(cursor) && take_mailbox(cursor, kind, out.path.address)))
        return std::unexpected(path_fault::syntax);
    if (!cursor.take('>')) return std::unexpected(path_fault::syntax);
    if (out.path.address.size() > path_octets_max) return std::unexpected(path_fault::too_long);
    out.path.internationalised = !base::is_ascii(out.path.address);
    out.rest = cursor.rest();
    return out;
}

} // namespace lmtp
