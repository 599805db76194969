# librestante: the protocol's modules and the client for other people's programs (docs/library.md).
# `cmake --install BUILD --component librestante`; a plain `cmake --install` leaves it out.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What programs include. What these include themselves is found when they are installed (install_headers.cmake); all other headers are
# ours alone, and may change in any version.
set(librestante_headers
    pop3/client_session.hpp pop3/server_session.hpp pop3/outgoing_message.hpp
    lmtp/client_session.hpp lmtp/server_session.hpp lmtp/trace.hpp
    sasl/client.hpp sasl/server.hpp
    mail/surrogate.hpp mail/unique_id.hpp
    client/pop3_server.hpp client/discovery.hpp)

# restante_library(NAME EXPORT name MODULES name... LINKS target...)
# One archive of the objects of some modules, exported as restante::EXPORT. Programs that link it need what it LINKS, too.
function(restante_library name)
  cmake_parse_arguments(library "" "EXPORT" "MODULES;LINKS" ${ARGN})
  list(TRANSFORM library_MODULES REPLACE "(.+)" "$<TARGET_OBJECTS:restante_\\1>")
  add_library(${name} STATIC ${library_MODULES})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${name} PREFIX "" EXPORT_NAME ${library_EXPORT} LINKER_LANGUAGE CXX)
  target_include_directories(${name} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${name} INTERFACE cxx_std_23)
  target_link_libraries(${name} PRIVATE ${library_LINKS})
  install(TARGETS ${name} EXPORT librestante ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT librestante EXCLUDE_FROM_ALL)
endfunction()

# Two archives, so that a program that brings its own sockets links none of ours.
restante_library(librestante EXPORT protocol MODULES base mail pop3 lmtp sasl
                 LINKS OpenSSL::Crypto fmt::fmt Threads::Threads ${CMAKE_DL_LIBS})
restante_library(librestante_client EXPORT client MODULES net client
                 LINKS OpenSSL::SSL resolv)
target_link_libraries(librestante_client PUBLIC librestante)
add_library(librestante_all INTERFACE)
target_link_libraries(librestante_all INTERFACE librestante_client)
set_target_properties(librestante_all PROPERTIES EXPORT_NAME librestante)
install(TARGETS librestante_all EXPORT librestante COMPONENT librestante EXCLUDE_FROM_ALL)

# Semantic versioning: before 1.0 each minor version may break what the one before it had.
set(compatibility SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
endif()
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/restante)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/librestante/restante-config-version.cmake COMPATIBILITY ${compatibility})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/restante-config.cmake.in ${CMAKE_BINARY_DIR}/librestante/restante-config.cmake
                              INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
install(FILES ${CMAKE_BINARY_DIR}/librestante/restante-config.cmake ${CMAKE_BINARY_DIR}/librestante/restante-config-version.cmake
        DESTINATION ${package_folder} COMPONENT librestante EXCLUDE_FROM_ALL)
install(EXPORT librestante FILE restante-targets.cmake NAMESPACE restante:: DESTINATION ${package_folder}
        COMPONENT librestante EXCLUDE_FROM_ALL)

# Both kinds of package file find the prefix from where they lie: `cmake --install --prefix` may put it anywhere.
file(RELATIVE_PATH prefix_from_pkgconfig /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(file restante restante-protocol)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${file}.pc.in ${CMAKE_BINARY_DIR}/librestante/${file}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/librestante/${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT librestante EXCLUDE_FROM_ALL)
endforeach()

configure_file(${CMAKE_CURRENT_LIST_DIR}/version.hpp.in ${CMAKE_BINARY_DIR}/librestante/version.hpp @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/librestante/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/restante
        COMPONENT librestante EXCLUDE_FROM_ALL)
install(CODE "set(source_folder \"${CMAKE_SOURCE_DIR}/src\")
              set(work_folder \"${CMAKE_BINARY_DIR}/librestante/include\")
              set(include_folder \"${CMAKE_INSTALL_INCLUDEDIR}/restante\")
              set(headers \"${librestante_headers}\")
              include(\"${CMAKE_CURRENT_LIST_DIR}/install_headers.cmake\")"
        COMPONENT librestante EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/examples/pop3_client.cpp ${CMAKE_SOURCE_DIR}/examples/pop3_server.cpp
              ${CMAKE_SOURCE_DIR}/examples/CMakeLists.txt
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT librestante EXCLUDE_FROM_ALL)
