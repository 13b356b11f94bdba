/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_OPTIONS_H
#define MMFOTA_OPTIONS_H

#include <glib.h>

#include "mmfota-output.h"

typedef enum {
    MMFOTA_VERB_STATUS,
    MMFOTA_VERB_LIST,
    MMFOTA_VERB_CHECK,
    MMFOTA_VERB_DOWNLOAD,
    MMFOTA_VERB_RESUME,
    MMFOTA_VERB_UPGRADE,
    MMFOTA_VERB_UPDATE,
    MMFOTA_VERB_CANCEL,
    MMFOTA_VERB_MONITOR,
    MMFOTA_VERB_EVENTS,
    MMFOTA_VERB_AGENT_STATUS,
    MMFOTA_VERB_CHECK_NOW,
    MMFOTA_VERB_ANSWER,
    MMFOTA_VERB_PAUSE,
    MMFOTA_VERB_REPORT,
} MmfotaVerb;

typedef struct {
    MmfotaVerb        verb;
    MmfotaOutputType  output;
    gchar            *modem;          /* NULL: the only one */
    gboolean          upgrade;        /* --resume continues with the upgrade */
    gboolean          yes;
    gboolean          verbose;
    gboolean          version;
    gboolean          help;
    guint             timeout;        /* seconds; 0: none */
    guint             lost_after;     /* seconds */
    guint64           events_after;
    gchar            *url;
    gchar            *answer;         /* to the agent's question */
    guint             pause;          /* seconds; 0: the agent resumes */
    gchar            *transaction;
    gchar            *expect_version;
    gboolean          allow_downgrade;
    gchar            *report;         /* file name; "-": stdout */
    guint             record;         /* seconds; 0: no recording */
    gboolean          keep_hosts;
    GVariant         *method_options; /* a{sv}: all other options, as given */
} MmfotaOptions;

/* Fails with MM_CORE_ERROR_INVALID_ARGS, whose text has the value and what is allowed; sets *output
 * even then. Every argument is either used or an error. */
MmfotaOptions *mmfota_options_parse (gint               argc,
                                     gchar            **argv,
                                     MmfotaOutputType  *output,
                                     GError           **error);
void           mmfota_options_free  (MmfotaOptions     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaOptions, mmfota_options_free)

/* Whether the output is JSON or key-value, also if the rest is wrong */
gboolean     mmfota_options_are_for_machines (gint    argc,
                                              gchar **argv);

gchar       *mmfota_options_help        (void);

/* The verb in words that follow "couldn't", and its option */
const gchar *mmfota_options_verb_phrase (MmfotaVerb verb);
const gchar *mmfota_options_verb_option (MmfotaVerb verb);

/* Whether the options go with the server, which may be the last one used */
gboolean     mmfota_options_check_server (const MmfotaOptions  *self,
                                          const gchar          *url,
                                          GError              **error);

/* Whether the verb is for the agent, not for a modem */
gboolean     mmfota_options_for_agent   (const MmfotaOptions *self);

/* Timeout of a method call in milliseconds: that of mmcli, or more with --timeout, since somebody
 * may have to type a password */
gint mmfota_options_call_timeout (const MmfotaOptions *self);

#endif /* MMFOTA_OPTIONS_H */
