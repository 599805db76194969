// Saves decoded parts as files.
#include "archive/attachments.hpp"

#include "archive/free_name.hpp"
#include "mail/mime/reading.hpp"

namespace archive {
namespace {

base::result<> write_out(disk::file& file, std::string_view octets)
{
    if (auto written = file.write(octets); !written) return written;
    if (auto synced = file.sync(); !synced) return synced;
    return file.close();
}

base::result<saved_attachment> save(std::string_view canonical, const mail::mime::attachment& which,
                                    free_names& names, disk::directory& into)
{
    auto octets = mail::mime::attachment_octets(canonical, which.number);
    if (!octets) return base::fail(octets.error());
    auto made = names.create(mail::mime::safe_file_name(which.name, which.number));
    if (!made) return base::fail(made.error());
    if (auto written = write_out(*made->file, *octets); !written) {
        (void)into.remove(made->name);
        return base::fail(written.error());
    }
    return saved_attachment{.number = which.number, .name = made->name, .octets = octets->size()};
}

} // namespace

base::result<std::vector<saved_attachment>>
save_attachments(std::string_view canonical, std::optional<unsigned> number, disk::directory& into)
{
    free_names names(into);
    std::vector<saved_attachment> saved;
    for (const auto& each : mail::mime::read(canonical).attachments) {
        if (number && *number != each.number) continue;
        auto one = save(canonical, each, names, into);
        if (!one) return base::fail(one.error());
        saved.push_back(*std::move(one));
    }
    if (number && saved.empty()) return base::fail(mail::mime::attachment_octets(canonical, *number).error());
    if (auto synced = into.sync(); !synced) return base::fail(synced.error());
    return saved;
}

} // namespace archive
