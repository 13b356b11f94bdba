/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "sim-identity.h"

struct _SimIdentity {
    SimModule *module;
    /* The running version; the scenario has the one at the start */
    gchar     *exts;
    gchar     *bdt;
    gchar     *revision;
    gboolean   incomplete;
    guint      incomplete_timer;
    gint       function;
    guint      reboot_timer;
};

/*****************************************************************************/
/* Versions */

const gchar *
sim_identity_get_version (SimIdentity *self)
{
    return self->exts;
}

static void
replace (gchar       **field,
         const gchar  *value)
{
    gchar *old = *field;

    if (!value || !*value)
        return;
    *field = g_strdup (value);
    g_free (old);
}

void
sim_identity_set_version (SimIdentity *self,
                          const gchar *exts,
                          const gchar *bdt,
                          const gchar *revision)
{
    replace (&self->exts, exts);
    replace (&self->bdt, bdt);
    replace (&self->revision, revision);
}

static void
incomplete_over (gpointer user_data)
{
    SimIdentity *self = user_data;

    self->incomplete_timer = 0;
    self->incomplete = FALSE;
}

void
sim_identity_set_incomplete (SimIdentity *self,
                             gdouble      seconds)
{
    sim_clock_clear (self->module->clock, &self->incomplete_timer);
    self->incomplete = (seconds > 0);
    if (self->incomplete)
        self->incomplete_timer = sim_clock_add (self->module->clock, seconds, incomplete_over, self);
}

static void
handle_version (SimCommand *command,
                gpointer    user_data)
{
    SimIdentity   *self = user_data;
    gboolean       field = sim_scenario_is_field (self->module->scenario);
    g_auto(GStrv)  extra = NULL;
    guint          i;

    if (sim_command_get_type (command) != SIM_COMMAND_QUERY) {
        sim_command_error (command);
        return;
    }
    if (self->module->scenario->version_fails > 0) {
        self->module->scenario->version_fails--;
        sim_command_error (command);
        return;
    }
    if (self->incomplete) {
        sim_command_info (command, "^VERSION:EXTH:%s", self->module->scenario->exth);
        return;
    }
    sim_command_info (command, "^VERSION:BDT:%s", self->bdt);
    sim_command_info (command, "^VERSION:EXTS:%s", self->exts);
    /* All keys of the unit from the field, in its order; values of the added ones are guesses */
    if (field) {
        sim_command_info (command, "^VERSION:INTS:");
        sim_command_info (command, "^VERSION:EXTD:");
        sim_command_info (command, "^VERSION:INTD:");
    }
    sim_command_info (command, "^VERSION:EXTH:%s", self->module->scenario->exth);
    if (field) {
        sim_command_info (command, "^VERSION:INTH:%s", self->module->scenario->exth);
        sim_command_info (command, "^VERSION:EXTU:%s", self->module->scenario->model);
        sim_command_info (command, "^VERSION:INTU:%s", self->module->scenario->model);
        sim_command_info (command, "^VERSION:CFG:1005");
        sim_command_info (command, "^VERSION:PRL:");
        sim_command_info (command, "^VERSION:INI:");
    }
    sim_command_info (command, "^VERSION:ROMSIZE:4Gbit");
    sim_command_info (command, "^VERSION:RDV:RELEASE");

    extra = g_strsplit (self->module->scenario->version_extra, ";", -1);
    for (i = 0; extra[i]; i++) {
        g_strdelimit (extra[i], "=", ':');
        if (*extra[i])
            sim_command_info (command, "^VERSION:%s", extra[i]);
    }
}

/*****************************************************************************/
/* Names and numbers */

static void
handle_information (SimCommand *command,
                    gpointer    user_data)
{
    SimIdentity *self = user_data;
    SimScenario *scenario = self->module->scenario;

    sim_command_info (command, "Manufacturer: %s\r\nModel: %s\r\nRevision: %s\r\nIMEI: %s\r\n+GCAP: +CGSM,+DS,+ES",
                      scenario->manufacturer, scenario->model, self->revision, scenario->imei);
}

