// How the two kinds of file are sealed. The main file: each page in its place, nonce and tag in the octets that SQLite
// leaves free at its end. The log: its head, then each frame (head and page) as one block, 40 octets longer than SQLite
// thinks; nothing that was synced is ever written again to put something beside it.
#include "disk/sealed/sealed_database_file.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace disk {

namespace {

constexpr std::size_t nonce_octets = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(page_cipher::trailer_octets == nonce_octets + crypto_aead_xchacha20poly1305_ietf_ABYTES);

std::array<unsigned char, 9> octets_of(block_place place)
{
    std::array<unsigned char, 9> out{static_cast<unsigned char>(place.type)};
    for (std::size_t i = 0; i < 8; ++i) out[i + 1] = static_cast<unsigned char>(place.number >> (8 * i));
    return out;
}

} // namespace

void page_cipher::seal(std::span<const unsigned char> plain, std::span<unsigned char> sealed,
                       block_place place) const
{
    const auto bound = octets_of(place);
    unsigned char* const nonce = sealed.data() + plain.size();
    randombytes_buf(nonce, nonce_octets);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed.data(), nonce + nonce_octets, nullptr,
                                                        plain.data(), plain.size(), bound.data(),
                                                        bound.size(), nullptr, nonce, key_.span().data());
}

bool page_cipher::open(std::span<const unsigned char> sealed, std::span<unsigned char> plain,
                       block_place place) const
{
    const auto bound = octets_of(place);
    const unsigned char* const nonce = sealed.data() + plain.size();
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               plain.data(), nullptr, sealed.data(), plain.size(), nonce + nonce_octets, bound.data(),
               bound.size(), nonce, key_.span().data()) == 0;
}

