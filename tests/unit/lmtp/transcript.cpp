// Reading of dialogue files.
#include "unit/lmtp/transcript.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lmtp_test {
namespace {

constexpr std::array kinds{
    base::failure::unknown_user, base::failure::disabled, base::failure::over_quota, base::failure::no_space,
    base::failure::too_large,    base::failure::refused,  base::failure::overloaded, base::failure::storage,
};

base::error read_error(std::istringstream& words, bool temporary)
{
    std::string kind, word;
    words >> kind >> word;
    for (const base::failure each : kinds)
        if (base::name_of(each) == kind) return error_of(each, temporary || word == "temporary");
    throw std::runtime_error("no such kind of failure: " + kind);
}

/// Undoes the escapes and adds `line_end` where no \c forbids it.
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
        case '\\': out += '\\'; break;
        case 'c': return out;
        case 'x':
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
            break;
        default: throw std::runtime_error("no such escape");
        }
    }
    return out.append(line_end);
}

std::string repeated(std::string_view text)
{
    std::size_t digits = 0;
    const int times = std::stoi(std::string(text), &digits);
    const std::string one = octets_of(text.substr(digits + 1), "");
    std::string out;
    for (int i = 0; i < times; ++i) out += one;
    return out;
}

class reader {
public:
    void read_line(const std::string& line)
    {
        if (line.empty() || line.starts_with('#')) return;
        if (line.starts_with("C: ") || line == "C:")
            return send(octets_of(line.substr(std::min<std::size_t>(3, line.size())), "\r\n"));
        if (line.starts_with("R: ")) return send(repeated(line.substr(3)));
        if (line.starts_with("S: ")) {
            out.exchanges.back().expected += line.substr(3) + "\r\n";
        } else if (line.starts_with("| ") || line == "|") {
            out.messages.back().content +=
                octets_of(line.substr(std::min<std::size_t>(2, line.size())), "\r\n");
        } else {
            std::istringstream words(line);
            std::string word;
            words >> word;
            read_directive(word, words);
        }
    }

    transcript out;

private:
    void send(const std::string& octets)
    {
        if (out.exchanges.empty() || !out.exchanges.back().expected.empty()) out.exchanges.emplace_back();
        out.exchanges.back().sent += octets;
    }

    void read_directive(const std::string& word, std::istringstream& words)
    {
        std::string address;
        if (word == "smtp") {
            out.policy.protocol = lmtp::protocol::smtp;
        } else if (word == "tls") {
            out.policy.tls_available = true;
        } else if (word == "size") {
            words >> out.policy.message_octets_max;
        } else if (word == "recipients") {
            words >> out.policy.recipients_max;
        } else if (word == "bad") {
            words >> out.policy.bad_commands_max;
        } else if (word == "strangers") {
            out.policy.refused_recipients_count = true;
        } else if (word == "idle") {
            words >> out.policy.commands_without_message_max;
        } else if (word == "received") {
            words >> out.policy.received_headers_max;
        } else if (word == "refuse") {
            words >> address;
            out.refused_recipients[address] = read_error(words, false);
        } else if (word == "fail") {
            words >> address;
            out.failed_deliveries[address] = read_error(words, false);
        } else if (word == "begin") {
            out.begin_error = read_error(words, true);
        } else if (word == "write") {
            out.write_error = read_error(words, true);
        } else if (word == "message") {
            received_message message;
            words >> message.sender >> message.with;
            if (message.sender == "<>") message.sender.clear();
            for (std::string recipient; words >> recipient;) message.recipients.push_back(recipient);
            out.messages.push_back(message);
        } else if (word == "abandoned") {
            words >> out.abandoned;
        } else if (word == "forgotten") {
            words >> out.forgotten.emplace();
        } else if (word == "closed") {
            out.closed = true;
        } else {
            throw std::runtime_error("not understood: " + word);
        }
    }
};

} // namespace

transcript read_transcript(const std::filesystem::path& file)
{
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    reader lines;
    lines.out.policy.host_name = "mx.example";
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        try {
            lines.read_line(line);
        } catch (const std::exception& trouble) {
            throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": " + trouble.what());
        }
    }
    return std::move(lines.out);
}

} // namespace lmtp_test
