// Directories of the disk below, with files that seal and unseal.
#include "disk/sealed/sealed_file_system.hpp"

#include "base/octets.hpp"
#include "disk/posix_calls.hpp"
#include "disk/sealed/sealed_form.hpp"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace disk {

namespace {

using shared_key = std::shared_ptr<const secret_octets>;

disk::status plain(disk::status sealed)
{
    if (sealed.kind == kind::regular) sealed.octets = sealed_form::plain_octets_of(sealed.octets);
    return sealed;
}

class sealed_directory final : public directory {
public:
    sealed_directory(std::unique_ptr<directory> under, shared_key key)
        : under_(std::move(under)), key_(std::move(key))
    {
    }

    base::result<std::unique_ptr<file>> create(std::string_view name) override
    {
        auto created = under_->create(name);
        if (!created) return created;
        return create_sealed_file(std::move(*created), key_, std::string(name));
    }
    base::result<std::unique_ptr<file>> open(std::string_view name) override
    {
        auto opened = under_->open(name);
        if (!opened) return opened;
        return open_sealed_file(std::move(*opened), key_, std::string(name));
    }
    base::result<std::unique_ptr<file>> open_to_append(std::string_view name) override
    {
        return base::fail(base::permanent_error(
            base::failure::refused, "append to '" + std::string(name) + "': a sealed file is written once"));
    }
    base::result<std::unique_ptr<directory>> open_directory(std::string_view name) override
    {
        auto opened = under_->open_directory(name);
        if (!opened) return opened;
        return std::make_unique<sealed_directory>(std::move(*opened), key_);
    }
    base::result<> make_directory(std::string_view name) override { return under_->make_directory(name); }
    base::result<> rename(std::string_view name, directory& to, std::string_view to_name) override
    {
        auto* const target = alike(to);
        return target != nullptr ? under_->rename(name, *target, to_name) : base::fail(cannot_link(name));
    }
    base::result<> replace(std::string_view name, directory& to, std::string_view to_name) override
    {
        auto* const target = alike(to);
        return target != nullptr ? under_->replace(name, *target, to_name) : base::fail(cannot_link(name));
    }
    base::result<> link(std::string_view name, directory& to, std::string_view to_name) override
    {
        auto* const target = alike(to);
        return target != nullptr ? under_->link(name, *target, to_name) : base::fail(cannot_link(name));
    }
    base::result<> remove(std::string_view name) override { return under_->remove(name); }
    base::result<> list(const std::function<void(std::string_view name)>& visit) override
    {
        return under_->list(visit);
    }
    base::result<disk::status> status(std::string_view name) override
    {
        auto sealed = under_->status(name);
        if (sealed) *sealed = plain(*sealed);
        return sealed;
    }
    base::result<disk::status> status() override { return under_->status(); }
    base::result<> sync() override { return under_->sync(); }
    std::vector<base::result<>> sync_files(std::span<file* const> files) override
    {
        return under_->sync_files(files);
    }
    base::result<std::unique_ptr<lock>> lock_file(std::string_view name) override
    {
        return under_->lock_file(name);
    }

private:
    /// The directory under `target`, where its files are sealed with our key; null where they are not.
    directory* alike(directory& target) const
    {
        auto* const sealed = dynamic_cast<sealed_directory*>(&target);
        return sealed != nullptr && sealed->key_->text() == key_->text() ? sealed->under_.get() : nullptr;
    }

    std::unique_ptr<directory> under_;
    shared_key key_;
};

} // namespace

sealed_file_system::sealed_file_system(file_system& under, secret_octets key)
    : under_(under), key_(std::make_shared<const secret_octets>(std::move(key)))
{
}

base::result<std::unique_ptr<directory>> sealed_file_system::open(const std::string& path)
{
    auto opened = under_.open(path);
    if (!opened) return opened;
    return std::make_unique<sealed_directory>(std::move(*opened), key_);
}

base::result<> sealed_file_system::make_path(const std::string& path)
{
    return under_.make_path(path);
}

namespace {

using namespace sealed_form;
using stream_state = crypto_secretstream_xchacha20poly1305_state;

static_assert(stream_head_octets == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(overhead_octets == crypto_secretstream_xchacha20poly1305_ABYTES);

constexpr unsigned char tag_more = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
constexpr unsigned char tag_last = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

base::error damaged(const std::string& name)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                "encrypted file '" + name +
                "': it was changed, cut short, or encrypted with another key; put back a copy of it"};
}

