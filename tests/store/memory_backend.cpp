// The suite, over the memory backend.
#include "conformance.hpp"
#include "store/memory/memory_store.hpp"

namespace {

class memory_world final : public conformance::world {
public:
    store::store& store() override { return store_; }
    void reopen() override {}

private:
    store::memory_store store_{clock};
};

std::unique_ptr<conformance::world> make_memory()
{
    return std::make_unique<memory_world>();
}

} // namespace

namespace conformance {
INSTANTIATE_TEST_SUITE_P(memory, store_conformance, testing::Values(backend{"memory", make_memory}), name_of);
}
