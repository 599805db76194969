// dlopen(3) and dlsym(3).
#include "base/library.hpp"

#include <dlfcn.h>

namespace base {

namespace {

std::string last_trouble()
{
    const char* const message = ::dlerror(); // NOLINT(concurrency-mt-unsafe): glibc keeps it for each thread
    return message == nullptr ? "it cannot be loaded" : message;
}

} // namespace

library::library(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL))
{
    if (handle_ == nullptr) trouble_ = last_trouble();
}

void* library::address_of(const char* name)
{
    if (handle_ == nullptr) return nullptr;
    void* const found = ::dlsym(handle_, name);
    if (found == nullptr) trouble_ = last_trouble();
    return found;
}

} // namespace base
