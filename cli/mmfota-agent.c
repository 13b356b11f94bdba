/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-verbs.h"

#include <string.h>

#include <glib/gi18n.h>

#include "mmfota-advice.h"
#include "mmfota-error.h"
#include "mmfota-question.h"
#include "mmfota-reason.h"
#include "mmfota-table.h"
#include "mmfota-text.h"
#include "mmfota-tree.h"

#define NOT_FOUND "org.freedesktop.ModemManager1.Error.Core.NotFound"

/* One run of an agent verb */
typedef struct {
    GDBusConnection     *connection;
    const MmfotaOptions *options;
    gchar               *device;     /* IMEI; empty: all modems */
    GVariant            *modems;     /* aa{sv} */
    GVariant            *dictionary; /* a{sv}: Question */
    MmfotaQuestion      *question;
} Agent;

/*****************************************************************************/
/* Calls */

static GVariant *
call (Agent               *agent,
      const gchar         *interface,
      const gchar         *method,
      GVariant            *arguments,
      const GVariantType  *type,
      GError             **error)
{
    g_autoptr(GError)  inner_error = NULL;
    GVariant          *answer;

    answer = g_dbus_connection_call_sync (agent->connection, MMFOTA_AGENT_NAME, MMFOTA_AGENT_PATH, interface,
                                          method, arguments, type,
                                          G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                          mmfota_options_call_timeout (agent->options), NULL, &inner_error);
    if (answer)
        return answer;
    if (g_error_matches (inner_error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
        g_error_matches (inner_error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
        g_set_error_literal (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                             _("mmfota-agent is not running: 'systemctl status mmfota-agent' says why"));
    else
        g_propagate_error (error, mmfota_error_translate (inner_error));
    return NULL;
}

static gboolean
call_method (Agent        *agent,
             const gchar  *method,
             GVariant     *arguments,
             GError      **error)
{
    g_autoptr(GVariant) answer = call (agent, MMFOTA_AGENT_INTERFACE, method, arguments, NULL, error);

    return !!answer;
}

/* One of an unexpected type counts as missing. */
static gboolean
read_properties (Agent   *agent,
                 GError **error)
{
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GVariant) properties = NULL;

    answer = call (agent, "org.freedesktop.DBus.Properties", "GetAll", g_variant_new ("(s)", MMFOTA_AGENT_INTERFACE),
                   G_VARIANT_TYPE ("(a{sv})"), error);
    if (!answer)
        return FALSE;
    g_clear_pointer (&agent->modems, g_variant_unref);
    g_clear_pointer (&agent->dictionary, g_variant_unref);
    g_clear_pointer (&agent->question, mmfota_question_free);
    properties = g_variant_get_child_value (answer, 0);
    agent->modems = g_variant_lookup_value (properties, "Modems", G_VARIANT_TYPE ("aa{sv}"));
    agent->dictionary = g_variant_lookup_value (properties, "Question", G_VARIANT_TYPE_VARDICT);
    agent->question = mmfota_question_new (agent->dictionary);
    return TRUE;
}

/* The agent identifies modems by their IMEI and also knows those that are away. Any other name must
 * be of a modem that is on the bus. */
static gboolean
find_device (Agent   *agent,
             GError **error)
{
    const gchar            *which = agent->options->modem;
    g_autoptr(MMManager)    manager = NULL;
    g_autoptr(MmfotaModem)  modem = NULL;
    const gchar            *imei;

    if (!which || g_str_equal (which, "any")) {
        agent->device = g_strdup ("");
        return TRUE;
    }
    if (strlen (which) >= 14 && strlen (which) <= 16 && strspn (which, "0123456789") == strlen (which)) {
        agent->device = g_strdup (which);
        return TRUE;
    }
    manager = mmfota_manager_new (agent->connection, error);
    modem = manager ? mmfota_modem_find (manager, which, error) : NULL;
    if (!modem)
        return FALSE;
    imei = mmfota_modem_get_identity (modem).equipment_identifier;
    if (!imei || !imei[0]) {
        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_NOT_FOUND,
                     _("modem '%s' reports no IMEI, by which the agent identifies modems"), which);
        return FALSE;
    }
    agent->device = g_strdup (imei);
    return TRUE;
}

static gboolean
is_wanted (Agent       *agent,
           const gchar *device)
{
    return !agent->device[0] || g_strcmp0 (agent->device, device) == 0;
}

static MmfotaQuestion *
peek_question (Agent *agent)
{
    return agent->question && is_wanted (agent, agent->question->device) ? agent->question : NULL;
}

/*****************************************************************************/
/* Output */

static const gchar *
peek_string (GVariant    *dictionary,
             const gchar *key)
{
    const gchar *value = NULL;

    if (!g_variant_lookup (dictionary, key, "&s", &value))
        g_variant_lookup (dictionary, key, "&o", &value);
    /* A modem that is away has the path "/" */
    return value && value[0] && !g_str_equal (value, "/") ? value : NULL;
}

static guint64
get_number (GVariant    *dictionary,
            const gchar *key)
{
    guint64 large = 0;
    guint   number = 0;

    if (g_variant_lookup (dictionary, key, "u", &number))
        return number;
    g_variant_lookup (dictionary, key, "t", &large);
    return large;
}

static JsonObject *
modem_to_tree (GVariant *modem)
{
    static const gchar *const strings[] = { "device", "path", "activity", "reason", "version", "offered", "last-error",
                                            "last-error-name" };
    static const gchar *const times[] = { "next", "last-check", "last-error-at", "paused-until" };
    static const gchar *const numbers[] = { "attempt", "unreported" };
    JsonObject               *tree = json_object_new ();
    guint                     i;

    for (i = 0; i < G_N_ELEMENTS (strings); i++)
        mmfota_tree_add_string (tree, strings[i], peek_string (modem, strings[i]));
    for (i = 0; i < G_N_ELEMENTS (times); i++)
        mmfota_tree_add_number (tree, times[i], get_number (modem, times[i]) > 0, get_number (modem, times[i]));
    for (i = 0; i < G_N_ELEMENTS (numbers); i++)
        mmfota_tree_add_number (tree, numbers[i], TRUE, get_number (modem, numbers[i]));
    return tree;
}

/* All members are null, shown as blank, if nothing is asked */
static JsonObject *
question_to_tree (const MmfotaQuestion *question)
{
    JsonObject *tree = json_object_new ();

    mmfota_tree_add_string (tree, "id", question ? question->id : NULL);
    mmfota_tree_add_string (tree, "kind", question ? question->kind : NULL);
    mmfota_tree_add_string (tree, "device", question ? question->device : NULL);
    mmfota_tree_add_string (tree, "from", question ? question->from : NULL);
    mmfota_tree_add_string (tree, "to", question ? question->to : NULL);
    mmfota_tree_add_number (tree, "size", question && question->size, question ? question->size : 0);
    mmfota_tree_add_string (tree, "description", question ? question->description : NULL);
    if (question)
        mmfota_tree_add_strv (tree, "choices", (const gchar *const *) question->choices);
    else
        json_object_set_null_member (tree, "choices");
    mmfota_tree_add_string (tree, "default", question ? question->default_choice : NULL);
    mmfota_tree_add_number (tree, "default-at", question && question->default_at,
                            question ? question->default_at : 0);
    mmfota_tree_add_number (tree, "seconds-offline", !!question, question ? question->seconds_offline : 0);
    return tree;
}

static void
print_tree (Agent *agent)
{
    g_autoptr(JsonObject)  tree = json_object_new ();
    JsonObject            *object = json_object_new ();
    JsonArray             *modems = json_array_new ();
    gsize                  i;

    for (i = 0; agent->modems && i < g_variant_n_children (agent->modems); i++) {
        g_autoptr(GVariant) modem = g_variant_get_child_value (agent->modems, i);

        if (is_wanted (agent, peek_string (modem, "device")))
            json_array_add_object_element (modems, modem_to_tree (modem));
    }
    json_object_set_array_member (object, "modems", modems);
    json_object_set_object_member (object, "question", question_to_tree (peek_question (agent)));
    json_object_set_object_member (tree, "agent", object);
    mmfota_output_print (agent->options->output, tree);
}

/* Activities and kinds of questions that a later agent may add are shown as they are */
static const gchar *
label (const gchar *word)
{
    static const gchar *const words[] = {
        N_("idle"), N_("waiting"), N_("checking"), N_("downloading"), N_("asking"), N_("noticing"), N_("upgrading"),
        N_("given-up"), N_("download"), N_("upgrade"), N_("notice"),
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (words); i++) {
        if (g_strcmp0 (words[i], word) == 0)
            return _(words[i]);
    }
    return word;
}

static void
add_time (GString     *text,
          const gchar *name,
          guint64      when)
{
    if (when)
        mmfota_table_add_row_take (text, name, mmfota_text_time (when));
}

static void
add_number (GString     *text,
            const gchar *name,
            guint64      number)
{
    if (number)
        mmfota_table_add_row_take (text, name, g_strdup_printf ("%" G_GUINT64_FORMAT, number));
}

static void
add_modem (GString  *text,
           GVariant *modem)
{
    const gchar *device = peek_string (modem, "device");

    mmfota_table_add_section (text, _("Modem"));
    mmfota_table_add_row (text, _("imei"), device ? device : "--");
    mmfota_table_add_row (text, _("modem"), peek_string (modem, "path"));
    mmfota_table_add_row (text, _("activity"), label (peek_string (modem, "activity")));
    mmfota_table_add_row_take (text, _("reason"), mmfota_reason_describe (peek_string (modem, "reason-name"),
                                                                          peek_string (modem, "reason")));
    mmfota_table_add_row (text, _("version"), peek_string (modem, "version"));
    mmfota_table_add_row (text, _("offered"), peek_string (modem, "offered"));
    mmfota_table_add_row_take (text, _("last error"), mmfota_advice_describe (peek_string (modem, "last-error-name"),
                                                                              peek_string (modem, "last-error")));
    add_time (text, _("failed at"), get_number (modem, "last-error-at"));
    add_number (text, _("attempt"), get_number (modem, "attempt"));
    add_time (text, _("last check"), get_number (modem, "last-check"));
    add_time (text, _("next step"), get_number (modem, "next"));
    add_time (text, _("paused until"), get_number (modem, "paused-until"));
    add_number (text, _("unreported"), get_number (modem, "unreported"));
}

static void
add_question (GString              *text,
              const MmfotaQuestion *question)
{
    mmfota_table_add_section (text, _("Question"));
    mmfota_table_add_row (text, _("id"), question->id);
    mmfota_table_add_row (text, _("kind"), label (question->kind));
    mmfota_table_add_row (text, _("imei"), question->device);
    mmfota_table_add_row (text, _("from"), question->from);
    mmfota_table_add_row (text, _("to"), question->to);
    if (question->size)
        mmfota_table_add_row_take (text, _("size"), mmfota_text_size (question->size));
    mmfota_table_add_row (text, _("description"), question->description);
    if (question->seconds_offline)
        mmfota_table_add_row_take (text, _("offline for"), mmfota_text_duration (question->seconds_offline));
    mmfota_table_add_row_take (text, _("choices"), mmfota_text_list (question->choices));
    mmfota_table_add_row (text, _("unanswered"), question->default_choice);
    add_time (text, _("then at"), question->default_at);
}

static void
print_text (Agent *agent)
{
    g_autoptr(GString) text = g_string_new (NULL);
    gsize              i;

    for (i = 0; agent->modems && i < g_variant_n_children (agent->modems); i++) {
        g_autoptr(GVariant) modem = g_variant_get_child_value (agent->modems, i);

        if (is_wanted (agent, peek_string (modem, "device")))
            add_modem (text, modem);
    }
    if (!text->len)
        g_string_append (text, agent->device[0] ? _("The agent does not know this modem\n")
                                                : _("The agent has seen no modem yet\n"));
    if (peek_question (agent))
        add_question (text, peek_question (agent));
    g_print ("%s", text->str);
}

/*****************************************************************************/
/* Verbs */

/* Prints the end of a verb: a message, or the current state in machine-readable output */
static MmfotaExit
print_end (Agent        *agent,
           MmfotaExit    status,
           const gchar  *message,
           GError      **error)
{
    if (agent->options->output == MMFOTA_OUTPUT_HUMAN) {
        g_print ("%s\n", message);
        return status;
    }
    if (!read_properties (agent, error))
        return MMFOTA_EXIT_FAILED;
    print_tree (agent);
    return status;
}

static MmfotaExit
run_status (Agent   *agent,
            GError **error)
{
    if (!read_properties (agent, error))
        return MMFOTA_EXIT_FAILED;
    if (agent->options->output == MMFOTA_OUTPUT_HUMAN)
        print_text (agent);
    else
        print_tree (agent);
    return MMFOTA_EXIT_DONE;
}

static MmfotaExit
run_check_now (Agent   *agent,
               GError **error)
{
    if (!call_method (agent, "CheckNow", g_variant_new ("(sa{sv})", agent->device, NULL), error))
        return MMFOTA_EXIT_FAILED;
    return print_end (agent, MMFOTA_EXIT_DONE, _("successfully asked the agent to check for firmware"), error);
}

static MmfotaExit
run_answer (Agent   *agent,
            GError **error)
{
    g_autoptr(GError)     inner_error = NULL;
    g_autoptr(GString)    message = g_string_new (NULL);
    GVariantBuilder       extra;
    const MmfotaQuestion *question;
    guint                 seconds;

    if (!read_properties (agent, error))
        return MMFOTA_EXIT_FAILED;
    question = peek_question (agent);
    if (!question)
        return print_end (agent, MMFOTA_EXIT_NOTHING_TO_DO, _("nothing to do: the agent has no question"), error);
    if (!mmfota_question_has_choice (question, agent->options->answer)) {
        g_autofree gchar *choices = mmfota_text_list (question->choices);

        g_set_error (error, MM_CORE_ERROR, MM_CORE_ERROR_WRONG_STATE,
                     _("'%s' is no answer to this question, only: %s"), agent->options->answer, choices);
        return MMFOTA_EXIT_FAILED;
    }

    g_variant_builder_init (&extra, G_VARIANT_TYPE_VARDICT);
    if (g_variant_lookup (agent->options->method_options, "delay", "u", &seconds))
        g_variant_builder_add (&extra, "{sv}", "seconds", g_variant_new_uint32 (seconds));
    if (!call_method (agent, "Answer",
                      g_variant_new ("(ssa{sv})", question->id, agent->options->answer, &extra), &inner_error)) {
        g_autofree gchar *name = mmfota_error_name (inner_error);

        if (g_str_equal (name, NOT_FOUND) && g_dbus_error_is_remote_error (inner_error))
            return print_end (agent, MMFOTA_EXIT_NOTHING_TO_DO, _("nothing to do: the question was answered meanwhile"), error);
        g_propagate_error (error, g_steal_pointer (&inner_error));
        return MMFOTA_EXIT_FAILED;
    }
    g_string_printf (message, _("successfully answered '%s'"), agent->options->answer);
    return print_end (agent, MMFOTA_EXIT_DONE, message->str, error);
}

static MmfotaExit
run_pause (Agent   *agent,
           GError **error)
{
    guint             seconds = agent->options->pause;
    guint64           until = seconds ? (guint64) (g_get_real_time () / G_USEC_PER_SEC) + seconds : 0;
    g_autofree gchar *when = mmfota_text_time (until);
    g_autofree gchar *message = NULL;

    if (!call_method (agent, "Pause", g_variant_new ("(t)", until), error))
        return MMFOTA_EXIT_FAILED;
    message = until ? g_strdup_printf (_("successfully paused the agent until %s"), when)
                    : g_strdup (_("successfully resumed the agent"));
    return print_end (agent, MMFOTA_EXIT_DONE, message, error);
}

/*****************************************************************************/

static MmfotaExit
run_verb (Agent   *agent,
          GError **error)
{
    if (!find_device (agent, error))
        return MMFOTA_EXIT_NO_MODEM;
    if (agent->options->verb == MMFOTA_VERB_CHECK_NOW)
        return run_check_now (agent, error);
    if (agent->options->verb == MMFOTA_VERB_ANSWER)
        return run_answer (agent, error);
    if (agent->options->verb == MMFOTA_VERB_PAUSE)
        return run_pause (agent, error);
    return run_status (agent, error);
}

MmfotaExit
mmfota_agent_run (GDBusConnection      *connection,
                  const MmfotaOptions  *options,
                  GError              **error)
{
    Agent      agent = { .connection = connection, .options = options };
    MmfotaExit status = run_verb (&agent, error);

    g_clear_pointer (&agent.modems, g_variant_unref);
    g_clear_pointer (&agent.dictionary, g_variant_unref);
    g_clear_pointer (&agent.question, mmfota_question_free);
    g_free (agent.device);
    return status;
}
