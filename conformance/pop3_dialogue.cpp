// Sending, reading, and comparing by what the RFCs fix: never by the text behind +OK and -ERR.
#include "conformance/pop3_dialogue.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "pop3/multi_line.hpp"
#include "pop3/status.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace conformance {
namespace {

/// The rest of the dialogue cannot be had.
struct stop {
    std::string why;
};

constexpr std::string_view tls_starts = "STLS\r\n";

std::uint64_t number_of(std::string_view text)
{
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string out;
    for (const auto& line : lines) out += line + "\r\n";
    return out;
}

/// Another answer than expected, behind which the server is not where the file has it.
bool changes_state(const step& asked, const reply& got)
{
    if (asked.keyword == "USER") return !got.ok();
    if (asked.keyword == "AUTH") return !asked.arguments.empty() && !got.status.starts_with("+ ");
    constexpr std::array changing{"", "PASS", "STLS", "QUIT", "DELE", "RSET"};
    return std::ranges::count(changing, asked.keyword) > 0;
}

std::string behind_indicator(const std::string& status)
{
    const std::size_t space = status.find(' ');
    return space == std::string::npos ? "" : status.substr(space + 1);
}

} // namespace

pop3_dialogue::pop3_dialogue(const settings& asked, const transcripts::transcript& file,
                             const announced& server, std::vector<waiting_message> waiting)
    : asked_(asked),
      file_(file),
      server_(server),
      waiting_(std::move(waiting)),
      steps_(steps_of(file)),
      account_(asked)
{
}

void pop3_dialogue::deviate(const step& asked, const std::string& expected, const std::string& got)
{
    if (asked.rfc.empty()) return;
    const std::string sent =
        asked.sent.empty() ? "(greeting)" : asked.sent.substr(0, asked.sent.find("\r\n"));
    auto& found = found_[asked.rfc];
    found.push_back({printable(sent), printable(expected), printable(got)});
    last_ = &found.back();
}

void pop3_dialogue::open()
{
    // A dialogue that starts TLS itself, or is about a line without, begins in plain text.
    const bool plain = std::ranges::any_of(steps_, &step::then_tls) || file_.policy.contains("plaintext");
    const bool secure =
        !plain || (file_.policy.contains("tls_active") && file_.policy.at("tls_active") == "yes");
    wire_.emplace(account_.connect(secure));
    refused_ = signed_in_ = in_exchange_ = false;
}

std::map<std::string, std::vector<deviation>> pop3_dialogue::run()
{
    open();
    try {
        play_all();
        end();
    } catch (const stop& end) {
        const bool more = std::any_of(steps_.begin() + static_cast<std::ptrdiff_t>(reached_) + 1,
                                      steps_.end(), [](const step& later) { return !later.rfc.empty(); });
        if (more) stopped_ = end.why;
        if (last_ != nullptr) last_->got += " (the rest of this dialogue was not had)";
    }
    return std::move(found_);
}

void pop3_dialogue::play_all()
{
    for (std::size_t at = 1; at < steps_.size();) {
        std::size_t last = at;
        while (steps_[last].with_next) ++last;
        play(at, last);
        at = last + 1;
    }
}

/// Of an exchange that the file does not expect.
void pop3_dialogue::cancel()
{
    wire_->write("*\r\n");
    (void)read_reply(*wire_, false);
    in_exchange_ = false;
    exchange_.clear();
}

std::optional<reply> pop3_dialogue::answer_to(const step& asked)
try {
    return read_reply(*wire_, asked.multi_line());
} catch (const trouble& problem) {
    deviate(asked, asked.expected.front(), problem.what());
    throw stop{problem.what()};
}

