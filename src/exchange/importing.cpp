// What is read, piece by piece, on its way to the intake.
#include "exchange/importing.hpp"

#include "base/counted.hpp"
#include "exchange/intake.hpp"
#include "exchange/mail_file.hpp"
#include "exchange/mbox_marks.hpp"
#include "exchange/mbox_reader.hpp"
#include "exchange/readpst_text.hpp"
#include "mail/header_section.hpp"
#include "mail/line_ends.hpp"
#include "mail/mbox.hpp"
#include "mail/mime/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace exchange {
namespace {

constexpr std::size_t read_octets = 64u << 10;
constexpr std::size_t marked_header_octets_max =
    256u << 10;                    // marks stand at its beginning or end; longer is an attack
constexpr int tree_passes_max = 5; // while other programs move messages from folder to folder

using take_piece = std::function<base::result<>(std::string_view)>;

base::error stopped()
{
    return {
        .kind = base::failure::closed, .temporary = true, .peer_text = "stopped", .operator_text = "stopped"};
}

base::error malformed(std::string reason)
{
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = "not readable as mail",
            .operator_text = std::move(reason)};
}

/// Octets of a file from `offset` on; fewer than asked for at its end.
base::result<std::string> octets_of(disk::file& file, std::uint64_t offset, std::size_t octets)
{
    std::string out(octets, '\0');
    std::size_t got = 0;
    while (got < octets) {
        const auto more = file.read(std::span(out).subspan(got), offset + got);
        if (!more) return base::fail(more.error());
        if (*more == 0) break;
        got += *more;
    }
    out.resize(got);
    return out;
}

/// Gives `octets` of a file from `offset` on, or all up to its end where there are fewer, to `take`.
base::result<> read_pieces(disk::file& file, std::uint64_t offset, std::uint64_t octets,
                           const take_piece& take)
{
    std::string buffer(read_octets, '\0');
    while (octets > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(octets, buffer.size()));
        const auto got = file.read(std::span(buffer).first(wanted), offset);
        if (!got) return base::fail(got.error());
        if (*got == 0) return {};
        offset += *got;
        octets -= *got;
        if (auto taken = take(std::string_view(buffer).substr(0, *got)); !taken) return taken;
    }
    return {};
}

constexpr std::uint64_t to_the_end = ~0ULL;

// --- mbox

/// Entries of an mbox go straight in. The end of one is where a stop is obeyed.
class mbox_intake final : public mbox_sink {
public:
    explicit mbox_intake(intake& intake) : into_(intake) {}

    base::result<> begin(std::optional<base::wall_time> date) override
    {
        if (into_.wants_stop()) return base::fail(stopped());
        beginning_.clear();
        own_.reset();
        decided_ = false;
        header_.clear();
        end_ = {};
        arrival_ = date.value_or(base::wall_time{});
        return into_.begin(fmt::format("message {}", into_.done.found + 1), {});
    }
    base::result<> octets(std::string_view chunk) override
    {
        if (decided_) return pass_on(chunk);
        beginning_ += chunk;
        return beginning_.size() < own_mbox_marks_octets_max ? base::result<>() : decide();
    }
    base::result<> end() override
    {
        if (!decided_)
            if (auto passed = decide(); !passed) return passed;
        mbox_marks read = read_mbox_marks(header_);
        const std::string& folder = own_ ? own_->folder : read.folder;
        into_.done.more_labels += read.more_labels ? 1 : 0;
        into_.tag_with(own_ ? std::move(own_->tags) : std::move(read.tags));
        into_.move_to({.folder = folder.empty() ? into_.folder() : folder,
                       .marks = own_ ? own_->marks : read.marks,
                       .arrival = arrival_});
        return into_.end();
    }

private:
    /// Whether our own export wrote this message: then its fields are not the message's.
    base::result<> decide()
    {
        decided_ = true;
        own_ = read_own_mbox_marks(beginning_);
        return pass_on(std::string_view(beginning_).substr(own_ ? own_->octets : 0));
    }
    base::result<> pass_on(std::string_view chunk)
    {
        const std::string_view header = chunk.substr(0, end_.find(chunk));
        header_ +=
            header.substr(0, marked_header_octets_max - std::min(header_.size(), marked_header_octets_max));
        return into_.octets(chunk);
    }

    intake& into_;
    std::string beginning_; // until it is decided
    bool decided_ = false;
    std::optional<own_mbox_marks> own_;
    std::string header_;
    mail::header_section_end end_;
    base::wall_time arrival_;
};

/// Old Macs end lines with CR alone.
bool has_cr_ends_alone(std::string_view head)
{
    return head.contains('\r') && !head.contains('\n');
}

// --- single files

