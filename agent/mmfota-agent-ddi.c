/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-ddi.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-agent-url.h"
#include "mmfota-agent-values.h"
#include "mmfota-names.h"
#include "release-json.h"

#define ID_MAX      32
#define CHUNKS_MAX  64
#define DETAILS_MAX 512
/* 2026-01-01: a clock that shows an earlier time was never set */
#define CLOCK_SET   G_GINT64_CONSTANT (1767225600)

#define CONTROLLER "/controller/v1/"
/* Characters of a link that are sent unescaped; servers need no others */
#define LINK_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~/?=&:,;@+"

/*****************************************************************************/
/* JSON */

static JsonObject *
parse (const gchar  *text,
       gsize         length,
       GError      **error)
{
    JsonObject *object = length <= MMFOTA_AGENT_DDI_MAX ? release_json_parse (text, length) : NULL;

    if (object)
        return object;
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the server's answer is no JSON object");
    return NULL;
}

typedef JsonObject Object;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Object, json_object_unref)

static JsonObject *
get_object (JsonObject  *object,
            const gchar *name)
{
    JsonNode *node = object ? json_object_get_member (object, name) : NULL;

    return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject  *object,
           const gchar *name)
{
    JsonNode *node = object ? json_object_get_member (object, name) : NULL;

    return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* One line of printable ASCII */
static gboolean
is_text (const gchar *text)
{
    gsize i;

    for (i = 0; text && g_ascii_isprint (text[i]); i++);
    return i > 0 && i <= MMFOTA_AGENT_DDI_TEXT_MAX && text[i] == '\0';
}

static const gchar *
get_text (JsonObject  *object,
          const gchar *name)
{
    JsonNode    *node = object ? json_object_get_member (object, name) : NULL;
    const gchar *text;

    if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return NULL;
    text = json_node_get_string (node);
    return is_text (text) ? text : NULL;
}

static gboolean
is_id (const gchar *text)
{
    gsize i;

    for (i = 0; text && (g_ascii_isalnum (text[i]) || text[i] == '-'); i++);
    return i > 0 && i <= ID_MAX && text[i] == '\0';
}

/* Should be a string; some servers send a number. */
static gchar *
get_id (JsonObject  *object,
        const gchar *name)
{
    JsonNode    *node = object ? json_object_get_member (object, name) : NULL;
    const gchar *text = get_text (object, name);

    if (node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64 && json_node_get_int (node) >= 0)
        return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
    return is_id (text) ? g_strdup (text) : NULL;
}

/*****************************************************************************/
/* Poll */

gboolean
mmfota_agent_ddi_sleep_parse (const gchar *text,
                              guint32     *seconds)
{
    guint i;

    for (i = 0; i < 8; i++) {
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isdigit (text[i]))
            return FALSE;
    }
    if (text[8] || text[3] > '5' || text[6] > '5')
        return FALSE;
    *seconds = (guint32) ((text[0] - '0') * 10 + text[1] - '0') * 3600 + (guint32) ((text[3] - '0') * 10 + text[4] - '0') * 60 +
               (guint32) ((text[6] - '0') * 10 + text[7] - '0');
    return TRUE;
}

/* The part after "/controller/v1/ID/" */
static gchar *
get_link (JsonObject  *links,
          const gchar *name,
          const gchar *controller)
{
    g_autofree gchar *before = g_strconcat (CONTROLLER, controller, "/", NULL);
    const gchar      *href = get_text (get_object (links, name), "href");
    const gchar      *at = href ? strstr (href, before) : NULL;
    const gchar      *link = at ? at + strlen (before) : NULL;

    if (!link || !link[0] || link[0] == '/' || strstr (link, "..") || link[strspn (link, LINK_CHARACTERS)])
        return NULL;
    return g_strdup (link);
}

/* A link with an id. One that can't be followed is not the same as none. */
static gchar *
get_action (JsonObject   *links,
            const gchar  *name,
            const gchar  *controller,
            GError      **error)
{
    g_autofree gchar *link = get_link (links, name, controller);
    g_autofree gchar *id = link ? mmfota_agent_ddi_link_id (link) : NULL;
    g_autofree gchar *begin = g_strconcat (name, "/", NULL);

    if (id && g_str_has_prefix (link, begin))
        return g_steal_pointer (&link);
    if (links && json_object_has_member (links, name) && error && !*error)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the server's link '%s' is none of this target's", name);
    return NULL;
}

