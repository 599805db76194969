// The commands: a table, and what each does (RFC 5321, section 4.1; RFC 2033, section 4).
#include "base/ascii.hpp"
#include "lmtp/path.hpp"
#include "lmtp/server_session_machine.hpp"

#include <algorithm>
#include <array>

namespace lmtp {
namespace {

constexpr std::size_t hello_octets_max = 255; // RFC 5321, section 4.5.3.1.2

reply syntax(std::string_view usage)
{
    return {501, "5.5.4", "Syntax: " + std::string(usage)};
}

reply out_of_order(std::string_view text)
{
    return {503, "5.5.1", std::string(text)};
}

std::string_view without_leading_spaces(std::string_view text)
{
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

/// What follows "FROM:" or "TO:"; nothing where that is missing. Spaces behind the colon are against the
/// RFC and common.
std::optional<std::string_view> after_keyword(std::string_view argument, std::string_view keyword)
{
    if (!base::equal_ignoring_case(argument.substr(0, keyword.size()), keyword)) return std::nullopt;
    return without_leading_spaces(argument.substr(keyword.size()));
}

enum class takes { nothing, something, anything };

} // namespace

std::optional<action> server_session::machine::next_command()
{
    const command_line line = input.next_line();
    switch (line.status) {
    case line_status::none: return need_octets{};
    case line_status::complete: execute(line.text); break;
    case line_status::too_long: refuse_command({500, "5.5.2", "Line too long"}); break;
    case line_status::bare_line: refuse_command({500, "5.5.2", "Lines end with CRLF"}); break;
    }
    return std::nullopt;
}

void server_session::machine::execute(std::string_view line)
{
    struct command {
        std::string_view keyword;
        bool lmtp, smtp;
        bool needs_hello;
        bool leads_to_message; ///< bounded by the transaction, so not counted by itself
        takes argument;
        std::string_view usage;
        void (machine::*handler)(std::string_view argument);
    };
    static constexpr auto commands = std::to_array<command>({
        {"LHLO", true, false, false, false, takes::something, "LHLO name", &machine::ehlo},
        {"EHLO", false, true, false, false, takes::something, "EHLO name", &machine::ehlo},
        {"HELO", false, true, false, false, takes::something, "HELO name", &machine::helo},
        {"MAIL", true, true, true, false, takes::something, "MAIL FROM:<address>", &machine::mail_from},
        {"RCPT", true, true, true, true, takes::something, "RCPT TO:<address>", &machine::rcpt_to},
        {"DATA", true, true, true, true, takes::nothing, "DATA", &machine::data},
        {"BDAT", true, true, false, true, takes::anything, "BDAT octets [LAST]", &machine::bdat},
        {"RSET", true, true, false, false, takes::nothing, "RSET", &machine::rset},
        {"NOOP", true, true, false, false, takes::anything, "NOOP", &machine::noop},
        {"VRFY", true, true, false, false, takes::something, "VRFY name", &machine::vrfy},
        {"HELP", true, true, false, false, takes::anything, "HELP", &machine::help},
        {"QUIT", true, true, false, true, takes::nothing, "QUIT", &machine::quit},
        {"STARTTLS", true, true, true, false, takes::nothing, "STARTTLS", &machine::starttls},
        // A browser that a web page sent here: its body must not be read as commands.
        {"GET", true, true, false, false, takes::anything, "", &machine::not_for_us},
        {"POST", true, true, false, false, takes::anything, "", &machine::not_for_us},
        {"PUT", true, true, false, false, takes::anything, "", &machine::not_for_us},
        {"CONNECT", true, true, false, false, takes::anything, "", &machine::not_for_us},
        {"OPTIONS", true, true, false, false, takes::anything, "", &machine::not_for_us},
    });

    const std::string_view keyword = line.substr(0, line.find(' '));
    const std::string_view argument = without_leading_spaces(line.substr(keyword.size()));
    const auto* const found = std::ranges::find_if(commands, [&](const command& command) {
        return base::equal_ignoring_case(command.keyword, keyword) &&
               (speaks_lmtp() ? command.lmtp : command.smtp);
    });
    if (found == commands.end()) return refuse_command({500, "5.5.2", "Command not recognised"});
    if (found->needs_hello && greeted_with == hello::none)
        return refuse_command(out_of_order(speaks_lmtp() ? "Send LHLO first" : "Send EHLO or HELO first"));
    if ((found->argument == takes::nothing && !argument.empty()) ||
        (found->argument == takes::something && argument.empty()))
        return refuse_command(syntax(found->usage));
    if (!found->leads_to_message && ++commands_without_message > policy.commands_without_message_max)
        return close_saying(closing_reply(policy.host_name, "4.7.0", "Too many commands without a message"));
    (this->*found->handler)(argument);
}

/// Says what is wrong; a peer that goes on with faulty commands is sent away.
void server_session::machine::refuse_command(const reply& reply)
{
    if (++bad_commands > policy.bad_commands_max)
        return close_saying(closing_reply(policy.host_name, "4.7.0", "Too many bad commands"));
    say(reply);
}

void server_session::machine::recipient_refused(const base::error& error)
{
    present = phase::command;
    const bool for_good = !error.temporary &&
                          (error.kind == base::failure::unknown_user || error.kind == base::failure::refused);
    if (for_good && policy.refused_recipients_count) return refuse_command(reply_for(error));
    say(reply_for(error));
}

void server_session::machine::reset_transaction()
{
    if (mail && mail->message && mail->message->begun && !mail->message->failure)
        actions.emplace_back(abandon_message{});
    else if (mail && !mail->message && !mail->recipients.empty())
        actions.emplace_back(forget_recipients{});
    mail.reset();
}

bool server_session::machine::accept_hello(std::string_view argument, hello kind)
{
    // Not checked against the grammar of Domain: half the world's clients would fail. It is only shown in Received.
    const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
    if (argument.size() > hello_octets_max || !std::ranges::all_of(argument, visible)) {
        refuse_command({501, "5.5.4", "Not a host name"});
        return false;
    }
    reset_transaction(); // RFC 5321, section 4.1.4
    peer_name = argument;
    greeted_with = kind;
    return true;
}

void server_session::machine::helo(std::string_view argument)
{
    if (accept_hello(argument, hello::helo)) say({250, "", policy.host_name});
}

void server_session::machine::ehlo(std::string_view argument)
{
    if (!accept_hello(argument, hello::extended)) return;
    output += "250-" + policy.host_name + "\r\n";
    for (const std::string_view extension :
         {"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "SMTPUTF8"})
        output.append("250-").append(extension).append("\r\n");
    if (policy.tls_available && !policy.tls_active) output += "250-STARTTLS\r\n";
    say({250, "", "SIZE " + std::to_string(policy.message_octets_max)});
}

void server_session::machine::mail_from(std::string_view argument)
{
    const auto after_from = after_keyword(argument, "FROM:");
    if (!after_from) return refuse_command(syntax("MAIL FROM:<address>"));
    if (mail) return refuse_command(out_of_order("A message is in progress; RSET ends it"));
    auto sender = parse_path(*after_from, path_kind::reverse);
    if (!sender) return refuse_command({553, "5.1.7", "No valid sender address"});
    if (greeted_with == hello::helo && !sender->rest.empty())
        return refuse_command({555, "5.5.4", "Parameters need EHLO"});
    const auto parameters = parse_mail_parameters(sender->rest);
    if (!parameters) return refuse_command(parameters.error());
    if (sender->path.internationalised && !parameters->smtputf8) // RFC 6531, section 3.5
        return refuse_command({550, "5.6.7", "Non-ASCII sender address needs SMTPUTF8"});
    if (parameters->octets_declared > policy.message_octets_max)
        return say({552, "5.3.4", "Message too large"});
    mail.emplace();
    mail->sender = std::move(sender->path.address);
    mail->parameters = *parameters;
    say({250, "2.1.0", "Sender OK"});
}

void server_session::machine::rcpt_to(std::string_view argument)
{
    const auto after_to = after_keyword(argument, "TO:");
    if (!after_to) return refuse_command(syntax("RCPT TO:<address>"));
    if (!mail || mail->message)
        return refuse_command(out_of_order(mail ? "Chunks have begun" : "Send MAIL first"));
    if (mail->recipients.size() >= policy.recipients_max) return say({452, "4.5.3", "Too many recipients"});
    auto recipient = parse_path(*after_to, path_kind::forward);
    if (!recipient) return refuse_command({553, "5.1.3", "No valid recipient address"});
    if (!recipient->rest.empty()) return refuse_command({555, "5.5.4", "Parameter not known"});
    if (recipient->path.internationalised && !mail->parameters.smtputf8) // RFC 6531, section 3.5
        return refuse_command({553, "5.6.7", "Non-ASCII recipient address needs SMTPUTF8"});
    mail->recipient_asked = std::move(recipient->path.address);
    actions.emplace_back(check_recipient{.address = mail->recipient_asked,
                                         .octets_declared = mail->parameters.octets_declared});
    present = phase::recipient_asked;
}

void server_session::machine::data(std::string_view)
{
    if (!mail) return refuse_command(out_of_order("Send MAIL first"));
    if (mail->message) return refuse_command(out_of_order("Chunks have begun")); // RFC 3030, section 2
    if (mail->recipients.empty())
        return refuse_command(out_of_order("No valid recipients")); // RFC 2033, section 4.2
    begin_message(phase::data);
}

void server_session::machine::bdat(std::string_view argument)
{
    const auto announced = parse_chunk_announcement(argument);
    // Where the count is not known, nobody can tell message from commands any more.
    if (!announced) return close_saying(syntax("BDAT octets [LAST]"));
    present_chunk = {.octets_left = announced->octets, .last = announced->last, .refusal = {}};
    octets_taken = mail && mail->message ? octets_taken : 0;
    if (mail && mail->message) {
        present = phase::chunk;
    } else if (mail && !mail->recipients.empty()) {
        begin_message(phase::chunk);
    } else {
        present_chunk.refusal = out_of_order(mail ? "No valid recipients" : "Send MAIL first");
        present = phase::chunk;
    }
}

void server_session::machine::rset(std::string_view)
{
    reset_transaction();
    say({250, "2.0.0", "OK"});
}

void server_session::machine::noop(std::string_view)
{
    say({250, "2.0.0", "OK"});
}

/// RFC 5321, section 3.5.3: who asks is told neither yes nor no, so that no one can list the users.
void server_session::machine::vrfy(std::string_view)
{
    say({252, "2.0.0", "Not verified; send and it will be tried"});
}

void server_session::machine::help(std::string_view)
{
    say({214, "2.0.0", speaks_lmtp() ? "LMTP, RFC 2033" : "SMTP for local domains, RFC 5321"});
}

void server_session::machine::quit(std::string_view)
{
    close_saying({221, "2.0.0", policy.host_name + " closing connection"});
}

void server_session::machine::starttls(std::string_view)
{
    if (policy.tls_active) return refuse_command(out_of_order("TLS is active already"));
    if (!policy.tls_available) return refuse_command({502, "5.5.1", "TLS is not available"});
    say({220, "2.0.0", "Ready to start TLS"});
    reset_transaction();
    peer_name.clear(); // RFC 3207, section 4.2: nothing said in plain text counts any more
    greeted_with = hello::none;
    actions.emplace_back(start_tls{.pending_plaintext = input.drop()});
    present = phase::tls_asked;
}

void server_session::machine::not_for_us(std::string_view)
{
    close_saying(closing_reply(policy.host_name, "4.7.0", "This is not a web server"));
}

} // namespace lmtp
