// A report in three forms.
#include "conformance/report.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace conformance {
namespace {

struct tally {
    std::size_t passed = 0, deviating = 0, skipped = 0;
};

/// "1939 10" behind "1939 9".
struct by_number {
    static std::vector<unsigned> numbers(const std::string& rfc)
    {
        std::vector<unsigned> out;
        for (std::size_t at = 0; at < rfc.size();) {
            unsigned number = 0;
            const auto end = std::from_chars(rfc.data() + at, rfc.data() + rfc.size(), number).ptr;
            out.push_back(number);
            at = static_cast<std::size_t>(end - rfc.data()) + 1;
        }
        return out;
    }
    bool operator()(const std::string& left, const std::string& right) const
    {
        return numbers(left) < numbers(right);
    }
};

std::string section_text(const std::string& rfc)
{
    const std::size_t space = rfc.find(' ');
    return "RFC " + rfc.substr(0, space) + ", section " + rfc.substr(space + 1);
}

std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text) switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    return out;
}

std::string padded(std::string text, std::size_t columns)
{
    text.resize(std::max(columns, text.size()), ' ');
    return text;
}

std::string in_columns(std::size_t number, std::size_t columns)
{
    const std::string text = std::to_string(number);
    return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

} // namespace

std::size_t deviations_in(const report& of)
{
    std::size_t out = 0;
    for (const auto& each : of.outcomes) out += each.deviations.size();
    return out;
}

std::string report_text(const report& of)
{
    std::map<std::string, tally, by_number> sections;
    std::map<std::string, std::set<std::string>> reasons;
    for (const auto& each : of.outcomes) {
        tally& counted = sections[each.rfc];
        ++(!each.skipped.empty()     ? counted.skipped
           : each.deviations.empty() ? counted.passed
                                     : counted.deviating);
        if (!each.skipped.empty()) reasons[each.skipped].insert(each.dialogue);
    }
    constexpr std::size_t name_columns = 28, number_columns = 10;
    std::string out = padded("", name_columns) + "    passed deviations   skipped\n";
    for (const auto& [rfc, counted] : sections)
        out += padded(section_text(rfc), name_columns) + in_columns(counted.passed, number_columns) + ' ' +
               in_columns(counted.deviating, number_columns) + in_columns(counted.skipped, number_columns) +
               '\n';
    for (const auto& each : of.outcomes)
        for (const auto& found : each.deviations)
            out += "\nDEVIATION  " + section_text(each.rfc) + ", " + each.dialogue + "\n  sent      " +
                   found.sent + "\n  expected  " + found.expected + "\n  got       " + found.got + '\n';
    if (!reasons.empty()) out += "\nSkipped:\n";
    for (const auto& [reason, dialogues] : reasons) {
        out += "  " + reason + ":\n   ";
        for (const auto& name : dialogues) out += ' ' + name;
        out += '\n';
    }
    const std::size_t count = deviations_in(of);
    out +=
        "\nNot asked, for no RFC says what is right: " + std::to_string(of.choices.size()) + " dialogues.\n";
    out += std::to_string(count) + (count == 1 ? " deviation\n" : " deviations\n");
    return out;
}

std::string report_json(const report& of)
{
    boost::json::array outcomes, choices;
    for (const auto& each : of.outcomes) {
        boost::json::array deviations;
        for (const auto& found : each.deviations)
            deviations.push_back(
                boost::json::object{{"sent", found.sent}, {"expected", found.expected}, {"got", found.got}});
        const char* const verdict = !each.skipped.empty()     ? "skipped"
                                    : each.deviations.empty() ? "passed"
                                                              : "deviates";
        const std::size_t space = each.rfc.find(' ');
        boost::json::object row{{"rfc", each.rfc.substr(0, space)},
                                {"section", each.rfc.substr(space + 1)},
                                {"dialogue", each.dialogue},
                                {"verdict", verdict}};
        if (!each.skipped.empty()) row["reason"] = each.skipped;
        if (!deviations.empty()) row["deviations"] = std::move(deviations);
        outcomes.push_back(std::move(row));
    }
    for (const auto& each : of.choices)
        choices.push_back(boost::json::object{{"dialogue", each.dialogue}, {"reason", each.reason}});
    return boost::json::serialize(boost::json::object{{"deviations", deviations_in(of)},
                                                      {"outcomes", std::move(outcomes)},
                                                      {"not_asked", std::move(choices)}}) +
           "\n";
}

std::string report_junit(const report& of)
{
    const auto failures = static_cast<std::size_t>(
        std::ranges::count_if(of.outcomes, [](const outcome& each) { return !each.deviations.empty(); }));
    const auto skipped = static_cast<std::size_t>(
        std::ranges::count_if(of.outcomes, [](const outcome& each) { return !each.skipped.empty(); }));
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"restante-conformance\" tests=\"" +
        std::to_string(of.outcomes.size()) + "\" failures=\"" + std::to_string(failures) + "\" skipped=\"" +
        std::to_string(skipped) + "\">\n";
    for (const auto& each : of.outcomes) {
        out += "  <testcase classname=\"" + section_text(each.rfc) + "\" name=\"" + escaped(each.dialogue) +
               "\"";
        if (each.skipped.empty() && each.deviations.empty()) {
            out += "/>\n";
            continue;
        }
        out += ">\n";
        if (!each.skipped.empty()) out += "    <skipped message=\"" + escaped(each.skipped) + "\"/>\n";
        if (!each.deviations.empty()) {
            out += "    <failure message=\"" + std::to_string(each.deviations.size()) + " deviations\">";
            for (const auto& found : each.deviations)
                out += escaped("sent " + found.sent + ", expected " + found.expected + ", got " + found.got +
                               "\n");
            out += "</failure>\n";
        }
        out += "  </testcase>\n";
    }
    return out + "</testsuite>\n";
}

} // namespace conformance