gchar *
mmfota_agent_ddi_link_id (const gchar *link)
{
    const gchar      *slash = strchr (link, '/');
    g_autofree gchar *id = slash ? g_strndup (slash + 1, strcspn (slash + 1, "?")) : NULL;

    return is_id (id) ? g_steal_pointer (&id) : NULL;
}

MmfotaAgentDdiPoll *
mmfota_agent_ddi_poll_parse (const gchar  *text,
                             gsize         length,
                             const gchar  *controller,
                             GError      **error)
{
    g_autoptr(Object)              root = parse (text, length, error);
    g_autoptr(MmfotaAgentDdiPoll)  self = NULL;
    g_autoptr(GError)              local = NULL;
    JsonObject                    *links;
    const gchar                   *sleep;

    if (!root)
        return NULL;
    /* In every answer of hawkBit; missing from one of a proxy or a captive portal */
    if (!get_object (root, "config")) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the server's answer has no 'config': it is none of hawkBit's");
        return NULL;
    }
    self = g_new0 (MmfotaAgentDdiPoll, 1);
    sleep = get_text (get_object (get_object (root, "config"), "polling"), "sleep");
    if (sleep && !mmfota_agent_ddi_sleep_parse (sleep, &self->sleep))
        self->sleep = 0;
    links = get_object (root, "_links");
    self->config_data = get_link (links, "configData", controller);
    self->deployment = get_action (links, "deploymentBase", controller, &local);
    self->confirmation = get_action (links, "confirmationBase", controller, &local);
    self->cancel = get_action (links, "cancelAction", controller, &local);
    if (local) {
        g_propagate_error (error, g_steal_pointer (&local));
        return NULL;
    }
    return g_steal_pointer (&self);
}

void
mmfota_agent_ddi_poll_free (MmfotaAgentDdiPoll *self)
{
    g_free (self->config_data);
    g_free (self->deployment);
    g_free (self->confirmation);
    g_free (self->cancel);
    g_free (self);
}

/*****************************************************************************/
/* Deployment */

static const gchar *
get_metadata (JsonObject  *chunk,
              const gchar *key)
{
    JsonArray *metadata = get_array (chunk, "metadata");
    guint      i;

    for (i = 0; metadata && i < json_array_get_length (metadata); i++) {
        JsonNode   *node = json_array_get_element (metadata, i);
        JsonObject *pair = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

        if (g_strcmp0 (get_text (pair, "key"), key) == 0)
            return get_text (pair, "value");
    }
    return NULL;
}

