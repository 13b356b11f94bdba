/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_ACTION_H
#define MMFOTA_AGENT_ACTION_H

#include <glib.h>

#include "mmfota-agent-ddi.h"

/*
 * A server's action for one module, and what else of that server must survive a restart: a file
 * that is replaced as a whole. Strings may be NULL.
 */
typedef struct {
    gchar    *controller;    /* its address: a file of another server does not count */
    gchar    *told;          /* digest of the attributes that it was last sent */
    gchar    *over;          /* the last action that was closed */

    gchar    *id;            /* NULL: there is no action */
    gchar    *link;          /* where it was read; changes when the action does */
    gchar    *url;
    gchar    *version;
    gchar    *problem;
    gboolean  hold_download;
    gboolean  hold_upgrade;
    gboolean  forced;
    gboolean  window;
    gboolean  confirm;       /* the server waits for a confirmation */
    gchar    *answer;        /* what the server was told, "confirmed" or "denied" */

    /* How far the journal's events have been reported to it */
    gchar    *journal;
    guint64   sequence;
} MmfotaAgentServerAction;

/* A file that can't be read, or is of another @controller, is discarded: the server will repeat
 * the action. */
void     mmfota_agent_action_load  (MmfotaAgentServerAction         *self,
                                    const gchar                     *path,
                                    const gchar                     *controller);
gboolean mmfota_agent_action_save  (const MmfotaAgentServerAction   *self,
                                    const gchar                     *path,
                                    GError                         **error);
void     mmfota_agent_action_clear (MmfotaAgentServerAction         *self);

/* The action as read from the server; the cursor and the answers are kept if it is the same
 * action. */
void     mmfota_agent_action_take  (MmfotaAgentServerAction         *self,
                                    const MmfotaAgentDdiDeployment  *deployment,
                                    const gchar                     *link,
                                    gboolean                         confirm);
/* The action is over. */
void     mmfota_agent_action_end   (MmfotaAgentServerAction         *self);

#endif /* MMFOTA_AGENT_ACTION_H */
