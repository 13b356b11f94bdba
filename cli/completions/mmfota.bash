# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

_mmfota()
{
    # _init_completion sets them all
    # shellcheck disable=SC2034
    local cur prev words cword split
    _init_completion -s || return

    case $prev in
        -m|--modem)
            mapfile -t COMPREPLY < <(compgen -W "any $(mmfota -L -K 2>/dev/null | sed -n 's/^modem-list\.value.*\/\([0-9]*\)$/\1/p; s/^modems\.value.*equipment-identifier *: \([0-9]*\)$/\1/p')" -- "$cur")
            return
            ;;
        --tls-ca|--tls-certificate|--tls-key)
            _filedir
            return
            ;;
        --tls-verify)
            mapfile -t COMPREPLY < <(compgen -W 'none server mutual' -- "$cur")
            return
            ;;
        --answer)
            mapfile -t COMPREPLY < <(compgen -W 'now later skip cancel' -- "$cur")
            return
            ;;
        --pause|--expect-version|--delay|--wait|--transaction|--timeout|--lost-after)
        --report)
            _filedir
            return
            ;;
        --record)
            return
            ;;
            return
            ;;
    esac

    $split && return
    mapfile -t COMPREPLY < <(compgen -W '
        -L -m -J -K -y -v -V -h
        --list-modems --modem= --status --check --download --resume --upgrade --update
        --cancel --monitor --events --agent-status --check-now --answer= --pause= --tls-ca= --tls-certificate= --tls-key= --tls-verify=
        --expect-version= --allow-roaming --allow-downgrade --delay= --wait= --hang-up-calls
        --transaction= --yes --timeout= --lost-after= --output-json --output-keyvalue
        --report= --record= --keep-hosts
        --verbose --version --help' -- "$cur")
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
} && complete -F _mmfota mmfota