base::error finished_already(const std::string& name)
{
    return base::permanent_error(base::failure::refused,
                                 "encrypted file '" + name + "': it is finished, or open for reading only");
}

/// Fills all of `buffer`, or tells that the file ended.
base::result<> read_all(file& source, std::span<char> buffer, std::uint64_t offset, const std::string& name)
{
    while (!buffer.empty()) {
        const auto got = source.read(buffer, offset);
        if (!got) return base::fail(got.error());
        if (*got == 0) return base::fail(damaged(name));
        buffer = buffer.subspan(*got);
        offset += *got;
    }
    return {};
}

/// Chunks of a file, opened in any order; forward is quickest.
class chunk_reader {
public:
    chunk_reader(const std::string& head, const secret_octets& key)
    {
        states_.emplace_back();
        crypto_secretstream_xchacha20poly1305_init_pull(
            &states_.front(), base::unsigned_octets(std::string_view(head).substr(magic.size())),
            key.span().data());
    }

    /// The plain octets of chunk `number`, which has `sealed` octets and is the last one or not.
    base::result<std::string_view> open(file& source, std::uint64_t number, std::size_t sealed, bool last,
                                        const std::string& name)
    {
        if (held_ == number) return plain_;
        held_.reset();
        while (states_.size() <= number)
            if (auto passed = open_one(source, states_.size() - 1, sealed_chunk_octets, false, name); !passed)
                return base::fail(passed.error());
        if (auto opened = open_one(source, number, sealed, last, name); !opened)
            return base::fail(opened.error());
        held_ = number;
        return plain_;
    }

private:
    base::result<> open_one(file& source, std::uint64_t number, std::size_t sealed, bool last,
                            const std::string& name)
    {
        sealed_.resize(sealed);
        if (auto read = read_all(source, sealed_, head_octets + number * sealed_chunk_octets, name); !read)
            return read;
        plain_.resize(sealed - overhead_octets);
        stream_state state = states_[number];
        unsigned char tag = 0;
        if (crypto_secretstream_xchacha20poly1305_pull(&state, base::unsigned_octets(plain_), nullptr, &tag,
                                                       base::unsigned_octets(std::string_view(sealed_)),
                                                       sealed, base::unsigned_octets(magic),
                                                       magic.size()) != 0 ||
            tag != (last ? tag_last : tag_more))
            return base::fail(damaged(name));
        if (states_.size() == number + 1) states_.push_back(state);
        return {};
    }

    std::vector<stream_state> states_; ///< before each chunk; 52 octets for 64 KiB
    std::optional<std::uint64_t> held_;
    std::string plain_; ///< of the chunk held
    std::string sealed_;
};

class sealed_file final : public file {
public:
    /// For reading.
    sealed_file(std::unique_ptr<file> under, std::string name, chunk_reader reader)
        : under_(std::move(under)), name_(std::move(name)), reader_(std::move(reader))
    {
    }
    /// For writing.
    sealed_file(std::unique_ptr<file> under, std::string name, chunk_reader reader, stream_state writer)
        : under_(std::move(under)), name_(std::move(name)), reader_(std::move(reader)), writer_(writer)
    {
    }
    ~sealed_file() override
    {
        if (writer_) sodium_memzero(&*writer_, sizeof(*writer_));
        sodium_memzero(unwritten_.data(), unwritten_.size());
    }

    base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset) override
    {
        const auto size = extent_now();
        if (!size) return base::fail(size.error());
        if (buffer.empty()) return 0;
        if (offset >= size->plain) return size->plain == 0 && !writer_ ? read_end(*size) : 0;
        const std::uint64_t number = offset / chunk_octets;
        const std::size_t within = offset % chunk_octets;
        std::string_view plain = unwritten_;
        if (!writer_ || number < written_) {
            const bool last = !writer_ && number + 1 == size->chunks;
            const std::uint64_t left = size->sealed - head_octets - number * sealed_chunk_octets;
            const auto octets = static_cast<std::size_t>(std::min<std::uint64_t>(left, sealed_chunk_octets));
            const auto opened = reader_.open(*under_, number, octets, last, name_);
            if (!opened) return base::fail(opened.error());
            plain = *opened;
        }
        plain = plain.substr(within, buffer.size());
        std::ranges::copy(plain, buffer.begin());
        return plain.size();
    }

    base::result<> write(std::string_view octets) override
    {
        if (!writer_) return base::fail(finished_already(name_));
        while (!octets.empty()) {
            // A full chunk waits for the next octet: it may be the last one.
            if (unwritten_.size() == chunk_octets)
                if (auto put = put_chunk(tag_more); !put) return put;
            const auto part = octets.substr(0, chunk_octets - unwritten_.size());
            unwritten_ += part;
            octets.remove_prefix(part.size());
        }
        return {};
    }

    base::result<> sync() override
    {
        if (auto done = finish(); !done) return done;
        return under_->sync();
    }
    base::result<> close() override
    {
        auto done = finish();
        auto closed = under_->close();
        return done ? closed : done;
    }
    base::result<disk::status> status() override
    {
        const auto size = extent_now();
        if (!size) return base::fail(size.error());
        auto out = under_->status();
        if (out) out->octets = size->plain;
        return out;
    }
    base::result<> set_modified(base::wall_time time) override
    {
        if (auto done = finish(); !done) return done; // or the last write would set it again
        return under_->set_modified(time);
    }
    base::result<> shorten(std::uint64_t) override { return base::fail(finished_already(name_)); }

