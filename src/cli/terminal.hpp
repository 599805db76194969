// What a person at the terminal sees and types; plain text where there is none.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// A password, from standard input. Not a terminal: one line, its line end stripped. A terminal: asked for
/// twice without echo; `malformed` where the two differ or nothing is typed. At most 1024 octets.
base::result<std::string> read_new_password(std::string_view for_whom);

/// Asked once, without echo, on the terminal; `refused` where nobody is there.
base::result<std::string> read_password(const std::string& prompt);

bool output_is_terminal();
/// Standard output is a terminal, and neither NO_COLOR nor TERM=dumb asks for plain text.
bool output_is_coloured();

/// Rows under headings, each column as wide as its widest cell; the headings in bold where `coloured`.
/// Cells come from files and peers: control characters become '?'.
class table {
public:
    explicit table(std::vector<std::string> headings);
    void add(std::vector<std::string> cells); ///< one a heading
    std::string text(bool coloured) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// Writes to standard output; false where it is closed or full.
bool print(std::string_view text);
/// What a program ends with: `exit_code`, but where a print() failed an error and its code. A reader that has gone is
/// none.
int exit_code_after_output(int exit_code);
/// From here on complain() and error_exit() print one JSON object a line.
void complain_in_json();
/// A notice: "PROGRAM: TEXT" to standard error, the name in red on a terminal; as JSON
/// {"type": "notice", "notice": TEXT}.
void complain(std::string_view text);
/// An error, printed as a notice is; as JSON {"type": "error", "error": TEXT, "exit": CODE}. Returns the exit code.
int error_exit(int exit_code, std::string_view text);

} // namespace cli
