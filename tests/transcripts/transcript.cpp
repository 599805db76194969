// Reading transcripts.
#include "transcripts/transcript.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace transcripts {
namespace {

std::size_t number(std::string_view text)
{
    std::size_t value = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (trouble != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error("not a number: " + std::string(text));
    return value;
}

char hexadecimal(std::string_view digits)
{
    unsigned value = 0;
    const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (trouble != std::errc{} || digits.size() != 2 || end != digits.data() + 2)
        throw std::runtime_error("\\x wants two hexadecimal digits");
    return static_cast<char>(value);
}

/// Resolves escapes; each wildcard begins a new piece.
std::vector<std::string> resolve(std::string_view text, bool wildcards)
{
    std::vector<std::string> pieces(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '*' && wildcards) pieces.emplace_back();
        if (text[i] == '*' && wildcards) continue;
        if (text[i] != '\\') {
            pieces.back() += text[i];
            continue;
        }
        if (++i == text.size()) throw std::runtime_error("a lone backslash at the end");
        switch (text[i]) {
        case 'r': pieces.back() += '\r'; break;
        case 'n': pieces.back() += '\n'; break;
        case 't': pieces.back() += '\t'; break;
        case 's': pieces.back() += ' '; break;
        case '0': pieces.back() += '\0'; break;
        case '\\': pieces.back() += '\\'; break;
        case '*': pieces.back() += '*'; break;
        case 'x':
            pieces.back() += hexadecimal(text.substr(i + 1, 2));
            i += 2;
            break;
        case '{': { // \{3*ab} is ababab
            const std::size_t star = text.find('*', i), end = text.find('}', i);
            if (star == std::string_view::npos || end == std::string_view::npos || star > end)
                throw std::runtime_error("\\{count*text} is not whole");
            const std::string unit = resolve(text.substr(star + 1, end - star - 1), false).front();
            for (std::size_t n = number(text.substr(i + 1, star - i - 1)); n > 0; --n) pieces.back() += unit;
            i = end;
            break;
        }
        default: throw std::runtime_error(std::string("unknown escape \\") + text[i]);
        }
    }
    return pieces;
}

std::string octets(std::string_view text)
{
    return resolve(text, false).front();
}

/// Cuts the first word off `text`, without escapes resolved.
std::string_view word(std::string_view& text)
{
    const std::size_t space = text.find(' ');
    const std::string_view first = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
    return first;
}

void read_settings(std::string_view text, std::map<std::string, std::string>& into)
{
    while (!text.empty()) {
        const std::string_view one = word(text);
        const std::size_t equals = one.find('=');
        if (equals == std::string_view::npos) throw std::runtime_error("a setting is key=value");
        into[std::string(one.substr(0, equals))] = octets(one.substr(equals + 1));
    }
}

failure read_failure(std::string_view text)
{
    failure out;
    out.kind = word(text);
    const std::string_view duration = word(text);
    if (duration != "temporary" && duration != "permanent")
        throw std::runtime_error("a failure is: kind temporary|permanent text");
    out.temporary = duration == "temporary";
    out.text = octets(text);
    return out;
}

class reader {
public:
    void take(std::string_view line)
    {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) throw std::runtime_error("no colon");
        const std::string_view key = line.substr(0, colon);
        std::string_view value = line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (key == "C" || key == "C+" || key == "c")
            client(key, value);
        else if (key == "S")
            current().server.emplace_back(value);
        else if (key == "E")
            event(value);
        else
            before(key, value);
    }

    transcript finish()
    {
        if (out_.title.empty()) throw std::runtime_error("no title");
        if (out_.rfc.empty()) throw std::runtime_error("no line says which RFC it is of");
        if (out_.sections.empty()) throw std::runtime_error("no dialogue");
        return std::move(out_);
    }

private:
    section& current()
    {
        if (out_.sections.empty() || section_over_) out_.sections.emplace_back();
        section_over_ = false;
        return out_.sections.back();
    }

    void client(std::string_view key, std::string_view value)
    {
        section& here = current();
        const std::string sent = octets(value) + (key == "c" ? "" : "\r\n");
        if (key == "C+") {
            if (here.client.empty()) throw std::runtime_error("C+ goes with the line before it");
            here.client.back() += sent;
            here.may_be_cut.back() = false;
            return;
        }
        here.client.push_back(sent);
        here.may_be_cut.push_back(true);
        here.rfc.push_back(rfc_);
    }

