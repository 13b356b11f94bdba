/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <string.h>

#include "sim-fota.h"
#include "sim-network.h"
#include "sim-session.h"

#define MAX_CID       31
/* Contexts of the network; 0 is the default bearer and cannot be dialled */
#define NETWORK_CID   21
/* 3GPP TS 27.007, +CGDCONT's request type */
#define EMERGENCY     1
#define AUTO_DIAL_CID 1
/* Delay before auto-dial dials (again) */
#define REDIAL_SECONDS 2.0
#define LATE_REFUSAL_SECONDS 60.0
/* +CGEV lines kept while they are switched off, for a host that asks for the buffer */
#define MAX_EVENTS     16

/* ^NDISSTAT */
typedef enum {
    NDIS_DOWN          = 0,
    NDIS_UP            = 1,
    NDIS_CONNECTING    = 2,
    NDIS_DISCONNECTING = 3,
} NdisState;

typedef struct {
    SimSession *session;
    guint       cid;
    gboolean    defined;
    gchar      *type;
    gchar      *apn;
    guint       request_type;
    NdisState   state;
    /* Dialled by the module itself */
    gboolean    automatic;
    guint       timer;
} Context;

struct _SimSession {
    SimModule *module;
    Context    contexts[MAX_CID + 1];
    guint      first_cid;
    guint      last_cid;
    /* The setting of AT^SETAUTODIAL= */
    gchar     *auto_dial;
    guint      redial_timer;
    /* +CGEREP, and the events that were not reported */
    gint       event_mode;
    gint       event_buffer;
    GQueue     events;
    gboolean   ppp;
    gint64     ups;
    gint64     drops;
};

static void redial_later (SimSession *self);

/*****************************************************************************/
/* Packet domain events, 3GPP TS 27.007, 10.1.19 */

void
sim_session_event (SimSession  *self,
                   const gchar *event)
{
    if (!self->module->scenario->packet_events)
        return;
    if (self->event_mode) {
        sim_module_urc (self->module, "+CGEV: %s", event);
        return;
    }
    g_queue_push_tail (&self->events, g_strdup (event));
    if (self->events.length > MAX_EVENTS)
        g_free (g_queue_pop_head (&self->events));
}

static void
context_event (Context     *context,
               const gchar *whose,
               const gchar *what)
{
    SimSession       *self = context->session;
    g_autofree gchar *event = NULL;

    if (g_str_equal (self->module->scenario->packet_event_form, "pdn"))
        event = g_strdup_printf ("%s PDN %s %u", whose, what, context->cid);
    else if (g_str_equal (what, "DEACT"))
        event = g_strdup_printf ("%s DEACT \"%s\",\"10.29.57.54\",%u", whose, context->type, context->cid);
    if (event)
        sim_session_event (self, event);
}

static void
forget_events (SimSession *self)
{
    g_queue_clear_full (&self->events, g_free);
}

static void
handle_event_reporting (SimCommand *command,
                        gpointer    user_data)
{
    SimSession *self = user_data;
    gint        mode = sim_command_get_int (command, 0, -1);
    gint        buffer = sim_command_get_int (command, 1, 0);

    if (!self->module->scenario->packet_events) {
        sim_command_cme (command, 4, "operation not supported");
        return;
    }
    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_TEST:
        sim_command_info (command, "+CGEREP: (0-2),(0,1)");
        return;
    case SIM_COMMAND_QUERY:
        sim_command_info (command, "+CGEREP: %d,%d", self->event_mode, self->event_buffer);
        return;
    case SIM_COMMAND_EXECUTE:
        mode = 0;
        break;
    case SIM_COMMAND_SET:
    default:
        break;
    }
    if (mode < 0 || mode > 2 || buffer < 0 || buffer > 1) {
        sim_command_error (command);
        return;
    }
    self->event_mode = mode;
    self->event_buffer = buffer;
    if (mode && buffer) {
        g_autofree gchar *event = NULL;

        while ((event = g_queue_pop_head (&self->events))) {
            sim_session_event (self, event);
            g_clear_pointer (&event, g_free);
        }
    } else if (mode)
        forget_events (self);
}

/*****************************************************************************/
/* Sessions */

