// What holds for the whole archive: how its file is read and written.
#include "config/archive_configuration.hpp"

#include "config/archive_keys.hpp"
#include "config/key_file.hpp"
#include "config/toml_file.hpp"

namespace config {

archive_reading read_archive(std::string_view text)
{
    archive_reading out;
    read_toml(text, out.faults,
              [&](const toml::table& file) { read_keys(archive_schema(), file, &out.values, out.faults); });
    suggest_keys(archive_schema(), out.faults);
    return out;
}

std::string format_archive(const archive_configuration& archive)
{
    auto copy = archive; // the places in the schema are for writing, too
    return "# What holds for the whole archive; restante.toml(5) lists all keys.\n" +
           format_file(archive_schema(), &copy);
}

} // namespace config
