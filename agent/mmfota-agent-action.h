/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_ACTION_H
#define MMFOTA_AGENT_ACTION_H

#include <glib.h>

#include "mmfota-agent-ddi.h"

/*
 * A server's action with one module, and what else must not be forgotten of that server: a
 * file, replaced as a whole. Strings may be NULL.
 */
typedef struct {
    gchar    *controller;    /* its address: a file of another one is none */
    gchar    *told;          /* the digest of the attributes that it has */
    gchar    *over;          /* the last action that is */

    gchar    *id;            /* NULL: there is no action */
    gchar    *link;          /* where it was read, with what tells that it is another */
    gchar    *url;
    gchar    *version;
    gchar    *problem;
    gboolean  hold_download;
    gboolean  hold_upgrade;
    gboolean  forced;
    gboolean  window;
    gboolean  confirm;       /* the server waits for a yes */
    gchar    *answer;        /* what it was told, "confirmed" or "denied" */

    /* How far it was told of the journal's events */
    gchar    *journal;
    guint64   sequence;
} MmfotaAgentServerAction;

/* One that can't be read, or of another @controller, is forgotten: the server says it again. */
void     mmfota_agent_action_load  (MmfotaAgentServerAction         *self,
                                    const gchar                     *path,
                                    const gchar                     *controller);
gboolean mmfota_agent_action_save  (const MmfotaAgentServerAction   *self,
                                    const gchar                     *path,
                                    GError                         **error);
void     mmfota_agent_action_clear (MmfotaAgentServerAction         *self);

/* What was read; its cursor and what was answered stay if it is the same action. */
void     mmfota_agent_action_take  (MmfotaAgentServerAction         *self,
                                    const MmfotaAgentDdiDeployment  *deployment,
                                    const gchar                     *link,
                                    gboolean                         confirm);
/* It is over. */
void     mmfota_agent_action_end   (MmfotaAgentServerAction         *self);

#endif /* MMFOTA_AGENT_ACTION_H */