void pop3_dialogue::play(std::size_t first, std::size_t last)
{
    std::vector<std::string> pieces;
    std::string all;
    for (std::size_t at = first; at <= last; ++at) all += pieces.emplace_back(adapted(steps_[at]));
    wire_->write(all);
    for (std::size_t at = first; at <= last; ++at) {
        const step& asked = steps_[at];
        reached_ = at;
        if (asked.expected.empty()) continue;
        auto got = answer_to(asked);
        // Servers end sessions with many bad commands, which no RFC forbids: the next begins where this one was.
        if (!got && refused_ && first == last && restore()) {
            wire_->write(pieces[at - first]);
            got = answer_to(asked);
        }
        if (!got) {
            deviate(asked, asked.expected.front(), "the server closed the connection");
            throw stop{"the server closed the connection"};
        }
        check(asked, *got);
        remember(asked, pieces[at - first], *got);
        if (in_exchange_ && !asked.expects_challenge()) cancel();
        if (asked.then_tls && got->ok() && !wire_->start_tls()) {
            // Whoever has plain text behind STLS may be left as well.
            if (asked.sent == tls_starts) deviate(asked, "a TLS handshake", "it failed");
            throw stop{};
        }
    }
}

/// Keeps what a new connection must be told to be where this one is.
void pop3_dialogue::remember(const step& asked, const std::string& sent, const reply& got)
{
    in_exchange_ = got.status.starts_with("+ ");
    if (!got.ok() && !in_exchange_) refused_ = true;
    if (in_exchange_ || asked.keyword.empty()) exchange_.push_back(sent);
    if (in_exchange_) return;
    if (asked.keyword.empty()) {
        if (got.ok()) state_.insert(state_.end(), exchange_.begin(), exchange_.end());
        if (got.ok()) signed_in_ = true;
        exchange_.clear();
        return;
    }
    if (asked.keyword == "PASS" && !got.ok() && !signed_in_ && !state_.empty()) state_.pop_back();
    if (!got.ok()) return;
    if (asked.keyword == "PASS" || asked.keyword == "AUTH") signed_in_ = true;
    if (asked.keyword == "USER" && !state_.empty() && state_.back().starts_with("USER ")) state_.pop_back();
    if (asked.then_tls) state_.clear();
    constexpr std::array changing{"USER", "PASS", "AUTH", "UTF8", "LANG", "DELE", "RSET"};
    if (asked.then_tls) state_.emplace_back(tls_starts);
    if (std::ranges::count(changing, asked.keyword) > 0) state_.push_back(sent);
    if (asked.keyword == "DELE") marked_.insert(static_cast<std::size_t>(number_of(asked.arguments.front())));
    if (asked.keyword == "RSET") marked_.clear();
}

bool pop3_dialogue::restore()
{
    const bool was_signed_in = signed_in_;
    wire_.reset(); // with its lock
    open();
    signed_in_ = was_signed_in;
    for (const std::string& sent : state_) {
        wire_->write(sent);
        const auto got = read_reply(*wire_, false);
        if (!got || got->status.starts_with("-ERR")) return false;
        if (sent == tls_starts && !wire_->start_tls()) return false;
    }
    return true;
}

/// The account's name and password where the file has those of its user. What is wrong stays wrong.
std::string pop3_dialogue::adapted(const step& asked)
{
    const auto known = [&](const std::string& name) {
        return std::ranges::find(file_.users, name, &transcripts::user::name);
    };
    if (asked.keyword.empty() && in_exchange_)
        return with_credentials(asked.sent.substr(0, asked.sent.size() - 2)) + "\r\n";
    if (asked.keyword == "USER" && asked.arguments.size() == 1) {
        user_ = asked.arguments.front();
        if (known(user_) != file_.users.end()) return "USER " + asked_.user + "\r\n";
    }
    if (asked.keyword == "PASS") {
        const auto owner = known(user_);
        if (owner != file_.users.end() && asked.sent.substr(5) == owner->secret + "\r\n")
            return "PASS " + asked_.password + "\r\n";
    }
    if (asked.keyword == "AUTH" && asked.arguments.size() == 2)
        return asked.sent.substr(0, 5) + asked.arguments.front() + ' ' +
               with_credentials(asked.arguments.back()) + "\r\n";
    return asked.sent;
}

/// PLAIN (RFC 4616): authorization, name and secret, with NUL between them.
std::string pop3_dialogue::with_credentials(const std::string& base64)
{
    const auto decoded = base::from_base64(base64);
    const std::size_t first = decoded ? decoded->find('\0') : std::string::npos;
    const std::size_t second = first == std::string::npos ? first : decoded->find('\0', first + 1);
    if (second == std::string::npos) return base64;
    const std::string name = decoded->substr(first + 1, second - first - 1),
                      secret = decoded->substr(second + 1);
    for (const auto& owner : file_.users)
        if (owner.name == name)
            return base::to_base64((first == 0 ? "" : asked_.user) + '\0' + asked_.user + '\0' +
                                   (secret == owner.secret ? asked_.password : secret));
    return base64;
}

