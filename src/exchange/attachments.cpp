// Saves decoded parts as files.
#include "exchange/attachments.hpp"

#include "exchange/free_name.hpp"
#include "mail/mime/reading.hpp"

#include <set>
#include <utility>

namespace exchange {
namespace {

base::result<> write_out(disk::file& file, std::string_view octets)
{
    if (auto written = file.write(octets); !written) return written;
    if (auto synced = file.sync(); !synced) return synced;
    return file.close();
}

base::result<saved_attachment> save(const mail::mime::attachment& attachment, std::string_view octets,
                                    free_names& names, disk::directory& target)
{
    auto made = names.create(mail::mime::safe_file_name(attachment.name, attachment.number));
    if (!made) return base::fail(made.error());
    if (auto written = write_out(*made->file, octets); !written) {
        (void)target.remove(made->name);
        return base::fail(written.error());
    }
    return saved_attachment{.number = attachment.number, .name = made->name, .octets = octets.size()};
}

} // namespace

base::result<> check_attachments(std::string_view canonical, std::span<const unsigned> numbers)
{
    if (numbers.empty()) return {};
    const auto count = mail::mime::read(canonical).attachments.size();
    for (const unsigned number : numbers)
        if (number == 0 || number > count)
            return base::fail(base::permanent_error(
                base::failure::vanished, "the message has no attachment " + std::to_string(number)));
    return {};
}

base::result<std::vector<saved_attachment>>
save_attachments(std::string_view canonical, std::span<const unsigned> numbers, disk::directory& target)
{
    const std::set<unsigned> wanted(numbers.begin(), numbers.end());
    free_names names(target);
    std::vector<saved_attachment> saved;
    base::result<> done;
    const auto message = mail::mime::parts_of(canonical);
    mail::mime::each_attachment(message,
                                [&](const mail::mime::attachment& attachment, std::string_view octets) {
                                    if (!wanted.empty() && !wanted.contains(attachment.number)) return true;
                                    auto written = save(attachment, octets, names, target);
                                    if (written)
                                        saved.push_back(*std::move(written));
                                    else
                                        done = base::fail(written.error());
                                    return done.has_value();
                                });
    if (!done) return base::fail(done.error());
    if (auto synced = target.sync(); !synced) return base::fail(synced.error());
    return saved;
}

} // namespace exchange
