/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-verbs.h"

#include <ModemManager.h>
#include <libmm-glib.h>

#include "mm-tdtech-fota-enums.h"

static const struct {
    const gchar *name;
    const gchar *method;
    guint        success;
} verbs[MMFOTA_AGENT_VERB_LAST] = {
    [MMFOTA_AGENT_VERB_NONE]     = { "nothing", "", 0 },
    [MMFOTA_AGENT_VERB_CHECK]    = { "check", "Check", MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE },
    [MMFOTA_AGENT_VERB_DOWNLOAD] = { "download", "Download", MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED },
    [MMFOTA_AGENT_VERB_RESUME]   = { "rest of the download", "Resume", MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED },
    [MMFOTA_AGENT_VERB_UPGRADE]  = { "upgrade", "Upgrade", MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED },
};

const gchar *
mmfota_agent_verb_name (MmfotaAgentVerb verb)
{
    return verbs[verb].name;
}

const gchar *
mmfota_agent_verb_method (MmfotaAgentVerb verb)
{
    return verbs[verb].method;
}

guint
mmfota_agent_verb_success (MmfotaAgentVerb verb)
{
    return verbs[verb].success;
}

/*****************************************************************************/
/* Options */

static gboolean
add_file (GVariantBuilder  *options,
          const gchar      *name,
          const gchar      *path,
          GError          **error)
{
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  local = NULL;
    gsize              length;

    if (!path[0])
        return TRUE;
    if (!g_file_get_contents (path, &text, &length, &local)) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, "%s: %s", name, local->message);
        return FALSE;
    }
    if (length > MM_TDTECH_PEM_MAX) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_INVALID_ARGS, "%s: '%s' is longer than %d bytes", name, path, MM_TDTECH_PEM_MAX);
        return FALSE;
    }
    g_variant_builder_add (options, "{sv}", name, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, text, length, 1));
    return TRUE;
}

static gboolean
add_server (GVariantBuilder                  *options,
            const MmfotaAgentServerSettings  *server,
            const gchar                      *url,
            GError                          **error)
{
    g_variant_builder_add (options, "{sv}", "url", g_variant_new_string (url));
    if (!g_str_has_prefix (url, "https:"))
        return TRUE;
    g_variant_builder_add (options, "{sv}", "tls-verify", g_variant_new_uint32 (server->tls_verify));
    return add_file (options, "tls-ca", server->tls_ca, error) &&
           add_file (options, "tls-certificate", server->tls_certificate, error) &&
           add_file (options, "tls-key", server->tls_key, error);
}

GVariant *
mmfota_agent_verb_options (const MmfotaAgentSettings  *settings,
                           const MmfotaAgentMemory    *memory,
                           guint32                     wait,
                           const gchar                *url,
                           GError                    **error)
{
    const MmfotaAgentPolicySettings *policy = &settings->policy;
    MmfotaAgentVerb                  verb = memory->verb;
    GVariantBuilder                  options;

    g_variant_builder_init (&options, G_VARIANT_TYPE ("a{sv}"));
    g_variant_builder_add (&options, "{sv}", "transaction", g_variant_new_string (memory->transaction));
    if (verb == MMFOTA_AGENT_VERB_UPGRADE) {
        g_variant_builder_add (&options, "{sv}", "wait", g_variant_new_uint32 (wait));
        g_variant_builder_add (&options, "{sv}", "hang-up-calls", g_variant_new_boolean (policy->hang_up_calls));
    } else {
        g_variant_builder_add (&options, "{sv}", "allow-roaming", g_variant_new_boolean (policy->allow_roaming));
        if (!add_server (&options, &settings->server, url, error)) {
            g_variant_builder_clear (&options);
            return NULL;
        }
    }
    if (verb != MMFOTA_AGENT_VERB_CHECK && memory->offered)
        g_variant_builder_add (&options, "{sv}", "expect-version", g_variant_new_string (memory->offered));
    if ((verb == MMFOTA_AGENT_VERB_DOWNLOAD || verb == MMFOTA_AGENT_VERB_UPGRADE) && !policy->expect_newer)
        g_variant_builder_add (&options, "{sv}", "allow-downgrade", g_variant_new_boolean (TRUE));
    return g_variant_ref_sink (g_variant_builder_end (&options));
}

/*****************************************************************************/
/* Results */

static void
take_update (MmfotaAgentOutcome *outcome,
             MmfotaAgentResult  *self,
             MmGdbusModemFota   *fota,
             const gchar        *expected)
{
    const gchar *version = NULL;

    self->update = mm_gdbus_modem_fota_dup_update (fota);
    if (!self->update || !g_variant_lookup (self->update, "version", "&s", &version))
        return;
    /* An offer that somebody else has found since does not belong to it */
    if (expected && expected[0] && !g_str_equal (expected, version))
        return;
    outcome->version = version;
    g_variant_lookup (self->update, "size", "t", &outcome->size);
    g_variant_lookup (self->update, "description", "&s", &outcome->description);
    g_variant_lookup (self->update, "downgrade", "b", &outcome->downgrade);
    if (g_variant_lookup (self->update, "url", "&s", &outcome->url) && !outcome->url[0])
        outcome->url = NULL;
}

MmfotaAgentResult *
mmfota_agent_result_new (GVariant         *result,
                         MmGdbusModemFota *fota,
                         const gchar      *offered)
{
    MmfotaAgentResult  *self = g_new0 (MmfotaAgentResult, 1);
    MmfotaAgentOutcome *outcome = &self->outcome;
    const gchar        *found = NULL;
    guint               kind = MM_TDTECH_FOTA_OUTCOME_NONE;

    self->result = g_variant_ref (result);
    g_variant_lookup (result, "outcome", "u", &kind);
    outcome->succeeded = kind == MM_TDTECH_FOTA_OUTCOME_SUCCEEDED;
    outcome->nothing_newer = kind == MM_TDTECH_FOTA_OUTCOME_NOTHING_NEWER;
    if (!g_variant_lookup (result, "found", "&s", &found) || !found[0])
        g_variant_lookup (result, "to", "&s", &found);
    if (fota) {
        outcome->received = mm_gdbus_modem_fota_get_bytes_received (fota);
        take_update (outcome, self, fota, outcome->succeeded ? found : offered);
    }
    if (!outcome->version && found && found[0])
        outcome->version = found;
    /* An offer without a version is useless */
    if (outcome->succeeded && !outcome->version)
        outcome->version = offered;
    if (outcome->succeeded || outcome->nothing_newer)
        return self;
    outcome->error = "org.freedesktop.ModemManager1.Error.Core.Failed";
    outcome->message = "";
    if (kind == MM_TDTECH_FOTA_OUTCOME_CANCELLED)
        outcome->error = "org.freedesktop.ModemManager1.Error.Core.Cancelled";
    else
        g_variant_lookup (result, "error", "&s", &outcome->error);
    g_variant_lookup (result, "message", "&s", &outcome->message);
    g_variant_lookup (result, "module-code", "u", &outcome->code);
    return self;
}

void
mmfota_agent_result_free (MmfotaAgentResult *self)
{
    g_clear_pointer (&self->result, g_variant_unref);
    g_clear_pointer (&self->update, g_variant_unref);
    g_free (self);
}
