// One file carries the body; at the commit the other copies are made from it, one after another.
#include "store/maildir/delivery.hpp"

#include <utility>

namespace store::maildir {

namespace {

constexpr std::size_t copy_octets = 256 * 1024; // a buffer of the pool's thread

struct copy {
    delivery_recipient recipient;
    std::string header_lf; ///< the header in LF form
    std::optional<base::result<std::string>> outcome;
};

class incoming final : public delivery {
public:
    incoming(backend& with, std::vector<copy> copies, mail::form form)
        : with_(with), copies_(std::move(copies)), form_(form)
    {
        find_carrier();
    }

    base::result<> write(std::string_view octets) override
    {
        body_octets_ += octets.size();
        if (!carrier_ || octets.empty()) return {};
        if (form_ == mail::form::as_received) return carrier_->write(octets);
        std::string stored;
        to_lf_.convert(octets, stored);
        if (!to_lf_.lossless()) return begin_anew_as_received(octets);
        held_cr_ = octets.back() == '\r';
        return carrier_->write(stored);
    }

    std::vector<base::result<std::string>> commit() override
    {
        if (carrier_ && form_ == mail::form::lf) {
            std::string rest;
            to_lf_.finish(rest);
            if (auto written = carrier_->write(rest); !written) fail_all(written.error());
        }
        for (copy& one : copies_)
            if (!one.outcome && &one != carried_) one.outcome = deliver_copy(one);
        // Last, for the others are read from it.
        if (carried_ != nullptr && !carried_->outcome) carried_->outcome = deliver(*carried_, *carrier_);
        carrier_.reset();

        std::vector<base::result<std::string>> out;
        out.reserve(copies_.size());
        for (copy& one : copies_) out.push_back(std::move(*one.outcome));
        return out;
    }

private:
    /// The first recipient whose maildrop takes a file; those who do not have their outcome now.
    void find_carrier()
    {
        for (copy& one : copies_) {
            auto file = temporary_file::create(with_, one.recipient.name);
            auto begun = file ? (*file)->write(header_of(one)) : base::fail(file.error());
            if (begun) {
                carrier_ = std::move(*file);
                carried_ = &one;
                return;
            }
            one.outcome = base::fail(begun.error());
        }
    }

    /// The chunk cannot be kept in LF form: writes what came before it once more, as it came.
    base::result<> begin_anew_as_received(std::string_view chunk)
    {
        form_ = mail::form::as_received;
        auto anew = carrier_->another();
        if (!anew) return base::fail(anew.error());
        if (auto written = (*anew)->write(carried_->recipient.header); !written) return written;
        mail::to_crlf to_crlf;
        std::string canonical;
        auto copied = for_each_chunk(*carrier_, carried_->header_lf.size(), [&](std::string_view stored) {
            canonical.clear();
            to_crlf.convert(stored, canonical);
            return (*anew)->write(canonical);
        });
        // A CR at the end of the last chunk is with to_lf_ still.
        if (copied && held_cr_) copied = (*anew)->write("\r");
        if (copied) copied = (*anew)->write(chunk);
        carrier_ = std::move(*anew);
        return copied;
    }

    const std::string& header_of(const copy& one) const
    {
        return form_ == mail::form::lf ? one.header_lf : one.recipient.header;
    }

    base::result<std::string> deliver_copy(const copy& one)
    {
        auto file = temporary_file::create(with_, one.recipient.name);
        if (!file) return base::fail(file.error());
        auto written = (*file)->write(header_of(one));
        if (written)
            written = for_each_chunk(*carrier_, header_of(*carried_).size(),
                                     [&](std::string_view stored) { return (*file)->write(stored); });
        if (!written) return base::fail(written.error());
        return deliver(one, **file);
    }

    base::result<std::string> deliver(const copy& one, temporary_file& file)
    {
        const auto& policy = one.recipient.policy;
        const std::uint64_t octets = one.recipient.header.size() + body_octets_;
        const std::string path = file.in().path;
        auto room = with_.quota.reserve(path, policy, octets, [&]() -> base::result<usage> {
            const auto taken = with_.snapshots.of(file.in());
            if (!taken) return base::fail(taken.error());
            return usage{(*taken)->listing().total_octets(), (*taken)->size()};
        });
        if (!room) return base::fail(room.error());
        auto base = file.deliver(octets);
        with_.quota.settle(path, octets, base.has_value());
        if (!base) return base;
        return unique_id_of(*base);
    }

    template <typename Each>
    static base::result<> for_each_chunk(temporary_file& from, std::uint64_t offset, Each each)
    {
        std::string buffer(copy_octets, '\0');
        const std::uint64_t end = from.octets();
        while (offset < end) {
            const auto got = from.read(buffer, offset);
            if (!got) return base::fail(got.error());
            if (*got == 0)
                return base::fail({.kind = base::failure::storage,
                                   .temporary = true,
                                   .peer_text = "mail storage trouble, try again later",
                                   .operator_text = "a file in tmp/ was cut short by another program"});
            if (auto done = each(std::string_view(buffer).substr(0, *got)); !done) return done;
            offset += *got;
        }
        return {};
    }

    void fail_all(const base::error& why)
    {
        for (copy& one : copies_)
            if (!one.outcome) one.outcome = base::fail(why);
    }

    backend& with_;
    std::vector<copy> copies_;
    std::unique_ptr<temporary_file> carrier_;
    copy* carried_ = nullptr; ///< whose copy the carrier is
    mail::form form_;
    mail::to_lf to_lf_;
    bool held_cr_ = false;
    std::uint64_t body_octets_ = 0;
};

} // namespace

base::result<std::unique_ptr<delivery>> begin_delivery(backend& with,
                                                       std::span<const delivery_recipient> recipients)
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
