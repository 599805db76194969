// Encrypted files and key files of other hands: an error or what was sealed, never anything else, and no crash.
#include "disk/sealed/sealed_file_system.hpp"
#include "disk/sealed/sealing_key.hpp"
#include "support/manual_clock.hpp"
#include "support/simulated_disk.hpp"

#include <cstdlib>

namespace {

/// An encrypted file of somebody who has not the key.
void read_as_file(std::string_view input)
{
    support::manual_clock clock;
    support::simulated_disk disk{clock};
    disk.plant_file("/top/input", std::string(input));
    disk::sealed_file_system sealed(disk, disk::secret_octets(std::string(32, 'k')));
    const auto top = sealed.open("/top").value();
    const auto file = top->open("input");
    if (!file) return;
    std::string piece(1000, '\0');
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{65'536}, std::uint64_t{999}})
        // Nobody who lacks the key can make a file that it opens.
        if (const auto got = (*file)->read(piece, offset); got && *got > 0) std::abort();
}

/// A good file with one octet changed, cut or lengthened as the input says.
void change_good_file(std::string_view input)
{
    if (input.size() < 4) return;
    const auto number = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(input[at]));
    };
    support::manual_clock clock;
    support::simulated_disk disk{clock};
    disk.plant_directory("/top");
    disk::sealed_file_system sealed(disk, disk::secret_octets(std::string(32, 'k')));
    const auto top = sealed.open("/top").value();
    const std::string text(input.substr(4));
    const auto file = top->create("good").value();
    if (!file->write(text) || !file->sync()) std::abort();
    if (disk::read_whole(*top, "good", 1 << 20).value() != text) std::abort();

    std::string bad = disk.contents("/top/good").value();
    const std::size_t at = (number(0) | (number(1) << 8U)) % bad.size();
    switch (number(2) % 3) {
    case 0: bad.resize(at); break;
    case 1: bad += input; break;
    default: bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ (number(3) | 1U));
    }
    disk.plant_file("/top/bad", bad);
    if (disk::read_whole(*top, "bad", 1 << 20)) std::abort();
}

/// Cheap ones only: a file may ask for minutes of work.
void read_as_key(std::string_view input)
{
    if (input.find("argon2id 1 8192 ") == std::string_view::npos) return;
    if (disk::sealing_key::unwrap(input, "no such passphrase")) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* octets, std::size_t count)
{
    const std::string_view input(reinterpret_cast<const char*>(octets), count);
    read_as_file(input);
    change_good_file(input);
    read_as_key(input);
    return 0;
}
