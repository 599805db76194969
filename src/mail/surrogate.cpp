// Simplified downgrade of header fields.
#include "mail/surrogate.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/encoded_word.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

namespace mail {
namespace {

constexpr std::string_view fold = "\r\n ";
constexpr std::string_view invalid_address =
    "<invalid@internationalized-address.invalid>"; // RFC 2606: nobody's, ever

struct field {
    std::string_view whole; ///< with its CRLF
    std::string_view name;  ///< empty for a line that is no field
    std::string_view value; ///< what follows the colon, folded, without the last CRLF
};

bool is_one_of(std::string_view name, const auto& names)
{
    return std::ranges::any_of(
        names, [&](std::string_view candidate) { return base::equal_ignoring_case(candidate, name); });
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(blank), text.size());
    return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

/// Takes the next field from the beginning of `rest`: a line and those that continue it.
field take_field(std::string_view& rest)
{
    std::size_t end = 0;
    do {
        const std::size_t line_end = rest.find("\r\n", end);
        end = line_end == std::string_view::npos ? rest.size() : line_end + 2;
    } while (end < rest.size() && (rest[end] == ' ' || rest[end] == '\t'));
    field out{.whole = rest.substr(0, end), .name = {}, .value = {}};
    rest.remove_prefix(end);
    std::string_view line = out.whole;
    if (line.ends_with("\r\n")) line.remove_suffix(2);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
        out.name = trimmed(line.substr(0, colon));
        out.value = line.substr(colon + 1);
    }
    return out;
}

/// Walks over the text of a structured field and knows where separators count: outside quoted strings,
/// comments, angle brackets and domain literals (RFC 5322, section 3.2).
class structure {
public:
    /// True where `octet` stands outside all of these; openers and closers themselves do not.
    bool outside(char octet)
    {
        if (escaped_) {
            escaped_ = false;
            return false;
        }
        if (octet == '\\' && (quoted_ || comment_depth_ > 0)) {
            escaped_ = true;
            return false;
        }
        if (quoted_) {
            quoted_ = octet != '"';
            return false;
        }
        if (comment_depth_ > 0 || octet == '(') {
            if (octet == '(') ++comment_depth_;
            if (octet == ')') --comment_depth_;
            return false;
        }
        if (octet == '"') {
            quoted_ = true;
            return false;
        }
        if (closer_ != '\0' || octet == '<' || octet == '[') {
            if (octet == closer_) {
                closer_ = '\0';
            } else if (closer_ == '\0') {
                closer_ = octet == '<' ? '>' : ']';
            }
            return false;
        }
        return true;
    }

    bool in_comment() const { return comment_depth_ > 0; }
    bool in_angle() const { return closer_ == '>'; }

private:
    bool escaped_ = false;
    bool quoted_ = false;
    std::size_t comment_depth_ = 0;
    char closer_ = '\0';
};

struct piece {
    std::string_view text;
    char separator = '\0'; ///< that ended it; NUL at the end
};

std::vector<piece> split(std::string_view value, std::string_view separators)
{
    std::vector<piece> out;
    structure state;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (!state.outside(value[i]) || !separators.contains(value[i])) continue;
        out.push_back({value.substr(begin, i - begin), value[i]});
        begin = i + 1;
    }
    out.push_back({value.substr(begin), '\0'});
    return out;
}

