// One dialogue with the intake of the server under test, and what came of it in the maildrop.
#pragma once

#include "conformance/lmtp_script.hpp"
#include "conformance/maildrop.hpp"
#include "conformance/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace conformance {

class lmtp_dialogue {
public:
    lmtp_dialogue(const settings& asked, const lmtp_script& script);

    /// The extensions that LHLO announces, in upper case, without their arguments.
    static std::vector<std::string> extensions(const settings& asked);

    /// The deviations by section. Throws trouble.
    std::map<std::string, std::vector<deviation>> run(bool enhanced_codes);
    /// Why something that an RFC asks for was not reached; empty: all was.
    const std::string& stopped() const { return stopped_; }

private:
    std::string adapted(std::string sent) const;
    void deviate(const std::string& rfc, const std::string& sent, const std::string& expected,
                 const std::string& got);
    std::optional<std::string> reply_of(wire& from, const lmtp_exchange& asked, const std::string& expected);
    bool goes_on(wire& on, const lmtp_exchange& asked, const std::string& got);
    void check_messages(const maildrop& account);

    const settings& asked_;
    const lmtp_script& script_;
    std::map<std::string, std::vector<deviation>> found_;
    bool in_transaction_ = false;
    std::string stopped_;
    std::string rfc_; // of the last exchange that has a section
};

} // namespace conformance
