// A ledger's file with octets put over it: it is malformed or usable, and what it calls verified is the truth.
//
// Input: pairs of a place (3 octets) and what is put there (1 octet count, then so many octets).
#include "base/clock.hpp"
#include "ledger/rebuild.hpp"
#include "support/kernel_disk.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using ledger::message_record;

const base::system_clock our_clock;

struct place {
    void empty() const
    {
        for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove(entry.path());
    }
    std::string path() const { return folder / "ledger"; }
    support::temporary_directory folder;
};

message_record record_number(int number)
{
    message_record one;
    one.account = "ann";
    one.unique_id = "uid" + std::to_string(number);
    one.stage = ledger::stage::stored;
    one.hash = ledger::hash_of(one.unique_id);
    one.key = "key" + std::to_string(number);
    one.verified = true;
    return one;
}

std::string sound_file(const place& where)
{
    {
        auto book = ledger::ledger::open(support::kernel_disk(), where.path(), std::nullopt, our_clock);
        std::vector<message_record> records;
        for (int number = 0; number < 30; ++number) records.push_back(record_number(number));
        if (!(*book)->record(records)) std::abort();
    }
    return support::contents(where.path());
}

std::string changed(std::string file, std::string_view input)
{
    while (input.size() > 4) {
        const auto octet = [&](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(input[at]));
        };
        const std::size_t at = (octet(0) << 16 | octet(1) << 8 | octet(2)) % file.size();
        const std::string_view put = input.substr(4, octet(3));
        file.replace(at, put.size(), put);
        input.remove_prefix(4 + put.size());
    }
    return file;
}

void use(ledger::ledger& book)
{
    (void)book.for_each_record("ann", [](const message_record& one) {
        if (!one.verified) return;
        if (!one.hash || *one.hash != ledger::hash_of(one.unique_id)) std::abort();
        if (one.key != "key" + one.unique_id.substr(3)) std::abort();
    });
    (void)book.history("ann", "uid1");
    (void)book.copies(ledger::hash_of("uid1"), "ann");
    const message_record again = record_number(1);
    (void)book.record({&again, 1});
    (void)book.forget_copy("ann", "key2");
    (void)book.accounts();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    static const place where;
    static const std::string sound = sound_file(where);
    where.empty();
    support::write(where.path(), changed(sound, {reinterpret_cast<const char*>(octets), count}));
    auto book = ledger::ledger::open(support::kernel_disk(), where.path(), std::nullopt, our_clock);
    if (book) {
        use(**book);
        return 0;
    }
    const auto kind = book.error().kind;
    if (kind == base::failure::refused) return 0; // of a later version
    if (kind != base::failure::malformed) std::abort();
    const auto made = ledger::replace_ledger(support::kernel_disk(), where.path(), std::nullopt, our_clock);
    if (!made) std::abort();
    use(*made->book);
    return 0;
}