/// What a phrase or comment says: without quotes and backslashes, white space and controls as single spaces.
std::string meaning(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') continue;
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        const bool blank = (text[i] >= 0 && text[i] <= ' ') || text[i] == 0x7F;
        if (!blank) {
            out += text[i];
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

/// An unstructured value, unfolded.
std::string unfolded(std::string_view value)
{
    std::string out;
    for (std::size_t begin = 0; begin < value.size();) {
        const std::size_t end = std::min(value.find("\r\n", begin), value.size());
        out += value.substr(begin, end - begin);
        begin = end + 2;
    }
    return std::string(trimmed(out));
}

struct mailbox {
    std::string name;
    std::string address;
};

/// `name <address>` or `address (name)`; never fails, as a wrong guess only shows in a display-name.
mailbox parse_mailbox(std::string_view text)
{
    std::string before, angle, comment;
    structure state;
    bool angle_seen = false;
    for (const char octet : text) {
        const bool was_in_comment = state.in_comment();
        const bool was_in_angle = state.in_angle();
        state.outside(octet);
        if (was_in_comment || state.in_comment()) {
            if (was_in_comment && state.in_comment()) comment += octet;
        } else if (was_in_angle && state.in_angle()) {
            angle += octet;
        } else if (state.in_angle()) {
            angle_seen = true;
        } else if (!angle_seen) {
            before += octet;
        }
    }
    if (angle_seen) return {.name = meaning(before), .address = std::string(trimmed(angle))};
    return {.name = meaning(comment), .address = std::string(trimmed(before))};
}

std::string surrogate_mailbox(std::string_view text)
{
    if (base::is_ascii(text)) return std::string(text);
    const mailbox parsed = parse_mailbox(text);
    const bool address_stays = base::is_ascii(parsed.address) && !parsed.address.empty();
    std::string shown = parsed.name;
    if (!address_stays)
        shown = shown.empty() ? meaning(parsed.address) : shown + " (" + meaning(parsed.address) + ")";
    std::string out = to_encoded_words(shown);
    if (!out.empty()) out += fold;
    return out + (address_stays ? "<" + parsed.address + ">" : std::string(invalid_address));
}

/// An address-list with its groups, one address a line.
std::string surrogate_addresses(std::string_view value)
{
    std::string out;
    bool fold_due = false;
    const auto append = [&](std::string_view text) {
        out += std::exchange(fold_due, false) ? fold : "";
        out += text;
    };
    for (const auto& [raw, separator] : split(value, ",:;")) {
        const std::string_view text = trimmed(raw);
        const bool group_name = separator == ':';
        if (!text.empty() && group_name)
            append(base::is_ascii(text) ? std::string(text) : to_encoded_words(meaning(text)));
        if (!text.empty() && !group_name) append(surrogate_mailbox(text));
        if (separator == ';') fold_due = false;
        if (separator == '\0' || out.empty() || (separator == ',' && out.ends_with(','))) continue;
        out += separator;
        fold_due = true;
    }
    return out;
}

/// "filename" of `filename*0*=…`, which RFC 2231 makes a part of one parameter.
std::string parameter_name(std::string_view parameter)
{
    return base::lower_case(trimmed(parameter.substr(0, parameter.find_first_of("=*"))));
}

/// Empty where the value before the parameters is not ASCII.
std::string surrogate_parameters(std::string_view value)
{
    const std::vector<piece> pieces = split(value, ";");
    if (!base::is_ascii(pieces.front().text)) return {};
    std::set<std::string> removed;
    for (const piece& item : pieces)
        if (!base::is_ascii(item.text)) removed.insert(parameter_name(item.text));
    std::string out(trimmed(pieces.front().text));
    for (auto item = pieces.begin() + 1; item != pieces.end(); ++item) {
        const std::string_view text = trimmed(item->text);
        if (!text.empty() && !removed.contains(parameter_name(text)))
            out.append(";").append(fold).append(text);
    }
    return out;
}

/// What stands after the colon of the surrogate field; empty: the field is taken out.
std::string surrogate_value(std::string_view name, std::string_view value)
{
    static constexpr auto address_fields = std::to_array<std::string_view>(
        {"Bcc", "Cc", "From", "Reply-To", "Resent-Bcc", "Resent-Cc", "Resent-From", "Resent-Reply-To",
         "Resent-Sender", "Resent-To", "Sender", "To"});
    static constexpr auto parameter_fields =
        std::to_array<std::string_view>({"Content-Disposition", "Content-Type"});
    if (is_one_of(name, address_fields)) return surrogate_addresses(value);
    if (is_one_of(name, parameter_fields)) return surrogate_parameters(value);
    if (base::equal_ignoring_case(name, "Return-Path"))
        return std::string(invalid_address); // it has no display-name
    if (base::equal_ignoring_case(name, "Subject")) return to_encoded_words(unfolded(value));
    return {};
}

} // namespace

bool internationalised(std::string_view header_section)
{
    if (base::is_ascii(header_section)) return false;
    while (!header_section.empty()) {
        const std::string_view whole = take_field(header_section).whole;
        if (!base::is_ascii(whole) && base::is_utf8(whole)) return true;
    }
    return false;
}

std::string surrogate(std::string_view header_section)
{
    std::string out;
    while (!header_section.empty()) {
        const field header_field = take_field(header_section);
        if (base::is_ascii(header_field.whole)) {
            out += header_field.whole;
        } else if (const std::string value = surrogate_value(header_field.name, header_field.value);
                   !value.empty()) {
            out.append(header_field.name).append(": ").append(value).append("\r\n");
        }
    }
    return out;
}

std::uint64_t octets_with_surrogate(std::uint64_t octets, std::string_view header_section,
                                    std::string_view surrogate)
{
    constexpr std::string_view line_end = "\r\n";
    const bool whole_message = !header_section.ends_with("\r\n\r\n"); // else an empty line ends it
    const bool ended = surrogate.empty() || surrogate.ends_with(line_end);
    if (whole_message) return surrogate.size() + (ended ? 0 : line_end.size());
    return octets - header_section.size() + surrogate.size();
}

} // namespace mail
