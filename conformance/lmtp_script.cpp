// Reading dialogues of mail coming in.
#include "conformance/lmtp_script.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace conformance {
namespace {

/// Undoes the escapes; the line's end is added where no \c forbids it.
std::string octets_of(std::string_view text, std::string_view line_end)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        switch (text.at(++i)) {
        case 'r': out += '\r'; break;
        case 'n': out += '\n'; break;
        case '0': out += '\0'; break;
        case 'c': return out;
        case 'x':
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
            break;
        default: out += text[i];
        }
    }
    return out.append(line_end);
}

std::string repeated(const std::string& text)
{
    std::size_t digits = 0;
    const int times = std::stoi(text, &digits);
    const std::string one = octets_of(std::string_view(text).substr(digits + 1), "");
    std::string out;
    for (int i = 0; i < times; ++i) out += one;
    return out;
}

class reader {
public:
    void take(const std::string& line)
    {
        const std::size_t space = std::min(line.find(' '), line.size());
        const std::string word = line.substr(0, space);
        const std::string rest = line.substr(std::min(space + 1, line.size()));
        if (word == "#")
            remark(rest);
        else if (word == "C:")
            send(octets_of(rest, "\r\n"));
        else if (word == "R:")
            send(repeated(rest));
        else if (word == "S:" && (rest.size() < 4 || rest[3] != '-') && !out_.exchanges.empty())
            out_.exchanges.back().expected.push_back(rest);
        else if (word == "message")
            out_.messages.emplace_back();
        else if (word == "|" && !out_.messages.empty())
            out_.messages.back() += octets_of(rest, "\r\n");
        else if (word == "refuse")
            out_.refused.insert(rest.substr(0, rest.find(' ')));
        else if (word == "smtp")
            out_.smtp = true;
        else if (word == "tls")
            out_.tls = true;
        else if (word == "closed")
            out_.closed = true;
    }

    lmtp_script finish() { return std::move(out_); }

private:
    void remark(const std::string& text)
    {
        if (!text.starts_with("rfc: ")) {
            if (out_.title.empty()) out_.title = text;
            return;
        }
        const std::string mark = text.substr(text.find(' ') + 1);
        rfc_ = mark.starts_with("none") ? "" : mark;
        if (out_.rfc.empty()) out_.rfc = mark;
    }

    void send(const std::string& octets)
    {
        const bool answered = out_.exchanges.empty() || !out_.exchanges.back().expected.empty();
        if (answered) out_.exchanges.push_back({.sent = {}, .expected = {}, .rfc = rfc_});
        out_.exchanges.back().sent += octets;
    }

    lmtp_script out_;
    std::string rfc_; // of the lines that follow
};

} // namespace

lmtp_script read_lmtp_script(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    reader out;
    for (std::string line; std::getline(in, line);) out.take(line);
    return out.finish();
}

std::vector<std::filesystem::path> lmtp_scripts_in(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".lmtp") out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

} // namespace conformance