static gboolean
has_family (Context     *context,
            const gchar *family)
{
    if (g_str_equal (context->type, "IPV4V6"))
        return TRUE;
    return g_str_equal (family, "IPV4") ? g_str_equal (context->type, "IP") : g_str_equal (context->type, "IPV6");
}

static void
tell_state (Context *context,
            gint     cause)
{
    static const gchar *const families[] = { "IPV4", "IPV6" };
    SimModule        *module = context->session->module;
    g_autofree gchar *text = NULL;
    gint              state = (gint) context->state;
    guint             i;

    text = cause ? g_strdup_printf ("%d", cause) : g_strdup ("");
    for (i = 0; i < G_N_ELEMENTS (families); i++) {
        if (!has_family (context, families[i]))
            continue;
        if (g_str_equal (module->scenario->ndis_form, "classic"))
            sim_module_urc (module, "^NDISSTAT: %d,%s,,\"%s\"", state, text, families[i]);
        else
            sim_module_urc (module, "^NDISSTAT: %u,%d,%s,,\"%s\"", context->cid, state, text, families[i]);
    }
}

/* No source says which of the two lines comes first */
static void
tell_both (Context     *context,
           const gchar *whose,
           const gchar *what)
{
    SimModule *module = context->session->module;
    gboolean   last = (!g_str_equal (module->scenario->pieces, "whole") && g_rand_boolean (module->rand));

    if (!last)
        context_event (context, whose, what);
    tell_state (context, 0);
    if (last)
        context_event (context, whose, what);
}

static void
set_state (Context   *context,
           NdisState  state)
{
    SimSession *self = context->session;

    sim_clock_clear (self->module->clock, &context->timer);
    if (context->state == state)
        return;
    context->state = state;
    if (state == NDIS_UP)
        self->ups++;
    sim_log_event (self->module->log, self->module->index, "session",
                   "cid", "i", (gint64) context->cid,
                   "state", "i", (gint64) state,
                   "apn", "s", context->apn,
                   "automatic", "b", context->automatic,
                   NULL);
    sim_module_carrier_changed (self->module);
}

static gboolean
apn_is_served (SimSession  *self,
               const gchar *apn)
{
    g_auto(GStrv) apns = NULL;

    apns = g_strsplit (self->module->scenario->apns, ";", -1);
    return (g_strv_contains ((const gchar *const *) apns, "*") ||
            g_strv_contains ((const gchar *const *) apns, apn));
}

/* Requested service option not subscribed: 3GPP TS 24.008, 10.5.6.6 */
#define CAUSE_NOT_SUBSCRIBED 33

static const gchar *
choose_refusal (SimSession *self)
{
    static const gchar *const choices[] = { "before", "with", "later" };
    SimScenario *scenario = self->module->scenario;

    if (!g_str_equal (scenario->refusal, "mixed"))
        return scenario->refusal;
    if (g_str_equal (scenario->pieces, "whole"))
        return "later";
    return choices[g_rand_int_range (self->module->rand, 0, G_N_ELEMENTS (choices))];
}

/* Before the final result, or in the same write */
static void
refuse_at_once (Context    *context,
                SimCommand *command,
                gboolean    before)
{
    static const gchar *const families[] = { "IPV4", "IPV6" };
    gboolean classic = g_str_equal (context->session->module->scenario->ndis_form, "classic");
    guint    i;

    for (i = 0; i < G_N_ELEMENTS (families); i++) {
        g_autofree gchar *line = NULL;

        if (!has_family (context, families[i]))
            continue;
        line = (classic ? g_strdup_printf ("^NDISSTAT: 0,%d,,\"%s\"", CAUSE_NOT_SUBSCRIBED, families[i]) :
                g_strdup_printf ("^NDISSTAT: %u,0,%d,,\"%s\"", context->cid, CAUSE_NOT_SUBSCRIBED, families[i]));
        if (before)
            sim_module_urc_line (context->session->module, line);
        else
            sim_command_with (command, line);
    }
}

