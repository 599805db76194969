# bash completion for restante-conformance(1)
_restante_conformance()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    case $previous in
        --password-file|--junit|--transcripts) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --deliver-command) mapfile -t COMPREPLY < <(compgen -c -- "$current"); return ;;
        --lmtp) mapfile -t COMPREPLY < <(compgen -A hostname -- "$current"); return ;;
        --port|--user|--recipient|--only|--timeout) return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--port --tls --stls --user --password-file --empty-maildrop --lmtp --recipient
            --deliver-command --only --list --json --junit --timeout --transcripts --help --version" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -A hostname -- "$current")
    fi
}
complete -F _restante_conformance restante-conformance
