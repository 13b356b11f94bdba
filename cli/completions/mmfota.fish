# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

function __mmfota_modems
    echo any
    mmfota -L -K 2>/dev/null | sed -n 's/^modem-list\.value.*\/\([0-9]*\)$/\1/p; s/^modems\.value.*equipment-identifier *: \([0-9]*\)$/\1/p'
end

complete -c mmfota -f
complete -c mmfota -s L -l list-modems -d 'List modems with firmware update over the air'
complete -c mmfota -s m -l modem -x -a '(__mmfota_modems)' -d 'The modem'
complete -c mmfota -l status -d 'Show firmware, state, offer and last result'
complete -c mmfota -l check -d 'Ask the server for newer firmware'
complete -c mmfota -l download -d 'Download what the server offers'
complete -c mmfota -l resume -d 'Go on with a suspended download'
complete -c mmfota -l upgrade -d 'Flash what has been downloaded'
complete -c mmfota -l update -d 'Check, ask, download and upgrade in one go'
complete -c mmfota -l cancel -d 'Stop what runs, or discard what has been downloaded'
complete -c mmfota -l monitor -d 'Show changes and events as they come'
complete -c mmfota -l events -d 'List past events'
complete -c mmfota -l agent-status -d 'Show what mmfota-agent does and asks'
complete -c mmfota -l check-now -d 'Have the agent look for firmware now'
complete -c mmfota -l answer -x -a 'now later skip cancel' -d 'Answer the agent'
complete -c mmfota -l pause -x -d 'Hold the agent so long, 0 to let it go on'
complete -c mmfota -l tls-ca -r -F -d 'PEM file to check the server with'
complete -c mmfota -l tls-certificate -r -F -d 'PEM file with the certificate of the module'
complete -c mmfota -l tls-key -r -F -d 'PEM file with its private key'
complete -c mmfota -l tls-verify -x -a 'none server mutual' -d 'Who has to prove who they are'
complete -c mmfota -l expect-version -x -d 'Stop if the version is another one'
complete -c mmfota -l allow-roaming -d 'Use the network of another operator'
complete -c mmfota -l allow-downgrade -d 'Accept an older version'
complete -c mmfota -l delay -x -d 'Start the upgrade, or ask again, after so long'
complete -c mmfota -l wait -x -d 'Wait until nothing blocks the upgrade'
complete -c mmfota -l hang-up-calls -d 'End calls that block the upgrade'
complete -c mmfota -l transaction -x -d 'Name of the operation'
complete -c mmfota -s y -l yes -d 'Do not ask before upgrading'
complete -c mmfota -l timeout -x -d 'Detach after so long'
complete -c mmfota -l lost-after -x -d 'Give up a module that does not come back'
complete -c mmfota -s J -l output-json -d 'Machine-readable output, JSON'
complete -c mmfota -s K -l output-keyvalue -d 'Machine-readable output, key-value'
complete -c mmfota -s v -l verbose -d 'Tell more'
complete -c mmfota -s V -l version -d 'Print the version'
complete -c mmfota -s h -l help -d 'Print a summary'