/// No line end of the file has a CR, and it has some. A CR elsewhere is text.
base::result<bool> has_lf_ends_alone(disk::file& file, std::uint64_t offset, std::uint64_t octets)
{
    bool lf = false;
    bool crlf = false;
    bool cr_before = false;
    auto read = read_pieces(file, offset, octets, [&](std::string_view piece) -> base::result<> {
        lf = lf || piece.contains('\n');
        crlf = crlf || piece.contains("\r\n") || (cr_before && piece.starts_with('\n'));
        cr_before = piece.ends_with('\r');
        return {};
    });
    if (!read) return base::fail(read.error());
    return lf && !crlf;
}

/// Where in a file a message lies, and what is known of it.
struct extent {
    std::uint64_t offset = 0;
    std::uint64_t octets = to_the_end;
    std::optional<bool> lf_ends{}; ///< each LF without a CR stands for CRLF; unset: the contents tell
};

base::result<> take_octets(disk::file& file, const extent& extent, const take_piece& take)
{
    bool converts = extent.lf_ends.value_or(false);
    if (!extent.lf_ends) {
        auto done = has_lf_ends_alone(file, extent.offset, extent.octets);
        if (!done) return base::fail(done.error());
        converts = *done;
    }
    mail::to_crlf to_crlf;
    std::string converted;
    return read_pieces(file, extent.offset, extent.octets, [&](std::string_view piece) -> base::result<> {
        if (!converts) return take(piece);
        converted.clear();
        to_crlf.convert(piece, converted);
        return take(converted);
    });
}

base::result<> take_message(disk::file& file, const extent& extent, intake& intake)
{
    auto read = take_octets(file, extent, [&](std::string_view piece) { return intake.octets(piece); });
    return read ? intake.end() : read;
}

/// A file of one message, with what is known of it from elsewhere.
class file_intake {
public:
    file_intake(intake& intake, disk::file& file, const store::foreign_file& known)
        : into_(intake), file_(file), known_(known)
    {
    }

    base::result<> take()
    {
        auto head = octets_of(file_, 0, mail_file_head_octets);
        if (!head) return base::fail(head.error());
        const bool in_maildir = known_.place == store::foreign_place::message;
        const std::string_view name = std::string_view(known_.path).substr(known_.path.rfind('/') + 1);
        if (into_.by_readpst() && (name.ends_with(".ics") || name.ends_with(".vcf"))) {
            ++into_.done.not_mail; // an appointment, a contact
            return {};
        }
        if (head->empty() && known_.named_octets.value_or(0) > 0)
            return base::fail(malformed(
                fmt::format("empty, though its name says {} octets: it was lost", *known_.named_octets)));
        const mail_file judged = evaluate_mail_file(name, *head, in_maildir, known_.numbered);
        switch (judged.kind) {
        case mail_file_kind::message:
            if (!in_maildir && !into_.by_readpst())
                if (auto many = holds_many(*head); !many || *many) {
                    if (!many) return base::fail(many.error());
                    into_.refuse(known_.path, "an mbox with several messages: import it with --mbox");
                    return {};
                }
            return into_.by_readpst() ? take_outlook() : take_whole();
        case mail_file_kind::emlx: return take_emlx(*head);
        case mail_file_kind::companion: ++into_.done.not_mail; return {};
        case mail_file_kind::empty: pass_over("empty"); return {};
        case mail_file_kind::not_mail: pass_over("no mail"); return {};
        case mail_file_kind::refused: into_.refuse(known_.path, judged.reason); return {};
        }
        return {};
    }

private:
    /// Whether it begins as an mbox, and a second message begins in it.
    base::result<bool> holds_many(std::string_view head)
    {
        if (!begins_message(head.substr(0, head.find_first_of("\r\n")))) return false;
        std::string line;
        bool first = true;
        bool behind_blank = false;
        bool many = false;
        auto read = read_pieces(file_, 0, to_the_end, [&](std::string_view piece) -> base::result<> {
            while (!piece.empty() && !many) {
                const std::size_t octets = std::min(piece.find('\n'), piece.size());
                line += piece.substr(0, std::min(octets, mail::mbox_line_octets_max - line.size()));
                if (octets == piece.size()) return {};
                piece.remove_prefix(octets + 1);
                if (line.ends_with('\r')) line.pop_back();
                many = !first && behind_blank && begins_message(line);
                first = false;
                behind_blank = line.empty();
                line.clear();
            }
            return {};
        });
        if (!read) return base::fail(read.error());
        return many;
    }

    static bool begins_message(std::string_view line)
    {
        return mail::read_mbox_line(line).kind == mail::mbox_line_kind::dated;
    }