void pop3_dialogue::check(const step& asked, const reply& got)
{
    const std::string expected = asked.expected.front();
    const bool as_expected = asked.expects_ok()          ? got.ok()
                             : asked.expects_challenge() ? got.status.starts_with("+ ")
                                                         : got.status.starts_with("-ERR");
    if (asked.keyword == "CAPA" && got.ok()) {
        const std::string fault = difference_of_capabilities(got);
        if (!fault.empty() && as_expected) deviate(asked, "capabilities as the state wants them", fault);
    }
    if (!as_expected) {
        deviate(asked,
                asked.expects_ok()          ? "+OK"
                : asked.expects_challenge() ? "+ and a space"
                                            : "-ERR",
                got.status);
        if (changes_state(asked, got))
            throw stop{"the server answered " + printable(got.status) + " to " +
                       printable(asked.sent.substr(0, asked.sent.find("\r\n")))};
        return;
    }
    if (got.status.size() + 2 > pop3::response_line_octets_max)
        deviate(asked, "512 octets at most", std::to_string(got.status.size() + 2) + " octets");
    if (const std::string code = code_missing(asked, got); !code.empty()) deviate(asked, code, got.status);
    if (const std::string wanted = difference(asked, got); !wanted.empty())
        deviate(asked, wanted, got.status + (got.lines.empty() ? "" : "\r\n") + joined(got.lines));
}

/// A response code is owed only by a server that announces such codes (RFC 2449, section 8; RFC 3206, section 3).
std::string pop3_dialogue::code_missing(const step& asked, const reply& got) const
{
    const auto wanted = pop3::parse_status(asked.expected.front()), seen = pop3::parse_status(got.status);
    if (!wanted || !seen || wanted->ok || wanted->code.empty() || wanted->code == seen->code) return {};
    const bool of_3206 = wanted->code == "AUTH" || wanted->code.starts_with("SYS/");
    const bool announced = of_3206                  ? server_.known.auth_resp_code
                           : wanted->code == "UTF8" ? server_.known.utf8
                                                    : server_.known.resp_codes;
    return announced ? "-ERR [" + wanted->code + "]" : "";
}

/// Empty, or what should have come.
std::string pop3_dialogue::difference(const step& asked, const reply& got)
{
    if (!got.ok()) return {};
    const bool one = !asked.arguments.empty() && !asked.arguments.front().empty();
    const auto index = one ? static_cast<std::size_t>(number_of(asked.arguments.front())) - 1 : 0;
    if (asked.keyword == "RETR" || asked.keyword == "TOP") return difference_of_text(asked, got);
    if (asked.keyword == "STAT") {
        std::uint64_t octets = 0;
        for (std::size_t i = 0; i < waiting_.size(); ++i)
            if (!marked_.contains(i + 1)) octets += waiting_[i].octets.size();
        const std::string wanted =
            std::to_string(waiting_.size() - marked_.size()) + ' ' + std::to_string(octets);
        const std::string seen = behind_indicator(got.status);
        return seen == wanted || seen.starts_with(wanted + ' ') ? "" : "+OK " + wanted;
    }
    if (asked.keyword == "LIST" || asked.keyword == "UIDL") {
        if (!one) return difference_of_listing(asked, got, asked.keyword == "UIDL");
        if (index >= waiting_.size()) return {};
        const std::string wanted = std::to_string(index + 1) + ' ' +
                                   (asked.keyword == "LIST" ? std::to_string(waiting_[index].octets.size())
                                                            : waiting_[index].unique_id);
        const std::string seen = behind_indicator(got.status);
        return seen == wanted || (asked.keyword == "LIST" && seen.starts_with(wanted + ' '))
                   ? ""
                   : "+OK " + wanted;
    }
    return {};
}

