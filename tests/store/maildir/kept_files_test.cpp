// What a backup finds while messages are deleted, put back and renamed between any two of its steps.
#include "fixture.hpp"
#include "store/maildir/held.hpp"
#include "store/maildir/kept_files.hpp"

#include <map>

namespace {

class maildir_kept_files : public maildir_test {
protected:
    void move(const std::string& from, const std::string& to)
    {
        const auto contents = disk_.contents("/mail/ann/" + from);
        if (!contents) return;
        plant(to, *contents);
        disk_.erase("/mail/ann/" + from);
    }

    /// How often each message was visited, by its contents; `acts` at the operations of that number.
    std::map<std::string, int> visited(const std::map<std::size_t, std::function<void()>>& acts)
    {
        store::maildir::places places(disk_, "/mail");
        auto in = places.open({"ann"}, store::maildir::purpose::inspect).value();
        disk_.before_each([&](std::size_t number, const std::string&) {
            if (const auto act = acts.find(number); act != acts.end()) act->second();
        });
        std::map<std::string, int> out;
        const auto done = store::maildir::visit_messages(
            in, clock_,
            [&](disk::directory& directory, const std::string&, const std::string& name) -> base::result<> {
                const auto text = disk::read_whole(directory, name, 1000);
                if (!text) return base::fail(text.error());
                ++out[*text];
                return {};
            });
        EXPECT_TRUE(done);
        operations_ = disk_.operations();
        disk_.before_each({});
        return out;
    }

    std::size_t operations_ = 0;
    const std::map<std::string, int> all_{{"a\n", 1}, {"b\n", 1}, {"c\n", 1}};
};

} // namespace

TEST_F(maildir_kept_files, each_message_is_visited_once_wherever_it_is)
{
    plant("new/1.a", "a\n");
    plant("cur/2.b:2,S", "b\n");
    plant(".restante-held/5,s,3.c", "c\n");
    plant(".restante-held/other", "not ours\n");
    settle();
    EXPECT_EQ(visited({}), all_);
}

TEST_F(maildir_kept_files, a_message_that_is_deleted_and_put_back_meanwhile_is_visited)
{
    const std::string waiting = "new/2.b";
    const std::string held = ".restante-held/5,s,2.b";
    std::size_t last = 1;
    for (std::size_t first = 1; first <= last; ++first)
        for (std::size_t second = first + 1; second <= first + 20; ++second)
            for (const bool begins_held : {false, true}) {
                for (const auto& path : {waiting, held})
                    if (disk_.contents("/mail/ann/" + path)) disk_.erase("/mail/ann/" + path);
                disk_.plant_directory("/mail/ann/.restante-held");
                plant("new/1.a", "a\n");
                plant("new/3.c", "c\n");
                const auto& from = begins_held ? held : waiting;
                const auto& to = begins_held ? waiting : held;
                plant(from, "b\n");
                settle();
                EXPECT_EQ(visited({{first, [&] { move(from, to); }}, {second, [&] { move(to, from); }}}),
                          all_)
                    << first << ", " << second << disk_.trace().substr(disk_.trace().size() / 2);
                last = std::max(last, operations_);
                if (HasFailure()) return;
            }
}
