/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_RETRY_H
#define MMFOTA_AGENT_RETRY_H

#include "mmfota-agent-config.h"

/* What an error means for the next try. */
typedef enum {
    MMFOTA_AGENT_CLASS_TRANSIENT, /* may work the next time */
    MMFOTA_AGENT_CLASS_CONDITION, /* not now: ends with what stood in the way, and is no failed try */
    MMFOTA_AGENT_CLASS_SERVER,    /* somebody has to repair the server, or the host */
    MMFOTA_AGENT_CLASS_OTHER,     /* another version is offered: look again */
    MMFOTA_AGENT_CLASS_FOR_GOOD,  /* never again this version */
    MMFOTA_AGENT_CLASS_PERSON,    /* somebody stopped it */
    MMFOTA_AGENT_CLASS_AWAY,      /* no result yet */
} MmfotaAgentClass;

/* What the agent itself says of a release whose signature does not hold */
#define MMFOTA_AGENT_ERROR_SIGNATURE "com.td_tech.FotaAgent1.Error.SignatureRefused"

/* @name: a D-Bus error name; @code: "module-code" of the Result, 0 if none. */
MmfotaAgentClass mmfota_agent_retry_classify (const gchar               *name,
                                              guint                      code);
gboolean         mmfota_agent_retry_knows    (const gchar               *name);

/* Seconds until the next try, after so many failures in a row. Anything up to the
 * whole wait (@random: any number), since a fleet would come back at once. */
guint32          mmfota_agent_retry_wait     (const MmfotaAgentBackoff  *backoff,
                                              guint32                    attempts,
                                              MmfotaAgentClass           class,
                                              guint32                    random);

#endif /* MMFOTA_AGENT_RETRY_H */