namespace {

constexpr int trailer = static_cast<int>(page_cipher::trailer_octets);
constexpr int page_octets = sealed_page_octets;
// SQLite's file format, sections 1.3.4 and 4.1
constexpr int reserved_octet = 20;
constexpr int log_head_octets = 32;
constexpr int frame_head_octets = 24;
constexpr int frame_octets = frame_head_octets + page_octets;
constexpr int sealed_log_head_octets = log_head_octets + trailer;
constexpr int sealed_frame_octets = frame_octets + trailer;

using page = std::array<unsigned char, page_octets>;
using frame = std::array<unsigned char, frame_octets>;
using octet_span = std::span<unsigned char>;
using const_octets = std::span<const unsigned char>;

sealed_database_file& self(sqlite3_file* seen)
{
    return *reinterpret_cast<sealed_database_file*>(seen);
}

const sqlite3_io_methods& methods_under(sqlite3_file* seen)
{
    return *self(seen).under()->pMethods;
}

int read_under(sealed_database_file& file, octet_span out, sqlite3_int64 offset)
{
    return file.under()->pMethods->xRead(file.under(), out.data(), static_cast<int>(out.size()), offset);
}

int write_under(sealed_database_file& file, const_octets octets, sqlite3_int64 offset)
{
    return file.under()->pMethods->xWrite(file.under(), octets.data(), static_cast<int>(octets.size()),
                                          offset);
}

int size_under(sealed_database_file& file, sqlite3_int64& size)
{
    return file.under()->pMethods->xFileSize(file.under(), &size);
}

// --- the main file

/// Whether there is a log whose head opens with our key.
int look_for_our_log(sealed_database_file& file, bool& found)
{
    found = false;
    const char* const name = sqlite3_filename_wal(file.name);
    int is_there = 0;
    const int asked = file.vfs->xAccess(file.vfs, name, SQLITE_ACCESS_EXISTS, &is_there);
    if (asked != SQLITE_OK || is_there == 0) return asked;
    const std::unique_ptr<void, decltype(&sqlite3_free)> place(sqlite3_malloc(file.vfs->szOsFile),
                                                               sqlite3_free);
    if (!place) return SQLITE_NOMEM;
    auto* const log = static_cast<sqlite3_file*>(place.get());
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL | SQLITE_OPEN_NOFOLLOW;
    if (const int opened = file.vfs->xOpen(file.vfs, name, log, flags, nullptr); opened != SQLITE_OK)
        return opened;
    std::array<unsigned char, sealed_log_head_octets> sealed;
    std::array<unsigned char, log_head_octets> plain;
    const int read = log->pMethods->xRead(log, sealed.data(), sealed_log_head_octets, 0);
    log->pMethods->xClose(log);
    found = read == SQLITE_OK && file.cipher->open(sealed, plain, {block_place::kind::log_head});
    return read == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : read;
}

/// A power cut while the log was copied into the file may have left the first page half old and half new. It is copied
/// again, and until then SQLite has the page from the log; but before it knows the log, it looks at the beginning of
/// the file, and does without what it does not find there. Not so where the key is wrong: SQLite would take the log for
/// an empty one, and remove it.
int read_torn_beginning(sealed_database_file& file, octet_span out)
{
    bool found = false;
    if (const int looked = look_for_our_log(file, found); looked != SQLITE_OK) return looked;
    if (!found) return SQLITE_IOERR_DATA;
    std::ranges::fill(out, 0);
    return SQLITE_IOERR_SHORT_READ;
}

int read_page(sealed_database_file& file, octet_span out, sqlite3_int64 offset)
{
    const sqlite3_int64 number = offset / page_octets;
    const auto within = static_cast<std::size_t>(offset % page_octets);
    if (within + out.size() > page_octets) return SQLITE_IOERR_READ;
    page sealed;
    const int read = read_under(file, sealed, number * page_octets);
    if (read == SQLITE_IOERR_SHORT_READ) {
        sqlite3_int64 size = 0;
        if (const int asked = size_under(file, size); asked != SQLITE_OK) return asked;
        if (size > number * page_octets) return SQLITE_IOERR_DATA;
        std::ranges::fill(out, 0);
        return read;
    }
    if (read != SQLITE_OK) return read;
    page plain;
    const auto used = octet_span(plain).first<page_octets - trailer>();
    if (!file.cipher->open(sealed, used, {block_place::kind::page, static_cast<std::uint64_t>(number)}))
        return offset == 0 && out.size() < page_octets ? read_torn_beginning(file, out) : SQLITE_IOERR_DATA;
    // SQLite keeps these with the page, and they end the running sum over pages that the shared-memory file of the log
    // shows: random ones make it tell nothing.
    randombytes_buf(plain.data() + used.size(), trailer);
    std::ranges::copy(octet_span(plain).subspan(within, out.size()), out.begin());
    return SQLITE_OK;
}

int write_page(sealed_database_file& file, const_octets octets, sqlite3_int64 offset)
{
    if (offset % page_octets != 0 || octets.size() != page_octets) return SQLITE_IOERR_WRITE;
    if (offset == 0 && octets[reserved_octet] != trailer)
        return SQLITE_IOERR_WRITE; // prepare() was not called
    page sealed;
    file.cipher->seal(octets.first<page_octets - trailer>(), sealed,
                      {block_place::kind::page, static_cast<std::uint64_t>(offset / page_octets)});
    return write_under(file, sealed, offset);
}

// --- the log

sqlite3_int64 place_of_frame(sqlite3_int64 number)
{
    return sealed_log_head_octets + number * sealed_frame_octets;
}

/// SQLITE_IOERR_DATA where it is not whole.
int read_frame(sealed_database_file& file, frame& plain, sqlite3_int64 number)
{
    std::array<unsigned char, sealed_frame_octets> sealed;
    const int read = read_under(file, sealed, place_of_frame(number));
    if (read == SQLITE_IOERR_SHORT_READ) return SQLITE_IOERR_DATA;
    if (read != SQLITE_OK) return read;
    const block_place place{block_place::kind::log_frame, static_cast<std::uint64_t>(number)};
    return file.cipher->open(sealed, plain, place) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int write_frame(sealed_database_file& file, const frame& plain, sqlite3_int64 number)
{
    std::array<unsigned char, sealed_frame_octets> sealed;
    file.cipher->seal(plain, sealed, {block_place::kind::log_frame, static_cast<std::uint64_t>(number)});
    return write_under(file, sealed, place_of_frame(number));
}

/// A head without its page: SQLite corrects a frame of a transaction that is not committed.
int put_waiting_head(sealed_database_file& file)
{
    if (file.waiting_frame < 0) return SQLITE_OK;
    const sqlite3_int64 number = std::exchange(file.waiting_frame, -1);
    frame plain;
    if (const int read = read_frame(file, plain, number); read != SQLITE_OK) return read;
    std::ranges::copy(file.waiting_head, plain.begin());
    return write_frame(file, plain, number);
}

int read_log_head(sealed_database_file& file, octet_span out, std::size_t within)
{
    std::array<unsigned char, sealed_log_head_octets> sealed;
    std::array<unsigned char, log_head_octets> plain{};
    const int read = read_under(file, sealed, 0);
    if (read != SQLITE_OK && read != SQLITE_IOERR_SHORT_READ) return read;
    const bool whole = read == SQLITE_OK && file.cipher->open(sealed, plain, {block_place::kind::log_head});
    if (!whole) {
        // The whole head is asked for after a crash, which may have cut it short: SQLite takes such a log for empty.
        if (out.size() != log_head_octets) return SQLITE_IOERR_DATA;
        plain.fill(0);
    }
    std::ranges::copy(octet_span(plain).subspan(within, out.size()), out.begin());
    return SQLITE_OK;
}

int read_log(sealed_database_file& file, octet_span out, sqlite3_int64 offset)
{
    if (const int put = put_waiting_head(file); put != SQLITE_OK) return put;
    if (offset + static_cast<sqlite3_int64>(out.size()) <= log_head_octets)
        return read_log_head(file, out, static_cast<std::size_t>(offset));
    if (offset < log_head_octets) return SQLITE_IOERR_READ;
    const sqlite3_int64 number = (offset - log_head_octets) / frame_octets;
    const auto within = static_cast<std::size_t>((offset - log_head_octets) % frame_octets);
    if (within + out.size() > frame_octets) return SQLITE_IOERR_READ;
    frame plain;
    const int read = read_frame(file, plain, number);
    // The whole frame is asked for after a crash, to find where the log ends: there.
    if (read == SQLITE_IOERR_DATA && out.size() == frame_octets) {
        std::ranges::fill(out, 0);
        return SQLITE_OK;
    }
    if (read != SQLITE_OK) return read;
    std::ranges::copy(octet_span(plain).subspan(within, out.size()), out.begin());
    return SQLITE_OK;
}

int write_log(sealed_database_file& file, const_octets octets, sqlite3_int64 offset)
{
    const sqlite3_int64 number = (offset - log_head_octets) / frame_octets;
    const sqlite3_int64 within = (offset - log_head_octets) % frame_octets;
    const bool goes_with_waiting = within == frame_head_octets && number == file.waiting_frame;
    if (!goes_with_waiting)
        if (const int put = put_waiting_head(file); put != SQLITE_OK) return put;
    if (offset == 0 && octets.size() == log_head_octets) {
        std::array<unsigned char, sealed_log_head_octets> sealed;
        file.cipher->seal(octets, sealed, {block_place::kind::log_head});
        return write_under(file, sealed, 0);
    }
    if (offset < log_head_octets) return SQLITE_IOERR_WRITE;
    if (within == 0 && octets.size() == frame_head_octets) {
        std::ranges::copy(octets, file.waiting_head);
        file.waiting_frame = number;
        return SQLITE_OK;
    }
    if (within != frame_head_octets || octets.size() != page_octets) return SQLITE_IOERR_WRITE;
    frame plain;
    if (goes_with_waiting)
        std::ranges::copy(file.waiting_head, plain.begin());
    else if (const int read = read_frame(file, plain, number); read != SQLITE_OK)
        return read;
    file.waiting_frame = -1;
    std::ranges::copy(octets, plain.begin() + frame_head_octets);
    return write_frame(file, plain, number);
}

// --- what SQLite calls

int close_file(sqlite3_file* seen)
{
    return methods_under(seen).xClose(self(seen).under());
}

int read_file(sqlite3_file* seen, void* buffer, int count, sqlite3_int64 offset)
{
    const octet_span out(static_cast<unsigned char*>(buffer), static_cast<std::size_t>(count));
    return self(seen).is_log ? read_log(self(seen), out, offset) : read_page(self(seen), out, offset);
}

int write_file(sqlite3_file* seen, const void* buffer, int count, sqlite3_int64 offset)
{
    const const_octets octets(static_cast<const unsigned char*>(buffer), static_cast<std::size_t>(count));
    return self(seen).is_log ? write_log(self(seen), octets, offset) : write_page(self(seen), octets, offset);
}

int truncate_file(sqlite3_file* seen, sqlite3_int64 size)
{
    if (self(seen).is_log) {
        self(seen).waiting_frame = -1;
        if (size > log_head_octets)
            size = place_of_frame((size - log_head_octets + frame_octets - 1) / frame_octets);
        else if (size > 0)
            size = sealed_log_head_octets;
    }
    return methods_under(seen).xTruncate(self(seen).under(), size);
}

int sync_file(sqlite3_file* seen, int flags)
{
    if (const int put = put_waiting_head(self(seen)); put != SQLITE_OK) return put;
    return methods_under(seen).xSync(self(seen).under(), flags);
}

int size_of_file(sqlite3_file* seen, sqlite3_int64* size)
{
    if (const int asked = size_under(self(seen), *size); asked != SQLITE_OK || !self(seen).is_log)
        return asked;
    *size = *size < sealed_log_head_octets
                ? 0
                : log_head_octets + (*size - sealed_log_head_octets) / sealed_frame_octets * frame_octets;
    return SQLITE_OK;
}

int lock_file(sqlite3_file* seen, int level)
{
    return methods_under(seen).xLock(self(seen).under(), level);
}

int unlock_file(sqlite3_file* seen, int level)
{
    return methods_under(seen).xUnlock(self(seen).under(), level);
}

int check_reserved_lock(sqlite3_file* seen, int* held)
{
    return methods_under(seen).xCheckReservedLock(self(seen).under(), held);
}

int control_file(sqlite3_file* seen, int operation, void* argument)
{
    return methods_under(seen).xFileControl(self(seen).under(), operation, argument);
}

int sector_octets(sqlite3_file*)
{
    return page_octets; // what is written together is sealed together
}

int characteristics(sqlite3_file* seen)
{
    // That SQLite need not fill the log up to a sector's end, with frames in two pieces. It is its default on Linux.
    return methods_under(seen).xDeviceCharacteristics(self(seen).under()) | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_shared(sqlite3_file* seen, int region, int size, int extend, void volatile** mapping)
{
    return methods_under(seen).xShmMap(self(seen).under(), region, size, extend, mapping);
}

int lock_shared(sqlite3_file* seen, int offset, int count, int flags)
{
    return methods_under(seen).xShmLock(self(seen).under(), offset, count, flags);
}

void barrier_shared(sqlite3_file* seen)
{
    methods_under(seen).xShmBarrier(self(seen).under());
}

int unmap_shared(sqlite3_file* seen, int remove)
{
    return methods_under(seen).xShmUnmap(self(seen).under(), remove);
}

// Version 2: with shared memory for the log, without mapping the files themselves.
constexpr sqlite3_io_methods methods{2,
                                     close_file,
                                     read_file,
                                     write_file,
                                     truncate_file,
                                     sync_file,
                                     size_of_file,
                                     lock_file,
                                     unlock_file,
                                     check_reserved_lock,
                                     control_file,
                                     sector_octets,
                                     characteristics,
                                     map_shared,
                                     lock_shared,
                                     barrier_shared,
                                     unmap_shared,
                                     nullptr,
                                     nullptr};

} // namespace

int open_sealed_database_file(sqlite3_vfs* vfs, const page_cipher& cipher, const char* name,
                              sqlite3_file* handle, int flags, int* flags_out)
{
    handle->pMethods = nullptr;
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return SQLITE_CANTOPEN;
    sealed_database_file& file = self(handle);
    file.cipher = &cipher;
    file.vfs = vfs;
    file.name = name;
    file.is_log = (flags & SQLITE_OPEN_WAL) != 0;
    file.waiting_frame = -1;
    const int opened = vfs->xOpen(vfs, name, file.under(), flags, flags_out);
    if (opened == SQLITE_OK) handle->pMethods = &methods;
    return opened;
}

} // namespace disk
