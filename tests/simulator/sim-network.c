/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "sim-card.h"
#include "sim-network.h"
#include "sim-session.h"

/* 3GPP TS 27.007, +CREG */
enum {
    STAT_IDLE      = 0,
    STAT_HOME      = 1,
    STAT_SEARCHING = 2,
    STAT_DENIED    = 3,
    STAT_ROAMING   = 5,
};

typedef enum {
    DOMAIN_CS,
    DOMAIN_PS,
    DOMAIN_LTE,
    DOMAIN_NR,
    N_DOMAINS,
} Domain;

static const gchar *const domain_names[N_DOMAINS] = { "+CREG", "+CGREG", "+CEREG", "+C5GREG" };

/* As the unit from the field has them after power-up */
static const gint field_modes[N_DOMAINS] = { 0, 1, 2, 2 };

struct _SimNetwork {
    SimModule *module;
    gboolean   settled;
    guint      register_timer;
    gint       modes[N_DOMAINS];
    gint       reported[N_DOMAINS];
    gint       operator_format;
};

/*****************************************************************************/
/* Registration */

static gboolean
is_nr (SimNetwork *self)
{
    return g_str_equal (self->module->scenario->technology, "nr");
}

static gboolean
is_field_nr (SimNetwork *self)
{
    return (is_nr (self) && sim_scenario_is_field (self->module->scenario));
}

static gint
get_stat (SimNetwork *self)
{
    const gchar *registration = self->module->scenario->registration;

    if (!self->settled || sim_card_is_locked (self->module->card))
        return STAT_SEARCHING;
    if (g_str_equal (registration, "home"))
        return STAT_HOME;
    if (g_str_equal (registration, "roaming"))
        return STAT_ROAMING;
    if (g_str_equal (registration, "denied"))
        return STAT_DENIED;
    return STAT_SEARCHING;
}

static gint
get_domain_stat (SimNetwork *self,
                 Domain      domain)
{
    switch (domain) {
    /* The unit from the field, on NR standalone: no circuits, but packets, and somehow also on LTE */
    case DOMAIN_CS:
        return self->module->scenario->creg && !is_field_nr (self) ? get_stat (self) : STAT_IDLE;
    case DOMAIN_PS:
        return self->module->scenario->creg ? get_stat (self) : STAT_IDLE;
    case DOMAIN_LTE:
        return is_nr (self) && !is_field_nr (self) ? STAT_IDLE : get_stat (self);
    case DOMAIN_NR:
        return is_nr (self) ? get_stat (self) : STAT_IDLE;
    case N_DOMAINS:
    default:
        g_assert_not_reached ();
    }
}

gboolean
sim_network_is_registered (SimNetwork *self)
{
    gint stat = get_stat (self);

    return (stat == STAT_HOME || stat == STAT_ROAMING);
}

gboolean
sim_network_has_data (SimNetwork *self)
{
    return (sim_network_is_registered (self) && self->module->scenario->data);
}

static gchar *
location_text (SimNetwork *self,
               Domain      domain)
{
    if (domain == DOMAIN_NR)
        return g_strdup (",\"28041B\",\"00000008FE090005\",11,1,\"01\"");
    if (is_nr (self))
        return g_strdup (",\"28041B\",\"00000008FE090005\",11");
    return g_strdup (",\"102F\",\"002D811F\",7");
}

static gchar *
registration_text (SimNetwork *self,
                   Domain      domain)
{
    g_autofree gchar *location = NULL;
    gint              stat = get_domain_stat (self, domain);

    if (self->modes[domain] >= 2 && !(domain == DOMAIN_LTE && is_nr (self)) && (stat == STAT_HOME || stat == STAT_ROAMING))
        location = location_text (self, domain);
    return g_strdup_printf ("%d%s", stat, location ? location : "");
}

gchar *
sim_network_tell_again (SimNetwork *self)
{
    guint             domain = (guint) g_rand_int_range (self->module->rand, 0, N_DOMAINS);
    g_autofree gchar *text = NULL;

    /* Not before it was told for the first time */
    if (self->modes[domain] == 0 || self->reported[domain] != get_domain_stat (self, domain))
        return NULL;
    text = registration_text (self, domain);
    return g_strdup_printf ("%s: %s", domain_names[domain], text);
}

static void
report_changes (SimNetwork *self)
{
    guint domain;

    for (domain = 0; domain < N_DOMAINS; domain++) {
        g_autofree gchar *text = NULL;
        gint              stat = get_domain_stat (self, domain);

        if (stat == self->reported[domain])
            continue;
        self->reported[domain] = stat;
        if (self->modes[domain] == 0)
            continue;
        text = registration_text (self, domain);
        sim_module_urc (self->module, "%s: %s", domain_names[domain], text);
    }
    sim_session_registered_changed (self->module->session);
}

