// What a person at the terminal sees and types; plain text where there is none.
#include "cli/terminal.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace cli {

namespace {

constexpr std::size_t password_octets_max = 1024;

base::error bad_password(const std::string& text)
{
    return {base::failure::malformed, false, text, text};
}

// Octet by octet: what follows the line belongs to whoever reads standard input next.
base::result<std::string> read_line()
{
    std::string line;
    for (;;) {
        char c = '\0';
        const auto got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::error_from_errno(errno, "read the password"));
        if (got == 0 || c == '\n') break;
        line += c;
        if (line.size() > password_octets_max + 1)
            return base::fail(bad_password("the password is longer than 1024 octets"));
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

// Keeps what is typed off the screen as long as it lives.
class without_echo {
public:
    without_echo()
    {
        tcgetattr(STDIN_FILENO, &before_);
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~without_echo() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    without_echo(const without_echo&) = delete;
    without_echo& operator=(const without_echo&) = delete;

private:
    termios before_{};
};

void write_all(int descriptor, std::string_view text, bool& good)
{
    while (!text.empty() && good) {
        const auto wrote = write(descriptor, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        good = wrote > 0;
        if (good) text.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

// https://no-color.org: set to anything but nothing.
bool is_coloured(int descriptor)
{
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    return isatty(descriptor) != 0 && (no_colour == nullptr || *no_colour == '\0') &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::atomic<int> print_trouble = 0; // errno of the first print() that failed
bool complaints_in_json = false;    // set before there are threads

std::string visible(std::string_view text, std::string_view kept)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = base::utf8_sequence_octets(text);
        const auto first = static_cast<unsigned char>(text[0]);
        const bool shows = length > 0 && !base::is_control(text.substr(0, length));
        if (shows || kept.contains(text[0]))
            out += text.substr(0, std::max<std::size_t>(length, 1));
        else if (first < 0x80 && !(kept.contains('\n') && text.starts_with("\r\n")))
            out.append({'^', static_cast<char>(first ^ 0x40U)}); // as every pager writes a control
        else if (first >= 0x80)
            for (const char c : text.substr(0, std::max<std::size_t>(length, 1)))
                out += fmt::format("<{:02X}>", static_cast<unsigned char>(c));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string with_indented_lines(std::string_view text)
{
    constexpr std::string_view indent = "    ";
    std::string out;
    for (bool first = true; first || !text.empty(); first = false) {
        const auto line = text.substr(0, text.find('\n'));
        if (!first) out += '\n';
        if (!first && !line.starts_with(indent)) out += indent;
        out += line;
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return out;
}

// One write a line, so that threads do not mix theirs.
void complain_with(std::string_view raw, std::optional<int> exit_code)
{
    const std::string text = readable(raw);
    std::string line;
    if (complaints_in_json) {
        const std::string_view type = exit_code ? "error" : "notice";
        boost::json::object object{{"type", type}, {type, text}};
        if (exit_code) object["exit"] = *exit_code;
        line = boost::json::serialize(object) + "\n";
    } else {
        const std::string name = program_invocation_short_name;
        line = is_coloured(STDERR_FILENO) ? "\x1b[31m" + name + ":\x1b[0m " : name + ": ";
        line.append(with_indented_lines(text)).append("\n");
    }
    bool good = true;
    write_all(STDERR_FILENO, line, good);
}

base::result<std::string> ask(const std::string& prompt)
{
    const without_echo silence;
    bool good = true;
    write_all(STDERR_FILENO, readable(prompt), good);
    auto line = read_line();
    write_all(STDERR_FILENO, "\n", good);
    return line;
}

// How many columns a cell takes: UTF-8's continuation octets take none.
std::size_t columns(std::string_view cell)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(cell, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

} // namespace

std::string readable(std::string_view text)
{
    return visible(text, "\n\t");
}

std::string readable_line(std::string_view name)
{
    return visible(name, {});
}

base::result<std::string> read_new_password(std::string_view for_whom, std::string_view noun)
{
    if (isatty(STDIN_FILENO) == 0) {
        auto line = read_line();
        if (line && line->empty())
            return base::fail(bad_password(fmt::format("no {} came on standard input", noun)));
        return line;
    }
    std::string prompt = fmt::format("{} for {}: ", noun, for_whom);
    prompt.front() = base::upper(prompt.front());
    auto first = ask(prompt);
    if (!first) return first;
    if (first->empty()) return base::fail(bad_password(fmt::format("no {} was typed", noun)));
    const auto second = ask("Once more: ");
    if (!second) return second;
    if (*first != *second)
        return base::fail(bad_password(fmt::format("the two {}s differ; nothing was changed", noun)));
    return first;
}

base::result<std::string> read_password(const std::string& prompt)
{
    if (isatty(STDIN_FILENO) == 0)
        return base::fail(
            base::error{base::failure::refused, false, "", "no terminal to ask for a password"});
    return ask(prompt);
}

bool output_is_terminal()
{
    return isatty(STDOUT_FILENO) != 0;
}

bool output_is_coloured()
{
    return is_coloured(STDOUT_FILENO);
}

table::table(std::vector<std::string> headings)
{
    rows_.push_back(std::move(headings));
}

void table::add(std::vector<std::string> cells)
{
    cells.resize(rows_.front().size());
    std::ranges::transform(cells, cells.begin(), readable_line);
    rows_.push_back(std::move(cells));
}

std::string table::text(bool coloured) const
{
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t index = 0; index < row.size(); ++index)
            widths[index] = std::max(widths[index], columns(row[index]));
    std::string out;
    for (const auto& row : rows_) {
        const bool heading = coloured && &row == &rows_.front();
        if (heading) out += "\x1b[1m";
        for (std::size_t index = 0; index < row.size(); ++index) {
            out += row[index];
            if (index + 1 < row.size()) out.append(widths[index] - columns(row[index]) + 2, ' ');
        }
        if (heading) out += "\x1b[0m";
        out += '\n';
    }
    return out;
}

bool print(std::string_view text)
{
    return print_octets(readable(text));
}

bool print(const table& rows)
{
    return print_octets(rows.text(output_is_coloured()));
}

bool print_octets(std::string_view octets)
{
    bool good = true;
    write_all(STDOUT_FILENO, octets, good);
    if (!good && print_trouble == 0) print_trouble = errno;
    return good;
}

int exit_code_after_output(int exit_code)
{
    // A reader that has seen enough, such as head(1), closes its end.
    if (print_trouble == 0 || print_trouble == EPIPE) return exit_code;
    const bool full = print_trouble == ENOSPC || print_trouble == EDQUOT;
    return error_exit(full ? EX_TEMPFAIL : EX_IOERR,
                      std::string("standard output could not be written to its end: ") +
                          std::strerror(print_trouble));
}

void complain_in_json()
{
    complaints_in_json = true;
}

void complain(std::string_view text)
{
    complain_with(text, std::nullopt);
}

int error_exit(int exit_code, std::string_view text)
{
    complain_with(text, exit_code);
    return exit_code;
}

} // namespace cli
