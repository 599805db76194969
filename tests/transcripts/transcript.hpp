// A dialogue kept as data: what must be true before, what the client sends, what the server answers.
// The format is told in README.md beside this file. This library knows no session and no socket: the runners
// for the bare machine and for a live server both read their files through it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transcripts {

/// One line of the server's, in which `*` may stand for any octets.
class pattern {
public:
    /// Parses escapes and wildcards.
    explicit pattern(std::string_view text);
    bool matches(std::string_view line) const;
    /// A line that matches: `text` in the place of each wildcard.
    std::string example(std::string_view text) const;
    bool has_wildcard() const { return pieces_.size() > 1; }
    const std::string& source() const { return source_; }

private:
    std::string source_;
    std::vector<std::string> pieces_; // what stands between the wildcards
};

struct message {
    std::string unique_id;
    std::string octets; ///< canonical
    bool internationalised = false;
    std::optional<std::string> surrogate; ///< what a client without UTF8 gets
    std::string failure;                  ///< opening it fails in this way; empty: it does not
};

struct user {
    std::string name, secret;
};

/// A SASL mechanism played from the file: challenges, and the responses that are right.
struct exchange {
    std::string mechanism, user;
    bool client_first = false;
    std::vector<std::string>
        turns; ///< challenge, response, challenge, response, …; without the empty first challenge
};

/// A failure of the server's side, as "kind temporary|permanent text".
struct failure {
    std::string kind;
    bool temporary = true;
    std::string text;
};

/// What happens between two moments at which the driver does something of its own.
struct section {
    std::vector<std::string> client; ///< octets, each element never cut when `client` is split
    std::vector<bool> may_be_cut;    ///< an element that holds plain text behind STLS comes in one piece
    std::vector<std::string> rfc;    ///< for each element, what the line `rfc` above it says of its answer
    std::vector<pattern> server;     ///< lines, without CRLF
    enum class ending { none, tls, end } then = ending::none;
    std::string ending_text;            ///< for `end`
    std::optional<std::size_t> dropped; ///< for `tls`: plain text that came behind STLS
};

struct transcript {
    std::string title;
    std::string rfc; ///< the first line `rfc`: "1939 5", or "none" and why no RFC asks for this
    std::optional<std::string> not_live; ///< why a live server cannot be asked this; none: it can
    std::map<std::string, std::string> policy;
    std::map<std::string, std::string> own; ///< what is true for this user only
    std::vector<user> users;
    std::vector<user> apop; ///< name and the digest that is right
    std::vector<exchange> exchanges;
    std::vector<message> messages;
    std::vector<failure> log_in_failures; ///< of log-ins whose credentials are right, one after another
    std::optional<failure> update_failure;
    std::vector<section> sections;
    bool closed = false;              ///< the server closes at the end
    std::vector<std::size_t> removed; ///< message numbers that are gone for good at the end
};

/// Throws std::runtime_error with file and line where the file breaks the format.
transcript read(const std::filesystem::path& file);

/// All *.pop3 below `folder`, sorted.
std::vector<std::filesystem::path> find_all(const std::filesystem::path& folder);

} // namespace transcripts
