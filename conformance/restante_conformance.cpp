// restante-conformance: is this POP3 server what the RFCs ask for?
#include "conformance/options.hpp"
#include "conformance/report.hpp"
#include "conformance/run.hpp"

#include <unistd.h>

#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>

namespace {

constexpr int deviates = 1, not_asked = 2;

int list(const conformance::settings& asked)
{
    for (const auto& each : conformance::dialogues_of(asked))
        std::cout << each.name << "  [" << (each.sections.empty() ? "no RFC" : each.sections) << "]  "
                  << each.title << '\n';
    return 0;
}

int ask(const conformance::settings& asked)
{
    const bool shown = ::isatty(STDERR_FILENO) == 1;
    const auto report = conformance::run(asked, [&](const std::string& name) {
        if (shown) std::cerr << "\r\033[K" << name << std::flush;
    });
    if (shown) std::cerr << "\r\033[K";
    if (!asked.junit.empty()) {
        std::ofstream file(asked.junit);
        file << conformance::report_junit(report) << std::flush;
        if (!file) throw std::runtime_error("cannot write " + asked.junit.string());
    }
    std::cout << (asked.json ? conformance::report_json(report) : conformance::report_text(report))
              << std::flush;
    return conformance::deviations_in(report) == 0 ? 0 : deviates;
}

} // namespace

int main(int count, char** words)
{
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    conformance::settings asked;
    int exit_code = 0;
    if (!conformance::read_options(count, words, asked, exit_code)) return exit_code;
    try {
        return asked.list ? list(asked) : ask(asked);
    } catch (const std::exception& problem) {
        std::cerr << "restante-conformance: " << problem.what() << '\n';
        return not_asked;
    }
}