private:
    struct extent {
        std::uint64_t sealed = 0;
        std::uint64_t chunks = 0;
        std::uint64_t plain = 0;
    };

    base::result<extent> extent_now()
    {
        if (writer_) {
            const std::uint64_t plain = written_ * chunk_octets + unwritten_.size();
            return extent{head_octets + written_ * sealed_chunk_octets, written_, plain};
        }
        // Once: a file that is finished does not change, and one that does is caught by its last chunk.
        if (!known_) {
            const auto status = under_->status();
            if (!status) return base::fail(status.error());
            const std::uint64_t chunks = chunks_of(status->octets);
            const std::uint64_t last = status->octets - head_octets - (chunks - 1) * sealed_chunk_octets;
            // Only an empty file ends in an empty chunk: in another one nobody would read it, and miss what is cut off.
            if (chunks == 0 || last < overhead_octets || (chunks > 1 && last == overhead_octets))
                return base::fail(damaged(name_));
            known_ = extent{status->octets, chunks, plain_octets_of(status->octets)};
        }
        return *known_;
    }

    /// An empty file has one chunk, which must prove that.
    base::result<std::size_t> read_end(const extent& found)
    {
        const auto opened =
            reader_.open(*under_, 0, static_cast<std::size_t>(found.sealed - head_octets), true, name_);
        return opened ? base::result<std::size_t>(0) : base::fail(opened.error());
    }

    base::result<> finish()
    {
        if (!writer_) return {};
        if (auto put = put_chunk(tag_last); !put) return put;
        sodium_memzero(&*writer_, sizeof(*writer_));
        writer_.reset();
        return {};
    }

    base::result<> put_chunk(unsigned char tag)
    {
        std::string sealed(unwritten_.size() + overhead_octets, '\0');
        crypto_secretstream_xchacha20poly1305_push(&*writer_, base::unsigned_octets(sealed), nullptr,
                                                   base::unsigned_octets(std::string_view(unwritten_)),
                                                   unwritten_.size(), base::unsigned_octets(magic),
                                                   magic.size(), tag);
        if (auto put = under_->write(sealed); !put) return put;
        ++written_;
        unwritten_.clear();
        return {};
    }

    std::unique_ptr<file> under_;
    const std::string name_;
    chunk_reader reader_;
    std::optional<stream_state> writer_; ///< nothing once finished
    std::uint64_t written_ = 0;          ///< chunks
    std::string unwritten_;
    std::optional<extent> known_;
};

} // namespace

base::result<std::unique_ptr<file>> create_sealed_file(std::unique_ptr<file> under,
                                                       const std::shared_ptr<const secret_octets>& key,
                                                       std::string name)
{
    std::string head(magic);
    head.resize(head_octets);
    stream_state writer;
    crypto_secretstream_xchacha20poly1305_init_push(&writer, base::unsigned_octets(head) + magic.size(),
                                                    key->span().data());
    if (auto put = under->write(head); !put) return base::fail(put.error());
    return std::make_unique<sealed_file>(std::move(under), std::move(name), chunk_reader(head, *key), writer);
}

base::result<std::unique_ptr<file>> open_sealed_file(std::unique_ptr<file> under,
                                                     const std::shared_ptr<const secret_octets>& key,
                                                     std::string name)
{
    std::string head(head_octets, '\0');
    if (auto read = read_all(*under, head, 0, name); !read) return base::fail(read.error());
    if (!head.starts_with(magic)) return base::fail(damaged(name));
    return std::make_unique<sealed_file>(std::move(under), std::move(name), chunk_reader(head, *key));
}

} // namespace disk