static JsonObject *
get_chunk (JsonArray *chunks,
           guint      i)
{
    JsonNode *node = json_array_get_element (chunks, i);

    return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* The module that has the URL, and of several the one with the model's name; otherwise the one
 * with that name; otherwise the only one. The rest is for other clients or models. */
static JsonObject *
find_chunk (JsonArray   *chunks,
            const gchar *metadata_key,
            const gchar *model)
{
    guint       n = chunks ? MIN (json_array_get_length (chunks), CHUNKS_MAX) : 0;
    guint       n_urls = 0;
    JsonObject *with_url = NULL;
    JsonObject *named = NULL;
    guint       i;

    for (i = 0; i < n; i++) {
        JsonObject *chunk = get_chunk (chunks, i);
        gboolean    has_name = model && g_strcmp0 (get_text (chunk, "name"), model) == 0;

        if (get_metadata (chunk, metadata_key)) {
            if (has_name)
                return chunk;
            with_url = chunk;
            n_urls++;
        } else if (has_name && !named)
            named = chunk;
    }
    if (n_urls)
        return n_urls == 1 ? with_url : NULL;
    if (named)
        return named;
    return n == 1 ? get_chunk (chunks, 0) : NULL;
}

static void
read_chunk (MmfotaAgentDdiDeployment *self,
            JsonObject               *chunk,
            const gchar              *metadata_key,
            const gchar              *url_template,
            const gchar              *model,
            const gchar              *imei)
{
    const gchar *told = get_metadata (chunk, metadata_key);

    self->version = g_strdup (get_text (chunk, "version"));
    if (!chunk)
        self->problem = g_strdup_printf ("no software module has metadata '%s', or several have and none has the name '%s'",
                                         metadata_key, model ? model : "");
    else if (!self->version)
        self->problem = g_strdup ("the software module has no version, or not one line of ASCII");
    else if (!told && !url_template[0])
        self->problem = g_strdup_printf ("the software module has no metadata '%s' (is it visible to targets?), and no url-template is "
                                         "configured", metadata_key);
    if (self->problem)
        return;
    self->url = mmfota_agent_url_fill (told ? told : url_template, model, imei, self->version);
    if (mmfota_agent_value_is_server_url (self->url))
        return;
    g_clear_pointer (&self->url, g_free);
    self->problem = g_strdup ("the URL is not allowed: http://host/path or https://host/path of 255 characters at most is, without "
                              "user, query and fragment");
}

MmfotaAgentDdiDeployment *
mmfota_agent_ddi_deployment_parse (const gchar  *text,
                                   gsize         length,
                                   const gchar  *member,
                                   const gchar  *metadata_key,
                                   const gchar  *url_template,
                                   const gchar  *model,
                                   const gchar  *imei,
                                   GError      **error)
{
    g_autoptr(Object)         root = parse (text, length, error);
    g_autofree gchar         *id = root ? get_id (root, "id") : NULL;
    JsonObject               *deployment = root ? get_object (root, member) : NULL;
    MmfotaAgentDdiDeployment *self;

    if (!root)
        return NULL;
    if (!id || !deployment) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the server's answer has no id, or no '%s'", member);
        return NULL;
    }
    self = g_new0 (MmfotaAgentDdiDeployment, 1);
    self->id = g_steal_pointer (&id);
    self->hold_download = g_strcmp0 (get_text (deployment, "download"), "skip") == 0;
    self->hold_upgrade = g_strcmp0 (get_text (deployment, "update"), "skip") == 0;
    self->forced = g_strcmp0 (get_text (deployment, "update"), "forced") == 0;
    self->window = get_text (deployment, "maintenanceWindow") != NULL;
    if (g_strcmp0 (get_text (deployment, "maintenanceWindow"), "unavailable") == 0)
        self->hold_upgrade = TRUE;
    read_chunk (self, find_chunk (get_array (deployment, "chunks"), metadata_key, model), metadata_key, url_template, model, imei);
    return self;
}

void
mmfota_agent_ddi_deployment_free (MmfotaAgentDdiDeployment *self)
{
    g_free (self->id);
    g_free (self->url);
    g_free (self->version);
    g_free (self->problem);
    g_free (self);
}

gchar *
mmfota_agent_ddi_cancel_parse (const gchar  *text,
                               gsize         length,
                               GError      **error)
{
    g_autoptr(Object)  root = parse (text, length, error);
    gchar             *id = root ? get_id (get_object (root, "cancelAction"), "stopId") : NULL;

    if (root && !id)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the server's answer has no stopId");
    return id;
}

/*****************************************************************************/
/* What is sent */

static gchar *
to_text (JsonObject *object)
{
    g_autoptr(JsonGenerator) generator = json_generator_new ();
    g_autoptr(JsonNode)      root = json_node_new (JSON_NODE_OBJECT);

    json_node_set_object (root, object);
    json_generator_set_root (generator, root);
    return json_generator_to_data (generator, NULL);
}

static JsonArray *
details_of (const gchar *text)
{
    JsonArray        *details = json_array_new ();
    g_autofree gchar *valid = g_utf8_make_valid (text ? text : "", -1);

    if (g_utf8_strlen (valid, -1) > DETAILS_MAX)
        *g_utf8_offset_to_pointer (valid, DETAILS_MAX) = '\0';
    if (valid[0])
        json_array_add_string_element (details, valid);
    return details;
}

