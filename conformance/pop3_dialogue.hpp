// One dialogue with the server under test: what a transcript says, adapted to the account and to what lies in its
// maildrop.
#pragma once

#include "conformance/maildrop.hpp"
#include "conformance/pop3_steps.hpp"
#include "conformance/result.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace conformance {

class pop3_dialogue {
public:
    /// `waiting`: what lies in the maildrop, in the order of the file's messages.
    pop3_dialogue(const settings& asked, const transcripts::transcript& file, const announced& server,
                  std::vector<waiting_message> waiting);

    /// The deviations by section. Throws trouble where the maildrop cannot be looked into afterwards.
    std::map<std::string, std::vector<deviation>> run();
    /// Why something that an RFC asks for was not reached; empty: all was.
    const std::string& stopped() const { return stopped_; }

private:
    void open();
    void play_all();
    void cancel();
    void play(std::size_t first, std::size_t last);
    std::optional<reply> answer_to(const step& asked);
    void remember(const step& asked, const std::string& sent, const reply& got);
    bool restore();
    std::string adapted(const step& asked);
    std::string with_credentials(const std::string& base64);
    void check(const step& asked, const reply& got);
    std::string difference(const step& asked, const reply& got);
    std::string difference_of_text(const step& asked, const reply& got);
    std::string difference_of_listing(const step& asked, const reply& got, bool unique_ids) const;
    std::string difference_of_capabilities(const reply& got);
    std::string code_missing(const step& asked, const reply& got) const;
    std::string transmitted(std::size_t index, std::optional<std::uint64_t> body_lines) const;
    void end();
    void deviate(const step& asked, const std::string& expected, const std::string& got);

    const settings& asked_;
    const transcripts::transcript& file_;
    const announced& server_;
    const std::vector<waiting_message> waiting_;
    const std::vector<step> steps_;
    maildrop account_;
    std::optional<wire> wire_;
    bool in_exchange_ = false; // SASL
    bool signed_in_ = false;
    bool refused_ = false;              // something was, on this connection
    std::string user_;                  // whom USER named, in the file
    std::vector<std::string> exchange_; // what was sent of the one under way
    std::vector<std::string> state_;    // what brings a new connection to where this one is
    std::set<std::string> names_;       // of capabilities, announced before log-in
    std::set<std::size_t> marked_;      // as deleted, from 1
    std::map<std::string, std::vector<deviation>> found_;
    std::string stopped_;
    std::size_t reached_ = 0;   // of steps_
    deviation* last_ = nullptr; // of found_
};

} // namespace conformance
