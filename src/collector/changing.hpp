// What a person changes of kept messages: marks, folders, tags.
#pragma once

#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "ledger/tags.hpp"
#include "search/index.hpp"
#include "store/collection.hpp"

#include <functional>
#include <string>
#include <vector>

namespace collector {

/// Hears of each message that was named: how it is now, or why it stays as it was. One does not hinder the others.
using change_report = std::function<void(const base::result<search::indexed_message>&)>;

struct mark_change {
    bool store::message_marks::* mark = nullptr;
    bool value = true;
};

void mark_messages(archive_folder& folder, search::index& index, const std::vector<std::string>& messages,
                   const mark_change& change, const change_report& report);

/// To that folder of their accounts; INBOX, or an empty name, is the main one.
void move_messages(archive_folder& folder, search::index& index, const std::vector<std::string>& messages,
                   const std::string& target, const change_report& report);

/// All in one change of the ledger; the error is one of the ledger, and then none is changed. `malformed` is reported
/// of a message that has no room for the tags.
base::result<> tag_messages(archive_folder& folder, search::index& index,
                            const std::vector<std::string>& messages, const ledger::tag_change& change,
                            const change_report& report);

} // namespace collector
