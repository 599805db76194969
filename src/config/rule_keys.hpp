// The keys of the two lists of tables in an account's file: its rules, and the places that mail goes to.
#pragma once

#include "config/account_configuration.hpp"
#include "config/key.hpp"

namespace config {

/// Fills an archive::rule.
const schema& rule_schema();

/// One table of [[deliver]]: `instead` holds for the whole account.
struct target_entry {
    target_configuration target{};
    bool instead = false;
};
/// Fills a target_entry.
const schema& target_schema();

} // namespace config
