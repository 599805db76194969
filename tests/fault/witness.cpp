// Remembers what the post office promised to the world.
#include "witness.hpp"

#include "mail/line_ends.hpp"

#include <stdexcept>

namespace fault {

void witness::marked(const std::string& octets)
{
    if (auto known = promised_.extract(octets)) marked_.insert(std::move(known));
}

void witness::confirmed(const std::string& octets)
{
    marked(octets);
    if (auto known = marked_.extract(octets)) gone_.insert(std::move(known));
}

void witness::undeleted()
{
    promised_.merge(marked_);
    promised_.merge(gone_);
}

namespace {

std::string subject_of(const std::string& octets)
{
    return "'" + octets.substr(0, octets.find('\r')) + "' (" + std::to_string(octets.size()) + " octets)";
}

} // namespace

std::vector<std::string> witness::breaches(store::blocking_store& found, const std::string& name) const
{
    try {
        return breaches(letters(found, name));
    } catch (const std::runtime_error& trouble) {
        return {trouble.what()};
    }
}

std::vector<std::string> witness::breaches(const std::multimap<std::string, std::string>& there) const
{
    std::vector<std::string> out;
    for (const auto& [octets, unique_id] : promised_) {
        const auto one = there.find(octets);
        if (one == there.end())
            out.push_back("lost: " + subject_of(octets));
        else if (one->second != unique_id)
            out.push_back("another unique-id: " + subject_of(octets) + " " + one->second + " was " +
                          unique_id);
    }
    for (auto at = there.begin(); at != there.end(); at = there.upper_bound(at->first)) {
        if (there.count(at->first) > 1) out.push_back("twice: " + subject_of(at->first));
        if (gone_.contains(at->first))
            out.push_back("came back: " + subject_of(at->first));
        else if (!promised_.contains(at->first) && !marked_.contains(at->first) &&
                 !attempted_.contains(at->first))
            out.push_back("not what was sent: " + subject_of(at->first));
    }
    return out;
}

namespace {

std::string read_all(store::stored_message& message)
{
    std::string stored(message.stored_octets(), '\0');
    std::size_t have = 0;
    while (have != stored.size()) {
        const auto got = message.read(std::span(stored).subspan(have), have);
        if (!got || *got == 0) throw std::runtime_error("a message cannot be read");
        have += *got;
    }
    if (message.form() == mail::form::as_received) return stored;
    std::string out;
    mail::to_crlf().convert(stored, out);
    return out;
}

} // namespace

std::multimap<std::string, std::string> letters(store::blocking_store& in, const std::string& name)
{
    const auto session = in.open_maildrop({name}, {});
    if (!session) throw std::runtime_error("cannot open the maildrop: " + session.error().operator_text);
    const auto listing = (*session)->listing();
    std::multimap<std::string, std::string> out;
    for (std::size_t i = 0; i != listing->size(); ++i) {
        const auto message = (*session)->open(i);
        if (!message) throw std::runtime_error("cannot open a message: " + message.error().operator_text);
        std::string octets = read_all(**message);
        if (octets.size() != listing->octets(i))
            throw std::runtime_error("the listing tells " + std::to_string(listing->octets(i)) +
                                     " octets of " + subject_of(octets));
        out.emplace(std::move(octets), listing->unique_id(i));
    }
    return out;
}

base::result<std::string> deliver(store::blocking_store& to, const std::string& name,
                                  const std::string& octets, witness& see)
{
    see.attempted(octets);
    const std::array recipients{store::delivery_recipient{{name}, {}, {}}};
    const auto begun = to.begin_delivery(recipients, octets.size());
    if (!begun) return base::fail(begun.error());
    for (std::size_t at = 0; at < octets.size(); at += 40'000)
        if (auto written = (*begun)->write(std::string_view(octets).substr(at, 40'000)); !written)
            return base::fail(written.error());
    const auto told = (*begun)->commit().at(0);
    if (told) see.promised(*told, octets);
    return told;
}

std::vector<comeback> comebacks()
{
    using support::survivors;
    std::vector<comeback> out{{survivors::synced_only, 0, "only what was synced"},
                              {survivors::everything, 0, "everything, as after kill -9"},
                              {survivors::names_only, 0, "names without contents"},
                              {survivors::data_only, 0, "contents without names"}};
    for (std::uint64_t seed = 1; seed <= 6; ++seed)
        out.push_back({survivors::random, seed, "a mixture, seed " + std::to_string(seed)});
    return out;
}

std::string letter(const std::string& subject, std::size_t octets)
{
    std::string out = "Subject: " + subject + "\r\n\r\n";
    while (out.size() < octets) out += "All work and no play makes a dull letter.\r\n";
    return out;
}

} // namespace fault
