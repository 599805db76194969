// The driver for the bare machine: performs each action with what the file says, and compares.
#include "transcripts/bare_machine.hpp"

#include "mail/listing.hpp"
#include "pop3/multi_line.hpp"
#include "pop3/server_session.hpp"
#include "transcripts/comparison.hpp"
#include "transcripts/policy.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace transcripts {
namespace {

base::failure failure_named(std::string_view name)
{
    using enum base::failure;
    for (const base::failure kind : {credentials, in_use, login_delay, disabled, vanished, malformed, refused,
                                     overloaded, timed_out, storage, no_space, internal})
        if (base::name_of(kind) == name) return kind;
    throw std::runtime_error("no failure is named " + std::string(name));
}

base::error error_of(const failure& from)
{
    return {.kind = failure_named(from.kind),
            .temporary = from.temporary,
            .peer_text = from.text,
            .operator_text = {}};
}

const base::error wrong_credentials{.kind = base::failure::credentials,
                                    .temporary = false,
                                    .peer_text = "Wrong user name or password",
                                    .operator_text = {}};

class driver {
public:
    explicit driver(const transcript& file) : file_(file), session_(session_policy_of(file))
    {
        session_.greet();
    }

    void receive(std::string_view octets)
    {
        session_.receive(octets);
        if (!closed_ && !tls_wanted_) run();
    }

    void start_tls(std::optional<std::size_t> dropped)
    {
        if (!tls_wanted_) throw std::runtime_error("the machine did not ask for TLS");
        if (dropped && *dropped != tls_wanted_->pending_plaintext)
            throw std::runtime_error("plain text dropped: " + std::to_string(tls_wanted_->pending_plaintext));
        tls_wanted_.reset();
        session_.tls_started();
        run();
    }

    void end(std::string_view text)
    {
        session_.end(text);
        run();
    }

    std::string take_output()
    {
        received_ += std::exchange(session_.output(), {});
        return std::exchange(received_, {});
    }

    bool closed() const { return closed_; }
    bool tls_wanted() const { return tls_wanted_.has_value(); }
    const std::vector<std::size_t>& removed() const { return removed_; }

private:
    void run()
    {
        constexpr int actions_max = 1'000'000; // a machine that turns in a circle must fail, not hang
        for (int i = 0; i < actions_max; ++i) {
            const pop3::action wanted = session_.next();
            received_ += std::exchange(session_.output(), {});
            if (std::holds_alternative<pop3::need_octets>(wanted)) return;
            std::visit([this](const auto& a) { perform(a); }, wanted);
            if (closed_ || tls_wanted_) return;
        }
        throw std::runtime_error("the machine never asks for octets");
    }

    void perform(const pop3::need_octets&) {}
    void perform(const pop3::flush&) {}
    void perform(const pop3::start_tls& wanted) { tls_wanted_ = wanted; }
    void perform(const pop3::close&) { closed_ = true; }

    void perform(const pop3::check_password& wanted)
    {
        judge(wanted.user, is_user(wanted.user, wanted.secret));
    }
    void perform(const pop3::check_apop& wanted)
    {
        judge(wanted.user, std::ranges::any_of(file_.apop, [&](const user& u) {
                  return u.name == wanted.user && u.secret == wanted.digest;
              }));
    }

    // --- SASL: PLAIN is played for real, all else from the file

    void perform(const pop3::sasl_begin& wanted)
    {
        mechanism_ = wanted.mechanism;
        turn_ = 0;
        if (wanted.initial_response)
            respond(*wanted.initial_response);
        else if (mechanism_ == "PLAIN" || (script() && script()->client_first))
            session_.challenge("");
        else
            challenge_from_script();
    }
    void perform(const pop3::sasl_respond& wanted) { respond(wanted.response); }
    void perform(const pop3::sasl_abort&) { mechanism_.clear(); }

    void respond(const std::string& response)
    {
        if (mechanism_ == "PLAIN") {
            const std::size_t first = response.find('\0'), second = response.find('\0', first + 1);
            if (second == std::string::npos)
                return session_.refused({.kind = base::failure::malformed,
                                         .temporary = false,
                                         .peer_text = "no PLAIN message",
                                         .operator_text = {}});
            const std::string name = response.substr(first + 1, second - first - 1);
            return judge(name, is_user(name, response.substr(second + 1)));
        }
        if (!script() || turn_ >= script()->turns.size() || response != script()->turns[turn_++])
            return judge(script() ? script()->user : "", false);
        challenge_from_script();
    }

