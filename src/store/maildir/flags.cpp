// Six letters of ours, and all others left alone.
#include "store/maildir/flags.hpp"

#include <algorithm>
#include <array>

namespace store::maildir {

namespace {

constexpr std::string_view info_start = ":2,";

struct letter {
    char flag;
    bool message_marks::* mark;
};
constexpr std::array letters{letter{'D', &message_marks::draft},     letter{'F', &message_marks::flagged},
                             letter{'P', &message_marks::forwarded}, letter{'R', &message_marks::answered},
                             letter{'S', &message_marks::seen},      letter{'T', &message_marks::trashed}};

std::string_view flags_in(std::string_view info)
{
    return info.starts_with(info_start) ? info.substr(info_start.size()) : std::string_view();
}

} // namespace

message_marks marks_of(std::string_view info)
{
    message_marks out;
    for (const letter& one : letters) out.*one.mark = flags_in(info).contains(one.flag);
    return out;
}

std::string info_with(std::string_view info, const message_marks& marks)
{
    std::string flags(flags_in(info));
    for (const letter& one : letters) {
        std::erase(flags, one.flag);
        if (marks.*one.mark) flags += one.flag;
    }
    std::ranges::sort(flags);
    return std::string(info_start) + flags;
}

} // namespace store::maildir