static void
connect_due (gpointer user_data)
{
    Context    *context = user_data;
    SimSession *self = context->session;

    context->timer = 0;
    if (!sim_network_is_registered (self->module->network)) {
        set_state (context, NDIS_DOWN);
        tell_state (context, 0);
        return;
    }
    if (!apn_is_served (self, context->apn)) {
        set_state (context, NDIS_DOWN);
        tell_state (context, CAUSE_NOT_SUBSCRIBED);
        redial_later (self);
        return;
    }
    set_state (context, NDIS_UP);
    tell_both (context, "ME", "ACT");
    if (self->module->scenario->reenumerate_after_dial && !context->automatic)
        sim_module_leave (self->module, self->module->scenario->plug_seconds);
}

static void
disconnect_due (gpointer user_data)
{
    Context *context = user_data;

    context->timer = 0;
    set_state (context, NDIS_DOWN);
    tell_both (context, "ME", "DEACT");
    redial_later (context->session);
}

static void
start_connect (Context  *context,
               gboolean  automatic)
{
    SimModule *module = context->session->module;

    context->automatic = automatic;
    set_state (context, NDIS_CONNECTING);
    if (module->scenario->ndis_steps)
        tell_state (context, 0);
    context->timer = sim_clock_add (module->clock, module->scenario->dial_seconds, connect_due, context);
}

static gboolean
take_session (SimSession *self,
              guint       cid,
              gboolean    tell)
{
    Context   *context = &self->contexts[cid];
    NdisState  before = context->state;

    if (before == NDIS_DOWN)
        return FALSE;
    self->drops++;
    set_state (context, NDIS_DOWN);
    if (tell && before != NDIS_CONNECTING)
        tell_both (context, "NW", "DEACT");
    else
        tell_state (context, 0);
    redial_later (self);
    return TRUE;
}

gboolean
sim_session_drop (SimSession *self,
                  guint       cid)
{
    return (cid >= 1 && cid <= MAX_CID && take_session (self, cid, TRUE));
}

void
sim_session_detach (SimSession *self)
{
    guint cid;

    sim_session_event (self, "NW DETACH");
    for (cid = 1; cid <= MAX_CID; cid++)
        take_session (self, cid, FALSE);
}

gboolean
sim_session_has_carrier (SimSession *self)
{
    guint cid;

    for (cid = 1; cid <= MAX_CID; cid++) {
        if (self->contexts[cid].state == NDIS_UP)
            return TRUE;
    }
    return FALSE;
}

gboolean
sim_session_is_up (SimSession *self)
{
    guint cid;

    if (self->ppp)
        return TRUE;
    for (cid = 1; cid <= MAX_CID; cid++) {
        if (self->contexts[cid].state != NDIS_DOWN)
            return TRUE;
    }
    return FALSE;
}

const gchar *
sim_session_get_blocker (SimSession *self)
{
    guint cid;

    if (self->ppp)
        return "a PPP session is up";
    for (cid = 1; cid <= MAX_CID; cid++) {
        if (self->contexts[cid].state != NDIS_DOWN)
            return self->contexts[cid].automatic ? "an auto-dial session is up" : "an NDIS session is up";
    }
    return NULL;
}

/*****************************************************************************/
/* Auto-dial */

static gboolean
auto_dial_is_on (SimSession *self)
{
    return *self->auto_dial == '1';
}

static void
redial_due (gpointer user_data)
{
    SimSession *self = user_data;
    Context    *context = &self->contexts[AUTO_DIAL_CID];

    self->redial_timer = 0;
    if (auto_dial_is_on (self) && context->state == NDIS_DOWN &&
        sim_network_is_registered (self->module->network))
        start_connect (context, TRUE);
}

static void
redial_later (SimSession *self)
{
    if (auto_dial_is_on (self) && !self->redial_timer)
        self->redial_timer = sim_clock_add (self->module->clock, REDIAL_SECONDS, redial_due, self);
}

void
sim_session_reload (SimSession *self)
{
    g_free (self->auto_dial);
    self->auto_dial = g_strdup (self->module->scenario->auto_dial);
    if (sim_module_is_ready (self->module))
        redial_later (self);
}

