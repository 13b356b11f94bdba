/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-card.h"
#include "sim-network.h"

#define PIN_RETRIES 3
#define PUK_RETRIES 10

/* 3GPP TS 27.007 §9.2 */
#define CME_NOT_ALLOWED        3
#define CME_NOT_SUPPORTED      4
#define CME_SIM_PIN_REQUIRED   11
#define CME_SIM_PUK_REQUIRED   12
#define CME_INCORRECT_PASSWORD 16
#define CME_NOT_FOUND          22

struct _SimCard {
    SimModule *module;
    gboolean   verified;
    guint      pin_retries;
};

/*****************************************************************************/
/* PIN */

static gboolean
has_pin (SimCard *self)
{
    return *self->module->scenario->card_pin != '\0';
}

gboolean
sim_card_is_locked (SimCard *self)
{
    return (has_pin (self) && !self->verified);
}

void
sim_card_power_off (SimCard *self)
{
    self->verified = FALSE;
}

/* TRUE if the command ends here */
static gboolean
refuse_if_locked (SimCard    *self,
                  SimCommand *command)
{
    if (!sim_card_is_locked (self))
        return FALSE;
    if (self->pin_retries)
        sim_command_cme (command, CME_SIM_PIN_REQUIRED, "SIM PIN required");
    else
        sim_command_cme (command, CME_SIM_PUK_REQUIRED, "SIM PUK required");
    return TRUE;
}

static void
enter_pin (SimCard     *self,
           SimCommand  *command,
           const gchar *pin)
{
    if (!sim_card_is_locked (self))
        sim_command_cme (command, CME_NOT_ALLOWED, "operation not allowed");
    else if (!self->pin_retries)
        sim_command_cme (command, CME_SIM_PUK_REQUIRED, "SIM PUK required");
    else if (g_strcmp0 (pin, self->module->scenario->card_pin) != 0) {
        self->pin_retries--;
        sim_command_cme (command, CME_INCORRECT_PASSWORD, "incorrect password");
    } else {
        self->pin_retries = PIN_RETRIES;
        self->verified = TRUE;
        sim_network_changed (self->module->network);
    }
}

static void
handle_pin (SimCommand *command,
            gpointer    user_data)
{
    SimCard *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_SET)
        enter_pin (self, command, sim_command_get_arg (command, 0));
    else if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "+CPIN: %s",
                          !sim_card_is_locked (self) ? "READY" : self->pin_retries ? "SIM PIN" : "SIM PUK");
}

static void
handle_lock (SimCommand *command,
             gpointer    user_data)
{
    SimCard *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        sim_command_info (command, "+CLCK: (\"SC\",\"PN\",\"PU\",\"PP\",\"PC\",\"PF\")");
    else if (sim_command_get_int (command, 1, -1) == 2)
        sim_command_info (command, "+CLCK: %d", g_strcmp0 (sim_command_get_arg (command, 0), "SC") == 0 &&
                                                has_pin (self));
    else
        sim_command_cme (command, CME_INCORRECT_PASSWORD, "incorrect password");
}

/* VERIFY PIN (20) and UNBLOCK PIN (2C) without data return the number of tries left (ETSI TS 102
 * 221 §11.1.9, §11.1.11); the second ones are for another key */
static void
handle_access (SimCommand *command,
               gpointer    user_data)
{
    SimCard     *self = user_data;
    const gchar *apdu = sim_command_get_arg (command, 1);

    if (!self->module->scenario->card_retries)
        sim_command_cme (command, CME_NOT_SUPPORTED, "operation not supported");
    else if (g_strcmp0 (apdu, "0020000100") == 0)
        sim_command_info (command, "+CSIM: 4,\"63C%X\"", self->pin_retries);
    else if (g_strcmp0 (apdu, "0020008100") == 0)
        sim_command_info (command, "+CSIM: 4,\"63C%X\"", PIN_RETRIES);
    else if (apdu && g_str_has_prefix (apdu, "002C00"))
        sim_command_info (command, "+CSIM: 4,\"63C%X\"", PUK_RETRIES);
    else
        sim_command_info (command, "+CSIM: 4,\"6D00\"");
}

/*****************************************************************************/
/* Files and numbers (3GPP TS 31.102) that ModemManager reads */

static gchar *
swap_digits (const gchar *digits)
{
    gchar *swapped = g_strdup (digits);
    gsize  i;

    for (i = 0; swapped[i] && swapped[i + 1]; i += 2) {
        swapped[i] = digits[i + 1];
        swapped[i + 1] = digits[i];
    }
    return swapped;
}