void
sim_network_changed (SimNetwork *self)
{
    report_changes (self);
}

static void
register_due (gpointer user_data)
{
    SimNetwork *self = user_data;

    self->register_timer = 0;
    self->settled = TRUE;
    sim_log_event (self->module->log, self->module->index, "network",
                   "registration", "s", self->module->scenario->registration,
                   NULL);
    sim_module_urc (self->module, "^SRVST: 2");
    report_changes (self);
}

void
sim_network_power_on (SimNetwork *self)
{
    sim_module_urc (self->module, "^SIMST: 1");
    self->register_timer = sim_clock_add (self->module->clock, self->module->scenario->register_seconds,
                                          register_due, self);
}

void
sim_network_power_off (SimNetwork *self)
{
    guint domain;

    sim_clock_clear (self->module->clock, &self->register_timer);
    self->settled = FALSE;
    self->operator_format = 0;
    for (domain = 0; domain < N_DOMAINS; domain++) {
        self->modes[domain] = sim_scenario_is_field (self->module->scenario) ? field_modes[domain] : 0;
        self->reported[domain] = STAT_SEARCHING;
    }
}

static void
handle_registration (SimCommand *command,
                     gpointer    user_data)
{
    SimNetwork       *self = user_data;
    g_autofree gchar *text = NULL;
    guint             domain;

    for (domain = N_DOMAINS - 1; domain > 0; domain--) {
        if (g_str_equal (sim_command_get_name (command), domain_names[domain]))
            break;
    }

    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_QUERY:
        text = registration_text (self, domain);
        sim_command_info (command, "%s: %d,%s", domain_names[domain], self->modes[domain], text);
        break;
    case SIM_COMMAND_TEST:
        sim_command_info (command, "%s: (0-2)", domain_names[domain]);
        break;
    case SIM_COMMAND_EXECUTE:
    case SIM_COMMAND_SET:
    default: {
        gint mode = sim_command_get_int (command, 0, -1);

        if (mode < 0 || mode > 2)
            sim_command_error (command);
        else
            self->modes[domain] = mode;
        break;
    }
    }
}

/*****************************************************************************/
/* Operator */

static void
handle_operator (SimCommand *command,
                 gpointer    user_data)
{
    SimNetwork  *self = user_data;
    SimScenario *scenario = self->module->scenario;
    gint         technology = is_nr (self) ? 11 : 7;

    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_QUERY:
        if (!sim_network_is_registered (self))
            sim_command_info (command, "+COPS: 0");
        else
            sim_command_info (command, "+COPS: 0,%d,\"%s\",%d", self->operator_format,
                              self->operator_format == 2 ? scenario->operator_code : scenario->operator_name,
                              technology);
        break;
    case SIM_COMMAND_TEST:
        sim_command_info (command, "+COPS: (2,\"%s\",\"%s\",\"%s\",%d),,(0,1,2,3,4),(0,1,2)",
                          scenario->operator_name, scenario->operator_name, scenario->operator_code, technology);
        break;
    case SIM_COMMAND_EXECUTE:
    case SIM_COMMAND_SET:
    default:
        if (sim_command_get_int (command, 0, -1) == 3)
            self->operator_format = sim_command_get_int (command, 1, 0);
        break;
    }
}

/*****************************************************************************/
/* Signal and system */

static void
handle_csq (SimCommand *command,
            gpointer    user_data)
{
    SimNetwork *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE && is_field_nr (self))
        sim_command_info (command, "+CSQ:");
    else if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE)
        sim_command_info (command, "+CSQ: %d,99", sim_network_is_registered (self) ? 20 : 99);
    else if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CSQ: (0-31,99),(0-7,99)");
}

static void
handle_cesq (SimCommand *command,
             gpointer    user_data)
{
    SimNetwork *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-34,255),(0-97,255)");
    else if (is_nr (self))
        sim_command_info (command, "+CESQ: 99,99,255,255,255,255,60,80,50");
    else
        sim_command_info (command, "+CESQ: 99, 99, 255, 255, 23, 60, 255, 255, 255");
}

static void
handle_hcsq (SimCommand *command,
             gpointer    user_data)
{
    SimNetwork *self = user_data;

    if (sim_command_get_type (command) != SIM_COMMAND_QUERY)
        return;
    if (!sim_network_is_registered (self))
        sim_command_info (command, "^HCSQ: \"NOSERVICE\"");
    else if (is_field_nr (self))
        sim_command_info (command, "^HCSQ: \"NR\",68,211,31");
    else if (is_nr (self))
        sim_command_info (command, "^HCSQ: \"NR\",50,146,29");
    else
        sim_command_info (command, "^HCSQ: \"LTE\",50,46,146,29");
}