static void
handle_manufacturer (SimCommand *command,
                     gpointer    user_data)
{
    SimIdentity *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE)
        sim_command_info (command, "%s", self->module->scenario->manufacturer);
}

static void
handle_model (SimCommand *command,
              gpointer    user_data)
{
    SimIdentity *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE)
        sim_command_info (command, "%s", self->module->scenario->model);
}

static void
handle_revision (SimCommand *command,
                 gpointer    user_data)
{
    SimIdentity *self = user_data;

    if (sim_command_get_type (command) != SIM_COMMAND_EXECUTE)
        return;
    if (self->incomplete)
        sim_command_error (command);
    else
        sim_command_info (command, "%s", self->revision);
}

static void
handle_imei (SimCommand *command,
             gpointer    user_data)
{
    SimIdentity *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE)
        sim_command_info (command, "%s", self->module->scenario->imei);
}

static void
handle_capabilities (SimCommand *command,
                     gpointer    user_data)
{
    sim_command_info (command, "+GCAP: +CGSM,+DS,+ES");
}

/*****************************************************************************/
/* Basic commands */

static void
handle_ok (SimCommand *command,
           gpointer    user_data)
{
}

static void
handle_refused (SimCommand *command,
                gpointer    user_data)
{
    sim_command_cme (command, 4, "operation not supported");
}

static void
handle_echo (SimCommand *command,
             gpointer    user_data)
{
    sim_at_set_echo (sim_command_get_at (command), *sim_command_get_args (command) == '1');
}

static void
handle_reset (SimCommand *command,
              gpointer    user_data)
{
    /* Back to the state after power-up, with echo */
    sim_at_set_echo (sim_command_get_at (command), TRUE);
    sim_at_set_errors (sim_command_get_at (command),
                       sim_scenario_is_field (((SimIdentity *) user_data)->module->scenario) ? 2 : 0);
}

static void
handle_errors (SimCommand *command,
               gpointer    user_data)
{
    SimAt *at = sim_command_get_at (command);

    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CMEE: %d", sim_at_get_errors (at));
    else if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CMEE: (0-2)");
    else
        sim_at_set_errors (at, sim_command_get_int (command, 0, 0));
}

static void
reboot_due (gpointer user_data)
{
    SimIdentity *self = user_data;

    self->reboot_timer = 0;
    if (sim_module_is_ready (self->module))
        sim_module_reboot (self->module, self->module->scenario->plug_seconds);
}

static void
reboot_soon (SimIdentity *self)
{
    /* Once the answer is out */
    sim_clock_clear (self->module->clock, &self->reboot_timer);
    self->reboot_timer = sim_clock_add (self->module->clock, 0.5, reboot_due, self);
}

static void
handle_function (SimCommand *command,
                 gpointer    user_data)
{
    SimIdentity *self = user_data;

    switch (sim_command_get_type (command)) {
    case SIM_COMMAND_QUERY:
        sim_command_info (command, "+CFUN: %d", self->function);
        break;
    case SIM_COMMAND_TEST:
        sim_command_info (command, "+CFUN: (0,1,4,5,6,7),(0-1)");
        break;
    case SIM_COMMAND_EXECUTE:
    case SIM_COMMAND_SET:
    default:
        if (sim_command_get_int (command, 1, 0) == 1)
            reboot_soon (self);
        else
            self->function = sim_command_get_int (command, 0, 1);
        break;
    }
}

static void
handle_mode (SimCommand *command,
             gpointer    user_data)
{
    SimIdentity *self = user_data;
    gint         mode;

    if (sim_command_get_type (command) == SIM_COMMAND_QUERY) {
        sim_command_info (command, sim_scenario_is_field (self->module->scenario) ? "%d" : "^SETMODE:%d",
                          self->module->scenario->setmode);
        return;
    }
    mode = sim_command_get_int (command, 0, -1);
    if (mode < 0 || mode > 8) {
        sim_command_error (command);
        return;
    }
    self->module->scenario->setmode = mode;
    reboot_soon (self);
}

