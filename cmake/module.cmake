# Presets release and asan compile some sources of a target at a time, as one unit that includes them: what is read of the
# standard library is read once. A precompiled header gains nothing there.
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ${CMAKE_UNITY_BUILD})

# restante_precompile(TARGET [header...])
# Clang reads a precompiled header at no cost; g++ gains nothing by it, and so sees every include that is missing.
function(restante_precompile target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <chrono> <expected> <functional> <map> <memory> <mutex> <optional>
                                                <set> <span> <string> <string_view> <utility> <variant> <vector> ${ARGN})
  endif()
endfunction()

# restante_module(NAME [COLD] SOURCES file... [LINKS target...] [PRIVATE_LINKS target...] [LOADS target...])
# One folder of src/ as one static library restante::NAME, that sees src/ and what it links, no more. Of what it LOADS
# when it is first needed (base/library.hpp) it sees the headers. COLD: it runs as often as a person types a command, and
# the release build optimises it with -O1, in a quarter less time. Nothing of restanted is COLD: of a template that two objects
# instantiate the linker keeps the first, which is the upper module's (decision 0202).
function(restante_module name)
  cmake_parse_arguments(module "COLD" "" "SOURCES;LINKS;PRIVATE_LINKS;LOADS" ${ARGN})
  if(module_SOURCES)
    add_library(restante_${name} STATIC ${module_SOURCES})
    target_include_directories(restante_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(restante_${name} PUBLIC ${module_LINKS} PRIVATE ${module_PRIVATE_LINKS})
    restante_precompile(restante_${name})
    if(module_COLD)
      target_compile_options(restante_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    foreach(loaded ${module_LOADS})
      target_include_directories(restante_${name} SYSTEM PRIVATE $<TARGET_PROPERTY:${loaded},INTERFACE_INCLUDE_DIRECTORIES>)
    endforeach()
  else()
    add_library(restante_${name} INTERFACE)
    target_include_directories(restante_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(restante_${name} INTERFACE ${module_LINKS} ${module_PRIVATE_LINKS})
  endif()
  add_library(restante::${name} ALIAS restante_${name})
endfunction()

# restante_compile_quickly(TARGET)
# For sources that run briefly and take long to optimise: under the sanitizers the rest is compiled with -O1, which makes
# the tests that run for minutes three times as fast.
function(restante_compile_quickly target)
  if(RESTANTE_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# restante_unit_test(NAME SOURCES file... LINKS target... [SHARDS n])
# A GoogleTest program tests_NAME. ctest runs it whole, as n processes that share its cases: under the sanitizers a process
# for each case spent more time in starting than in testing. Its cases are counted from its report (tests/tidy/report.py).
function(restante_unit_test name)
  cmake_parse_arguments(unit "" "SHARDS" "SOURCES;LINKS" ${ARGN})
  add_executable(tests_${name} ${unit_SOURCES})
  if(NOT unit_SHARDS)
    set(unit_SHARDS 1)
    restante_compile_quickly(tests_${name})
  endif()
  target_include_directories(tests_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  # g++ 12 takes the small strings of lambdas that it inlines for uninitialised (GCC bug 105562).
  target_compile_options(tests_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_compile_definitions(tests_${name} PRIVATE RESTANTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(tests_${name} PRIVATE ${unit_LINKS} GTest::gmock_main)
  restante_precompile(tests_${name} <gmock/gmock.h> <gtest/gtest.h>)
  foreach(shard RANGE 1 ${unit_SHARDS})
    math(EXPR index "${shard} - 1")
    set(test unit.${name}.${shard})
    add_test(NAME ${test} COMMAND tests_${name} --gtest_brief=1)
    # What is shared out takes longest, and begins first.
    set_tests_properties(${test} PROPERTIES LABELS fast TIMEOUT 1500 COST ${unit_SHARDS} ENVIRONMENT
      "GTEST_TOTAL_SHARDS=${unit_SHARDS};GTEST_SHARD_INDEX=${index};GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/cases/${test}.xml")
  endforeach()
endfunction()
