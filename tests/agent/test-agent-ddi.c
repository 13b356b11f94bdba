/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-ddi.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "mm-tdtech-fota-enums.h"

#define IMEI  "860000000000001"
#define MODEL "MT5700M-CN"
#define KEY   "mmfota.url"

static void
test_sleep (void)
{
    static const struct {
        const gchar *text;
        gint64       seconds; /* -1: none */
    } table[] = {
        { "00:05:00", 300 },  { "00:00:30", 30 },  { "23:59:59", 86399 }, { "00:00:00", 0 },  { "", -1 },
        { "0:05:00", -1 },    { "00:60:00", -1 },  { "00:00:60", -1 },    { "00:05", -1 },    { "00:05:00 ", -1 },
        { "00:05:00.5", -1 }, { "-1:05:00", -1 },  { "PT5M", -1 },        { "00-05-00", -1 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        guint32 seconds = 0;

        g_assert_cmpint (mmfota_agent_ddi_sleep_parse (table[i].text, &seconds) ? (gint64) seconds : -1, ==, table[i].seconds);
    }
}

static MmfotaAgentDdiPoll *
poll (const gchar *text)
{
    return mmfota_agent_ddi_poll_parse (text, strlen (text), IMEI, NULL);
}

static void
test_poll (void)
{
    g_autoptr(MmfotaAgentDdiPoll) full = NULL;
    g_autoptr(MmfotaAgentDdiPoll) bare = NULL;
    g_autofree gchar             *id = NULL;

    full = poll ("{ \"config\": { \"polling\": { \"sleep\": \"00:01:00\" } }, \"new\": [ { \"a\": null } ], \"_links\": {"
                 "\"deploymentBase\": { \"href\": \"https://inside:8443/x/DEFAULT/controller/v1/" IMEI "/deploymentBase/7?c=-21\" },"
                 "\"configData\": { \"href\": \"https://h/DEFAULT/controller/v1/" IMEI "/configData\" } } }");
    g_assert_nonnull (full);
    g_assert_cmpuint (full->sleep, ==, 60);
    /* Whatever the proxy has made of the host */
    g_assert_cmpstr (full->deployment, ==, "deploymentBase/7?c=-21");
    g_assert_cmpstr (full->config_data, ==, "configData");
    g_assert_null (full->cancel);
    id = mmfota_agent_ddi_link_id (full->deployment);
    g_assert_cmpstr (id, ==, "7");

    bare = poll ("{ \"config\": {} }");
    g_assert_nonnull (bare);
    g_assert_cmpuint (bare->sleep, ==, 0);
    g_assert_null (bare->deployment);
}

/* What leads elsewhere is not the same as nothing, and neither is what is no answer of hawkBit's. */
static void
test_poll_of_others (void)
{
#define BEFORE "{ \"config\": {}, \"_links\": { "
#define BASE   "https://h/D/controller/v1/" IMEI "/"
    static const gchar *const table[] = {
        "{}",
        "{ \"config\": 7 }",
        "{ \"error\": \"log in\", \"_links\": {} }",
        BEFORE "\"deploymentBase\": { \"href\": \"https://h/D/controller/v1/1/deploymentBase/7\" } } }",
        BEFORE "\"cancelAction\": { \"href\": \"" BASE "deploymentBase/7\" } } }",
        BEFORE "\"confirmationBase\": { \"href\": \"" BASE "confirmationBase/\" } } }",
        BEFORE "\"deploymentBase\": { \"href\": \"" BASE "../2/deploymentBase/7\" } } }",
        BEFORE "\"deploymentBase\": { \"href\": \"" BASE "deploymentBase/7?c=%zz\" } } }",
        BEFORE "\"deploymentBase\": { \"href\": \"" BASE "deploymentBase/7?c=%\" } } }",
        BEFORE "\"deploymentBase\": { \"href\": 7 } } }",
        BEFORE "\"deploymentBase\": null } }",
    };
    g_autoptr(MmfotaAgentDdiPoll) odd = NULL;
    guint                         i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(GError) error = NULL;

        g_test_message ("%s", table[i]);
        g_assert_null (mmfota_agent_ddi_poll_parse (table[i], strlen (table[i]), IMEI, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
    odd = poll (BEFORE "\"configData\": { \"href\": \"" BASE "../../2/configData\" } } }");
    g_assert_nonnull (odd);
    g_assert_null (odd->config_data);
#undef BEFORE
#undef BASE
}

static void
test_no_json (void)
{
    static const gchar *const table[] = {
        "", "{", "[]", "null", "7", "{} {}", "{ /* */ }", "{'a': 1}", "{ \"a\": \"", "{\"a\": \"\xff\"}", "<html/>",
    };
    g_autoptr(GString) deep = g_string_new (NULL);
    guint              i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null (mmfota_agent_ddi_poll_parse (table[i], strlen (table[i]), IMEI, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
    for (i = 0; i < 60000; i++)
        g_string_append (deep, "{\"a\":");
    g_assert_null (poll (deep->str));
}

static MmfotaAgentDdiDeployment *
deployment (const gchar *content,
            const gchar *template)
{
    g_autofree gchar *text = g_strdup_printf ("{ \"id\": \"7\", \"deployment\": { %s } }", content);

    return mmfota_agent_ddi_deployment_parse (text, strlen (text), "deployment", KEY, template, MODEL, IMEI, NULL);
}

#define CHUNK(name, version, metadata) \
    "{ \"part\": \"p\", \"name\": \"" name "\", \"version\": \"" version "\", \"artifacts\": [], \"metadata\": [" metadata "] }"
#define URL(url) "{ \"key\": \"" KEY "\", \"value\": \"" url "\" }"

static void
test_deployment (void)
{
    static const struct {
        const gchar *content;
        const gchar *template;
        const gchar *url;     /* NULL: a problem with this text */
        const gchar *version;
        const gchar *problem;
    } table[] = {
        { "\"chunks\": [" CHUNK (MODEL, "2", URL ("http://h/2/")) "]", "", "http://h/2/", "2", NULL },
        { "\"chunks\": [" CHUNK ("os", "9", "") "," CHUNK ("x", "2", URL ("http://h/2/")) "]", "", "http://h/2/", "2", NULL },
        { "\"chunks\": [" CHUNK ("os", "9", "") "," CHUNK (MODEL, "2 b", "") "]", "http://t/%{model}/%{imei}/%{version}/",
          "http://t/MT5700M-CN/" IMEI "/2%20b/", "2 b", NULL },
        { "\"chunks\": [" CHUNK ("any", "2", "") "]", "http://t/%{version}/", "http://t/2/", "2", NULL },
        { "\"chunks\": [" CHUNK ("os", "9", "") "," CHUNK ("app", "2", "") "]", "http://t/", NULL, NULL, "no software module" },
        { "\"chunks\": []", "http://t/", NULL, NULL, "no software module" },
        { "\"other\": 1", "http://t/", NULL, NULL, "no software module" },
        { "\"chunks\": [" CHUNK ("any", "2", "") "]", "", NULL, "2", "no metadata 'mmfota.url'" },
        { "\"chunks\": [" CHUNK ("any", "", URL ("http://h/")) "]", "", NULL, NULL, "no version" },
        { "\"chunks\": [" CHUNK ("any", "a\\nb", URL ("http://h/")) "]", "", NULL, NULL, "no version" },
        { "\"chunks\": [" CHUNK ("any", "2", URL ("ftp://h/")) "]", "", NULL, "2", "the URL is not allowed" },
        { "\"chunks\": [" CHUNK ("any", "2", URL ("http://u:p@h/")) "]", "", NULL, "2", "the URL is not allowed" },
        /* A set for two models */
        { "\"chunks\": [" CHUNK ("MT5710-CN", "3", URL ("http://h/3/")) "," CHUNK (MODEL, "2", URL ("http://h/2/")) "]", "",
          "http://h/2/", "2", NULL },
        { "\"chunks\": [" CHUNK ("MT5710-CN", "3", URL ("http://h/3/")) "," CHUNK ("x", "2", URL ("http://h/2/")) "]", "", NULL,
          NULL, "several have" },
        { "\"chunks\": [ 7, null, [], " CHUNK ("any", "2", "1, null, " URL ("http://h/")) "]", "", "http://h/", "2", NULL },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(MmfotaAgentDdiDeployment) self = deployment (table[i].content, table[i].template);

        g_test_message ("%s", table[i].content);
        g_assert_nonnull (self);
        g_assert_cmpstr (self->id, ==, "7");
        g_assert_cmpstr (self->url, ==, table[i].url);
        g_assert_cmpstr (self->version, ==, table[i].version);
        g_assert_true (!self->problem == !table[i].problem);
        if (table[i].problem)
            g_assert_nonnull (strstr (self->problem, table[i].problem));
    }
}

static void
test_how (void)
{
    static const struct {
        const gchar *content;
        gboolean     hold_download;
        gboolean     hold_upgrade;
        gboolean     forced;
        gboolean     window;
    } table[] = {
        { "\"download\": \"attempt\", \"update\": \"attempt\"", FALSE, FALSE, FALSE, FALSE },
        { "\"download\": \"forced\", \"update\": \"forced\"", FALSE, FALSE, TRUE, FALSE },
        { "\"download\": \"forced\", \"update\": \"skip\"", FALSE, TRUE, FALSE, FALSE },
        { "\"download\": \"skip\", \"update\": \"skip\"", TRUE, TRUE, FALSE, FALSE },
        { "\"update\": \"skip\", \"maintenanceWindow\": \"unavailable\"", FALSE, TRUE, FALSE, TRUE },
        { "\"update\": \"attempt\", \"maintenanceWindow\": \"unavailable\"", FALSE, TRUE, FALSE, TRUE },
        { "\"update\": \"forced\", \"maintenanceWindow\": \"available\"", FALSE, FALSE, TRUE, TRUE },
        { "\"update\": 7", FALSE, FALSE, FALSE, FALSE },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(MmfotaAgentDdiDeployment) self = deployment (table[i].content, "");

        g_test_message ("%s", table[i].content);
        g_assert_cmpint (self->hold_download, ==, table[i].hold_download);
        g_assert_cmpint (self->hold_upgrade, ==, table[i].hold_upgrade);
        g_assert_cmpint (self->forced, ==, table[i].forced);
        g_assert_cmpint (self->window, ==, table[i].window);
    }
}

static void
test_cancel (void)
{
    static const struct {
        const gchar *text;
        const gchar *id;
    } table[] = {
        { "{ \"id\": \"8\", \"cancelAction\": { \"stopId\": \"7\" } }", "7" },
        { "{ \"id\": \"8\", \"cancelAction\": { \"stopId\": 7 } }", "7" },
        { "{ \"id\": \"8\", \"cancelAction\": { \"stopId\": \"../7\" } }", NULL },
        { "{ \"id\": \"8\", \"cancelAction\": 7 }", NULL },
        { "{ \"id\": \"8\" }", NULL },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (table); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *id = mmfota_agent_ddi_cancel_parse (table[i].text, strlen (table[i].text), &error);

        g_assert_cmpstr (id, ==, table[i].id);
        g_assert_true (!id == (error != NULL));
    }
}

static JsonObject *
read_back (const gchar *text)
{
    g_autoptr(JsonParser) parser = json_parser_new ();

    g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
    return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static void
test_feedback (void)
{
    g_autofree gchar *long_text = g_strnfill (5000, 'x');
    g_autofree gchar *text = mmfota_agent_ddi_feedback ("7", 1795780800, "closed", "failure", 70, "a \"b\" \xff");
    g_autofree gchar *unset = mmfota_agent_ddi_feedback ("7", 12, "scheduled", "none", 0, long_text);
    JsonObject       *object = read_back (text);
    JsonObject       *status = json_object_get_object_member (object, "status");

    g_assert_cmpint (json_object_get_int_member (object, "timestamp"), ==, G_GINT64_CONSTANT (1795780800000));
    g_assert_cmpstr (json_object_get_string_member (status, "execution"), ==, "closed");
    g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (status, "result"), "finished"), ==, "failure");
    g_assert_cmpint (json_object_get_int_member (status, "code"), ==, 70);
    g_assert_true (g_utf8_validate (json_array_get_string_element (json_object_get_array_member (status, "details"), 0), -1, NULL));
    json_object_unref (object);

    /* A clock that was never set says nothing */
    object = read_back (unset);
    g_assert_false (json_object_has_member (object, "timestamp"));
    status = json_object_get_object_member (object, "status");
    g_assert_cmpuint (strlen (json_array_get_string_element (json_object_get_array_member (status, "details"), 0)), ==, 512);
    json_object_unref (object);
}

/* None of them ends the action, whatever it tells */
static void
test_events (void)
{
    guint kind;

    for (kind = 0; kind <= MM_TDTECH_FOTA_EVENT_CANCELLED + 1; kind++) {
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
        g_autoptr(GVariant)  event = NULL;
        g_autofree gchar    *text = NULL;

        g_variant_dict_insert (&dict, "sequence", "t", (guint64) 1);
        g_variant_dict_insert (&dict, "kind", "u", kind);
        g_variant_dict_insert (&dict, "time", "t", G_GUINT64_CONSTANT (1795780800));
        g_variant_dict_insert (&dict, "message", "s", "why");
        event = g_variant_ref_sink (g_variant_dict_end (&dict));
        text = mmfota_agent_ddi_event ("7", event);
        g_assert_true (!text == (kind == 0 || kind == MM_TDTECH_FOTA_EVENT_DATA_PAUSED ||
                                 kind == MM_TDTECH_FOTA_EVENT_DATA_RESTORED || kind > MM_TDTECH_FOTA_EVENT_CANCELLED));
        if (!text)
            continue;
        g_assert_null (strstr (text, "\"closed\""));
        g_assert_null (strstr (text, "\"canceled\""));
        g_assert_nonnull (strstr (text, "\"finished\":\"none\""));
        g_assert_nonnull (strstr (text, "1795780800000"));
    }
}

static void
test_attributes (void)
{
    const gchar      *pairs[] = { "imei", IMEI, "model", NULL, "version", "", "agent", "1", NULL };
    g_autofree gchar *text = mmfota_agent_ddi_config_data (pairs);
    JsonObject       *object = read_back (text);
    JsonObject       *data = json_object_get_object_member (object, "data");

    g_assert_cmpstr (json_object_get_string_member (object, "mode"), ==, "merge");
    g_assert_cmpuint (json_object_get_size (data), ==, 2);
    g_assert_cmpstr (json_object_get_string_member (data, "imei"), ==, IMEI);
    json_object_unref (object);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/agent/ddi/sleep", test_sleep);
    g_test_add_func ("/agent/ddi/poll", test_poll);
    g_test_add_func ("/agent/ddi/poll-of-others", test_poll_of_others);
    g_test_add_func ("/agent/ddi/no-json", test_no_json);
    g_test_add_func ("/agent/ddi/deployment", test_deployment);
    g_test_add_func ("/agent/ddi/how", test_how);
    g_test_add_func ("/agent/ddi/cancel", test_cancel);
    g_test_add_func ("/agent/ddi/feedback", test_feedback);
    g_test_add_func ("/agent/ddi/events", test_events);
    g_test_add_func ("/agent/ddi/attributes", test_attributes);
    return g_test_run ();
}
