// The keys of an account's rules and of the places that mail goes to: name, meaning, and how each value is read.
#include "config/rule_keys.hpp"

#include "config/key_file.hpp"
#include "config/values.hpp"

#include <array>

namespace config {

namespace {

using archive::rule_test;
using test_match = enum archive::rule_test::match;
using test_subject = enum archive::rule_test::subject;

constexpr std::array<std::string_view, 4> target_words{"lmtp", "smtp", "program", "mbox"};

rule_test& test_in(void* values)
{
    return *static_cast<rule_test*>(values);
}

#define AT(member) ([](void* owner) -> auto& { return static_cast<rule_test*>(owner)->member; })

template <test_match match>
constexpr parsed compared{[](void* values, std::string_view given) {
                              AT(match)(values) = match;
                              AT(text)(values) = given;
                              return std::string();
                          },
                          [](void* values) -> std::optional<std::string> {
                              const auto& test = test_in(values);
                              if (test.subject != test_subject::header || test.match != match)
                                  return std::nullopt;
                              return test.text;
                          },
                          [] { return std::string("write it in quotes"); }};

template <test_subject subject>
constexpr parsed measured{
    [](void* values, std::string_view given) -> std::string {
        const auto octets = parse_octets(given);
        if (!octets) return "is not a size in octets";
        AT(subject)(values) = subject;
        AT(octets)(values) = *octets;
        return {};
    },
    [](void* values) -> std::optional<std::string> {
        if (test_in(values).subject != subject) return std::nullopt;
        return format_octets(test_in(values).octets);
    },
    [] { return std::string("write a number and a unit, such as \"50M\" (units K M G T)"); }, true};

// `exists = false` and `not = true` each turn the test round.
void turn_round(void* values, bool given)
{
    AT(negated)(values) = AT(negated)(values) != given;
}

constexpr parsed_flag exists_flag{[](void* values, bool given) {
                                      AT(match)(values) = test_match::exists;
                                      turn_round(values, !given);
                                  },
                                  [](void* values) -> std::optional<bool> {
                                      const auto& test = test_in(values);
                                      if (test.subject != test_subject::header ||
                                          test.match != test_match::exists)
                                          return std::nullopt;
                                      return true;
                                  }};

constexpr auto keys_of_test = std::to_array<key>({
    {"header", text{AT(header), any_text, "List-Id"},
     "A field's name, or \"any-recipient\": To, Cc and the like. Encoded words are decoded.", R"("List-Id")"},
    {"contains", compared<test_match::contains>,
     "The field holds this text. Case does not count, here and in the next three.", R"("restante")",
     written::always},
    {"is", compared<test_match::is>, "The field is this text.", R"("ann@example.org")", written::always},
    {"begins", compared<test_match::begins>, "The field begins with this text.", R"("[urgent]")",
     written::always},
    {"ends", compared<test_match::ends>, "The field ends with this text.", R"("@example.com>")",
     written::always},
    {"exists", exists_flag, "The field is present, or with false is absent.", "true", written::always},
    {"octets_above", measured<test_subject::octets_above>, "The message is larger.", R"("20M")",
     written::always},
    {"octets_below", measured<test_subject::octets_below>, "The message is smaller.", R"("64K")",
     written::always},
    {"not", parsed_flag{turn_round, [](void* values) -> std::optional<bool> { return AT(negated)(values); }},
     "Inverts the test."},
});

#undef AT

void check_test(void* values, given_keys& given)
{
    const auto& test = test_in(values);
    unsigned matches = 0;
    for (const auto* word : {"contains", "is", "begins", "ends", "exists"})
        matches += given.has(word) ? 1U : 0U;
    const unsigned subjects = (test.header.empty() ? 0U : 1U) + (given.has("octets_above") ? 1U : 0U) +
                              (given.has("octets_below") ? 1U : 0U);
    if (subjects != 1)
        given.complain("header", "must be one of header, octets_above and octets_below",
                       R"(write { header = "List-Id", contains = "restante" })");
    else if (!test.header.empty() && matches != 1)
        given.complain("header", "needs one of contains, is, begins, ends and exists",
                       "add it to the same braces");
}

const schema& test_schema()
{
    static const schema schema{keys_of_test, {}, "restante.toml(5)", work_on_defaults<rule_test>, check_test};
    return schema;
}

#define AT(member) ([](void* owner) -> auto& { return static_cast<archive::rule*>(owner)->member; })

constexpr auto keys_of_rule = std::to_array<key>({
    {"name", text{AT(name), any_text, "lists"}, "The rule's name in reports.", R"("lists")"},
    {"when", entries(AT(tests), test_schema, true),
     "Tests, all of which must match. Required. Each is a header with one of contains, is, begins, ends and "
     "exists, or one "
     "of octets_above and octets_below.",
     R"([{ header = "List-Id", exists = true }, { header = "Subject", begins = "[urgent]", not = true }])"},
    {"skip", flag{AT(skip)},
     "Leave it on the server; it is reported as skipped. Decided before the download."},
    {"delete_unseen", flag{AT(delete_unseen)},
     "DELETE IT ON THE SERVER WITHOUT FETCHING IT. Under the guard. Decided before the download."},
    {"folder", text{AT(folder), any_text, "Lists"}, "File it into this folder.", R"("Lists")"},
    {"seen", flag{AT(seen)}, "Mark it as seen."},
    {"flagged", flag{AT(flagged)}, "Mark it as flagged."},
    {"discard", flag{AT(discard)},
     "File it into the folder Discarded, where it can be found again; it is never gone."},
    {"stop", flag{AT(stop)}, "Try no later rule."},
});

#undef AT

void check_rule(void* values, given_keys& given)
{
    const auto& rule = *static_cast<archive::rule*>(values);
    if (rule.tests.empty())
        given.complain("when", "is missing, so the rule would match every message",
                       R"(write when = [{ header = "From", contains = "example.org" }])");
    if (!rule.skip && !rule.delete_unseen && !rule.discard && !rule.seen && !rule.flagged &&
        rule.folder.empty())
        given.complain("name", "does nothing", "add skip, delete_unseen, folder, seen, flagged or discard");
}

#define AT(member) ([](void* owner) -> auto& { return static_cast<target_entry*>(owner)->member; })

constexpr auto keys_of_target = std::to_array<key>({
    {"kind", words(AT(target.kind), target_words), "\"lmtp\", \"smtp\", \"program\" or \"mbox\".", "",
     written::always},
    {"to", text{AT(target.destination), any_text, "localhost:24"},
     "HOST:PORT, or a /path: of a Unix socket for lmtp, of the file for mbox. Ports by default: 24 for lmtp; 587 for "
     "smtp, 465 with tls = \"implicit\".",
     R"("/run/dovecot/lmtp")"},
    {"command", text_list{AT(target.command), any_text, R"(["/usr/lib/dovecot/dovecot-lda", "-d", "ann"])"},
     "Of a program: itself and its arguments; no shell sees them. The message comes on standard input with LF line "
     "ends. Status 0: accepted; 75 and signals: tried again; others: refused.",
     R"(["/usr/lib/dovecot/dovecot-lda", "-d", "ann"])"},
    {"recipients", text_list{AT(target.recipients), any_text, R"(["ann@example.org"])"},
     "Of lmtp and smtp. Required there.", R"(["ann@example.org"])"},
    {"sender", text{AT(target.sender), any_text, "ann@example.org"},
     "Of lmtp and smtp. Empty: the null sender, so that nothing bounces."},
    {"tls", words(AT(target.tls), tls_words), "Of smtp, as in [server]."},
    {"user", text{AT(target.user), any_text, "ann"}, "Of smtp, where it requires a log-in."},
    {"password_command", text{AT(target.password_command), any_text, "pass show mail/example.net"},
     "Of smtp: a command whose first line is the password."},
    {"ca", text{AT(target.ca), any_text, "/etc/ssl/own-ca.pem"},
     "Of smtp: authorities to trust instead of the system's."},
    {"add_received", flag{AT(target.add_received)},
     "Add this field on top. Without this and the next key the message is passed on octet for octet."},
    {"add_delivered_to", flag{AT(target.add_delivered_to)}, "Add this field on top."},
    {"instead", flag{AT(instead)}, "Keep no copy here. Holds for the whole account."},
});

#undef AT

void check_target(void* values, given_keys& given)
{
    using kind = enum target_configuration::kind;
    const auto& target = static_cast<target_entry*>(values)->target;
    const bool program = target.kind == kind::program;
    if (program && target.command.empty())
        given.complain("command", "is missing",
                       R"(write command = ["/usr/lib/dovecot/deliver", "-d", "ann"])");
    if (!program && target.destination.empty())
        given.complain("to", "is missing", "write where to, a HOST:PORT or a /path");
    if (!program && target.kind != kind::mbox && target.recipients.empty())
        given.complain("recipients", "is missing", R"(write recipients = ["ann@example.org"])");
}

} // namespace

const schema& rule_schema()
{
    static const schema schema{
        keys_of_rule, {}, "restante.toml(5)", work_on_defaults<archive::rule>, check_rule};
    return schema;
}

const schema& target_schema()
{
    static const schema schema{
        keys_of_target, {}, "restante.toml(5)", work_on_defaults<target_entry>, check_target};
    return schema;
}

} // namespace config
