# What `cmake --install` puts where.
include(GNUInstallDirs)

install(TARGETS restanted restante RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Not built by ./demo, nor by whoever names the two programs.
install(PROGRAMS $<TARGET_FILE:restante-bench> $<TARGET_FILE:restante-conformance> DESTINATION ${CMAKE_INSTALL_BINDIR} OPTIONAL)
install(DIRECTORY tests/transcripts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/restante/transcripts FILES_MATCHING PATTERN "*.pop3" PATTERN "*.lmtp")
install(FILES packaging/man/restanted.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES packaging/man/restante.1 packaging/man/restante-bench.1 packaging/man/restante-conformance.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES packaging/man/restanted.toml.5 packaging/man/restante.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES packaging/restanted.toml.sample packaging/restante.toml.sample packaging/account.toml.sample
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/completion/restanted.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME restanted)
install(FILES packaging/systemd/restanted.service packaging/systemd/restanted.socket
              packaging/systemd/restanted-certificates@.service packaging/systemd/restanted-certificates.socket
        DESTINATION lib/systemd/system)
# For other programs that an operator runs: copied from there into place, as each of them says at its top.
install(FILES packaging/grafana/restanted.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/grafana)
install(FILES packaging/prometheus/restanted.rules.yml packaging/prometheus/restanted.rules.test.yml
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/prometheus)
install(DIRECTORY packaging/fail2ban DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/completion/restante.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME restante)
install(FILES packaging/completion/restante-bench.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME restante-bench)
install(FILES packaging/completion/restante-conformance.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME restante-conformance)
# Each person's own: systemctl --user enable --now restante
install(FILES packaging/systemd/restante.service DESTINATION lib/systemd/user)
