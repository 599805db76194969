// A POP3 server whose mail is in memory. It has one session, on standard input and output, as inetd(8) starts
// servers, or: socat TCP-LISTEN:1110,bind=127.0.0.1,fork EXEC:./pop3_server
#include <restante/pop3/outgoing_message.hpp>
#include <restante/pop3/server_session.hpp>
#include <unistd.h>

std::vector<std::string> messages{"Subject: hello\r\n\r\nHow are you?\r\n",
                                  "Subject: dots\r\n\r\n.\r\n..\r\n"};

pop3::opened_maildrop open_maildrop()
{
    mail::listing::builder listing;
    for (std::size_t i = 0; i < messages.size(); ++i)
        listing.add("id-" + std::to_string(i + 1), messages[i].size());
    pop3::opened_maildrop opened;
    opened.listing = std::make_shared<const mail::listing>(std::move(listing).build());
    return opened;
}

bool write_all(std::string& output)
{
    for (ssize_t written = 0; !output.empty(); output.erase(0, static_cast<std::size_t>(written)))
        if ((written = write(STDOUT_FILENO, output.data(), output.size())) <= 0) return false;
    return true;
}

int main()
{
    pop3::session_policy policy;
    policy.host_name = "localhost";
    policy.plaintext_allowed = true;
    pop3::server_session session(policy);
    session.greet();
    while (true) {
        const pop3::action action = session.next();
        if (const auto* log_in = std::get_if<pop3::check_password>(&action)) {
            if (log_in->user == "ann" && log_in->secret == "secret")
                session.logged_in(open_maildrop());
            else
                session.refused(base::permanent_error(base::failure::credentials, "wrong user or password"));
        } else if (const auto* asked = std::get_if<pop3::send_message>(&action)) {
            const std::string& message = messages[asked->index];
            pop3::outgoing_message outgoing(mail::form::as_received, asked->body_lines, 0, std::nullopt);
            session.sending(message.size());
            outgoing.convert(message, session.output());
            outgoing.finish(session.output());
            session.sent();
        } else if (const auto* quit = std::get_if<pop3::update>(&action)) {
            session.updated(quit->marked.size(), nullptr); // a real maildrop would remove them here
        } else if (!write_all(session.output()) || std::holds_alternative<pop3::close>(action)) {
            return 0;
        } else if (std::holds_alternative<pop3::need_octets>(action)) {
            char octets[4096];
            const ssize_t received = read(STDIN_FILENO, octets, sizeof octets);
            if (received <= 0) return received == 0 ? 0 : 1; // gone without QUIT: nothing is removed
            session.receive({octets, static_cast<std::size_t>(received)});
        }
    }
}
