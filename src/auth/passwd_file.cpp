// The text of a users file: one line for a user, as Dovecot's passwd-file has it, and what our extra fields mean.
#include "auth/passwd_file.hpp"

#include "auth/extra_fields.hpp"
#include "auth/password.hpp"
#include "auth/password_schemes.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <unordered_map>

namespace auth {

namespace {

constexpr std::size_t middle_fields = 5; // uid, gid, gecos, home, shell

std::string_view without_line_end(std::string_view line)
{
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

void cut_fields(std::string_view text, passwd_line& line)
{
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(" \t");
        const std::string_view field = text.substr(0, end);
        text = end == text.npos ? std::string_view{} : text.substr(end + 1);
        if (field.empty()) continue;
        const std::size_t equals = field.find('=');
        line.fields.emplace_back(field.substr(0, equals),
                                 equals == field.npos ? std::string_view{} : field.substr(equals + 1));
    }
}

class reader {
public:
    void read(std::string_view line);

    passwd_contents contents;

private:
    void fault(std::string detail) { contents.faults.push_back({number_, std::move(detail)}); }
    void take(std::string_view text, const passwd_line& line, const std::optional<std::string>& canonical);
    bool is_first(const std::string& canonical, const std::string& name);
    bool is_another_spelling(const alias& read, const std::string& canonical) const;
    void take_user(std::string name, const passwd_line& line);
    void take_alias(const std::string& canonical, alias read, const passwd_line& line,
                    std::string_view targets);
    void take_password(std::string_view password, user& user);

    std::size_t number_ = 0;
    std::unordered_map<std::string, std::size_t> lines_of_names_;
};

void reader::read(std::string_view text)
{
    ++number_;
    if (without_line_end(text) == last_user_removed) contents.last_removed = true;
    const auto line = cut_passwd_line(text);
    if (!line) return;
    const auto canonical = canonical_line_name(line->name);
    const auto faults = contents.faults.size();
    take(text, *line, canonical);
    if (contents.faults.size() == faults) return;
    const bool tells = canonical && text.find(':') != text.npos;
    contents.faulty_names.push_back(tells ? *canonical : std::string());
}

void reader::take(std::string_view text, const passwd_line& line, const std::optional<std::string>& canonical)
{
    if (text.find('\0') != text.npos) return fault("holds NUL; correct or remove the line");
    if (text.find(':') == text.npos) return fault("has no ':'; a line is user:{SCHEME}hash:::::: and fields");
    if (!canonical)
        return fault("the name cannot be a user's: it is empty, too long, not UTF-8, "
                     "or holds '/', controls, what SASLprep or IDNA forbids, or a dot or space at an end");
    auto name = base::lower_case(line.name);
    const auto targets = std::ranges::find(line.fields, std::string_view("alias_of"),
                                           &std::pair<std::string_view, std::string_view>::first);
    if (targets != line.fields.end())
        return take_alias(*canonical, {std::move(name), {}}, line, targets->second);
    if (name.starts_with('@')) return fault("a catch-all needs alias_of=user");
    if (is_first(*canonical, name)) take_user(std::move(name), line);
}

bool reader::is_first(const std::string& canonical, const std::string& name)
{
    const auto [other, first] = lines_of_names_.emplace(canonical, number_);
    if (!first)
        fault("the name is already in line " + std::to_string(other->second) +
              (name == canonical ? "" : ", maybe in another spelling") + "; remove one");
    return first;
}

/// "user@münchen.example" as an alias of "user@xn--mnchen-3ya.example", or both as aliases of a third, as files have it
/// that were made when these were two names. It adds nothing.
bool reader::is_another_spelling(const alias& read, const std::string& canonical) const
{
    if (read.targets.size() == 1 && read.targets[0] != read.name &&
        canonical_name(read.targets[0]) == canonical)
        return true;
    return lines_of_names_.contains(canonical) &&
           std::ranges::any_of(contents.aliases, [&](const auto& other) {
               const alias& earlier = other.first;
               return earlier.name != read.name && earlier.targets == read.targets &&
                      canonical_line_name(earlier.name) == canonical;
           });
}

void reader::take_user(std::string name, const passwd_line& line)
{
    const auto faults = contents.faults.size();
    user taken;
    taken.account.name = std::move(name);
    take_password(line.password, taken);
    for (const auto& [key, value] : line.fields)
        if (std::string detail = take_extra_field(key, value, taken); !detail.empty())
            fault(std::move(detail));
    if (contents.faults.size() == faults) contents.users.emplace_back(std::move(taken), number_);
}

void reader::take_alias(const std::string& canonical, alias read, const passwd_line& line,
                        std::string_view targets)
{
    if (!line.password.empty()) return fault("an alias has no password; remove the password or alias_of");
    for (bool more = true; more;) {
        const std::size_t comma = targets.find(',');
        more = comma != targets.npos;
        const auto target = targets.substr(0, comma);
        if (!canonical_name(target)) return fault("alias_of names what cannot be a user");
        read.targets.push_back(base::lower_case(target));
        if (more) targets.remove_prefix(comma + 1);
    }
    if (!is_another_spelling(read, canonical) && is_first(canonical, read.name))
        contents.aliases.emplace_back(std::move(read), number_);
}

void reader::take_password(std::string_view password, user& user)
{
    // "!" and "*" in front are how /etc/shadow says that no password fits.
    if (password.empty() || password.starts_with('!') || password.starts_with('*') || password == "x") return;
    if (const auto checked = check_stored(password); !checked) return fault(checked.error().operator_text);
    user.password_hash = password;
    const std::string scheme = scheme_of(password);
    const std::string_view text = password.substr(password.find('}') + 1);
    if (scheme == "SCRAM-SHA-256" && !user.scram_sha_256) user.scram_sha_256 = parse_scram_keys(text, 32);
    if (scheme == "SCRAM-SHA-1" && !user.scram_sha_1) user.scram_sha_1 = parse_scram_keys(text, 20);
}

} // namespace

std::vector<std::string_view> split_lines(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back(without_line_end(text.substr(0, end)));
        text.remove_prefix(end);
    }
    return lines;
}