static void
handle_auto_dial (SimCommand *command,
                  gpointer    user_data)
{
    SimSession  *self = user_data;
    const gchar *name;

    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_QUERY:
        /* The manual's spelling */
        name = g_str_equal (self->module->scenario->auto_dial_spelling, "autodail") ? "^SETAUTODAIL" : "^SETAUTODIAL";
        if (!auto_dial_is_on (self))
            sim_command_info (command, "%s:0", name);
        else if (strchr (self->auto_dial, '"'))
            sim_command_info (command, "%s:%s", name, self->auto_dial);
        else
            sim_command_info (command, "%s:%s,\"IPV4V6\",\"\",\"\",\"\",0", name,
                              strchr (self->auto_dial, ',') ? self->auto_dial : "1,1");
        break;
    case SIM_COMMAND_SET:
        if (sim_command_get_int (command, 0, -1) < 0 || sim_command_get_int (command, 0, -1) > 1) {
            sim_command_error (command);
            break;
        }
        g_free (self->auto_dial);
        self->auto_dial = g_strdup (sim_command_get_args (command));
        sim_log_event (self->module->log, self->module->index, "auto-dial", "value", "s", self->auto_dial, NULL);
        redial_later (self);
        break;
    case SIM_COMMAND_TEST:
    case SIM_COMMAND_EXECUTE:
    default:
        sim_command_error (command);
        break;
    }
}

void
sim_session_registered_changed (SimSession *self)
{
    if (sim_network_is_registered (self->module->network)) {
        redial_later (self);
        return;
    }
    if (sim_session_is_up (self))
        sim_session_detach (self);
}

/*****************************************************************************/
/* ^NDISDUP and related commands */

static gboolean
is_the_hosts (Context *context)
{
    return (context->cid > 0 && context->cid < NETWORK_CID && context->request_type != EMERGENCY);
}

static Context *
get_context (SimSession *self,
             SimCommand *command)
{
    gint cid = sim_command_get_int (command, 0, -1);

    if (cid < 0 || (guint) cid < self->first_cid || (guint) cid > self->last_cid) {
        sim_command_error (command);
        return NULL;
    }
    if (!is_the_hosts (&self->contexts[cid])) {
        sim_command_violation (command, "a PDP context that is not the host's");
        sim_command_error (command);
        return NULL;
    }
    return &self->contexts[cid];
}

static void
dial (SimSession *self,
      Context    *context,
      SimCommand *command)
{
    const gchar *apn = sim_command_get_arg (command, 2);
    const gchar *refusal;

    if (sim_fota_is_upgrading (self->module->fota)) {
        sim_command_error (command);
        return;
    }
    if (!sim_network_is_registered (self->module->network)) {
        sim_command_final (command, "ERROR: NO NETWORK SERVICE");
        return;
    }
    if (context->state != NDIS_DOWN || (context->cid == AUTO_DIAL_CID && auto_dial_is_on (self))) {
        sim_command_final (command, "ERROR: DUPLICATED");
        return;
    }
    if (sim_command_get_int (command, 5, 0) < 0 || sim_command_get_int (command, 5, 0) > 2) {
        sim_command_error (command);
        return;
    }
    if (apn && *apn) {
        g_free (context->apn);
        context->apn = g_strdup (apn);
    }
    refusal = apn_is_served (self, context->apn) ? NULL : choose_refusal (self);
    if (g_strcmp0 (refusal, "before") == 0 || g_strcmp0 (refusal, "with") == 0) {
        refuse_at_once (context, command, g_str_equal (refusal, "before"));
        return;
    }
    start_connect (context, FALSE);
    if (g_strcmp0 (refusal, "late") == 0) {
        sim_clock_clear (self->module->clock, &context->timer);
        context->timer = sim_clock_add (self->module->clock, LATE_REFUSAL_SECONDS, connect_due, context);
    }
}

static void
hang_up (SimSession *self,
         Context    *context,
         SimCommand *command)
{
    if (context->state == NDIS_DOWN || context->state == NDIS_DISCONNECTING) {
        sim_command_final (command, "ERROR: Invalid");
        return;
    }
    set_state (context, NDIS_DISCONNECTING);
    if (self->module->scenario->ndis_steps)
        tell_state (context, 0);
    context->timer = sim_clock_add (self->module->clock, self->module->scenario->dial_seconds,
                                    disconnect_due, context);
}