std::string pop3_dialogue::difference_of_listing(const step& asked, const reply& got, bool unique_ids) const
{
    std::vector<std::string> wanted;
    for (std::size_t at = 1; at < asked.expected.size(); ++at) {
        const auto number = number_of(asked.expected[at]);
        if (number == 0 || number > waiting_.size()) continue;
        const waiting_message& message = waiting_[static_cast<std::size_t>(number) - 1];
        wanted.push_back(std::to_string(number) + ' ' +
                         (unique_ids ? message.unique_id : std::to_string(message.octets.size())));
    }
    if (!std::ranges::equal(wanted, got.lines,
                            [unique_ids](const std::string& line, const std::string& seen) {
                                return seen == line || (!unique_ids && seen.starts_with(line + ' '));
                            }))
        return joined(wanted);
    constexpr std::size_t unique_id_octets_max = 70; // RFC 1939, section 7
    const bool sound = std::ranges::all_of(waiting_, [](const waiting_message& message) {
        return !message.unique_id.empty() && message.unique_id.size() <= unique_id_octets_max &&
               std::ranges::all_of(message.unique_id, [](char c) { return c >= 0x21 && c <= 0x7E; });
    });
    return !unique_ids || sound ? "" : "unique-ids of 1 to 70 octets of 0x21 to 0x7E";
}

std::string pop3_dialogue::transmitted(std::size_t index, std::optional<std::uint64_t> body_lines) const
{
    std::string out;
    pop3::dot_stuffer stuffer;
    std::string_view octets = waiting_[index].octets;
    if (body_lines) octets = pop3::top_limiter(*body_lines).pass(octets);
    stuffer.convert(octets, out);
    stuffer.finish(out);
    return out.substr(0, out.size() - 3); // without the dot that ends it
}

std::string pop3_dialogue::difference_of_text(const step& asked, const reply& got)
{
    const auto index = static_cast<std::size_t>(number_of(asked.arguments.front())) - 1;
    if (index >= waiting_.size()) return {};
    std::optional<std::uint64_t> body_lines;
    if (asked.keyword == "TOP") body_lines = number_of(asked.arguments.back());
    const std::string wanted = transmitted(index, body_lines), seen = joined(got.lines);
    if (wanted == seen) return {};
    const auto parted = std::ranges::mismatch(wanted, seen);
    return "at octet " + std::to_string(parted.in1 - wanted.begin()) + ": " +
           std::string(parted.in1, wanted.end());
}

/// What is announced before log-in stays (RFC 2449, section 5), but for STLS, which TLS ends (RFC 2595, section 4).
std::string pop3_dialogue::difference_of_capabilities(const reply& got)
{
    std::set<std::string> names;
    for (const std::string& line : got.lines) {
        if (line.size() + 2 > pop3::response_line_octets_max) return "a line above 512 octets";
        std::string name = line.substr(0, line.find(' '));
        for (char& c : name) c = base::upper(c);
        names.insert(name);
    }
    if (wire_->tls() && names.contains("STLS")) return "STLS, though TLS is active";
    std::string missing;
    if (signed_in_)
        for (const std::string& name : names_)
            if (!names.contains(name) && name != "STLS")
                missing += (missing.empty() ? "missing: " : ", ") + name;
    if (!signed_in_) names_ = names;
    return missing;
}

void pop3_dialogue::end()
{
    const step& last = *std::ranges::find_if(steps_.rbegin(), steps_.rend(),
                                             [](const step& each) { return !each.expected.empty(); });
    if (file_.closed && last.keyword == "QUIT" && !wire_->closes())
        deviate(last, "the connection closed", "more octets");
    wire_.reset();
    if (waiting_.empty()) return;
    std::vector<std::string> left;
    for (std::size_t i = 0; i < waiting_.size(); ++i)
        if (std::ranges::count(file_.removed, i + 1) == 0) left.push_back(waiting_[i].unique_id);
    if (const auto there = account_.unique_ids(); there != left) {
        step quit;
        quit.sent = "(afterwards)";
        quit.rfc = file_.rfc == "1939 8" ? file_.rfc : "1939 6";
        deviate(quit, "these messages are left: " + joined(left), joined(there));
    }
}

} // namespace conformance