std::optional<passwd_line> cut_passwd_line(std::string_view text)
{
    std::string_view rest = without_line_end(text);
    if (rest.find_first_not_of(" \t") == rest.npos || rest.starts_with('#')) return std::nullopt;
    passwd_line line;
    const auto take = [&rest] {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        const std::string_view part = rest.substr(0, colon);
        rest.remove_prefix(std::min(colon + 1, rest.size()));
        return part;
    };
    line.name = take();
    line.password = take();
    const std::string_view behind_password = rest;
    for (std::size_t field = 0; field < middle_fields; ++field) take();
    line.between = behind_password.substr(0, behind_password.size() - rest.size());
    cut_fields(rest, line);
    return line;
}

passwd_contents read_passwd(std::string_view text)
{
    reader lines;
    for (const std::string_view line : split_lines(text)) lines.read(line);
    return std::move(lines.contents);
}

std::expected<passwd_contents, std::vector<line_fault>> parse_passwd(std::string_view text)
{
    auto contents = read_passwd(text);
    if (!contents.faults.empty()) return std::unexpected(std::move(contents.faults));
    return contents;
}

std::string format_faults(const std::vector<line_fault>& faults, std::string_view file)
{
    const std::string before = file.empty() ? std::string() : std::string(file) + ": ";
    const auto shown = faults.size() > fault_lines_max ? fault_lines_max - 1 : faults.size();
    std::string text;
    for (std::size_t offset = 0; offset < shown; ++offset)
        text += (offset == 0 ? "" : "\n") + before + "line " + std::to_string(faults[offset].line) + ": " +
                faults[offset].reason;
    if (shown < faults.size())
        text += "\n" + before + "and " + std::to_string(faults.size() - shown) + " more errors";
    return text;
}

std::optional<std::string> canonical_line_name(std::string_view name)
{
    if (!name.starts_with('@')) return canonical_name(name);
    const auto domain = canonical_domain(name.substr(1));
    return domain ? std::optional("@" + *domain) : std::nullopt;
}

} // namespace auth
