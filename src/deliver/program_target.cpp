// Feeds a message to a program and judges how it ends.
#include "deliver/program_target.hpp"

#include "credentials/child_process.hpp"
#include "mail/line_ends.hpp"

#include <utility>

namespace deliver {

namespace {

constexpr int exit_temporary = 75; // EX_TEMPFAIL

base::result<> judge(const std::string& name, const credentials::child_process::ending& ended)
{
    if (ended.exit_status == 0) return {};
    const auto status = " (exit status " + std::to_string(ended.exit_status) + ")";
    if (ended.signal != 0)
        return base::fail(base::temporary_error(base::failure::internal, name + " was ended by signal " +
                                                                             std::to_string(ended.signal)));
    if (ended.exit_status == exit_temporary)
        return base::fail(
            base::temporary_error(base::failure::overloaded, name + " asks to try again later" + status));
    return base::fail(
        base::permanent_error(base::failure::refused, name + " does not take the message" + status));
}

} // namespace

program_target::program_target(program_target_settings settings, const base::clock& clock)
    : settings_(std::move(settings)), clock_(clock)
{
}

std::string program_target::identity() const
{
    std::string out = "program";
    for (const std::string& word : settings_.argv) out += '\0' + word;
    return out;
}

base::result<> program_target::deliver(const message_source& message, std::uint64_t)
{
    auto child = credentials::child_process::start({.argv = settings_.argv,
                                                    .feeds = true,
                                                    .listens = false,
                                                    .own_group = true,
                                                    .limit = settings_.limit});
    if (!child) {
        child.error().temporary = true; // the program is at fault, not the message
        return base::fail(child.error());
    }
    mail::to_lf converter;
    std::string text;
    const auto feed = [&](std::string_view octets) -> base::result<> {
        text.clear();
        converter.convert(octets, text);
        return child->write(text);
    };
    auto fed =
        feed(format_added_fields(settings_.added, settings_.own_name, settings_.recipient, clock_.now()));
    if (fed) fed = message(feed);
    if (fed) {
        text.clear();
        converter.finish(text);
        fed = child->write(text);
    }
    // Half a message must not look like a whole one: only a program that stopped reading by itself is heard out.
    if (!fed && fed.error().kind != base::failure::closed) return fed;
    const auto ended = child->finish();
    if (!ended) return base::fail(ended.error());
    auto verdict = judge(settings_.name, *ended);
    return verdict && !fed ? fed : verdict;
}

} // namespace deliver
