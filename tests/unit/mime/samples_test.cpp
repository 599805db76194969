// Every sample message as it is read, held against one golden file.
#include "mail/mime/reading.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace {

constexpr std::size_t excerpt_octets = 120;

std::string one_line(std::string text)
{
    if (text.size() > excerpt_octets)
        text = text.substr(0, excerpt_octets) + "…(" + std::to_string(text.size()) + ")";
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\\n") : std::string(1, c);
    return out;
}

std::string told(const std::filesystem::path& path)
{
    const auto reading = mail::mime::read(support::contents(path));
    std::string out = path.filename().string() + "\n";
    out += "  from: " + one_line(reading.from) + "\n  to: " + one_line(reading.to) + "\n";
    out += "  subject: " + one_line(reading.subject) + "\n";
    if (reading.date)
        out += "  date: " + std::to_string(std::chrono::system_clock::to_time_t(*reading.date)) + "\n";
    out += "  text: " + one_line(reading.text) + "\n";
    for (const auto& each : reading.attachments)
        out += "  attachment: " + std::to_string(each.number) + " " + each.name + " " + each.content_type +
               " " + std::to_string(each.octets) + "\n";
    return out;
}

TEST(Samples, AreReadAsTheGoldenFileSays)
{
    const std::filesystem::path source = RESTANTE_SOURCE_DIR;
    std::vector<std::filesystem::path> samples;
    for (const auto& each : std::filesystem::directory_iterator(source / "tests/samples"))
        if (each.path().extension() == ".eml") samples.push_back(each.path());
    std::ranges::sort(samples);
    std::string all;
    for (const auto& sample : samples) all += told(sample);
    EXPECT_GE(samples.size(), 16U);
    const auto golden = source / "tests/unit/mime/samples.golden";
    if (std::getenv("RESTANTE_WRITE_GOLDEN") != nullptr) support::write(golden, all);
    EXPECT_EQ(all, support::contents(golden));
}

} // namespace
