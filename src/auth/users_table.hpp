// The users and aliases of one file, ready to be asked.
#pragma once

#include "auth/passwd_file.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace auth {

class users_table {
public:
    users_table() = default; ///< nobody

    /// Checks what no single line shows: where aliases lead, and names that would share a folder. A faulty line is left
    /// out, its name is_faulty(), and faults() has it with those of `contents`.
    static users_table make(const passwd_contents& contents);

    const std::vector<line_fault>& faults() const { return faults_; }
    /// Nobody can say who that is until a line is mended: its own, or one that does not tell whose it is.
    bool is_faulty(std::string_view name) const;
    /// The same of a domain that local_domain() does not know.
    bool may_be_faulty_domain() const { return faulty_.contains(""); }
    bool last_removed() const { return last_removed_; }

    const user* find(std::string_view name) const;              ///< null: none; in any spelling
    std::vector<route> resolve(std::string_view address) const; ///< empty: nowhere
    bool local_domain(std::string_view domain) const;
    const usual_costs& usual() const { return usual_; }
    const auth::own_times& own_times() const { return own_times_; }
    std::size_t users() const { return users_.size(); }
    std::vector<std::string> names() const; ///< of the users, in no order
    bool empty() const { return users_.empty() && aliases_.empty(); }

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <typename Value>
    using by_name = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

    const user* find_canonical(std::string_view canonical) const;
    bool follow(std::string_view canonical, const std::string& detail, std::vector<route>& routes) const;
    void leave_out(std::string_view canonical, line_fault fault);
    void look_at_folders(const passwd_contents& contents);
    void look_at_aliases(const passwd_contents& contents);
    void note_domain(std::string_view canonical);

    // all by canonical names
    by_name<user> users_;
    by_name<std::vector<std::string>> aliases_; ///< after make(): each target is a user
    std::unordered_set<std::string, text_hash, std::equal_to<>> domains_;
    std::unordered_set<std::string, text_hash, std::equal_to<>> faulty_; ///< "": of a line that does not tell
    std::vector<line_fault> faults_;
    bool last_removed_ = false;
    usual_costs usual_;
    auth::own_times own_times_;
};

} // namespace auth
