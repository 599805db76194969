// Three ways to tell.
#include "deliver/notice.hpp"

#include "base/utf8.hpp"
#include "credentials/child_process.hpp"
#include "lmtp/trace.hpp"
#include "mail/encoded_word.hpp"

#include <algorithm>
#include <utility>

namespace deliver {

namespace {

constexpr auto limit = std::chrono::seconds(30); // nobody waits for a note
constexpr std::size_t text_octets_max = 4096;

// Valid UTF-8 whose only controls are line ends: parts of it may come from a server.
std::string cleaned(std::string_view text)
{
    std::string out;
    text = text.substr(0, text_octets_max);
    while (!text.empty()) {
        const std::size_t octets = base::utf8_sequence_octets(text);
        const bool good = octets > 0 && (text.front() == '\n' || !base::is_control(text.substr(0, octets)));
        out += good ? text.substr(0, octets) : "?";
        text.remove_prefix(std::max<std::size_t>(octets, 1));
    }
    return out;
}

std::string one_line(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    return text;
}

// With CRLF, and no line above the limit of RFC 5322, section 2.1.1.
void append_lines(std::string& out, std::string_view text)
{
    constexpr std::size_t column_of_break = 900;
    std::size_t column = 0;
    for (const char c : text) {
        const bool ends = c == '\n' || (c == ' ' && column >= column_of_break);
        column = ends ? 0 : column + 1;
        if (ends)
            out += "\r\n";
        else
            out += c;
    }
}

base::result<> run(std::vector<std::string> argv, const std::string& input)
{
    const std::string program = argv.empty() ? std::string() : argv.front();
    auto child = credentials::child_process::start(
        {.argv = std::move(argv), .feeds = true, .listens = false, .own_group = true, .limit = limit});
    if (!child) return base::fail(child.error());
    // One that does not care for its input may well have told.
    if (auto fed = child->write(input); !fed && fed.error().kind != base::failure::closed) return fed;
    const auto ended = child->finish();
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status == 0) return {};
    return base::fail(base::temporary_error(
        base::failure::refused,
        program + (ended->signal != 0 ? " was ended by signal " + std::to_string(ended->signal)
                                      : " failed with exit status " + std::to_string(ended->exit_status))));
}

} // namespace

std::string title_of(const news& event)
{
    const std::string account = one_line(cleaned(event.account));
    if (event.kind == news::kind::trouble) return "Trouble with " + account;
    return std::to_string(event.messages) + (event.messages == 1 ? " new message in " : " new messages in ") +
           account;
}

base::result<> desktop_notice::tell(const news& event)
{
    const bool trouble = event.kind == news::kind::trouble;
    std::vector<std::string> argv{program_, "--app-name=Restante",
                                  trouble ? "--urgency=critical" : "--urgency=normal", "--", title_of(event)};
    if (!event.trouble.empty()) {
        // Many desktops read the body as markup.
        std::string body;
        for (const char c : cleaned(event.trouble))
            body += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
        argv.push_back(std::move(body));
    }
    return run(std::move(argv), "");
}

base::result<> command_notice::tell(const news& event)
{
    std::string text = title_of(event) + "\n";
    if (!event.trouble.empty()) text += cleaned(event.trouble) + "\n";
    return run(argv_, text);
}

base::result<> mail_notice::tell(const news& event)
{
    std::string subject = title_of(event);
    if (!base::is_ascii(subject)) subject = mail::to_encoded_words(subject);
    std::string body =
        title_of(event) + ".\n" + (event.trouble.empty() ? "" : "\n" + cleaned(event.trouble) + "\n");
    std::string text = "From: Restante <" + one_line(cleaned(from_)) + ">\r\nTo: <" + one_line(cleaned(to_)) +
                       ">\r\nSubject: " + subject + "\r\nDate: " + lmtp::date_time(clock_.now()) +
                       "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    append_lines(text, body);
    return by_->deliver([&](const auto& sink) { return sink(text); }, text.size());
}

} // namespace deliver