gchar *
mmfota_agent_ddi_config_data (const gchar *const *pairs)
{
    g_autoptr(Object)  root = json_object_new ();
    JsonObject        *data = json_object_new ();
    guint              i;

    for (i = 0; pairs[i]; i += 2) {
        g_autofree gchar *value = g_utf8_make_valid (pairs[i + 1] ? pairs[i + 1] : "", -1);

        /* The server's limit */
        if (g_utf8_strlen (value, -1) > 128)
            *g_utf8_offset_to_pointer (value, 128) = '\0';
        if (value[0])
            json_object_set_string_member (data, pairs[i], value);
    }
    json_object_set_string_member (root, "mode", "merge");
    json_object_set_object_member (root, "data", data);
    return to_text (root);
}

gchar *
mmfota_agent_ddi_feedback (const gchar *id,
                           gint64       time,
                           const gchar *execution,
                           const gchar *finished,
                           guint        code,
                           const gchar *details)
{
    g_autoptr(Object)  root = json_object_new ();
    JsonObject        *status = json_object_new ();
    JsonObject        *result = json_object_new ();

    /* Required by servers up to 0.3 */
    json_object_set_string_member (root, "id", id);
    if (time >= CLOCK_SET && time < G_MAXINT64 / 1000)
        json_object_set_int_member (root, "timestamp", time * 1000);
    json_object_set_string_member (result, "finished", finished);
    json_object_set_string_member (status, "execution", execution);
    json_object_set_object_member (status, "result", result);
    if (code)
        json_object_set_int_member (status, "code", code);
    json_object_set_array_member (status, "details", details_of (details));
    json_object_set_object_member (root, "status", status);
    return to_text (root);
}

static const struct {
    guint        kind;
    const gchar *execution;
} executions[] = {
    { MM_TDTECH_FOTA_EVENT_CHECK_FAILED, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_NO_UPDATE, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_UPDATE_AVAILABLE, "scheduled" },
    { MM_TDTECH_FOTA_EVENT_DOWNLOAD_STARTED, "download" },
    { MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUSPENDED, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_DOWNLOAD_SUCCEEDED, "downloaded" },
    { MM_TDTECH_FOTA_EVENT_DOWNLOAD_FAILED, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_UPGRADE_SCHEDULED, "scheduled" },
    { MM_TDTECH_FOTA_EVENT_UPGRADE_STARTED, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_UPGRADE_SUCCEEDED, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_UPGRADE_FAILED, "proceeding" },
    { MM_TDTECH_FOTA_EVENT_CANCELLED, "proceeding" },
};

gchar *
mmfota_agent_ddi_event (const gchar *id,
                        GVariant    *event)
{
    g_autoptr(GString)  details = NULL;
    const gchar        *version = NULL;
    const gchar        *message = NULL;
    guint               kind = 0;
    guint               code = 0;
    guint64             time = 0;
    guint               i;

    g_variant_lookup (event, "kind", "u", &kind);
    for (i = 0; i < G_N_ELEMENTS (executions) && executions[i].kind != kind; i++);
    if (i == G_N_ELEMENTS (executions))
        return NULL;
    g_variant_lookup (event, "time", "t", &time);
    g_variant_lookup (event, "version", "&s", &version);
    g_variant_lookup (event, "message", "&s", &message);
    g_variant_lookup (event, "module-code", "u", &code);
    details = g_string_new (mmfota_names_event (kind));
    if (version && version[0])
        g_string_append_printf (details, ", version %s", version);
    if (message && message[0])
        g_string_append_printf (details, ": %s", message);
    return mmfota_agent_ddi_feedback (id, (gint64) MIN (time, (guint64) G_MAXINT64), executions[i].execution, "none", code,
                                      details->str);
}

gchar *
mmfota_agent_ddi_confirmation (gboolean     confirmed,
                               const gchar *details)
{
    g_autoptr(Object) root = json_object_new ();

    json_object_set_string_member (root, "confirmation", confirmed ? "confirmed" : "denied");
    json_object_set_int_member (root, "code", 0);
    json_object_set_array_member (root, "details", details_of (details));
    return to_text (root);
}
