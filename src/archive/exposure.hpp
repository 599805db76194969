// How much would be lost if this disk died now.
#pragma once

#include "base/result.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace archive {

/// Of what an account holds. One message may be both in the second copy and on the server.
struct exposure {
    struct sum {
        std::uint64_t messages = 0, octets = 0;
    };
    sum held;           ///< all
    sum in_second_copy; ///< verified in one that counts
    sum on_server;      ///< the last listing showed it, and it was not asked to be deleted
    sum at_risk;        ///< neither: here alone
};

/// By the ledger's word; nothing is read or asked. A content counts as safe in whichever account it is safe.
/// `copy_counts` says of an account whether its second copy is there now, and on another disk.
base::result<exposure> exposure_of(const std::string& account, ledger::ledger& book,
                                   const std::function<bool(const std::string& account)>& copy_counts);

} // namespace archive