    void challenge_from_script()
    {
        if (!script()) return session_.refused(wrong_credentials);
        if (turn_ == script()->turns.size()) return judge(script()->user, true);
        session_.challenge(script()->turns[turn_++]);
    }

    const exchange* script() const
    {
        const auto found = std::ranges::find(file_.exchanges, mechanism_, &exchange::mechanism);
        return found == file_.exchanges.end() ? nullptr : &*found;
    }

    // --- the maildrop

    bool is_user(const std::string& name, const std::string& secret) const
    {
        return std::ranges::any_of(file_.users,
                                   [&](const user& u) { return u.name == name && u.secret == secret; });
    }

    void judge(const std::string& name, bool right)
    {
        if (!right) return session_.refused(wrong_credentials);
        if (log_ins_failed_ < file_.log_in_failures.size())
            return session_.refused(error_of(file_.log_in_failures[log_ins_failed_++]));
        session_.logged_in(open(name));
    }

    pop3::opened_maildrop open(const std::string& name) const
    {
        mail::listing::builder listing;
        pop3::opened_maildrop out;
        for (const message& m : file_.messages) {
            const auto surrogate_octets = m.surrogate.value_or(m.octets).size();
            listing.add(m.unique_id, m.octets.size(),
                        m.internationalised ? std::optional(surrogate_octets) : std::nullopt);
        }
        out.listing = std::make_shared<const mail::listing>(std::move(listing).build());
        const auto policy = session_policy_of(file_);
        out.expire_days = policy.expire.days;
        out.login_delay = policy.login_delay.seconds;
        if (file_.own.contains("expire")) out.expire_days = days_of(file_.own.at("expire"));
        if (file_.own.contains("login_delay"))
            out.login_delay = std::chrono::seconds(std::stoul(file_.own.at("login_delay")));
        out.user = name;
        return out;
    }

    void perform(const pop3::send_message& wanted)
    {
        const message& m = file_.messages.at(wanted.index);
        if (!m.failure.empty())
            return session_.message_failed(
                {.kind = failure_named(m.failure), .temporary = true, .peer_text = {}, .operator_text = {}});
        const std::string& octets = m.surrogate && !session_.utf8() ? *m.surrogate : m.octets;
        session_.sending(octets.size());
        received_ += std::exchange(session_.output(), {});
        pop3::dot_stuffer stuffer;
        pop3::top_limiter limiter(wanted.body_lines.value_or(0));
        stuffer.convert(wanted.body_lines ? limiter.pass(octets) : std::string_view(octets), received_);
        stuffer.finish(received_);
        session_.sent();
    }

    void perform(const pop3::update& wanted)
    {
        if (file_.update_failure) {
            const base::error why = error_of(*file_.update_failure);
            return session_.updated(0, &why);
        }
        for (const std::size_t index : wanted.marked) removed_.push_back(index + 1);
        session_.updated(wanted.marked.size(), nullptr);
    }

    const transcript& file_;
    pop3::server_session session_;
    std::string received_;
    std::string mechanism_;
    std::size_t turn_ = 0;
    std::size_t log_ins_failed_ = 0;
    std::optional<pop3::start_tls> tls_wanted_;
    bool closed_ = false;
    std::vector<std::size_t> removed_;
};

} // namespace

std::string run_on_bare_machine(const transcript& file, const splitter& split)
{
    driver on(file);
    for (const section& part : file.sections) {
        for_each_piece(part, split, [&on](std::string_view piece) { on.receive(piece); });
        if (auto trouble = compare(on.take_output(), part.server); !trouble.empty()) return trouble;
        if (part.then == section::ending::end) on.end(part.ending_text);
        if (part.then == section::ending::tls)
            on.start_tls(part.dropped);
        else if (on.tls_wanted())
            return "the machine asks for TLS, and the file does not";
    }
    if (auto trouble = compare(on.take_output(), {}); !trouble.empty()) return trouble;
    if (on.closed() != file.closed)
        return on.closed() ? "closed, and should not be" : "not closed, and should be";
    if (on.removed() != file.removed)
        return "removed " + std::to_string(on.removed().size()) + " messages, others than said";
    return "";
}

} // namespace transcripts
