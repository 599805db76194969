// What restante-bench was asked to do: its command line as values.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

enum class mode { login, drain, idle, listing, churn, deliver, null_server };
enum class tls_mode { none, start_tls, implicit };

struct user {
    std::string name;
    std::string password;
};

struct options {
    bench::mode mode = bench::mode::login;
    std::string server; ///< ADDRESS:PORT, or the path of a Unix socket
    std::string lmtp;   ///< likewise, for churn's deliveries
    tls_mode tls = tls_mode::none;
    bool resume = false; ///< TLS sessions are resumed; otherwise each handshake is a full one
    std::vector<bench::user> users;
    std::uint64_t sessions = 1000; ///< or messages, where deliver counts them
    std::size_t at_once = 16;      ///< connections at one time, over all threads
    std::size_t threads = 0;       ///< 0: one for each core
    std::size_t window = 0;        ///< RETR under way at one time; 0: one after the other
    std::size_t sources = 1;       ///< 127.0.0.1, .2, …: a source address has 28,000 ports
    double rate = 200;             ///< churn: deliveries a second
    std::size_t octets = 6 * 1024; ///< of a message that deliver makes or null_server has
    std::size_t messages = 20;     ///< that null_server has
    std::string expected;          ///< file of digests, as bench/run writes it
    std::string certificate, key;  ///< null_server's
    std::vector<pid_t> processes;  ///< the server's; their descendants count, too
    std::chrono::seconds give_up{600};
    std::chrono::milliseconds hold{0}; ///< idle: how long connections are held before memory is read
    bool json = false;
};

/// Reads the command line; tells faults and help itself. `exit_code` is meant where nothing is to be done.
bool read_options(int count, char** words, options& out, int& exit_code);

} // namespace bench