    void event(std::string_view value)
    {
        const std::string_view what = word(value);
        if (what == "tls" || what == "end") {
            section& here = current();
            here.then = what == "tls" ? section::ending::tls : section::ending::end;
            if (what == "tls" && !value.empty()) here.dropped = number(value);
            if (what == "end") here.ending_text = octets(value);
            section_over_ = true;
        } else if (what == "closed") {
            out_.closed = true;
        } else if (what == "removed") {
            while (!value.empty()) out_.removed.push_back(number(word(value)));
        } else {
            throw std::runtime_error("unknown event " + std::string(what));
        }
    }

    message& message_at(std::string_view text)
    {
        const std::size_t n = number(text);
        if (n == 0 || n > out_.messages.size()) throw std::runtime_error("no such message in this file");
        return out_.messages[n - 1];
    }

    void before(std::string_view key, std::string_view value)
    {
        if (key == "title")
            out_.title = value;
        else if (key == "rfc")
            read_rfc(value);
        else if (key == "live")
            read_live(value);
        else if (key == "policy")
            read_settings(value, out_.policy);
        else if (key == "own")
            read_settings(value, out_.own);
        else if (key == "user" || key == "apop") {
            const std::string name = octets(word(value));
            (key == "user" ? out_.users : out_.apop).push_back({name, octets(value)});
        } else if (key == "message") {
            const std::string id = octets(word(value));
            out_.messages.push_back(
                {.unique_id = id, .octets = octets(value), .surrogate = {}, .failure = {}});
        } else if (key == "message-fails") {
            message& which = message_at(word(value));
            which.failure = value;
        } else if (key == "internationalised") {
            message& which = message_at(word(value));
            which.internationalised = true;
            if (!value.empty()) which.surrogate = octets(value);
        } else if (key == "log-in-fails")
            out_.log_in_failures.push_back(read_failure(value));
        else if (key == "update-fails")
            out_.update_failure = read_failure(value);
        else if (key == "exchange")
            read_exchange(value);
        else
            throw std::runtime_error("unknown key " + std::string(key));
    }

    void read_rfc(std::string_view value)
    {
        rfc_ = value;
        std::string_view rest = value;
        const std::string_view first = word(rest);
        if (first != "none") number(first);
        if (rest.empty()) throw std::runtime_error("rfc is: number section, or: none reason");
        if (out_.rfc.empty()) out_.rfc = value;
    }

    void read_live(std::string_view value)
    {
        const std::string_view answer = word(value);
        if (answer != "no" || value.empty()) throw std::runtime_error("live is: no reason");
        out_.not_live = value;
    }

    void read_exchange(std::string_view value)
    {
        exchange out;
        out.mechanism = word(value);
        out.user = word(value);
        out.client_first = word(value) == "client-first";
        while (!value.empty()) out.turns.push_back(octets(word(value)));
        out_.exchanges.push_back(std::move(out));
    }

    transcript out_;
    std::string rfc_; // of the lines that follow
    bool section_over_ = false;
};

} // namespace

pattern::pattern(std::string_view text) : source_(text), pieces_(resolve(text, true)) {}

bool pattern::matches(std::string_view line) const
{
    if (pieces_.size() == 1) return line == pieces_.front();
    if (!line.starts_with(pieces_.front())) return false;
    line.remove_prefix(pieces_.front().size());
    for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
        const std::size_t at = line.find(pieces_[i]);
        if (at == std::string_view::npos) return false;
        line.remove_prefix(at + pieces_[i].size());
    }
    return line.ends_with(pieces_.back());
}

std::string pattern::example(std::string_view text) const
{
    std::string out = pieces_.front();
    for (std::size_t i = 1; i < pieces_.size(); ++i) out.append(text).append(pieces_[i]);
    return out;
}

transcript read(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    reader out;
    std::string line;
    for (std::size_t n = 1; std::getline(in, line); ++n) {
        if (line.empty() || line.starts_with('#')) continue;
        try {
            out.take(line);
        } catch (const std::runtime_error& why) {
            throw std::runtime_error(file.string() + ":" + std::to_string(n) + ": " + why.what());
        }
    }
    try {
        return out.finish();
    } catch (const std::runtime_error& why) {
        throw std::runtime_error(file.string() + ": " + why.what());
    }
}

std::vector<std::filesystem::path> find_all(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".pop3") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

} // namespace transcripts