static void
handle_system (SimCommand *command,
               gpointer    user_data)
{
    SimNetwork *self = user_data;
    gint        roaming = (get_stat (self) == STAT_ROAMING);

    if (!sim_network_is_registered (self))
        sim_command_info (command, "^SYSINFOEX: 0,0,0,1,,0,\"NO SERVICE\",0,\"NO SERVICE\"");
    else if (is_nr (self))
        sim_command_info (command, "^SYSINFOEX: 2,2,%d,1,,11,\"NR-5GC\",111,\"NR-5GC\"", roaming);
    else
        sim_command_info (command, "^SYSINFOEX: 2,3,%d,1,,6,\"LTE\",101,\"LTE\"", roaming);
}

static void
handle_serving_cell (SimCommand *command,
                     gpointer    user_data)
{
    SimNetwork *self = user_data;

    /* AT^MONSC? is an error */
    if (sim_command_get_type (command) != SIM_COMMAND_EXECUTE)
        sim_command_error (command);
    else if (!sim_network_is_registered (self))
        sim_command_info (command, "^MONSC: NONE");
    else if (is_nr (self))
        sim_command_info (command, "^MONSC: NR,460,01,504990,1,08FE090005,123,28041B,-73,-9,23");
    else
        sim_command_info (command, "^MONSC: LTE,460,01,1650,2D811F,101,102F,-88,-10,-60");
}

static void
handle_configuration (SimCommand *command,
                      gpointer    user_data)
{
    /* As seen: no comma at the end */
    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "^SYSCFGEX: \"080302\",2000000680380,1,2,1E200000095");
    else if (sim_command_get_type (command) != SIM_COMMAND_SET)
        sim_command_error (command);
}

static void
handle_ims (SimCommand *command,
            gpointer    user_data)
{
    SimNetwork *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CIREG: 1,%d", sim_network_is_registered (self));
}

static void
handle_attach (SimCommand *command,
               gpointer    user_data)
{
    SimNetwork *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CGATT: %d", sim_network_is_registered (self));
    else if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CGATT: (0,1)");
}

static void
handle_ws46 (SimCommand *command,
             gpointer    user_data)
{
    SimNetwork *self = user_data;

    /* After an ERROR here, ModemManager takes the module for one without LTE and 5G */
    if (!self->module->scenario->ws46)
        sim_command_error (command);
    else if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+WS46: (28,31,36,37,38)");
    else
        sim_command_info (command, "+WS46: 38");
}

/*****************************************************************************/
/* Life cycle */

JsonObject *
sim_network_get_status (SimNetwork *self)
{
    JsonObject *object;

    object = json_object_new ();
    json_object_set_boolean_member (object, "registered", sim_network_is_registered (self));
    json_object_set_int_member (object, "stat", get_stat (self));
    json_object_set_string_member (object, "technology", self->module->scenario->technology);
    json_object_set_boolean_member (object, "data", sim_network_has_data (self));
    return object;
}

SimNetwork *
sim_network_new (SimModule *module)
{
    SimNetwork *self;
    guint       domain;

    self = g_new0 (SimNetwork, 1);
    self->module = module;
    for (domain = 0; domain < N_DOMAINS; domain++) {
        self->modes[domain] = sim_scenario_is_field (module->scenario) ? field_modes[domain] : 0;
        self->reported[domain] = STAT_SEARCHING;
        sim_at_table_add (module->table, domain_names[domain], handle_registration, self);
    }
    sim_at_table_add (module->table, "+COPS", handle_operator, self);
    sim_at_table_add (module->table, "+CSQ", handle_csq, self);
    sim_at_table_add (module->table, "+CESQ", handle_cesq, self);
    sim_at_table_add (module->table, "^HCSQ", handle_hcsq, self);
    sim_at_table_add (module->table, "^SYSINFOEX", handle_system, self);
    sim_at_table_add (module->table, "^MONSC", handle_serving_cell, self);
    sim_at_table_add (module->table, "^SYSCFGEX", handle_configuration, self);
    sim_at_table_add (module->table, "+CIREG", handle_ims, self);
    sim_at_table_add (module->table, "+CGATT", handle_attach, self);
    sim_at_table_add (module->table, "+WS46", handle_ws46, self);
    return self;
}

void
sim_network_free (SimNetwork *self)
{
    sim_clock_clear (self->module->clock, &self->register_timer);
    g_free (self);
}
