// The driver for the live server: plants the maildrop, opens an office with the file's policy, talks to it.
#include "transcripts/live_server.hpp"

#include "auth/local_authenticator.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "disk/posix.hpp"
#include "server/post_office.hpp"
#include "store/maildir/maildir_store.hpp"
#include "store/maildir/unique_ids_file.hpp"
#include "store/pooled_store.hpp"
#include "support/memory_certificates.hpp"
#include "transcripts/comparison.hpp"
#include "transcripts/policy.hpp"
#include "unit/net/loopback.hpp"
#include "unit/net/tls_client.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <thread>

namespace transcripts {
namespace {

constexpr auto day = std::chrono::hours(24);

template <typename T>
T value_of(base::result<T> outcome)
{
    if (!outcome) throw std::runtime_error(outcome.error().operator_text);
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

/// The users of the file, each with the secret in plain text.
class users_of_transcript final : public auth::user_directory {
public:
    explicit users_of_transcript(const transcript& file) : file_(file) {}

    base::result<std::optional<auth::user>> find(std::string_view name) const override
    {
        const auto found = std::ranges::find(file_.users, name, &user::name);
        if (found == file_.users.end()) return std::nullopt;
        auth::user out;
        out.account.name = found->name;
        out.password_hash = "{PLAIN}" + found->secret;
        if (file_.own.contains("expire"))
            out.account.expire = days_of(file_.own.at("expire")).value_or(0) * day;
        if (file_.own.contains("login_delay"))
            out.account.login_delay = std::chrono::seconds(std::stoul(file_.own.at("login_delay")));
        return out;
    }
    auth::own_times own_times() const override
    {
        auth::own_times out;
        if (file_.users.empty()) return out;
        const auto one = find(file_.users.front().name);
        if ((*one)->account.expire) out.expire.add(*(*one)->account.expire);
        if ((*one)->account.login_delay) out.login_delay.add(*(*one)->account.login_delay);
        return out;
    }
    base::result<std::vector<auth::route>> resolve(std::string_view) const override
    {
        return std::vector<auth::route>{};
    }
    base::result<bool> local_domain(std::string_view) const override { return false; }
    std::uint64_t generation() const override { return 1; }

private:
    const transcript& file_;
};

/// The messages of the file as files of a Maildir, for every user, with the unique-ids that the file gives
/// them.
class planted_mail {
public:
    explicit planted_mail(const transcript& file) : file_(file)
    {
        value_of(store::maildir_store::initialise_root(disk_, root()));
        for (const user& owner : file.users) plant(owner.name);
    }

    std::string root() const { return folder_.path("mail"); }
    disk::file_system& disk() { return disk_; }

    /// Numbers of the messages that the user's maildrop no longer has.
    std::vector<std::size_t> gone(const std::string& owner) const
    {
        std::vector<std::size_t> out;
        for (std::size_t i = 0; i < file_.messages.size(); ++i)
            if (!std::filesystem::exists(root() + "/" + owner + "/cur/" + base_name(i) + ":2,"))
                out.push_back(i + 1);
        return out;
    }

private:
    /// As a delivery names what it keeps as received: S and W are the same, and believed.
    std::string base_name(std::size_t index) const
    {
        const std::string octets = std::to_string(file_.messages[index].octets.size());
        const std::string number = std::to_string(index);
        return std::to_string(began_ + static_cast<long>(index)) + ".M1P1E" +
               std::string(11 - number.size(), '0') + number + ".transcript,S=" + octets + ",W=" + octets;
    }

    void plant(const std::string& owner)
    {
        const std::string maildrop = root() + "/" + owner;
        for (const char* const part : {"tmp", "new", "cur"})
            std::filesystem::create_directories(maildrop + "/" + part);
        std::vector<store::maildir::unique_id_line> ids;
        for (std::size_t i = 0; i < file_.messages.size(); ++i) {
            std::ofstream(maildrop + "/cur/" + base_name(i) + ":2,", std::ios::binary)
                << file_.messages[i].octets;
            ids.push_back({.unique_id = file_.messages[i].unique_id, .base = base_name(i)});
        }
        const auto opened = value_of(disk_.open(maildrop));
        value_of(store::maildir::write_unique_ids(*opened, ids));
    }

    const transcript& file_;
    net::testing::scratch_folder folder_;
    disk::posix_file_system disk_;
    const long began_ = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - 3600;
};

/// Long enough for a client that sends octet by octet on a busy machine.
constexpr std::chrono::milliseconds autologout = std::chrono::seconds(2);

/// Without a word, as at autologout.
bool ends_by_itself(const transcript& file)
{
    return std::ranges::any_of(file.sections, [](const section& part) {
        return part.then == section::ending::end && part.ending_text.empty();
    });
}

server::settings settings_of(const transcript& file, support::memory_certificates& certificates)
{
    const pop3::session_policy policy = session_policy_of(file);
    server::settings site;
    site.host_name = policy.host_name;
    site.threads = site.disk_threads = site.hash_threads = 1;
    site.pop3.implementation = policy.implementation;
    site.pop3.mechanisms.clear();
    for (const auto& each :
         policy.tls_active || policy.tls_available ? policy.tls_mechanisms : policy.mechanisms)
        site.pop3.mechanisms.push_back(each.name);
    site.pop3.fallback = static_cast<server::utf8_fallback>(policy.fallback); // both are RFC 6856's three
    site.pop3.languages = policy.languages;
    site.pop3.login_delay = policy.login_delay.seconds;
    site.pop3.bad_commands_before_login = policy.bad_commands_before_login;
    site.pop3.bad_commands_after_login = policy.bad_commands_after_login;
    site.pop3.log_in_failures_max = policy.log_in_failures_max;
    if (policy.expire.days) site.maildrop.expire = *policy.expire.days * day;
    site.limits.exempt_networks = {*net::network::parse("127.0.0.0/8")};
    if (ends_by_itself(file)) site.deadlines.idle = autologout;
    site.watch_every = site.sweep_every = std::chrono::milliseconds(0);

    server::listener_settings listener;
    listener.address = *net::parse_listen_address("127.0.0.1:0");
    listener.plaintext_allowed = policy.plaintext_allowed;
    listener.tls = policy.tls_active      ? server::tls_mode::implicit
                   : policy.tls_available ? server::tls_mode::start_tls
                                          : server::tls_mode::none;
    site.listeners = {listener};
    if (listener.tls != server::tls_mode::none) {
        const auto made = value_of(net::make_certificate("localhost", std::chrono::system_clock::now()));
        site.tls.emplace();
        site.tls->certificate = {.chain_path = "cert.pem", .key_path = "key.pem"};
        certificates.put("cert.pem", made.chain_pem);
        certificates.put("key.pem", made.key_pem);
    }
    return site;
}

/// The client's end, before and after TLS.
class client {
public:
    explicit client(const std::string& address) : socket_(net::testing::connect_to(address))
    {
        if (!socket_.connected()) throw std::runtime_error("no connection to " + address);
    }

    void start_tls()
    {
        tls_.emplace(socket_, net::testing::offer{.server_name = "localhost", .alpn = {"pop3"}});
        if (const std::string fault = tls_->handshake(); !fault.empty())
            throw std::runtime_error("handshake: " + fault);
    }

    /// The server may have closed meanwhile, which the answers will tell.
    void send(std::string_view octets)
    {
        if (tls_)
            tls_->send(octets);
        else
            (void)::send(socket_.number(), octets.data(), octets.size(), MSG_NOSIGNAL);
    }

    /// At least `lines` lines, or what came before the end.
    std::string receive_lines(std::size_t lines)
    {
        while (lines_in(pending_) < lines && receive_more()) {
        }
        std::size_t end = 0;
        for (std::size_t i = 0; i < lines && end != std::string::npos; ++i) {
            end = pending_.find("\r\n", end);
            if (end != std::string::npos) end += 2;
        }
        std::string out = pending_.substr(0, end);
        pending_.erase(0, out.size());
        return out;
    }

    /// Everything up to the end of the connection, which the server must make.
    std::string receive_rest()
    {
        while (receive_more()) {
        }
        return std::exchange(pending_, {});
    }

    /// No more will be sent: a server that still listens now closes.
    void finish()
    {
        if (tls_) tls_->close_notify();
        ::shutdown(socket_.number(), SHUT_WR);
    }

    /// The server has closed, or closes without being asked.
    bool closed_by_server() { return !receive_more(); }

private:
    static std::size_t lines_in(std::string_view text)
    {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string_view::npos; at += 2) ++count;
        return count;
    }

    bool receive_more()
    {
        if (tls_) {
            const std::string got = tls_->receive();
            if (got == "closed" || got.starts_with("error: ")) return false;
            pending_ += got;
            return true;
        }
        std::string part(16384, '\0');
        const auto got = ::recv(socket_.number(), part.data(), part.size(), 0);
        if (got <= 0) return false;
        pending_.append(part, 0, static_cast<std::size_t>(got));
        return true;
    }

    net::testing::client_socket socket_;
    std::optional<net::testing::tls_client> tls_;
    std::string pending_;
};

/// Empty, or where the dialogue parts from the file.
std::string talk(client& with, const transcript& file, const splitter& split)
{
    for (const section& part : file.sections) {
        for_each_piece(part, split, [&](std::string_view piece) { with.send(piece); });
        const std::string answers = with.receive_lines(part.server.size());
        if (const std::string fault = compare(answers, part.server); !fault.empty()) return fault;
        if (part.then == section::ending::tls) with.start_tls();
    }
    if (!file.closed) with.finish();
    const std::string rest = with.receive_rest();
    return rest.empty() ? "" : "too much: " + printable(rest.substr(0, 200));
}

/// Serves for as long as it lives; gone with every connection closed.
class running_office {
public:
    explicit running_office(server::post_office& office)
        : office_(office), thread_([&office] { office.run(); })
    {
    }
    ~running_office() { end(); }
    running_office(const running_office&) = delete;
    running_office& operator=(const running_office&) = delete;

