// The suite, over the Maildir backend: on the simulated disk and on the real one.
#include "conformance.hpp"
#include "disk/posix.hpp"
#include "store/maildir/maildir_store.hpp"
#include "store/pooled_store.hpp"
#include "support/memory_log.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"
#include "support/temporary_directory.hpp"
#include "waiting_store.hpp"

namespace {

struct simulated_place {
    explicit simulated_place(support::manual_clock& clock) : disk(clock) {}

    support::simulated_disk disk;
    std::string root = "/srv/mail";
};

struct posix_place {
    // The kernel dates the files.
    explicit posix_place(support::manual_clock& clock) { clock.set(base::system_clock().now()); }

    support::temporary_directory folder;
    disk::posix_file_system disk;
    std::string root = folder.path() + "/mail";
};

template <typename Place>
class maildir_world final : public conformance::world {
public:
    maildir_world()
    {
        if (auto made = store::maildir_store::initialise_root(place_.disk, place_.root); !made)
            throw std::runtime_error(made.error().operator_text);
        reopen();
    }
    store::blocking_store& store() override { return *store_; }
    void reopen() override
    {
        store_.reset();
        store_ = std::make_unique<store::maildir_store>(place_.disk, place_.root, clock, random_, log_,
                                                        "host.example.org");
    }

private:
    Place place_{clock};
    support::seeded_random random_;
    support::memory_log log_;
    std::unique_ptr<store::maildir_store> store_;
};

/// The same, asked through the contract with completions.
template <typename Place>
class pooled_maildir_world final : public conformance::world {
public:
    pooled_maildir_world()
    {
        if (auto made = store::maildir_store::initialise_root(place_.disk, place_.root); !made)
            throw std::runtime_error(made.error().operator_text);
        reopen();
    }
    store::blocking_store& store() override { return store_->waiting; }
    void reopen() override
    {
        store_.reset();
        store_ = std::make_unique<layers>(*this);
    }

private:
    struct layers {
        explicit layers(pooled_maildir_world& world)
            : mail(world.place_.disk, world.place_.root, world.clock, world.random_, world.log_,
                   "host.example.org")
        {
        }
        store::maildir_store mail;
        base::worker_pool pool{4, 1024};
        store::pooled_store pooled{mail, pool};
        conformance::waiting_store waiting{pooled, mail};
    };

    Place place_{clock};
    support::seeded_random random_;
    support::memory_log log_;
    std::unique_ptr<layers> store_;
};

} // namespace

namespace conformance {
INSTANTIATE_TEST_SUITE_P(maildir, store_conformance,
                         testing::Values(backend{"simulated", make<maildir_world<simulated_place>>},
                                         backend{"posix", make<maildir_world<posix_place>>},
                                         backend{"pooled", make<pooled_maildir_world<posix_place>>}),
                         name_of);
}
