// Tables, and what must not reach a terminal.
#include "cli/terminal.hpp"

#include <gtest/gtest.h>

TEST(terminal, columns_are_as_wide_as_their_widest_cell)
{
    cli::table table({"NAME", "KIND"});
    table.add({"ann@example.org", "user"});
    table.add({"\xc3\xa9"});
    EXPECT_EQ(table.text(false), "NAME             KIND\n"
                                 "ann@example.org  user\n"
                                 "\xc3\xa9                \n");
}

TEST(terminal, cells_hold_no_control_characters)
{
    cli::table table({"NAME"});
    table.add({"a\x1b[2Jb\n"});
    EXPECT_EQ(table.text(false), "NAME\na^[[2Jb^J\n");
    EXPECT_EQ(table.text(true), "\x1b[1mNAME\x1b[0m\na^[[2Jb^J\n");
}
