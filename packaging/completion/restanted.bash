# bash completion for restanted(8)
_restanted()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command="" word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            serve|check|doctor|reload|who|kick|status|deliver|undelete|sweep|import-unique-ids|backup|restore|read-certificates)
                [[ -n $command ]] || command=$word ;;
            user)
                [[ -n $command ]] || command=user ;;
            add|passwd|remove|list|show)
                [[ $command == user ]] && command="user $word" ;;
        esac
    done

    case $previous in
        -c|--config) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        -r|--root) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W '%08Xu%08Xv %u-%v %v.%u %f %g' -- "$current"); return ;;
        --pop3|--pop3s|--smtp|--metrics|--field|--session|--since|--held-older-than|-f|--from) return ;;
        --lmtp) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    esac

    local common="--config --root --help" doors="--pop3 --pop3s --lmtp --smtp --metrics --allow-plaintext"
    local words
    case $command in
        "") words="serve check doctor reload who kick status user deliver undelete sweep import-unique-ids backup restore read-certificates --version --help" ;;
        user) words="add passwd remove list show --help" ;;
        serve) words="$common $doors" ;;
        check) words="$common $doors --show" ;;
        doctor|who|status|"user list"|"user show") words="$common --json" ;;
        "user add") words="$common --field" ;;
        deliver) words="$common --from" ;;
        undelete) words="$common --session --since" ;;
        sweep) words="$common --held --held-older-than" ;;
        import-unique-ids) words="$common --format" ;;
        backup|restore) words="$common --json $(compgen -d -- "$current")" ;;
        *) words=$common ;;
    esac
    # Names of users, where one is wanted and the users file may be read.
    case $command in
        kick|"user passwd"|"user remove"|"user show"|deliver|undelete|sweep|import-unique-ids)
            [[ $current == -* ]] ||
                words+=" $(restanted user list --json 2>/dev/null | sed -n 's/^{"name":"\([^"\\]*\)".*/\1/p')" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _restanted restanted
