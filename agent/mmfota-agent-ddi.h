/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What Eclipse hawkBit's Direct Device Integration API says and is told (hawkbit-ddi-api and
 * docs/ of github.com/eclipse-hawkbit/hawkbit), JSON in and out. Pure. Members that nobody
 * asked for are ignored, as the API wants it; what is read is bounded and checked.
 */

#ifndef MMFOTA_AGENT_DDI_H
#define MMFOTA_AGENT_DDI_H

#include <gio/gio.h>

/* Bytes of an answer, and bytes of what is read out of it */
#define MMFOTA_AGENT_DDI_MAX      (256 * 1024)
#define MMFOTA_AGENT_DDI_TEXT_MAX 255

/* "HH:MM:SS", what the server calls "sleep" */
gboolean mmfota_agent_ddi_sleep_parse (const gchar *text,
                                       guint32     *seconds);

/* The links are relative to the controller's own address: whatever a proxy has made of
 * scheme and host, a token goes nowhere else. NULL: no such link. */
typedef struct {
    guint32  sleep; /* seconds, 0: not told */
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

/* What is to be installed. If it can't be, @problem says why, and @url is NULL. */
typedef struct {
    gchar    *id;
    gchar    *url;
    gchar    *version;
    gchar    *problem;
    gboolean  hold_download; /* "skip" */
    gboolean  hold_upgrade;
    gboolean  forced;
    gboolean  window;        /* a maintenance window is kept */
} MmfotaAgentDdiDeployment;

/* @member: "deployment" or "confirmation"; @metadata_key: which metadata of a module is the
 * URL; @url_template: what is the URL if none has it, with %{model}, %{imei} and %{version}
 * (the one to be installed), may be empty. */
MmfotaAgentDdiDeployment *mmfota_agent_ddi_deployment_parse (const gchar               *text,
                                                             gsize                      length,
                                                             const gchar               *member,
                                                             const gchar               *metadata_key,
                                                             const gchar               *url_template,
                                                             const gchar               *model,
                                                             const gchar               *imei,
                                                             GError                   **error);
void                      mmfota_agent_ddi_deployment_free  (MmfotaAgentDdiDeployment  *self);

/* The id of the action that is to be stopped */
gchar    *mmfota_agent_ddi_cancel_parse (const gchar  *text,
                                         gsize         length,
                                         GError      **error);

/* @pairs: name, value, … , NULL; those without a value are left out */
gchar    *mmfota_agent_ddi_config_data  (const gchar *const *pairs);

/* @time: Unix seconds, 0: not known; @code: 0: none; @details: may be NULL */
gchar    *mmfota_agent_ddi_feedback     (const gchar *id,
                                         gint64       time,
                                         const gchar *execution,
                                         const gchar *finished,
                                         guint        code,
                                         const gchar *details);

/* Of an event as ListEvents gives it; NULL for one that says nothing to the server. It
 * never ends the action: @next is told as the time of the next try, if there is one. */
gchar    *mmfota_agent_ddi_event        (const gchar *id,
                                         GVariant    *event);

gchar    *mmfota_agent_ddi_confirmation (gboolean     confirmed,
                                         const gchar *details);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentDdiPoll, mmfota_agent_ddi_poll_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentDdiDeployment, mmfota_agent_ddi_deployment_free)

#endif /* MMFOTA_AGENT_DDI_H */
