// The suite, over the memory backend.
#include "conformance.hpp"
#include "store/memory/memory_store.hpp"
#include "store/pooled_store.hpp"
#include "waiting_store.hpp"

namespace {

class memory_world final : public conformance::world {
public:
    store::blocking_store& store() override { return store_; }
    void reopen() override {}

private:
    store::memory_store store_{clock};
};

/// The store in memory, asked through the contract with completions.
class pooled_memory_world final : public conformance::world {
public:
    store::blocking_store& store() override { return waiting_; }
    void reopen() override {}

private:
    store::memory_store store_{clock};
    base::worker_pool pool_{4, 1024};
    store::pooled_store pooled_{store_, pool_};
    conformance::waiting_store waiting_{pooled_, store_};
};

} // namespace

namespace conformance {
INSTANTIATE_TEST_SUITE_P(memory, store_conformance,
                         testing::Values(backend{"memory", make<memory_world>},
                                         backend{"pooled_memory", make<pooled_memory_world>}),
                         name_of);
}
