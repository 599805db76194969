# bash completion for restante(1)
_restante()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command="" archive=() word at
    for ((at = 1; at < COMP_CWORD; ++at)); do
        word=${COMP_WORDS[at]}
        case $word in
            -a|--archive) archive=(--archive "${COMP_WORDS[at+1]}"); ((++at)) ;;
            fetch|watch|list|search|folders|save|mark|tag|untag|tags|move|verify|restore|explain|status|rebuild|adopt|take-over|\
            second-copy|export|import|init|passphrase|account)
                if [[ -z $command ]]; then command=$word
                elif [[ $command == account && $word == list ]]; then command="account list"; fi ;;
            show)
                if [[ -z $command ]]; then command=show
                elif [[ $command == account ]]; then command="account show"; fi ;;
            add|test|remove|sign-in)
                [[ $command == account ]] && command="account $word" ;;
        esac
    done

    case $previous in
        -a|--archive|--second-copy|--to|--eml|--maildir) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --ca|--client-certificate|--client-key|--password-file|--mbox|--pst|--key) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --tls) mapfile -t COMPREPLY < <(compgen -W 'implicit starttls none' -- "$current"); return ;;
        --keep) mapfile -t COMPREPLY < <(compgen -W 'all none days= newest= octets=' -- "$current"); return ;; # every policy
        --clock) mapfile -t COMPREPLY < <(compgen -W 'stored message' -- "$current"); return ;;
        --oauth2) mapfile -t COMPREPLY < <(compgen -W 'gmail microsoft yahoo' -- "$current"); return ;;
        --by) mapfile -t COMPREPLY < <(compgen -W 'device browser' -- "$current"); return ;;
        --account) mapfile -t COMPREPLY < <(compgen -W "$(_restante_accounts "${archive[@]}")" -- "$current"); return ;;
        --server|--user|--password-command|--pin|--mechanism|--proxy|--client-id|--client-secret-command|--folder|--after|--since|\
        --before|--limit|--every|--rounds|--number|--host|--message|--passphrase-command) return ;;
    esac

    local common="--archive --json --quiet --verbose --yes --help"
    local query="--account --folder --after --since --before --unseen --flagged --oldest-first --limit"
    local words names=""
    case $command in
        "") words="account fetch watch list search folders show save mark tag untag tags move verify restore explain status rebuild adopt
                   take-over second-copy export import init passphrase $common --version" ;;
        account) words="add list show test remove sign-in --help" ;;
        "account add") words="$common --server --tls --user --password-command --password-file --password-keyring --keep --clock
                              --ca --pin --first-use --client-certificate --client-key --mechanism --proxy --second-copy
                              --second-copy-same-disk --oauth2
                              --client-id --client-secret-command --no-check" ;;
        "account sign-in") words="$common --by" names=yes ;;
        "account show"|"account test"|"account remove"|adopt|folders) words=$common names=yes ;;
        fetch) words="$common --dry-run --believe-listing --believe-clock" names=yes ;;
        watch) words="$common --every --rounds" names=yes ;;
        list|search) words="$common $query --threads" ;;
        show) words="$common --raw --headers --peek --thread" ;;
        save) words="$common --to --number" ;;
        mark) words="$common seen unseen flagged unflagged answered unanswered" ;;
        verify) words="$common --repair" names=yes ;;
        restore) words="$common --message --from-server --all" names=yes ;;
        rebuild) words="$common --believe-files" names=yes ;;
        second-copy) words="$common init --take-over" ;;
        explain) words="$common --account" ;;
        take-over) words="$common --host --user" names=yes ;;
        export) words="$common $query --mbox --eml --maildir" ;;
        import) words="$common --mbox --eml --maildir --pst --folder" names=yes ;;
        init) words="$common --encrypted --key --passphrase-command" ;;
        *) words=$common ;;
    esac
    [[ -n $names && $current != -* ]] && words+=" $(_restante_accounts "${archive[@]}")"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    [[ $command == take-over && ${#COMPREPLY[@]} -eq 0 ]] && mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

# Names of accounts; none where the archive is locked, for a passphrase is not asked for here.
_restante_accounts()
{
    restante "$@" account list --json 2>/dev/null </dev/null | sed -n 's/.*"account":"\([^"\\]*\)".*/\1/p'
}
complete -F _restante restante
