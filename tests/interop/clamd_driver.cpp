// Scans a file by client::clamd for clamd.py and prints the verdict: for tests only.
// Usage: clamd_driver SOCKET FILE
#include "deliver/clamd.hpp"
#include "net/dial/dial.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

int main(int count, char** values)
{
    if (count != 3) return 2;
    std::ifstream file(values[2], std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    deliver::clamd scanner([&] { return net::dial_path(values[1], std::chrono::seconds(10), nullptr); });
    const auto verdict = scanner.scan([&](const auto& into) { return into(content); });
    if (!verdict)
        std::printf("%s %s: %s\n", verdict.error().temporary ? "temporary" : "permanent",
                    std::string(base::name_of(verdict.error().kind)).c_str(),
                    verdict.error().operator_text.c_str());
    else
        std::printf("%s\n", *verdict ? ("found " + **verdict).c_str() : "clean");
    return 0;
}
