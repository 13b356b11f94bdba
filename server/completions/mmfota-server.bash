# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

_mmfota_server()
{
    # _init_completion sets them all
    # shellcheck disable=SC2034
    local cur prev words cword split
    _init_completion -s || return

    case $prev in
        --make|--check|--sign|--verify|--certificates|--site|--serve|--tls)
            _filedir -d
            return
            ;;
        --package|--log|--certificate|--key|--keyring|--tls-ca|--tls-certificate|--tls-key|--configuration|--nginx)
            _filedir
            return
            ;;
        --product|--model)
            mapfile -t COMPREPLY < <(compgen -W 'MT5700M-CN MT5710-CN' -- "$cur")
            return
            ;;
        --user)
            mapfile -t COMPREPLY < <(compgen -u -- "$cur")
            return
            ;;
        --version|--source-version|--feature|--from|--not-after|--name|--clients|--days|--listen|--location)
            return
            ;;
    esac

    $split && return
    mapfile -t COMPREPLY < <(compgen -W '
        -4 -6 -J -V -h
        --make= --check= --sign= --verify= --certificates= --site= --serve= --diagnose --log=
        --package= --version= --product= --source-version= --feature= --replace --model= --from=
        --as-module --certificate= --key= --not-after= --keyring= --tls= --tls-ca=
        --tls-certificate= --tls-key= --mutual --name= --clients= --days= --listen= --ipv4 --ipv6
        --location= --configuration= --user= --nginx= --output-json --print-version --help' -- "$cur")
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
} && complete -F _mmfota_server mmfota-server