static void
handle_ndisdup (SimCommand *command,
                gpointer    user_data)
{
    SimSession *self = user_data;
    Context    *context;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST) {
        sim_command_info (command, "^NDISDUP: (%u-%u),(0-1)", MAX (self->first_cid, 1), self->last_cid);
        return;
    }
    if (sim_command_get_type (command) != SIM_COMMAND_SET) {
        sim_command_error (command);
        return;
    }
    context = get_context (self, command);
    if (!context)
        return;
    switch (sim_command_get_int (command, 1, -1)) {
    case 0:
        hang_up (self, context, command);
        break;
    case 1:
        dial (self, context, command);
        break;
    default:
        sim_command_error (command);
        break;
    }
}

static void
tell_status (Context    *context,
             SimCommand *command,
             gint        state)
{
    const gchar *form = context->session->module->scenario->query_form;
    guint        cid = context->cid;

    if (g_str_equal (form, "dual"))
        sim_command_info (command, "^NDISSTATQRY: %u,%d,,,\"IPV4\",%d,,,\"IPV6\"", cid,
                          has_family (context, "IPV4") ? state : 0, has_family (context, "IPV6") ? state : 0);
    else if (g_str_equal (form, "nocid"))
        sim_command_info (command, "^NDISSTATQRY: %d,,,\"IPV4\",%d,,,\"IPV6\"",
                          has_family (context, "IPV4") ? state : 0, has_family (context, "IPV6") ? state : 0);
    else {
        if (has_family (context, "IPV4"))
            sim_command_info (command, "^NDISSTATQRY: %u,%d,,,\"IPV4\"", cid, state);
        if (has_family (context, "IPV6"))
            sim_command_info (command, "^NDISSTATQRY: %u,%d,,,\"IPV6\"", cid, state);
    }
}

static void
handle_ndis_query (SimCommand *command,
                   gpointer    user_data)
{
    SimSession *self = user_data;
    gboolean    all = self->module->scenario->query_all;
    guint       n = 0;
    guint       cid;

    /* The default bearer is up while the module is registered */
    if (all)
        tell_status (&self->contexts[0], command,
                     sim_network_is_registered (self->module->network) ? NDIS_UP : NDIS_DOWN);
    for (cid = 1; cid <= MAX_CID; cid++) {
        Context *context = &self->contexts[cid];

        if ((!context->defined && context->state == NDIS_DOWN) || (!is_the_hosts (context) && !all))
            continue;
        n++;
        tell_status (context, command, (gint) context->state);
    }
    if (n == 0)
        sim_command_info (command, "^NDISSTATQRY: 1,0,,,\"IPV4\"");
}

static void
handle_dhcp (SimCommand *command,
             gpointer    user_data)
{
    SimSession *self = user_data;
    guint       cid;

    for (cid = 1; cid <= MAX_CID; cid++) {
        if (self->contexts[cid].state != NDIS_UP || !has_family (&self->contexts[cid], "IPV4"))
            continue;
        sim_command_info (command, "^DHCP: 930E790A,000000FF,0100000A,0100000A,FFB84170,035416D2, 600000000, 100000000");
        return;
    }
    sim_command_error (command);
}

/*****************************************************************************/
/* PDP contexts */

static void
tell_context (Context    *context,
              SimCommand *command)
{
    if (!context->defined)
        return;
    if (sim_scenario_is_field (context->session->module->scenario))
        sim_command_info (command, "+CGDCONT: %u,\"%s\",\"%s\",\"\",0,0,0,%u", context->cid,
                          context->type, context->apn, context->request_type);
    else
        sim_command_info (command, "+CGDCONT: %u,\"%s\",\"%s\",\"\",0,0", context->cid,
                          context->type, context->apn);
}

