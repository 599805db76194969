// A message as --json prints it (docs/json.md).
#include "cli/restante/message_json.hpp"

#include "config/values.hpp"
#include "ledger/tags.hpp"

#include <boost/json/array.hpp>

namespace cli::restante {

namespace {

boost::json::array tags_json(const std::string& tags)
{
    boost::json::array out;
    for (const auto& each : ledger::tags_in(tags)) out.push_back(boost::json::string(each));
    return out;
}

} // namespace

boost::json::object message_json(const search::indexed_message& message)
{
    boost::json::object out{{"number", message.number},
                            {"account", message.account},
                            {"key", message.key},
                            {"folder", message.folder},
                            {"seen", message.marks.seen},
                            {"flagged", message.marks.flagged},
                            {"answered", message.marks.answered},
                            {"date", config::format_time(message.date)},
                            {"from", message.from},
                            {"to", message.to},
                            {"subject", message.subject},
                            {"octets", message.octets},
                            {"attachment_count", message.attachments},
                            {"tags", tags_json(message.tags)},
                            {"thread", message.thread}};
    if (!message.message_id.empty()) out["message_id"] = message.message_id;
    return out;
}

} // namespace cli::restante
