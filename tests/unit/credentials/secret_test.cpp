// Secrets from commands, files and a keyring that is not there.
#include "credentials/secret.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace client_tests {
namespace {

std::string file_with(const support::temporary_directory& folder, const std::string& text, mode_t mode)
{
    const std::string path = folder.path() + "/secret";
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
}

TEST(secret, of_a_command_is_its_first_line)
{
    EXPECT_EQ(credentials::secret_of_command("printf 'one\\ntwo\\n'").value(), "one");
    EXPECT_EQ(credentials::secret_of_command("printf 'a b \\r\\n'").value(), "a b ");
    EXPECT_EQ(credentials::secret_of_command("printf 'no end'").value(), "no end");
}

TEST(secret, of_a_command_that_fails_is_refused_and_not_shown)
{
    for (const char* command : {"echo hunter2; exit 3", "true", "echo", "echo hunter2; kill -9 $$",
                                "/nowhere/at/all", "head -c 100000 /dev/zero"}) {
        const auto got = credentials::secret_of_command(command);
        ASSERT_FALSE(got) << command;
        EXPECT_FALSE(got.error().operator_text.contains("hunter2"));
        EXPECT_FALSE(got.error().operator_text.contains(command));
    }
}

TEST(secret, a_command_inherits_no_descriptor)
{
    const auto got = credentials::secret_of_command("ls /proc/self/fd | tr '\\n' ' '");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->substr(0, 7), "0 1 2 3") << "3 is ls's own";
    EXPECT_EQ(*got, "0 1 2 3 ");
}

TEST(secret, of_a_file_needs_a_file_that_is_ours_alone)
{
    const support::temporary_directory folder;
    EXPECT_EQ(credentials::secret_of_file(file_with(folder, "pw\nrest\n", 0600)).value(), "pw");
    EXPECT_EQ(credentials::secret_of_file(file_with(folder, "pw", 0400)).value(), "pw");
    for (const mode_t mode : {0640U, 0604U, 0602U, 0660U, 0700U, 0644U}) {
        const auto got = credentials::secret_of_file(file_with(folder, "pw", mode));
        ASSERT_FALSE(got) << mode;
        EXPECT_EQ(got.error().kind, base::failure::refused);
        EXPECT_TRUE(got.error().operator_text.contains("chmod 600")) << got.error().operator_text;
    }
    EXPECT_FALSE(credentials::secret_of_file(file_with(folder, "\npw", 0600)));
    EXPECT_FALSE(credentials::secret_of_file(folder.path()));
    EXPECT_FALSE(credentials::secret_of_file(folder.path() + "/missing"));
    EXPECT_FALSE(credentials::secret_of_file("/dev/null"));
}

TEST(secret, a_keyring_without_a_session_says_so_at_once)
{
    ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
    ::unsetenv("XDG_RUNTIME_DIR");
    for (const auto& error :
         {credentials::secret_of_keyring("work").error(), credentials::keep_in_keyring("work", "pw").error(),
          credentials::forget_in_keyring("work").error()}) {
        EXPECT_EQ(error.kind, base::failure::refused);
        EXPECT_TRUE(error.operator_text.contains("session")) << error.operator_text;
    }
}

} // namespace
} // namespace client_tests
