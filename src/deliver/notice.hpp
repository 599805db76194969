// How a daemon tells a person of new mail and of trouble: a note on the desktop, a command, a mail.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "deliver/delivery_target.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace deliver {

/// Holds no text of a message: a note lies on a locked screen, and its arguments in the list of processes.
struct news {
    enum class kind { new_mail, trouble };
    news::kind kind = kind::new_mail;
    std::string account;
    std::uint64_t messages = 0; ///< of new mail
    std::string trouble{};      ///< what happened and what to do
};

/// "3 new messages in work"; "Trouble with work".
std::string title_of(const news& event);

class notice {
public:
    virtual ~notice() = default;
    /// A failure concerns the telling only.
    virtual base::result<> tell(const news& event) = 0;
};

/// notify-send(1), where the desktop has it.
class desktop_notice final : public notice {
public:
    explicit desktop_notice(std::string program = "notify-send") : program_(std::move(program)) {}
    base::result<> tell(const news& event) override;

private:
    std::string program_;
};

/// A program of the person's own, without a shell: title and text as lines on its standard input.
class command_notice final : public notice {
public:
    explicit command_notice(std::vector<std::string> argv) : argv_(std::move(argv)) {}
    base::result<> tell(const news& event) override;

private:
    std::vector<std::string> argv_;
};

/// A mail by any delivery target. `sender` and `recipient` are addresses.
class mail_notice final : public notice {
public:
    mail_notice(std::shared_ptr<delivery_target> target, std::string sender, std::string recipient,
                const base::clock& clock)
        : by_(std::move(target)), from_(std::move(sender)), to_(std::move(recipient)), clock_(clock)
    {
    }
    base::result<> tell(const news& event) override;

private:
    std::shared_ptr<delivery_target> by_;
    std::string from_, to_;
    const base::clock& clock_;
};

} // namespace deliver
