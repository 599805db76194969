# Language, warnings and hardening: the same for every module.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1") # assertions stay on: a broken invariant must not be served

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror)

# Hardening as the OpenSSF compiler guide lists it, as far as g++ 12 knows it.
add_compile_options(-fstack-protector-strong -ftrivial-auto-var-init=zero -fno-strict-aliasing
                    -fno-delete-null-pointer-checks -fno-strict-overflow)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-fcf-protection=full)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fstack-clash-protection -Wtrampolines -Wbidi-chars=any)
  # A unit that takes some 20 s spends 1.5 of them in looking for memory to free; 1 GiB (in KiB) is more than most ever ask for.
  add_compile_options(--param=ggc-min-heapsize=1048576)
  # g++ 12 inlines one half of Asio's new and delete for coroutine frames and then misses the other.
  add_compile_options(-Wno-mismatched-new-delete)
  if(CMAKE_UNITY_BUILD)
    # g++ takes a source that a unit includes for a header, in which nothing may hold a type of an unnamed namespace. Where each
    # source is compiled by itself (preset debug) the warning is on.
    add_compile_options(-Wno-subobject-linkage)
  endif()
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT RESTANTE_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)

if(RESTANTE_SANITIZE)
  add_compile_options(-fsanitize=${RESTANTE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RESTANTE_SANITIZE})
endif()
if(RESTANTE_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
