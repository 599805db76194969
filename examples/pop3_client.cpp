// Prints the last message of a maildrop: pop3_client HOST PORT USER, with the password in $POP3_PASSWORD.
// Without TLS, so for servers of this machine; <restante/client/pop3_server.hpp> is a client with TLS.
#include <err.h>
#include <netdb.h>
#include <restante/pop3/client_session.hpp>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

/// Until the last command is answered: prints message octets, returns the text behind the +OK.
std::string complete(int wire, pop3::client_session& session)
{
    std::string text;
    while (session.under_way() > 0) {
        const pop3::event event = session.next();
        if (const auto* broken = std::get_if<pop3::broken>(&event)) errx(1, "%s", broken->reason.c_str());
        if (const auto* message = std::get_if<pop3::message_octets>(&event))
            std::fwrite(message->octets.data(), 1, message->octets.size(), stdout);
        if (const auto* status = std::get_if<pop3::status_line>(&event)) {
            text = status->text;
            if (!status->ok) errx(1, "the server refused: %s", text.c_str());
        }
        if (!std::holds_alternative<pop3::need_response>(event)) continue;
        const std::string commands = std::exchange(session.output(), {});
        if (send(wire, commands.data(), commands.size(), MSG_NOSIGNAL) < 0) err(1, "send");
        char octets[4096];
        const ssize_t received = recv(wire, octets, sizeof octets, 0);
        if (received <= 0) errx(1, "the connection ended");
        session.receive({octets, static_cast<std::size_t>(received)});
    }
    return text;
}

int main(int count, char** words)
{
    const char* password = std::getenv("POP3_PASSWORD");
    if (count != 4 || !password) errx(2, "needs HOST PORT USER and $POP3_PASSWORD");
    addrinfo *found = nullptr, hints{};
    hints.ai_socktype = SOCK_STREAM;
    if (const int why = getaddrinfo(words[1], words[2], &hints, &found)) errx(1, "%s", gai_strerror(why));
    const int wire = socket(found->ai_family, SOCK_STREAM, 0);
    if (connect(wire, found->ai_addr, found->ai_addrlen) != 0) err(1, "%s", words[1]);
    freeaddrinfo(found);
    pop3::client_session session;
    complete(wire, session); // the greeting
    if (!session.send_user(words[3])) errx(2, "a user is one line");
    complete(wire, session);
    if (!session.send_pass(password)) errx(2, "a password is one line");
    complete(wire, session);
    session.send(pop3::request::stat);
    const auto waiting = pop3::parse_listed_octets(complete(wire, session));
    if (waiting && waiting->number > 0) session.send_retr(waiting->number);
    complete(wire, session);
    session.send(pop3::request::quit);
    complete(wire, session);
    return std::fflush(stdout) == 0 ? 0 : 1;
}
