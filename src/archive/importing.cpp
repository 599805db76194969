// Messages taken in: hashed while they are written, published in groups, recorded at once.
#include "archive/importing.hpp"

#include "archive/header_hash.hpp"
#include "archive/mbox.hpp"
#include "archive/quoted_lines.hpp"
#include "archive/strays.hpp"
#include "base/ascii.hpp"
#include "mail/line_ends.hpp"

#include <algorithm>
#include <set>

namespace archive {
namespace {

constexpr std::size_t imported_together_max = 100;
constexpr std::uint64_t imported_octets_max = 32u << 20;
constexpr std::size_t read_octets = 64u << 10;
constexpr unsigned depth_max = 20;

/// Takes one message after the other.
class intake {
public:
    explicit intake(const import_parts& into) : into_(into) {}

    /// What a crash of an earlier import left without a record would else be taken in a second time.
    base::result<> prepare()
    {
        auto adopted = adopt_strays(into_.book, into_.account, into_.mail);
        if (!adopted) return base::fail(adopted.error());
        return {};
    }

    base::result<> begin(const store::placement& where)
    {
        auto adding = into_.mail.begin_addition();
        if (!adding) return noted(base::fail(adding.error()));
        adding_ = *std::move(adding);
        where_ = where;
        return {};
    }

    base::result<> octets(std::string_view canonical)
    {
        hasher_.add(canonical);
        header_.add(canonical);
        return noted(adding_->write(canonical));
    }

    /// The message is whole.
    base::result<> end()
    {
        ++done.found;
        const content_hash hash = hasher_.finish();
        std::string header_hash = header_.finish();
        auto is_here = known(hash);
        if (!is_here) return noted(base::fail(is_here.error()));
        if (*is_here) {
            ++done.duplicates;
            adding_.reset();
            return {};
        }
        waiting_.insert(hash);
        waiting_octets_ += adding_->octets();
        records_.push_back({hash, holding{.account = into_.account,
                                          .key = {},
                                          .octets = adding_->octets(),
                                          .header_hash = std::move(header_hash)}});
        group_.push_back({.message = std::move(adding_), .where = where_});
        return group_.size() < imported_together_max && waiting_octets_ < imported_octets_max
                   ? base::result<>{}
                   : noted(flush());
    }

    /// The message cannot be had; others follow.
    void abandon(const std::string& what, const base::error& why)
    {
        hasher_.finish();
        header_.finish();
        adding_.reset();
        ++done.found;
        done.failed.push_back(what + ": " + why.operator_text);
    }

    base::result<> flush()
    {
        if (group_.empty()) return {};
        const auto keys = into_.mail.publish(std::exchange(group_, {}));
        std::vector<std::pair<content_hash, holding>> stored;
        const base::error* trouble = nullptr;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (!keys[i]) {
                trouble = &keys[i].error();
                done.failed.push_back("a message: " + trouble->operator_text);
                continue;
            }
            records_[i].second.key = *keys[i];
            done.octets += records_[i].second.octets;
            stored.push_back(std::move(records_[i]));
        }
        records_.clear();
        waiting_.clear();
        waiting_octets_ = 0;
        if (!stored.empty())
            if (auto recorded = into_.book.record_holdings(stored); !recorded) return recorded;
        done.stored += stored.size();
        if (into_.tell) into_.tell(done.stored + done.duplicates);
        return stored.empty() && trouble != nullptr ? base::result<>(base::fail(*trouble)) : base::result<>{};
    }

    /// The archive's disk or its ledger failed, and not what is read.
    bool storing_failed() const { return storing_failed_; }

    bool wants_stop()
    {
        done.stopped = done.stopped || (into_.stop != nullptr && *into_.stop);
        return done.stopped;
    }

    const std::string& folder() const { return into_.folder; }

    imported done;

private:
    base::result<> noted(base::result<> outcome)
    {
        storing_failed_ = storing_failed_ || !outcome;
        return outcome;
    }

    base::result<bool> known(const content_hash& hash)
    {
        if (waiting_.contains(hash)) return true;
        auto held = into_.book.holdings(hash, into_.account);
        if (!held) return base::fail(held.error());
        for (const auto& each : *held) {
            if (each.account != into_.account) continue;
            auto there = into_.mail.find(each.key); // the ledger's word alone is not enough
            if (there) return true;
            if (there.error().kind != base::failure::vanished) return base::fail(there.error());
        }
        return false;
    }

    const import_parts& into_;
    std::unique_ptr<store::addition> adding_;
    store::placement where_;
    content_hasher hasher_;
    header_hasher header_;
    std::vector<store::collection::publication> group_;
    std::vector<std::pair<content_hash, holding>> records_; // of the group, in step
    std::set<content_hash> waiting_;
    std::uint64_t waiting_octets_ = 0;
    bool storing_failed_ = false;
};

base::error stopped()
{
    return {
        .kind = base::failure::closed, .temporary = true, .peer_text = "stopped", .operator_text = "stopped"};
}

/// Entries of an mbox go straight in. The end of one is where a stop is obeyed.
class mbox_intake final : public mbox_sink {
public:
    explicit mbox_intake(intake& into) : into_(into) {}