    base::result<> take_whole()
    {
        auto status = file_.status();
        if (!status) return base::fail(status.error());
        extent extent;
        if (known_.place == store::foreign_place::message) {
            // A Maildir holds LF for CRLF; restante and its like say by equal sizes that a file is as it came.
            const bool sizes_hold = known_.canonical_octets > 0 && known_.stored_octets == status->octets;
            extent.lf_ends = !sizes_hold || known_.canonical_octets != known_.stored_octets;
        }
        const bool dated = known_.arrival != base::wall_time{};
        auto begun = into_.begin(known_.path, {.folder = folder(),
                                               .marks = known_.marks,
                                               .arrival = dated ? known_.arrival : status->modified});
        if (!begun) return begun;
        auto taken = take_message(file_, extent, into_);
        if (taken && known_.named_octets.value_or(status->octets) != status->octets)
            into_.done.cut.push_back(fmt::format("{}: its name says {} octets, and it has {}", known_.path,
                                                 *known_.named_octets, status->octets));
        return taken;
    }

    /// readpst makes each message anew, so only what it tells is the same in every run.
    base::result<> take_outlook()
    {
        auto status = file_.status();
        if (!status) return base::fail(status.error());
        if (auto begun = into_.begin(known_.path, {.folder = folder(), .marks = {}, .arrival = {}}); !begun)
            return begun;
        readpst_text steady([&](std::string_view piece) { return into_.octets(piece); });
        auto read = take_octets(file_, {}, [&](std::string_view piece) { return steady.octets(piece); });
        if (read) read = steady.end();
        if (!read) return read;
        const mail::mime::reading reading = mail::mime::read(steady.header());
        into_.move_to({.folder = folder(),
                       .marks = {.seen = steady.was_read()},
                       .arrival = reading.received.value_or(reading.date.value_or(status->modified))});
        return into_.end();
    }

    base::result<> take_emlx(std::string_view head)
    {
        auto status = file_.status();
        if (!status) return base::fail(status.error());
        const auto beginning = read_emlx_beginning(head);
        if (!beginning)
            return base::fail(malformed("not an .emlx of Apple Mail: its first line is not a length"));
        const std::uint64_t list = beginning->message_offset + beginning->message_octets;
        if (beginning->message_octets > status->octets || list > status->octets)
            return base::fail(malformed("cut short: its first line gives more octets than there are"));
        constexpr std::size_t list_octets_max = 64u << 10;
        auto property_list = octets_of(file_, list, list_octets_max);
        if (!property_list) return base::fail(property_list.error());
        if (!is_property_list(*property_list))
            return base::fail(malformed(
                "its first line gives too few octets: what follows the message is not a property list"));
        // Whoever left them out of the length wrote them behind the message all the same.
        const std::uint64_t message_octets =
            beginning->message_octets + octets_before_property_list(*property_list);
        const emlx_flags flags = read_emlx_flags(*property_list);
        auto begun =
            into_.begin(known_.path, {.folder = flags.deleted ? std::string(deleted_folder) : folder(),
                                      .marks = flags.marks,
                                      .arrival = status->modified});
        return begun ? take_message(file_, {beginning->message_offset, message_octets, {}}, into_) : begun;
    }

    void pass_over(const std::string& reason)
    {
        ++into_.done.not_mail;
        into_.done.passed_over.push_back(known_.path + ": " + reason);
    }

    std::string folder() const
    {
        if (known_.deleted) return std::string(deleted_folder);
        return known_.folder.empty() ? into_.folder() : known_.folder;
    }

    intake& into_;
    disk::file& file_;
    const store::foreign_file& known_;
};

// --- trees

/// Opens files by their paths; those of one folder follow each other.
class path_opener {
public:
    explicit path_opener(disk::directory& top) : top_(top) {}

    base::result<std::unique_ptr<disk::file>> open(const std::string& path)
    {
        const std::size_t slash = path.rfind('/');
        const std::string folder = slash == std::string::npos ? std::string() : path.substr(0, slash);
        if (folder != folder_ || (!folder.empty() && !directory_))
            if (auto entered = enter(folder); !entered) return base::fail(entered.error());
        return (folder.empty() ? top_ : *directory_).open(path.substr(slash + 1));
    }

private:
    base::result<> enter(const std::string& folder)
    {
        directory_.reset();
        folder_ = folder;
        for (std::string_view rest = folder; !rest.empty();) {
            const std::string_view name = rest.substr(0, rest.find('/'));
            rest.remove_prefix(std::min(name.size() + 1, rest.size()));
            auto inner = (directory_ ? *directory_ : top_).open_directory(name);
            if (!inner) return base::fail(inner.error());
            directory_ = *std::move(inner);
        }
        return {};
    }

    disk::directory& top_;
    std::string folder_;
    std::unique_ptr<disk::directory> directory_;
};

class tree_intake {
public:
    tree_intake(disk::directory& top, intake& intake) : opener_(top), into_(intake) {}

