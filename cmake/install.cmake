# What `cmake --install` puts where.
include(GNUInstallDirs)

install(TARGETS restanted restante RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Not built by ./demo, nor by whoever names the two programs.
install(PROGRAMS $<TARGET_FILE:restante-bench> DESTINATION ${CMAKE_INSTALL_BINDIR} OPTIONAL)
install(FILES packaging/man/restanted.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES packaging/man/restante.1 packaging/man/restante-bench.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
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
# Each person's own: systemctl --user enable --now restante
install(FILES packaging/systemd/restante.service DESTINATION lib/systemd/user)
