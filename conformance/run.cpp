// Which dialogues can be had with this server, what they presuppose, and what came of them.
#include "conformance/run.hpp"

#include "conformance/delivery.hpp"
#include "conformance/lmtp_dialogue.hpp"
#include "conformance/maildrop.hpp"
#include "conformance/pop3_dialogue.hpp"
#include "conformance/pop3_steps.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <thread>

namespace conformance {
namespace {

constexpr std::chrono::milliseconds look_again{100};
constexpr std::size_t user_octets_max = 40; // RFC 1939, section 3: arguments may have as many

struct server_facts {
    announced plain;   ///< where TLS is not active; as `secure` where it always is
    announced secured; ///< as the account signs in
};

std::string name_of(const settings& asked, const std::filesystem::path& file)
{
    return file.lexically_relative(asked.transcripts).replace_extension().generic_string();
}

std::vector<std::filesystem::path> all_in(const std::filesystem::path& folder)
{
    auto files = transcripts::find_all(folder);
    for (auto& script : lmtp_scripts_in(folder)) files.push_back(std::move(script));
    return files;
}

std::vector<std::filesystem::path> chosen(const settings& asked)
{
    if (!std::filesystem::is_directory(asked.transcripts))
        throw trouble("there are no transcripts in " + asked.transcripts.string() + ": give --transcripts");
    auto files = all_in(asked.transcripts);
    std::erase_if(files, [&](const auto& file) { return !name_of(asked, file).contains(asked.only); });
    if (files.empty()) throw trouble("no dialogue below " + asked.transcripts.string() + " is called so");
    return files;
}

bool ordinary(const std::string& word)
{
    return word.size() <= user_octets_max &&
           std::ranges::all_of(word, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool has(const transcripts::transcript& file, const std::string& key, const std::string& value)
{
    const auto found = file.policy.find(key);
    return found != file.policy.end() && found->second == value;
}

/// TLS in a dialogue: what the line and the server must be like.
std::string tls_in_the_way(const settings& asked, const transcripts::transcript& file,
                           const std::vector<step>& steps, const server_facts& server)
{
    const bool starts_tls = std::ranges::any_of(steps, &step::then_tls);
    if (starts_tls && asked.tls == tls_mode::implicit)
        return "it begins without TLS, and --tls was asked for";
    if (starts_tls && !server.plain.known.stls) return "the server does not announce STLS";
    const auto stls = std::ranges::find(steps, "STLS", &step::keyword);
    const auto user = std::ranges::find(steps, "USER", &step::keyword);
    if (has(file, "tls_active", "yes")) {
        if (asked.tls == tls_mode::none && stls != steps.end())
            return "it is about TLS: ask with --tls or --stls";
        return {};
    }
    if (!starts_tls && stls < user && (server.plain.known.stls || asked.tls != tls_mode::none))
        return "it is about servers without TLS, and this one has it";
    if (!starts_tls && has(file, "plaintext", "no") && asked.tls != tls_mode::starttls)
        return "it is about passwords without TLS where they are not taken: ask with --stls";
    return {};
}

/// Some answer that an RFC asks for depends on what lies in the maildrop.
bool wants_messages(const transcripts::transcript& file, const std::vector<step>& steps)
{
    return !file.messages.empty() && std::ranges::any_of(steps, [](const step& each) {
        return !each.rfc.empty() && each.expects_ok() &&
               std::ranges::count(std::array{"STAT", "LIST", "UIDL", "RETR", "TOP", "DELE"}, each.keyword) >
                   0;
    });
}

/// Empty, or why this server cannot be asked.
std::string in_the_way(const settings& asked, const transcripts::transcript& file,
                       const std::vector<step>& steps, const server_facts& server)
{
    if (file.not_live) return *file.not_live;
    if (server_ends(file)) return "the server would have to end the session by itself";
    for (const auto& user : file.users)
        if (!ordinary(user.name) || !ordinary(user.secret))
            return "it wants an account whose name or password is out of the ordinary";
    if (wants_messages(file, steps) && asked.lmtp.host.empty() && asked.deliver_command.empty())
        return "its messages cannot be delivered: give --lmtp or --deliver-command";
    if (std::string fault = tls_in_the_way(asked, file, steps, server); !fault.empty()) return fault;
    const pop3::capabilities& known = server.secured.known;
    const auto announces = [&](const std::string& name) {
        return std::ranges::count(server.secured.names, name) > 0;
    };
    for (const step& each : steps) {
        if (each.rfc == "2449 6.6" && !known.pipelining) return "the server does not announce PIPELINING";
        if (each.rfc == "1939 8" && known.expire_days == 0) return "the server announces EXPIRE 0";
        if (each.rfc.empty() || (!each.expects_ok() && !each.expects_challenge())) continue;
        if (each.keyword == "AUTH" && std::ranges::count(known.sasl, "PLAIN") == 0)
            return "the server does not announce SASL PLAIN";
        for (const char* optional : {"TOP", "UIDL", "UTF8", "LANG"})
            if (each.keyword == optional && !announces(optional))
                return std::string("the server does not announce ") + optional;
        if (each.keyword == "CAPA" && !known.known) return "the server does not know CAPA";
    }
    return {};
}

struct preparation {
    std::vector<waiting_message> waiting;
    std::string in_the_way; ///< empty: all is there
    std::string altered; ///< the message of these octets came back otherwise, though any server can carry it
    std::string came_as;
};

preparation prepare(const settings& asked, const maildrop& account, const transcripts::transcript& file,
                    const std::vector<step>& steps)
{
    preparation out;
    account.empty();
    if (!wants_messages(file, steps)) return out;
    for (const auto& message : file.messages) {
        const std::string octets = deliverable(message.octets);
        if (std::string fault = deliver(asked, octets); !fault.empty()) {
            out.in_the_way = "a message cannot be delivered: " + fault;
            return out;
        }
    }
    const auto deadline = std::chrono::steady_clock::now() + asked.patience;
    while (account.count() < file.messages.size()) {
        if (std::chrono::steady_clock::now() > deadline)
            throw trouble("what was delivered does not come into the maildrop of " + asked.user);
        std::this_thread::sleep_for(look_again);
    }
    const bool utf8 = std::ranges::any_of(
        steps, [](const step& each) { return each.keyword == "UTF8" && !each.rfc.empty(); });
    try {
        out.waiting = account.messages(utf8);
    } catch (const trouble& problem) {
        out.came_as = problem.what();
    }
    for (std::size_t i = 0; i < file.messages.size(); ++i) {
        const std::string octets = deliverable(file.messages[i].octets);
        if (i < out.waiting.size() && out.waiting[i].octets.ends_with(octets)) continue;
        if (carried_by_smtp(octets) && out.altered.empty()) out.altered = octets;
        if (carried_by_smtp(octets) && out.came_as.empty())
            out.came_as = i < out.waiting.size() ? out.waiting[i].octets : "nothing";
        if (!carried_by_smtp(octets)) out.in_the_way = "its bare CR, LF or NUL did not survive the delivery";
    }
    return out;
}

std::vector<std::string> sections_of(const lmtp_script& script)
{
    std::vector<std::string> out;
    for (const auto& each : script.exchanges)
        if (!each.rfc.empty() && std::ranges::count(out, each.rfc) == 0) out.push_back(each.rfc);
    return out;
}

/// Empty, or why this intake cannot be asked.
std::string in_the_way(const settings& asked, const lmtp_script& script,
                       const std::vector<std::string>& extensions)
{
    if (asked.lmtp.host.empty()) return "it is about LMTP: give --lmtp";
    const auto lacks = [&](const char* name) { return std::ranges::count(extensions, name) == 0; };
    if (script.tls && lacks("STARTTLS")) return "the intake does not announce STARTTLS";
    for (const auto& each : script.exchanges) {
        if (each.rfc == "3030 2" && lacks("CHUNKING")) return "the intake does not announce CHUNKING";
        if (each.rfc == "2920 3.2" && lacks("PIPELINING")) return "the intake does not announce PIPELINING";
        if (each.rfc == "6531 3.5" && lacks("SMTPUTF8")) return "the intake does not announce SMTPUTF8";
        if (each.rfc == "6152 3" && lacks("8BITMIME")) return "the intake does not announce 8BITMIME";
    }
    return {};
}

void have(const settings& asked, const std::vector<std::string>& extensions, const std::string& name,
          const lmtp_script& script, report& into)
{
    const auto sections = sections_of(script);
    if (sections.empty()) {
        into.choices.push_back({name, script.rfc.substr(script.rfc.find(' ') + 1)});
        return;
    }
    std::string skipped = in_the_way(asked, script, extensions);
    std::map<std::string, std::vector<deviation>> found;
    if (skipped.empty()) {
        lmtp_dialogue dialogue(asked, script);
        found = dialogue.run(std::ranges::count(extensions, "ENHANCEDSTATUSCODES") > 0);
        if (found.empty()) skipped = dialogue.stopped();
    }
    for (const auto& section : sections) into.outcomes.push_back({section, name, found[section], skipped});
}

/// The dialogue itself, and what it showed for each of its sections.
void have(const settings& asked, const maildrop& account, const server_facts& server, const std::string& name,
          const transcripts::transcript& file, report& into)
{
    const std::vector<step> steps = steps_of(file);
    const auto sections = sections_of(steps);
    if (sections.empty()) {
        into.choices.push_back({name, file.rfc.substr(file.rfc.find(' ') + 1)});
        return;
    }
    std::map<std::string, std::vector<deviation>> found;
    std::string skipped = in_the_way(asked, file, steps, server);
    if (skipped.empty()) {
        preparation ready = prepare(asked, account, file, steps);
        if (ready.altered.empty()) skipped = ready.in_the_way;
        if (!ready.altered.empty()) {
            found[sections.front()].push_back({"(RETR)", printable(ready.altered), printable(ready.came_as)});
        } else if (skipped.empty()) {
            pop3_dialogue dialogue(asked, file, server.secured, std::move(ready.waiting));
            found = dialogue.run();
            if (found.empty()) skipped = dialogue.stopped();
        }
    }
    for (const auto& section : sections) into.outcomes.push_back({section, name, found[section], skipped});
    for (auto& [section, deviations] : found)
        if (std::ranges::count(sections, section) == 0)
            into.outcomes.push_back({section, name, std::move(deviations), {}});
}

} // namespace

std::vector<dialogue_title> dialogues_of(const settings& asked)
{
    std::vector<dialogue_title> out;
    for (const auto& path : chosen(asked)) {
        std::string title, joined;
        std::vector<std::string> sections;
        if (path.extension() == ".lmtp") {
            const auto script = read_lmtp_script(path);
            title = script.title;
            sections = sections_of(script);
        } else {
            const auto file = transcripts::read(path);
            title = file.title;
            sections = sections_of(steps_of(file));
        }
        for (const auto& section : sections) joined += (joined.empty() ? "" : ", ") + section;
        out.push_back({name_of(asked, path), title, joined});
    }
    return out;
}

report run(const settings& asked, const std::function<void(const std::string&)>& progress)
{
    report out;
    const auto files = chosen(asked);
    const maildrop account(asked);
    if (account.count() > 0 && !asked.may_empty)
        throw trouble("there is mail in the maildrop of " + asked.user +
                      ", which would be deleted: give --empty-maildrop");
    server_facts server{.plain = account.capabilities(false), .secured = account.capabilities(true)};
    std::vector<std::string> extensions;
    if (!asked.lmtp.host.empty()) extensions = lmtp_dialogue::extensions(asked);
    for (const auto& path : files) {
        progress(name_of(asked, path));
        if (path.extension() == ".lmtp") {
            have(asked, extensions, name_of(asked, path), read_lmtp_script(path), out);
            continue;
        }
        const auto file = transcripts::read(path);
        have(asked, account, server, name_of(asked, path), file, out);
    }
    if (!asked.lmtp.host.empty() || !asked.deliver_command.empty()) account.empty();
    return out;
}

} // namespace conformance