    /// Takes what earlier passes did not see; false where that was nothing.
    base::result<bool> pass(const std::vector<store::foreign_file>& files)
    {
        const bool first = seen_.empty();
        std::unordered_set<std::uint64_t> seen_now;
        bool any = false;
        for (const auto& file : files) {
            if (into_.wants_stop()) return base::fail(stopped());
            // A move within a disk keeps the inode.
            if (!first && (file.place != store::foreign_place::message || seen_.contains(file.inode)))
                continue;
            auto taken = take(file);
            if (!taken) return base::fail(taken.error());
            if (*taken) seen_now.insert(file.inode);
            any = any || *taken;
        }
        seen_.merge(seen_now);
        return any;
    }

private:
    /// False where it is not there any more under this path.
    base::result<bool> take(const store::foreign_file& file)
    {
        switch (file.place) {
        case store::foreign_place::unread: into_.refuse(file.path, file.reason); return true;
        case store::foreign_place::unfinished:
            ++into_.done.not_mail;
            into_.done.passed_over.push_back(file.path + ": a delivery that was not finished");
            return true;
        case store::foreign_place::discarded:
            ++into_.done.not_mail;
            into_.done.passed_over.push_back(file.path + ": deleted by its user, as MH names it");
            return true;
        case store::foreign_place::message:
        case store::foreign_place::elsewhere: break;
        }
        auto opened = opener_.open(file.path);
        if (!opened && opened.error().kind == base::failure::vanished) return false;
        auto taken = opened ? file_intake(into_, **opened, file).take() : base::fail(opened.error());
        if (!taken && into_.storing_failed()) return base::fail(taken.error());
        if (!taken) into_.refuse(file.path, taken.error().operator_text);
        return true;
    }

    path_opener opener_;
    intake& into_;
    std::unordered_set<std::uint64_t> seen_;
};

base::result<> take_tree(disk::directory& directory, const list_tree& list, intake& intake)
{
    tree_intake tree(directory, intake);
    for (int pass = 0; pass < tree_passes_max; ++pass) {
        auto files = list();
        if (!files) return base::fail(files.error());
        auto more = tree.pass(*files);
        if (!more) return base::fail(more.error());
        if (!*more) break;
    }
    return {};
}

} // namespace

base::result<imported> import_mbox(disk::directory& directory, std::string_view name,
                                   const import_parts& parts)
{
    auto file = directory.open(name);
    if (!file) return base::fail(file.error());
    auto head = octets_of(**file, 0, mail_file_head_octets);
    if (!head) return base::fail(head.error());
    if (auto reason = foreign_container(*head); !reason.empty())
        return base::fail(malformed(std::move(reason)));
    const bool cr_ends = has_cr_ends_alone(*head);
    const auto end_with_lf = [&](std::string& octets) {
        if (cr_ends) std::ranges::replace(octets, '\r', '\n');
    };
    const auto look = [&](std::uint64_t offset, std::size_t octets) {
        auto seen = octets_of(**file, offset, octets);
        if (seen) end_with_lf(*seen);
        return seen;
    };
    intake intake(parts);
    if (auto ready = intake.prepare(); !ready) return base::fail(ready.error());
    mbox_intake sink(intake);
    mbox_reader reader(sink, look);
    auto read = read_pieces(**file, 0, to_the_end, [&](std::string_view piece) {
        if (!cr_ends) return reader.octets(piece);
        std::string octets(piece);
        end_with_lf(octets);
        return reader.octets(octets);
    });
    if (read) read = reader.finish();
    if (!read && intake.done.found > 0 && !intake.storing_failed() && !intake.wants_stop()) {
        intake.refuse(fmt::format("message {} and what follows it", intake.done.found + 1),
                      read.error().operator_text);
        read = {};
    }
    intake.done.unquoted_lines = reader.unquoted_lines();
    if (read && reader.octets_before() > 0)
        intake.done.no_message.push_back(
            fmt::format("{}: {} before the first line \"From …\" {} to no message", name,
                        base::counted(reader.octets_before(), "octet"),
                        base::for_number(reader.octets_before(), "belongs", "belong")));
    return intake.finish(std::move(read));
}

base::result<imported> import_tree(disk::directory& directory, const list_tree& list,
                                   const import_parts& parts)
{
    intake intake(parts);
    if (auto ready = intake.prepare(); !ready) return base::fail(ready.error());
    return intake.finish(take_tree(directory, list, intake));
}

base::result<imported> import_file(disk::directory& directory, std::string_view name,
                                   const import_parts& parts)
{
    auto file = directory.open(name);
    if (!file) return base::fail(file.error());
    intake intake(parts);
    if (auto ready = intake.prepare(); !ready) return base::fail(ready.error());
    const store::foreign_file known{.path = std::string(name), .folder = {}, .marks = {}, .reason = {}};
    return intake.finish(file_intake(intake, **file, known).take());
}

} // namespace exchange
