// Any octets as a state file of another program: by its contents, and as each form by the first octet.
#include "exchange/foreign_state.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void check(const exchange::foreign_state& state, std::string_view text)
{
    std::size_t octets = 0;
    for (const exchange::foreign_entry& entry : state.entries) {
        if (entry.unique_id.empty() || entry.unique_id.find('\n') != entry.unique_id.npos) std::abort();
        octets += entry.unique_id.size() + 1;
    }
    if (octets > text.size() + 1) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    if (count == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(octets) + 1, count - 1);
    const std::string_view name = text.substr(0, text.find('\n'));
    switch (octets[0] % 5) {
    case 0: check(exchange::read_fetchmail_state(text), text); break;
    case 1: check(exchange::read_getmail_state(text, name), text); break;
    case 2: check(exchange::read_mpop_state(text), text); break;
    case 3: check(exchange::read_thunderbird_state(text), text); break;
    default:
        if (const auto state = exchange::read_foreign_state(text, name)) check(*state, text);
    }
    return 0;
}