static void
handle_charsets (SimCommand *command,
                 gpointer    user_data)
{
    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CSCS: (\"IRA\",\"UCS2\",\"GSM\")");
    else if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CSCS: \"IRA\"");
}

static void
handle_temperature (SimCommand *command,
                    gpointer    user_data)
{
    /* Twelve sensors, in units of 0.1 °C */
    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "^CHIPTEMP: 412,409,415,398,401,407,411,403,399,420,418,405");
    else
        sim_command_error (command);
}

static void
handle_ethernet (SimCommand *command,
                 gpointer    user_data)
{
    /* The test command does not list 2, which the module does support */
    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "^TDPCIELANCFG: 1");
    else if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "^TDPCIELANCFG: (0,1)");
    else if (sim_command_get_int (command, 0, -1) < 0 || sim_command_get_int (command, 0, -1) > 2)
        sim_command_error (command);
}

/*****************************************************************************/
/* Life cycle */

JsonObject *
sim_identity_get_status (SimIdentity *self)
{
    JsonObject *object;

    object = json_object_new ();
    json_object_set_string_member (object, "model", self->module->scenario->model);
    json_object_set_string_member (object, "imei", self->module->scenario->imei);
    json_object_set_string_member (object, "revision", self->revision);
    json_object_set_string_member (object, "exts", self->exts);
    json_object_set_string_member (object, "bdt", self->bdt);
    return object;
}

SimIdentity *
sim_identity_new (SimModule *module)
{
    static const struct {
        const gchar  *name;
        SimAtHandler  handler;
    } commands[] = {
        { "I", handle_information }, { "+CGMI", handle_manufacturer }, { "+GMI", handle_manufacturer },
        { "+CGMM", handle_model }, { "+GMM", handle_model }, { "+CGMR", handle_revision },
        { "+GMR", handle_revision }, { "+CGSN", handle_imei }, { "+GSN", handle_imei },
        { "+GCAP", handle_capabilities }, { "^VERSION", handle_version },
        { "E", handle_echo }, { "Z", handle_reset }, { "&F", handle_reset }, { "+CMEE", handle_errors },
        { "^CHIPTEMP", handle_temperature }, { "^TDPCIELANCFG", handle_ethernet },
        { "+CFUN", handle_function }, { "^SETMODE", handle_mode }, { "+CSCS", handle_charsets },
        { "V", handle_ok }, { "X", handle_ok }, { "Q", handle_ok }, { "S", handle_ok }, { "&C", handle_ok },
        { "&D", handle_ok }, { "&K", handle_ok }, { "&W", handle_ok }, { "+IPR", handle_ok },
        { "+CUSD", handle_ok }, { "+CTZU", handle_ok }, { "+CTZR", handle_ok },
        { "^CURC", handle_ok }, { "^PORTSEL", handle_ok },
        { "+CIND", handle_refused }, { "+CMER", handle_refused },
        { "+IFC", handle_refused }, { "+CCLK", handle_refused }, { "+CPWD", handle_refused },
    };
    SimIdentity *self;
    guint        i;

    self = g_new0 (SimIdentity, 1);
    self->module = module;
    self->function = 1;
    self->exts = g_strdup (module->scenario->exts);
    self->bdt = g_strdup (module->scenario->bdt);
    self->revision = g_strdup (module->scenario->revision);
    for (i = 0; i < G_N_ELEMENTS (commands); i++)
        sim_at_table_add (module->table, commands[i].name, commands[i].handler, self);
    return self;
}

void
sim_identity_free (SimIdentity *self)
{
    sim_clock_clear (self->module->clock, &self->incomplete_timer);
    sim_clock_clear (self->module->clock, &self->reboot_timer);
    g_free (self->exts);
    g_free (self->bdt);
    g_free (self->revision);
    g_free (self);
}
