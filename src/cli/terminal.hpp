// What a person at the terminal sees and types; plain text where there is none.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// A password, or a `noun` like "passphrase", from standard input. Not a terminal: one line, its line end stripped. A
/// terminal: asked for twice without echo; `malformed` where the two differ or nothing is typed. At most 1024 octets.
base::result<std::string> read_new_password(std::string_view for_whom, std::string_view noun = "password");

/// Asked once, without echo, on the terminal; `refused` where nobody is there.
base::result<std::string> read_password(const std::string& prompt);

bool output_is_terminal();
/// Standard output is a terminal, and neither NO_COLOR nor TERM=dumb asks for plain text.
bool output_is_coloured();

/// Text that came from files and peers as a terminal can show it: controls, C1 too, and what turns the direction of
/// writing become "^[" or "<9B>", and so do octets that are no UTF-8. Line ends and tabs stay; CRLF becomes LF.
std::string readable(std::string_view text);
/// The same on one line: an LF becomes "^J", a tab "^I", so that a name cannot forge a line.
std::string readable_line(std::string_view name);

/// Rows under headings, each column as wide as its widest cell; the headings in bold where `coloured`.
/// Cells come from files and peers: they are made readable, each on one line.
class table {
public:
    explicit table(std::vector<std::string> headings);
    void add(std::vector<std::string> cells); ///< one a heading
    std::string text(bool coloured) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// Writes text for people to standard output, made readable whatever is in it; false where it is closed or full.
bool print(std::string_view text);
/// The rows, in colour where output_is_coloured().
bool print(const table& rows);
/// Writes JSON, or octets that another program wants, as they are; false where standard output is closed or full.
bool print_octets(std::string_view octets);
/// What a program ends with: `exit_code`, but where a print() failed an error and its code. A reader that has gone is
/// none.
int exit_code_after_output(int exit_code);
/// From here on complain() and error_exit() print one JSON object a line.
void complain_in_json();
/// A notice: "PROGRAM: TEXT" to standard error, the name in red on a terminal; as JSON
/// {"type": "notice", "notice": TEXT}. Made readable as by print(); lines after the first are indented, so that no
/// name with a line end in it looks like a notice of its own.
void complain(std::string_view text);
/// An error, printed as a notice is; as JSON {"type": "error", "error": TEXT, "exit": CODE}. Returns the exit code.
int error_exit(int exit_code, std::string_view text);

} // namespace cli
