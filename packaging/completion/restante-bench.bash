# bash completion for restante-bench(1)
_restante_bench()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local mode="" word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            login|drain|idle|listing|churn|deliver|null) [[ -n $mode ]] || mode=$word ;;
        esac
    done

    case $previous in
        --tls) mapfile -t COMPREPLY < <(compgen -W 'none stls implicit' -- "$current"); return ;;
        --server|--lmtp|--users|--expected|--certificate|--key) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --user|--password|--sessions|--at-once|--threads|--window|--sources|--rate|--octets|--messages|--pid|--give-up|--hold) return ;;
    esac

    local words="--server --tls --threads --help"
    local load="--users --user --password --sessions --at-once --sources --pid --give-up --json --resume"
    case $mode in
        "") words="login drain idle listing churn deliver null --version $words $load" ;;
        drain) words+=" $load --window --expected" ;;
        idle) words+=" $load --hold" ;;
        churn) words+=" $load --lmtp --rate --octets" ;;
        deliver) words+=" $load --octets" ;;
        null) words+=" --messages --octets --certificate --key" ;;
        *) words+=" $load" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _restante_bench restante-bench
