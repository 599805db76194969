# restante_symbols_apart(PROGRAM)
# In the release build, what a debugger needs lies beside the program in .debug/, where gdb looks for it, and the program is
# a quarter of the size. `cmake --install build/release --component symbols` installs it for whoever wants to read a core.
include(GNUInstallDirs)
function(restante_symbols_apart program)
  if(RESTANTE_SANITIZE OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
  endif()
  set(symbols ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/.debug/${program}.debug)
  add_custom_command(TARGET ${program} POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/.debug
    COMMAND ${CMAKE_OBJCOPY} --only-keep-debug --compress-debug-sections $<TARGET_FILE:${program}> ${symbols}
    COMMAND ${CMAKE_OBJCOPY} --strip-debug --add-gnu-debuglink=${symbols} $<TARGET_FILE:${program}>)
  install(FILES ${symbols} DESTINATION ${CMAKE_INSTALL_BINDIR}/.debug COMPONENT symbols EXCLUDE_FROM_ALL OPTIONAL)
endfunction()
