// One file carries the body; at the commit the other copies are made from it, one after another.
#include "store/maildir/delivery.hpp"

#include "store/maildir/message_file.hpp"

#include <utility>

namespace store::maildir {

namespace {

struct copy {
    delivery_recipient recipient;
    std::string header_lf; ///< the header in LF form
    std::optional<base::result<std::string>> outcome;
};

/// An empty file in the tmp/ of one maildrop.
struct begun_file {
    folders in;
    std::unique_ptr<temporary_file> file;
};

base::result<begun_file> begin_file(backend& with, const maildrop_name& name)
{
    auto in = with.places.open(name, purpose::deliver);
    if (!in) return base::fail(in.error());
    auto directory = in->maildrop->open_directory("tmp");
    if (!directory) return base::fail(directory.error());
    auto file = temporary_file::create(with.names, with.writing, std::move(*directory));
    if (!file) return base::fail(file.error());
    return begun_file{std::move(*in), std::move(*file)};
}

/// To disk → rename without replacing into new/ → fsync of new/. Gives the base name. After an error nothing is
/// left in tmp/, and in new/ only where it could not be removed again.
base::result<std::string> put_into_new(backend& with, folders& in, temporary_file& file,
                                       std::uint64_t canonical_octets)
{
    if (auto finished = file.finish(); !finished) return base::fail(finished.error());
    auto base =
        file.rename_into(*in.fresh, [&] { return with.names.delivered(file.octets(), canonical_octets); });
    if (!base) return base;
    if (auto synced = with.syncs.sync(in.path_of(folder::fresh), *in.fresh); !synced) {
        // The sender will be told to try again: better no copy left behind, but a second one is no loss.
        static_cast<void>(in.fresh->remove(*base));
        return base::fail(synced.error());
    }
    return base;
}

class incoming final : public blocking_delivery {
public:
    incoming(backend& with, std::vector<copy> copies, mail::form form)
        : with_(with), copies_(std::move(copies))
    {
        find_carrier(form);
    }

    base::result<> write(std::string_view octets) override
    {
        if (octets.empty()) return {};
        body_octets_ += octets.size();
        ends_in_crlf_ = octets.ends_with("\r\n") || (octets == "\n" && ends_in_cr_);
        ends_in_cr_ = octets.ends_with('\r');
        return carrier_ ? carrier_->write(octets) : base::result<>();
    }

    std::vector<base::result<std::string>> commit() override
    {
        if (auto written = finish(); !written) fail_all(written.error());
        for (copy& one : copies_)
            if (!one.outcome && &one != carried_) one.outcome = deliver_copy(one);
        // Last, for the others are read from it.
        if (carried_ != nullptr && !carried_->outcome)
            carried_->outcome = deliver(*carried_, carrier_in_, carrier_->file());
        carrier_.reset();

        std::vector<base::result<std::string>> out;
        out.reserve(copies_.size());
        for (copy& one : copies_) out.push_back(std::move(*one.outcome));
        return out;
    }

private:
    /// The first recipient whose maildrop takes a file; those who do not have their outcome now.
    void find_carrier(mail::form form)
    {
        for (copy& one : copies_) {
            auto begun = begin_file(with_, one.recipient.name);
            if (begun) {
                message_writer writer(std::move(begun->file), form);
                if (auto written = writer.write(one.recipient.header); written) {
                    carrier_.emplace(std::move(writer));
                    carrier_in_ = std::move(begun->in);
                    carried_ = &one;
                    return;
                } else {
                    one.outcome = base::fail(written.error());
                }
            } else {
                one.outcome = base::fail(begun.error());
            }
        }
    }

    /// RETR can end behind a line end only (RFC 1939, section 3): kept with one, the message has the octets that LIST
    /// and quota count and RETR sends.
    base::result<> finish()
    {
        if (body_octets_ > 0 && !ends_in_crlf_)
            if (auto written = write("\r\n"); !written) return written;
        return carrier_ ? carrier_->finish() : base::result<>();
    }

    const std::string& header_of(const copy& one) const
    {
        return carrier_->form() == mail::form::lf ? one.header_lf : one.recipient.header;
    }

    base::result<std::string> deliver_copy(const copy& one)
    {
        auto begun = begin_file(with_, one.recipient.name);
        if (!begun) return base::fail(begun.error());
        auto written = begun->file->write(header_of(one));
        if (written)
            written = for_each_chunk(carrier_->file(), header_of(*carried_).size(),
                                     [&](std::string_view stored) { return begun->file->write(stored); });
        if (!written) return base::fail(written.error());
        return deliver(one, begun->in, *begun->file);
    }

    base::result<std::string> deliver(const copy& one, folders& in, temporary_file& file)
    {
        const auto& policy = one.recipient.policy;
        const std::uint64_t octets = one.recipient.header.size() + body_octets_;
        auto room = with_.quota.reserve(in.path, policy, octets, [&]() -> base::result<usage> {
            const auto taken = with_.snapshots.of(in, false);
            if (!taken) return base::fail(taken.error());
            return usage{(*taken)->listing().total_octets(), (*taken)->size()};
        });
        if (!room) return base::fail(room.error());
        auto base = put_into_new(with_, in, file, octets);
        with_.quota.settle(in.path, octets, base.has_value());
        if (!base) return base;
        return unique_id_of(*base);
    }

    void fail_all(const base::error& why)
    {
        for (copy& one : copies_)
            if (!one.outcome) one.outcome = base::fail(why);
    }

    backend& with_;
    std::vector<copy> copies_;
    folders carrier_in_;
    std::optional<message_writer> carrier_;
    copy* carried_ = nullptr; ///< whose copy the carrier is
    std::uint64_t body_octets_ = 0;
    bool ends_in_cr_ = false;
    bool ends_in_crlf_ = false;
};

} // namespace

base::result<std::unique_ptr<blocking_delivery>>
begin_delivery(backend& with, std::span<const delivery_recipient> recipients)
{
    if (auto root = with.places.open_root(); !root) return base::fail(root.error());
    std::vector<copy> copies;
    mail::form form = mail::form::lf;
    for (const auto& recipient : recipients) {
        const std::string_view header = recipient.header;
        mail::to_lf to_lf;
        std::string header_lf;
        to_lf.convert(header, header_lf);
        // Headers end in CRLF. One that does not could make a new line end where the body begins.
        if (!to_lf.lossless() || (!header.empty() && !header.ends_with("\r\n")))
            form = mail::form::as_received;
        copies.push_back({recipient, std::move(header_lf), std::nullopt});
    }
    return std::make_unique<incoming>(with, std::move(copies), form);
}

} // namespace store::maildir
