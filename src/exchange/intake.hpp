// Messages taken in one after the other: hashed while they are written, published in groups, recorded at once.
#pragma once

#include "base/result.hpp"
#include "exchange/importing.hpp"
#include "ledger/content_hash.hpp"
#include "ledger/copy_state.hpp"
#include "ledger/header_hash.hpp"
#include "store/collection.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exchange {

class intake {
public:
    explicit intake(const import_parts& parts) : into_(parts) {}

    /// What a crash of an earlier import left without a record would else be taken in a second time.
    base::result<> prepare();

    /// `label`: how a person would find it in the source.
    base::result<> begin(std::string label, const store::placement& placement);
    base::result<> octets(std::string_view canonical);
    /// Where it shall lie, if its own octets told otherwise than begin() knew.
    void move_to(const store::placement& placement) { where_ = placement; }
    /// Its tags, where it is taken.
    void tag_with(std::vector<std::string> tags) { tags_ = std::move(tags); }
    /// The message is whole.
    base::result<> end();
    /// A message that cannot be had, begun or not; others follow.
    void refuse(const std::string& label, const std::string& reason);
    base::result<> flush();

    /// Ends an import: what is waiting is stored whatever came before. An error only where nothing was found; else what
    /// could not be read is one of `failed`, and what the archive itself could not do is `trouble`.
    base::result<imported> finish(base::result<> outcome);

    /// The archive's disk or its ledger failed, and not what is read.
    bool storing_failed() const { return storing_failed_; }
    bool wants_stop();
    const std::string& folder() const { return into_.folder; }
    bool by_readpst() const { return into_.by_readpst; }

    imported done;

private:
    struct record {
        ledger::content_hash hash;
        ledger::stored_copy held;
        std::string label;
        std::vector<std::string> tags;
        ledger::lost_copies lost; ///< in whose place it comes
    };
    /// What is here of a content.
    struct known_copy {
        std::optional<std::string> folder; ///< of the message that is here, or is about to be
        ledger::lost_copies lost;
        std::optional<std::string> unread; ///< what is here may be good, and cannot be read: why
    };

    base::result<> record_tags();
    void not_stored(const record& entry, const base::error& trouble, const std::string& reason);
    /// The octets of `in_place` are durable under `key`, and recorded.
    base::result<> replace_damaged(const record& in_place, const std::string& key);
    base::result<> move_records(const ledger::content_hash& hash, const std::string& from,
                                const std::string& to);

    base::result<> noted(base::result<> outcome);
    base::result<known_copy> find_known(const ledger::content_hash& hash);

    const import_parts& into_;
    std::unique_ptr<store::addition> adding_;
    std::string what_;
    store::placement where_;
    std::vector<std::string> tags_;
    ledger::content_hasher hasher_;
    ledger::header_hasher header_;
    std::vector<store::collection::publication> group_;
    std::vector<record> records_;                         // of the group, in step
    std::map<ledger::content_hash, std::string> waiting_; // with the folders
    std::map<ledger::content_hash, std::string> read_; // with the keys: what was read here to the last octet
    std::uint64_t waiting_octets_ = 0;
    bool storing_failed_ = false;
};

} // namespace exchange