    void end()
    {
        office_.stop();
        if (thread_.joinable()) thread_.join();
    }

private:
    server::post_office& office_;
    std::thread thread_;
};

std::string dialogue(const transcript& file, const splitter& split)
{
    planted_mail mail(file);
    support::memory_certificates certificates;
    const base::system_clock clock;
    base::system_random random;
    server::local_limits limits(random);
    base::null_log log;
    store::maildir_store store(mail.disk(), mail.root(), clock, random, log, "transcript");
    base::worker_pool disk_pool{2, 1024};
    store::pooled_store pooled_mail{store, disk_pool};
    const users_of_transcript users(file);
    auth::local_authenticator authenticator(users, clock, random, {});
    server::post_office office(settings_of(file, certificates), {.mail = pooled_mail,
                                                                 .disk_pool = disk_pool,
                                                                 .users = users,
                                                                 .authenticator = authenticator,
                                                                 .clock = clock,
                                                                 .random = random,
                                                                 .log = log,
                                                                 .certificates = certificates,
                                                                 .limits = limits.all()});
    value_of(office.open());
    running_office running(office);
    std::string fault;
    {
        client with(office.listening().front().address);
        if (session_policy_of(file).tls_active) with.start_tls();
        fault = talk(with, file, split);
    }
    running.end();
    if (!fault.empty()) return fault;
    std::vector<std::size_t> removed;
    for (const user& owner : file.users)
        if (const auto gone = mail.gone(owner.name); !gone.empty()) removed = gone;
    return removed == file.removed ? "" : "other messages are gone than the file says";
}

} // namespace

std::string run_on_live_server(const transcript& file, const splitter& split)
try {
    return dialogue(file, split);
} catch (const std::exception& fault) {
    return fault.what();
}

} // namespace transcripts
