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
bool take_dot_string(cursor& at, bool dots_anywhere)
{
    if (dots_anywhere) return at.take_run([](char c) { return is_atext(c) || c == '.'; });
    do {
        if (!at.take_run(is_atext)) return false;
    } while (at.take('.'));
    return true;
}

bool is_dot_string(std::string_view text)
{
    cursor at(text);
    return take_dot_string(at, false) && at.rest().empty();
}

/// Quoted-string of at least one character; `meaning` is what it says without quotes and backslashes.
bool take_quoted_string(cursor& at, std::string& meaning)
{
    if (!at.take('"')) return false;
    while (!at.take('"')) {
        const bool quoted_pair = at.take('\\');
        const std::string_view before = at.rest();
        if (!at.take_character(is_printable_or_space)) return false;
        if (quoted_pair && !base::is_ascii(at.since(before))) return false;
        meaning += at.since(before);
    }
    return !meaning.empty();
}

/// Domain. The underscore is no letter of a domain, and yet in use.
bool take_domain(cursor& at)
{
    const auto inner = [](char c) { return base::is_letter_or_digit(c) || c == '-' || c == '_'; };
    do {
        const std::string_view label_begin = at.rest();
        if (!at.take_run(inner)) return false;
        const std::string_view label = at.since(label_begin);
        if (label.starts_with('-') || label.ends_with('-')) return false;
    } while (at.take('.'));
    return true;
}

/// address-literal; what stands in the brackets is nothing we would connect to, so it is not looked into.
bool take_address_literal(cursor& at)
{
    const auto dcontent = [](char c) { return c > 0x20 && c < 0x7F && c != '[' && c != '\\' && c != ']'; };
    const std::string_view begin = at.rest();
    return at.take('[') && at.take_run(dcontent) && at.take(']') && base::is_ascii(at.since(begin));
}

/// A-d-l ":", where there is one.
bool take_source_route(cursor& at)
{
    if (!at.rest().starts_with('@')) return true;
    do {
        if (!at.take('@') || !(take_domain(at) || take_address_literal(at))) return false;
    } while (at.take(','));
    return at.take(':');
}

/// Local-part in its simplest form.
bool take_local_part(cursor& at, path_kind kind, std::string& out)
{
    const std::string_view begin = at.rest();
    if (!begin.starts_with('"')) {
        if (!take_dot_string(at, kind == path_kind::reverse)) return false;
        out = at.since(begin);
        return true;
    }
    std::string meaning;
    if (!take_quoted_string(at, meaning)) return false;
    out = is_dot_string(meaning) ? meaning : at.since(begin);
    return true;
}

bool take_mailbox(cursor& at, path_kind kind, std::string& out)
{
    if (!take_local_part(at, kind, out)) return false;
    const std::string_view domain_begin = at.rest();
    if (at.take('@') && !(take_domain(at) || take_address_literal(at))) return false;
    out += at.since(domain_begin);
    return true;
}

} // namespace

std::expected<parsed_path, path_fault> parse_path(std::string_view text, path_kind kind)
{
    parsed_path out;
    cursor at(text);
    if (!at.take('<')) return std::unexpected(path_fault::syntax);
    const bool null_path = kind == path_kind::reverse && at.rest().starts_with('>');
    if (!null_path && !(take_source_route(at) && take_mailbox(at, kind, out.path.address)))
        return std::unexpected(path_fault::syntax);
    if (!at.take('>')) return std::unexpected(path_fault::syntax);
    if (out.path.address.size() > path_octets_max) return std::unexpected(path_fault::too_long);
    out.path.internationalised = !base::is_ascii(out.path.address);
    out.rest = at.rest();
    return out;
}

} // namespace lmtp