    base::result<> begin(const mbox_envelope& envelope) override
    {
        if (into_.wants_stop()) return base::fail(stopped());
        return into_.begin(
            {.folder = into_.folder(), .marks = {}, .arrival = envelope.date.value_or(base::wall_time{})});
    }
    base::result<> octets(std::string_view chunk) override { return into_.octets(chunk); }
    base::result<> end() override { return into_.end(); }

private:
    intake& into_;
};

base::result<> read_pieces(disk::file& file, const std::function<base::result<>(std::string_view)>& take)
{
    std::string buffer(read_octets, '\0');
    for (std::uint64_t offset = 0;;) {
        const auto got = file.read(buffer, offset);
        if (!got) return base::fail(got.error());
        if (*got == 0) return {};
        offset += *got;
        if (auto taken = take(std::string_view(buffer).substr(0, *got)); !taken) return taken;
    }
}

/// Ends an import: what is waiting is stored whatever came before, unless the storing itself failed.
base::result<imported> finished(intake& in, base::result<> outcome)
{
    if (!outcome && !in.done.stopped && in.done.found == 0) return base::fail(outcome.error());
    if (auto flushed = in.flush(); !flushed) return base::fail(flushed.error());
    if (!outcome && !in.done.stopped) return base::fail(outcome.error());
    return std::move(in.done);
}

/// No line end of the file has a CR, and it has some.
base::result<bool> has_lf_ends_alone(disk::file& file)
{
    bool lf = false;
    bool cr = false;
    auto read = read_pieces(file, [&](std::string_view piece) -> base::result<> {
        lf = lf || piece.find('\n') != std::string_view::npos;
        cr = cr || piece.find('\r') != std::string_view::npos;
        return {};
    });
    if (!read) return base::fail(read.error());
    return lf && !cr;
}

base::result<> take_eml(disk::directory& from, std::string_view name, intake& in)
{
    auto file = from.open(name);
    if (!file) return base::fail(file.error());
    auto status = (*file)->status();
    if (!status) return base::fail(status.error());
    auto converts = has_lf_ends_alone(**file);
    if (!converts) return base::fail(converts.error());
    if (auto begun = in.begin({.folder = in.folder(), .marks = {}, .arrival = status->modified}); !begun)
        return begun;
    mail::to_crlf to_crlf;
    std::string converted;
    auto read = read_pieces(**file, [&](std::string_view piece) -> base::result<> {
        if (!*converts) return in.octets(piece);
        converted.clear();
        to_crlf.convert(piece, converted);
        return in.octets(converted);
    });
    if (!read) return read;
    return in.end();
}

bool is_eml(std::string_view name)
{
    constexpr std::string_view ending = ".eml";
    return name.size() > ending.size() &&
           base::equal_ignoring_case(name.substr(name.size() - ending.size()), ending);
}

base::result<> take_eml_directory(disk::directory& from, intake& in, unsigned depth)
{
    std::vector<std::string> names;
    if (auto listed = from.list([&](std::string_view name) { names.emplace_back(name); }); !listed)
        return listed;
    std::ranges::sort(names);
    for (const auto& name : names) {
        if (in.wants_stop()) return base::fail(stopped());
        const auto status = from.status(name);
        if (!status) continue; // removed meanwhile
        if (status->kind == disk::kind::directory && depth < depth_max) {
            auto inner = from.open_directory(name);
            auto taken = inner ? take_eml_directory(**inner, in, depth + 1) : base::fail(inner.error());
            if (!taken) return taken;
        }
        if (status->kind != disk::kind::regular || !is_eml(name)) continue;
        auto taken = take_eml(from, name, in);
        if (!taken && in.storing_failed()) return taken;
        if (!taken) in.abandon(name, taken.error());
    }
    return {};
}

base::result<> take_kept(store::collection& from, const store::kept_message& kept, intake& in)
{
    auto message = from.open(kept.key);
    if (!message) {
        if (message.error().kind != base::failure::vanished) in.abandon(kept.key, message.error());
        return {};
    }
    const std::string& folder = kept.folder.empty() ? in.folder() : kept.folder;
    if (auto begun = in.begin({.folder = folder, .marks = kept.marks, .arrival = kept.arrival}); !begun)
        return begun;
    auto read = store::read_canonical(**message, [&](std::string_view piece) { return in.octets(piece); });
    if (read) return in.end();
    if (in.storing_failed()) return read;
    in.abandon(kept.key, read.error());
    return {};
}

} // namespace

base::result<imported> import_mbox(disk::directory& from, std::string_view name, const import_parts& into)
{
    auto file = from.open(name);
    if (!file) return base::fail(file.error());
    intake in(into);
    if (auto ready = in.prepare(); !ready) return base::fail(ready.error());
    mbox_intake sink(in);
    mbox_reader reader(sink);
    quoted_line_counter quoted;
    auto read = read_pieces(**file, [&](std::string_view piece) {
        quoted.count(piece);
        return reader.octets(piece);
    });
    if (read) read = reader.finish();
    in.done.unquoted_lines = quoted.lines();
    return finished(in, std::move(read));
}

base::result<imported> import_collection(store::collection& from, const import_parts& into)
{
    intake in(into);
    if (auto ready = in.prepare(); !ready) return base::fail(ready.error());
    std::vector<store::kept_message> all;
    if (auto listed = from.list([&](const store::kept_message& each) { all.push_back(each); }); !listed)
        return base::fail(listed.error());
    std::ranges::sort(all, {}, &store::kept_message::arrival);
    for (const auto& each : all) {
        if (in.wants_stop()) break;
        if (auto taken = take_kept(from, each, in); !taken) return finished(in, std::move(taken));
    }
    return finished(in, {});
}

base::result<imported> import_eml(disk::directory& from, std::string_view name, const import_parts& into)
{
    intake in(into);
    if (auto ready = in.prepare(); !ready) return base::fail(ready.error());
    return finished(in, take_eml(from, name, in));
}

base::result<imported> import_eml_directory(disk::directory& from, const import_parts& into)
{
    intake in(into);
    if (auto ready = in.prepare(); !ready) return base::fail(ready.error());
    return finished(in, take_eml_directory(from, in, 0));
}

} // namespace archive
