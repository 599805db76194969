// Rules: tests against fields, and what follows.
#include "archive/rules.hpp"

#include "base/ascii.hpp"
#include "ledger/content_hash.hpp"
#include "mail/mime/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

namespace archive {

namespace {

constexpr std::array<std::string_view, 7> recipient_fields = {
    "to", "cc", "bcc", "delivered-to", "x-original-to", "resent-to", "resent-cc"};

/// Calls `visit` with the lower-case name and the unfolded value of every field, until it says true; whether it did.
bool any_field(std::string_view header, const std::function<bool(std::string_view, std::string_view)>& visit)
{
    std::string name;
    std::string value;
    const auto tell = [&] { return !name.empty() && visit(name, value); };
    while (!header.empty()) {
        const std::size_t end = std::min(header.find('\n'), header.size());
        std::string_view line = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) break;
        if (line.front() == ' ' || line.front() == '\t') { // folded (RFC 5322, section 2.2.3)
            value += line;
            continue;
        }
        if (tell()) return true;
        const std::size_t colon = line.find(':');
        name = colon == std::string_view::npos ? "" : base::lower_case(line.substr(0, colon));
        while (name.ends_with(' ') || name.ends_with('\t')) name.pop_back();
        value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    }
    return tell();
}

/// As a person would read it: encoded-words decoded, no white space around, lower case.
std::string readable(std::string_view value)
{
    std::string text(value);
    if (text.find("=?") != std::string::npos) // a subject is the one field that is text and nothing else
        text = mail::mime::read("Subject:" + text + "\r\n\r\n").subject;
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    const std::size_t end = text.find_last_not_of(" \t");
    return base::lower_case(std::string_view(text).substr(begin, end - begin + 1));
}

bool matches(const rule_test& test, std::string_view value)
{
    if (test.match == rule_test::match::exists) return true;
    const std::string text = readable(value);
    const std::string wanted = base::lower_case(test.text);
    switch (test.match) {
    case rule_test::match::contains: return text.find(wanted) != std::string::npos;
    case rule_test::match::is: return text == wanted;
    case rule_test::match::begins: return text.starts_with(wanted);
    case rule_test::match::ends: return text.ends_with(wanted);
    case rule_test::match::exists: break;
    }
    return true;
}

bool header_holds(const rule_test& test, std::string_view header)
{
    const std::string wanted = base::lower_case(test.header);
    const bool anyone = wanted == "any-recipient";
    return any_field(header, [&](std::string_view name, std::string_view value) {
        const bool meant =
            anyone ? std::ranges::find(recipient_fields, name) != recipient_fields.end() : name == wanted;
        return meant && matches(test, value);
    });
}

bool holds(const rule_test& test, const rule_facts& facts)
{
    switch (test.subject) {
    case rule_test::subject::header: return header_holds(test, facts.header) != test.negated;
    // What is not known fails both ways: "not above" is no reason to skip a message of unknown size.
    case rule_test::subject::octets_above:
        return facts.octets && (*facts.octets > test.octets) != test.negated;
    case rule_test::subject::octets_below:
        return facts.octets && (*facts.octets < test.octets) != test.negated;
    }
    return false;
}

bool decides_before(const rule& rule)
{
    return rule.skip || rule.delete_unseen;
}

} // namespace

bool holds(const rule& rule, const rule_facts& facts)
{
    return std::ranges::all_of(rule.tests, [&](const rule_test& test) { return holds(test, facts); });
}

bool decide_before_download(std::span<const rule> rules)
{
    return std::ranges::any_of(rules, decides_before);
}

bool need_header_before_download(std::span<const rule> rules)
{
    // A rule before the deciding one may stop, so its tests count as well.
    const auto last = std::ranges::find_if(rules.rbegin(), rules.rend(), decides_before).base();
    return std::any_of(rules.begin(), last, [](const rule& rule) {
        return std::ranges::any_of(
            rule.tests, [](const rule_test& test) { return test.subject == rule_test::subject::header; });
    });
}

admission_verdict admit(std::span<const rule> rules, const rule_facts& facts)
{
    for (std::size_t index = 0; index < rules.size(); ++index) {
        const rule& rule = rules[index];
        if (!holds(rule, facts)) continue;
        const std::string name = rule.name.empty() ? "number " + std::to_string(index + 1) : rule.name;
        if (rule.skip) return {admission::skip, name};
        if (rule.delete_unseen) return {admission::delete_unseen, name};
        if (rule.stop) break;
    }
    return {};
}

filing file_by(std::span<const rule> rules, const rule_facts& facts)
{
    filing place;
    for (const rule& rule : rules) {
        // What should have been skipped and came all the same (the server has no TOP) is filed by the other rules.
        if (decides_before(rule) || !holds(rule, facts)) continue;
        if (!rule.folder.empty()) place.folder = rule.folder;
        if (rule.discard) place.folder = discarded_folder;
        place.seen = place.seen || rule.seen;
        place.flagged = place.flagged || rule.flagged;
        if (rule.stop) break;
    }
    return place;
}

std::string fingerprint_of_skipping(const account_settings& account)
{
    std::string text = account.octets_max ? std::to_string(*account.octets_max) : "no limit";
    for (const rule& rule : account.rules) {
        text += fmt::format("\n{}|{}{}{}", rule.name, rule.skip, rule.delete_unseen, rule.stop);
        for (const rule_test& test : rule.tests)
            text += fmt::format("\n {}|{}|{}|{}|{}|{}", static_cast<int>(test.subject), test.header,
                                static_cast<int>(test.match), test.text, test.octets, test.negated);
    }
    return ledger::hash_of(text).text();
}

} // namespace archive
