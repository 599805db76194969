// Writing turns back when an octet comes that the LF form could not give back.
#include "store/maildir/message_file.hpp"

#include <utility>

namespace store::maildir {

namespace {

constexpr std::size_t copy_octets = 256 * 1024; // a buffer of the pool's thread

} // namespace

base::result<> for_each_chunk(temporary_file& file, std::uint64_t offset,
                              const std::function<base::result<>(std::string_view)>& each)
{
    std::string buffer(copy_octets, '\0');
    const std::uint64_t end = file.octets();
    while (offset < end) {
        const auto got = file.read(buffer, offset);
        if (!got) return base::fail(got.error());
        if (*got == 0)
            return base::fail({.kind = base::failure::storage,
                               .temporary = true,
                               .peer_text = {},
                               .operator_text = "a file in tmp/ was cut short by another program"});
        if (auto done = each(std::string_view(buffer).substr(0, *got)); !done) return done;
        offset += *got;
    }
    return {};
}

message_writer::message_writer(std::unique_ptr<temporary_file> file, mail::form form)
    : file_(std::move(file)), form_(form)
{
}

base::result<> message_writer::write(std::string_view octets)
{
    octets_ += octets.size();
    if (octets.empty()) return {};
    if (form_ == mail::form::as_received) return file_->write(octets);
    stored_.clear();
    to_lf_.convert(octets, stored_);
    if (!to_lf_.lossless()) return begin_anew_as_received(octets);
    held_cr_ = octets.back() == '\r';
    return file_->write(stored_);
}

base::result<> message_writer::finish()
{
    if (form_ == mail::form::as_received || std::exchange(finished_, true)) return {};
    std::string rest;
    to_lf_.finish(rest);
    return file_->write(rest);
}

base::result<> message_writer::read_back(const std::function<base::result<>(std::string_view)>& sink)
{
    return form_ == mail::form::as_received ? for_each_chunk(*file_, 0, sink) : each_as_crlf(sink);
}

base::result<> message_writer::each_as_crlf(const std::function<base::result<>(std::string_view)>& sink)
{
    mail::to_crlf to_crlf;
    std::string canonical;
    return for_each_chunk(*file_, 0, [&](std::string_view stored) {
        canonical.clear();
        to_crlf.convert(stored, canonical);
        return sink(canonical);
    });
}

// The chunk cannot be kept in LF form: writes what came before it once more, as it came.
base::result<> message_writer::begin_anew_as_received(std::string_view chunk)
{
    form_ = mail::form::as_received;
    auto anew = file_->another();
    if (!anew) return base::fail(anew.error());
    auto copied = each_as_crlf([&](std::string_view canonical) { return (*anew)->write(canonical); });
    // A CR at the end of the last chunk is with to_lf_ still.
    if (copied && held_cr_) copied = (*anew)->write("\r");
    if (copied) copied = (*anew)->write(chunk);
    file_ = std::move(*anew);
    return copied;
}

} // namespace store::maildir