static void
handle_cgdcont (SimCommand *command,
                gpointer    user_data)
{
    static const gchar *const types[] = { "IP", "IPV6", "IPV4V6" };
    SimSession  *self = user_data;
    Context     *context;
    const gchar *type;
    guint        i;

    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_TEST:
        for (i = 0; i < G_N_ELEMENTS (types); i++)
            sim_command_info (command, "+CGDCONT: (%u-%u),\"%s\",,,(0-2),(0-4)", self->first_cid, self->last_cid, types[i]);
        return;
    case SIM_COMMAND_QUERY:
        for (i = self->first_cid; i <= self->last_cid; i++)
            tell_context (&self->contexts[i], command);
        return;
    case SIM_COMMAND_SET:
        break;
    case SIM_COMMAND_EXECUTE:
    default:
        sim_command_error (command);
        return;
    }

    context = get_context (self, command);
    if (!context)
        return;
    type = sim_command_get_arg (command, 1);
    context->defined = (type != NULL);
    if (!type)
        return;
    for (i = 0; i < G_N_ELEMENTS (types) && g_ascii_strcasecmp (types[i], type) != 0; i++);
    if (i == G_N_ELEMENTS (types)) {
        sim_command_error (command);
        return;
    }
    g_free (context->type);
    context->type = g_strdup (types[i]);
    g_free (context->apn);
    context->apn = g_strdup (sim_command_get_arg (command, 2) ? sim_command_get_arg (command, 2) : "");
}

static void
handle_cgact (SimCommand *command,
              gpointer    user_data)
{
    SimSession *self = user_data;
    guint       cid;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CGACT: (0,1)");
    if (sim_command_get_type (command) != SIM_COMMAND_QUERY)
        return;
    for (cid = 1; cid <= MAX_CID; cid++) {
        if (self->contexts[cid].defined)
            sim_command_info (command, "+CGACT: %u,%d", cid, self->contexts[cid].state == NDIS_UP);
    }
}

static void
tell_address (Context    *context,
              SimCommand *command)
{
    const gchar *four = has_family (context, "IPV4") ? ",\"10.29.57.54\"" : "";
    const gchar *six = has_family (context, "IPV6") ? ",\"36.14.4.63.1.2.3.4.0.0.0.0.0.0.0.1\"" : "";

    if (context->state == NDIS_UP)
        sim_command_info (command, "+CGPADDR: %u%s%s", context->cid, four, six);
}

static void
handle_cgpaddr (SimCommand *command,
                gpointer    user_data)
{
    SimSession *self = user_data;
    gint        cid = sim_command_get_int (command, 0, -1);
    guint       i;

    if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE) {
        for (i = 1; i <= MAX_CID; i++)
            tell_address (&self->contexts[i], command);
    } else if (sim_command_get_type (command) == SIM_COMMAND_SET) {
        if (cid >= 0 && cid <= MAX_CID)
            tell_address (&self->contexts[cid], command);
        else
            sim_command_error (command);
    }
}

static void
handle_ok (SimCommand *command,
           gpointer    user_data)
{
}

/*****************************************************************************/
/* PPP */

void
sim_session_dial_ppp (SimSession *self,
                      SimCommand *command)
{
    /* Only this mode has a Modem port for dialling */
    if (self->module->scenario->setmode != 8 || !sim_network_is_registered (self->module->network) ||
        sim_fota_is_upgrading (self->module->fota)) {
        sim_command_final (command, "NO CARRIER");
        return;
    }
    self->ppp = TRUE;
    self->ups++;
    sim_log_event (self->module->log, self->module->index, "ppp", "up", "b", TRUE, NULL);
    sim_command_connect (command);
}

void
sim_session_ppp_ended (SimSession *self)
{
    if (!self->ppp)
        return;
    self->ppp = FALSE;
    sim_log_event (self->module->log, self->module->index, "ppp", "up", "b", FALSE, NULL);
}

/*****************************************************************************/
/* Life cycle */

void
sim_session_power_off (SimSession *self)
{
    guint cid;

    sim_clock_clear (self->module->clock, &self->redial_timer);
    self->event_mode = 0;
    self->event_buffer = 0;
    forget_events (self);
    for (cid = 1; cid <= MAX_CID; cid++)
        set_state (&self->contexts[cid], NDIS_DOWN);
    self->ppp = FALSE;
}

