/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Parses and builds the JSON of Eclipse hawkBit's Direct Device Integration API (hawkbit-ddi-api
 * and docs/ of github.com/eclipse-hawkbit/hawkbit). Pure. Unknown members are ignored, as the API
 * requires; what is read is bounded and checked.
 */

#ifndef MMFOTA_AGENT_DDI_H
#define MMFOTA_AGENT_DDI_H

#include <gio/gio.h>

/* Limits, in bytes: an answer, and a text taken from it */
#define MMFOTA_AGENT_DDI_MAX      (256 * 1024)
#define MMFOTA_AGENT_DDI_TEXT_MAX 255

/* "HH:MM:SS"; the server calls it "sleep" */
gboolean mmfota_agent_ddi_sleep_parse (const gchar *text,
                                       guint32     *seconds);

/* The links are relative to the controller's own address: whatever scheme and host a proxy has
 * put into them, the token is sent nowhere else. NULL: no such link. */
typedef struct {
    guint32  sleep; /* seconds; 0: not given */
    gchar   *config_data;
    gchar   *deployment;
    gchar   *confirmation;
    gchar   *cancel;
} MmfotaAgentDdiPoll;

MmfotaAgentDdiPoll *mmfota_agent_ddi_poll_parse (const gchar         *text,
                                                 gsize                length,
                                                 const gchar         *controller,
                                                 GError             **error);
void                mmfota_agent_ddi_poll_free  (MmfotaAgentDdiPoll  *self);

/* "7" of "deploymentBase/7?c=1"; NULL if there is none */
gchar              *mmfota_agent_ddi_link_id    (const gchar         *link);

/* What to install. If that is impossible, @problem says why, and @url is NULL. */
typedef struct {
    gchar    *id;
    gchar    *url;
    gchar    *version;
    gchar    *problem;
    gboolean  hold_download; /* "skip" */
    gboolean  hold_upgrade;
    gboolean  forced;
    gboolean  window;        /* in a maintenance window */
} MmfotaAgentDdiDeployment;

/* @member: "deployment" or "confirmation"; @metadata_key: the metadata of a software module that
 * holds the URL; @url_template: the URL if none has it, with %{model}, %{imei} and %{version}
 * (the one to install); may be empty. */
MmfotaAgentDdiDeployment *mmfota_agent_ddi_deployment_parse (const gchar               *text,
                                                             gsize                      length,
                                                             const gchar               *member,
                                                             const gchar               *metadata_key,
                                                             const gchar               *url_template,
                                                             const gchar               *model,
                                                             const gchar               *imei,
                                                             GError                   **error);
void                      mmfota_agent_ddi_deployment_free  (MmfotaAgentDdiDeployment  *self);

/* The id of the action to stop */
gchar    *mmfota_agent_ddi_cancel_parse (const gchar  *text,
                                         gsize         length,
                                         GError      **error);

/* @pairs: name, value, …, NULL; pairs without a value are left out */
gchar    *mmfota_agent_ddi_config_data  (const gchar *const *pairs);

/* @time: Unix seconds, 0 if unknown; @code: 0 for none; @details: may be NULL */
gchar    *mmfota_agent_ddi_feedback     (const gchar *id,
                                         gint64       time,
                                         const gchar *execution,
                                         const gchar *finished,
                                         guint        code,
                                         const gchar *details);

/* Feedback for an event as returned by ListEvents; NULL if the event does not matter to the
 * server. It never closes the action. @next: the time of the next attempt, if there is one. */
gchar    *mmfota_agent_ddi_event        (const gchar *id,
                                         GVariant    *event);

gchar    *mmfota_agent_ddi_confirmation (gboolean     confirmed,
                                         const gchar *details);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentDdiPoll, mmfota_agent_ddi_poll_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentDdiDeployment, mmfota_agent_ddi_deployment_free)

#endif /* MMFOTA_AGENT_DDI_H */
