// What a person at the terminal sees and types; plain text where there is none.
#include "cli/terminal.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
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

// One write a line, so that threads do not mix theirs.
void complain_with(std::string_view text, std::optional<int> exit_code)
{
    std::string line;
    if (complaints_in_json) {
        const std::string_view type = exit_code ? "error" : "notice";
        boost::json::object object{{"type", type}, {type, text}};
        if (exit_code) object["exit"] = *exit_code;
        line = boost::json::serialize(object) + "\n";
    } else {
        const std::string name = program_invocation_short_name;
        line = is_coloured(STDERR_FILENO) ? "\x1b[31m" + name + ":\x1b[0m " : name + ": ";
        line.append(text).append("\n");
    }
    bool good = true;
    write_all(STDERR_FILENO, line, good);
}

base::result<std::string> ask(const std::string& prompt)
{
    const without_echo silence;
    bool good = true;
    write_all(STDERR_FILENO, prompt, good);
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

std::string harmless(std::string cell)
{
    std::ranges::replace_if(cell, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
    return cell;
}

} // namespace

base::result<std::string> read_new_password(std::string_view for_whom)
{
    if (isatty(STDIN_FILENO) == 0) {
        auto line = read_line();
        if (line && line->empty()) return base::fail(bad_password("no password came on standard input"));
        return line;
    }
    auto first = ask("Password for " + std::string(for_whom) + ": ");
    if (!first) return first;
    if (first->empty()) return base::fail(bad_password("no password was typed"));
    const auto second = ask("Once more: ");
    if (!second) return second;
    if (*first != *second) return base::fail(bad_password("the two passwords differ; nothing was changed"));
    return first;
}

base::result<std::string> read_password(const std::string& prompt)
{
    if (isatty(STDIN_FILENO) == 0)
        return base::fail(
            base::error{base::failure::refused, false, "", "nobody is there to type a password"});
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
    std::ranges::transform(cells, cells.begin(), harmless);
    rows_.push_back(std::move(cells));
}

std::string table::text(bool coloured) const
{
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], columns(row[at]));
    std::string out;
    for (const auto& row : rows_) {
        const bool heading = coloured && &row == &rows_.front();
        if (heading) out += "\x1b[1m";
        for (std::size_t at = 0; at < row.size(); ++at) {
            out += row[at];
            if (at + 1 < row.size()) out.append(widths[at] - columns(row[at]) + 2, ' ');
        }
        if (heading) out += "\x1b[0m";
        out += '\n';
    }
    return out;
}

bool print(std::string_view text)
{
    bool good = true;
    write_all(STDOUT_FILENO, text, good);
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
