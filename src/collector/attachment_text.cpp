// A program, a file in memory, and its output.
#include "collector/attachment_text.hpp"

#include "base/ascii.hpp"
#include "credentials/child_process.hpp"
#include "net/descriptor.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace collector {

namespace {

constexpr std::chrono::seconds reading_limit{30};
constexpr std::size_t printed_text_octets_max = 1u << 20; // as much as of a message's own text
constexpr int status_of_no_program = 127;

base::error helper_trouble(std::string text)
{
    return {.kind = base::failure::refused,
            .temporary = false,
            .peer_text = {},
            .operator_text = std::move(text)};
}

/// In memory: an encrypted archive's mail must not lie on a disk.
base::result<net::descriptor> file_with(std::string_view octets)
{
    net::descriptor file(memfd_create("attachment", MFD_CLOEXEC));
    if (!file.valid()) return base::fail(base::error_from_errno(errno, "make a file in memory"));
    while (!octets.empty()) {
        const ssize_t written = ::write(file.get(), octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::fail(base::error_from_errno(errno, "write into memory"));
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    if (lseek(file.get(), 0, SEEK_SET) != 0)
        return base::fail(base::error_from_errno(errno, "read from memory"));
    return file;
}

base::result<std::string> text_by(const std::vector<std::string>& command, std::string_view octets)
{
    const auto file = file_with(octets);
    if (!file) return base::fail(file.error());
    auto child =
        credentials::child_process::start({.argv = command,
                                           .input = file->get(),
                                           .listens = true,
                                           .silent = true, // a stranger's file decides what it says there
                                           .limit = reading_limit});
    if (!child) return base::fail(child.error());
    auto text = child->read_beginning(printed_text_octets_max);
    if (!text || text->size() == printed_text_octets_max) return text;
    const auto ended = child->finish();
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status == status_of_no_program) return base::fail(helper_trouble("it is not installed"));
    if (ended->exit_status != 0)
        return base::fail(helper_trouble(ended->signal != 0
                                             ? fmt::format("signal {} ended it", ended->signal)
                                             : fmt::format("exit status {}", ended->exit_status)));
    return text;
}

} // namespace

std::string attachment_reader::name() const
{
    std::string out;
    for (const auto& [type, command] : commands_) {
        out += type;
        for (const auto& word : command) out += '\t' + word;
        out += '\n';
    }
    return out;
}

const std::vector<std::string>& attachment_reader::command_for(const mail::mime::attachment& what) const
{
    static const std::vector<std::string> none;
    if (const auto found = commands_.find(base::lower_case(what.content_type)); found != commands_.end())
        return found->second;
    const std::string name = base::lower_case(what.name);
    for (const auto& [end, command] : commands_)
        if (end.starts_with('.') && name.ends_with(end)) return command;
    return none;
}

std::string attachment_reader::text_of(const mail::mime::attachment& what, std::string_view octets)
{
    const auto& command = command_for(what);
    auto text = text_by(command, octets);
    if (text) return std::move(*text);
    if (complained_.insert(command.front()).second)
        note_(command.front() + " could not read an attachment (" + text.error().operator_text +
              "): such messages are found by all but the text of these");
    return {};
}

} // namespace collector