/* NULL if it does not exist */
static gchar *
read_file (SimCard *self,
           gint     file)
{
    SimScenario *scenario = self->module->scenario;

    switch (file) {
    case 0x2fe2:
        return swap_digits (scenario->iccid);
    case 0x6fad:
        /* EF_AD: the MNC of this SIM has two digits */
        return g_strdup ("00000002");
    case 0x6f3e:
        return *scenario->card_gid1 ? g_strdup (scenario->card_gid1) : NULL;
    case 0x6f3f:
        return *scenario->card_gid2 ? g_strdup (scenario->card_gid2) : NULL;
    default:
        return NULL;
    }
}

static void
handle_file (SimCommand *command,
             gpointer    user_data)
{
    SimCard          *self = user_data;
    g_autofree gchar *content = NULL;
    gint              file = sim_command_get_int (command, 1, 0);

    /* EF_ICCID may always be read */
    if (file != 0x2fe2 && refuse_if_locked (self, command))
        return;

    content = read_file (self, file);
    if (content)
        sim_command_info (command, "+CRSM: 144,0,\"%s\"", content);
    else
        /* File not found */
        sim_command_info (command, "+CRSM: 106,130,\"\"");
}

static void
handle_iccid (SimCommand *command,
              gpointer    user_data)
{
    SimCard *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_TEST)
        return;
    sim_command_info (command, "%s: %s",
                      sim_command_get_name (command),
                      self->module->scenario->iccid);
}

static void
handle_imsi (SimCommand *command,
             gpointer    user_data)
{
    SimCard *self = user_data;

    if (sim_command_get_type (command) == SIM_COMMAND_EXECUTE && !refuse_if_locked (self, command))
        sim_command_info (command, "%s", self->module->scenario->imsi);
}

static void
handle_number (SimCommand *command,
               gpointer    user_data)
{
    SimCard     *self = user_data;
    const gchar *number = self->module->scenario->card_number;

    if (refuse_if_locked (self, command))
        return;
    if (!*number && sim_scenario_is_field (self->module->scenario))
        sim_command_cme (command, CME_NOT_FOUND, "not found");
    else if (*number)
        sim_command_info (command, "+CNUM: \"\",\"%s\",%d", number, *number == '+' ? 145 : 129);
}

static void
handle_state (SimCommand *command,
              gpointer    user_data)
{
    SimCard *self = user_data;

    /* 11: ready; the value for a locked card is a guess */
    if (sim_command_get_type (command) == SIM_COMMAND_QUERY)
        sim_command_info (command, "^SIMSQ: 1,%d", sim_card_is_locked (self) ? 2 : 11);
    else if (sim_command_get_type (command) != SIM_COMMAND_SET)
        sim_command_error (command);
}

static void
handle_preferred_networks (SimCommand *command,
                           gpointer    user_data)
{
    SimCard     *self = user_data;
    const gchar *network = self->module->scenario->card_preferred_network;

    if (!*network)
        sim_command_cme (command, CME_NOT_SUPPORTED, "operation not supported");
    else if (!refuse_if_locked (self, command) &&
             sim_command_get_type (command) == SIM_COMMAND_QUERY &&
             g_str_equal (sim_command_get_name (command), "+CPOL"))
        sim_command_info (command, "+CPOL: 1,2,\"%s\",0,0,0,1", network);
}

/*****************************************************************************/

JsonObject *
sim_card_get_status (SimCard *self)
{
    JsonObject *object = json_object_new ();

    json_object_set_boolean_member (object, "locked", sim_card_is_locked (self));
    json_object_set_int_member (object, "pin-retries", self->pin_retries);
    return object;
}

SimCard *
sim_card_new (SimModule *module)
{
    static const struct {
        const gchar  *name;
        SimAtHandler  handler;
    } commands[] = {
        { "+CPIN", handle_pin }, { "+CLCK", handle_lock }, { "+CSIM", handle_access },
        { "+CRSM", handle_file }, { "+CCID", handle_iccid }, { "^ICCID", handle_iccid },
        { "+CIMI", handle_imsi }, { "+CNUM", handle_number }, { "^SIMSQ", handle_state },
        { "+CPOL", handle_preferred_networks }, { "+CPLS", handle_preferred_networks },
    };
    SimCard *self;
    guint    i;

    self = g_new0 (SimCard, 1);
    self->module = module;
    self->pin_retries = PIN_RETRIES;
    for (i = 0; i < G_N_ELEMENTS (commands); i++)
        sim_at_table_add (module->table, commands[i].name, commands[i].handler, self);
    return self;
}

void
sim_card_free (SimCard *self)
{
    g_free (self);
}
