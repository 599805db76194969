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
    folders maildrop;
    std::unique_ptr<temporary_file> file;
};

base::result<begun_file> begin_file(backend& backend, const maildrop_name& name)
{
    auto maildrop = backend.places.open(name, purpose::deliver);
    if (!maildrop) return base::fail(maildrop.error());
    auto directory = maildrop->maildrop->open_directory("tmp");
    if (!directory) return base::fail(directory.error());
    auto file = temporary_file::create(backend.names, backend.writing, std::move(*directory));
    if (!file) return base::fail(file.error());
    return begun_file{std::move(*maildrop), std::move(*file)};
}

/// To disk → rename without replacing into new/ → fsync of new/. Gives the base name. After an error nothing is
/// left in tmp/, and in new/ only where it could not be removed again.
base::result<std::string> put_into_new(backend& backend, folders& maildrop, temporary_file& file,
                                       std::uint64_t canonical_octets)
{
    if (auto finished = file.finish(); !finished) return base::fail(finished.error());
    auto base = file.rename_into(*maildrop.fresh,
                                 [&] { return backend.names.delivered(file.octets(), canonical_octets); });
    if (!base) return base;
    if (auto synced = backend.syncs.sync(maildrop.path_of(folder::fresh), *maildrop.fresh); !synced) {
        // The sender will be told to try again: better no copy left behind, but a second one is no loss.
        static_cast<void>(maildrop.fresh->remove(*base));
        return base::fail(synced.error());
    }
    return base;
}

class incoming final : public blocking_delivery {
public:
    incoming(backend& backend, std::vector<copy> copies, mail::form form)
        : with_(backend), copies_(std::move(copies))
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
        for (copy& copy : copies_)
            if (!copy.outcome && &copy != carried_) copy.outcome = deliver_copy(copy);
        // Last, for the others are read from it.
        if (carried_ != nullptr && !carried_->outcome)
            carried_->outcome = deliver(*carried_, carrier_in_, carrier_->file());
        carrier_.reset();

        std::vector<base::result<std::string>> out;
        out.reserve(copies_.size());
        for (copy& copy : copies_) out.push_back(std::move(*copy.outcome));
        return out;
    }

private:
    /// The first recipient whose maildrop takes a file; those who do not have their outcome now.
    void find_carrier(mail::form form)
    {
        for (copy& copy : copies_) {
            auto begun = begin_file(with_, copy.recipient.name);
            if (begun) {
                message_writer writer(std::move(begun->file), form);
                if (auto written = writer.write(copy.recipient.header); written) {
                    carrier_.emplace(std::move(writer));
                    carrier_in_ = std::move(begun->maildrop);
                    carried_ = &copy;
                    return;
                } else {
                    copy.outcome = base::fail(written.error());
                }
            } else {
                copy.outcome = base::fail(begun.error());
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

    const std::string& header_of(const copy& copy) const
    {
        return carrier_->form() == mail::form::lf ? copy.header_lf : copy.recipient.header;
    }

    base::result<std::string> deliver_copy(const copy& copy)
    {
        auto begun = begin_file(with_, copy.recipient.name);
        if (!begun) return base::fail(begun.error());
        auto written = begun->file->write(header_of(copy));
        if (written)
            written = for_each_chunk(carrier_->file(), header_of(*carried_).size(),
                                     [&](std::string_view stored) { return begun->file->write(stored); });
        if (!written) return base::fail(written.error());
        return deliver(copy, begun->maildrop, *begun->file);
    }

    base::result<std::string> deliver(const copy& copy, folders& maildrop, temporary_file& file)
    {
        const auto& policy = copy.recipient.policy;
        const std::uint64_t octets = copy.recipient.header.size() + body_octets_;
        auto room = with_.quota.reserve(maildrop.path, policy, octets, [&]() -> base::result<usage> {
            const auto taken = with_.snapshots.of(maildrop, false);
            if (!taken) return base::fail(taken.error());
            return usage{(*taken)->listing().total_octets(), (*taken)->size()};
        });
        if (!room) return base::fail(room.error());
        auto base = put_into_new(with_, maildrop, file, octets);
        with_.quota.settle(maildrop.path, octets, base.has_value());
        if (!base) return base;
        return unique_id_of(*base);
    }

    void fail_all(const base::error& error)
    {
        for (copy& copy : copies_)
            if (!copy.outcome) copy.outcome = base::fail(error);
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
begin_delivery(backend& backend, std::span<const delivery_recipient> recipients)
{
    if (auto root = backend.places.open_root(); !root) return base::fail(root.error());
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
    return std::make_unique<incoming>(backend, std::move(copies), form);
}

} // namespace store::maildir