JsonObject *
sim_session_get_status (SimSession *self)
{
    JsonObject *object;
    JsonArray  *array;
    guint       cid;

    object = json_object_new ();
    json_object_set_boolean_member (object, "up", sim_session_is_up (self));
    json_object_set_boolean_member (object, "ppp", self->ppp);
    json_object_set_string_member (object, "auto-dial", self->auto_dial);
    json_object_set_int_member (object, "ups", self->ups);
    json_object_set_int_member (object, "drops", self->drops);
    array = json_array_new ();
    for (cid = 1; cid <= MAX_CID; cid++) {
        Context    *context = &self->contexts[cid];
        JsonObject *entry;

        if (!context->defined && context->state == NDIS_DOWN)
            continue;
        entry = json_object_new ();
        json_object_set_int_member (entry, "cid", cid);
        json_object_set_string_member (entry, "type", context->type);
        json_object_set_string_member (entry, "apn", context->apn);
        json_object_set_int_member (entry, "state", context->state);
        json_object_set_boolean_member (entry, "automatic", context->automatic);
        json_array_add_object_element (array, entry);
    }
    json_object_set_array_member (object, "contexts", array);
    return object;
}

/* As in the scenario's key network.contexts */
static void
define_contexts (SimSession *self)
{
    SimScenario   *scenario = self->module->scenario;
    g_auto(GStrv)  contexts = NULL;
    guint          i;

    self->first_cid = MIN ((guint) atoi (scenario->cids), 1);
    self->last_cid = strchr (scenario->cids, '-') ? (guint) atoi (strchr (scenario->cids, '-') + 1) : 0;
    self->last_cid = CLAMP (self->last_cid, 1, MAX_CID);
    contexts = g_strsplit (scenario->contexts, ";", -1);
    for (i = 0; contexts[i]; i++) {
        g_auto(GStrv)  parts = g_strsplit (contexts[i], ",", 4);
        gchar         *dash = *contexts[i] ? strchr (parts[0], '-') : NULL;
        guint          cid;
        guint          last;

        if (g_strv_length (parts) < 3)
            continue;
        cid = (guint) atoi (parts[0]);
        last = dash ? (guint) atoi (dash + 1) : cid;
        for (; cid <= MIN (last, MAX_CID); cid++) {
            Context *context = &self->contexts[cid];

            context->defined = TRUE;
            g_free (context->type);
            context->type = g_strdup (parts[1]);
            g_free (context->apn);
            context->apn = g_strdup (parts[2]);
            context->request_type = parts[3] ? (guint) atoi (parts[3]) : 0;
        }
    }
}

SimSession *
sim_session_new (SimModule *module)
{
    static const gchar *const accepted[] = { "+CGAUTH", "^AUTHDATA", "+CEER", "^DHCPV6" };
    SimSession *self;
    guint       i;

    self = g_new0 (SimSession, 1);
    self->module = module;
    g_queue_init (&self->events);
    self->auto_dial = g_strdup (module->scenario->auto_dial);
    for (i = 0; i <= MAX_CID; i++) {
        self->contexts[i].session = self;
        self->contexts[i].cid = i;
        self->contexts[i].type = g_strdup ("IPV4V6");
        self->contexts[i].apn = g_strdup ("");
    }
    define_contexts (self);

    sim_at_table_add (module->table, "^NDISDUP", handle_ndisdup, self);
    sim_at_table_add (module->table, "^NDISSTATQRY", handle_ndis_query, self);
    sim_at_table_add (module->table, "^DHCP", handle_dhcp, self);
    sim_at_table_add (module->table, "^SETAUTODIAL", handle_auto_dial, self);
    sim_at_table_add (module->table, "+CGDCONT", handle_cgdcont, self);
    sim_at_table_add (module->table, "+CGACT", handle_cgact, self);
    sim_at_table_add (module->table, "+CGPADDR", handle_cgpaddr, self);
    sim_at_table_add (module->table, "+CGEREP", handle_event_reporting, self);
    for (i = 0; i < G_N_ELEMENTS (accepted); i++)
        sim_at_table_add (module->table, accepted[i], handle_ok, self);
    return self;
}

void
sim_session_free (SimSession *self)
{
    guint i;

    sim_session_power_off (self);
    for (i = 0; i <= MAX_CID; i++) {
        g_free (self->contexts[i].type);
        g_free (self->contexts[i].apn);
    }
    g_free (self->auto_dial);
    g_free (self);
}
