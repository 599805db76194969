// restante-bench: load for a POP3 or LMTP server, and what it costs the server.
#include "modes.hpp"
#include "null_server.hpp"
#include "options.hpp"
#include "report.hpp"

#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>

namespace {

/// As many files as the system lets: each connection is one.
void raise_file_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int main(int count, char** words)
{
    bench::options asked;
    int exit_code = 0;
    if (!bench::read_options(count, words, asked, exit_code)) return exit_code;
    raise_file_limit();
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    try {
        if (asked.mode == bench::mode::null_server) {
            bench::serve_null(asked);
            return 0;
        }
        const bench::result measured = bench::run_mode(asked);
        std::cout << (asked.json ? bench::report_json(asked, measured) : bench::report_text(asked, measured));
        return measured.counts.errors == 0 ? 0 : 1;
    } catch (const std::exception& problem) {
        std::cerr << "restante-bench: " << problem.what() << '\n';
        return 2;
    }
}
